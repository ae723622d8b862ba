//! # Listings
//! Folder listings for tests, written as a server would give them.

use crate::mail::{Delimiter, FolderName, SpecialUse};
use crate::ports::mail::{Census, Listed, Listing};

/// A server without folders. `delimiter` empty means NIL.
pub fn server(prefix: &str, delimiter: &str) -> Listing {
    let delimiter = delimiter.bytes().next().map(Delimiter::new);
    Listing { prefix: prefix.into(), delimiter, ..Listing::default() }
}

impl Listing {
    /// A folder by its Unicode name, with a number of messages.
    pub fn folder(self, name: &str, messages: u32) -> Self {
        self.raw(FolderName::from_unicode(name).raw(), messages)
    }

    /// A folder by its octets.
    pub fn raw(mut self, name: &[u8], messages: u32) -> Self {
        self.folders.push(Listed {
            name: FolderName::from_raw(name),
            delimiter: self.delimiter,
            container: false,
            childless: false,
            special_use: None,
            subscribed: false,
            status: Some(Census { messages: Some(messages), ..Census::default() }),
        });
        self
    }

    /// Several empty folders.
    pub fn folders(self, names: &[&str]) -> Self {
        names.iter().fold(self, |listing, name| listing.folder(name, 0))
    }

    /// Changes the last folder.
    pub fn but(mut self, change: impl FnOnce(&mut Listed)) -> Self {
        change(self.folders.last_mut().unwrap());
        self
    }

    /// A folder with an attribute.
    pub fn used(self, name: &str, use_: SpecialUse, messages: u32) -> Self {
        self.folder(name, messages).but(|folder| folder.special_use = Some(use_))
    }

    /// A folder that cannot be opened.
    pub fn container(self, name: &str) -> Self {
        self.folder(name, 0).but(|folder| {
            folder.container = true;
            folder.status = None;
        })
    }

    /// Prefixes of other people's folders.
    pub fn others(mut self, prefixes: &[&str]) -> Self {
        self.foreign_prefixes = prefixes.iter().map(|prefix| prefix.as_bytes().to_vec()).collect();
        self
    }
}

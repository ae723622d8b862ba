//! # Mailbox
//! What one login owns.

use std::collections::BTreeMap;

use super::folder::Folder;

/// Storage limit and use, for QUOTA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Octets that may be stored in all.
    pub octets: u64,
}

/// Everything behind one login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The password of this login.
    pub password: String,
    /// Folders by wire name; `INBOX` always in capitals.
    pub folders: BTreeMap<Vec<u8>, Folder>,
    /// Storage limit.
    pub quota: Option<Quota>,
    /// The UIDVALIDITY that the next new folder gets.
    pub next_validity: u32,
}

impl Mailbox {
    /// A mailbox with an empty INBOX.
    pub fn new(password: &str) -> Mailbox {
        let mut mailbox = Mailbox {
            password: password.to_owned(),
            folders: BTreeMap::new(),
            quota: None,
            next_validity: 1_700_000_001,
        };
        mailbox.create(b"INBOX");
        mailbox
    }

    /// The folder of this name, made if there is none.
    pub fn create(&mut self, name: &[u8]) -> &mut Folder {
        let name = canonical(name);
        let next = &mut self.next_validity;
        self.folders.entry(name.clone()).or_insert_with(|| {
            *next += 1;
            Folder::new(&name, *next - 1)
        })
    }

    /// Octets stored in all folders.
    pub fn used(&self) -> u64 {
        self.folders.values().flat_map(|folder| folder.messages.values()).map(|message| length(&message.octets)).sum()
    }
}

/// INBOX in any case is INBOX, also as the first level (RFC 3501 §5.1 asks it only for the name itself).
pub fn canonical(name: &[u8]) -> Vec<u8> {
    if name.eq_ignore_ascii_case(b"INBOX") { b"INBOX".to_vec() } else { name.to_vec() }
}

/// The number of octets.
pub fn length(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap_or(u64::MAX)
}

/// Whether the octets hold this text; every text is held for an empty one.
pub fn holds(octets: &[u8], text: &[u8]) -> bool {
    text.is_empty() || octets.windows(text.len()).any(|window| window == text)
}

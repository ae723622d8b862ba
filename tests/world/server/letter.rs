//! # Letter
//! One message of a folder, in words that read aloud: `.seen().dated(0, 60)`.

use super::date::Date;
use super::fault::Fault;
use super::fill::FolderOf;
use super::message::Message;

/// One message of a folder.
#[derive(Debug, Clone)]
pub struct MessageOf {
    folder: FolderOf,
    /// Its UID.
    pub uid: u32,
}

impl MessageOf {
    pub(super) fn new(folder: FolderOf, uid: u32) -> MessageOf {
        MessageOf { folder, uid }
    }

    /// Changes the message as it likes.
    pub fn change(self, act: impl FnOnce(&mut Message)) -> MessageOf {
        self.folder.change(|folder| {
            folder.modseq += 1;
            let modseq = folder.modseq;
            if let Some(message) = folder.messages.get_mut(&self.uid) {
                act(message);
                message.modseq = modseq;
                folder.keywords.extend(message.keywords.iter().cloned());
            }
        });
        self
    }

    /// Sets a system flag or a keyword.
    pub fn flag(self, flag: &str) -> MessageOf {
        self.change(|message| {
            let set = if flag.starts_with('\\') { &mut message.flags } else { &mut message.keywords };
            set.insert(flag.to_owned());
        })
    }

    /// `\Seen`.
    pub fn seen(self) -> MessageOf {
        self.flag("\\Seen")
    }

    /// `\Flagged`.
    pub fn flagged(self) -> MessageOf {
        self.flag("\\Flagged")
    }

    /// `\Answered`.
    pub fn answered(self) -> MessageOf {
        self.flag("\\Answered")
    }

    /// `\Draft`.
    pub fn draft(self) -> MessageOf {
        self.flag("\\Draft")
    }

    /// `\Deleted`, but not expunged.
    pub fn deleted(self) -> MessageOf {
        self.flag("\\Deleted")
    }

    /// Came in at this time (seconds since 1970), told in a zone (minutes east).
    pub fn dated(self, seconds: i64, zone: i64) -> MessageOf {
        self.change(|message| message.date = Date { seconds, zone })
    }

    /// INTERNALDATE is told in these words.
    pub fn dated_oddly(self, words: &str) -> MessageOf {
        self.change(|message| message.date_words = Some(words.to_owned()))
    }

    /// It is one message with all that have the same number (Gmail).
    pub fn gmail(self, id: u64) -> MessageOf {
        self.change(|message| message.gmail_id = Some(id))
    }

    /// RFC822.SIZE is told as this.
    pub fn claims_size(self, octets: u64) -> MessageOf {
        self.change(|message| message.size_told = Some(octets))
    }

    /// Its text is filled up to this many octets in all.
    pub fn sized(self, octets: usize) -> MessageOf {
        self.change(|message| {
            let mut text = message.octets.to_vec();
            while text.len() + 80 < octets {
                text.extend_from_slice(&[b'x'; 76]);
                text.extend_from_slice(b"\r\n");
            }
            while text.len() + 2 < octets {
                text.push(b'y');
            }
            text.extend_from_slice(b"\r\n");
            message.octets = text.into();
        })
    }

    /// Fetching it goes wrong in this way, each time.
    pub fn fetched_with(self, fault: Fault) -> MessageOf {
        self.folder.goes_wrong(self.uid, fault);
        self
    }

    /// The connection dies each time it is fetched.
    pub fn poison(self) -> MessageOf {
        self.fetched_with(Fault::Close)
    }
}

/// A small, well-formed message.
pub fn letter(subject: &str, text: &str) -> Vec<u8> {
    format!(
        "From: Anna <anna@example.org>\r\nTo: Bert <bert@example.net>\r\nSubject: {subject}\r\n\
         Date: Sat, 17 Jul 2010 02:44:25 -0700\r\nMessage-ID: <{subject}@example.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"
    )
    .into_bytes()
}

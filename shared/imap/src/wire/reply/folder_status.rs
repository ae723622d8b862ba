//! # Folder status
//! What STATUS says of a folder (RFC 9051 §7.3.4).

use posthorse_domain::mail::{FolderName, Uid, UidValidity};

use super::{number32, uid};
use crate::wire::Token;

/// What STATUS says of a folder. Hints, all of them; items that are missing or make no sense are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderStatus {
    /// The folder as this answer spells it.
    pub name: FolderName,
    /// MESSAGES.
    pub messages: Option<u32>,
    /// UIDNEXT.
    pub uid_next: Option<Uid>,
    /// UIDVALIDITY, as it came: 0 is nonsense that servers say.
    pub validity: Option<UidValidity>,
    /// UNSEEN.
    pub unseen: Option<u32>,
    /// SIZE in octets (RFC 8438).
    pub size: Option<u64>,
    /// HIGHESTMODSEQ (RFC 7162).
    pub highest_modseq: Option<u64>,
    /// APPENDLIMIT in octets (RFC 7889); none also for NIL.
    pub append_limit: Option<u64>,
}

impl FolderStatus {
    /// Reads what follows the word; none when there is no name. The list of items may be missing or empty.
    pub fn read(tokens: &[Token]) -> Option<Self> {
        let (name, rest) = tokens.split_first()?;
        let mut status = Self { name: FolderName::from_raw(name.octets()?.to_vec()), ..Self::default() };
        let items = rest.first().and_then(Token::list).unwrap_or_default();
        for pair in items.chunks(2) {
            if let [Token::Atom(name), value] = pair {
                status.item(name, value);
            }
        }
        Some(status)
    }

    fn item(&mut self, name: &[u8], value: &Token) {
        match name.to_ascii_uppercase().as_slice() {
            b"MESSAGES" => self.messages = number32(value),
            b"UIDNEXT" => self.uid_next = uid(value),
            b"UIDVALIDITY" => self.validity = number32(value).map(UidValidity::new),
            b"UNSEEN" => self.unseen = number32(value),
            b"SIZE" => self.size = value.number(),
            b"HIGHESTMODSEQ" => self.highest_modseq = value.number(),
            b"APPENDLIMIT" => self.append_limit = value.number(),
            _ => {}
        }
    }
}

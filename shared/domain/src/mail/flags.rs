//! # Flags
//! What a message is marked with, what of it a destination folder keeps, and what is therefore left behind.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{DefaultHasher, Hasher as _};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Keyword, SystemFlag, SystemFlags};

/// A message's flags. Order means nothing (seen: every server gives them back in its own).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// System flags.
    pub system: SystemFlags,
    /// Keywords.
    pub keywords: BTreeSet<Keyword>,
}

/// Backslashed words that are no system flags but mean a registered keyword (RFC 5788).
const MISSPELT: [(&str, &str); 5] = [
    ("\\Forwarded", "$Forwarded"),
    ("\\MDNSent", "$MDNSent"),
    ("\\Junk", "$Junk"),
    ("\\NotJunk", "$NotJunk"),
    ("\\NonJunk", "$NotJunk"),
];

/// One word of a flag list.
enum Word {
    System(SystemFlag),
    Keyword(Keyword),
    Nothing,
    Odd(String),
}

fn word(octets: &[u8]) -> Word {
    // Servers put doubled blanks into lists: an empty word is none.
    if octets.is_empty() || octets.eq_ignore_ascii_case(b"\\Recent") {
        return Word::Nothing;
    }
    if let Some(flag) = SystemFlag::read(octets) {
        return Word::System(flag);
    }
    let spelled = String::from_utf8_lossy(octets);
    let meant = MISSPELT.iter().find(|(odd, _)| odd.eq_ignore_ascii_case(&spelled)).map(|&(_, meant)| meant);
    match Keyword::new(meant.unwrap_or(&spelled)) {
        Some(keyword) => Word::Keyword(keyword),
        None => Word::Odd(spelled.into_owned()),
    }
}

impl Flags {
    /// No flags.
    pub const fn new() -> Self {
        Self { system: SystemFlags::NONE, keywords: BTreeSet::new() }
    }

    /// Reads a server's flag list. Second comes what cannot be carried, as spelled; `\Recent` is silently left out.
    pub fn read<'a>(words: impl IntoIterator<Item = &'a [u8]>) -> (Self, Vec<String>) {
        let (mut flags, mut odd) = (Self::new(), Vec::new());
        for octets in words {
            match word(octets) {
                Word::System(flag) => {
                    flags.system.insert(flag);
                }
                Word::Keyword(keyword) => {
                    flags.keywords.insert(keyword);
                }
                Word::Odd(spelled) => odd.push(spelled),
                Word::Nothing => {}
            }
        }
        (flags, odd)
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.system.is_empty() && self.keywords.is_empty()
    }

    /// Every flag as it is sent, system flags first.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.system.iter().map(|flag| flag.as_str()).chain(self.keywords.iter().map(Keyword::as_str))
    }
}

/// Enough of a message's flags to tell equal messages apart: its keywords only as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlagPrint {
    /// System flags.
    pub system: SystemFlags,
    keywords: u64,
}

impl From<&Flags> for FlagPrint {
    fn from(flags: &Flags) -> Self {
        let mut keywords = DefaultHasher::new();
        for keyword in &flags.keywords {
            keywords.write(keyword.as_str().to_ascii_lowercase().as_bytes());
            keywords.write_u8(b' ');
        }
        Self { system: flags.system, keywords: keywords.finish() }
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words().enumerate() {
            f.write_str(if index == 0 { "" } else { " " })?;
            f.write_str(word)?;
        }
        Ok(())
    }
}

impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.words())
    }
}

impl<'de> Deserialize<'de> for Flags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<String>::deserialize(deserializer)?;
        let (flags, odd) = Self::read(words.iter().map(String::as_bytes));
        if odd.is_empty() { Ok(flags) } else { Err(de::Error::custom("a flag that cannot be carried")) }
    }
}

/// What a folder keeps (PERMANENTFLAGS, RFC 9051 §7.1). The default, no such answer, means everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permanent(Option<Kept>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    flags: Flags,
    new_keywords: bool,
}

impl Permanent {
    /// Reads the list. An empty one says nothing that could be relied on and means everything too: servers send it for
    /// folders that do keep flags (seen with Yahoo under EXAMINE); Thunderbird does the same.
    pub fn read<'a>(words: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let words: Vec<&[u8]> = words.into_iter().filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            return Self(None);
        }
        let new_keywords = words.contains(&&b"\\*"[..]);
        Self(Some(Kept { flags: Flags::read(words).0, new_keywords }))
    }

    /// The same without this system flag.
    pub fn without(self, flag: SystemFlag) -> Self {
        let mut kept = self.0.unwrap_or_else(|| Kept {
            flags: Flags { system: SystemFlags::ALL, keywords: BTreeSet::new() },
            new_keywords: true,
        });
        kept.flags.system.remove(flag);
        Self(Some(kept))
    }

    /// True when this system flag is kept.
    pub fn system(&self, flag: SystemFlag) -> bool {
        self.0.as_ref().is_none_or(|kept| kept.flags.system.contains(flag))
    }

    /// True when the server itself says that this keyword can be kept: it names it, or takes new ones (`\*`).
    pub fn promises(&self, keyword: &Keyword) -> bool {
        self.0.as_ref().is_some_and(|kept| kept.new_keywords || kept.flags.keywords.contains(keyword))
    }

    /// True when this keyword is kept, known to the folder or new (`\*`).
    pub fn keyword(&self, keyword: &Keyword) -> bool {
        self.0.as_ref().is_none_or(|kept| kept.new_keywords || kept.flags.keywords.contains(keyword))
    }
}

/// What goes along, and what stays behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Flags to send.
    pub flags: Flags,
    /// Flags the folder does not keep, as spelled.
    pub dropped: Vec<String>,
}

/// Decides which of a message's flags a folder can be given.
pub fn carry(flags: &Flags, permanent: &Permanent) -> Carried {
    let mut carried = Carried::default();
    for flag in flags.system.iter() {
        if permanent.system(flag) {
            carried.flags.system.insert(flag);
        } else {
            carried.dropped.push(flag.to_string());
        }
    }
    for keyword in &flags.keywords {
        if permanent.keyword(keyword) {
            carried.flags.keywords.insert(keyword.clone());
        } else {
            carried.dropped.push(keyword.to_string());
        }
    }
    carried
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &str) -> Vec<&[u8]> {
        list.split(' ').map(str::as_bytes).collect()
    }

    #[test]
    fn flags_are_read_as_servers_spell_them() {
        for (list, flags, odd) in [
            ("", "", ""),
            ("\\Seen \\Flagged", "\\Flagged \\Seen", ""),
            ("\\SEEN \\seen", "\\Seen", ""),
            ("\\Recent \\RECENT \\Draft", "\\Draft", ""),
            ("$Forwarded NonJunk nonjunk", "$Forwarded NonJunk", ""),
            ("\\Forwarded \\junk \\NonJunk", "$Forwarded $Junk $NotJunk", ""),
            ("\\Seen  Blanks", "\\Seen Blanks", ""),
            ("a]b \\Weird Fine gr\u{fc}n", "Fine", "a]b \\Weird gr\u{fc}n"),
        ] {
            let (read, dropped) = Flags::read(words(list));
            assert_eq!((read.to_string().as_str(), dropped.join(" ").as_str()), (flags, odd), "{list}");
        }
    }

    #[test]
    fn only_what_the_folder_keeps_is_carried() {
        let flags = Flags::read(words("\\Seen \\Deleted $Forwarded label")).0;
        for (permanent, carried, dropped) in [
            (None, "\\Deleted \\Seen $Forwarded label", ""),
            (Some(""), "\\Deleted \\Seen $Forwarded label", ""),
            (Some("\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*"), "\\Deleted \\Seen $Forwarded label", ""),
            (Some("\\Seen \\*"), "\\Seen $Forwarded label", "\\Deleted"),
            (Some("\\seen \\deleted Label"), "\\Deleted \\Seen label", "$Forwarded"),
            (Some("\\Answered"), "", "\\Deleted \\Seen $Forwarded label"),
        ] {
            let permanent = permanent.map(|list| Permanent::read(words(list))).unwrap_or_default();
            let result = carry(&flags, &permanent);
            assert_eq!((result.flags.to_string().as_str(), result.dropped.join(" ").as_str()), (carried, dropped));
        }
    }

    #[test]
    fn a_folder_can_be_taken_to_keep_one_flag_less() {
        let flags = Flags::read(words("\\Seen \\Deleted label")).0;
        for permanent in ["", "\\Seen \\Deleted \\*"] {
            let permanent = Permanent::read(words(permanent)).without(SystemFlag::Deleted);
            let result = carry(&flags, &permanent);
            assert_eq!(
                (result.flags.to_string().as_str(), result.dropped.join(" ").as_str()),
                ("\\Seen label", "\\Deleted")
            );
        }
    }

    #[test]
    fn a_record_keeps_flags_as_a_list_of_words() {
        let flags = Flags::read(words("\\Seen $Forwarded")).0;
        let json = serde_json::to_string(&flags).unwrap();
        assert_eq!(json, r#"["\\Seen","$Forwarded"]"#);
        assert_eq!(serde_json::from_str::<Flags>(&json).unwrap(), flags);
        assert!(serde_json::from_str::<Flags>(r#"["two words"]"#).is_err());
    }
}

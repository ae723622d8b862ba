//! # Session
//! Commands about the connection.

use super::{Command, Say};

impl Command {
    /// CAPABILITY (RFC 9051 §6.1.1).
    pub fn capability() -> Self {
        Self::from(Say::verb("CAPABILITY"))
    }

    /// NOOP (RFC 9051 §6.1.2).
    pub fn noop() -> Self {
        Self::from(Say::verb("NOOP"))
    }

    /// LOGOUT (RFC 9051 §6.1.3).
    pub fn logout() -> Self {
        Self::from(Say::verb("LOGOUT"))
    }

    /// ID (RFC 2971). Without pairs it says NIL.
    // QUIRK: some servers refuse `ID ()`.
    pub fn id(pairs: &[(&str, &str)]) -> Self {
        let Some(((name, value), rest)) = pairs.split_first() else { return Self::from(Say::verb("ID").word("NIL")) };
        let first = Say::verb("ID").word("(").joined_text(name.as_bytes()).text(value.as_bytes());
        let all = rest.iter().fold(first, |say, (name, value)| say.text(name.as_bytes()).text(value.as_bytes()));
        Self::from(all.joined(")"))
    }

    /// ENABLE (RFC 5161) of CONDSTORE (RFC 7162 §3.1).
    pub fn enable_condstore() -> Self {
        Self::from(Say::verb("ENABLE").word("CONDSTORE"))
    }

    /// COMPRESS DEFLATE (RFC 4978). Nothing may be pipelined behind it.
    pub fn compress_deflate() -> Self {
        Self::from(Say::verb("COMPRESS").word("DEFLATE"))
    }
}

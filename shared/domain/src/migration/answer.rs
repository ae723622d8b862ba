//! # Answer
//! What a server's NO, BAD or BYE means: one table (`answer_table.rs`), response code first, known text second.

use std::time::Duration;

use super::{Class, Side};

/// The status word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// NO
    No,
    /// BAD
    Bad,
    /// BYE
    Bye,
}

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum During {
    /// Greeting, LOGIN, AUTHENTICATE.
    Login,
    /// SELECT, EXAMINE, STATUS, LIST.
    Open,
    /// UID FETCH.
    Fetch,
    /// APPEND.
    Append,
    /// CREATE, SUBSCRIBE.
    Create,
    /// Anything else.
    Other,
}

/// What the answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// This very message: park it.
    Message(Class),
    /// The rate, or the number of connections; wait as long as the server says.
    Rate(Option<Duration>),
    /// A provider's allowance; up to a day.
    Budget,
    /// The mailbox is full.
    Full,
    /// The login.
    Auth,
    /// The folder.
    Folder,
    /// A flag or keyword: again with fewer.
    Flag,
    /// The date: again with another, or none.
    Date,
    /// A short outage.
    Temporary,
    /// The message is gone.
    Gone,
    /// Our command: a defect of ours, or of the server.
    Ours,
    /// Words that nobody taught us.
    Unknown,
}

/// An answer with its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it is about.
    pub kind: Kind,
    /// The server's words, code included, shortened to 500 characters.
    pub words: String,
}

/// The longest wait that a server is believed.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The most characters of a server's words that are kept.
const WORDS: usize = 500;

/// Reads an answer. `code` is the response code's name without brackets, in any case; `text` what follows it.
/// A wait that is stated comes first, then the table; what is not in it is judged by what was being done.
pub fn classify(side: Side, during: During, reply: Reply, code: Option<&str>, text: &str) -> Answer {
    let lower = text.to_ascii_lowercase();
    // Some codes carry arguments; the name decides.
    let name = code.and_then(|code| code.split_whitespace().next()).unwrap_or_default().to_ascii_uppercase();
    let kind = stated_wait(&lower).map(|wait| Kind::Rate(Some(wait))).unwrap_or_else(|| {
        answer_table::rows()
            .find(|row| row.fits(side, during, &name, &lower))
            .map_or_else(|| untaught(during, reply), |row| row.kind)
    });
    Answer { kind, words: words(code, text) }
}

/// What an answer means that nobody taught us.
fn untaught(during: During, reply: Reply) -> Kind {
    match (reply, during) {
        // BYE at any time is a normal end of a session (RFC 9051 §7.1.5).
        (Reply::Bye, _) => Kind::Temporary,
        // Servers say BAD to an APPEND whose message they do not like.
        (_, During::Append) => Kind::Unknown,
        (Reply::Bad, _) => Kind::Ours,
        (Reply::No, During::Login) => Kind::Auth,
        (Reply::No, During::Open | During::Create) => Kind::Folder,
        (Reply::No, During::Fetch | During::Other) => Kind::Unknown,
    }
}

/// A wait that the server states, up to a day.
fn stated_wait(lower: &str) -> Option<Duration> {
    // Exchange Online: "Suggested Backoff Time: 299961 milliseconds".
    const BEFORE: [&str; 7] =
        ["backoff time", "back-off time", "retry after", "retry in", "try again in", "try again after", "wait "];
    BEFORE.iter().find_map(|before| duration(lower.split_once(before)?.1)).map(|wait| wait.min(DAY))
}

/// A number and its unit; milliseconds when the text ends behind the number.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim_start_matches([' ', ':', '=']);
    let unit = text.trim_start_matches(|octet: char| octet.is_ascii_digit());
    let number: u64 = text.strip_suffix(unit)?.parse().ok().filter(|number| *number > 0)?;
    let word: String = unit.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    let millis: u64 = match word.as_str() {
        "" | "ms" | "msec" | "millisecond" | "milliseconds" => 1,
        "s" | "sec" | "secs" | "second" | "seconds" => 1000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.saturating_mul(millis)))
}

/// Code and text as the server wrote them, fit to be shown: no control characters, not too long.
fn words(code: Option<&str>, text: &str) -> String {
    let code = code.filter(|code| !code.is_empty()).map(|code| format!("[{code}] ")).unwrap_or_default();
    let joined = format!("{code}{text}");
    joined.trim().chars().filter(|char| !char.is_control()).take(WORDS).collect()
}

#[path = "answer_table.rs"]
mod answer_table;

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;

//! # Set
//! Sets of UIDs or sequence numbers, with `*` read as RFC 3501 §9 says: the largest number in use.

/// One end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Number(u32),
    Star,
}

/// A set as the client wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set(Vec<(End, End)>);

impl Set {
    /// Reads `1:3,7,9:*`.
    pub fn parse(text: &[u8]) -> Option<Set> {
        let text = std::str::from_utf8(text).ok()?;
        text.split(',').map(range).collect::<Option<Vec<_>>>().map(Set)
    }

    /// The ranges as low and high, both included. `n:*` is `*:n` when n is larger, so the last message always belongs to it.
    pub fn ranges(&self, largest: u32) -> Vec<(u32, u32)> {
        let number = |end: &End| match end {
            End::Number(number) => *number,
            End::Star => largest,
        };
        self.0.iter().map(|(a, b)| (number(a).min(number(b)), number(a).max(number(b)))).collect()
    }
}

/// A list of UIDs in the shortest spelling that keeps their order: `4:6,9`.
pub fn spell(uids: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match runs.last_mut() {
            Some((_, high)) if high.checked_add(1) == Some(*uid) => *high = *uid,
            _ => runs.push((*uid, *uid)),
        }
    }
    let spelled: Vec<String> =
        runs.iter().map(|(low, high)| if low == high { low.to_string() } else { format!("{low}:{high}") }).collect();
    spelled.join(",")
}

fn range(text: &str) -> Option<(End, End)> {
    match text.split_once(':') {
        Some((a, b)) => Some((end(a)?, end(b)?)),
        None => end(text).map(|only| (only, only)),
    }
}

fn end(text: &str) -> Option<End> {
    if text == "*" {
        return Some(End::Star);
    }
    text.parse().ok().filter(|number| *number > 0).map(End::Number)
}

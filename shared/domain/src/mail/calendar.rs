//! # Calendar
//! Reads a date and time as mail spells it: INTERNALDATE (RFC 9051 §9), Date and Received fields (RFC 5322 §3.3 and
//! §4.3), and the forms old programs write. Tolerant of form, strict on sense.

use std::borrow::Cow;

use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

use super::usual_date;

/// An instant and the zone it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Seconds since 1970 UTC; negative before.
    pub seconds: i64,
    /// The zone's distance from UTC in minutes, −840 to +840.
    pub offset_minutes: i16,
}

/// Longer text is no date.
const LONGEST: usize = 256;

/// Reads a date-time. None when it is none, or makes no sense: a day that the month has not, hour 24, a zone beyond
/// ±14:00, a year of more than four digits or 0. Decided besides:
///
/// - the weekday is not compared with the date: mail with a wrong one is common and its date is right;
/// - second 60, a leap second, is second 59 of its minute: the minute stays, and servers refuse 60;
/// - no zone means UTC, and so does one whose letters are unknown or military (RFC 5322 §4.3);
/// - years of two digits are 1950 to 2049, of three digits 1900 and more (RFC 5322 §4.3).
pub fn read(text: &[u8]) -> Option<Stamp> {
    usual_date::read(text).or_else(|| word_by_word(text))
}

/// In whatever form.
pub(super) fn word_by_word(text: &[u8]) -> Option<Stamp> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if text.len() > LONGEST {
        return None;
    }
    let mut parts = Parts::default();
    for word in without_comments(text).split(|char: char| char.is_whitespace() || matches!(char, ',' | '"')) {
        if !word.is_empty() {
            parts.take(word)?;
        }
    }
    parts.stamp()
}

fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains(['(', ')']) {
        return Cow::Borrowed(text);
    }
    let mut depth = 0usize;
    let mut kept = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(char),
            _ => {}
        }
        if char == ')' {
            kept.push(' ');
        }
    }
    Cow::Owned(kept)
}

/// What has been read so far; nothing is taken twice.
#[derive(Default)]
struct Parts {
    day: Option<u8>,
    month: Option<Month>,
    year: Option<i32>,
    time: Option<Time>,
    offset: Option<i16>,
}

impl Parts {
    fn take(&mut self, word: &str) -> Option<()> {
        if word.contains(':') {
            put(&mut self.time, time_of_day(word)?)
        } else if word.starts_with(['+', '-']) {
            put(&mut self.offset, numeric_zone(word)?)
        } else if word.contains('-') {
            word.split('-').try_for_each(|part| self.take_date(part))
        } else if self.time.is_some() && word.starts_with(|char: char| char.is_ascii_alphabetic()) {
            put(&mut self.offset, named_zone(word)?)
        } else {
            self.take_date(word)
        }
    }

    fn take_date(&mut self, word: &str) -> Option<()> {
        if let Some(month) = month(word) {
            return put(&mut self.month, month);
        }
        if word.bytes().all(|octet| octet.is_ascii_digit()) {
            let number: i32 = word.parse().ok()?;
            return match (self.day, word.len()) {
                (None, 1 | 2) => put(&mut self.day, u8::try_from(number).ok()?),
                (Some(_), length) => put(&mut self.year, full_year(number, length)?),
                _ => None,
            };
        }
        // All else that may stand before the time is a weekday.
        let weekday = self.day.is_none() && self.month.is_none() && word.chars().all(char::is_alphabetic);
        weekday.then_some(())
    }

    fn stamp(self) -> Option<Stamp> {
        let date = Date::from_calendar_date(self.year?, self.month?, self.day?).ok()?;
        let offset_minutes = self.offset.unwrap_or(0);
        let offset = UtcOffset::from_whole_seconds(i32::from(offset_minutes) * 60).ok()?;
        let seconds = PrimitiveDateTime::new(date, self.time?).assume_offset(offset).unix_timestamp();
        Some(Stamp { seconds, offset_minutes })
    }
}

fn put<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn month(word: &str) -> Option<Month> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.strip_suffix('.').unwrap_or(word);
    let begins = |name: &&str| name.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    let index = NAMES.iter().position(|name| word.len() >= 3 && begins(name))?;
    Month::try_from(u8::try_from(index + 1).ok()?).ok()
}

fn full_year(number: i32, digits: usize) -> Option<i32> {
    match digits {
        2 if number < 50 => Some(number + 2000),
        2 | 3 => Some(number + 1900),
        4 => (number > 0).then_some(number),
        _ => None,
    }
}

fn time_of_day(word: &str) -> Option<Time> {
    let mut numbers = word.split(':').map(|part| {
        let digits = matches!(part.len(), 1 | 2) && part.bytes().all(|octet| octet.is_ascii_digit());
        part.parse::<u8>().ok().filter(|_| digits)
    });
    let (hour, minute) = (numbers.next()??, numbers.next()??);
    let second = numbers.next().unwrap_or(Some(0))?;
    if numbers.next().is_some() {
        return None;
    }
    Time::from_hms(hour, minute, if second == 60 { 59 } else { second }).ok()
}

/// `+hhmm`, at most 14 hours from UTC: there is no zone beyond (seen: +9900).
fn numeric_zone(word: &str) -> Option<i16> {
    let (sign, digits) = word.split_at_checked(1)?;
    if digits.len() != 4 || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let number: i16 = digits.parse().ok()?;
    let minutes = number / 100 * 60 + number % 100;
    let sound = number % 100 < 60 && minutes <= 14 * 60;
    sound.then_some(if sign == "-" { -minutes } else { minutes })
}

/// RFC 5322 §4.3, obs-zone. `GMT+2` and the like are not guessed.
fn named_zone(word: &str) -> Option<i16> {
    let hours = match word.to_ascii_uppercase().as_str() {
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        // A twelve-hour clock is no mail's; better no date than one half a day off.
        "AM" | "PM" => return None,
        name => return name.bytes().all(|octet| octet.is_ascii_alphabetic()).then_some(0),
    };
    Some(hours * 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_date_is_read_in_every_form_that_has_one_meaning() {
        for (text, seconds, offset_minutes) in [
            ("17-Jul-1996 02:44:25 -0700", 837_596_665, -420),
            (" 7-Jul-2010 02:44:25 +0000", 1_278_470_665, 0),
            ("7-Jul-2010 02:44:25 +0000", 1_278_470_665, 0),
            ("07-jul-2010 02:44:25", 1_278_470_665, 0),
            ("\"07-JUL-2010 02:44:25 +0000\"", 1_278_470_665, 0),
            ("Wed, 7 Jul 2010 02:44:25 +0000", 1_278_470_665, 0),
            ("Wed,7 Jul 2010 04:44:25 +0200 (CEST)", 1_278_470_665, 120),
            ("Mon, 7 Jul 2010 02:44:25 GMT", 1_278_470_665, 0),
            ("7 July 10 2:44:25 UT", 1_278_470_665, 0),
            ("7 Jul 110 02:44:25 Z", 1_278_470_665, 0),
            ("Tue, 06 Jul 2010 22:44:25 EDT", 1_278_470_665, -240),
            ("Wed Jul  7 02:44:25 2010", 1_278_470_665, 0),
            ("Wed Jul  7 02:44:25 UTC 2010", 1_278_470_665, 0),
            ("Wednesday, 07-Jul-10 02:44:25 GMT", 1_278_470_665, 0),
            ("7 (day) Jul(month)2010 02:44 (hm) +0000", 1_278_470_640, 0),
            ("31 Dec 2016 23:59:60 +0000", 1_483_228_799, 0),
            ("29 Feb 2020 00:00:00 +0545", 1_582_913_700, 345),
            ("1 Jan 1970 00:00:00 -0000", 0, 0),
            ("17-Jul-1960 00:00:00 +0000", -298_512_000, 0),
            ("1 Jan 2000 00:00:00 +1400", 946_634_400, 840),
            ("1 Jan 50 00:00:00 GMT", -631_152_000, 0),
            ("31 Dec 9999 23:59:59 -1400", 253_402_351_199, -840),
            ("1 Jan 2000 00:00:00 XYZ", 946_684_800, 0),
        ] {
            assert_eq!(read(text.as_bytes()), Some(Stamp { seconds, offset_minutes }), "{text}");
        }
    }

    #[test]
    fn a_date_without_sense_is_refused() {
        for text in [
            "",
            "now",
            "31-Feb-2020 02:44:25 +0000",
            "29-Feb-2021 02:44:25 +0000",
            "00-Jan-0000 00:00:00 +0000",
            "01-Jan-0000 00:00:00 +0000",
            "32-Jan-2020 00:00:00 +0000",
            "99-Foo-2020 00:00:00 +0000",
            "01-Jan-2020",
            "01-Jan-2020 24:00:00 +0000",
            "01-Jan-2020 23:60:00 +0000",
            "01-Jan-2020 23:59:61 +0000",
            "01-Jan-2020 10:00:00 +9900",
            "01-Jan-2020 10:00:00 +1401",
            "01-Jan-2020 10:00:00 +0060",
            "01-Jan-2020 10:00:00 +100",
            "01-Jan-2020 10:00:00 -",
            "01-Jan-20200 10:00:00 +0000",
            "01-Jan-2020 10:00:00 +0000 +0000",
            "01-Jan-2020 10:00:00 11:00:00",
            "01-Jan-Jan-2020 10:00:00 +0000",
            "01-Jan-2020 1:2:3:4 +0000",
            "01-Jan-2020 -1:00:00 +0000",
            "01-Jan-2020 ::",
            "2020-01-01T10:00:00Z",
            "01/02/2020 10:00:00",
            "0x1-Jan-2020 10:00:00",
            "1 Jan 2020 10:00:00 GMT+2",
            "1 Jan 2020 10:00:00 PM",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(read(b"1 Jan 2000 00:00:00 \xe9"), None);
        assert_eq!(read(&b"1 ".repeat(1_000_000)), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..80), text in "[-+0-9:, JanFebGMT()]{0,40}") {
            let _ = (read(&octets), read(text.as_bytes()));
        }
    }
}

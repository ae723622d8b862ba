//! # Usual date
//! The two forms that nearly every date has: INTERNALDATE's and a Date field's, both as their RFCs want them. Read octet by
//! octet, for each message has several. All else, and all that makes no sense, is left to `calendar`.

use time::{Date, Month, Time};

use super::calendar::Stamp;

/// `17-Jul-1996 02:44:25 -0700`, or `Wed, 17 Jul 1996 02:44:25 -0700 (PDT)`, where weekday and comment may be missing.
/// None for anything else.
pub(super) fn read(text: &[u8]) -> Option<Stamp> {
    let (day, rest) = day(without_weekday(text.trim_ascii()))?;
    let &[before, m, o, n, behind, y1, y2, y3, y4, b' ', ref rest @ ..] = rest else { return None };
    if before != behind || !matches!(before, b' ' | b'-') {
        return None;
    }
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let &[h1, h2, b':', m1, m2, b':', s1, s2, b' ', sign, z1, z2, z3, z4, ref comment @ ..] = rest else { return None };
    if year == 0 || !is_comment(comment) {
        return None;
    }
    let date = Date::from_calendar_date(i32::from(year), month([m, o, n])?, day).ok()?;
    let time = Time::from_hms(small(h1, h2)?, small(m1, m2)?, small(s1, s2)?).ok()?;
    let offset_minutes = zone(sign, two(z1, z2)?, two(z3, z4)?)?;
    let days = i64::from(date.to_julian_day() - UNIX_EPOCH);
    let (hour, minute, second) = time.as_hms();
    let minutes = days * 1440 + i64::from(hour) * 60 + i64::from(minute) - i64::from(offset_minutes);
    Some(Stamp { seconds: minutes * 60 + i64::from(second), offset_minutes })
}

/// The Julian day of 1970-01-01.
const UNIX_EPOCH: i32 = 2_440_588;

fn without_weekday(text: &[u8]) -> &[u8] {
    let &[a, b, c, b',', b' ', ref rest @ ..] = text else { return text };
    let name = [a, b, c].map(|letter| letter.to_ascii_lowercase());
    match &name {
        b"mon" | b"tue" | b"wed" | b"thu" | b"fri" | b"sat" | b"sun" => rest,
        _ => text,
    }
}

fn day(text: &[u8]) -> Option<(u8, &[u8])> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => Some((small(*tens, *ones)?, rest)),
        [ones @ b'0'..=b'9', rest @ ..] => Some((ones - b'0', rest)),
        _ => None,
    }
}

fn month(name: [u8; 3]) -> Option<Month> {
    match &name.map(|letter| letter.to_ascii_lowercase()) {
        b"jan" => Some(Month::January),
        b"feb" => Some(Month::February),
        b"mar" => Some(Month::March),
        b"apr" => Some(Month::April),
        b"may" => Some(Month::May),
        b"jun" => Some(Month::June),
        b"jul" => Some(Month::July),
        b"aug" => Some(Month::August),
        b"sep" => Some(Month::September),
        b"oct" => Some(Month::October),
        b"nov" => Some(Month::November),
        b"dec" => Some(Month::December),
        _ => None,
    }
}

fn zone(sign: u8, hours: i16, minutes: i16) -> Option<i16> {
    let all = hours * 60 + minutes;
    match sign {
        _ if minutes >= 60 || all > 14 * 60 => None,
        b'+' => Some(all),
        b'-' => Some(-all),
        _ => None,
    }
}

/// Nothing, or a word in parentheses.
fn is_comment(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b' ', b'(', word @ .., b')'] => word.len() < 32 && word.iter().all(u8::is_ascii_alphabetic),
        _ => false,
    }
}

fn small(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + ones - b'0')
}

fn two(tens: u8, ones: u8) -> Option<i16> {
    small(tens, ones).map(i16::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::calendar::word_by_word;
    use super::*;

    #[test]
    fn the_usual_forms_are_read_here_and_no_others() {
        for (text, usual) in [
            ("17-Jul-1996 02:44:25 -0700", true),
            (" 7-Jul-2010 02:44:25 +0000", true),
            ("7-JUL-2010 02:44:25 +0000", true),
            ("Wed, 7 Jul 2010 02:44:25 +0000", true),
            ("wed, 07 jul 2010 02:44:25 +0200 (CEST)", true),
            ("17 Jul 1996 02:44:25 -0000", true),
            ("29 Feb 2020 00:00:00 +1400", true),
            ("Mar, 7 Jul 2010 02:44:25 +0000", false),
            ("7 Jul-2010 02:44:25 +0000", false),
            ("7 Jul 2010 02:44:60 +0000", false),
            ("7 Jul 2010 02:44:25 +1401", false),
            ("7 Jul 0000 02:44:25 +0000", false),
            ("30-Feb-2020 02:44:25 +0000", false),
            ("7 Jul 2010 02:44:25 +0000 (one two)", false),
            ("7 Jul 2010 02:44:25 GMT", false),
            ("7 Jul 2010 02:44:25", false),
            ("", false),
        ] {
            assert_eq!(read(text.as_bytes()).is_some(), usual, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_here_is_what_is_read_word_by_word(
            text in "((Mon|tue|Mar|Foo),? ?)?[0-3]?[0-9][- ](Jan|feb|MAY|Xyz)[- ][0-2][0-9]{3} [0-2][0-9]:[0-6][0-9]:[0-6][0-9] [-+ ][01][0-9][0-6][0-9]( ?\\([A-Z (]{0,5}\\))?[ \r]?",
        ) {
            if let Some(stamp) = read(text.as_bytes()) {
                prop_assert_eq!(word_by_word(text.as_bytes()), Some(stamp));
            }
        }

        #[test]
        fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..60)) {
            let read = read(&octets);
            prop_assert!(read.is_none() || read == word_by_word(&octets));
        }
    }
}

//! # Date
//! INTERNALDATE, and what to send instead when the source's cannot be sent.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{OffsetDateTime, UtcOffset};

use super::calendar::{self, Stamp};
use super::header;

/// When a message was received (RFC 9051 §2.3.3): an instant from 1970 to 9999 and the zone it was written in.
///
/// Earlier dates are not taken, for no server keeps them: to `17-Jul-1960` Cyrus 3.6 answers BAD, Courier 5.0 NO, and
/// Dovecot 2.3 stores a date in 2096. Dates that some servers keep and others do not are sent as they are: to
/// `17-Jul-2090` Dovecot says OK and stores the time of day, to second 0 of 1970 Cyrus and Courier do. The zone is kept
/// by no server; the instant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InternalDate {
    seconds: i64,
    offset_minutes: i16,
}

impl InternalDate {
    /// The date at this instant (seconds since 1970 UTC), to be written in a zone so many minutes from UTC. None before
    /// 1970, after 9999, or beyond ±14:00.
    pub fn new(seconds: i64, offset_minutes: i16) -> Option<Self> {
        let year = local(seconds, offset_minutes)?.year();
        // Around New Year the instant may be in range and the year written not: then UTC is written.
        let offset_minutes = if (1970..=9999).contains(&year) { offset_minutes } else { 0 };
        (seconds >= 0).then_some(Self { seconds, offset_minutes })
    }

    /// Reads what a server gives as INTERNALDATE, with or without quotes. One-digit days, a leading blank, a missing
    /// zone (UTC) and the form of a Date field are taken; dates without sense are not (see [`calendar::read`]).
    pub fn parse(text: &[u8]) -> Option<Self> {
        calendar::read(text).and_then(Self::at)
    }

    /// Seconds since 1970 UTC.
    pub const fn instant(self) -> i64 {
        self.seconds
    }

    /// The distance from UTC, in minutes, of the zone it is written in.
    pub const fn offset_minutes(self) -> i16 {
        self.offset_minutes
    }

    fn at(stamp: Stamp) -> Option<Self> {
        Self::new(stamp.seconds, stamp.offset_minutes)
    }
}

fn local(seconds: i64, offset_minutes: i16) -> Option<OffsetDateTime> {
    if !(-840..=840).contains(&offset_minutes) {
        return None;
    }
    let offset = UtcOffset::from_whole_seconds(i32::from(offset_minutes) * 60).ok()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()?.checked_to_offset(offset)
}

/// `date-time` of RFC 9051 §9 without its quotes: the day takes two characters, the first may be a blank.
impl fmt::Display for InternalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = local(self.seconds, self.offset_minutes).ok_or(fmt::Error)?;
        let month = at.month().to_string();
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let zone = self.offset_minutes.unsigned_abs();
        write!(f, "{:2}-{}-{:04} ", at.day(), month.get(..3).unwrap_or(&month), at.year())?;
        write!(f, "{:02}:{:02}:{:02} ", at.hour(), at.minute(), at.second())?;
        write!(f, "{sign}{:02}{:02}", zone / 60, zone % 60)
    }
}

impl Serialize for InternalDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for InternalDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(text.as_bytes()).ok_or_else(|| de::Error::custom("not a date-time"))
    }
}

/// Which date goes with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateChoice {
    /// The source's INTERNALDATE.
    Internal(InternalDate),
    /// It could not be used: the newest Received field's.
    Received(InternalDate),
    /// Nor was there a Received field with a date: the Date field's.
    Header(InternalDate),
    /// None at all; the destination takes the time of day.
    None,
}

impl DateChoice {
    /// The date to send, if any.
    pub const fn date(self) -> Option<InternalDate> {
        match self {
            Self::Internal(date) | Self::Received(date) | Self::Header(date) => Some(date),
            Self::None => None,
        }
    }

    /// True when it is not the source's INTERNALDATE.
    pub const fn replaced(self) -> bool {
        !matches!(self, Self::Internal(_))
    }
}

/// Decides which date goes with a message: INTERNALDATE, else the newest Received field with a date that can be sent
/// (the topmost: each server puts its own above), else the Date field's, else none.
pub fn fallback(internal: Option<&[u8]>, header: &[u8]) -> DateChoice {
    if let Some(date) = internal.and_then(InternalDate::parse) {
        return DateChoice::Internal(date);
    }
    let mut received = header::fields(header).filter(|field| field.is("Received"));
    if let Some(date) = received.find_map(|field| received_at(&field.value())) {
        return DateChoice::Received(date);
    }
    match header::value(header, "Date").and_then(|value| InternalDate::parse(&value)) {
        Some(date) => DateChoice::Header(date),
        None => DateChoice::None,
    }
}

/// The date stands behind the last semicolon (RFC 5321 §4.4).
fn received_at(value: &[u8]) -> Option<InternalDate> {
    let semicolon = value.iter().rposition(|&octet| octet == b';')?;
    InternalDate::parse(value.get(semicolon + 1..)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn internaldate_is_written_as_the_rfc_wants_it() {
        for (read, written) in [
            ("17-Jul-1996 02:44:25 -0700", Some("17-Jul-1996 02:44:25 -0700")),
            (" 7-Jul-2010 02:44:25 +0000", Some(" 7-Jul-2010 02:44:25 +0000")),
            ("7-Jul-2010 02:44:25 +0000", Some(" 7-Jul-2010 02:44:25 +0000")),
            ("07-Jul-2010 02:44:25", Some(" 7-Jul-2010 02:44:25 +0000")),
            ("Wed, 7 Jul 2010 02:44:25 +0530 (IST)", Some(" 7-Jul-2010 02:44:25 +0530")),
            ("31-Dec-2016 23:59:60 +0000", Some("31-Dec-2016 23:59:59 +0000")),
            ("01-Jan-1970 00:00:00 +0000", Some(" 1-Jan-1970 00:00:00 +0000")),
            ("31-Dec-1969 16:00:00 -0800", Some(" 1-Jan-1970 00:00:00 +0000")),
            ("31-Dec-1969 23:59:59 +0000", None),
            ("01-Jan-1970 00:00:00 +0100", None),
            ("31-Dec-9999 23:59:59 -1400", None),
            ("17-Jul-2090 02:44:25 +0000", Some("17-Jul-2090 02:44:25 +0000")),
            ("17-Jul-1960 02:44:25 +0000", None),
            ("31-Feb-2020 02:44:25 +0000", None),
            ("00-Jan-0000 00:00:00 +0000", None),
            ("01-Jan-2020 10:00:00 +9900", None),
            ("", None),
        ] {
            let date = InternalDate::parse(read.as_bytes());
            assert_eq!(date.map(|date| date.to_string()).as_deref(), written, "{read}");
        }
    }

    #[test]
    fn a_date_that_cannot_be_sent_is_replaced_by_the_best_the_message_has() {
        let header = b"Received: by a;\n 1 Feb 2003 04:05:06 +0000\nReceived: by b; 1 Jan 2003 00:00:00 +0000\nDate: 1 Jan 2001 00:00:00 +0000\n\n";
        let odd_top = b"Received: by a; yesterday\nReceived: no date\nReceived: by b; 1 Jan 2003 00:00:00 +0000\n\n";
        let date_only = b"Received: by a; soon\nDate: 1 Jan 2001 00:00:00 +0000\n\n";
        let at = |text: &str| InternalDate::parse(text.as_bytes()).unwrap();
        for (internal, header, choice) in [
            (Some("17-Jul-1996 02:44:25 -0700"), &header[..], DateChoice::Internal(at("17-Jul-1996 02:44:25 -0700"))),
            (None, header, DateChoice::Received(at("1-Feb-2003 04:05:06"))),
            (Some("00-Jan-0000 00:00:00 +0000"), header, DateChoice::Received(at("1-Feb-2003 04:05:06"))),
            (Some("NIL"), odd_top, DateChoice::Received(at("1-Jan-2003 00:00:00"))),
            (None, date_only, DateChoice::Header(at("1-Jan-2001 00:00:00"))),
            (None, b"Date: 1 Jan 1950 00:00:00 +0000\n\n", DateChoice::None),
            (None, b"", DateChoice::None),
        ] {
            let chosen = fallback(internal.map(str::as_bytes), header);
            assert_eq!(chosen, choice);
            assert_eq!(chosen.replaced(), !matches!(choice, DateChoice::Internal(_)));
        }
    }

    proptest! {
        #[test]
        fn a_date_reads_as_it_was_written(seconds in 0i64..253_402_300_799, offset in -840i16..=840) {
            if let Some(date) = InternalDate::new(seconds, offset) {
                prop_assert_eq!(date.instant(), seconds);
                prop_assert_eq!(date.to_string().len(), 26);
                prop_assert_eq!(InternalDate::parse(date.to_string().as_bytes()), Some(date));
                let json = serde_json::to_string(&date).unwrap();
                prop_assert_eq!(serde_json::from_str::<InternalDate>(&json).unwrap(), date);
            }
        }
    }
}

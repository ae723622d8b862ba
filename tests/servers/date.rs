//! # Date
//! Seconds since 1970 as IMAP and mail headers spell them, always in UTC.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const IMAP: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:space]-[month repr:short]-[year] [hour]:[minute]:[second] +0000");
const MAIL: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second]");

/// As APPEND and INTERNALDATE have it (RFC 9051 §9, date-time), without quotes.
#[must_use]
pub fn imap(seconds: i64) -> String {
    moment(seconds).format(IMAP).unwrap_or_default()
}

/// As the Date header has it (RFC 5322 §3.3), followed by `zone` such as `+0000`; the clock shown is UTC's.
#[must_use]
pub fn mail(seconds: i64, zone: &str) -> String {
    format!("{} {zone}", moment(seconds).format(MAIL).unwrap_or_default())
}

/// Reads INTERNALDATE back into seconds since 1970.
#[must_use]
pub fn parse(date: &str) -> Option<i64> {
    let format = format_description!(
        "[day padding:none]-[month repr:short]-[year] [hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
    );
    OffsetDateTime::parse(date.trim(), format).ok().map(OffsetDateTime::unix_timestamp)
}

fn moment(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_comes_back_as_the_instant_it_was() {
        for seconds in [0, 951_782_400, 1_279_359_865, 2_100_000_000] {
            assert_eq!(parse(&imap(seconds)), Some(seconds));
        }
        assert_eq!(imap(1_279_359_865), "17-Jul-2010 09:44:25 +0000");
        assert_eq!(parse("17-Jul-2010 11:44:25 +0200"), Some(1_279_359_865));
        assert_eq!(mail(1_279_359_865, "-0700"), "Sat, 17 Jul 2010 09:44:25 -0700");
    }
}

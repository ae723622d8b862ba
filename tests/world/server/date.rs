//! # Date
//! INTERNALDATE: an instant and the zone it is told in (RFC 3501 `date-time`), and what a server makes of odd ones.

use super::rules::{DateRule, Dates};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY: i64 = 86_400;
/// 2038-01-01, after which 32-bit servers go wrong.
const FAR: i64 = 2_145_916_800;

/// When a message came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Seconds since 1970-01-01 00:00 UTC.
    pub seconds: i64,
    /// Minutes east of Greenwich.
    pub zone: i64,
}

impl Date {
    /// An instant told in UTC.
    pub fn utc(seconds: i64) -> Date {
        Date { seconds, zone: 0 }
    }

    /// `17-Jul-2010 02:44:25 -0700`, the day in two characters filled up with `pad`.
    pub fn spell(&self, pad: char) -> String {
        let local = self.seconds.saturating_add(self.zone.saturating_mul(60));
        let (year, month, day) = civil(local.div_euclid(DAY));
        let second = local.rem_euclid(DAY);
        let month = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).unwrap_or(&"Jan");
        let sign = if self.zone < 0 { '-' } else { '+' };
        let zone = self.zone.abs();
        let pad = if day < 10 { pad.to_string() } else { String::new() };
        format!(
            "{pad}{day}-{month}-{year:04} {:02}:{:02}:{:02} {sign}{:02}{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60,
            zone / 60,
            zone % 60
        )
    }

    /// Reads a `date-time`. `None` if it is none; a day that its month lacks rolls into the next month.
    pub fn parse(text: &[u8]) -> Option<Parsed> {
        let text = std::str::from_utf8(text).ok()?.trim_start();
        let (date, rest) = text.split_once(' ')?;
        let (time, zone) = rest.split_once(' ')?;
        let mut date = date.splitn(3, '-');
        let day: i64 = date.next()?.parse().ok()?;
        let name = date.next()?;
        let month = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
        let month = i64::try_from(month).ok()? + 1;
        let year: i64 = date.next()?.parse().ok()?;
        if !(1..=31).contains(&day) {
            return None;
        }
        let zone = minutes(zone)?;
        let days = days(year, month, 1) + day - 1;
        let seconds = days * DAY + clock(time)? - zone * 60;
        Some(Parsed { date: Date { seconds, zone }, exists: civil(days).1 == month })
    }
}

/// A date as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed {
    pub date: Date,
    /// The day is in the calendar.
    pub exists: bool,
}

/// What a server with these rules stores for a date-time, or its refusal.
pub fn judge(text: &[u8], rules: &Dates, now: i64) -> Result<Date, String> {
    let Some(parsed) = Date::parse(text) else {
        return Err(rules.unreadable.to_owned());
    };
    let rule = if !parsed.exists {
        rules.no_such_day
    } else if parsed.date.seconds == 0 {
        rules.epoch
    } else if parsed.date.seconds < 0 {
        rules.before_1970
    } else if parsed.date.seconds >= FAR {
        rules.far
    } else {
        DateRule::Keep
    };
    match rule {
        DateRule::Keep => Ok(parsed.date),
        DateRule::Now => Ok(Date::utc(now)),
        DateRule::Refuse(words) => Err(words.to_owned()),
    }
}

fn clock(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    ((0..24).contains(&hour) && (0..60).contains(&minute) && (0..61).contains(&second))
        .then_some(hour * 3600 + minute * 60 + second)
}

fn minutes(zone: &str) -> Option<i64> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    Some(sign * (number / 100 * 60 + number % 100))
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date (year, month, day) of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + days.div_euclid(146_097) * 400 + i64::from(month <= 2);
    (year, month, day)
}

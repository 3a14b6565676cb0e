//! Durations as Go reads and prints them: `1m30s`, `10m0s`, `1.5h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// A duration that prints as Go's `time.Duration` does. At most 2⁶³ − 1 nanoseconds; negative ones are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoDuration(u64);

impl GoDuration {
    /// Of whole seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds * SECOND)
    }

    /// In nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }
}

impl From<GoDuration> for Duration {
    fn from(duration: GoDuration) -> Self {
        Self::from_nanos(duration.0)
    }
}

impl FromStr for GoDuration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        let rest = match text.strip_prefix('-') {
            Some(rest) if rest.trim_start_matches(['0', '.']).is_empty() => rest,
            Some(_) => return Err(DurationError::Negative(text.to_owned())),
            None => text.strip_prefix('+').unwrap_or(text),
        };
        if rest == "0" {
            return Ok(Self(0));
        }
        if rest.is_empty() {
            return Err(DurationError::NotADuration(text.to_owned()));
        }
        let mut total: u64 = 0;
        let mut rest = rest;
        while !rest.is_empty() {
            let (nanoseconds, after) = next_term(rest, text)?;
            total = total
                .checked_add(nanoseconds)
                .filter(|total| i64::try_from(*total).is_ok())
                .ok_or_else(|| DurationError::TooLong(text.to_owned()))?;
            rest = after;
        }
        Ok(Self(total))
    }
}

/// Reads one number with its unit, in nanoseconds, and returns what follows.
fn next_term<'a>(rest: &'a str, whole: &str) -> Result<(u64, &'a str), DurationError> {
    let not_a_duration = || DurationError::NotADuration(whole.to_owned());
    let too_long = || DurationError::TooLong(whole.to_owned());
    let digits_end = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (integer, rest) = rest.split_at(digits_end(rest));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(digits_end(rest)),
        None => ("", rest),
    };
    if integer.is_empty() && fraction.is_empty() {
        return Err(not_a_duration());
    }
    let (unit_name, rest) = rest.split_at(rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len()));
    let unit = match unit_name {
        "ns" => 1,
        "us" | "µs" | "μs" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        "" => return Err(DurationError::NoUnit(whole.to_owned())),
        _ => return Err(DurationError::Unit { unit: unit_name.to_owned(), whole: whole.to_owned() }),
    };
    let whole_units = if integer.is_empty() { 0 } else { integer.parse::<u64>().map_err(|_| too_long())? };
    let mut nanoseconds = whole_units.checked_mul(unit).ok_or_else(too_long)?;
    let mut place = unit;
    for digit in fraction.bytes() {
        // Digits below a nanosecond are dropped, as Go does.
        nanoseconds = nanoseconds.checked_add(u64::from(digit - b'0') * place / 10).ok_or_else(too_long)?;
        place /= 10;
        if place == 0 {
            break;
        }
    }
    Ok((nanoseconds, rest))
}

impl fmt::Display for GoDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = self.0;
        if nanoseconds == 0 {
            return formatter.write_str("0s");
        }
        if nanoseconds < SECOND {
            let (unit, name) = match nanoseconds {
                0..MICROSECOND => (1, "ns"),
                MICROSECOND..MILLISECOND => (MICROSECOND, "µs"),
                _ => (MILLISECOND, "ms"),
            };
            return write!(formatter, "{}{name}", with_fraction(nanoseconds, unit));
        }
        let (hours, minutes, rest) = (nanoseconds / HOUR, nanoseconds % HOUR / MINUTE, nanoseconds % MINUTE);
        if hours > 0 {
            write!(formatter, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(formatter, "{minutes}m")?;
        }
        write!(formatter, "{}s", with_fraction(rest, SECOND))
    }
}

/// `nanoseconds` counted in `unit`, with the decimals that are needed.
fn with_fraction(nanoseconds: u64, unit: u64) -> String {
    let (integer, fraction) = (nanoseconds / unit, nanoseconds % unit);
    if fraction == 0 {
        return integer.to_string();
    }
    let digits = unit.ilog10() as usize;
    format!("{integer}.{}", format!("{fraction:0digits$}").trim_end_matches('0'))
}

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not a number with a unit.
    #[error("`{0}` is not a duration such as `1m30s`, `90s` or `2h`")]
    NotADuration(String),
    /// A number alone.
    #[error("duration `{0}` lacks a unit: write `{0}s` or `{0}m`")]
    NoUnit(String),
    /// A unit that Go does not know.
    #[error("unit `{unit}` of duration `{whole}` is unknown: use ms, s, m or h")]
    Unit {
        /// What stands for the unit.
        unit: String,
        /// The whole duration.
        whole: String,
    },
    /// Below zero.
    #[error("duration `{0}` is negative")]
    Negative(String),
    /// More than about 292 years.
    #[error("duration `{0}` is too long")]
    TooLong(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_as_go_prints_them() {
        for (given, printed) in [
            ("1m", "1m0s"),
            ("10m", "10m0s"),
            ("90s", "1m30s"),
            ("1m30s", "1m30s"),
            ("2h", "2h0m0s"),
            ("1.5h", "1h30m0s"),
            (".5s", "500ms"),
            ("1.s", "1s"),
            ("+5m", "5m0s"),
            ("0", "0s"),
            ("-0", "0s"),
            ("0s", "0s"),
            ("1500ms", "1.5s"),
            ("1h0.25s", "1h0m0.25s"),
            ("3us", "3µs"),
            ("1ns", "1ns"),
            ("1.234567891s", "1.234567891s"),
            ("0.1234567899s", "123.456789ms"),
            ("2562047h47m16.854775807s", "2562047h47m16.854775807s"),
        ] {
            assert_eq!(given.parse::<GoDuration>().unwrap().to_string(), printed, "{given}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for wrong in
            ["", "+", "-", "5", "1.5", "abc", ".", ".s", "1x", "1m 30s", "1d", "-1m", "9999999999h", "1m5", "٣s"]
        {
            assert!(wrong.parse::<GoDuration>().is_err(), "{wrong}");
        }
        assert_eq!("5".parse::<GoDuration>().unwrap_err().to_string(), "duration `5` lacks a unit: write `5s` or `5m`");
    }
}

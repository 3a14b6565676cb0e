//! Sizes in bytes, as people write them.

use std::fmt;
use std::str::FromStr;

/// A number of bytes; shown in the largest unit that divides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

const UNITS: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

impl ByteSize {
    /// How much of a repository is received unless `--max-download` says otherwise.
    pub(crate) const DOWNLOAD: Self = Self(8 << 30);
}

impl fmt::Display for ByteSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, unit)| self.0 > 0 && self.0.is_multiple_of(*unit)) {
            Some((name, unit)) => write!(formatter, "{} {name}", self.0 / unit),
            None => write!(formatter, "{} bytes", self.0),
        }
    }
}

impl FromStr for ByteSize {
    type Err = NotAByteSize;

    /// Takes a whole number of bytes or of a unit: `8GiB`, `8Gi`, `512MiB`, `1000000`.
    fn from_str(text: &str) -> Result<Self, NotAByteSize> {
        let wrong = || NotAByteSize(text.chars().take(40).collect());
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
        let unit = match text[digits..].trim_start() {
            "" => 1,
            name => {
                let of_name = |(unit, _): &&(&str, u64)| *unit == name || unit.strip_suffix('B') == Some(name);
                UNITS.iter().find(of_name).ok_or_else(wrong)?.1
            }
        };
        number.checked_mul(unit).map(Self).ok_or_else(wrong)
    }
}

/// A text that is no size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no size such as `8GiB`, `512MiB` or a number of bytes")]
pub struct NotAByteSize(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_shown() {
        for (text, bytes, shown) in [
            ("8GiB", 8 << 30, "8 GiB"),
            ("8Gi", 8 << 30, "8 GiB"),
            ("512 MiB", 512 << 20, "512 MiB"),
            ("1024", 1024, "1 KiB"),
            ("1000", 1000, "1000 bytes"),
            ("0", 0, "0 bytes"),
        ] {
            let size: ByteSize = text.parse().unwrap();
            assert_eq!((size.0, size.to_string().as_str()), (bytes, shown));
        }
        for wrong in ["", "8GB", "GiB", "-1", "1.5GiB", "8 gib", "99999999TiB"] {
            assert!(wrong.parse::<ByteSize>().is_err(), "{wrong}");
        }
    }
}

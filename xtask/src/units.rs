//! Amounts on the command line: times and memory.

use std::str::FromStr;

/// A length of time in whole nanoseconds, given in seconds with up to nine decimals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seconds(pub(crate) u64);

const NANOS: u64 = 1_000_000_000;

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no number of seconds above 0; write for example 2 or 0.25");
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || decimals.len() > 9 {
            return Err(wrong());
        }
        let fraction: u64 = format!("{decimals:0<9}").parse().map_err(|_| wrong())?;
        let nanos = whole.parse::<u64>().ok().and_then(|whole| whole.checked_mul(NANOS)?.checked_add(fraction));
        nanos.filter(|nanos| *nanos > 0).map(Self).ok_or_else(wrong)
    }
}

impl Seconds {
    /// As boot parameters and `system.toml` write it: the largest unit that needs no decimals.
    pub(crate) fn boot_text(self) -> String {
        let units = [(NANOS, "s"), (1_000_000, "ms"), (1_000, "us")];
        let fitting = units.into_iter().find(|(unit, _)| self.0.is_multiple_of(*unit));
        let (unit, name) = fitting.unwrap_or((1, "ns"));
        format!("{}{name}", self.0 / unit)
    }
}

/// An amount of memory in bytes, a multiple of 1 MiB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Memory(pub(crate) u64);

impl FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no amount of memory; write for example 2G or 512M");
        let number = text.trim_end_matches("iB");
        let (digits, shift) = match (number.strip_suffix('G'), number.strip_suffix('M')) {
            (Some(digits), _) => (digits, 30),
            (_, Some(digits)) => (digits, 20),
            _ => return Err(wrong()),
        };
        let amount: u64 = digits.parse().map_err(|_| wrong())?;
        if amount == 0 || amount > 1 << 20 { Err(wrong()) } else { Ok(Self(amount << shift)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_boot_parameters() {
        let cases = [("2", "2s"), ("0.25", "250ms"), ("1.0005", "1000500us"), ("0.000000001", "1ns")];
        for (text, boot) in cases {
            assert_eq!(text.parse::<Seconds>().expect(text).boot_text(), boot);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", "0", "-1", "1.", ".5", "1.0000000001", "two", "1e3", "99999999999999"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
        for text in ["", "2", "G", "0M", "-1G", "2T", "9999999G"] {
            assert!(text.parse::<Memory>().is_err(), "{text}");
        }
    }

    #[test]
    fn memory_has_units() {
        assert_eq!("2G".parse(), Ok(Memory(2 << 30)));
        assert_eq!("512MiB".parse(), Ok(Memory(512 << 20)));
    }
}

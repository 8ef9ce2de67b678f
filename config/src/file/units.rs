//! Durations and sizes as people write and read them.

use std::format;
use std::string::String;

/// Units of time and their length in ns, the largest first.
const TIME: &[(&str, u64)] = &[("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1)];
/// Units of memory and their size in bytes, the largest first.
const MEMORY: &[(&str, u64)] = &[("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Reads `"1.5ms"` as ns. The error says what is wrong, as a sentence about "a duration".
pub(crate) fn duration(text: &str) -> Result<u64, String> {
    measure(text, TIME, "a duration")
}

/// Reads `"8MiB"` as bytes. The error says what is wrong, as a sentence about "a size".
pub(crate) fn size(text: &str) -> Result<u64, String> {
    measure(text, MEMORY, "a size")
}

/// `ns` in the largest unit that is not larger than it, exactly.
pub(crate) fn show_duration(ns: u64) -> String {
    show(ns, TIME)
}

/// An address below 2^48 as people write it in files.
pub(crate) fn show_address(address: u64) -> String {
    match (address >> 32, address >> 16 & 0xffff, address & 0xffff) {
        (0, 0, low) => format!("{low:#x}"),
        (0, middle, low) => format!("{middle:#x}_{low:04x}"),
        (high, middle, low) => format!("{high:#x}_{middle:04x}_{low:04x}"),
    }
}

/// `bytes` in the largest unit in which it is a whole number.
pub(crate) fn show_size(bytes: u64) -> String {
    let (unit, factor) = MEMORY.iter().find(|(_, factor)| bytes.is_multiple_of(*factor)).unwrap_or(&("B", 1));
    format!("{}{unit}", bytes / factor)
}

fn show(value: u64, units: &[(&str, u64)]) -> String {
    let (unit, factor) = units.iter().find(|(_, factor)| value >= *factor).unwrap_or(&("ns", 1));
    let (whole, rest) = (value / factor, value % factor);
    if rest == 0 {
        return format!("{whole}{unit}");
    }
    let digits = factor.ilog10() as usize;
    let fraction = format!("{rest:0digits$}");
    format!("{whole}.{}{unit}", fraction.trim_end_matches('0'))
}

fn measure(text: &str, units: &[(&str, u64)], what: &str) -> Result<u64, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let (number, unit) = (number.trim(), unit.trim());
    if number.is_empty() {
        return Err(format!("{what} is a number and a unit"));
    }
    if unit.is_empty() {
        return Err(format!("{what} needs a unit"));
    }
    let Some((_, factor)) = units.iter().find(|(name, _)| *name == unit || (*name == "us" && unit == "µs")) else {
        let names: std::vec::Vec<_> = units.iter().map(|(name, _)| format!("`{name}`")).collect();
        return Err(format!("{what} has no unit `{unit}`; the units are {}", names.join(", ")));
    };
    scaled(number, *factor, what)
}

fn scaled(number: &str, factor: u64, what: &str) -> Result<u64, String> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| -> Option<u128> {
        let plain: String = part.chars().filter(|c| *c != '_').collect();
        if plain.is_empty() || plain.len() > 30 { None } else { plain.parse().ok() }
    };
    let (Some(whole), Some(parts)) = (digits(whole), digits(fraction)) else {
        return Err(format!("`{number}` is no number of at most 30 digits"));
    };
    let places = fraction.chars().filter(char::is_ascii_digit).count() as u32;
    let (scale, parts) = (10_u128.pow(places), parts.saturating_mul(factor.into()));
    if !parts.is_multiple_of(scale) {
        let least = if what == "a size" { "byte" } else { "nanosecond" };
        return Err(format!("{what} must be a whole number of {least}s"));
    }
    let total = whole.saturating_mul(factor.into()).saturating_add(parts / scale);
    u64::try_from(total).map_err(|_| format!("{what} must be less than {}", limit(what)))
}

fn limit(what: &str) -> &'static str {
    if what == "a size" { "2^64 bytes" } else { "584 years" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_exact() {
        assert_eq!(duration("10ms"), Ok(10_000_000));
        assert_eq!(duration("1.5ms"), Ok(1_500_000));
        assert_eq!(duration("0.000001ms"), Ok(1));
        assert_eq!(duration("250 us"), Ok(250_000));
        assert_eq!(duration("3µs"), Ok(3_000));
        assert_eq!(duration("1_000ns"), Ok(1_000));
    }

    #[test]
    fn what_is_no_duration_is_told_apart() {
        assert!(duration("10").unwrap_err().contains("needs a unit"));
        assert!(duration("10kg").unwrap_err().contains("no unit `kg`"));
        assert!(duration("0.5ns").unwrap_err().contains("whole number of nanoseconds"));
        assert!(duration("99999999999s").unwrap_err().contains("584 years"));
        assert!(duration("ms").unwrap_err().contains("a number and a unit"));
        assert!(duration("1.2.3ms").unwrap_err().contains("no number"));
        assert!(duration("-1ms").unwrap_err().contains("a number and a unit"));
    }

    #[test]
    fn sizes_are_binary() {
        assert_eq!(size("8MiB"), Ok(8 << 20));
        assert_eq!(size("1.5KiB"), Ok(1536));
        assert!(size("8MB").unwrap_err().contains("no unit `MB`"));
    }

    #[test]
    fn what_is_shown_is_read_back() {
        for ns in [0, 1, 999, 1_000, 1_500_000, 12_345_678, 2_000_000_000, u64::MAX] {
            assert_eq!(duration(&show_duration(ns)), Ok(ns), "{ns}");
        }
        assert_eq!(show_duration(1_500_000), "1.5ms");
        assert_eq!(show_size(3 << 20), "3MiB");
        assert_eq!(show_size(1), "1B");
    }
}

//! Numbers as people read them, without losing a digit.

use guests::Args;
use sched::{Duration, Instant};

/// A length of time in ns with the unit that fits: `1_000_016` is "1.000016 ms". Exact.
pub fn duration(nanos: u64) -> String {
    let (scale, digits, unit) = match nanos {
        0..1_000 => (1, 0, "ns"),
        1_000..1_000_000 => (1_000, 3, "us"),
        1_000_000..1_000_000_000 => (1_000_000, 6, "ms"),
        _ => (1_000_000_000, 9, "s"),
    };
    let rest = nanos % scale;
    if rest == 0 {
        return format!("{} {unit}", nanos / scale);
    }
    let fraction = format!("{rest:0digits$}");
    format!("{}.{} {unit}", nanos / scale, fraction.trim_end_matches('0'))
}

/// A length of time as people and the guests' arguments write it: `0`, `250us`, `1s`. `None` if it is none.
pub fn parse(text: &str) -> Option<Duration> {
    let word = format!("time={text}");
    Args::new(&word).duration("time").ok().flatten().map(Duration::from_nanos)
}

/// An instant as the time since the epoch.
pub fn instant(at: Instant) -> String {
    duration(at.nanos())
}

/// Parts per million as per cent with two decimals, rounded to nearest: `401_234` is "40.12 %".
pub fn percent(ppm: u64) -> String {
    let hundredths = ppm.saturating_add(50) / 100;
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

/// `total / count` with two decimals, rounded to nearest; `None` without a count.
pub fn mean(total: u64, count: u64) -> Option<String> {
    mean_of(total.into(), count)
}

/// The same for a sum that may need more than 64 bits (but less than 120).
pub fn mean_of(total: u128, count: u64) -> Option<String> {
    let hundredths = (total * 200 + u128::from(count)).checked_div(u128::from(count) * 2)?;
    Some(format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_every_digit() {
        for (nanos, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_200, "1.2 us"),
            (1_000_016, "1.000016 ms"),
            (20_000_000, "20 ms"),
            (1_000_000_001, "1.000000001 s"),
        ] {
            assert_eq!(duration(nanos), text);
        }
    }

    #[test]
    fn shares_and_means_round_to_nearest() {
        assert_eq!(percent(401_249), "40.12 %");
        assert_eq!(percent(401_250), "40.13 %");
        assert_eq!(percent(1_000_000), "100.00 %");
        assert_eq!(mean(371_234, 10_000).unwrap(), "37.12");
        assert_eq!(mean(1, 3).unwrap(), "0.33");
        assert_eq!(mean(2, 3).unwrap(), "0.67");
        assert_eq!(mean(u64::MAX, 1).unwrap(), "18446744073709551615.00");
        assert_eq!(mean(7, 0), None);
    }
}

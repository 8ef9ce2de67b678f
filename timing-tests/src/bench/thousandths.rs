//! Numbers with three decimals that are exact: equal measurements must be equal after they were stored.

use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number from 0 to about 1.8 × 10¹⁶ in thousandths. In JSON it is a text with three decimals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Thousandths(pub u64);

impl Thousandths {
    /// A whole number; the largest number if it is beyond.
    pub const fn whole(value: u64) -> Self {
        Self(value.saturating_mul(1000))
    }

    /// `total / count`, rounded to the nearest; the largest number if it is beyond. `None` without a count.
    pub fn ratio(total: u128, count: u64) -> Option<Self> {
        let count = u128::from(count);
        let (whole, rest) = (total.checked_div(count)?, total % count);
        // `rest` is below 2⁶⁴, so this does not leave 128 bits.
        let fraction = (rest * 2000 + count) / (count * 2);
        Some(Self(whole.saturating_mul(1000).saturating_add(fraction).try_into().unwrap_or(u64::MAX)))
    }

    /// The number in this text: digits, and a point with one to three digits behind it or nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || decimals.len() > 3 {
            return None;
        }
        let fraction: u64 = format!("{decimals:0<3}").parse().ok()?;
        whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(fraction).map(Self)
    }

    /// The nearest floating-point number, for drawing.
    pub fn value(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// Without decimals that say nothing: "39", "37.5", "37.123".
impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 1000, self.0 % 1000) {
            (whole, 0) => f.pad(&whole.to_string()),
            (whole, rest) => f.pad(format!("{whole}.{rest:03}").trim_end_matches('0')),
        }
    }
}

impl Serialize for Thousandths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}.{:03}", self.0 / 1000, self.0 % 1000))
    }
}

impl<'de> Deserialize<'de> for Thousandths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom(format!("`{text}` is no number with at most three decimals"));
        Self::parse(&text).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_ratio_is_rounded_to_the_nearest() {
        let of = |total, count| Thousandths::ratio(total, count).map(|ratio| ratio.to_string());
        assert_eq!(of(371_234, 10_000).as_deref(), Some("37.123"));
        assert_eq!(of(2, 3).as_deref(), Some("0.667"));
        assert_eq!(of(1, 2000).as_deref(), Some("0.001"));
        assert_eq!(of(7, 7).as_deref(), Some("1"));
        assert_eq!(of(7, 0), None);
        assert_eq!(Thousandths::ratio(u128::MAX, u64::MAX), Some(Thousandths(u64::MAX)));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "NaN", "inf", "1.2345", "18446744073709552.000", " 1"] {
            assert_eq!(Thousandths::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read_back(number in any::<u64>()) {
            let number = Thousandths(number);
            let stored = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(serde_json::from_str::<Thousandths>(&stored).unwrap(), number);
            prop_assert_eq!(Thousandths::parse(&number.to_string()), Some(number));
        }
    }
}

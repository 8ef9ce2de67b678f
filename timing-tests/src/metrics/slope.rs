//! The drift of a series: the slope of the least-squares line, over integers.

use serde::{Serialize, Serializer};

/// The slope of a least-squares line as an exact fraction, in lowest terms.
///
/// In JSON it is a number; it is exactly 0 if and only if the series has no drift.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slope {
    /// The numerator.
    pub rise: i128,
    /// The denominator, positive.
    pub run: i128,
}

impl Slope {
    /// The slope of y over x. `None` with less than two different x, or when the sums leave 127 bits.
    pub fn of(points: &[(u64, u64)]) -> Option<Self> {
        let &(x0, y0) = points.first()?;
        let (mut sx, mut sy, mut sxx, mut sxy) = (0_i128, 0_i128, 0_i128, 0_i128);
        for &(x, y) in points {
            let (x, y) = (i128::from(x) - i128::from(x0), i128::from(y) - i128::from(y0));
            (sx, sy) = (sx.checked_add(x)?, sy.checked_add(y)?);
            sxx = sxx.checked_add(x.checked_mul(x)?)?;
            sxy = sxy.checked_add(x.checked_mul(y)?)?;
        }
        let n = points.len() as i128;
        let rise = n.checked_mul(sxy)?.checked_sub(sx.checked_mul(sy)?)?;
        let run = n.checked_mul(sxx)?.checked_sub(sx.checked_mul(sx)?)?;
        if run == 0 {
            return None;
        }
        let common = greatest_common_divisor(rise.unsigned_abs(), run.unsigned_abs()) as i128;
        Some(Self { rise: rise / common, run: run / common })
    }

    /// The nearest floating-point number.
    pub fn value(&self) -> f64 {
        self.rise as f64 / self.run as f64
    }
}

/// 0 only when exactly 0, else at least three significant digits.
impl core::fmt::Display for Slope {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let value = self.value();
        match value.abs() {
            _ if self.rise == 0 => f.write_str("0"),
            size if size < 0.001 => write!(f, "{value:.2e}"),
            _ => write!(f, "{value:.3}"),
        }
    }
}

impl Serialize for Slope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.value())
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slope(points: &[(u64, u64)]) -> Option<(i128, i128)> {
        Slope::of(points).map(|slope| (slope.rise, slope.run))
    }

    #[test]
    fn lines_have_their_slope() {
        assert_eq!(slope(&[(0, 5), (1, 5), (2, 5)]), Some((0, 1)));
        assert_eq!(slope(&[(10, 0), (11, 175), (12, 350)]), Some((175, 1)));
        assert_eq!(slope(&[(0, 9), (3, 8)]), Some((-1, 3)));
        // Errors 0 1 0 1: the means are 1.5 and 0.5, Σ dx·dy = 1, Σ dx² = 5.
        assert_eq!(slope(&[(0, 0), (1, 1), (2, 0), (3, 1)]), Some((1, 5)));
    }

    #[test]
    fn one_frame_has_no_slope() {
        assert_eq!(slope(&[]), None);
        assert_eq!(slope(&[(4, 4)]), None);
        assert_eq!(slope(&[(4, 4), (4, 9)]), None);
    }

    #[test]
    fn only_a_true_zero_is_printed_as_zero() {
        let print = |rise, run| Slope { rise, run }.to_string();
        assert_eq!(print(0, 1), "0");
        assert_eq!(print(1, 1_000_000_000), "1.00e-9");
        assert_eq!(print(-7, 2), "-3.500");
    }

    proptest! {
        #[test]
        fn equal_errors_have_no_slope_however_many(error in any::<u64>(), frames in 2_u64..500, first in 0_u64..1 << 40) {
            let points: Vec<_> = (0..frames).map(|frame| (first + frame, error)).collect();
            prop_assert_eq!(slope(&points), Some((0, 1)));
        }

        #[test]
        fn noise_gives_a_fraction_or_nothing(points in prop::collection::vec(any::<(u64, u64)>(), 0..20)) {
            if let Some(slope) = Slope::of(&points) {
                prop_assert!(slope.run > 0);
            }
        }
    }
}

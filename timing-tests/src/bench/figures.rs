//! The statistics of a row, exact: percentiles are samples that occurred, means and deviations are of all samples.

use super::{Histogram, Statistic, Thousandths};
use serde::{Deserialize, Serialize};

/// What was found: of samples everything, of a loop that was measured as a whole only the mean.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// How many samples, or how many passes of the loop; at least 1.
    pub n: u64,
    /// The arithmetic mean, rounded to the nearest thousandth.
    pub mean: Thousandths,
    /// What only single samples tell.
    pub order: Option<Order>,
}

/// Order statistics by nearest rank (the smallest sample that so many of the samples do not exceed), the deviation
/// and the histogram.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The smallest sample.
    pub min: u64,
    /// The 50th percentile.
    pub p50: u64,
    /// The 99th percentile.
    pub p99: u64,
    /// The 99.9th percentile.
    pub p999: u64,
    /// The largest sample.
    pub max: u64,
    /// The standard deviation of the samples (not an estimate for more of them), rounded down to a thousandth.
    pub sd: Thousandths,
    /// How often each size occurred.
    pub histogram: Histogram,
}

impl Figures {
    /// Of single samples; `None` without any.
    pub fn of_samples(samples: &[u64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable();
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let n = sorted.len() as u64;
        let mean = Thousandths::ratio(sorted.iter().map(|sample| u128::from(*sample)).sum(), n)?;
        let [p50, p99, p999] = [500, 990, 999].map(|permille| rank(&sorted, permille).unwrap_or(max));
        let (sd, histogram) = (deviation(&sorted), Histogram::of_sorted(&sorted));
        Some(Self { n, mean, order: Some(Order { min, p50, p99, p999, max, sd, histogram }) })
    }

    /// Of `n` passes of a loop that took `total` altogether; `None` without a pass.
    pub fn of_total(total: u64, n: u64) -> Option<Self> {
        Some(Self { n, mean: Thousandths::ratio(total.into(), n)?, order: None })
    }

    /// Of one value, such as a size or a count.
    pub fn of_value(value: u64) -> Self {
        Self { n: 1, mean: Thousandths::whole(value), order: None }
    }

    /// One figure; `None` if only single samples would tell. A single value is its own mean and maximum.
    pub fn get(&self, statistic: Statistic) -> Option<Thousandths> {
        let order = self.order.as_ref();
        match statistic {
            Statistic::Mean => Some(self.mean),
            _ if self.n == 1 && order.is_none() => Some(self.mean),
            Statistic::P99 => order.map(|order| Thousandths::whole(order.p99)),
            Statistic::Max => order.map(|order| Thousandths::whole(order.max)),
        }
    }

    /// Whether samples can have these statistics: what was read may be anything.
    pub fn is_sound(&self) -> bool {
        let Some(order) = &self.order else { return self.n > 0 };
        let ascending = [order.min, order.p50, order.p99, order.p999, order.max].is_sorted();
        let between = Thousandths::whole(order.min) <= self.mean && self.mean <= Thousandths::whole(order.max);
        let sound = order.histogram.is_sound(order.min, order.max) && order.histogram.total() == self.n;
        ascending && between && sound
    }
}

/// The nearest rank in ascending samples.
fn rank(sorted: &[u64], permille: usize) -> Option<u64> {
    sorted.get((sorted.len() * permille).div_ceil(1000).checked_sub(1)?).copied()
}

/// √(Σ(x − min)²/n − (Σ(x − min)/n)²) over integers; the largest number if the sums leave 128 bits.
fn deviation(sorted: &[u64]) -> Thousandths {
    let (n, min) = (sorted.len() as u128, sorted.first().copied().unwrap_or(0));
    let spread = || {
        let (mut sum, mut squares) = (0_u128, 0_u128);
        for distance in sorted.iter().map(|sample| u128::from(*sample - min)) {
            sum = sum.checked_add(distance)?;
            squares = squares.checked_add(distance.checked_mul(distance)?)?;
        }
        let scaled = n.checked_mul(squares)?.checked_sub(sum.checked_mul(sum)?)?;
        Some(scaled.checked_mul(1_000_000)?.checked_div(n.checked_mul(n)?)?.isqrt())
    };
    Thousandths(spread().and_then(|spread| u64::try_from(spread).ok()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(samples: &[u64]) -> Order {
        Figures::of_samples(samples).unwrap().order.unwrap()
    }

    #[test]
    fn ranks_are_nearest_ranks() {
        let thousand: Vec<u64> = (1..=1000).rev().collect();
        let order = of(&thousand);
        assert_eq!((order.min, order.p50, order.p99, order.p999, order.max), (1, 500, 990, 999, 1000));
        let order = of(&(1..=1001).collect::<Vec<_>>());
        assert_eq!((order.p50, order.p99, order.p999), (501, 991, 1000));
    }

    #[test]
    fn one_sample_is_everything() {
        let figures = Figures::of_samples(&[7]).unwrap();
        let order = figures.order.as_ref().unwrap();
        assert_eq!([order.min, order.p50, order.p99, order.p999, order.max], [7; 5]);
        assert_eq!((figures.n, figures.mean, order.sd), (1, Thousandths::whole(7), Thousandths(0)));
    }

    #[test]
    fn no_sample_has_no_statistics() {
        assert_eq!(Figures::of_samples(&[]), None);
        assert_eq!(Figures::of_total(5, 0), None);
    }

    #[test]
    fn a_million_samples_are_counted_exactly() {
        let million: Vec<u64> = (0..1_000_000_u64).map(|index| index * 7919 % 1_000_000).collect();
        let figures = Figures::of_samples(&million).unwrap();
        let order = figures.order.as_ref().unwrap();
        assert_eq!((order.p50, order.p99, order.p999, order.max), (499_999, 989_999, 998_999, 999_999));
        // (n² − 1) / 12 is the variance of 0 … n − 1.
        assert_eq!((figures.mean, order.sd), (Thousandths(499_999_500), Thousandths(288_675_134)));
        assert!(figures.is_sound());
    }

    #[test]
    fn the_deviation_is_that_of_the_samples() {
        assert_eq!(of(&[2, 4, 4, 4, 5, 5, 7, 9]).sd, Thousandths::whole(2));
        assert_eq!(of(&[0, u64::MAX, u64::MAX]).sd, Thousandths(u64::MAX));
    }

    #[test]
    fn a_loop_tells_only_its_mean() {
        let figures = Figures::of_total(371_234, 10_000).unwrap();
        assert_eq!(figures.get(Statistic::Mean), Some(Thousandths(37_123)));
        assert_eq!(figures.get(Statistic::Max), None);
        assert_eq!(Figures::of_value(5).get(Statistic::Max), Some(Thousandths::whole(5)));
    }

    proptest! {
        #[test]
        fn what_is_measured_is_sound(samples in prop::collection::vec(0_u64..1 << 50, 1..100)) {
            prop_assert!(Figures::of_samples(&samples).unwrap().is_sound());
        }
    }
}

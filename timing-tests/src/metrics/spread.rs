//! Exact order statistics of a set of samples.

use serde::Serialize;

/// Order statistics over all samples, by the nearest-rank method: the p-th percentile is the smallest
/// sample that at least p per cent of the samples do not exceed. It is always a sample that occurred.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Spread {
    /// How many samples.
    pub count: u64,
    /// The smallest.
    pub min: u64,
    /// The 50th percentile.
    pub p50: u64,
    /// The 99th percentile.
    pub p99: u64,
    /// The largest.
    pub max: u64,
    /// The number of the job with the largest, the first one if there are several.
    pub worst_job: u64,
}

impl Spread {
    /// The order statistics of samples (value, job number); `None` without any.
    pub fn of(samples: &[(u64, u64)]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable_by_key(|&(value, job)| (value, core::cmp::Reverse(job)));
        let (min, (max, worst_job)) = (sorted.first()?.0, *sorted.last()?);
        let rank =
            |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100) - 1).map_or(max, |sample| sample.0);
        Some(Self { count: sorted.len() as u64, min, p50: rank(50), p99: rank(99), max, worst_job })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Spread {
        let samples: Vec<_> = values.into_iter().zip(0..).collect();
        Spread::of(&samples).unwrap()
    }

    #[test]
    fn ranks_are_nearest_ranks() {
        let hundred = of((1..=100).rev());
        assert_eq!((hundred.min, hundred.p50, hundred.p99, hundred.max), (1, 50, 99, 100));
        let more = of(1..=101);
        assert_eq!((more.p50, more.p99, more.max), (51, 100, 101));
        let one = of([7]);
        assert_eq!((one.min, one.p50, one.p99, one.max, one.count), (7, 7, 7, 7, 1));
        let two = of([9, 3]);
        assert_eq!((two.p50, two.p99), (3, 9));
    }

    #[test]
    fn the_worst_job_is_the_first_of_the_worst() {
        assert_eq!(of([1, 8, 2, 8]).worst_job, 1);
    }

    #[test]
    fn nothing_has_no_statistics() {
        assert_eq!(Spread::of(&[]), None);
    }
}

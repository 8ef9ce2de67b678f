//! How often each size of sample occurred, in buckets that grow with the size.
//!
//! Only for drawing: what is said in numbers comes from the samples themselves (see [`Figures`](super::Figures)).

use serde::{Deserialize, Serialize};

/// Buckets for each power of two: none is wider than 1/32 of its lower end.
const PARTS: u32 = 32;
/// How many buckets 64-bit numbers need.
const BUCKETS: u32 = (64 - PARTS.ilog2() + 1) * PARTS;

/// How many samples lie in each bucket of distances from the smallest sample: where all samples are large, only
/// distances tell them apart. Buckets below 64 hold one distance each; above, 32 share a power of two.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram(Vec<(u32, u64)>);

impl Histogram {
    /// Of samples in ascending order.
    pub fn of_sorted(samples: &[u64]) -> Self {
        let mut buckets: Vec<(u32, u64)> = Vec::new();
        let min = samples.first().copied().unwrap_or(0);
        for index in samples.iter().map(|sample| bucket(sample.saturating_sub(min))) {
            match buckets.last_mut() {
                Some((last, count)) if *last == index => *count += 1,
                _ => buckets.push((index, 1)),
            }
        }
        Self(buckets)
    }

    /// The buckets that are not empty, in ascending order: distances from the smallest sample (from, up to and
    /// without), how many samples.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        self.0.iter().map(|&(index, count)| (start(index), start(index.saturating_add(1)), count))
    }

    /// How many samples there are.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    /// Whether this can be a histogram of samples between `min` and `max`.
    pub fn is_sound(&self, min: u64, max: u64) -> bool {
        let ascends = self.0.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let ends = self.0.first().zip(self.0.last()).map(|(first, last)| (first.0, last.0));
        ascends && ends == Some((0, bucket(max.saturating_sub(min)))) && self.0.iter().all(|(_, count)| *count > 0)
    }
}

/// The bucket of a distance.
fn bucket(value: u64) -> u32 {
    let shift = (value | 1).ilog2().saturating_sub(PARTS.ilog2());
    shift * PARTS + (value >> shift) as u32
}

/// The smallest distance of a bucket; the largest number of all for those beyond the last.
fn start(index: u32) -> u64 {
    if index >= BUCKETS {
        return u64::MAX;
    }
    let shift = (index / PARTS).saturating_sub(1);
    u64::from(index - shift * PARTS) << shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ends_of_the_range_have_buckets() {
        assert_eq!((bucket(0), start(0)), (0, 0));
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        assert_eq!(start(BUCKETS), u64::MAX);
        let whole = Histogram::of_sorted(&[0, u64::MAX]);
        assert!(whole.is_sound(0, u64::MAX) && !whole.is_sound(1 << 60, u64::MAX));
    }

    #[test]
    fn what_no_samples_give_is_not_sound() {
        for wrong in [vec![], vec![(0, 0)], vec![(1, 1)], vec![(0, 1), (0, 1)], vec![(0, 1), (1, 1)]] {
            assert!(!Histogram(wrong.clone()).is_sound(5, 5), "{wrong:?}");
        }
        assert!(Histogram(vec![(0, 1)]).is_sound(5, 5));
        assert!(!Histogram(vec![(0, 1), (9, 1), (4, 1), (10, 1)]).is_sound(5, 15));
    }

    proptest! {
        #[test]
        fn a_number_lies_in_its_bucket_which_is_narrow(shift in 0_u32..64, number in any::<u64>()) {
            let number = number >> shift;
            let (from, to) = (start(bucket(number)), start(bucket(number) + 1));
            prop_assert!(from <= number && (number < to || number == u64::MAX));
            prop_assert!(to - from <= (from / u64::from(PARTS)).max(1));
        }

        #[test]
        fn no_sample_is_lost(mut samples in prop::collection::vec(any::<u64>(), 1..200)) {
            samples.sort_unstable();
            let histogram = Histogram::of_sorted(&samples);
            prop_assert_eq!(histogram.total(), samples.len() as u64);
            prop_assert!(histogram.is_sound(samples[0], samples[samples.len() - 1]));
        }
    }
}

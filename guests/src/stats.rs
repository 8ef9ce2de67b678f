//! Smallest, largest and total of a series of measurements.

/// A running summary; it costs no memory however many samples it has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Summary {
    /// How many samples there were.
    pub count: u64,
    /// The smallest, `u64::MAX` before the first.
    pub min: u64,
    /// The largest, 0 before the first.
    pub max: u64,
    /// Their sum.
    pub total: u64,
}

impl Summary {
    /// No samples yet.
    pub const fn new() -> Self {
        Self { count: 0, min: u64::MAX, max: 0, total: 0 }
    }

    /// Takes one more sample.
    pub const fn add(&mut self, sample: u64) {
        self.count += 1;
        self.total = self.total.saturating_add(sample);
        if sample < self.min {
            self.min = sample;
        }
        if sample > self.max {
            self.max = sample;
        }
    }

    /// The mean, 0 without samples.
    pub const fn mean(&self) -> u64 {
        match self.total.checked_div(self.count) {
            Some(mean) => mean,
            None => 0,
        }
    }

    /// The smallest, 0 without samples.
    pub const fn least(&self) -> u64 {
        if self.count == 0 { 0 } else { self.min }
    }
}

impl Default for Summary {
    fn default() -> Self {
        Self::new()
    }
}

/// `total / count` in tenths, rounded; 0 if `count` is 0.
pub const fn tenths(total: u64, count: u64) -> u64 {
    match total.saturating_mul(10).saturating_add(count / 2).checked_div(count) {
        Some(tenths) => tenths,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_knows_its_bounds_and_its_mean() {
        let mut summary = Summary::new();
        assert_eq!([summary.least(), summary.max, summary.mean()], [0, 0, 0]);
        for sample in [30, 10, 50] {
            summary.add(sample);
        }
        assert_eq!([summary.count, summary.least(), summary.max, summary.mean()], [3, 10, 50, 30]);
    }

    #[test]
    fn tenths_are_rounded() {
        assert_eq!(tenths(389_600, 10_000), 390);
        assert_eq!(tenths(389_994, 10_000), 390);
        assert_eq!(tenths(1, 0), 0);
    }
}

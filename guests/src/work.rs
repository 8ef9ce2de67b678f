//! Work that costs execution time, not wall time: a pre-empted job takes longer, as a real one does.
//!
//! The work is a count of loop iterations. How long one takes is measured once: pre-emption can only
//! make a measurement longer, so the shortest of several is the true one.

use crate::Guest;
use crate::arch;

/// Iterations of one measurement: long against a counter tick, short against any scheduler's slice.
const SAMPLE: u64 = 2_048;
/// Measurements taken.
const SAMPLES: u32 = 16;

/// How fast the loop of [`arch::burn`] runs here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Calibration {
    /// What [`SAMPLE`] iterations take.
    nanos: u64,
}

impl Calibration {
    /// Measures the loop; takes about half a millisecond of execution time under the emulator.
    pub fn measure(guest: &Guest) -> Self {
        let clock = guest.clock();
        let shortest = (0..SAMPLES).map(|_| {
            let begin = arch::counter();
            arch::burn(SAMPLE);
            clock.nanos(arch::counter()).saturating_sub(clock.nanos(begin))
        });
        Self::of(shortest.min().unwrap_or(1))
    }

    /// A calibration from the measured nanoseconds.
    const fn of(nanos: u64) -> Self {
        Self { nanos: if nanos == 0 { 1 } else { nanos } }
    }

    /// Nanoseconds of a thousand iterations, to be shown.
    pub const fn nanos_per_thousand(&self) -> u64 {
        self.nanos * 1000 / SAMPLE
    }

    /// How many iterations take `work` nanoseconds, rounded to the nearest.
    pub const fn iterations(&self, work: u64) -> u64 {
        let exact = work as u128 * SAMPLE as u128 + self.nanos as u128 / 2;
        (exact / self.nanos as u128) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_follow_the_measured_speed() {
        let sixteen = Calibration::of(16 * SAMPLE);
        assert_eq!(sixteen.nanos_per_thousand(), 16_000);
        assert_eq!(sixteen.iterations(100_000), 6_250);
        assert_eq!(sixteen.iterations(0), 0);
        assert_eq!(sixteen.iterations(8), 1);
        assert_eq!(sixteen.iterations(7), 0);
    }

    #[test]
    fn a_clock_that_stands_still_is_survived() {
        assert_eq!(Calibration::of(0).iterations(10), 10 * SAMPLE);
    }

    #[test]
    fn an_hour_of_work_does_not_overflow() {
        assert_eq!(Calibration::of(16 * SAMPLE).iterations(3_600_000_000_000), 225_000_000_000);
    }
}

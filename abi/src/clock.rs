//! From the counter's ticks to nanoseconds since the epoch, and back.

/// The system clock: a free-running counter, its value at the epoch and its frequency.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Clock {
    /// The counter's value at the epoch.
    pub epoch_ticks: u64,
    /// The counter's frequency in Hz.
    pub frequency: u32,
    /// Nanoseconds per tick: the whole part, and the fraction times 2⁶⁴.
    scale: (u64, u64),
    /// Ticks per nanosecond: the whole part, and the fraction times 2⁶⁴.
    inverse: (u64, u64),
}

/// Instants beyond this, 73 years in ns, are not told apart: sums below cannot wrap.
const FAR: u64 = 1 << 61;

impl Clock {
    /// A clock of `frequency` Hz (0 counts as 1) whose epoch lies at `epoch_ticks`.
    pub const fn new(epoch_ticks: u64, frequency: u32) -> Self {
        let hertz = if frequency == 0 { 1 } else { frequency as u64 };
        const GIGA: u64 = 1_000_000_000;
        let scale = (GIGA / hertz, fraction(GIGA % hertz, hertz));
        let inverse = (hertz / GIGA, fraction(hertz % GIGA, GIGA));
        Self { epoch_ticks, frequency: hertz as u32, scale, inverse }
    }

    /// Nanoseconds since the epoch when the counter shows `ticks`; 0 before the epoch. The error stays below
    /// 1 ns however long the counter runs.
    #[inline]
    pub const fn nanos(&self, ticks: u64) -> u64 {
        let since = ticks.saturating_sub(self.epoch_ticks);
        since.wrapping_mul(self.scale.0).wrapping_add(((since as u128 * self.scale.1 as u128) >> 64) as u64)
    }

    /// The first counter value at which `nanos` has been reached: a timer set to it never fires early, and at
    /// most one tick late.
    #[inline]
    pub const fn ticks(&self, nanos: u64) -> u64 {
        let nanos = if nanos < FAR { nanos } else { FAR };
        let product = nanos as u128 * self.inverse.1 as u128;
        let up = (product as u64 != 0) as u64;
        self.epoch_ticks.wrapping_add(nanos * self.inverse.0).wrapping_add((product >> 64) as u64 + up)
    }
}

/// `part / whole`, which is less than 1, times 2⁶⁴, rounded up: a clock that was rounded down would reach an
/// instant too late, and a timer computed from it would fire too early.
const fn fraction(part: u64, whole: u64) -> u64 {
    ((part as u128) << 64).div_ceil(whole as u128) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREQUENCIES: [u32; 8] =
        [1, 1_000_000, 19_200_000, 24_000_000, 54_000_000, 62_500_000, 1_000_000_000, 3_333_333_333];

    #[test]
    fn a_timer_never_fires_early_and_at_most_two_ticks_late() {
        for frequency in FREQUENCIES {
            let clock = Clock::new(12_345, frequency);
            let tick = 1_000_000_000 / u64::from(frequency) + 1;
            let year = 365 * 86_400 * 1_000_000_000;
            for nanos in (0..10_000_000_000).step_by(777_777_777).chain(0..1000).chain(year..year + 1000) {
                let reached = clock.nanos(clock.ticks(nanos));
                assert!(reached >= nanos && reached <= nanos + 2 * tick, "{frequency} {nanos} {reached}");
            }
        }
    }

    #[test]
    fn a_tick_that_is_a_whole_number_of_nanoseconds_is_met_exactly() {
        let clock = Clock::new(5, 62_500_000);
        assert_eq!((clock.ticks(0), clock.ticks(16), clock.ticks(17), clock.ticks(32)), (5, 6, 7, 7));
        assert_eq!(clock.nanos(5 + 1_000_000_007), 16_000_000_112);
    }

    #[test]
    fn it_keeps_right_time_for_years() {
        for frequency in FREQUENCIES {
            let ten_years = 10 * 365 * 86_400;
            let ticks = u64::from(frequency) * ten_years;
            let (reached, right) = (Clock::new(0, frequency).nanos(ticks), ten_years * 1_000_000_000);
            assert!(reached.abs_diff(right) <= 1, "{frequency} {reached}");
        }
    }

    #[test]
    fn the_far_end_of_time_is_in_the_future() {
        for frequency in FREQUENCIES {
            let clock = Clock::new(1 << 40, frequency);
            assert!(clock.ticks(u64::MAX) > clock.ticks(1_000_000_000_000));
        }
    }

    #[test]
    fn before_the_epoch_it_is_zero() {
        assert_eq!(Clock::new(100, 62_500_000).nanos(3), 0);
    }
}

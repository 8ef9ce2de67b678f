//! From the counter's ticks to nanoseconds since the epoch, and back.

/// The system clock: a free-running counter, its value at the epoch and its frequency.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Clock {
    /// The counter's value at the epoch.
    pub epoch_ticks: u64,
    /// The counter's frequency in Hz.
    pub frequency: u32,
    /// Nanoseconds per tick, times 2³².
    scale: u64,
    /// Ticks per nanosecond: the whole part, and the fraction times 2⁶⁴.
    inverse: (u64, u64),
}

impl Clock {
    /// A clock of `frequency` Hz (0 counts as 1) whose epoch lies at `epoch_ticks`.
    pub const fn new(epoch_ticks: u64, frequency: u32) -> Self {
        let hertz = if frequency == 0 { 1 } else { frequency };
        let scale = ((1_000_000_000_u128 << 32) / hertz as u128) as u64;
        let fraction = (((hertz % 1_000_000_000) as u128) << 64) / 1_000_000_000;
        let inverse = ((hertz / 1_000_000_000) as u64, fraction as u64);
        Self { epoch_ticks, frequency: hertz, scale, inverse }
    }

    /// Nanoseconds since the epoch when the counter shows `ticks`; 0 before the epoch.
    #[inline]
    pub const fn nanos(&self, ticks: u64) -> u64 {
        let since = ticks.saturating_sub(self.epoch_ticks);
        ((since as u128 * self.scale as u128) >> 32) as u64
    }

    /// The first counter value at which `nanos` has been reached: a timer set to it never fires early.
    #[inline]
    pub const fn ticks(&self, nanos: u64) -> u64 {
        let fraction = ((nanos as u128 * self.inverse.1 as u128) >> 64) as u64;
        let ticks = nanos.saturating_mul(self.inverse.0).saturating_add(fraction);
        let mut at = self.epoch_ticks.saturating_add(ticks);
        // Both scalings round down: at most two steps are missing.
        let mut steps = 0;
        while steps < 2 && self.nanos(at) < nanos {
            at = at.saturating_add(1);
            steps += 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_never_fires_early_and_at_most_two_ticks_late() {
        for frequency in [1_000_000, 19_200_000, 24_000_000, 54_000_000, 62_500_000, 1_000_000_000] {
            let clock = Clock::new(12_345, frequency);
            let tick = 1_000_000_000 / u64::from(frequency) + 1;
            for nanos in (0..10_000_000_000).step_by(777_777_777).chain(0..1000) {
                let reached = clock.nanos(clock.ticks(nanos));
                assert!(reached >= nanos && reached <= nanos + 2 * tick, "{frequency} {nanos} {reached}");
            }
        }
    }

    #[test]
    fn before_the_epoch_it_is_zero() {
        assert_eq!(Clock::new(100, 62_500_000).nanos(3), 0);
    }
}

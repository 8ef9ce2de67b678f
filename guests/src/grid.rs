//! The releases of a periodic task: an absolute grid, so that lateness never accumulates.

/// Releases at `first`, `first + period`, ...; all in nanoseconds since the epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grid {
    first: u64,
    period: u64,
}

impl Grid {
    /// The grid `phase + k · period`, begun at its first point that is not before `now`.
    /// A period of 0 counts as 1 ns.
    pub const fn from(phase: u64, period: u64, now: u64) -> Self {
        let period = if period == 0 { 1 } else { period };
        let past = now.saturating_sub(phase).div_ceil(period);
        Self { first: phase.saturating_add(past.saturating_mul(period)), period }
    }

    /// The release of job 0.
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// The release of `job`.
    pub const fn release(&self, job: u64) -> u64 {
        self.first.saturating_add(job.saturating_mul(self.period))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_in_the_future_is_the_first_release() {
        let grid = Grid::from(5_000, 1_000, 10);
        assert_eq!([grid.first(), grid.release(0), grid.release(3)], [5_000, 5_000, 8_000]);
    }

    #[test]
    fn a_late_start_begins_at_the_next_point_of_the_same_grid() {
        assert_eq!(Grid::from(300, 1_000, 301).first(), 1_300);
        assert_eq!(Grid::from(300, 1_000, 300).first(), 300);
        assert_eq!(Grid::from(300, 1_000, 7_300).first(), 7_300);
        assert_eq!(Grid::from(300, 1_000, 7_301).first(), 8_300);
    }

    #[test]
    fn extremes_saturate() {
        assert_eq!(Grid::from(0, 0, 7).first(), 7);
        assert_eq!(Grid::from(u64::MAX, 10, u64::MAX).release(9), u64::MAX);
    }
}

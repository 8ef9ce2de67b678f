//! The limits of a warp: it ends after `warpl` of execution and returns after `warpu` without it, in closed form.

use crate::VcpuParams;
use sched::{Duration, Instant};

/// Where one vCPU is between the limits of its warp.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Warp {
    /// It has none, or has lost it.
    Never,
    /// It warps, for this much execution more.
    On(Duration),
    /// It warps again from this instant on.
    Rests(Instant),
}

impl Warp {
    /// The state at the beginning.
    pub(crate) fn new(p: &VcpuParams) -> Self {
        if p.warpback() { Self::On(p.warpl()) } else { Self::Never }
    }

    /// True while it warps.
    pub(crate) fn is_on(self) -> bool {
        matches!(self, Self::On(_))
    }

    // [BVT-R-05]
    /// Brings a vCPU up to date that did not run, from `since` to `now`: a rest ends, and one that rested for as long
    /// while it slept has its whole limit again.
    pub(crate) fn slept(self, p: &VcpuParams, since: Instant, now: Instant) -> Self {
        match self {
            Self::Rests(end) if end <= now => Self::On(p.warpl()),
            Self::On(_) if !p.warpu().is_zero() && now.since(since) >= p.warpu() => Self::On(p.warpl()),
            other => other,
        }
    }

    // [BVT-R-05]
    /// The state after execution from `from` to `to`.
    pub(crate) fn ran(self, p: &VcpuParams, from: Instant, to: Instant) -> Self {
        match self {
            Self::On(_) if p.warpl().is_zero() => self,
            Self::On(left) if from + left > to => Self::On(left.saturating_sub(to.since(from))),
            Self::On(_) if p.warpu().is_zero() => Self::Never,
            Self::On(left) => Self::cycle(p, from + left + p.warpu(), to),
            Self::Rests(end) if end <= to => Self::cycle(p, end, to),
            other => other,
        }
    }

    /// What a limit still allows to run; `None` without one.
    pub(crate) fn rest(self, p: &VcpuParams) -> Option<Duration> {
        match self {
            Self::On(left) if !p.warpl().is_zero() => Some(left),
            _ => None,
        }
    }

    // [BVT-R-05]
    /// The state at `to` of a vCPU that runs all the time and whose warp returns at `back`: limit and rest alternate.
    /// There are both, else nobody rests.
    fn cycle(p: &VcpuParams, back: Instant, to: Instant) -> Self {
        if to < back {
            return Self::Rests(back);
        }
        let cycle = p.warpl() + p.warpu();
        let phase = Duration::from_nanos(to.since(back).nanos().checked_rem(cycle.nanos()).unwrap_or(0));
        if phase < p.warpl() {
            Self::On(p.warpl().saturating_sub(phase))
        } else {
            Self::Rests(to + cycle.saturating_sub(phase))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ns: u64) -> Instant {
        Instant::from_nanos(ns)
    }

    // [BVT-R-05]
    #[test]
    fn limit_and_rest_alternate_however_long_it_ran() {
        let ns = Duration::from_nanos;
        let p = VcpuParams::DEFAULT.warped(ns(9), ns(20), ns(10)).unwrap();
        for end in 1..200 {
            let once = Warp::new(&p).ran(&p, at(0), at(end));
            let stepwise = (0..end).fold(Warp::new(&p), |warp, now| warp.ran(&p, at(now), at(now + 1)));
            assert_eq!(once, stepwise, "until {end}");
            assert_eq!(once.is_on(), end % 30 < 20, "until {end}");
        }
    }

    // [BVT-R-05]
    #[test]
    fn without_a_rest_it_is_lost_and_without_a_limit_it_stays() {
        let ns = Duration::from_nanos;
        let once = VcpuParams::DEFAULT.warped(ns(9), ns(20), ns(0)).unwrap();
        assert_eq!(Warp::new(&once).ran(&once, at(0), at(20)), Warp::Never);
        let always = VcpuParams::DEFAULT.warped(ns(9), ns(0), ns(0)).unwrap();
        assert!(Warp::new(&always).ran(&always, at(0), at(u64::MAX)).is_on());
    }

    // [BVT-R-05]
    #[test]
    fn a_short_sleep_gives_no_new_limit() {
        let ns = Duration::from_nanos;
        let p = VcpuParams::DEFAULT.warped(ns(9), ns(20), ns(10)).unwrap();
        let used = Warp::new(&p).ran(&p, at(0), at(15));
        assert_eq!(used.slept(&p, at(15), at(24)), Warp::On(ns(5)));
        assert_eq!(used.slept(&p, at(15), at(25)), Warp::On(ns(20)));
    }
}

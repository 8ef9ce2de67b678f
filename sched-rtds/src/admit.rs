//! Admission: whether reservations fit, as far as that can be known from sums.
//!
//! Every test works on totals that a call changes by one entry, so it takes constant time whatever the
//! number of vCPUs. `capacity` is necessary for any scheduler; `guarantee` is sufficient, and named here:
//!
//! - `cbs` on one pCPU: U ≤ 1 (Liu and Layland, JACM 1973; for servers Abeni and Buttazzo, RTSS 1998).
//! - `cbs` on m pCPUs, of which k ≤ m *urgent* vCPUs can occupy one each: the others need
//!   U ≤ m' − (m' − 1) u with m' = m − k and u the largest of their shares (Goossens, Funk and Baruah,
//!   *Priority-driven scheduling of periodic task systems on multiprocessors*, Real-Time Systems 25, 2003).
//! - `deferrable` on one pCPU: a server that wakes late spends a budget before its deadline and the next one
//!   behind it, so in any stretch L it can take U (L + P − Q). With the shortest period as the shortest
//!   stretch in which a promise is due: U + Σ U (P − Q) / P_min ≤ 1 (the bound of Ghazalie and Baker,
//!   *Aperiodic servers in a deadline scheduling environment*, Real-Time Systems 9, 1995, for many servers).

use crate::{Admission, PoolParams, Server, VcpuParams};
use sched::Refused;

/// A whole pCPU, as a share. Shares round down, so that an exact fit is never refused; the error of a sum is
/// less than 10⁻¹² per vCPU.
pub(crate) const WHOLE: u64 = 1 << SCALE;
const SCALE: u32 = 40;

/// `Refused::key` where no parameter alone is at fault.
pub(crate) const NO_KEY: u8 = u8::MAX;

/// What is reserved on a set of pCPUs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Load {
    /// The sum of the shares.
    share: u64,
    /// The part of it that is urgent, and how many vCPUs that are.
    urgent: u64,
    urgent_count: u64,
    /// The sum of U (P − Q), ns.
    lag: u64,
    /// The largest share that is not urgent, and the shortest period (ns): bounds, which a change of
    /// parameters only tightens and a removal computes anew.
    heaviest: u64,
    shortest: u64,
}

impl Load {
    pub(crate) const NONE: Self =
        Self { share: 0, urgent: 0, urgent_count: 0, lag: 0, heaviest: 0, shortest: u64::MAX };

    /// The same with one more reservation.
    #[inline(never)]
    pub(crate) fn with(self, params: &VcpuParams) -> Self {
        if !params.reserved() {
            return self;
        }
        let share = share(params);
        let urgent = if params.urgent() { share } else { 0 };
        Self {
            share: self.share.saturating_add(share),
            urgent: self.urgent.saturating_add(urgent),
            urgent_count: self.urgent_count.saturating_add(u64::from(params.urgent())),
            lag: self.lag.saturating_add(lag(params)),
            heaviest: self.heaviest.max(share.saturating_sub(urgent)),
            shortest: self.shortest.min(params.period().nanos()),
        }
    }

    /// The same with one reservation less; `heaviest` and `shortest` stay.
    #[inline(never)]
    pub(crate) fn without(self, params: &VcpuParams) -> Self {
        if !params.reserved() {
            return self;
        }
        let share = share(params);
        let left = Self {
            share: self.share.saturating_sub(share),
            urgent: self.urgent.saturating_sub(if params.urgent() { share } else { 0 }),
            urgent_count: self.urgent_count.saturating_sub(u64::from(params.urgent())),
            lag: self.lag.saturating_sub(lag(params)),
            ..self
        };
        // Nothing is reserved any more: nothing is heavy or short.
        if left.share == 0 { Self::NONE } else { left }
    }

    /// The sum of the shares.
    pub(crate) fn share(&self) -> u64 {
        self.share
    }

    /// Whether this fits on `count` pCPUs. The refusal's numbers are millionths of a pCPU.
    pub(crate) fn check(&self, count: u64, pool: &PoolParams) -> Result<(), Refused> {
        let whole = count.saturating_mul(WHOLE);
        match (pool.admission, pool.server) {
            (Admission::Off, _) => Ok(()),
            _ if self.share > whole => Err(refused("more is reserved than the pCPUs have", self.share, whole)),
            (Admission::Capacity, _) => Ok(()),
            (Admission::Guarantee, Server::ConstantBandwidth) => self.check_edf(count),
            (Admission::Guarantee, Server::Deferrable) => self.check_deferrable(count),
        }
    }

    // [RTDS-R-14]
    fn check_edf(&self, count: u64) -> Result<(), Refused> {
        let (rest, left) = (self.share.saturating_sub(self.urgent), count.saturating_sub(self.urgent_count));
        // Alone on one pCPU, urgent reservations are served like any others.
        if rest == 0 && count == 1 {
            return Ok(());
        }
        let needs = self.urgent_count.saturating_mul(WHOLE).saturating_add(rest);
        let has = count.saturating_mul(WHOLE).saturating_sub(left.saturating_sub(1).saturating_mul(self.heaviest));
        if needs <= has {
            return Ok(());
        }
        Err(refused("EDF does not guarantee these reservations (Goossens, Funk and Baruah 2003)", needs, has))
    }

    // [RTDS-R-14]
    fn check_deferrable(&self, count: u64) -> Result<(), Refused> {
        if self.share == 0 {
            return Ok(());
        }
        if count > 1 {
            let rule = "no test guarantees deferrable servers on several pCPUs: choose cbs, or partitioned";
            return Err(refused(rule, count.saturating_mul(WHOLE), WHOLE));
        }
        let most = lag_share(self.lag, self.shortest);
        let needs = self.share.saturating_add(most);
        // An urgent server delays the others beyond what the bound knows.
        if self.urgent_count > 0 && self.urgent < self.share {
            return Err(refused("no test guarantees urgent deferrable servers beside others", self.share, self.urgent));
        }
        if needs <= WHOLE {
            return Ok(());
        }
        Err(refused("back-to-back budgets of deferrable servers do not fit (Ghazalie and Baker 1995)", needs, WHOLE))
    }
}

#[inline(never)]
fn refused(rule: &'static str, needs: u64, has: u64) -> Refused {
    let millionths = |share: u64| {
        let rounded = (u128::from(share) * 1_000_000 + u128::from(WHOLE / 2)) >> SCALE;
        u64::try_from(rounded).unwrap_or(u64::MAX)
    };
    // Rounded so that what is refused always shows more than there is.
    Refused::new(rule, NO_KEY, millionths(needs).max(millionths(has).saturating_add(1)), millionths(has))
}

/// `part / whole` as a share, rounded down; `part` ≤ `whole` < 2⁴³.
#[inline(never)]
fn ratio(part: u64, whole: u64) -> u64 {
    const HALF: u32 = SCALE / 2;
    let scaled = part << HALF;
    let (high, rest) = (scaled.checked_div(whole).unwrap_or(0), scaled.checked_rem(whole).unwrap_or(0));
    (high << HALF) | (rest << HALF).checked_div(whole).unwrap_or(0)
}

#[inline(never)]
fn share(params: &VcpuParams) -> u64 {
    ratio(params.budget().nanos(), params.period().nanos())
}

/// U (P − Q) = Q (1 − U), ns, rounded up.
fn lag(params: &VcpuParams) -> u64 {
    let budget = params.budget().nanos();
    let own = (u128::from(budget) * u128::from(share(params))) >> SCALE;
    budget.saturating_sub(u64::try_from(own).unwrap_or(u64::MAX))
}

/// `lag / shortest` as a share, rounded up.
fn lag_share(lag: u64, shortest: u64) -> u64 {
    if lag == 0 {
        return 0;
    }
    let (whole, rest) = (lag.checked_div(shortest).unwrap_or(0), lag.checked_rem(shortest).unwrap_or(0));
    whole.saturating_mul(WHOLE).saturating_add(ratio(rest, shortest)).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sched::Duration;

    fn params(period: u64, budget: u64) -> VcpuParams {
        VcpuParams::reserve(Duration::from_micros(budget), Duration::from_micros(period), false).unwrap()
    }

    // [RTDS-R-14]
    #[test]
    fn shares_are_exact_to_the_last_bit_and_round_down() {
        assert_eq!(share(&params(10_000, 10_000)), WHOLE);
        assert_eq!(share(&params(10_000, 5_000)), WHOLE / 2);
        assert_eq!(share(&params(30_000, 10_000)), WHOLE / 3);
        let thirds = (0..3).fold(Load::NONE, |load, _| load.with(&params(30_000, 10_000)));
        assert!(thirds.share <= WHOLE && thirds.share > WHOLE - 3);
    }

    impl Load {
        /// True if the sums are those of `exact`, and the bounds allow for what it holds.
        pub(crate) fn covers(&self, exact: &Self) -> bool {
            let bounds = Self { heaviest: self.heaviest, shortest: self.shortest, ..*exact };
            *self == bounds && self.heaviest >= exact.heaviest && self.shortest <= exact.shortest
        }
    }

    // [RTDS-R-14]
    #[test]
    fn what_is_added_and_taken_away_leaves_nothing() {
        let (a, b) = (params(10_000, 4_000), params(30_000, 10_000));
        assert_eq!(Load::NONE.with(&a).with(&b).without(&b).without(&a), Load::NONE);
        let best_effort = VcpuParams::BEST_EFFORT;
        assert_eq!(Load::NONE.with(&best_effort).without(&best_effort), Load::NONE);
    }
}

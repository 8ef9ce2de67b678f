//! What makes this policy credit2: who pre-empts whom, and how long a slice is.
//!
//! The order is by virtual time, least first; credit2's *credit* is the distance to the line, seen from the other
//! side. A vCPU with a latency hint that wakes within its share is urgent: it stands before all others, by wake
//! time plus tolerated delay, and does not wait for the rate limit.

use crate::{PoolParams, VcpuParams};
use sched::fair::order::Gain;
use sched::fair::{Core, Groups, Order, Rules, Slots, virtual_span};
use sched::{Cpu, Duration, Instant};

/// The shortest slice while others wait, in ns.
const SHORTEST: u64 = 500_000;
/// The longest slice while others wait, in ns.
const LONGEST: u64 = 10_000_000;

/// How a vCPU that waits stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// It just became ready, rather than was replaced.
    fresh: bool,
    /// When it becomes urgent if everything goes on as it does; `None` if it is not owed that.
    due: Option<Instant>,
}

/// The order of credit2.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Lead;

impl Order for Lead {
    type Pool = PoolParams;
    type Vcpu = VcpuParams;
    type Standing = Standing;

    // [CREDIT2-R-03] [CREDIT2-R-15] [CREDIT2-R-22]
    fn rules(params: &PoolParams) -> Rules {
        let slice = Duration::from_nanos(LONGEST);
        Rules {
            ratelimit: params.ratelimit,
            cap_period: params.cap_period,
            sleeper: slice,
            holder: slice.times(4),
            near: slice,
            urgent: slice,
            resistance: params.migration_resistance,
            stickiness: Duration::ZERO,
            timer: Duration::ZERO,
            slice,
            asks: Duration::from_nanos(1),
        }
    }

    // [CREDIT2-R-03] [CREDIT2-R-04] [CREDIT2-R-13]
    fn claim(params: &VcpuParams) -> (u32, Duration) {
        (params.weight, params.latency)
    }

    fn vcpu(weight: u32, latency: Duration) -> VcpuParams {
        VcpuParams { weight, latency }
    }

    fn standing<M: Slots, G: Groups>(core: &Core<M, G>, v: u16, fresh: bool, now: Instant) -> Standing {
        let due = core.slot(v).is_owed().then(|| core.entitled_at(v, now));
        Standing { fresh, due }
    }

    // [CREDIT2-R-05] [CREDIT2-R-06]
    /// The one with more credit pre-empts, after the rate limit; on another pCPU it must lead by more.
    fn gain<M: Slots, G: Groups>(
        core: &Core<M, G>,
        v: u16,
        standing: Standing,
        cpu: Cpu,
        now: Instant,
    ) -> Option<Gain> {
        let (slot, on) = (core.slot(v), core.on(cpu));
        let runs = core.slot(on.run());
        if let Some(due) = standing.due
            && !runs.is_urgent()
            && slot.key() >= runs.key()
        {
            return Some((due, 0));
        }
        let gain = runs.key().checked_sub(slot.key())?;
        let moves = (!standing.fresh || !slot.ran_last_on(cpu)) && !slot.is_urgent();
        let toll = if moves { virtual_span(core.rules().resistance, slot.weight()) } else { 0 };
        if gain <= toll {
            return None;
        }
        let limit = (on.started() + core.rules().ratelimit).max(now);
        Some((if slot.is_urgent() { now } else { limit }, gain))
    }

    /// What runs may use up its lead in credit.
    // [CREDIT2-R-22]
    #[inline(always)]
    fn slice_end<M: Slots, G: Groups>(core: &Core<M, G>, cpu: Cpu, run: u16, now: Instant) -> Instant {
        let rival = core.first_for(cpu).unwrap_or(run);
        let (mine, other) = (core.slot(run), core.slot(rival));
        let lead = if other.is_urgent() { 0 } else { other.vtime().saturating_sub(mine.vtime()) };
        // 2⁻⁴⁰ ns / weight to ns: two shifts keep the product in 64 bits.
        let lead = u64::try_from(lead >> 24).unwrap_or(u64::MAX).saturating_mul(u64::from(mine.weight())) >> 16;
        let limit = core.on(cpu).started() + core.rules().ratelimit;
        let end = (now + Duration::from_nanos(lead.clamp(SHORTEST, LONGEST))).max(limit);
        if core.owes() { end.min(until_urgent(core, cpu, now)) } else { end }
    }
}

/// When the first on `cpu` that is owed urgency has credit for it; not at once, which would be a storm of picks.
#[inline(never)]
fn until_urgent<M: Slots, G: Groups>(core: &Core<M, G>, cpu: Cpu, now: Instant) -> Instant {
    let soon = now + Duration::from_micros(100);
    core.first_owed(cpu).map_or(Instant::MAX, |v| core.entitled_at(v, now).max(soon))
}

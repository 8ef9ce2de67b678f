//! What makes this policy credit: BOOST, UNDER and OVER, who pre-empts whom, and the slice.
//!
//! The *credit* of a vCPU is how much CPU time it is behind its share. With credit left it is UNDER, else OVER. One
//! that wakes while UNDER gets a BOOST: it stands before all others, first come, first served, for a third of a
//! slice. One that wakes while OVER gets the BOOST as soon as it has credit again. Without BOOST the order is by
//! least service for the weight: for equal weights that is round robin, for others it is what makes shares exact.

use crate::{PoolParams, VcpuParams};
use sched::fair::order::Gain;
use sched::fair::{Core, Groups, Order, Rules, Slots};
use sched::{Cpu, Duration, Instant};

/// No slice is cut to end sooner than this from now.
const TIMER: Duration = Duration::from_micros(100);

/// How a vCPU that waits stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It gets its BOOST at this instant, if everything goes on as it does.
    Owed(Instant),
    /// It has BOOST, and comes before UNDER and OVER.
    Boost,
    /// It is UNDER, and comes before OVER.
    Under,
    /// It pre-empts nobody.
    Patient,
}

/// The order of credit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Boost;

impl Order for Boost {
    type Pool = PoolParams;
    type Vcpu = VcpuParams;
    type Standing = Standing;

    // [CREDIT-R-04] [CREDIT-R-09] [CREDIT-R-15] [CREDIT-R-23]
    fn rules(params: &PoolParams) -> Rules {
        let third = Duration::from_nanos(params.tslice.nanos() / 3);
        Rules {
            ratelimit: params.ratelimit,
            cap_period: params.cap_period,
            sleeper: params.tslice,
            holder: params.tslice.times(4),
            near: params.tslice,
            urgent: third.max(params.ratelimit),
            resistance: Duration::ZERO,
            stickiness: params.migration_delay,
            timer: TIMER,
            slice: params.tslice,
            asks: Duration::ZERO,
        }
    }

    // [CREDIT-R-13]
    fn claim(params: &VcpuParams) -> (u32, Duration) {
        (params.weight, Duration::ZERO)
    }

    fn vcpu(weight: u32, _: Duration) -> VcpuParams {
        VcpuParams { weight }
    }

    // [CREDIT-R-03]
    /// Only a better class pre-empts, and only when it comes: among equals the slice decides.
    fn standing<M: Slots, G: Groups>(core: &Core<M, G>, v: u16, fresh: bool, now: Instant) -> Standing {
        let slot = core.slot(v);
        if slot.is_owed() {
            Standing::Owed(core.entitled_at(v, now))
        } else if fresh && slot.is_urgent() {
            Standing::Boost
        } else if fresh && core.is_entitled(v) {
            Standing::Under
        } else {
            Standing::Patient
        }
    }

    // [CREDIT-R-03] [CREDIT-R-04] [CREDIT-R-06]
    fn gain<M: Slots, G: Groups>(
        core: &Core<M, G>,
        v: u16,
        standing: Standing,
        cpu: Cpu,
        now: Instant,
    ) -> Option<Gain> {
        let on = core.on(cpu);
        let runs = core.slot(on.run());
        if runs.is_urgent() {
            return None;
        }
        let limit = (on.started() + core.rules().ratelimit).max(now);
        match standing {
            Standing::Owed(at) => Some((at.max(limit), 0)),
            Standing::Patient => None,
            Standing::Under if core.is_entitled_on(cpu) => None,
            Standing::Boost | Standing::Under => Some((limit, runs.key().checked_sub(core.slot(v).key())?)),
        }
    }

    // [CREDIT-R-05] [CREDIT-R-23]
    /// BOOST ends after a third of a slice; else a slice ends early for one that gets its BOOST by then.
    #[inline(always)]
    fn slice_end<M: Slots, G: Groups>(core: &Core<M, G>, cpu: Cpu, run: u16, now: Instant) -> Instant {
        let slice = now + core.rules().slice;
        if core.slot(run).is_urgent() {
            core.calm_at(cpu)
        } else if core.owes() {
            until_boost(core, cpu, slice, now)
        } else {
            slice
        }
    }
}

#[inline(never)]
fn until_boost<M: Slots, G: Groups>(core: &Core<M, G>, cpu: Cpu, slice: Instant, now: Instant) -> Instant {
    let Some(v) = core.first_owed(cpu) else { return slice };
    let limit = (core.on(cpu).started() + core.rules().ratelimit).max(now + TIMER);
    slice.min(core.entitled_at(v, now).max(limit))
}

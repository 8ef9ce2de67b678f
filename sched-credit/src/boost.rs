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

/// The order of credit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Boost;

impl Order for Boost {
    type Pool = PoolParams;
    type Vcpu = VcpuParams;

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

    // [CREDIT-R-03] [CREDIT-R-06]
    /// Only a better class pre-empts, and only when it comes: among equals the slice decides.
    fn gain<M: Slots, G: Groups>(core: &Core<M, G>, v: u16, cpu: Cpu, fresh: bool, now: Instant) -> Option<Gain> {
        let on = core.on(cpu);
        let limit = (on.started() + core.rules().ratelimit).max(now);
        let theirs = class(core, on.run());
        let slot = core.slot(v);
        if slot.is_owed() && theirs != 0 {
            return Some((core.entitled_at(v, now).max(limit), 0));
        }
        if !fresh || class(core, v) >= theirs {
            return None;
        }
        Some((limit, core.slot(on.run()).key().checked_sub(slot.key())?))
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

/// 0 for BOOST, 1 for UNDER, 2 for OVER.
fn class<M: Slots, G: Groups>(core: &Core<M, G>, v: u16) -> u8 {
    if core.slot(v).is_urgent() { 0 } else { 2 - u8::from(core.is_entitled(v)) }
}

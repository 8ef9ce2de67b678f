//! One pool's policy, whichever it is: a closed enum, so that the seam costs a jump and no pointer.

use crate::Storage;
use sched::{
    Affinity, AnyRow, Change, Choice, Cpu, CpuSet, Group, Instant, Leave, Params, Refused, Row, Scheduler, Service,
    Turn, Vcpu, When, Why,
};

/// The largest number of parameter changes that one call can carry.
pub const CHANGES_MAX: usize = 16;

/// What a pool's policy is built from.
#[derive(Clone, Copy, Debug)]
pub struct Spec<'a, E> {
    /// The policy's name.
    pub name: &'a str,
    /// The pool's parameters.
    pub row: AnyRow,
    /// The entries of the policy's table, `entries` of them; not used by policies without one.
    pub table: E,
    /// The number of table entries.
    pub entries: usize,
    /// The pool's pCPUs.
    pub cpus: CpuSet,
    /// How many vCPUs the pool can hold.
    pub vcpus: usize,
    /// How many groups the pool can hold.
    pub groups: usize,
    /// The pool's first instant.
    pub now: Instant,
}

/// Why a policy could not be built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BuildError {
    /// No policy of this name is compiled in.
    Unknown,
    /// The memory for its slots is not there.
    Memory,
    /// It refuses its parameters.
    Refused(Refused),
}

impl From<Refused> for BuildError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// A policy over memory of kind `St`. The tag stands by itself: every call looks at it, and a tag hidden in a
/// policy's own bytes costs a computation each time.
#[repr(u8)]
pub enum Policy<St: Storage> {
    /// ARINC 653 time windows.
    #[cfg(feature = "arinc653")]
    Arinc653(sched_arinc653::Arinc653<St::Of<sched_arinc653::Slot>, St::Of<sched_arinc653::Window>>),
    /// Reservations with fairly shared slack.
    #[cfg(feature = "atropos")]
    Atropos(sched_atropos::Atropos<St::Of<sched_atropos::Slot>>),
    /// Borrowed virtual time.
    #[cfg(feature = "bvt")]
    Bvt(sched_bvt::Bvt<St::Of<sched_bvt::Slot>>),
    /// Weighted shares with credits.
    #[cfg(feature = "credit")]
    Credit(sched_credit::Credit<St::Of<sched_credit::Slot>, St::Of<sched_credit::GroupSlot>>),
    /// Weighted shares by virtual time.
    #[cfg(feature = "credit2")]
    Credit2(sched_credit2::Credit2<St::Of<sched_credit2::Slot>, St::Of<sched_credit2::GroupSlot>>),
    /// One vCPU per pCPU.
    #[cfg(feature = "null")]
    Null(sched_null::Null<St::Of<sched_null::Slot>>),
    /// Turns of one length.
    #[cfg(feature = "rr")]
    Rr(sched_rr::Rr<St::Of<sched_rr::Slot>>),
    /// Real-time servers under EDF.
    #[cfg(feature = "rtds")]
    Rtds(sched_rtds::Rtds<St::Of<sched_rtds::Slot>>),
    /// Slices by deadline, and extra time.
    #[cfg(feature = "sedf")]
    Sedf(sched_sedf::Sedf<St::Of<sched_sedf::Slot>>),
}

/// Builds the policy that `spec` names.
pub fn build<St: Storage, E: Iterator<Item = AnyRow>>(
    storage: &mut St,
    spec: Spec<'_, E>,
) -> Result<Policy<St>, BuildError> {
    Ok(match spec.name {
        #[cfg(feature = "arinc653")]
        sched_arinc653::NAME => {
            use sched_arinc653::{Arinc653, PoolParams, Slot, Window};
            let slots = take(storage, spec.vcpus, Slot::EMPTY)?;
            let mut windows = take(storage, spec.entries, Window::EMPTY)?;
            for (place, row) in windows.as_mut().iter_mut().zip(spec.table) {
                *place = Window::read(&row.0)?;
            }
            Policy::Arinc653(Arinc653::new(slots, windows, PoolParams::read(&spec.row.0)?, spec.cpus, spec.now)?)
        }
        #[cfg(feature = "atropos")]
        sched_atropos::NAME => {
            use sched_atropos::{Atropos, PoolParams, Slot};
            let slots = take(storage, spec.vcpus, Slot::EMPTY)?;
            Policy::Atropos(Atropos::new(slots, PoolParams::read(&spec.row.0)?, spec.cpus, spec.now)?)
        }
        #[cfg(feature = "bvt")]
        sched_bvt::NAME => {
            use sched_bvt::{Bvt, PoolParams, Slot};
            let slots = take(storage, spec.vcpus, Slot::EMPTY)?;
            Policy::Bvt(Bvt::new(slots, PoolParams::read(&spec.row.0)?, spec.cpus, spec.now)?)
        }
        #[cfg(feature = "credit")]
        sched_credit::NAME => {
            use sched_credit::{Credit, GroupSlot, PoolParams, Slot};
            let slots = take(storage, spec.vcpus, Slot::EMPTY)?;
            let groups = take(storage, spec.groups, GroupSlot::EMPTY)?;
            Policy::Credit(Credit::new(slots, groups, PoolParams::read(&spec.row.0)?, spec.cpus, spec.now)?)
        }
        #[cfg(feature = "credit2")]
        sched_credit2::NAME => {
            use sched_credit2::{Credit2, GroupSlot, PoolParams, Slot};
            let slots = take(storage, spec.vcpus, Slot::EMPTY)?;
            let groups = take(storage, spec.groups, GroupSlot::EMPTY)?;
            Policy::Credit2(Credit2::new(slots, groups, PoolParams::read(&spec.row.0)?, spec.cpus, spec.now)?)
        }
        #[cfg(feature = "null")]
        sched_null::NAME => {
            use sched_null::{Null, PoolParams, Slot};
            let slots = take(storage, spec.vcpus, Slot::EMPTY)?;
            Policy::Null(Null::new(slots, PoolParams::read(&spec.row.0)?, spec.cpus, spec.now)?)
        }
        #[cfg(feature = "rr")]
        sched_rr::NAME => {
            use sched_rr::{PoolParams, Rr, Slot};
            let slots = take(storage, spec.vcpus, Slot::EMPTY)?;
            Policy::Rr(Rr::new(slots, PoolParams::read(&spec.row.0)?, spec.cpus, spec.now)?)
        }
        #[cfg(feature = "rtds")]
        sched_rtds::NAME => {
            use sched_rtds::{PoolParams, Rtds, Slot};
            let slots = take(storage, spec.vcpus, Slot::EMPTY)?;
            Policy::Rtds(Rtds::new(slots, PoolParams::read(&spec.row.0)?, spec.cpus, spec.now)?)
        }
        #[cfg(feature = "sedf")]
        sched_sedf::NAME => {
            use sched_sedf::{PoolParams, Sedf, Slot};
            let slots = take(storage, spec.vcpus, Slot::EMPTY)?;
            Policy::Sedf(Sedf::new(slots, PoolParams::read(&spec.row.0)?, spec.cpus, spec.now)?)
        }
        _ => return Err(BuildError::Unknown),
    })
}

fn take<St: Storage, T: Copy + 'static>(storage: &mut St, count: usize, fill: T) -> Result<St::Of<T>, BuildError> {
    storage.take(count, fill).ok_or(BuildError::Memory)
}

/// Runs `$body` with the policy that `$self` is bound to `$policy`.
macro_rules! each {
    ($self:expr, $policy:ident => $body:expr) => {
        match $self {
            #[cfg(feature = "arinc653")]
            Policy::Arinc653($policy) => $body,
            #[cfg(feature = "atropos")]
            Policy::Atropos($policy) => $body,
            #[cfg(feature = "bvt")]
            Policy::Bvt($policy) => $body,
            #[cfg(feature = "credit")]
            Policy::Credit($policy) => $body,
            #[cfg(feature = "credit2")]
            Policy::Credit2($policy) => $body,
            #[cfg(feature = "null")]
            Policy::Null($policy) => $body,
            #[cfg(feature = "rr")]
            Policy::Rr($policy) => $body,
            #[cfg(feature = "rtds")]
            Policy::Rtds($policy) => $body,
            #[cfg(feature = "sedf")]
            Policy::Sedf($policy) => $body,
        }
    };
}

impl<St: Storage> Params for Policy<St> {
    type Pool = AnyRow;
    type Group = AnyRow;
    type Vcpu = AnyRow;
    type Entry = AnyRow;
}

// Not inlined: every policy's code stands in the image once, whatever the number of callers.
impl<St: Storage> Scheduler for Policy<St> {
    fn add(&mut self, v: Vcpu, g: Group, p: AnyRow, a: Affinity, now: Instant) -> Result<(), Refused> {
        each!(self, policy => policy.add(v, g, Row::read(&p.0)?, a, now))
    }

    fn remove(&mut self, v: Vcpu, now: Instant) -> Result<(), Refused> {
        each!(self, policy => policy.remove(v, now))
    }

    fn change(&mut self, all: &[Change<Self>], when: When, now: Instant) -> Result<CpuSet, Refused> {
        each!(self, policy => change_typed(policy, all, when, now))
    }

    #[inline(never)]
    fn wake(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        each!(self, policy => policy.wake(v, now))
    }

    #[inline(never)]
    fn block(&mut self, v: Vcpu, why: Why, now: Instant) -> CpuSet {
        each!(self, policy => policy.block(v, why, now))
    }

    #[inline(never)]
    fn yield_now(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        each!(self, policy => policy.yield_now(v, now))
    }

    #[inline(never)]
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        each!(self, policy => policy.pick(cpu, now))
    }

    #[inline(never)]
    fn saved(&mut self, v: Vcpu, cpu: Cpu, now: Instant) -> CpuSet {
        each!(self, policy => policy.saved(v, cpu, now))
    }

    #[inline(never)]
    fn turn(&mut self, cpu: Cpu, before: Option<Vcpu>, leave: Option<Leave>, now: Instant) -> Turn {
        each!(self, policy => policy.turn(cpu, before, leave, now))
    }

    #[inline(never)]
    fn alarm(&self) -> Option<Instant> {
        each!(self, policy => policy.alarm())
    }

    #[inline(never)]
    fn expire(&mut self, now: Instant) -> CpuSet {
        each!(self, policy => policy.expire(now))
    }

    fn in_force(&self, v: Vcpu) -> Option<(AnyRow, Affinity)> {
        each!(self, policy => policy.in_force(v).map(|(row, affinity)| (AnyRow::of(&row), affinity)))
    }

    fn service(&self, v: Vcpu, now: Instant) -> Service {
        each!(self, policy => policy.service(v, now))
    }

    #[inline(never)]
    fn heeds(&self, v: Vcpu, now: Instant) -> Instant {
        each!(self, policy => policy.heeds(v, now))
    }
}

/// Gives the rows their types, all of them before any takes effect.
fn change_typed<St: Storage, S: Scheduler>(
    policy: &mut S,
    all: &[Change<Policy<St>>],
    when: When,
    now: Instant,
) -> Result<CpuSet, Refused> {
    let mut typed = [Change::<S>::Cpus(CpuSet::EMPTY); CHANGES_MAX];
    let Some(typed) = typed.get_mut(..all.len()) else {
        return Err(Refused::new(
            "more changes at once than one call can carry",
            0,
            CHANGES_MAX as u64,
            all.len() as u64,
        ));
    };
    for (to, from) in typed.iter_mut().zip(all) {
        *to = match *from {
            Change::Pool(row) => Change::Pool(Row::read(&row.0)?),
            Change::Group(g, row) => Change::Group(g, Row::read(&row.0)?),
            Change::Vcpu(v, row) => Change::Vcpu(v, Row::read(&row.0)?),
            Change::Affinity(v, affinity) => Change::Affinity(v, affinity),
            Change::Cpus(cpus) => Change::Cpus(cpus),
        };
    }
    policy.change(typed, when, now)
}

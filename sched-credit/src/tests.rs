//! Scenarios, and what must hold under any sequence of calls.

extern crate std;

#[path = "../../sched/tests/fair/calls.rs"]
mod calls;
mod classes;
#[path = "../../sched/tests/fair/conformance.rs"]
mod conformance;
mod latency;
#[path = "../../sched/tests/fair/limits.rs"]
mod limits;
#[path = "../../sched/tests/fair/places.rs"]
mod places;
#[path = "../../sched/tests/fair/random.rs"]
mod random;
#[path = "../../sched/tests/fair/refusals.rs"]
mod refusals;
#[path = "../../sched/tests/fair/seam.rs"]
mod seam;
#[path = "../../sched/tests/fair/shares.rs"]
mod shares;
#[path = "../../sched/tests/fair/world.rs"]
mod world;
#[path = "../../sched/tests/fair/yields.rs"]
mod yields;

use crate::{Credit, GroupParams, GroupSlot, NAME, PoolParams, Slot, VcpuParams};
use sched::{Affinity, Change, Cpu, CpuSet, Duration, Group, Vcpu};
use std::vec::Vec;
use world::{MS, at, only};

type Policy = Credit<Vec<Slot>, Vec<GroupSlot>>;

/// The slice by default, in ms.
const SLICE: u64 = 30;

fn own_weight(weight: u32) -> VcpuParams {
    VcpuParams { weight }
}

/// Parameters for any sequence of calls.
fn varied(_: u16) -> VcpuParams {
    VcpuParams::DEFAULT
}

/// Parameters with this weight; there are no hints.
fn claimed(weight: u32, _hint: bool) -> VcpuParams {
    own_weight(weight)
}

/// Parameters that make moving to another pCPU harder, or not.
fn moving(hard: bool) -> PoolParams {
    PoolParams { migration_delay: Duration::from_nanos(u64::from(hard) * 3 * MS), ..PoolParams::DEFAULT }
}

/// The same with short slices.
fn hurried(hard: bool) -> PoolParams {
    PoolParams { tslice: Duration::from_nanos(MS), ..moving(hard) }
}

fn policy(cpus: usize, vcpus: usize, groups: usize, params: PoolParams) -> Policy {
    let set = CpuSet::from_bits(u64::MAX >> (64 - cpus));
    Credit::new(std::vec![Slot::EMPTY; vcpus], std::vec![GroupSlot::EMPTY; groups], params, set, at(0)).unwrap()
}

#[test]
fn the_name_is_the_one_that_users_know() {
    assert_eq!(NAME, "credit");
    assert_eq!(PoolParams::DEFAULT.tslice, Duration::from_nanos(30 * MS));
    assert_eq!(PoolParams::DEFAULT.ratelimit, Duration::from_nanos(MS));
}

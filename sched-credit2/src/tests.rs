//! Scenarios, and what must hold under any sequence of calls.

extern crate std;

#[path = "../../sched/tests/fair/calls.rs"]
mod calls;
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
mod slices;
#[path = "../../sched/tests/fair/world.rs"]
mod world;
#[path = "../../sched/tests/fair/yields.rs"]
mod yields;

use crate::{Credit2, GroupParams, GroupSlot, NAME, PoolParams, Slot, VcpuParams};
use sched::{Affinity, Change, Cpu, CpuSet, Duration, Group, Vcpu};
use std::vec::Vec;
use world::{MS, at, only};

type Policy = Credit2<Vec<Slot>, Vec<GroupSlot>>;

/// The longest slice by default, in ms.
const SLICE: u64 = 10;

fn own_weight(weight: u32) -> VcpuParams {
    VcpuParams { weight, ..VcpuParams::DEFAULT }
}

/// Parameters for any sequence of calls: some with a hint.
fn varied(v: u16) -> VcpuParams {
    if v.is_multiple_of(3) { hinted(1_000) } else { VcpuParams::DEFAULT }
}

/// Parameters with this weight, and a hint or none.
fn claimed(weight: u32, hint: bool) -> VcpuParams {
    VcpuParams { weight, ..hinted(u64::from(hint) * 500_000) }
}

/// Parameters that make moving to another pCPU harder, or not.
fn moving(hard: bool) -> PoolParams {
    PoolParams { migration_resistance: Duration::from_nanos(u64::from(hard) * 3 * MS), ..PoolParams::DEFAULT }
}

/// The same with short slices.
fn hurried(hard: bool) -> PoolParams {
    moving(hard)
}

fn policy(cpus: usize, vcpus: usize, groups: usize, params: PoolParams) -> Policy {
    let set = CpuSet::from_bits(u64::MAX >> (64 - cpus));
    Credit2::new(std::vec![Slot::EMPTY; vcpus], std::vec![GroupSlot::EMPTY; groups], params, set, at(0)).unwrap()
}

fn hinted(latency: u64) -> VcpuParams {
    VcpuParams { latency: Duration::from_nanos(latency), ..VcpuParams::DEFAULT }
}

#[test]
fn the_name_is_the_one_that_users_know() {
    assert_eq!(NAME, "credit2");
    assert_eq!(PoolParams::DEFAULT.ratelimit, Duration::from_nanos(MS));
}

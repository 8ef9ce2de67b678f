//! Scenarios, and what must hold under any sequence of calls.

extern crate std;

#[path = "../../sched/tests/fair/calls.rs"]
mod calls;
mod classes;
#[path = "../../sched/tests/fair/conformance.rs"]
mod conformance;
#[path = "../../sched/tests/fair/harness.rs"]
mod harness;
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
#[path = "../../sched/tests/fair/yields.rs"]
mod yields;

use crate::{Credit, GroupParams, GroupSlot, NAME, PoolParams, Slot, VcpuParams};
use harness::{MS, Sim, at};
use sched::{Affinity, Change, Cpu, CpuSet, Duration, Group, Vcpu};
use std::vec::Vec;

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

/// Parameters with short slices.
fn hurried() -> PoolParams {
    PoolParams { tslice: Duration::from_nanos(MS), ..PoolParams::DEFAULT }
}

/// Parameters that make moving to another pCPU harder, or not.
fn moving(hard: bool) -> PoolParams {
    PoolParams { migration_delay: Duration::from_nanos(u64::from(hard) * 3 * MS), ..PoolParams::DEFAULT }
}

fn policy(cpus: usize, vcpus: usize, groups: usize, params: PoolParams) -> Policy {
    let set = CpuSet::from_bits((1 << cpus) - 1);
    Credit::new(std::vec![Slot::EMPTY; vcpus], std::vec![GroupSlot::EMPTY; groups], params, set, at(0)).unwrap()
}

fn sim_with(cpus: usize, params: PoolParams) -> Sim<Policy> {
    Sim::new(policy(cpus, 16, 16, params), cpus, 16)
}

fn sim(cpus: usize) -> Sim<Policy> {
    sim_with(cpus, PoolParams::DEFAULT)
}

fn group(sim: &mut Sim<Policy>, g: u16, weight: u32, cap: u32) {
    sim.change(&[Change::Group(Group(g), GroupParams { weight, cap })]);
}

/// Adds a vCPU with its own weight to group 0.
fn weighted(sim: &mut Sim<Policy>, weight: u32, load: harness::Load) -> Vcpu {
    sim.add(0, own_weight(weight), Affinity::ANY, load)
}

fn only(cpu: u8) -> CpuSet {
    CpuSet::only(Cpu(cpu))
}

fn near(has: f64, wanted: f64, tolerance: f64) {
    assert!((has - wanted).abs() <= tolerance, "{has} is not {wanted} +- {tolerance}");
}

#[test]
fn the_name_is_the_one_that_users_know() {
    assert_eq!(NAME, "credit");
    assert_eq!(PoolParams::DEFAULT.tslice, Duration::from_nanos(30 * MS));
    assert_eq!(PoolParams::DEFAULT.ratelimit, Duration::from_nanos(MS));
}

//! The acceptance cases, each by its number. `behaviour.toml` lists those that have no test, with the reason.

extern crate std;

#[path = "behaviour/boost.rs"]
mod boost;
#[path = "../../sched/tests/fair/cases.rs"]
mod cases;
#[path = "../../sched/tests/fair/generic.rs"]
mod generic;
#[path = "../../sched/tests/fair/harness.rs"]
mod harness;

use harness::{Sim, at};
use sched::{Affinity, Change, Cpu, CpuSet, Duration, Group, Vcpu};
use sched_credit::{Credit, GroupParams, GroupSlot, PoolParams, Slot, VcpuParams};
use std::vec::Vec;

type Policy = Credit<Vec<Slot>, Vec<GroupSlot>>;

fn sim_of(cpus: usize, vcpus: usize, params: PoolParams) -> Sim<Policy> {
    let set = CpuSet::from_bits(u64::MAX >> (64 - cpus));
    let (slots, groups) = (std::vec![Slot::EMPTY; vcpus], std::vec![GroupSlot::EMPTY; 8]);
    Sim::new(Credit::new(slots, groups, params, set, at(0)).unwrap(), cpus, vcpus)
}

fn sim(cpus: usize) -> Sim<Policy> {
    sim_of(cpus, 16, PoolParams::DEFAULT)
}

fn group(sim: &mut Sim<Policy>, g: u16, weight: u32, cap: u32) {
    sim.change(&[Change::Group(Group(g), GroupParams { weight, cap })]);
}

fn own_weight(weight: u32) -> VcpuParams {
    VcpuParams { weight }
}

/// Parameters that are not the default.
fn varied(v: u16) -> VcpuParams {
    own_weight(u32::from(v) + 33)
}

fn only(cpu: u8) -> CpuSet {
    CpuSet::only(Cpu(cpu))
}

fn near(has: f64, wanted: f64, tolerance: f64) {
    assert!((has - wanted).abs() <= tolerance, "{has} is not {wanted} +- {tolerance}");
}

#[test]
fn every_case_is_accounted_for() {
    let ids = [
        "G01", "G02", "G03", "G04", "G05", "G06", "G07", "G08", "G09", "G10", "G11", "G12", "G13", "G14", "G15",
        "CR01", "CR02", "CR04", "CR05", "CR07", "CR08", "CR10", "CR11", "CR13", "CR14", "CR16", "CR17", "CR19", "CR20",
        "CR22", "CR23", "CR25",
    ];
    let tests = [include_str!("../../sched/tests/fair/generic.rs"), include_str!("behaviour/boost.rs")].concat();
    cases::check(include_str!("../behaviour.toml"), &ids, &tests);
}

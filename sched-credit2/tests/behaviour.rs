//! The acceptance cases, each by its number. `behaviour.toml` lists those that have no test, with the reason.

extern crate std;

#[path = "../../sched/tests/fair/cases.rs"]
mod cases;
#[path = "../../sched/tests/fair/generic.rs"]
mod generic;
#[path = "../../sched/tests/fair/harness.rs"]
mod harness;
#[path = "behaviour/lead.rs"]
mod lead;

use harness::{Sim, at};
use sched::{Affinity, Change, Cpu, CpuSet, Duration, Group, Vcpu};
use sched_credit2::{Credit2, GroupParams, GroupSlot, PoolParams, Slot, VcpuParams};
use std::vec::Vec;

type Policy = Credit2<Vec<Slot>, Vec<GroupSlot>>;

fn sim_of(cpus: usize, vcpus: usize, params: PoolParams) -> Sim<Policy> {
    let set = CpuSet::from_bits(u64::MAX >> (64 - cpus));
    let (slots, groups) = (std::vec![Slot::EMPTY; vcpus], std::vec![GroupSlot::EMPTY; 8]);
    Sim::new(Credit2::new(slots, groups, params, set, at(0)).unwrap(), cpus, vcpus)
}

fn sim(cpus: usize) -> Sim<Policy> {
    sim_of(cpus, 16, PoolParams::DEFAULT)
}

fn group(sim: &mut Sim<Policy>, g: u16, weight: u32, cap: u32) {
    sim.change(&[Change::Group(Group(g), GroupParams { weight, cap })]);
}

fn own_weight(weight: u32) -> VcpuParams {
    VcpuParams { weight, ..VcpuParams::DEFAULT }
}

/// Parameters that are not the default.
fn varied(v: u16) -> VcpuParams {
    VcpuParams { weight: u32::from(v) + 33, latency: Duration::from_nanos(1_000) }
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
        "C201", "C202", "C204", "C205", "C207", "C208", "C210", "C211", "C213", "C214", "C216", "C217", "C219", "C220",
        "C222", "C223", "C225",
    ];
    let tests = [include_str!("../../sched/tests/fair/generic.rs"), include_str!("behaviour/lead.rs")].concat();
    cases::check(include_str!("../behaviour.toml"), &ids, &tests);
}

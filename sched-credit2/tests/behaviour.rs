//! The acceptance cases, each by its number. `behaviour.toml` lists those that have no test, with the reason.

#[path = "../../sched/tests/fair/calls.rs"]
mod calls;
#[path = "behaviour/caps.rs"]
mod caps;
#[path = "../../sched/tests/fair/cases.rs"]
mod cases;
#[path = "../../sched/tests/fair/generic.rs"]
mod generic;
#[path = "behaviour/lead.rs"]
mod lead;
#[path = "behaviour/places.rs"]
mod places;
#[path = "../../sched/tests/fair/world.rs"]
mod world;

use sched::{Affinity, Change, Cpu, CpuSet, Duration, Group, Vcpu};
use sched_credit2::{Credit2, GroupParams, GroupSlot, PoolParams, Slot, VcpuParams};

type Policy = Credit2<Vec<Slot>, Vec<GroupSlot>>;

/// The longest slice by default, in ms.
const SLICE: u64 = 10;

fn policy(cpus: usize, vcpus: usize, groups: usize, params: PoolParams) -> Policy {
    let set = CpuSet::from_bits(u64::MAX >> (64 - cpus));
    Credit2::new(vec![Slot::EMPTY; vcpus], vec![GroupSlot::EMPTY; groups], params, set, world::at(0)).unwrap()
}

fn own_weight(weight: u32) -> VcpuParams {
    VcpuParams { weight, ..VcpuParams::DEFAULT }
}

/// Parameters that are not the default.
fn varied(v: u16) -> VcpuParams {
    VcpuParams { weight: u32::from(v) + 33, latency: Duration::from_nanos(1_000) }
}

#[test]
fn every_case_is_accounted_for() {
    let ids = [
        "G01", "G02", "G03", "G04", "G05", "G06", "G07", "G08", "G09", "G10", "G11", "G12", "G13", "G14", "G15",
        "C201", "C202", "C204", "C205", "C207", "C208", "C210", "C211", "C213", "C214", "C216", "C217", "C219", "C220",
        "C222", "C223", "C225",
    ];
    let tests = [
        include_str!("../../sched/tests/fair/generic.rs"),
        include_str!("behaviour/caps.rs"),
        include_str!("behaviour/lead.rs"),
        include_str!("behaviour/places.rs"),
    ];
    cases::check(include_str!("../behaviour.toml"), &ids, &tests.concat());
}

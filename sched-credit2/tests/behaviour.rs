//! The acceptance cases, each by its number. `behaviour.toml` lists those that have no test, with the reason.

#[path = "../../sched/tests/fair/calls.rs"]
mod calls;
#[path = "behaviour/caps.rs"]
mod caps;
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

//! The acceptance cases, each by its number. `behaviour.toml` lists those that have no test, with the reason.

#[path = "behaviour/boost.rs"]
mod boost;
#[path = "../../sched/tests/fair/calls.rs"]
mod calls;
#[path = "behaviour/caps.rs"]
mod caps;
#[path = "../../sched/tests/fair/generic.rs"]
mod generic;
#[path = "behaviour/places.rs"]
mod places;
#[path = "../../sched/tests/fair/world.rs"]
mod world;

use sched::{Affinity, Change, Cpu, CpuSet, Duration, Group, Vcpu};
use sched_credit::{Credit, GroupParams, GroupSlot, PoolParams, Slot, VcpuParams};

type Policy = Credit<Vec<Slot>, Vec<GroupSlot>>;

/// The slice by default, in ms.
const SLICE: u64 = 30;

fn policy(cpus: usize, vcpus: usize, groups: usize, params: PoolParams) -> Policy {
    let set = CpuSet::from_bits(u64::MAX >> (64 - cpus));
    Credit::new(vec![Slot::EMPTY; vcpus], vec![GroupSlot::EMPTY; groups], params, set, world::at(0)).unwrap()
}

fn own_weight(weight: u32) -> VcpuParams {
    VcpuParams { weight }
}

/// Parameters that are not the default.
fn varied(v: u16) -> VcpuParams {
    own_weight(u32::from(v) + 33)
}

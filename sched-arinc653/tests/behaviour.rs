//! The acceptance cases of the policy, on a simulated machine. `behaviour.toml` lists them all.

mod behaviour {
    mod generic;
    mod tables;
    mod windows;
}
/// What the unit tests ask of a run.
#[path = "../src/tests/machine.rs"]
#[allow(dead_code, reason = "each user of the machine needs a part of it")]
mod machine;

use machine::{Choices, MS, at, ns};
use sched::sim::{Costs, Load, Machine, NewVcpu, Sim};
use sched::{Affinity, CpuSet, Group, NoRow, Vcpu};
use sched_arinc653::{Arinc653, PoolParams, Slot, Window};

type Policy = Arinc653<Vec<Slot>, Vec<Window>>;
type World = Sim<Policy, Choices>;

const SECONDS: u64 = 1000 * MS;

fn cpus(bits: u64) -> CpuSet {
    CpuSet::from_bits(bits)
}

/// A window of `group`, in ms.
fn window(group: u16, start: u64, length: u64) -> Window {
    Window::new(Group(group), ns(start * MS), ns(length * MS))
}

/// Ten milliseconds for each of two partitions.
fn halves() -> [Window; 2] {
    [window(0, 0, 10), window(1, 10, 10)]
}

fn params(frame: u64) -> PoolParams {
    PoolParams::frame(ns(frame * MS))
}

fn policy(count: u8, pool: PoolParams, windows: &[Window]) -> Policy {
    Arinc653::new(vec![Slot::EMPTY; 8], windows.to_vec(), pool, cpus((1 << count) - 1), at(0)).unwrap()
}

fn machine(count: u8, pool: PoolParams, windows: &[Window], costs: Costs) -> World {
    Sim::watched(policy(count, pool, windows), Machine::new(count, 8).costs(costs), Choices::default())
}

/// One pCPU on which nothing costs time.
fn single(pool: PoolParams, windows: &[Window]) -> World {
    machine(1, pool, windows, Costs::NONE)
}

fn admit(world: &mut World, group: u16, affinity: Affinity, load: Load) -> Vcpu {
    world.admit(NewVcpu::new(NoRow, load).group(group).affinity(affinity)).unwrap()
}

fn hog(world: &mut World, group: u16) -> Vcpu {
    admit(world, group, Affinity::ANY, Load::hog())
}

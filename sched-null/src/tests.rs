//! What the policy promises, tested on a small simulated machine.

mod chaos;
mod conformance;
mod owners;
mod refusals;
/// The same machine as in the tests of `sched-rtds`.
#[allow(dead_code, reason = "this policy needs only a part of it")]
#[path = "../../sched-rtds/src/tests/world.rs"]
mod world;

use crate::{Null, PoolParams, Slot, Surplus};
use sched::{Affinity, Cpu, CpuSet, NoRow, Vcpu};
use std::vec::Vec;
use world::{Load, MS, World, at};

type Machine = World<Null<Vec<Slot>>>;

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn machine(count: u8) -> Machine {
    World::new(Null::new(std::vec![Slot::EMPTY; 16], cpus(count), at(0)).unwrap(), count, 16)
}

fn hog(world: &mut Machine, affinity: Affinity) -> Vcpu {
    world.guest(0, NoRow, affinity, Load::Hog)
}

fn on(cpu: u8) -> CpuSet {
    CpuSet::only(Cpu(cpu))
}

fn waiting(world: &Machine) -> Vec<u16> {
    world.pool.policy().waiting().map(|v| v.0).collect()
}

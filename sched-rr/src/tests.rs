//! What the policy promises, tested on a small simulated machine.

mod conformance;
mod turns;
#[allow(dead_code, reason = "this policy needs only a part of it")]
mod world;

use crate::{PoolParams, Rr, Slot};
use sched::{Affinity, CpuSet, NoRow, Vcpu};
use std::vec::Vec;
use world::{Load, MS, World, at, ns};

type Machine = World<Rr<Vec<Slot>>>;

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn machine(count: u8) -> Machine {
    let slots = std::vec![Slot::EMPTY; 16];
    World::new(Rr::new(slots, PoolParams::default(), cpus(count), at(0)).unwrap(), count, 16)
}

fn hog(world: &mut Machine) -> Vcpu {
    world.guest(0, NoRow, Affinity::ANY, Load::Hog)
}

fn pools(kind: u8) -> PoolParams {
    PoolParams::turns_of(ns(u64::from(kind % 3 + 1) * 4 * MS)).unwrap()
}

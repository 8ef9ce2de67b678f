//! What the policy promises, tested on a small simulated machine.

mod conformance;
#[path = "../../sched/tests/global/refusals.rs"]
mod refusals;
#[path = "../../sched/tests/global/seam.rs"]
mod seam;
mod turns;
#[allow(dead_code, reason = "each policy needs a part of it")]
#[path = "../../sched/tests/global/world.rs"]
mod world;

use crate::{PoolParams, Rr, Slot};
use sched::{Affinity, CpuSet, NoRow, Vcpu};
use std::vec::Vec;
use world::{Load, MS, World, at, ns};

type Policy = Rr<Vec<Slot>>;
type Machine = World<Policy>;

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn policy(count: u8, slots: usize) -> Policy {
    Rr::new(std::vec![Slot::EMPTY; slots], PoolParams::default(), cpus(count), at(0)).unwrap()
}

fn plain() -> NoRow {
    NoRow
}

fn machine(count: u8) -> Machine {
    World::new(policy(count, 16), count, 16)
}

fn hog(world: &mut Machine) -> Vcpu {
    world.guest(0, NoRow, Affinity::ANY, Load::Hog)
}

fn pools(kind: u8) -> PoolParams {
    PoolParams::turns_of(ns(u64::from(kind % 3 + 1) * 4 * MS)).unwrap()
}

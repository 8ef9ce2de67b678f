//! What the policy promises, tested on a small simulated machine.

mod conformance;
mod extra;
#[path = "../../sched/tests/global/refusals.rs"]
mod refusals;
#[path = "../../sched/tests/global/seam.rs"]
mod seam;
#[path = "../../sched/tests/global/servers.rs"]
mod servers;
mod slices;
#[allow(dead_code, reason = "each policy needs a part of it")]
#[path = "../../sched/tests/global/world.rs"]
mod world;

use crate::{PoolParams, Sedf, Slot, VcpuParams};
use sched::{Affinity, CpuSet, Vcpu};
use std::vec::Vec;
use world::{Load, MS, World, at, ns};

type Policy = Sedf<Vec<Slot>>;
type Machine = World<Policy>;

const S: u64 = 1000 * MS;

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn policy(count: u8, slots: usize) -> Policy {
    Sedf::new(std::vec![Slot::EMPTY; slots], PoolParams::default(), cpus(count), at(0)).unwrap()
}

/// Neither a reservation nor a privilege.
fn plain() -> VcpuParams {
    VcpuParams::BEST_EFFORT
}

fn machine(count: u8) -> Machine {
    World::new(policy(count, 16), count, 16)
}

fn hog(world: &mut Machine, params: VcpuParams) -> Vcpu {
    world.guest(0, params, Affinity::ANY, Load::Hog)
}

/// `slice` in every `period`, in ms, without extra time.
fn hard(period: u64, slice: u64) -> VcpuParams {
    VcpuParams::reserve(ns(slice * MS), ns(period * MS), false).unwrap()
}

/// The same, with extra time.
fn soft(period: u64, slice: u64) -> VcpuParams {
    VcpuParams::reserve(ns(slice * MS), ns(period * MS), true).unwrap()
}

fn weighted(weight: u64, extratime: bool) -> VcpuParams {
    VcpuParams::weighted(weight, extratime).unwrap()
}

/// A reservation and nothing else, in ms.
fn reserved(period: u64, slice: u64) -> VcpuParams {
    hard(period, slice)
}

fn params(kind: u8) -> VcpuParams {
    match kind % 7 {
        0 => VcpuParams::BEST_EFFORT,
        1 => hard(10, 4),
        2 => soft(7, 2),
        3 => soft(20, 15),
        4 => hard(10, 10),
        5 => weighted(3, false),
        _ => weighted(3, true),
    }
}

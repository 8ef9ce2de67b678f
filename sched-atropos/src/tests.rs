//! What the policy promises, tested on a small simulated machine.

mod conformance;
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

use crate::{Atropos, PoolParams, Slot, VcpuParams};
use sched::{Affinity, CpuSet, Vcpu};
use std::vec::Vec;
use world::{Load, MS, World, at, ns};

type Policy = Atropos<Vec<Slot>>;
type Machine = World<Policy>;

const S: u64 = 1000 * MS;

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn policy(count: u8, slots: usize) -> Policy {
    Atropos::new(std::vec![Slot::EMPTY; slots], PoolParams::default(), cpus(count), at(0)).unwrap()
}

/// Neither a reservation nor a privilege.
fn plain() -> VcpuParams {
    slack()
}

fn machine(count: u8) -> Machine {
    World::new(policy(count, 16), count, 16)
}

fn hog(world: &mut Machine, params: VcpuParams) -> Vcpu {
    world.guest(0, params, Affinity::ANY, Load::Hog)
}

/// `slice` in every `period`, a first service within `latency`; in ms.
fn hard(period: u64, slice: u64, latency: u64) -> VcpuParams {
    VcpuParams::reserve(ns(slice * MS), ns(period * MS), ns(latency * MS), false).unwrap()
}

/// The same, with turns in slack.
fn soft(period: u64, slice: u64, latency: u64) -> VcpuParams {
    VcpuParams::reserve(ns(slice * MS), ns(period * MS), ns(latency * MS), true).unwrap()
}

/// Nothing but slack.
fn slack() -> VcpuParams {
    soft(10, 0, 10)
}

/// A reservation and nothing else, in ms.
fn reserved(period: u64, slice: u64) -> VcpuParams {
    hard(period, slice, period)
}

fn params(kind: u8) -> VcpuParams {
    match kind % 6 {
        0 => VcpuParams::DEFAULT,
        1 => hard(10, 4, 3),
        2 => soft(7, 2, 1),
        3 => soft(20, 15, 5),
        4 => hard(10, 10, 10),
        _ => slack(),
    }
}

//! What the policy promises, tested on a small simulated machine.

mod admission;
mod chaos;
mod conformance;
mod latency;
mod refusals;
mod rows;
mod server;
mod shares;
mod world;

use crate::{Admission, Placement, PoolParams, Rtds, Server, Slot, VcpuParams};
use sched::CpuSet;
use std::vec::Vec;
use world::{MS, World, at, ns};

type Machine = World<Rtds<Vec<Slot>>>;

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn machine_with(server: Server, count: u8) -> Machine {
    let slots = std::vec![Slot::EMPTY; 16];
    World::new(
        Rtds::new(slots, PoolParams { server, admission: Admission::Off, ..PoolParams::default() }, cpus(count), at(0))
            .unwrap(),
        count,
        16,
    )
}

fn machine(count: u8) -> Machine {
    machine_with(Server::ConstantBandwidth, count)
}

/// A reservation of `budget` in every `period`, in ms.
fn hard(period: u64, budget: u64) -> VcpuParams {
    VcpuParams::reserve(ns(budget * MS), ns(period * MS), false).unwrap()
}

/// The same, with extra time.
fn soft(period: u64, budget: u64) -> VcpuParams {
    VcpuParams::reserve(ns(budget * MS), ns(period * MS), true).unwrap()
}

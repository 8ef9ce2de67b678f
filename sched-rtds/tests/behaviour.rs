//! The acceptance cases of the policy, on a simulated machine. `behaviour.toml` lists them all.

mod behaviour {
    mod admission;
    mod servers;
    mod shares;
}
mod cases;
/// The machine of the unit tests.
#[path = "../src/tests/world.rs"]
#[allow(dead_code, reason = "each user of the machine needs a part of it")]
mod world;

use sched::{Affinity, CpuSet, Vcpu};
use sched_rtds::{Admission, PoolParams, Rtds, Server, Slot, VcpuParams};
use world::{Load, MS, World, at, ns};

type Machine = World<Rtds<Vec<Slot>>>;

const SECONDS: u64 = 1000 * MS;

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn machine(count: u8, pool: PoolParams) -> Machine {
    World::new(Rtds::new(vec![Slot::EMPTY; 16], pool, cpus(count), at(0)).unwrap(), count, 16)
}

/// One pCPU under the default parameters.
fn single() -> Machine {
    machine(1, PoolParams::default())
}

/// A reservation in µs, with or without extra time.
fn reserve(period: u64, budget: u64, extratime: bool) -> VcpuParams {
    VcpuParams::reserve(ns(budget * 1000), ns(period * 1000), extratime).unwrap()
}

fn hog(world: &mut Machine, params: VcpuParams) -> Vcpu {
    world.guest(0, params, Affinity::ANY, Load::Hog)
}

/// The least and the most that `v` got in a period of `period` ms, up to `end` ms.
fn least_and_most(world: &Machine, v: Vcpu, period: u64, end: u64) -> (u64, u64) {
    let got = (0..end / period).map(|k| world.served(v, k * period * MS, (k + 1) * period * MS));
    got.fold((u64::MAX, 0), |(least, most), got| (least.min(got), most.max(got)))
}

/// The share of `v` in the first `end` ms, in tenths of a percentage point.
fn share(world: &Machine, v: Vcpu, end: u64) -> u64 {
    world.served(v, 0, end * MS) * 1000 / (end * MS)
}

#[test]
fn every_case_has_its_answer() {
    cases::check(
        env!("CARGO_MANIFEST_DIR"),
        &[
            ("G", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
            ("RT", &[1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23, 25]),
        ],
    );
}

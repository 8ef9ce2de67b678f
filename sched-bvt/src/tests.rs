//! What the policy promises, tested on a small simulated machine.

mod conformance;
#[path = "../../sched/tests/global/refusals.rs"]
mod refusals;
#[path = "../../sched/tests/global/seam.rs"]
mod seam;
mod shares;
#[allow(dead_code, reason = "each policy needs a part of it")]
#[path = "../../sched/tests/global/world.rs"]
mod world;

use crate::{Bvt, PoolParams, Slot, VcpuParams};
use sched::{Affinity, CpuSet, Vcpu};
use std::vec::Vec;
use world::{Load, MS, World, at, ns};

type Policy = Bvt<Vec<Slot>>;
type Machine = World<Policy>;

const S: u64 = 1000 * MS;

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn policy(count: u8, slots: usize) -> Policy {
    Bvt::new(std::vec![Slot::EMPTY; slots], PoolParams::default(), cpus(count), at(0)).unwrap()
}

/// Neither a reservation nor a privilege.
fn plain() -> VcpuParams {
    VcpuParams::DEFAULT
}

fn machine(count: u8) -> Machine {
    World::new(policy(count, 16), count, 16)
}

fn hog(world: &mut Machine, params: VcpuParams) -> Vcpu {
    world.guest(0, params, Affinity::ANY, Load::Hog)
}

fn share(mcu: u64) -> VcpuParams {
    VcpuParams::share(mcu).unwrap()
}

/// An even share that warps by `value` for at most `limit`, after which it must not for `rest`; in ms.
fn warped(value: u64, limit: u64, rest: u64) -> VcpuParams {
    share(10).warped(ns(value * MS), ns(limit * MS), ns(rest * MS)).unwrap()
}

fn params(kind: u8) -> VcpuParams {
    match kind % 5 {
        0 | 1 => share(10),
        2 => share(37),
        3 => warped(20, 7, 3),
        _ => warped(50, 0, 0),
    }
}

fn pools(kind: u8) -> PoolParams {
    use sched::Row;
    PoolParams::read(&[u64::from(kind % 3 + 1) * 2 * MS]).unwrap()
}

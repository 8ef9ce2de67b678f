//! What the policy promises, tested on a simulated machine.

mod chaos;
mod conformance;
mod loans;
mod owners;
mod refusals;

use crate::{Null, PoolParams, Slot, Surplus};
use sched::sim::{Load, Machine, NewVcpu, Sim};
use sched::{Affinity, Change, Cpu, CpuSet, Duration, Instant, NoRow, Refused, Vcpu, When};
use std::vec::Vec;

type World = Sim<Null<Vec<Slot>>>;

fn at(ns: u64) -> Instant {
    Instant::from_nanos(ns)
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn policy(surplus: Surplus, slots: u16, cpus: CpuSet) -> Null<Vec<Slot>> {
    Null::new(std::vec![Slot::EMPTY; slots.into()], PoolParams { surplus }, cpus, at(0)).unwrap()
}

fn world(surplus: Surplus, count: u8) -> World {
    Sim::new(policy(surplus, 16, cpus(count)), Machine::new(count, 16))
}

fn machine(count: u8) -> World {
    world(Surplus::Wait, count)
}

/// What is owed at this instant is done.
fn settle(world: &mut World) {
    world.run_for(Duration::ZERO);
}

fn try_hog(world: &mut World, affinity: Affinity) -> Result<Vcpu, Refused> {
    let v = world.admit(NewVcpu::new(NoRow, Load::hog()).affinity(affinity))?;
    settle(world);
    Ok(v)
}

fn hog(world: &mut World, affinity: Affinity) -> Vcpu {
    try_hog(world, affinity).unwrap()
}

fn switch_off(world: &mut World, v: Vcpu) {
    world.switch_off(v);
    settle(world);
}

fn change(world: &mut World, change: Change<Null<Vec<Slot>>>) -> Result<(), Refused> {
    world.change(&[change], When::Now)?;
    settle(world);
    Ok(())
}

fn on(cpu: u8) -> CpuSet {
    CpuSet::only(Cpu(cpu))
}

fn waiting(world: &World) -> Vec<Vcpu> {
    world.policy().waiting().collect()
}

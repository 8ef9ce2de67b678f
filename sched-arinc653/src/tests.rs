//! What the policy promises, tested on a simulated machine and at the seam.

mod changes;
mod chaos;
mod conformance;
mod frames;
mod machine;
mod refusals;
mod schedules;
mod seam;
mod sharing;
mod slack;
mod tables;

use crate::{Arinc653, PoolParams, Slack, Slot, Window};
use machine::{Choices, MS, at, late, ns, run, served, settle, sleeper, starts};
use sched::sim::{Load, Machine, NewVcpu, Sim};
use sched::{Affinity, Cpu, CpuSet, Group, NoLog, NoRow, Vcpu};
use std::vec::Vec;

type Policy = Arinc653<Vec<Slot>, Vec<Window>>;
type World = Sim<Policy, Choices>;

const VCPUS: u16 = 16;

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn on(cpu: u8) -> CpuSet {
    CpuSet::only(Cpu(cpu))
}

/// A window of `group`, in ms.
fn window(group: u16, start: u64, length: u64) -> Window {
    Window::new(Group(group), ns(start * MS), ns(length * MS))
}

fn params(frame: u64) -> PoolParams {
    PoolParams::frame(ns(frame * MS))
}

fn policy(count: u8, pool: PoolParams, windows: &[Window]) -> Policy {
    Arinc653::new(std::vec![Slot::EMPTY; VCPUS.into()], windows.to_vec(), pool, cpus(count), at(0)).unwrap()
}

/// A machine with `count` pCPUs and a major frame of `frame` ms.
fn machine(count: u8, frame: u64, windows: &[Window]) -> World {
    machine_with(params(frame), Machine::new(count, VCPUS), count, windows)
}

fn machine_with(pool: PoolParams, machine: Machine, count: u8, windows: &[Window]) -> World {
    Sim::watched(policy(count, pool, windows), machine, Choices::default())
}

fn admit(world: &mut World, group: u16, affinity: Affinity, load: Load) -> Vcpu {
    world.admit(NewVcpu::new(NoRow, load).group(group).affinity(affinity)).unwrap()
}

fn hog(world: &mut World, group: u16) -> Vcpu {
    admit(world, group, Affinity::ANY, Load::hog())
}

/// When nothing is owed, a spurious pick answers what runs already.
fn assert_quiet(world: &World, count: u8) {
    let mut copy = world.pool().clone();
    assert!(copy.kicks().is_empty());
    for cpu in (0..count).map(Cpu) {
        let before = copy.running(cpu);
        assert_eq!(copy.pick(cpu, world.now(), &mut NoLog).choice.run, before, "{cpu:?}");
    }
    assert!(copy.kicks().is_empty());
}

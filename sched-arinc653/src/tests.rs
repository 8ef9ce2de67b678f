//! What the policy promises, tested on a small simulated machine.

mod chaos;
mod conformance;
mod frames;
mod schedules;
mod sharing;
mod tables;
/// The same machine as in the tests of `sched-rtds`.
#[path = "../../sched-rtds/src/tests/world.rs"]
mod world;

use crate::{Arinc653, PoolParams, Slack, Slot, Window};
use sched::{Affinity, Cpu, CpuSet, Group, NoRow};
use std::vec::Vec;
use world::{Load, MS, World, at, ns};

type Machine = World<Arinc653<Vec<Slot>, Vec<Window>>>;

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

/// A window of `group`, in ms.
fn window(group: u16, start: u64, length: u64) -> Window {
    Window::new(Group(group), ns(start * MS), ns(length * MS))
}

fn params(frame: u64) -> PoolParams {
    PoolParams::frame(ns(frame * MS))
}

/// A machine with `count` pCPUs and a major frame of `frame` ms.
fn machine(count: u8, frame: u64, windows: &[Window]) -> Machine {
    let slots = std::vec![Slot::EMPTY; 16];
    World::new(Arinc653::new(slots, windows.to_vec(), params(frame), cpus(count), at(0)).unwrap(), count, 16)
}

fn hog(world: &mut Machine, group: u16) -> sched::Vcpu {
    world.guest(group, NoRow, Affinity::ANY, Load::Hog)
}

fn on(cpu: u8) -> CpuSet {
    CpuSet::only(Cpu(cpu))
}

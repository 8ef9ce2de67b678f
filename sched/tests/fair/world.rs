//! The simulated machine on which the policies of fair shares are judged, and its usual inhabitants.
#![allow(dead_code, reason = "each of the programs that test by it uses a part")]

extern crate std;

use super::{GroupParams, Policy, PoolParams, VcpuParams, policy};
use sched::sim::{Costs, Load, Machine, NewVcpu, Observer, Periodic, Sim};
use sched::{Affinity, Change, Cpu, CpuSet, Duration, Group, Instant, Vcpu, When};

pub(crate) const MS: u64 = 1_000_000;
pub(crate) const US: u64 = 1_000;

/// How many vCPUs and groups there is room for.
const ROOM: u16 = 16;

pub(crate) type World = Sim<Policy>;

/// The instant so many ns after the start.
pub(crate) fn at(ns: u64) -> Instant {
    Instant::from_nanos(ns)
}

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(crate) fn us(us: u64) -> Duration {
    Duration::from_micros(us)
}

pub(crate) fn only(cpu: u8) -> CpuSet {
    CpuSet::only(Cpu(cpu))
}

pub(crate) fn near(has: f64, wanted: f64, tolerance: f64) {
    assert!((has - wanted).abs() <= tolerance, "{has} is not {wanted} +- {tolerance}");
}

/// A machine on which nothing costs time.
pub(crate) fn world(cpus: u8) -> World {
    world_of(Machine::new(cpus, ROOM), cpus, PoolParams::DEFAULT)
}

/// A machine on which a kick and a switch take a microsecond each.
pub(crate) fn slow_world(cpus: u8) -> World {
    world_of(slow(cpus), cpus, PoolParams::DEFAULT)
}

/// The machine of [`slow_world`].
pub(crate) fn slow(cpus: u8) -> Machine {
    let cost = us(1).into();
    Machine::new(cpus, ROOM).costs(Costs { kick: cost, switch: cost, ..Costs::NONE })
}

/// This machine with `cpus` pCPUs.
pub(crate) fn world_of(machine: Machine, cpus: u8, params: PoolParams) -> World {
    Sim::new(policy(cpus.into(), ROOM.into(), ROOM.into(), params), machine)
}

/// Admits a vCPU.
pub(crate) fn add<O: Observer>(
    sim: &mut Sim<Policy, O>,
    group: u16,
    params: VcpuParams,
    affinity: Affinity,
    load: Load,
) -> Vcpu {
    sim.admit(NewVcpu::new(params, load).group(group).affinity(affinity)).expect("the policy refuses the vCPU")
}

/// A vCPU of group 0 that always wants to run.
pub(crate) fn hog<O: Observer>(sim: &mut Sim<Policy, O>, affinity: Affinity) -> Vcpu {
    add(sim, 0, VcpuParams::DEFAULT, affinity, Load::hog())
}

/// So many vCPUs of group 0 that always want to run, anywhere.
pub(crate) fn hogs<const N: usize, O: Observer>(sim: &mut Sim<Policy, O>) -> [Vcpu; N] {
    [(); N].map(|()| hog(sim, Affinity::ANY))
}

/// The same, switched off until it is started.
pub(crate) fn sleeper<O: Observer>(sim: &mut Sim<Policy, O>, group: u16, affinity: Affinity) -> Vcpu {
    let new = NewVcpu::new(VcpuParams::DEFAULT, Load::hog()).group(group).affinity(affinity).off();
    sim.admit(new).expect("the policy refuses the vCPU")
}

/// Work of `work` in every `period` from `first` on.
pub(crate) fn periodic(first: Duration, period: Duration, work: Duration) -> Load {
    Load::periodic(Periodic::new(period, work).phase(first))
}

pub(crate) fn group<O: Observer>(sim: &mut Sim<Policy, O>, g: u16, weight: u32, cap: u32) {
    change(sim, Change::Group(Group(g), GroupParams { weight, cap }));
}

pub(crate) fn change<O: Observer>(sim: &mut Sim<Policy, O>, change: Change<Policy>) {
    assert_eq!(sim.change(&[change], When::Now), Ok(()));
}

/// Runs until so many ns after the start.
pub(crate) fn run_to<O: Observer>(sim: &mut Sim<Policy, O>, ns: u64) {
    sim.run_until(at(ns));
}

/// CPU time of `v` so far, in ns.
pub(crate) fn served<O: Observer>(sim: &Sim<Policy, O>, v: Vcpu) -> u64 {
    sim.cpu_time(v).nanos()
}

/// How many of these pCPUs run something.
pub(crate) fn busy(sim: &World, cpus: core::ops::Range<u8>) -> usize {
    cpus.filter(|cpu| sim.running(*cpu).is_some()).count()
}

/// What the policy says it gave is what the vCPUs got.
pub(crate) fn check_ledger(sim: &World, vcpus: u16) {
    for v in (0..vcpus).map(Vcpu) {
        assert_eq!(sim.pool().service(v, sim.now()).served, sim.cpu_time(v));
    }
}

//! What the policy promises, tested on a simulated machine.

mod admission;
mod chaos;
mod conformance;
mod latency;
mod placement;
mod refusals;
mod rows;
mod server;
mod shares;

use crate::{Admission, Placement, PoolParams, Rtds, Server, Slot, VcpuParams};
use sched::sim::{Act, Load, Machine, NewVcpu, Sim, Span};
use sched::{Affinity, Change, Cpu, CpuSet, Duration, Instant, NoLog, Vcpu, When};
use std::vec::Vec;

type World = Sim<Rtds<Vec<Slot>>>;

const MS: u64 = 1_000_000;
const SECOND: u64 = 1000 * MS;

fn at(ns: u64) -> Instant {
    Instant::from_nanos(ns)
}

fn ns(ns: u64) -> Duration {
    Duration::from_nanos(ns)
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn on(cpu: u8) -> CpuSet {
    CpuSet::only(Cpu(cpu))
}

fn policy(count: u8, params: PoolParams) -> Rtds<Vec<Slot>> {
    Rtds::new(std::vec![Slot::EMPTY; 16], params, cpus(count), at(0)).unwrap()
}

/// Nothing is tested before a reservation is accepted.
fn untested(server: Server) -> PoolParams {
    PoolParams { server, admission: Admission::Off, ..PoolParams::default() }
}

/// A machine whose pCPUs are up.
fn machine_with(params: PoolParams, count: u8) -> World {
    let mut world = Sim::new(policy(count, params), Machine::new(count, 16));
    settle(&mut world);
    world
}

fn machine(count: u8) -> World {
    machine_with(untested(Server::ConstantBandwidth), count)
}

/// A reservation of `budget` in every `period`, in ms.
fn hard(period: u64, budget: u64) -> VcpuParams {
    VcpuParams::reserve(ms(budget), ms(period), false).unwrap()
}

/// The same, with extra time.
fn soft(period: u64, budget: u64) -> VcpuParams {
    VcpuParams::reserve(ms(budget), ms(period), true).unwrap()
}

fn urgent(period: u64, budget: u64) -> VcpuParams {
    hard(period, budget).with_urgency().unwrap()
}

/// Executes for so many ms.
fn run(length: u64) -> Act {
    Act::Run(ms(length).into())
}

/// Executes for ever.
const GO_ON: Act = Act::Run(Span::fixed(Duration::MAX));

/// A vCPU that computes for ever once it is notified.
fn sleeper(world: &mut World, params: VcpuParams) -> Vcpu {
    let v = world.add(params, Load::once(&[Act::Wait, GO_ON]));
    settle(world);
    v
}

fn notify(world: &mut World, v: Vcpu) {
    world.notify(v);
    settle(world);
}

/// A vCPU that computes for ever, from now on.
fn hog(world: &mut World, params: VcpuParams) -> Vcpu {
    hog_on(world, params, Affinity::ANY)
}

fn hog_on(world: &mut World, params: VcpuParams, affinity: Affinity) -> Vcpu {
    let v = world.admit(NewVcpu::new(params, Load::hog()).affinity(affinity)).unwrap();
    settle(world);
    v
}

/// What is owed at this instant is done.
fn settle(world: &mut World) {
    world.run_for(Duration::ZERO);
}

/// True if the change is accepted.
fn change(world: &mut World, all: &[Change<Rtds<Vec<Slot>>>], when: When) -> bool {
    let accepted = world.change(all, when).is_ok();
    settle(world);
    accepted
}

/// Execution of `v` between two instants, all in ns.
fn served(world: &World, v: Vcpu, from: u64, to: u64) -> u64 {
    world.cpu_time_between(v, at(from), at(to)).nanos()
}

fn shortfalls(world: &World, v: Vcpu) -> u64 {
    world.pool().service(v, world.now()).shortfalls
}

/// Interrupts by timers that found a vCPU running, on all pCPUs.
fn ticks(world: &World, count: u8) -> u64 {
    (0..count).map(|cpu| world.cpu(cpu).ticks).sum()
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

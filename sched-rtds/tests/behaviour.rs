//! The acceptance cases of the policy, on a simulated machine. `behaviour.toml` lists them all.

mod behaviour {
    mod generic;
    mod servers;
    mod shares;
}

use sched::sim::{Act, Costs, Load, Machine, NewVcpu, Rng, Sim, Span};
use sched::{Affinity, Change, Cpu, CpuSet, Duration, Instant, Row, Scheduler, Vcpu, When};
use sched_rtds::{Admission, PoolParams, Rtds, Server, Slot, VcpuParams};

type World = Sim<Rtds<Vec<Slot>>>;

/// Executes for ever.
const GO_ON: Act = Act::Run(Span::fixed(Duration::MAX));

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn us(us: u64) -> Duration {
    Duration::from_micros(us)
}

/// So many ms after the epoch.
fn at(ms: u64) -> Instant {
    Instant::ZERO + Duration::from_millis(ms)
}

fn cpus(count: u8) -> CpuSet {
    CpuSet::from_bits((1u64 << count) - 1)
}

fn on(cpu: u8) -> CpuSet {
    CpuSet::only(Cpu(cpu))
}

/// A machine whose pCPUs are up.
fn machine(count: u8, params: PoolParams) -> World {
    let policy = Rtds::new(vec![Slot::EMPTY; 16], params, cpus(count), Instant::ZERO).unwrap();
    let mut world = Sim::new(policy, Machine::new(count, 16));
    settle(&mut world);
    world
}

/// One pCPU under the default parameters.
fn single() -> World {
    machine(1, PoolParams::default())
}

fn deferrable() -> PoolParams {
    PoolParams { server: Server::Deferrable, ..PoolParams::default() }
}

/// A reservation of `budget` in every `period`, in ms.
fn hard(period: u64, budget: u64) -> VcpuParams {
    VcpuParams::reserve(ms(budget), ms(period), false).unwrap()
}

/// The same, with extra time.
fn soft(period: u64, budget: u64) -> VcpuParams {
    VcpuParams::reserve(ms(budget), ms(period), true).unwrap()
}

/// A vCPU that computes for ever, added now; it is placed before time goes on.
fn hog(world: &mut World, params: VcpuParams) -> Vcpu {
    let v = world.add(params, Load::hog());
    settle(world);
    v
}

/// A vCPU that computes for ever once it is notified.
fn sleeper(world: &mut World, params: VcpuParams, affinity: Affinity) -> Vcpu {
    let load = Load::once(&[Act::Wait, GO_ON]);
    let v = world.admit(NewVcpu::new(params, load).affinity(affinity)).unwrap();
    settle(world);
    v
}

/// What is owed at this instant is done.
fn settle(world: &mut World) {
    world.run_for(Duration::ZERO);
}

/// What `v` got between two instants in ms.
fn got(world: &World, v: Vcpu, from: u64, to: u64) -> Duration {
    world.cpu_time_between(v, at(from), at(to))
}

/// The least and the most that `v` got in a period.
fn least_and_most(world: &World, v: Vcpu, period: Duration) -> (Duration, Duration) {
    let each = world.cpu_time_per(v, period);
    (each.iter().min().copied().unwrap(), each.iter().max().copied().unwrap())
}

fn shortfalls(world: &World, v: Vcpu) -> u64 {
    world.pool().service(v, world.now()).shortfalls
}

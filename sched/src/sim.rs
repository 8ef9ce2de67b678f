//! A simulated machine around a policy, for hosts: the same protocol as the hypervisor's, in virtual time.
//!
//! [`Sim`] is a discrete-event simulation of one pool. Its pCPUs do what the hypervisor's dispatch does, by the
//! same [`Pool`]; guests are [`Program`]s, ready-made ones in [`Load`]. What the machine's own doings cost
//! ([`Costs`]) is stated, not measured: a result is true of the policy, not of any hardware. A run depends on
//! the seed alone, and each vCPU draws from a stream of its own, so that demand is equal under every policy.
//!
//! ```
//! # use sched::sim::{Load, Machine, Sim};
//! # use sched::Duration;
//! # fn shares<S: sched::Scheduler>(policy: S, light: S::Vcpu, heavy: S::Vcpu) {
//! let mut sim = Sim::new(policy, Machine::new(1, 8));
//! let a = sim.add(light, Load::hog());
//! let b = sim.add(heavy, Load::hog());
//! sim.run_for(Duration::from_millis(10_000));
//! assert!((sim.share(a) - 33.3).abs() < 1.0 && (sim.share(b) - 66.7).abs() < 1.0);
//! # }
//! ```

mod dispatch;
mod due;
mod events;
mod execute;
mod load;
mod machine;
mod measure;
mod observe;
mod outside;
mod program;
mod report;
mod rng;
mod state;

use crate::{
    Cpu, CpuSet, Duration, Instant, Life, NoLog, Pool, Scheduler,
    timers::{self, Timers},
};
use events::{Events, What};
use state::{Cause, Guest, Pcpu};
use std::{boxed::Box, vec, vec::Vec};

pub use load::{Act, Load, Periodic};
pub use machine::Machine;
pub use measure::{CpuTally, Job, Jobs, Run, Spread, Tally};
pub use observe::{Mark, Observer};
pub use outside::NewVcpu;
pub use program::{Program, Step};
pub use rng::{Costs, Rng, Span};

type Action<S, O> = Box<dyn FnOnce(&mut Sim<S, O>)>;

/// A pool of pCPUs and its guests in virtual time.
pub struct Sim<S: Scheduler, O = NoLog> {
    /// Who watches.
    pub observer: O,
    pool: Pool<S, Vec<Life>>,
    now: Instant,
    begin: Instant,
    events: Events,
    timers: Timers<Vec<timers::Slot>>,
    /// The earliest pool event that some pCPU has promised to handle.
    hosted: Instant,
    cpus: Vec<Pcpu>,
    guests: Vec<Guest>,
    actions: Vec<Option<Action<S, O>>>,
    costs: Costs,
    rng: Rng,
    seed: u64,
    history: bool,
    strict: bool,
    stepwise: bool,
    /// The pCPUs of the pool.
    home: CpuSet,
    /// The pCPU that makes calls on behalf of the world.
    first: Cpu,
    /// Whether the pCPUs have come up.
    up: bool,
    calls: u64,
    happened: u64,
    strays: u32,
    /// Visits at one instant.
    visits: (Instant, u32),
}

impl<S: Scheduler> Sim<S> {
    /// A machine without vCPUs that nobody watches. Its pCPUs come up with the first `run`.
    pub fn new(policy: S, machine: Machine) -> Self {
        Self::watched(policy, machine, NoLog)
    }
}

impl<S: Scheduler, O: Observer> Sim<S, O> {
    /// A machine without vCPUs, watched by `observer`.
    pub fn watched(policy: S, machine: Machine, observer: O) -> Self {
        let Machine { cpus, vcpus, costs, seed, history, strict, stepwise, home, start } = machine;
        let vacant = || Guest::new(Load::idle(), Rng::new(0, 0), CpuSet::ALL);
        Self {
            observer,
            pool: Pool::new(policy, vec![Life::ABSENT; vcpus.into()], start),
            now: start,
            begin: start,
            events: Events::new(),
            timers: Timers::new(vec![timers::Slot::EMPTY; vcpus.into()]),
            hosted: Instant::MAX,
            cpus: (0..cpus.min(Cpu::LIMIT as u8)).map(|_| Pcpu::new(start)).collect(),
            guests: (0..vcpus).map(|_| vacant()).collect(),
            actions: Vec::new(),
            costs,
            rng: Rng::new(seed, 0),
            seed,
            history,
            strict,
            stepwise,
            home,
            first: home.first().unwrap_or_default(),
            up: false,
            calls: 0,
            happened: 0,
            strays: 0,
            visits: (start, 0),
        }
    }

    /// Does `action` when `at` has come.
    pub fn at(&mut self, at: Instant, action: impl FnOnce(&mut Self) + 'static) {
        self.events.push(at.max(self.now), What::Act(self.actions.len() as u32));
        self.actions.push(Some(Box::new(action)));
    }

    /// Runs for so long.
    pub fn run_for(&mut self, length: Duration) {
        self.run_until(self.now + length);
    }

    /// Runs up to and including `end`.
    pub fn run_until(&mut self, end: Instant) {
        if !core::mem::replace(&mut self.up, true) {
            self.home.iter().for_each(|cpu| self.visit(cpu, Cause::Interrupt));
        }
        while let Some((at, what)) = self.events.pop(end) {
            self.now = at;
            self.happened += 1;
            self.happen(what);
        }
        self.now = self.now.max(end);
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Worked(cpu, stretch) if self.cpus[cpu.index()].stretch == stretch => self.worked(cpu),
            What::Arrive(v, wait) if self.guests[v.index()].wait == wait => self.arrive(v),
            What::Act(number) => {
                if let Some(action) = self.actions[number as usize].take() {
                    action(self);
                }
            }
            What::Through(cpu) => self.through(cpu),
            What::Timer(cpu, number) if self.cpus[cpu.index()].armed.1 == number => {
                let runs = self.pool.running(cpu).is_some();
                let here = &mut self.cpus[cpu.index()];
                here.armed.0 = Instant::MAX;
                here.tally.timers += 1;
                here.tally.ticks += u64::from(runs);
                self.interrupt(cpu);
            }
            What::Kick(cpu) => {
                self.cpus[cpu.index()].tally.kicks += 1;
                self.interrupt(cpu);
            }
            // Overtaken by something else.
            What::Worked(..) | What::Arrive(..) | What::Timer(..) => {}
        }
    }
}

#[cfg(test)]
mod tests;

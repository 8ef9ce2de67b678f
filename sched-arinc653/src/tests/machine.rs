//! What the tests of this policy ask of a simulated run, beside what the simulator counts by itself.

use sched::sim::{Act, Costs, Load, Observer, Sim};
use sched::{Answer, Call, Choice, Cpu, Duration, Instant, Params, Scheduler, Vcpu};
use std::vec::Vec;

pub(crate) const MS: u64 = 1_000_000;

pub(crate) fn at(ns: u64) -> Instant {
    Instant::from_nanos(ns)
}

pub(crate) fn ns(ns: u64) -> Duration {
    Duration::from_nanos(ns)
}

/// Every choice with its instant and pCPU.
#[derive(Default)]
pub(crate) struct Choices(pub(crate) Vec<(Instant, Cpu, Choice)>);

impl Observer for Choices {
    fn call<S: Params>(&mut self, cpu: Cpu, _: u32, now: Instant, call: &Call<'_, S>, answer: &Answer) {
        if matches!(call, Call::Pick { .. } | Call::Turn { .. }) {
            self.0.push((now, cpu, answer.choice));
        }
    }
}

/// A machine whose timers are `late` ns late.
pub(crate) fn late(late: u64) -> Costs {
    Costs { timer: ns(late).into(), ..Costs::NONE }
}

/// Computes for ever once it is notified.
pub(crate) fn sleeper() -> Load {
    Load::once(&[Act::Wait, Act::Run(Duration::MAX.into())])
}

/// Does what is owed at this instant.
pub(crate) fn settle<S: Scheduler, O: Observer>(world: &mut Sim<S, O>) {
    world.run_for(Duration::ZERO);
}

/// Runs until `end`, an instant in ns.
pub(crate) fn run<S: Scheduler, O: Observer>(world: &mut Sim<S, O>, end: u64) {
    world.run_until(at(end));
}

/// The time in ns that `v` had from `from` to `to`, instants in ns.
pub(crate) fn served<S: Scheduler, O: Observer>(world: &Sim<S, O>, v: Vcpu, from: u64, to: u64) -> u64 {
    world.cpu_time_between(v, at(from), at(to)).nanos()
}

/// Starts of the stretches of `v` that are over, in ns.
pub(crate) fn starts<S: Scheduler, O: Observer>(world: &Sim<S, O>, v: Vcpu) -> Vec<u64> {
    world.tally(v).runs.iter().map(|run| run.from.nanos()).collect()
}

//! Random sequences of everything that can happen, shrunk to a short one where a law breaks.

use super::{Breach, Effect, Law, Machine, Op, Subject, Trail, call, hostile, rest, state};
use crate::{Duration, Leave, When, Why};
use core::cell::RefCell;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::String;
use std::vec;
use std::vec::Vec;

/// The same seed everywhere, so that a failure is the same everywhere. `PROPTEST_RNG_SEED` gives another.
const SEED: u64 = 653;

/// A machine that judges every step and notes it.
pub(super) struct Run<'s, S: Subject> {
    pub(super) machine: Machine<'s, S>,
    pub(super) trail: Trail,
}

impl<'s, S: Subject> Run<'s, S> {
    pub(super) fn new(subject: &'s S, cpus: u8, vcpus: u16) -> Self {
        Self { machine: Machine::new(subject, cpus, vcpus), trail: Trail::new(subject.tick()) }
    }

    /// Carries out `op` and judges it; a panic is a breach too.
    pub(super) fn step(&mut self, op: Op) -> Result<(), Breach> {
        match op {
            Op::Intrude => return guarded(|| hostile::judge(&self.machine)),
            Op::Settle => return self.settle(),
            _ => {}
        }
        // The contract: due alarms are handled before a pick at the same instant.
        if let (Op::Pick(_) | Op::Turn(..), Some(Op::Expire)) = (op, rest::owed(&self.machine)) {
            self.step(Op::Expire)?;
            return self.step(op);
        }
        let before = self.machine.clone();
        let done = guarded(|| Ok(self.machine.perform(op)));
        let effect = *done.as_ref().unwrap_or(&Effect::default());
        self.trail.note(before.now, op, &effect);
        done?;
        guarded(|| call::judge(&before, op, &effect, &self.machine))?;
        guarded(|| state::judge(&self.machine))
    }

    fn settle(&mut self) -> Result<(), Breach> {
        rest::settle(self, |run| rest::owed(&run.machine), Self::step)?;
        guarded(|| rest::judge(&self.machine))
    }

    fn all(&mut self, ops: &[Op]) -> Result<(), Breach> {
        ops.iter().try_for_each(|op| self.step(*op))?;
        self.settle()?;
        guarded(|| {
            hostile::end_of_time(&self.machine);
            Ok(())
        })
    }
}

/// Makes a panic a breach.
pub(super) fn guarded<T>(f: impl FnOnce() -> Result<T, Breach>) -> Result<T, Breach> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| String::from(*text));
        let text = text.or(panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Breach { law: Law::NoPanic, seen: text })
    })
}

/// Runs `cases` random sequences.
///
/// # Panics
/// A law is broken: with the law and the calls that lead there.
pub fn random<S: Subject>(subject: &S, cases: u32) {
    if let Some((breach, trail)) = search(subject, cases) {
        panic!("{} breaks a law: {breach}\n  {trail}", subject.name());
    }
}

/// The shortest sequence found, among `cases` random ones and what shrinking makes of them, that breaks a law.
pub(super) fn search<S: Subject>(subject: &S, cases: u32) -> Option<(Breach, Trail)> {
    let found = RefCell::new(None);
    let outcome = TestRunner::new(config(cases)).run(&inputs(subject), |(cpus, vcpus, ops)| {
        let mut run = Run::new(subject, cpus, vcpus);
        run.all(&ops).map_err(|breach| {
            let text = std::format!("{breach}");
            *found.borrow_mut() = Some((breach, run.trail));
            TestCaseError::fail(text)
        })
    });
    // The last failing one is the smallest.
    outcome.err().and(found.into_inner())
}

/// Whether one of `cases` random sequences, as it is, breaks `law` before any other.
#[cfg(test)]
pub(super) fn breaks<S: Subject>(subject: &S, law: Law, cases: u32) -> bool {
    use proptest::strategy::ValueTree;
    let mut runner = TestRunner::new(config(cases));
    (0..cases).any(|_| {
        let (cpus, vcpus, ops) = inputs(subject).new_tree(&mut runner).expect("nothing is filtered").current();
        Run::new(subject, cpus, vcpus).all(&ops).is_err_and(|breach| breach.law == law)
    })
}

fn config(cases: u32) -> Config {
    let mut config = Config { failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    config
}

fn inputs<S: Subject>(subject: &S) -> impl Strategy<Value = (u8, u16, Vec<Op>)> {
    (1u8..4, 1u16..6, prop::collection::vec(op(subject.tick()), 1..80))
}

/// Anything that can happen, what is usual more often.
fn op(tick: Duration) -> impl Strategy<Value = Op> {
    let why = prop::sample::select(vec![Why::Wait, Why::Wait, Why::Pause, Why::Off]);
    let leave = [None, Some(Leave::Yield), Some(Leave::Block(Why::Wait)), Some(Leave::Block(Why::Off))];
    let leave = prop::sample::select(leave.to_vec());
    let when = prop::sample::select(vec![When::Now, When::Boundary]);
    let v = || 0u16..6;
    let lengths: Vec<Duration> =
        [1, 2, 3, 4, 7, 8, 20, 100].map(|part| Duration::from_nanos(tick.nanos() / 4 * part)).into();
    prop_oneof![
        6 => v().prop_map(Op::Wake),
        3 => (v(), why).prop_map(|(v, why)| Op::Block(v, why)),
        2 => v().prop_map(Op::Yield),
        4 => (0u8..3).prop_map(Op::Pick),
        4 => (0u8..3, leave).prop_map(|(cpu, leave)| Op::Turn(cpu, leave)),
        4 => v().prop_map(Op::Saved),
        2 => Just(Op::Expire),
        4 => prop::sample::select(lengths).prop_map(Op::Wait),
        1 => (0u64..3_000_000).prop_map(|ns| Op::Wait(Duration::from_nanos(ns))),
        1 => (v(), 0u8..6, 1u8..8).prop_map(|(v, kind, hard)| Op::Add(v, kind, hard)),
        1 => v().prop_map(Op::Remove),
        2 => (v(), 1u8..8, 0u8..8).prop_map(|(v, hard, soft)| Op::Affinity(v, hard, soft)),
        1 => (1u8..8).prop_map(Op::Cpus),
        2 => (0u8..8, when).prop_map(|(index, when)| Op::Change(index, when)),
        1 => Just(Op::Intrude),
        5 => Just(Op::Settle),
    ]
}

//! The conformance suite on this policy.

use super::{MS, at, cpus, ns, pools};
use crate::{Line, PoolParams, Rr, Rule, Slot};
use core::hash::Hash;
use sched::conformance::{Digest, Goal, Subject, explore, order, random};
use sched::global::Rule as _;
use sched::{Change, CpuSet, Duration, Instant, NoRow, Vcpu};
use std::vec::Vec;

#[derive(Clone, Debug)]
struct Turns;

/// The slice, in ticks.
const SLICE: u64 = 2;

fn params() -> PoolParams {
    PoolParams::turns_of(ns(SLICE * MS)).unwrap()
}

impl Subject for Turns {
    type Policy = Rr<Vec<Slot>>;

    fn name(&self) -> &str {
        "rr"
    }
    fn build(&self, cpus: CpuSet, vcpus: u16) -> Self::Policy {
        Rr::new(std::vec![Slot::EMPTY; vcpus.into()], params(), cpus, at(0)).unwrap()
    }
    fn params(&self, _: u8) -> NoRow {
        NoRow
    }
    fn changes(&self) -> Vec<Change<Self::Policy>> {
        (0..3).map(|kind| Change::Pool(pools(kind))).collect()
    }
    fn tick(&self) -> Duration {
        ns(MS)
    }
    fn digest(&self, policy: &Self::Policy, now: Instant, into: &mut Digest) {
        policy.normal_form(now, into);
        let runners: Vec<Vcpu> = policy.runners().collect();
        let waiting = |v: &Vcpu| policy.slot(*v).waits();
        // Who neither runs nor waits gets a new ticket before the old one is looked at.
        let tickets: [Option<u64>; 3] = core::array::from_fn(|index| {
            let v = Vcpu(index as u16);
            (runners.contains(&v) || waiting(&v)).then(|| policy.slot(v).own().ticket)
        });
        order(tickets).hash(into);
        for own in runners.iter().map(|v| policy.slot(*v).own()) {
            (own.over, phase(now.since(own.started))).hash(into);
            // The time at which somebody came matters only to the turns in progress.
            for rival in (0..3).map(Vcpu).filter(waiting) {
                let turn = Line { over: false, ..*own };
                let end = Rule::new(params(), cpus(1)).end(&turn, Some(policy.slot(rival).own()), now);
                end.map(|end| end.since(now)).hash(into);
            }
        }
    }
}

/// The place in the grid of turns of one that took its pCPU `age` ago. Its first instant is no end of a turn.
fn phase(age: Duration) -> u64 {
    age.nanos().checked_sub(1).map_or(0, |past| past % (SLICE * MS) + 1)
}

// [RR-R-06] [RR-R-07]
#[test]
fn random_sequences_keep_every_law() {
    random(&Turns, 1000);
}

// [RR-R-07]
#[test]
fn every_sequence_keeps_every_law() {
    explore(&Turns, 2, 2, 2, Goal::Fixpoint);
    explore(&Turns, 1, 3, 2, Goal::Fixpoint);
    explore(&Turns, 2, 3, 2, Goal::AtLeast { depth: 10, states: 500_000 });
}

//! What every policy on [`sched::global`] refuses, and what has no effect: straight at the seam.

use super::seam::{SLOTS, add, at, busy, empty, on, picks, pool};
use super::{Policy, plain};
use sched::{Affinity, Change, Choice, Cpu, CpuSet, Group, Params, Row, Scheduler, Vcpu, When, Why};
use std::vec::Vec;

#[test]
fn a_pool_without_a_pcpu_is_refused() {
    let default = <Policy as Params>::Pool::read(&sched::param::default_row(<Policy as Params>::Pool::KEYS)).unwrap();
    assert!(Policy::new(Vec::new(), default, CpuSet::EMPTY, at(0)).is_err());
    let mut policy = empty(1);
    let before = policy.clone();
    let all = [Change::Cpus(on(1)), Change::Pool(default), Change::Cpus(CpuSet::EMPTY)];
    assert!(policy.change(&all, When::Now, at(0)).is_err());
    assert!(policy == before);
}

#[test]
fn a_vcpu_is_admitted_once_and_only_where_there_is_a_place_for_it() {
    let mut policy = pool(1, &[Affinity::ANY]);
    let before = policy.clone();
    assert!(add(&mut policy, 0, Affinity::ANY).is_err());
    let refused = add(&mut policy, SLOTS, Affinity::ANY).unwrap_err();
    assert_eq!((refused.needs, refused.has), (u64::from(SLOTS) + 1, SLOTS.into()));
    assert!(add(&mut policy, 1, Affinity::hard(on(1))).is_err());
    assert!(policy == before);
}

#[test]
fn only_a_blocked_and_saved_vcpu_leaves() {
    let mut policy = busy();
    policy.wake(Vcpu(1), at(1));
    for v in [0, 1, 2] {
        assert!(policy.remove(Vcpu(v), at(1)).is_err(), "one runs, one waits, one is unknown");
    }
    policy.block(Vcpu(1), Why::Off, at(2));
    policy.block(Vcpu(0), Why::Off, at(2));
    assert!(policy.remove(Vcpu(0), at(2)).is_err(), "it is not saved");
    assert_eq!(picks(&mut policy, 0, 2), None);
    assert!(policy.remove(Vcpu(0), at(2)).is_err(), "it is not saved");
    assert!(policy.saved(Vcpu(0), Cpu(0), at(2)).is_empty());
    for v in [0, 1] {
        assert_eq!(policy.remove(Vcpu(v), at(3)), Ok(()));
        assert_eq!(policy.in_force(Vcpu(v)), None);
    }
}

#[test]
fn changes_about_nobody_and_places_that_do_not_exist_are_refused_all_together() {
    let mut policy = pool(1, &[Affinity::ANY]);
    let before = policy.clone();
    let good = Change::Affinity(Vcpu(0), Affinity::hard(on(0)));
    let nobody = Vcpu(1);
    let bad = [
        Change::Vcpu(nobody, plain()),
        Change::Affinity(nobody, Affinity::ANY),
        Change::Affinity(Vcpu(0), Affinity::hard(on(1))),
    ];
    for bad in bad {
        assert!(policy.change(&[good, bad], When::Now, at(0)).is_err());
    }
    assert!(policy == before);
    // In the order in which they are given: the pool grows first.
    assert!(policy.change(&[Change::Cpus(CpuSet::from_bits(3)), bad[2]], When::Now, at(0)).is_ok());
    assert_eq!(policy.in_force(Vcpu(0)).unwrap().1.hard, on(1));
}

#[test]
fn groups_have_no_parameters() {
    let mut policy = pool(1, &[Affinity::ANY]);
    let before = policy.clone();
    let row = <Policy as Params>::Group::read(&[]).unwrap();
    assert_eq!(policy.change(&[Change::Group(Group(0), row)], When::Now, at(0)), Ok(CpuSet::EMPTY));
    assert!(policy == before);
}

#[test]
fn calls_about_nobody_and_calls_that_repeat_do_nothing() {
    let mut policy = busy();
    let before = policy.clone();
    for v in [0, 2, u16::MAX].map(Vcpu) {
        assert!(policy.wake(v, at(0)).is_empty());
        assert!(policy.saved(v, Cpu(0), at(0)).is_empty());
    }
    for v in [1, 2, u16::MAX].map(Vcpu) {
        assert!(policy.block(v, Why::Wait, at(0)).is_empty());
        assert!(policy.yield_now(v, at(0)).is_empty());
    }
    assert_eq!(policy.pick(Cpu(200), at(0)), Choice::default());
    assert_eq!((policy.alarm(), policy.expire(at(0))), (None, CpuSet::EMPTY));
    assert!(policy == before);
}

//! What every policy on [`sched::global`] does at the seam, and what it keeps track of between a choice and its `saved`.
//! Straight at the policy: the protocol around it would let some of this not come. The vCPUs are equal and have no
//! reservation.

use super::{Policy, plain, policy};
use sched::{Affinity, Change, Cpu, CpuSet, Duration, Group, Instant, Refused};
use sched::{Scheduler, Vcpu, When, Why};

/// The slots of a policy.
pub(super) const SLOTS: u16 = 4;

pub(super) fn at(us: u64) -> Instant {
    Instant::from_nanos(us * 1000)
}

pub(super) fn on(cpu: u8) -> CpuSet {
    CpuSet::only(Cpu(cpu))
}

pub(super) fn empty(cpus: u8) -> Policy {
    policy(cpus, SLOTS.into())
}

pub(super) fn add(policy: &mut Policy, v: u16, affinity: Affinity) -> Result<(), Refused> {
    policy.add(Vcpu(v), Group(0), plain(), affinity, at(0))
}

/// A pool with `count` vCPUs that may run on these pCPUs and are off.
pub(super) fn pool(cpus: u8, affinities: &[Affinity]) -> Policy {
    let mut policy = empty(cpus);
    for (v, affinity) in affinities.iter().enumerate() {
        add(&mut policy, v as u16, *affinity).unwrap();
    }
    policy
}

/// One pCPU on which vCPU 0 runs from the start, vCPU 1 being off.
pub(super) fn busy() -> Policy {
    let mut policy = pool(1, &[Affinity::ANY; 2]);
    assert_eq!(policy.wake(Vcpu(0), at(0)), on(0));
    assert_eq!(policy.pick(Cpu(0), at(0)).run, Some(Vcpu(0)));
    policy
}

pub(super) fn picks(policy: &mut Policy, cpu: u8, now: u64) -> Option<u16> {
    policy.pick(Cpu(cpu), at(now)).run.map(|v| v.0)
}

#[test]
fn a_pcpu_outside_the_pool_gets_nobody() {
    let mut policy = pool(1, &[Affinity::ANY]);
    policy.wake(Vcpu(0), at(0));
    assert_eq!((picks(&mut policy, 1, 0), picks(&mut policy, 0, 0)), (None, Some(0)));
}

#[test]
fn a_yield_counts_only_while_it_runs_and_somebody_waits() {
    let mut policy = busy();
    assert!(policy.yield_now(Vcpu(0), at(1)).is_empty());
    assert_eq!(picks(&mut policy, 0, 1), Some(0));
    policy.wake(Vcpu(1), at(1));
    policy.block(Vcpu(0), Why::Wait, at(1));
    assert!(policy.yield_now(Vcpu(0), at(1)).is_empty(), "it is on its pCPU and blocked");
    assert_eq!(picks(&mut policy, 0, 1), Some(1));
}

#[test]
fn who_yields_gives_its_pcpu_to_the_first_that_waits() {
    let mut policy = busy();
    policy.wake(Vcpu(1), at(1));
    let runs = picks(&mut policy, 0, 1);
    assert_eq!(policy.yield_now(Vcpu(runs.unwrap()), at(1)), on(0));
    assert_ne!(picks(&mut policy, 0, 1), runs);
}

#[test]
fn who_wakes_before_its_pcpu_has_picked_stays_there() {
    let mut policy = busy();
    assert_eq!(policy.block(Vcpu(0), Why::Wait, at(1)), on(0));
    assert!(policy.wake(Vcpu(0), at(2)).is_empty(), "the pick for the block is still to come");
    assert_eq!(picks(&mut policy, 0, 3), Some(0));
    assert_eq!(policy.service(Vcpu(0), at(4)).served, Duration::from_micros(3), "not while it was blocked");
}

#[test]
fn who_wakes_while_it_is_saved_is_given_a_pcpu_after_that() {
    let mut policy = busy();
    policy.block(Vcpu(0), Why::Wait, at(1));
    assert_eq!(picks(&mut policy, 0, 1), None);
    assert!(policy.wake(Vcpu(0), at(2)).is_empty());
    assert_eq!(policy.saved(Vcpu(0), Cpu(0), at(3)), on(0));
    assert_eq!(picks(&mut policy, 0, 3), Some(0));
}

#[test]
fn until_it_is_saved_only_the_old_pcpu_may_take_it() {
    let mut policy = pool(2, &[Affinity::ANY]);
    policy.wake(Vcpu(0), at(0));
    assert_eq!(picks(&mut policy, 0, 0), Some(0));
    let moved = [Change::Affinity(Vcpu(0), Affinity::hard(on(1)))];
    assert_eq!(policy.change(&moved, When::Now, at(1)), Ok(on(0)));
    assert_eq!((picks(&mut policy, 0, 1), picks(&mut policy, 1, 1)), (None, None));
    assert!(policy.saved(Vcpu(0), Cpu(1), at(2)).is_empty(), "it was not there");
    assert_eq!(policy.saved(Vcpu(0), Cpu(0), at(2)), on(1));
    assert_eq!(picks(&mut policy, 1, 2), Some(0));
    let stays = [Change::Affinity(Vcpu(0), Affinity::ANY)];
    assert_eq!(policy.change(&stays, When::Now, at(3)), Ok(CpuSet::EMPTY));
    assert_eq!(picks(&mut policy, 1, 3), Some(0));
}

#[test]
fn a_new_affinity_leads_a_waiting_vcpu_to_a_free_pcpu() {
    let mut policy = pool(2, &[Affinity::ANY, Affinity::hard(on(0))]);
    policy.wake(Vcpu(0), at(0));
    picks(&mut policy, 0, 0);
    policy.wake(Vcpu(1), at(0));
    let waits = Vcpu(1 - picks(&mut policy, 0, 0).unwrap());
    let freed = [Change::Affinity(waits, Affinity::hard(on(1)))];
    policy.saved(waits, Cpu(0), at(0));
    assert_eq!(policy.change(&freed, When::Now, at(0)), Ok(on(1)));
    assert_eq!(picks(&mut policy, 1, 0), Some(waits.0));
}

#[test]
fn new_parameters_ask_for_a_pick_where_it_runs_and_nowhere_if_it_is_blocked() {
    let mut policy = busy();
    let change = |v| [Change::Vcpu(Vcpu(v), plain())];
    assert_eq!(policy.change(&change(1), When::Now, at(1)), Ok(CpuSet::EMPTY));
    assert_eq!(policy.change(&change(0), When::Now, at(1)), Ok(on(0)));
    picks(&mut policy, 0, 1);
    policy.block(Vcpu(0), Why::Wait, at(1));
    assert_eq!(policy.change(&change(0), When::Now, at(1)), Ok(CpuSet::EMPTY), "its pCPU picks in any case");
    policy.wake(Vcpu(0), at(1));
    assert_eq!(picks(&mut policy, 0, 1), Some(0));
    policy.wake(Vcpu(1), at(1));
    let waits = 1 - picks(&mut policy, 0, 1).unwrap();
    policy.saved(Vcpu(waits), Cpu(0), at(1));
    assert!(policy.change(&change(waits), When::Now, at(1)).is_ok());
    policy.block(Vcpu(1 - waits), Why::Wait, at(2));
    assert_eq!(picks(&mut policy, 0, 2), Some(waits));
}

#[test]
fn a_pcpu_is_asked_once_for_one_vcpu_and_again_when_that_one_left() {
    let mut policy = pool(1, &[Affinity::ANY; 3]);
    assert_eq!(policy.wake(Vcpu(0), at(0)), on(0));
    assert!(policy.wake(Vcpu(1), at(0)).is_empty(), "the pCPU will pick for the first");
    policy.block(Vcpu(0), Why::Wait, at(0));
    assert!(policy.wake(Vcpu(2), at(0)).is_empty(), "it owes a pick already");
    assert_eq!(picks(&mut policy, 0, 0), Some(1));
}

#[test]
fn one_that_was_passed_over_is_placed_again() {
    let bound = |cpu| Affinity::hard(on(cpu));
    let mut policy = pool(2, &[bound(0), bound(0), Affinity::ANY, bound(1)]);
    for v in [0, 1, 3] {
        policy.wake(Vcpu(v), at(0));
    }
    assert_eq!((picks(&mut policy, 0, 0), picks(&mut policy, 1, 0)), (Some(0), Some(3)));
    policy.block(Vcpu(0), Why::Wait, at(1));
    assert!(policy.wake(Vcpu(2), at(1)).is_empty(), "pCPU 0 will pick in any case");
    let choice = policy.pick(Cpu(0), at(1));
    // The other one runs somebody whose turn had no end while nobody waited.
    assert_eq!((choice.run, choice.kick), (Some(Vcpu(1)), on(1)));
}

#[test]
fn what_is_reported_follows_the_state() {
    let soft = CpuSet::from_bits(6);
    let mut policy = pool(2, &[Affinity { hard: CpuSet::from_bits(14), soft }]);
    let held = Affinity { hard: on(1), soft: on(1) };
    assert_eq!(policy.in_force(Vcpu(0)), Some((plain(), held)));
    assert_eq!(policy.in_force(Vcpu(1)), None);
    policy.wake(Vcpu(0), at(0));
    let served = |policy: &Policy, now| policy.service(Vcpu(0), at(now)).served;
    assert_eq!(served(&policy, 7), Duration::ZERO);
    picks(&mut policy, 1, 10);
    assert_eq!(served(&policy, 17), Duration::from_micros(7));
    policy.block(Vcpu(0), Why::Wait, at(30));
    assert_eq!(served(&policy, 40), Duration::from_micros(20));
}

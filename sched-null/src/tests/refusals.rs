//! What is refused, what has no effect, and what is reported: straight at the seam, without the protocol.

use super::*;
use sched::{Choice, Group, Row, Scheduler, Why};

fn policy(count: u8) -> Null<Vec<Slot>> {
    super::policy(Surplus::Wait, 3, cpus(count))
}

fn add(policy: &mut Null<Vec<Slot>>, v: u16, affinity: Affinity) -> Result<(), Refused> {
    policy.add(Vcpu(v), Group(0), NoRow, affinity, at(0))
}

// [NULL-R-08]
#[test]
fn a_pool_without_a_pcpu_is_refused() {
    assert!(Null::new(std::vec![Slot::EMPTY; 1], PoolParams::default(), CpuSet::EMPTY, at(0)).is_err());
    let mut policy = policy(1);
    let before = policy.clone();
    assert!(policy.change(&[Change::Cpus(cpus(2)), Change::Cpus(CpuSet::EMPTY)], When::Now, at(0)).is_err());
    assert!(policy == before);
}

// [NULL-R-08]
#[test]
fn a_vcpu_is_admitted_once_and_only_where_there_is_a_place_for_it() {
    let mut policy = policy(1);
    add(&mut policy, 0, Affinity::ANY).unwrap();
    let before = policy.clone();
    assert!(add(&mut policy, 0, Affinity::ANY).is_err());
    assert_eq!(add(&mut policy, 3, Affinity::ANY).map_err(|refused| (refused.needs, refused.has)), Err((4, 3)));
    assert!(add(&mut policy, 1, Affinity::hard(on(1))).is_err());
    assert!(policy == before);
}

// [NULL-R-08]
#[test]
fn only_a_blocked_and_saved_vcpu_leaves() {
    let mut policy = policy(1);
    add(&mut policy, 0, Affinity::ANY).unwrap();
    assert!(policy.remove(Vcpu(1), at(0)).is_err());
    policy.wake(Vcpu(0), at(0));
    assert!(policy.remove(Vcpu(0), at(0)).is_err());
    assert_eq!(policy.pick(Cpu(0), at(0)).run, Some(Vcpu(0)));
    policy.block(Vcpu(0), Why::Wait, at(5));
    assert!(policy.remove(Vcpu(0), at(5)).is_err());
    assert_eq!(policy.pick(Cpu(0), at(5)).run, None);
    policy.saved(Vcpu(0), Cpu(0), at(5));
    assert_eq!(policy.remove(Vcpu(0), at(5)), Ok(()));
    assert_eq!(policy.in_force(Vcpu(0)), None);
}

// [NULL-R-08]
#[test]
fn changes_without_parameters_change_nothing_and_unknown_vcpus_are_refused() {
    let mut policy = policy(1);
    add(&mut policy, 0, Affinity::ANY).unwrap();
    let before = policy.clone();
    let all = [Change::Vcpu(Vcpu(0), NoRow), Change::Group(Group(0), NoRow)];
    assert_eq!(policy.change(&all, When::Boundary, at(0)), Ok(CpuSet::EMPTY));
    for change in [Change::Vcpu(Vcpu(1), NoRow), Change::Affinity(Vcpu(2), Affinity::ANY)] {
        assert!(policy.change(&[change], When::Now, at(0)).is_err());
    }
    assert!(policy == before);
}

// [NULL-R-10]
#[test]
fn calls_about_nobody_and_calls_that_repeat_do_nothing() {
    let mut policy = policy(1);
    add(&mut policy, 0, Affinity::ANY).unwrap();
    policy.wake(Vcpu(0), at(0));
    policy.pick(Cpu(0), at(0));
    let before = policy.clone();
    for v in [Vcpu(0), Vcpu(1), Vcpu(u16::MAX)] {
        assert!(policy.wake(v, at(1)).is_empty());
        assert!(policy.saved(v, Cpu(0), at(1)).is_empty());
    }
    for v in [Vcpu(1), Vcpu(u16::MAX)] {
        assert!(policy.block(v, Why::Off, at(1)).is_empty());
    }
    assert_eq!(policy.pick(Cpu(200), at(1)), Choice::default());
    assert!(policy == before);
}

// [NULL-R-07] [NULL-R-10]
#[test]
fn a_context_counts_as_saved_only_where_it_was() {
    let mut policy = policy(2);
    add(&mut policy, 0, Affinity::ANY).unwrap();
    policy.wake(Vcpu(0), at(0));
    policy.pick(Cpu(0), at(0));
    policy.change(&[Change::Affinity(Vcpu(0), Affinity::hard(on(1)))], When::Now, at(0)).unwrap();
    assert_eq!(policy.pick(Cpu(0), at(0)).run, None);
    assert!(policy.saved(Vcpu(0), Cpu(1), at(0)).is_empty());
    assert_eq!(policy.pick(Cpu(1), at(0)).run, None);
    assert_eq!(policy.saved(Vcpu(0), Cpu(0), at(0)), on(1));
    assert_eq!(policy.pick(Cpu(1), at(0)).run, Some(Vcpu(0)));
}

// [NULL-R-06] [NULL-R-11]
#[test]
fn what_is_reported_follows_the_state() {
    let mut policy = policy(1);
    add(&mut policy, 0, Affinity::ANY).unwrap();
    add(&mut policy, 1, Affinity::hard(cpus(1))).unwrap();
    assert_eq!(policy.in_force(Vcpu(1)), Some((NoRow, Affinity::hard(cpus(1)))));
    policy.wake(Vcpu(0), at(0));
    let served = |policy: &Null<Vec<Slot>>, now| policy.service(Vcpu(0), at(now)).served;
    assert_eq!(served(&policy, 7), Duration::ZERO);
    policy.pick(Cpu(0), at(10));
    assert_eq!(served(&policy, 17), Duration::from_nanos(7));
    policy.wake(Vcpu(1), at(20));
    assert_eq!(policy.service(Vcpu(1), at(20)).shortfalls, 1);
    policy.block(Vcpu(1), Why::Wait, at(21));
    assert_eq!(policy.service(Vcpu(1), at(21)).shortfalls, 0);
    policy.block(Vcpu(0), Why::Wait, at(30));
    assert_eq!(served(&policy, 40), Duration::from_nanos(20));
}

// [NULL-R-09]
#[test]
fn waiting_is_allowed_at_any_time() {
    let mut policy = policy(1);
    let surplus = |surplus| [Change::Pool(PoolParams { surplus })];
    for allowed in [Surplus::Refuse, Surplus::Wait] {
        assert_eq!(policy.change(&surplus(allowed), When::Now, at(0)), Ok(CpuSet::EMPTY));
        assert_eq!(policy.surplus, allowed);
    }
}

// [NULL-R-12]
#[test]
fn a_row_without_words_is_left_alone() {
    let mut row = [];
    PoolParams::default().write(&mut row);
    assert_eq!(PoolParams::read(&row), Ok(PoolParams::default()));
}

// [NULL-R-03]
#[test]
fn a_waiter_with_a_new_affinity_keeps_its_place_in_the_line() {
    let mut policy = policy(1);
    for v in 0..3 {
        add(&mut policy, v, Affinity::ANY).unwrap();
        policy.wake(Vcpu(v), at(0));
    }
    for v in [2, 1] {
        policy.change(&[Change::Affinity(Vcpu(v), Affinity::hard(cpus(1)))], When::Now, at(0)).unwrap();
        assert_eq!(policy.waiting().map(|v| v.0).collect::<Vec<_>>(), [1, 2]);
    }
}

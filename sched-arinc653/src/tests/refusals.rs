//! What is refused and what has no effect: straight at the seam, without the protocol.

use super::*;
use sched::{Change, Choice, Refused, Scheduler, When, Why};

fn alone() -> Policy {
    policy(1, params(20), &[window(0, 0, 10), window(1, 10, 10)])
}

fn add(policy: &mut Policy, v: u16, group: u16, affinity: Affinity) -> Result<(), Refused> {
    policy.add(Vcpu(v), Group(group), NoRow, affinity, at(0))
}

// [ARINC-R-16] [ARINC-R-20]
#[test]
fn a_pool_without_a_pcpu_is_refused() {
    let windows = std::vec![window(0, 0, 10)];
    let made = Arinc653::new(std::vec![Slot::EMPTY; 1], windows, params(20), CpuSet::EMPTY, at(0));
    assert_eq!(made.map_err(|refused| (refused.needs, refused.has)).err(), Some((1, 0)));
    let mut policy = alone();
    let before = policy.clone();
    let all = [Change::Cpus(cpus(2)), Change::Cpus(CpuSet::EMPTY)];
    assert!(policy.change(&all, When::Now, at(0)).is_err());
    assert!(policy == before);
}

// [ARINC-R-13]
#[test]
fn a_pool_with_an_invalid_table_is_refused() {
    let windows = std::vec![window(0, 0, 10), window(1, 9, 5)];
    let made = Arinc653::new(std::vec![Slot::EMPTY; 1], windows, params(20), cpus(1), at(0));
    assert_eq!(made.map_err(|refused| (refused.key, refused.at)).err(), Some((1, (0, 1))));
}

// [ARINC-R-16] [ARINC-R-19]
#[test]
fn a_vcpu_is_admitted_once_and_only_where_there_is_room_for_it() {
    let mut policy = alone();
    add(&mut policy, 0, 0, Affinity::ANY).unwrap();
    let before = policy.clone();
    assert!(add(&mut policy, 0, 0, Affinity::ANY).is_err());
    let numbers = |refused: Refused| (refused.needs, refused.has);
    assert_eq!(add(&mut policy, VCPUS, 0, Affinity::ANY).map_err(numbers), Err((17, 16)));
    assert_eq!(add(&mut policy, 1, VCPUS + 3, Affinity::ANY).map_err(numbers), Err((20, 16)));
    assert!(add(&mut policy, 1, 1, Affinity::hard(on(1))).is_err());
    assert!(policy == before);
}

// [ARINC-R-16] [ARINC-R-19]
#[test]
fn only_a_blocked_and_saved_vcpu_leaves() {
    let mut policy = alone();
    add(&mut policy, 0, 0, Affinity::ANY).unwrap();
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
    // Another one may have its place.
    assert_eq!(add(&mut policy, 0, 1, Affinity::ANY), Ok(()));
    assert_eq!(policy.service(Vcpu(0), at(6)).served, ns(0));
}

// [ARINC-R-04]
#[test]
fn who_comes_and_goes_leaves_the_line_of_the_partition_of_the_same_number_alone() {
    let mut policy = alone();
    add(&mut policy, 0, 1, Affinity::ANY).unwrap();
    policy.wake(Vcpu(0), at(0));
    add(&mut policy, 1, 0, Affinity::ANY).unwrap();
    policy.remove(Vcpu(1), at(0)).unwrap();
    assert_eq!(policy.pick(Cpu(0), at(10 * MS)).run, Some(Vcpu(0)));
}

// [ARINC-R-16]
#[test]
fn changes_without_parameters_change_nothing_and_unknown_vcpus_are_refused() {
    let mut policy = alone();
    add(&mut policy, 0, 0, Affinity::ANY).unwrap();
    let before = policy.clone();
    let all = [Change::Vcpu(Vcpu(0), NoRow), Change::Group(Group(0), NoRow)];
    assert_eq!(policy.change(&all, When::Boundary, at(0)), Ok(CpuSet::EMPTY));
    let unknown = [Change::Vcpu(Vcpu(1), NoRow), Change::Affinity(Vcpu(2), Affinity::ANY)];
    for change in unknown.into_iter().chain([Change::Affinity(Vcpu(0), Affinity::hard(on(1)))]) {
        assert!(policy.change(&[Change::Affinity(Vcpu(0), Affinity::hard(on(0))), change], When::Now, at(0)).is_err());
    }
    assert!(policy == before);
    // An affinity is judged by the pCPUs that the pool will have.
    let all = [Change::Cpus(cpus(2)), Change::Affinity(Vcpu(0), Affinity::hard(on(1)))];
    assert!(policy.change(&all, When::Now, at(0)).is_ok());
}

// [ARINC-R-17]
#[test]
fn calls_about_nobody_and_calls_that_repeat_do_nothing() {
    let mut policy = alone();
    add(&mut policy, 0, 0, Affinity::ANY).unwrap();
    policy.wake(Vcpu(0), at(0));
    policy.pick(Cpu(0), at(0));
    let before = policy.clone();
    for v in [Vcpu(0), Vcpu(1), Vcpu(u16::MAX)] {
        assert!(policy.wake(v, at(1)).is_empty());
        assert!(policy.saved(v, Cpu(0), at(1)).is_empty());
    }
    for v in [Vcpu(1), Vcpu(u16::MAX)] {
        assert!(policy.block(v, Why::Off, at(1)).is_empty());
        assert!(policy.yield_now(v, at(1)).is_empty());
        assert_eq!(policy.service(v, at(1)), Default::default());
    }
    assert_eq!(policy.pick(Cpu(200), at(1)), Choice::default());
    assert!(policy == before);
}

//! What is refused, and what has no effect: straight at the seam, without the protocol.

use super::*;
use sched::{Choice, Group, NoRow, Refused, Scheduler, Turn};

pub(super) fn add(
    policy: &mut Rtds<Vec<Slot>>,
    v: u16,
    params: VcpuParams,
    affinity: Affinity,
) -> Result<(), (u64, u64)> {
    let added = policy.add(Vcpu(v), Group(0), params, affinity, at(0));
    added.map_err(|Refused { needs, has, .. }| (needs, has))
}

// [RTDS-R-11]
#[test]
fn a_pool_without_a_pcpu_is_refused() {
    let slots = std::vec![Slot::EMPTY; 1];
    let refused = Rtds::new(slots, PoolParams::default(), CpuSet::EMPTY, at(0)).unwrap_err();
    assert_eq!((refused.needs, refused.has), (1, 0));
    let mut policy = policy(1, PoolParams::default());
    let before = policy.clone();
    assert!(policy.change(&[Change::Cpus(cpus(2)), Change::Cpus(CpuSet::EMPTY)], When::Now, at(0)).is_err());
    assert!(policy == before);
}

// [RTDS-R-11]
#[test]
fn a_group_has_no_parameters_to_change() {
    let mut policy = policy(1, PoolParams::default());
    add(&mut policy, 0, hard(10, 4), Affinity::ANY).unwrap();
    let before = policy.clone();
    let all = [Change::Group(Group(0), NoRow), Change::Group(Group(9), NoRow)];
    for when in [When::Now, When::Boundary] {
        assert_eq!(policy.change(&all, when, at(0)), Ok(CpuSet::EMPTY));
    }
    assert!(policy == before);
}

// [RTDS-R-11] [RTDS-R-14]
#[test]
fn each_change_counts_as_if_those_before_it_were_made() {
    let mut policy = policy(1, PoolParams::default());
    for v in 0..2 {
        add(&mut policy, v, hard(10, 4), Affinity::ANY).unwrap();
    }
    let reserve = |v, budget| Change::Vcpu(Vcpu(v), hard(10, budget));
    // The second change of a vCPU takes the place of the first.
    let all = [reserve(0, 6), reserve(0, 2), reserve(1, 8)];
    assert_eq!(policy.change(&all, When::Now, at(0)), Ok(CpuSet::EMPTY));
    let full = policy.clone();
    assert!(policy.change(&[reserve(0, 1), reserve(0, 3)], When::Now, at(0)).is_err());
    assert!(policy == full);
    assert_eq!(policy.in_force(Vcpu(0)).unwrap().0, hard(10, 2));
    assert_eq!(add(&mut policy, 2, hard(10, 1), Affinity::ANY), Err((1_100_000, 1_000_000)));
    // A reservation that waits for the boundary counts already.
    assert_eq!(policy.change(&[reserve(1, 7), reserve(0, 3)], When::Boundary, at(0)), Ok(CpuSet::EMPTY));
    assert_eq!(add(&mut policy, 2, hard(10, 1), Affinity::ANY), Err((1_100_000, 1_000_000)));
}

// [RTDS-R-11] [RTDS-R-13]
#[test]
fn an_affinity_is_judged_by_the_pcpus_that_the_pool_has_then() {
    let mut policy = policy(2, PoolParams::default());
    add(&mut policy, 0, hard(10, 4), Affinity::ANY).unwrap();
    let before = policy.clone();
    let affinity = |cpu| Change::Affinity(Vcpu(0), Affinity::hard(on(cpu)));
    assert!(policy.change(&[Change::Cpus(on(0)), affinity(1)], When::Now, at(0)).is_err());
    assert!(policy.change(&[affinity(2), Change::Cpus(cpus(3))], When::Now, at(0)).is_err());
    assert!(policy == before);
    assert!(policy.change(&[Change::Cpus(cpus(3)), affinity(2)], When::Now, at(0)).is_ok());
    assert_eq!(policy.in_force(Vcpu(0)).unwrap().1.hard, on(2));
}

// [RTDS-R-13]
#[test]
fn a_runner_is_interrupted_only_if_it_has_to_leave_its_pcpu() {
    let mut policy = policy(2, PoolParams::default());
    add(&mut policy, 0, hard(10, 4), Affinity::ANY).unwrap();
    policy.wake(Vcpu(0), at(0));
    assert_eq!(policy.pick(Cpu(0), at(0)).run, Some(Vcpu(0)));
    let mut affinity = |hard| policy.change(&[Change::Affinity(Vcpu(0), Affinity::hard(hard))], When::Now, at(1));
    assert_eq!(affinity(on(0)), Ok(CpuSet::EMPTY));
    assert_eq!(affinity(on(1)), Ok(on(0)));
    assert_eq!(policy.pick(Cpu(0), at(1)).run, None);
}

// [RTDS-R-11] [RTDS-R-14]
#[test]
fn more_than_the_pcpus_of_the_same_call_have_is_refused() {
    let mut policy = policy(2, PoolParams::default());
    add(&mut policy, 0, hard(10, 8), Affinity::ANY).unwrap();
    add(&mut policy, 1, hard(10, 2), Affinity::ANY).unwrap();
    let more = Change::Vcpu(Vcpu(1), hard(10, 3));
    assert!(policy.change(&[Change::Cpus(on(0)), more], When::Now, at(0)).is_err());
    assert!(policy.change(&[more, Change::Cpus(on(0))], When::Now, at(0)).is_ok());
}

// [RTDS-R-19]
#[test]
fn pcpus_that_do_not_exist_run_nobody() {
    let mut policy = policy(1, PoolParams::default());
    add(&mut policy, 0, hard(10, 4), Affinity::ANY).unwrap();
    policy.wake(Vcpu(0), at(0));
    let before = policy.clone();
    for cpu in [Cpu(64), Cpu(u8::MAX)] {
        assert_eq!(policy.pick(cpu, at(1)), Choice::default());
        assert_eq!(policy.turn(cpu, None, None, at(1)), Turn::new(Choice::default(), before.alarm()));
    }
    assert!(policy == before && before.alarm() == Some(at(10 * MS)));
}

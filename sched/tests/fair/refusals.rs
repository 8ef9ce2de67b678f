//! What is refused: nothing has changed afterwards.

use super::calls::Calls;
use super::*;
use sched::{Instant, NoLog, Refused, Row, Scheduler, When, Why};

/// What `call` is refused for; the policy is what it was.
fn refusal(policy: &mut Policy, call: impl FnOnce(&mut Policy) -> Result<(), Refused>) -> Refused {
    let before = policy.clone();
    let refused = call(policy).unwrap_err();
    assert!(*policy == before);
    refused
}

fn made(params: PoolParams, cpus: CpuSet) -> Result<Policy, Refused> {
    Policy::new(std::vec![Slot::EMPTY; 4], std::vec![GroupSlot::EMPTY; 4], params, cpus, at(0))
}

#[test]
fn a_pool_needs_a_pcpu_and_sound_parameters() {
    assert_eq!(made(PoolParams::DEFAULT, CpuSet::EMPTY).unwrap_err().rule, "a pool needs a pCPU");
    let hasty = PoolParams { ratelimit: Duration::from_nanos(1), ..PoolParams::DEFAULT };
    assert_eq!(made(hasty, only(0)).unwrap_err().rule, "a rate limit must be 0 or at least 100 us");
    assert!(made(PoolParams::DEFAULT, only(0)).is_ok());
}

#[test]
fn a_vcpu_needs_a_slot_a_group_and_a_pcpu_of_the_pool() {
    let mut policy = made(PoolParams::DEFAULT, only(0)).unwrap();
    let mut refused = |v: u16, g: u16, params: VcpuParams, hard: CpuSet| {
        let call = |policy: &mut Policy| policy.add(Vcpu(v), Group(g), params, Affinity::hard(hard), at(0));
        refusal(&mut policy, call).rule
    };
    for v in [4, u16::MAX] {
        assert_eq!(refused(v, 0, VcpuParams::DEFAULT, only(0)), "the pool has no slot for this vCPU");
    }
    for g in [4, u16::MAX] {
        assert_eq!(refused(0, g, VcpuParams::DEFAULT, only(0)), "the pool has no slot for this group");
    }
    let nowhere = "the hard affinity must contain a pCPU of the pool";
    assert_eq!(refused(0, 0, VcpuParams::DEFAULT, only(1)), nowhere);
    assert_eq!(refused(0, 0, own_weight(65_536), only(0)), "the value is above the largest allowed");
    policy.add(Vcpu(0), Group(0), VcpuParams::DEFAULT, Affinity::ANY, at(0)).unwrap();
    let again = |policy: &mut Policy| policy.add(Vcpu(0), Group(1), VcpuParams::DEFAULT, Affinity::ANY, at(0));
    assert_eq!(refusal(&mut policy, again).rule, "the vCPU is in the pool already");
}

#[test]
fn only_a_vcpu_that_is_blocked_and_saved_can_leave() {
    let mut policy = made(PoolParams::DEFAULT, only(0)).unwrap();
    let v = Vcpu(0);
    let leave = |policy: &mut Policy| policy.remove(v, at(2));
    assert_eq!(refusal(&mut policy, leave).rule, "there is no such vCPU in the pool");
    policy.add(v, Group(0), VcpuParams::DEFAULT, Affinity::ANY, at(0)).unwrap();
    let still = "only a vCPU that is blocked and saved can leave";
    policy.wake(v, at(0));
    assert_eq!(refusal(&mut policy, leave).rule, still, "it waits");
    policy.pick(Cpu(0), at(1));
    policy.block(v, Why::Off, at(2));
    assert_eq!(refusal(&mut policy, leave).rule, still, "its pCPU has not picked yet");
    policy.pick(Cpu(0), at(2));
    assert_eq!(refusal(&mut policy, leave).rule, still, "its context is not in memory");
    policy.saved(v, Cpu(0), at(2));
    assert_eq!(policy.remove(v, at(2)), Ok(()));
    assert_eq!(policy.in_force(v), None);
}

#[test]
fn only_groups_that_exist_can_change_and_caps_have_a_limit() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    calls.add(1, VcpuParams::DEFAULT, Affinity::ANY);
    let mut refused = |g: u16, weight: u32, cap: u32| {
        let before = calls.pool.policy().clone();
        let change = [Change::Group(Group(g), GroupParams { weight, cap })];
        let answer = calls.pool.change(&change, When::Now, at(0), &mut NoLog);
        assert!(*calls.pool.policy() == before);
        answer.refused.unwrap()
    };
    for g in [16, u16::MAX] {
        assert_eq!(refused(g, 1, 0).rule, "the pool has no slot for this group");
    }
    let beyond = refused(1, 7, 101);
    assert_eq!(beyond.rule, "the cap must not exceed 100 per cent for each vCPU of the partition");
    assert_eq!((beyond.key, beyond.needs, beyond.has), (1, 100, 101));
    assert_eq!(refused(1, 0, 0).key, 0);
    assert_eq!(refused(1, 65_536, 0).key, 0);
    // Without members nobody knows how many there will be.
    assert_eq!(refused(2, 1, 6_401).key, 1);
    calls.change(Change::Group(Group(2), GroupParams { weight: 1, cap: 6_400 }), 0);
}

#[test]
fn rows_are_read_and_written_without_loss() {
    fn survives<R: Row + PartialEq>(row: &R) {
        let mut words = [7; sched::ROW_WORDS];
        row.write(&mut words);
        assert_eq!(R::read(&words), Ok(*row));
        assert_eq!(words[R::KEYS.len()..], [7; sched::ROW_WORDS][R::KEYS.len()..], "a word of somebody else");
    }
    survives(&PoolParams::DEFAULT);
    survives(&moving(true));
    survives(&GroupParams { weight: 65_535, cap: 6_400 });
    survives(&own_weight(65_535));
    survives(&claimed(3, true));
}

#[test]
fn what_is_in_force_is_what_was_asked_for() {
    let mut calls = Calls::new(2, PoolParams::DEFAULT);
    let wish = Affinity { hard: CpuSet::ALL, soft: only(1) };
    let v = calls.add(1, claimed(9, true), wish);
    assert_eq!(calls.pool.policy().in_force(v), Some((claimed(9, true), wish)));
    calls.change(Change::Vcpu(v, own_weight(77)), 1);
    calls.change(Change::Affinity(v, Affinity::hard(only(0))), 1);
    assert_eq!(calls.pool.policy().in_force(v), Some((own_weight(77), Affinity::hard(only(0)))));
    assert_eq!(calls.pool.policy().in_force(Vcpu(9)), None);
    assert_eq!(calls.pool.policy().service(Vcpu(9), Instant::MAX), sched::Service::default());
}

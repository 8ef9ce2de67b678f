//! Single calls and their answers: what does nothing, what is promised, and how much one decision does.

use super::calls::Calls;
use super::world::US;
use super::*;
use sched::{Choice, Leave, Scheduler, Service, Turn, Why};

fn any(calls: &mut Calls, group: u16) -> Vcpu {
    calls.add(group, VcpuParams::DEFAULT, Affinity::ANY)
}

fn cap(calls: &mut Calls, group: u16, cap: u32, now: u64) -> CpuSet {
    calls.change(Change::Group(Group(group), GroupParams { weight: 256, cap }), now)
}

#[test]
fn calls_about_nobody_do_nothing() {
    let mut policy = policy(2, 4, 4, PoolParams::DEFAULT);
    policy.add(Vcpu(0), Group(0), VcpuParams::DEFAULT, Affinity::ANY, at(0)).unwrap();
    let kick = policy.wake(Vcpu(0), at(0)).first().unwrap();
    policy.pick(kick, at(0));
    let before = policy.clone();
    for v in [Vcpu(1), Vcpu(99), Vcpu(u16::MAX)] {
        assert_eq!(policy.wake(v, at(1)), CpuSet::EMPTY);
        assert_eq!(policy.block(v, Why::Wait, at(1)), CpuSet::EMPTY);
        assert_eq!(policy.yield_now(v, at(1)), CpuSet::EMPTY);
        assert_eq!(policy.saved(v, kick, at(1)), CpuSet::EMPTY);
        assert_eq!(policy.saved(v, Cpu(u8::MAX), at(1)), CpuSet::EMPTY);
        assert_eq!((policy.in_force(v), policy.service(v, at(1))), (None, Service::default()));
    }
    for cpu in [Cpu(64), Cpu(u8::MAX)] {
        assert_eq!(policy.pick(cpu, at(1)), Choice::default());
        assert_eq!(policy.turn(cpu, None, Some(Leave::Yield), at(1)), Turn::new(Choice::default(), None));
    }
    assert!(policy == before);
}

#[test]
fn calls_that_repeat_what_is_so_change_nothing() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let [a, b] = [(); 2].map(|()| any(&mut calls, 0));
    assert_eq!(calls.wake(a, 0), only(0));
    assert_eq!(calls.wake(a, 0), CpuSet::EMPTY);
    let choice = calls.pick(0, 0);
    assert_eq!((choice.run, choice.until), (Some(a), None));
    calls.wake(b, 0);
    let choice = calls.pick(0, 10 * US);
    assert_eq!(calls.pick(0, 20 * US), choice);
    // It blocks and is woken before its pCPU picks: it never left.
    assert_eq!(calls.block(a, 30 * US), only(0));
    assert_eq!(calls.wake(a, 30 * US), CpuSet::EMPTY);
    assert_eq!(calls.pick(0, 30 * US), choice);
    calls.block(b, 40 * US);
    assert_eq!(calls.block(b, 40 * US), CpuSet::EMPTY);
    assert_eq!(calls.saved(a, 0, 50 * US), CpuSet::EMPTY, "its context is in the pCPU");
    assert_eq!(calls.expire(60 * US), CpuSet::EMPTY, "no event is due");
}

#[test]
fn a_promise_ends_when_the_pcpu_may_not_run_it_any_more() {
    let mut calls = Calls::new(3, PoolParams::DEFAULT);
    let v = calls.add(0, VcpuParams::DEFAULT, Affinity::hard(only(2)));
    calls.change(Change::Cpus(CpuSet::from_bits(3)), 0);
    // Its pCPU has left, so another one is to take it; but its own comes back before that one has picked.
    assert_eq!(calls.wake(v, 10), only(0));
    calls.change(Change::Cpus(CpuSet::from_bits(7)), 20);
    let choice = calls.pick(0, 30);
    assert_eq!((choice.run, choice.kick), (None, only(2)));
    let waits_for = |cpu| calls.pool.policy().core().waits_for(v, Cpu(cpu));
    assert_eq!([0, 1, 2].map(waits_for), [false, false, true]);
    assert_eq!(calls.pick(2, 40).run, Some(v));
    calls.pool.policy().core().check_rest();
}

#[test]
fn a_promise_that_ended_does_not_disturb_what_runs() {
    let mut calls = Calls::new(3, PoolParams::DEFAULT);
    let v = calls.add(0, VcpuParams::DEFAULT, Affinity::hard(only(2)));
    let all = [0, 1].map(|cpu| calls.add(0, VcpuParams::DEFAULT, Affinity::hard(only(cpu))));
    calls.change(Change::Cpus(CpuSet::from_bits(3)), 0);
    for (cpu, runs) in (0..).zip(all) {
        calls.wake(runs, 0);
        assert_eq!(calls.pick(cpu, 0).run, Some(runs));
    }
    // It has slept for long, so it displaces one of them; but its own pCPU comes back before that one has picked.
    let kick = calls.wake(v, 100 * MS);
    assert_eq!(kick.len(), 1);
    let displaced = kick.first().unwrap();
    calls.change(Change::Cpus(CpuSet::from_bits(7)), 100 * MS);
    let choice = calls.pick(displaced.0, 100 * MS);
    assert_eq!((choice.run, choice.kick), (Some(all[displaced.index()]), only(2)));
    assert_eq!(calls.pick(2, 100 * MS).run, Some(v));
}

#[test]
fn a_promise_to_a_pcpu_that_leaves_the_pool_ends() {
    let mut calls = Calls::new(2, PoolParams::DEFAULT);
    let v = any(&mut calls, 0);
    assert_eq!(calls.wake(v, 10), only(0));
    assert_eq!(calls.change(Change::Cpus(only(1)), 20), CpuSet::from_bits(3));
    assert_eq!(calls.pick(1, 30).run, Some(v));
    assert_eq!(calls.pick(0, 30).run, None);
}

#[test]
fn one_decision_sets_aside_four_vcpus_without_budget_and_asks_for_another() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let poor: Vec<Vcpu> = (0..6).map(|_| any(&mut calls, 1)).collect();
    cap(&mut calls, 1, 10, 0);
    for v in &poor {
        calls.wake(*v, 0);
    }
    let rich = any(&mut calls, 0);
    assert_eq!(calls.pick(0, 0).run, Some(poor[0]));
    // The budget of 1 ms is overrun by far, so nobody of the group may run: five of them wait.
    calls.wake(rich, 9 * MS);
    let choice = calls.pick(0, 9 * MS);
    assert_eq!((choice.run, choice.kick), (None, only(0)));
    let choice = calls.pick(0, 9 * MS);
    assert_eq!((choice.run, choice.kick), (Some(rich), CpuSet::EMPTY));
    assert_eq!(calls.pool.alarm(), Some(at(10 * MS)));
    calls.pool.policy().core().check_rest();
}

#[test]
fn who_is_owed_urgency_may_come_first_without_it() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let owner = calls.add(0, VcpuParams::DEFAULT, Affinity::ANY);
    let greedy = calls.add(0, claimed(256, true), Affinity::ANY);
    calls.wake(greedy, 0);
    calls.pick(0, 0);
    calls.wake(owner, MS);
    // It has had 200 ms more than the other when it comes back.
    calls.block(greedy, 200 * MS);
    assert_eq!(calls.pick(0, 200 * MS).run, Some(owner));
    calls.saved(greedy, 0, 200 * MS);
    calls.wake(greedy, 201 * MS);
    let core = calls.pool.policy().core();
    assert!(core.slot(greedy.0).is_owed() && core.is_entitled_on(Cpu(0)));
    let turn = calls.turn(0, Some(Leave::Yield), 202 * MS);
    let core = calls.pool.policy().core();
    let slot = core.slot(greedy.0);
    assert_eq!((turn.choice.run, slot.is_owed(), slot.is_urgent()), (Some(greedy), false, false));
    assert!(!core.is_entitled_on(Cpu(0)), "it has had more than its share");
}

#[test]
fn a_yield_without_anybody_who_waits_is_no_offer() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let [a, b] = [(); 2].map(|()| any(&mut calls, 0));
    calls.wake(a, 0);
    assert_eq!(calls.yield_now(a, 0), CpuSet::EMPTY, "it does not run");
    calls.pick(0, 0);
    assert_eq!(calls.yield_now(a, 1), CpuSet::EMPTY, "nobody waits");
    calls.wake(b, 2);
    assert_eq!(calls.yield_now(a, 3), only(0));
    assert_eq!(calls.pick(0, 3).run, Some(b));
}

#[test]
fn nobody_yields_to_one_whose_context_lies_where_the_pool_has_no_pcpu_any_more() {
    let mut calls = Calls::new(2, PoolParams::DEFAULT);
    let [stays, leaves] = [(); 2].map(|()| any(&mut calls, 0));
    for (cpu, v) in [(0, stays), (1, leaves)] {
        calls.wake(v, 0);
        assert_eq!(calls.pick(cpu, 0).run, Some(v));
    }
    calls.change(Change::Cpus(only(0)), MS);
    assert_eq!(calls.pick(1, MS).run, None);
    assert_eq!(calls.turn(0, Some(Leave::Yield), 2 * MS).choice.run, Some(stays), "it is not in memory");
    calls.saved(leaves, 1, 3 * MS);
    assert_eq!(calls.turn(0, Some(Leave::Yield), 4 * MS).choice.run, Some(leaves));
}

#[test]
fn an_idle_pcpu_offers_nothing_and_takes_who_waits() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let v = any(&mut calls, 0);
    calls.wake(v, 0);
    assert_eq!(calls.turn(0, Some(Leave::Yield), 1).choice.run, Some(v));
}

//! The rules of one server: budgets across sleep, new parameters, pCPUs that come and go.

use super::world::Load;
use super::*;
use sched::{Affinity, Change, Group, Instant, Scheduler, Vcpu, When, Why};

/// Runs for 3 ms, sleeps from 3 to 8, then computes on.
fn sleeper(server: Server) -> (Machine, Vcpu) {
    let mut world = machine_with(server, 1);
    let v = world.guest(0, hard(10, 4), Affinity::ANY, Load::Hog);
    world.run(3 * MS);
    world.block(v, Why::Wait);
    world.run(8 * MS);
    world.wake(v);
    world.run(30 * MS);
    (world, v)
}

// [RTDS-R-08]
#[test]
fn a_deferrable_server_keeps_its_budget_and_its_grid() {
    let (world, v) = sleeper(Server::Deferrable);
    assert_eq!(world.served(v, 8 * MS, 10 * MS), MS);
    assert_eq!(world.served(v, 10 * MS, 14 * MS), 4 * MS);
    assert_eq!(world.served(v, 14 * MS, 20 * MS), 0);
}

// [RTDS-R-07]
#[test]
fn a_constant_bandwidth_server_starts_a_new_period_instead() {
    // 1 ms left for 2 ms is more than 4 for 10: the deadline moves to 18.
    let (world, v) = sleeper(Server::ConstantBandwidth);
    assert_eq!(world.served(v, 8 * MS, 12 * MS), 4 * MS);
    assert_eq!(world.served(v, 12 * MS, 18 * MS), 0);
    assert_eq!(world.served(v, 18 * MS, 22 * MS), 4 * MS);
}

// [RTDS-R-08]
#[test]
fn a_wake_after_an_hour_is_on_the_grid() {
    let mut world = machine_with(Server::Deferrable, 1);
    let params = hard(10, 4).with_offset(ns(2 * MS)).unwrap();
    let v = world.guest(0, params, Affinity::ANY, Load::Hog);
    world.run(3 * MS);
    world.block(v, Why::Wait);
    let hour = 3_600_000 * MS;
    world.run(hour + 4 * MS);
    world.wake(v);
    world.run(hour + 40 * MS);
    assert_eq!(world.served(v, hour + 4 * MS, hour + 12 * MS), 4 * MS);
    assert_eq!(world.served(v, hour + 12 * MS, hour + 16 * MS), 4 * MS);
}

// [RTDS-R-08]
#[test]
fn a_pause_keeps_the_rest_of_the_budget() {
    let mut world = machine_with(Server::Deferrable, 1);
    let v = world.guest(0, hard(10, 4), Affinity::ANY, Load::Hog);
    world.run(MS);
    world.block(v, Why::Pause);
    assert_eq!(world.pool.alarm(), None);
    world.run(4 * MS);
    world.wake(v);
    world.run(10 * MS);
    assert_eq!(world.served(v, 4 * MS, 7 * MS), 3 * MS);
    assert_eq!(world.served(v, 7 * MS, 10 * MS), 0);
}

// [RTDS-R-10]
#[test]
fn new_parameters_wait_for_the_boundary_or_do_not() {
    for (when, from, until) in [(When::Boundary, 20, 40), (When::Now, 12, 32)] {
        let mut world = machine(1);
        let v = world.guest(0, hard(10, 4), Affinity::ANY, Load::Hog);
        world.run(12 * MS);
        assert!(world.change(&[Change::Vcpu(v, hard(20, 10))], when));
        world.run(40 * MS);
        assert_eq!(world.served(v, 10 * MS, 20 * MS), if when == When::Now { 10 * MS } else { 4 * MS });
        assert_eq!(world.served(v, from * MS, until * MS), 10 * MS);
        assert_eq!(world.pool.policy().in_force(v).unwrap().0, hard(20, 10));
    }
}

// [RTDS-R-11]
#[test]
fn changes_are_all_or_nothing() {
    let mut world = machine(1);
    let v = world.guest(0, hard(10, 4), Affinity::ANY, Load::Hog);
    let all = [Change::Vcpu(v, hard(20, 10)), Change::Vcpu(Vcpu(9), hard(20, 10))];
    assert!(!world.change(&all, When::Now));
    assert_eq!(world.pool.policy().in_force(v).unwrap().0, hard(10, 4));
    let nowhere = Affinity::hard(CpuSet::only(sched::Cpu(5)));
    assert!(!world.change(&[Change::Affinity(v, nowhere)], When::Now));
    assert!(!world.change(&[Change::Cpus(CpuSet::EMPTY)], When::Now));
}

// [RTDS-R-13] [RTDS-R-18]
#[test]
fn a_pcpu_that_joins_or_leaves_is_used_or_left() {
    let mut world = machine(2);
    let a = world.guest(0, hard(10, 8), Affinity::ANY, Load::Hog);
    let b = world.guest(0, hard(10, 8), Affinity::ANY, Load::Hog);
    world.run(100 * MS);
    assert!(world.change(&[Change::Cpus(cpus(1))], When::Now));
    world.run(200 * MS);
    assert!(world.runs.iter().all(|run| run.from < 100 * MS || run.cpu == 0));
    assert!(world.pool.service(a, at(world.now)).shortfalls + world.pool.service(b, at(world.now)).shortfalls > 5);
    assert!(world.change(&[Change::Cpus(cpus(2))], When::Now));
    world.run(300 * MS);
    assert!(world.served(a, 210 * MS, 300 * MS) >= 72 * MS && world.served(b, 210 * MS, 300 * MS) >= 72 * MS);
}

// [RTDS-R-03]
#[test]
fn a_debt_is_never_more_than_one_budget() {
    let mut policy = Rtds::new(std::vec![Slot::EMPTY; 1], PoolParams::default(), cpus(1), at(0)).unwrap();
    let v = Vcpu(0);
    policy.add(v, Group(0), hard(10, 4), Affinity::ANY, at(0)).unwrap();
    policy.wake(v, at(0));
    assert_eq!(policy.pick(sched::Cpu(0), at(0)).until, Some(at(4 * MS)));
    // The machine stood still for a second.
    assert_eq!(policy.pick(sched::Cpu(0), at(1003 * MS)).run, None);
    policy.saved(v, sched::Cpu(0), at(1003 * MS));
    let mut next = Instant::ZERO;
    while policy.pick(sched::Cpu(0), next).run.is_none() {
        next = policy.alarm().unwrap();
        policy.expire(next);
    }
    assert!(next <= at(1030 * MS));
}

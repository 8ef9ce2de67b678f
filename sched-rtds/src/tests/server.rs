//! The rules of one server: budgets across sleep, new parameters, pCPUs that come and go.

use super::*;
use sched::{Group, Scheduler};

/// Runs for 3 ms, sleeps from 3 to 8, then computes on.
fn after_a_sleep(server: Server) -> (World, Vcpu) {
    let mut world = machine_with(untested(server), 1);
    let v = world.add(hard(10, 4), Load::once(&[run(3), Act::Until(at(8 * MS)), GO_ON]));
    world.run_until(at(30 * MS));
    (world, v)
}

// [RTDS-R-08]
#[test]
fn a_deferrable_server_keeps_its_budget_and_its_grid() {
    let (world, v) = after_a_sleep(Server::Deferrable);
    assert_eq!(served(&world, v, 8 * MS, 10 * MS), MS);
    assert_eq!(served(&world, v, 10 * MS, 14 * MS), 4 * MS);
    assert_eq!(served(&world, v, 14 * MS, 20 * MS), 0);
}

// [RTDS-R-07]
#[test]
fn a_constant_bandwidth_server_starts_a_new_period_instead() {
    // 1 ms left for 2 ms is more than 4 for 10: the deadline moves to 18.
    let (world, v) = after_a_sleep(Server::ConstantBandwidth);
    assert_eq!(served(&world, v, 8 * MS, 12 * MS), 4 * MS);
    assert_eq!(served(&world, v, 12 * MS, 18 * MS), 0);
    assert_eq!(served(&world, v, 18 * MS, 22 * MS), 4 * MS);
}

// [RTDS-R-07]
#[test]
fn a_constant_bandwidth_server_keeps_a_period_that_is_not_too_dense() {
    for (wake, deadline) in [(7500, 10_000), (7501, 17_501)] {
        // Of 4 ms in 10, 1 is left: from 7.5 ms on that is more than its share of what remains.
        let wake = wake * 1000;
        let mut world = machine(1);
        let v = world.add(hard(10, 4), Load::once(&[run(3), Act::Until(at(wake)), GO_ON]));
        world.run_until(at(deadline * 1000 - 1));
        let budget = if wake == 7_500_000 { MS } else { 4 * MS };
        assert_eq!(served(&world, v, wake, deadline * 1000), budget);
        assert_eq!(world.pool().alarm(), Some(at(deadline * 1000)));
    }
}

// [RTDS-R-08]
#[test]
fn a_wake_after_an_hour_is_on_the_grid() {
    let hour = 3600 * SECOND;
    let mut world = machine_with(untested(Server::Deferrable), 1);
    let params = hard(10, 4).with_offset(ms(2)).unwrap();
    let v = world.add(params, Load::once(&[run(3), Act::Until(at(hour + 4 * MS)), GO_ON]));
    world.run_until(at(hour + 40 * MS));
    assert_eq!(served(&world, v, hour + 4 * MS, hour + 12 * MS), 4 * MS);
    assert_eq!(served(&world, v, hour + 12 * MS, hour + 16 * MS), 4 * MS);
}

// [RTDS-R-08] [RTDS-R-09]
#[test]
fn a_pause_keeps_the_rest_of_the_budget() {
    let mut world = machine_with(untested(Server::Deferrable), 1);
    let v = hog(&mut world, hard(10, 4));
    world.run_until(at(MS));
    world.pause(v);
    settle(&mut world);
    assert_eq!((world.pool().alarm(), world.running(0)), (None, None));
    world.run_until(at(4 * MS));
    world.unpause(v);
    world.run_until(at(10 * MS));
    assert_eq!(served(&world, v, 4 * MS, 7 * MS), 3 * MS);
    assert_eq!(served(&world, v, 7 * MS, 10 * MS), 0);
}

// [RTDS-R-01] [RTDS-R-18]
#[test]
fn a_replenishment_that_comes_late_skips_the_periods_that_are_over() {
    let mut policy = policy(1, PoolParams::default());
    let v = Vcpu(0);
    policy.add(v, Group(0), hard(10, 4), Affinity::ANY, at(0)).unwrap();
    policy.wake(v, at(0));
    policy.pick(Cpu(0), at(0));
    assert_eq!(policy.pick(Cpu(0), at(4 * MS)).run, None);
    policy.saved(v, Cpu(0), at(4 * MS));
    assert_eq!(policy.alarm(), Some(at(10 * MS)));
    // In the fourth period it comes: two got nothing, and this one is whole.
    policy.expire(at(35 * MS));
    let service = policy.service(v, at(35 * MS));
    assert_eq!((service.shortfalls, service.worst_lateness, service.overruns), (2, ms(25), 0));
    assert_eq!(policy.pick(Cpu(0), at(35 * MS)).until, Some(at(39 * MS)));
    assert_eq!(policy.pick(Cpu(0), at(39 * MS)).run, None);
    assert_eq!(policy.alarm(), Some(at(40 * MS)));
}

// [RTDS-R-01] [RTDS-R-09]
#[test]
fn one_that_nobody_watched_is_where_its_periods_are_when_another_comes() {
    // It has 4 ms of each 10 before the other, and had used some of them, or all, when that one came.
    for (comes, got) in [(32, 6), (33, 6), (37, 3)] {
        let mut world = machine(1);
        let v = hog(&mut world, soft(10, 4));
        world.run_until(at(comes * MS));
        let other = hog(&mut world, hard(100, 50));
        world.run_until(at(50 * MS));
        assert_eq!(served(&world, other, comes * MS, 40 * MS), got * MS, "at {comes}");
        assert_eq!(served(&world, v, 40 * MS, 44 * MS), 4 * MS);
        assert_eq!((shortfalls(&world, v), world.pool().service(v, world.now()).overruns), (0, 0));
    }
}

// [RTDS-R-18]
#[test]
fn only_periods_through_which_it_was_ready_count_as_shortfalls() {
    for (server, missed) in [(Server::Deferrable, [0, 0, 1]), (Server::ConstantBandwidth, [0, 1, 2])] {
        let mut world = machine_with(untested(server), 1);
        hog(&mut world, urgent(10, 10));
        let v = sleeper(&mut world, hard(10, 4));
        world.run_until(at(5 * MS));
        notify(&mut world, v);
        // Periods are those of the grid, or begin at the wake.
        let counted = [14, 16, 26].map(|end| {
            world.run_until(at(end * MS));
            shortfalls(&world, v)
        });
        assert_eq!(counted, missed, "{server:?}");
    }
}

// [RTDS-R-10]
#[test]
fn new_parameters_wait_for_the_boundary_or_do_not() {
    for (when, from, until) in [(When::Boundary, 20, 40), (When::Now, 12, 32)] {
        let mut world = machine(1);
        let v = hog(&mut world, hard(10, 4));
        world.run_until(at(12 * MS));
        assert!(change(&mut world, &[Change::Vcpu(v, hard(20, 10))], when));
        world.run_until(at(40 * MS));
        assert_eq!(served(&world, v, 10 * MS, 20 * MS), if when == When::Now { 10 * MS } else { 4 * MS });
        assert_eq!(served(&world, v, from * MS, until * MS), 10 * MS);
        assert_eq!(world.policy().in_force(v).unwrap().0, hard(20, 10));
    }
}

// [RTDS-R-10]
#[test]
fn one_that_runs_without_an_end_stops_where_its_new_parameters_begin() {
    let mut world = machine(1);
    let v = hog(&mut world, soft(10, 4));
    world.run_until(at(12 * MS));
    assert!(change(&mut world, &[Change::Vcpu(v, hard(20, 5))], When::Boundary));
    world.run_until(at(60 * MS));
    assert_eq!(served(&world, v, 10 * MS, 20 * MS), 10 * MS);
    assert_eq!(served(&world, v, 20 * MS, 40 * MS), 5 * MS);
    assert_eq!(served(&world, v, 40 * MS, 60 * MS), 5 * MS);
}

// [RTDS-R-11]
#[test]
fn changes_are_all_or_nothing() {
    let mut world = machine(1);
    let v = hog(&mut world, hard(10, 4));
    let all = [Change::Vcpu(v, hard(20, 10)), Change::Vcpu(Vcpu(9), hard(20, 10))];
    assert!(!change(&mut world, &all, When::Now));
    assert_eq!(world.policy().in_force(v).unwrap().0, hard(10, 4));
    assert!(!change(&mut world, &[Change::Affinity(v, Affinity::hard(on(5)))], When::Now));
    assert!(!change(&mut world, &[Change::Cpus(CpuSet::EMPTY)], When::Now));
}

// [RTDS-R-13] [RTDS-R-18]
#[test]
fn a_pcpu_that_joins_or_leaves_is_used_or_left() {
    let mut world = machine(2);
    let both = [0; 2].map(|_| hog(&mut world, hard(10, 8)));
    world.run_until(at(100 * MS));
    assert!(change(&mut world, &[Change::Cpus(cpus(1))], When::Now));
    world.run_until(at(200 * MS));
    assert_eq!(world.running(1), None);
    assert!(world.idle(1) >= ms(100));
    assert!(both.map(|v| shortfalls(&world, v)).iter().sum::<u64>() > 5);
    assert!(change(&mut world, &[Change::Cpus(cpus(2))], When::Now));
    world.run_until(at(300 * MS));
    assert!(both.iter().all(|v| served(&world, *v, 210 * MS, 300 * MS) >= 72 * MS));
}

// [RTDS-R-03]
#[test]
fn a_debt_is_never_more_than_one_budget() {
    let mut policy = policy(1, PoolParams::default());
    let v = Vcpu(0);
    policy.add(v, Group(0), hard(10, 4), Affinity::ANY, at(0)).unwrap();
    policy.wake(v, at(0));
    assert_eq!(policy.pick(Cpu(0), at(0)).until, Some(at(4 * MS)));
    // The machine stood still for a second.
    assert_eq!(policy.pick(Cpu(0), at(1003 * MS)).run, None);
    policy.saved(v, Cpu(0), at(1003 * MS));
    let mut next = Instant::ZERO;
    while policy.pick(Cpu(0), next).run.is_none() {
        next = policy.alarm().unwrap();
        policy.expire(next);
    }
    assert!(next <= at(1030 * MS));
}

//! Who is interrupted, when, and for whom.

use super::*;
use sched::sim::{Jobs, Periodic};
use sched::{Scheduler, Why};

/// The jobs of a task of 1 ms in 10 with a fitting reservation, against three hogs, first released at `phase`.
fn task_against_hogs(server: Server, phase: u64, against: VcpuParams) -> Jobs {
    let mut world = machine_with(untested(server), 1);
    for _ in 0..3 {
        hog(&mut world, against);
    }
    let task = Periodic::new(ms(10), ms(1)).phase(ns(phase));
    let v = world.add(soft(10, 2), Load::periodic(task));
    world.run_until(at(2 * SECOND));
    world.jobs(v).clone()
}

fn phases() -> [u64; 5] {
    [0, 3, 5, 7, 9].map(|ms| (200 + ms) * MS)
}

// [RTDS-R-05] [RTDS-R-01]
#[test]
fn a_task_inside_its_reservation_starts_at_once_at_any_phase() {
    for phase in phases() {
        for server in [Server::ConstantBandwidth, Server::Deferrable] {
            let jobs = task_against_hogs(server, phase, VcpuParams::BEST_EFFORT);
            assert_eq!((jobs.latency.most, jobs.misses), (ns(0), 0), "{server:?} at {phase}");
            assert!(jobs.count() >= 179);
        }
    }
}

// [RTDS-R-04] [RTDS-R-05]
#[test]
fn a_shorter_deadline_preempts_a_reserved_hog() {
    for phase in phases() {
        let jobs = task_against_hogs(Server::ConstantBandwidth, phase, soft(100, 20));
        assert_eq!((jobs.latency.most, jobs.misses), (ns(0), 0), "at {phase}");
    }
}

// [RTDS-R-05] [RTDS-R-20]
#[test]
fn a_wake_takes_an_idle_pcpu_and_preempts_nobody() {
    let mut world = machine(2);
    let first = hog(&mut world, VcpuParams::BEST_EFFORT);
    let v = sleeper(&mut world, hard(10, 4));
    world.run_until(at(MS));
    let (kicks, visits) = (world.cpu(1).kicks, world.cpu(0).visits);
    notify(&mut world, v);
    assert_eq!((world.cpu(1).kicks - kicks, world.cpu(0).visits - visits), (1, 0));
    assert_eq!((world.running(0), world.running(1)), (Some(first), Some(v)));
    // Its own pCPU is preferred the next time.
    world.pause(v);
    settle(&mut world);
    world.unpause(v);
    settle(&mut world);
    assert_eq!((world.running(1), world.tally(first).preemptions), (Some(v), 0));
}

// [RTDS-R-20]
#[test]
fn a_wake_prefers_its_own_pcpu_then_one_it_is_fond_of() {
    let mut world = machine(3);
    let fond = Affinity { hard: CpuSet::ALL, soft: on(2) };
    let v = hog_on(&mut world, hard(10, 4), fond);
    assert_eq!(world.running(2), Some(v));
    let other = hog_on(&mut world, hard(10, 4), Affinity { hard: CpuSet::ALL, soft: CpuSet::from_bits(6) });
    assert_eq!(world.running(1), Some(other));
    world.pause(v);
    world.pause(other);
    settle(&mut world);
    world.unpause(other);
    settle(&mut world);
    assert_eq!((world.running(1), world.running(2)), (Some(other), None));
}

// [RTDS-R-05]
#[test]
fn a_wake_preempts_only_the_last_in_rank_and_only_if_it_comes_before_it() {
    let mut world = machine(2);
    let a = hog(&mut world, hard(10, 9));
    let b = hog(&mut world, hard(100, 90));
    let c = sleeper(&mut world, hard(50, 10));
    let d = sleeper(&mut world, hard(1000, 10));
    world.run_until(at(MS));
    notify(&mut world, c);
    assert_eq!((world.running(0), world.running(1)), (Some(a), Some(c)));
    assert_eq!((world.tally(a).preemptions, world.tally(b).preemptions), (0, 1));
    let visits = [0, 1].map(|cpu| world.cpu(cpu).visits);
    notify(&mut world, d);
    assert_eq!([0, 1].map(|cpu| world.cpu(cpu).visits), visits, "nobody is interrupted for {d:?}");
    assert_eq!((world.running(0), world.running(1)), (Some(a), Some(c)));
    assert_quiet(&world, 2);
}

// [RTDS-R-05]
#[test]
fn a_new_vcpu_starts_at_once_on_an_idle_pcpu() {
    let mut world = machine(2);
    hog(&mut world, hard(100, 90));
    world.run_until(at(3 * MS));
    let v = hog(&mut world, hard(10, 4));
    assert_eq!(world.running(1), Some(v));
    world.run_until(at(10 * MS));
    assert_eq!(served(&world, v, 3 * MS, 10 * MS), 4 * MS);
}

// [RTDS-R-06]
#[test]
fn a_best_effort_waker_waits_for_its_turn_and_the_turn_ends() {
    let mut world = machine(1);
    let first = hog(&mut world, VcpuParams::BEST_EFFORT);
    world.run_until(at(2 * MS));
    let v = hog(&mut world, VcpuParams::BEST_EFFORT);
    assert_eq!(world.running(0), Some(first));
    world.run_until(at(5 * MS));
    assert_eq!((world.running(0), ticks(&world, 1)), (Some(v), 1));
}

// [RTDS-R-06]
#[test]
fn whose_budget_ends_queues_for_a_turn_behind_those_that_wait() {
    let mut world = machine(1);
    let a = hog(&mut world, soft(20, 2));
    let b = hog(&mut world, VcpuParams::BEST_EFFORT);
    world.run_until(at(25 * MS));
    for (v, from, to) in [(a, 0, 2), (b, 2, 7), (a, 7, 12), (b, 12, 17), (a, 17, 22)] {
        assert_eq!(served(&world, v, from * MS, to * MS), (to - from) * MS, "{v:?} from {from}");
    }
}

// [RTDS-R-17]
#[test]
fn yielding_passes_a_turn_on_and_costs_nothing_alone() {
    let mut world = machine(1);
    let a = world.add(VcpuParams::BEST_EFFORT, Load::once(&[run(1), Act::Yield, run(2), Act::Yield, GO_ON]));
    world.run_until(at(2 * MS));
    assert_eq!((world.running(0), world.cpu_time(a)), (Some(a), ms(2)));
    let b = world.add(VcpuParams::BEST_EFFORT, Load::once(&[run(1), Act::Yield, GO_ON]));
    world.run_until(at(3 * MS));
    assert_eq!(world.running(0), Some(b));
    world.run_until(at(4 * MS));
    assert_eq!(world.running(0), Some(a));
    assert_eq!((world.cpu_time(a), world.cpu_time(b)), (ms(3), ms(1)));
}

// [RTDS-R-17]
#[test]
fn yielding_lets_an_equal_deadline_go_first_and_loses_nothing_of_the_budget() {
    let mut world = machine(1);
    let a = world.add(hard(10, 4), Load::once(&[run(1), Act::Yield, GO_ON]));
    let b = world.add(hard(10, 4), Load::hog());
    let later = world.add(hard(20, 4), Load::hog());
    world.run_until(at(10 * MS));
    assert_eq!(served(&world, b, MS, 5 * MS), 4 * MS);
    assert_eq!(served(&world, a, 5 * MS, 8 * MS), 3 * MS);
    assert_eq!(served(&world, later, 8 * MS, 10 * MS), 2 * MS);
}

// [RTDS-R-17] [RTDS-R-19]
#[test]
fn one_that_was_paused_elsewhere_has_nothing_to_yield() {
    let mut world = machine(1);
    let a = hog(&mut world, soft(10, 4));
    hog(&mut world, soft(10, 4));
    world.run_until(at(MS));
    let mut policy = world.policy().clone();
    policy.block(a, Why::Pause, world.now());
    let paused = policy.clone();
    assert!(policy.yield_now(a, world.now()).is_empty() && policy == paused);
}

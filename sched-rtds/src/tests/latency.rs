//! Who is interrupted, when, and for whom.

use super::world::Load;
use super::*;
use sched::{Affinity, Scheduler, Why};

const PERIOD: u64 = 10 * MS;

/// A 1 ms task with a fitting reservation against three hogs, released at `phase`.
fn task_against_hogs(server: Server, phase: u64, hog: VcpuParams) -> Machine {
    let mut world = machine_with(server, 1);
    for _ in 0..3 {
        world.guest(0, hog, Affinity::ANY, Load::Hog);
    }
    world.guest(1, soft(10, 2), Affinity::ANY, Load::Task { phase, period: PERIOD, work: MS });
    world.run(2000 * MS);
    world
}

// [RTDS-R-05] [RTDS-R-01]
#[test]
fn a_task_inside_its_reservation_starts_at_once_at_any_phase() {
    for phase in [0, 3, 5, 7, 9].map(|ms| 200 * MS + ms * MS) {
        for server in [Server::ConstantBandwidth, Server::Deferrable] {
            let world = task_against_hogs(server, phase, VcpuParams::BEST_EFFORT);
            let task = &world.guests[3];
            assert_eq!((task.latency, task.misses), ((0, 0), 0), "{server:?} at {phase}");
            assert!(task.jobs >= 179);
        }
    }
}

// [RTDS-R-04] [RTDS-R-05]
#[test]
fn a_shorter_deadline_preempts_a_reserved_hog() {
    for phase in [0, 3, 5, 7, 9].map(|ms| 200 * MS + ms * MS) {
        let world = task_against_hogs(Server::ConstantBandwidth, phase, soft(100, 20));
        assert_eq!((world.guests[3].latency, world.guests[3].misses), ((0, 0), 0), "at {phase}");
    }
}

// [RTDS-R-05]
#[test]
fn a_wake_takes_an_idle_pcpu_and_preempts_nobody() {
    let mut world = machine(2);
    world.guest(0, VcpuParams::BEST_EFFORT, Affinity::ANY, Load::Hog);
    let v = world.guest(0, hard(10, 4), Affinity::ANY, Load::None);
    world.run(MS);
    let before = world.kicks;
    world.wake(v);
    assert_eq!(world.kicks - before, 1);
    assert_eq!((world.running(0), world.running(1)), (Some(0), Some(v.0)));
    // Its own pCPU is preferred the next time.
    world.block(v, Why::Wait);
    world.wake(v);
    assert_eq!(world.running(1), Some(v.0));
}

// [RTDS-R-05]
#[test]
fn a_wake_preempts_only_the_last_in_rank_and_only_if_it_comes_before_it() {
    let mut world = machine(2);
    let a = world.guest(0, hard(10, 9), Affinity::ANY, Load::Hog);
    let b = world.guest(0, hard(100, 90), Affinity::ANY, Load::Hog);
    let c = world.guest(0, hard(50, 10), Affinity::ANY, Load::None);
    let d = world.guest(0, hard(1000, 10), Affinity::ANY, Load::None);
    world.run(MS);
    world.wake(c);
    assert_eq!((world.running(0), world.running(1)), (Some(a.0), Some(c.0)));
    let picks = world.picks.len();
    world.wake(d);
    assert_eq!(world.picks.len(), picks, "nobody is interrupted for {d:?}");
    assert!(world.pool.life(b).last.is_some());
    world.assert_quiet();
}

// [RTDS-R-05]
#[test]
fn a_new_vcpu_starts_at_once_on_an_idle_pcpu() {
    let mut world = machine(2);
    world.guest(0, hard(100, 90), Affinity::ANY, Load::Hog);
    world.run(3 * MS);
    let v = world.guest(0, hard(10, 4), Affinity::ANY, Load::Hog);
    assert_eq!(world.running(1), Some(v.0));
    world.run(10 * MS);
    assert_eq!(world.served(v, 3 * MS, 10 * MS), 4 * MS);
}

// [RTDS-R-06]
#[test]
fn a_best_effort_waker_waits_for_its_turn_and_the_turn_ends() {
    let mut world = machine(1);
    world.guest(0, VcpuParams::BEST_EFFORT, Affinity::ANY, Load::Hog);
    world.run(2 * MS);
    let v = world.guest(0, VcpuParams::BEST_EFFORT, Affinity::ANY, Load::Hog);
    assert_eq!(world.running(0), Some(0));
    world.run(5 * MS);
    assert_eq!(world.running(0), Some(v.0));
    assert_eq!(world.ticks, 1);
}

// [RTDS-R-17]
#[test]
fn yielding_passes_a_turn_on_and_costs_nothing_alone() {
    let mut world = machine(1);
    let a = world.guest(0, VcpuParams::BEST_EFFORT, Affinity::ANY, Load::Hog);
    world.run(MS);
    let picks = world.picks.len();
    world.yield_now(a);
    assert_eq!(world.picks.len(), picks);
    let b = world.guest(0, VcpuParams::BEST_EFFORT, Affinity::ANY, Load::Hog);
    world.yield_now(a);
    assert_eq!(world.running(0), Some(b.0));
    world.yield_now(b);
    assert_eq!(world.running(0), Some(a.0));
}

// [RTDS-R-17] [RTDS-R-19]
#[test]
fn one_that_was_paused_elsewhere_has_nothing_to_yield() {
    let mut world = machine(1);
    let a = world.guest(0, soft(10, 4), Affinity::ANY, Load::Hog);
    world.guest(0, soft(10, 4), Affinity::ANY, Load::Hog);
    world.run(MS);
    let mut policy = world.pool.policy().clone();
    policy.block(a, Why::Pause, at(world.now));
    let paused = policy.clone();
    assert!(policy.yield_now(a, at(world.now)).is_empty() && policy == paused);
}

//! Several windows, several vCPUs, several pCPUs.

use super::*;
use sched::{Change, When, Why};

#[test]
fn a_partition_can_have_many_windows() {
    let mut world = machine(1, 20, &[window(0, 12, 1), window(0, 2, 3), window(1, 5, 7)]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    world.run(200 * MS);
    for frame in (0..10).map(|k| k * 20 * MS) {
        assert_eq!(world.served(a, frame + 2 * MS, frame + 5 * MS), 3 * MS);
        assert_eq!(world.served(a, frame + 12 * MS, frame + 13 * MS), MS);
        assert_eq!(world.served(a, frame, frame + 20 * MS), 4 * MS);
        assert_eq!(world.served(b, frame, frame + 20 * MS), 7 * MS);
    }
}

#[test]
fn two_vcpus_run_side_by_side_for_the_whole_window() {
    let mut world = machine(2, 20, &[window(0, 0, 10), window(1, 10, 5).on(on(0)), window(2, 10, 5).on(on(1))]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 0));
    let (c, d) = (hog(&mut world, 1), hog(&mut world, 2));
    world.run(200 * MS);
    for v in [a, b] {
        assert_eq!(world.served(v, 0, 200 * MS), 100 * MS);
    }
    for (v, cpu) in [(c, 0), (d, 1)] {
        assert_eq!(world.served(v, 0, 200 * MS), 50 * MS);
        assert!(world.runs.iter().all(|run| run.v != v.0 || run.cpu == cpu));
    }
    world.assert_quiet();
}

#[test]
fn more_vcpus_than_pcpus_take_turns_inside_the_window() {
    let mut world = machine(2, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let all = [0; 3].map(|group| hog(&mut world, group));
    hog(&mut world, 1);
    world.run(2000 * MS);
    for v in all {
        assert!(world.served(v, 0, 2000 * MS).abs_diff(2000 * MS / 3) < 5 * MS);
        let inside: u64 = (0..100).map(|k| world.served(v, k * 20 * MS, (k * 20 + 10) * MS)).sum();
        assert_eq!(inside, world.served(v, 0, 2000 * MS));
    }
}

#[test]
fn a_lone_vcpu_is_interrupted_at_the_ends_of_its_windows_only() {
    let mut world = machine(1, 20, &[window(0, 0, 20)]);
    hog(&mut world, 0);
    world.run(2000 * MS);
    assert_eq!(world.ticks, 100);
}

#[test]
fn a_wake_inside_the_window_takes_an_idle_pcpu_of_it() {
    let mut world = machine(2, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let a = hog(&mut world, 0);
    let b = world.guest(0, NoRow, Affinity::ANY, Load::None);
    let c = world.guest(0, NoRow, Affinity::ANY, Load::None);
    world.run(MS);
    let kicks = world.kicks;
    world.wake(b);
    assert_eq!((world.kicks, world.running(0), world.running(1)), (kicks + 1, Some(a.0), Some(b.0)));
    // The third one waits for a turn, so the turns must end.
    world.wake(c);
    world.run(3 * MS);
    assert!(world.served(c, MS, 3 * MS) > 0);
    world.block(b, Why::Wait);
    world.block(a, Why::Wait);
    world.run(5 * MS);
    assert!(world.running(0).xor(world.running(1)) == Some(c.0));
    world.assert_quiet();
}

#[test]
fn a_hard_affinity_is_honoured_in_placement() {
    let mut world = machine(2, 20, &[window(0, 0, 10)]);
    let a = world.guest(0, NoRow, Affinity::hard(on(1)), Load::Hog);
    let b = world.guest(0, NoRow, Affinity::hard(on(1)), Load::Hog);
    world.run(200 * MS);
    assert!(world.runs.iter().all(|run| run.cpu == 1));
    assert!(world.served(a, 0, 200 * MS).abs_diff(world.served(b, 0, 200 * MS)) <= 2 * MS);
    assert!(world.change(&[Change::Affinity(a, Affinity::hard(on(0)))], When::Now));
    world.run(205 * MS);
    assert_eq!((world.running(0), world.running(1)), (Some(a.0), Some(b.0)));
}

#[test]
fn yielding_ends_a_turn() {
    let mut world = machine(1, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let a = hog(&mut world, 0);
    hog(&mut world, 1);
    world.run(MS / 2);
    let picks = world.picks.len();
    world.yield_now(a);
    assert_eq!(world.picks.len(), picks);
    let b = hog(&mut world, 0);
    world.yield_now(a);
    assert_eq!(world.running(0), Some(b.0));
}

#[test]
fn a_pcpu_that_left_runs_nobody_and_comes_back_in_phase() {
    let mut world = machine(2, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 0));
    world.run(5 * MS);
    assert!(world.change(&[Change::Cpus(cpus(1))], When::Now));
    assert_eq!(world.running(1), None);
    world.run(43 * MS);
    assert!(world.change(&[Change::Cpus(cpus(2))], When::Now));
    assert!(world.running(0).is_some() && world.running(1).is_some());
    world.run(50 * MS);
    assert_eq!(world.served(a, 43 * MS, 50 * MS) + world.served(b, 43 * MS, 50 * MS), 14 * MS);
}

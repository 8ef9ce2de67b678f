//! Several windows, several vCPUs, several pCPUs.

use super::*;
use sched::sim::Act;

/// Interrupts from other pCPUs so far.
fn kicks(world: &World) -> [u64; 2] {
    [world.cpu(0).kicks, world.cpu(1).kicks]
}

// [ARINC-R-01]
#[test]
fn a_partition_can_have_many_windows() {
    let mut world = machine(1, 20, &[window(0, 12, 1), window(0, 2, 3), window(1, 5, 7)]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    run(&mut world, 200 * MS);
    for frame in (0..10).map(|k| k * 20 * MS) {
        assert_eq!(served(&world, a, frame + 2 * MS, frame + 5 * MS), 3 * MS);
        assert_eq!(served(&world, a, frame + 12 * MS, frame + 13 * MS), MS);
        assert_eq!(served(&world, a, frame, frame + 20 * MS), 4 * MS);
        assert_eq!(served(&world, b, frame, frame + 20 * MS), 7 * MS);
    }
}

// [ARINC-R-01] [ARINC-R-04]
#[test]
fn two_vcpus_run_side_by_side_for_the_whole_window() {
    let mut world = machine(2, 20, &[window(0, 0, 10), window(1, 10, 5).on(on(0)), window(2, 10, 5).on(on(1))]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 0));
    let (c, d) = (hog(&mut world, 1), hog(&mut world, 2));
    run(&mut world, 200 * MS - 1);
    for v in [a, b] {
        assert_eq!(served(&world, v, 0, 200 * MS), 100 * MS);
    }
    for (v, cpu) in [(c, 0), (d, 1)] {
        assert_eq!(served(&world, v, 0, 200 * MS), 50 * MS);
        assert!(world.tally(v).runs.iter().all(|run| run.cpu == Cpu(cpu)));
    }
    assert_quiet(&world, 2);
}

// [ARINC-R-05]
#[test]
fn turns_last_a_millisecond_and_go_in_the_order_of_arrival() {
    let mut world = machine(1, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let all = [0; 3].map(|group| hog(&mut world, group));
    run(&mut world, 9 * MS);
    for (turn, v) in (0..).zip(all) {
        assert_eq!(starts(&world, v), [turn, turn + 3, turn + 6].map(|ms| ms * MS));
        assert!(world.tally(v).runs.iter().all(|run| run.to.since(run.from) == crate::SLICE));
    }
}

// [ARINC-R-02] [ARINC-R-05]
#[test]
fn more_vcpus_than_pcpus_take_turns_inside_the_window() {
    let mut world = machine(2, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let all = [0; 3].map(|group| hog(&mut world, group));
    hog(&mut world, 1);
    run(&mut world, 2000 * MS);
    for v in all {
        assert!(served(&world, v, 0, 2000 * MS).abs_diff(2000 * MS / 3) < 5 * MS);
        let inside: u64 = (0..100).map(|k| served(&world, v, k * 20 * MS, (k * 20 + 10) * MS)).sum();
        assert_eq!(inside, served(&world, v, 0, 2000 * MS));
    }
}

// [ARINC-R-05]
#[test]
fn a_lone_vcpu_is_interrupted_at_the_ends_of_its_windows_only() {
    let mut world = machine(1, 20, &[window(0, 0, 20)]);
    hog(&mut world, 0);
    run(&mut world, 2000 * MS);
    assert_eq!((world.cpu(0).ticks, world.cpu(0).kicks, world.cpu(0).decisions), (100, 0, 101));
}

// [ARINC-R-04] [ARINC-R-05]
#[test]
fn a_wake_inside_the_window_takes_an_idle_pcpu_of_it() {
    let mut world = machine(2, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let a = hog(&mut world, 0);
    let b = admit(&mut world, 0, Affinity::ANY, sleeper());
    let c = admit(&mut world, 0, Affinity::ANY, sleeper());
    run(&mut world, MS / 2);
    assert_eq!((world.running(0), world.running(1)), (Some(a), None));
    let before = kicks(&world);
    world.notify(b);
    settle(&mut world);
    assert_eq!((kicks(&world), world.running(0), world.running(1)), ([before[0], before[1] + 1], Some(a), Some(b)));
    // The third one waits for a turn, so the turns end: first that which began first.
    world.notify(c);
    run(&mut world, MS);
    assert_eq!((world.running(0), world.running(1)), (Some(c), Some(b)));
    world.pause(b);
    world.pause(a);
    run(&mut world, 5 * MS);
    assert_eq!(served(&world, c, MS, 5 * MS), 4 * MS);
    assert_quiet(&world, 2);
}

// [ARINC-R-18]
#[test]
fn a_free_pcpu_is_chosen_by_preference_then_by_where_it_ran_last() {
    let mut world = machine(3, 20, &[window(0, 0, 20)]);
    let fond = Affinity { hard: CpuSet::ALL, soft: on(2) };
    let (a, b) = (admit(&mut world, 0, fond, sleeper()), admit(&mut world, 0, Affinity::ANY, sleeper()));
    run(&mut world, MS);
    let wake = |world: &mut World, v| {
        world.notify(v);
        world.unpause(v);
        settle(world);
        (0..3).find(|cpu| world.running(*cpu) == Some(v))
    };
    let stop = |world: &mut World, v| {
        world.pause(v);
        settle(world);
    };
    assert_eq!((wake(&mut world, a), wake(&mut world, b)), (Some(2), Some(0)));
    // The preferred one is taken: any other will do. It comes back to it when it can.
    let c = admit(&mut world, 0, fond, sleeper());
    assert_eq!(wake(&mut world, c), Some(1));
    stop(&mut world, a);
    stop(&mut world, c);
    assert_eq!(wake(&mut world, c), Some(2));
    // Without a preference for one of them, the last one, though it is not the first.
    stop(&mut world, b);
    assert_eq!(wake(&mut world, a), Some(0));
    stop(&mut world, a);
    world.change(&[sched::Change::Affinity(a, Affinity::hard(on(1)))], sched::When::Now).unwrap();
    assert_eq!(wake(&mut world, a), Some(1));
    stop(&mut world, a);
    world.change(&[sched::Change::Affinity(a, Affinity::ANY)], sched::When::Now).unwrap();
    assert_eq!(wake(&mut world, a), Some(1));
}

// [ARINC-R-06]
#[test]
fn yielding_ends_a_turn_only_if_another_one_waits() {
    let mut world = machine(1, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let half = || Act::Run(ns(MS / 2).into());
    let a = admit(&mut world, 0, Affinity::ANY, Load::once(&[half(), Act::Yield, half(), Act::Yield, half()]));
    hog(&mut world, 1);
    run(&mut world, MS * 3 / 4);
    assert_eq!((world.running(0), world.cpu(0).switches), (Some(a), 1));
    let b = hog(&mut world, 0);
    run(&mut world, MS);
    assert_eq!(world.running(0), Some(b));
    // Nobody of the other partition, who waits too, has come in between.
    assert_eq!((starts(&world, a), world.cpu(0).switches), (std::vec![0], 2));
    run(&mut world, 3 * MS);
    assert_eq!(starts(&world, a), [0, 2 * MS]);
}

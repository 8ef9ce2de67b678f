//! Windows start when planned, in every frame, whatever happened before.

use super::*;
use sched::sim::Periodic;

fn halves() -> [Window; 2] {
    [window(0, 0, 10), window(1, 10, 10)]
}

// [ARINC-R-01] [ARINC-R-02]
#[test]
fn windows_start_on_the_grid_in_every_frame() {
    let mut world = machine(1, 20, &halves());
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    run(&mut world, 2000 * MS);
    assert_eq!(starts(&world, a), (0..100).map(|k| k * 20 * MS).collect::<Vec<_>>());
    assert_eq!(starts(&world, b), (0..100).map(|k| (k * 20 + 10) * MS).collect::<Vec<_>>());
}

// [ARINC-R-03] [ARINC-R-11] [ARINC-R-12]
#[test]
fn lateness_never_accumulates() {
    let mut world = machine_with(params(20), Machine::new(1, VCPUS).costs(late(700)), 1, &halves());
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    run(&mut world, 20_000 * MS);
    // Every choice opens a window: at its planned start, or late by as much as timers are.
    for (index, (now, _, choice)) in (0..).zip(&world.observer.0) {
        assert_eq!(choice.due, Some(at(index * 10 * MS)));
        assert_eq!(now.since(choice.due.unwrap()), ns(if index == 0 { 0 } else { 700 }));
    }
    assert_eq!(starts(&world, b).last(), Some(&(19_970 * MS + 700)));
    for (v, overruns) in [(a, 1000), (b, 999)] {
        let service = world.pool().service(v, world.now());
        assert_eq!((service.worst_lateness, service.overruns), (ns(700), overruns));
    }
}

// [ARINC-R-02]
#[test]
fn unused_time_of_a_window_stays_idle() {
    let mut world = machine(1, 20, &halves());
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    run(&mut world, 3 * MS);
    world.pause(a);
    settle(&mut world);
    assert_eq!(world.running(0), None);
    run(&mut world, 9 * MS);
    assert_eq!(world.running(0), None);
    world.unpause(a);
    settle(&mut world);
    assert_eq!(world.running(0), Some(a));
    run(&mut world, 20 * MS);
    assert_eq!((served(&world, a, 0, 20 * MS), served(&world, b, 0, 20 * MS)), (4 * MS, 10 * MS));
}

// [ARINC-R-07]
#[test]
fn a_wake_outside_the_window_interrupts_nobody() {
    let mut world = machine(1, 20, &halves());
    let a = admit(&mut world, 0, Affinity::ANY, sleeper());
    let b = hog(&mut world, 1);
    run(&mut world, 15 * MS);
    let before = *world.cpu(0);
    world.notify(a);
    settle(&mut world);
    assert_eq!(*world.cpu(0), before);
    assert_eq!(world.running(0), Some(b));
    run(&mut world, 31 * MS);
    assert_eq!(starts(&world, a), [20 * MS]);
}

// [ARINC-R-07]
#[test]
fn a_timed_wake_is_heeded_from_the_next_window_on() {
    let windows = [window(0, 2, 3), window(1, 5, 5), window(0, 12, 4).on(on(1)), window(0, 13, 1).on(on(0))];
    let mut world = machine(2, 20, &windows);
    let a = admit(&mut world, 0, Affinity::ANY, sleeper());
    let nowhere = admit(&mut world, 7, Affinity::ANY, sleeper());
    let heeds = |ms: u64| world.pool().heeds(a, at(ms * MS)).nanos() / MS;
    assert_eq!([0, 2, 4, 5, 11, 12, 15, 16, 19].map(heeds), [2, 2, 4, 12, 12, 12, 15, 22, 22]);
    assert_eq!([20, 65, 1_000_000_017].map(heeds), [22, 72, 1_000_000_022]);
    assert_eq!(world.pool().heeds(nowhere, at(0)), sched::Instant::MAX);
    // A vCPU that does not exist has no windows to wait for.
    assert_eq!(world.pool().heeds(Vcpu(9), at(7)), at(7));
}

// [ARINC-R-01] [ARINC-R-07]
#[test]
fn a_task_with_a_window_per_period_has_no_jitter() {
    let mut world = machine(1, 10, &[window(0, 3, 2), window(1, 5, 5), window(1, 0, 3)]);
    for _ in 0..3 {
        hog(&mut world, 1);
    }
    let task = Periodic::new(ns(10 * MS), ns(MS)).phase(ns(13 * MS));
    let v = admit(&mut world, 0, Affinity::ANY, Load::periodic(task));
    run(&mut world, 10_000 * MS);
    let jobs = world.jobs(v);
    assert_eq!((jobs.latency.most, jobs.misses, jobs.count()), (ns(0), 0, 999));
    // In its window nobody stands in its way: each job takes as long as its work.
    assert_eq!((jobs.response.least, jobs.response.most), (ns(MS), ns(MS)));
}

// [ARINC-R-01] [ARINC-R-02]
#[test]
fn a_pcpu_without_windows_stays_idle_and_is_never_interrupted() {
    let mut world = machine(2, 20, &[window(0, 0, 10).on(on(0)), window(1, 0, 20).on(on(1)).of(1)]);
    let a = hog(&mut world, 0);
    hog(&mut world, 1);
    run(&mut world, 200 * MS);
    assert_eq!((served(&world, a, 0, 200 * MS), world.idle(1)), (100 * MS, ns(200 * MS)));
    assert_eq!(world.cpu(1).timers, 0);
}

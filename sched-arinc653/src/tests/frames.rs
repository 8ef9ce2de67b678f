//! Windows start when planned, in every frame, whatever happened before.

use super::*;
use sched::{Duration, Life, NoLog, Pool, Scheduler, Vcpu, Why};

/// Starts of the stretches of `v`, in ns.
fn starts(world: &Machine, v: Vcpu) -> Vec<u64> {
    world.runs.iter().filter(|run| run.v == v.0).map(|run| run.from).collect()
}

#[test]
fn windows_start_on_the_grid_in_every_frame() {
    let mut world = machine(1, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    world.run(2000 * MS);
    assert_eq!(starts(&world, a), (0..100).map(|k| k * 20 * MS).collect::<Vec<_>>());
    assert_eq!(starts(&world, b), (0..100).map(|k| (k * 20 + 10) * MS).collect::<Vec<_>>());
}

#[test]
fn lateness_never_accumulates() {
    let mut world = machine(1, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    world.late = 700;
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    world.run(20_000 * MS);
    for (_, _, choice) in &world.picks {
        assert!(choice.due.is_none_or(|due| due.nanos() % (10 * MS) == 0));
    }
    let last = starts(&world, b);
    assert_eq!(last[last.len() - 1] % (20 * MS), 10 * MS + 700);
    for v in [a, b] {
        let service = world.pool.service(v, at(world.now));
        assert_eq!(service.worst_lateness, ns(700));
        assert!(service.overruns >= 999);
    }
}

#[test]
fn after_a_million_frames_the_phase_is_exact() {
    let mut policy = Arinc653::new(
        std::vec![Slot::EMPTY; 2],
        std::vec![window(0, 0, 10), window(1, 10, 10)],
        params(20),
        cpus(1),
        at(0),
    )
    .unwrap();
    for v in [0, 1] {
        policy.add(Vcpu(v), Group(v), NoRow, Affinity::ANY, at(0)).unwrap();
        policy.wake(Vcpu(v), at(0));
    }
    let mut now = at(0);
    for step in 0..200_000 {
        if step == 100_000 {
            // A long sleep, not a window late.
            now = at(2_000_000 * 10 * MS);
        }
        let choice = policy.pick(Cpu(0), now + ns(700));
        policy.saved(Vcpu(u16::from(choice.run == Some(Vcpu(0)))), Cpu(0), now + ns(700));
        assert_eq!(choice.due, Some(now));
        now = choice.until.unwrap();
    }
    assert_eq!(now, at(2_100_000 * 10 * MS));
}

#[test]
fn a_delay_of_several_frames_resumes_in_phase() {
    let windows = std::vec![window(0, 2, 3), window(1, 10, 5)];
    let policy = Arinc653::new(std::vec![Slot::EMPTY; 2], windows, params(20), cpus(1), at(0)).unwrap();
    let mut pool = Pool::new(policy, std::vec![Life::ABSENT; 2], at(0));
    for v in [0, 1] {
        pool.add(Vcpu(v), Group(v), NoRow, Affinity::ANY, at(0), &mut NoLog).unwrap();
        pool.wake(Vcpu(v), at(0), &mut NoLog);
    }
    let mut look = |ms: u64, run: Option<u16>, until: u64, due: Option<u64>| {
        let choice = pool.pick(Cpu(0), at(ms * MS), &mut NoLog).choice;
        assert_eq!(choice.run, run.map(Vcpu), "at {ms}");
        assert_eq!(choice.until, Some(at(until * MS)), "at {ms}");
        assert_eq!(choice.due, due.map(|ms| at(ms * MS)), "at {ms}");
        for v in [0, 1] {
            pool.saved(Vcpu(v), Cpu(0), at(ms * MS), &mut NoLog);
        }
    };
    look(1, None, 2, None);
    look(2, Some(0), 5, Some(2));
    look(4, Some(0), 5, None);
    look(5, None, 10, None);
    // 3.2 frames late: in the first window of the fourth frame.
    look(64, Some(0), 65, Some(62));
    look(65, None, 70, None);
    look(134, Some(1), 135, Some(130));
    look(1_000_000_015, None, 1_000_000_022, None);
    look(1_000_000_022, Some(0), 1_000_000_025, Some(1_000_000_022));
}

#[test]
fn unused_time_of_a_window_stays_idle() {
    let mut world = machine(1, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    world.run(3 * MS);
    world.block(a, Why::Wait);
    assert_eq!(world.running(0), None);
    world.run(9 * MS);
    assert_eq!(world.running(0), None);
    world.wake(a);
    assert_eq!(world.running(0), Some(a.0));
    world.run(20 * MS);
    assert_eq!((world.served(a, 0, 20 * MS), world.served(b, 0, 20 * MS)), (4 * MS, 10 * MS));
}

#[test]
fn a_wake_outside_the_window_interrupts_nobody() {
    let mut world = machine(1, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let a = world.guest(0, NoRow, Affinity::ANY, Load::None);
    let b = hog(&mut world, 1);
    world.run(15 * MS);
    let picks = world.picks.len();
    world.wake(a);
    assert_eq!((world.picks.len(), world.kicks), (picks, 0));
    assert_eq!(world.running(0), Some(b.0));
    world.run(30 * MS);
    assert_eq!(starts(&world, a), [20 * MS]);
}

#[test]
fn a_timed_wake_is_heeded_from_the_next_window_on() {
    let windows = [window(0, 2, 3), window(1, 5, 5), window(0, 12, 4).on(on(1)), window(0, 13, 1).on(on(0))];
    let mut world = machine(2, 20, &windows);
    let a = world.guest(0, NoRow, Affinity::ANY, Load::None);
    let nowhere = world.guest(7, NoRow, Affinity::ANY, Load::None);
    let heeds = |ms: u64| world.pool.heeds(a, at(ms * MS)).nanos() / MS;
    assert_eq!([0, 2, 4, 5, 11, 12, 15, 16, 19].map(heeds), [2, 2, 4, 12, 12, 12, 15, 22, 22]);
    assert_eq!([20, 65, 1_000_000_017].map(heeds), [22, 72, 1_000_000_022]);
    assert_eq!(world.pool.heeds(nowhere, at(0)).since(at(0)), Duration::MAX);
}

#[test]
fn a_task_with_a_window_per_period_has_no_jitter() {
    let mut world = machine(1, 10, &[window(0, 3, 2), window(1, 5, 7 - 2), window(1, 0, 3)]);
    for _ in 0..3 {
        hog(&mut world, 1);
    }
    let task = Load::Task { phase: 13 * MS, period: 10 * MS, work: MS };
    let v = world.guest(0, NoRow, Affinity::ANY, task);
    world.run(10_000 * MS);
    let guest = &world.guests[v.index()];
    assert_eq!((guest.latency, guest.misses), ((0, 0), 0));
    assert!(guest.jobs >= 997);
}

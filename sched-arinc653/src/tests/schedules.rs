//! Several schedules in one table, slack, and the limit of lateness.

use super::*;
use sched::{Change, Scheduler, When, Why};

fn machine_with(pool: PoolParams, windows: &[Window]) -> Machine {
    let slots = std::vec![Slot::EMPTY; 16];
    World::new(Arinc653::new(slots, windows.to_vec(), pool, cpus(1), at(0)).unwrap(), 1, 16)
}

/// Schedule 0 gives partition 0 the first half of 20 ms and 1 the second; schedule 1 the other way round, and
/// partition 2 a window of its own.
fn two_schedules(pool: PoolParams) -> (Machine, [sched::Vcpu; 3]) {
    let windows =
        [window(0, 0, 10), window(1, 10, 10), window(1, 0, 10).of(1), window(2, 10, 5).of(1), window(0, 15, 5).of(1)];
    let mut world = machine_with(pool, &windows);
    let all = [0, 1, 2].map(|group| hog(&mut world, group));
    (world, all)
}

#[test]
fn another_schedule_begins_with_the_next_frame() {
    let (mut world, [a, b, c]) = two_schedules(params(20));
    world.run(45 * MS);
    let landing = PoolParams { schedule: 1, ..params(20) };
    assert!(world.change(&[Change::Pool(landing)], When::Boundary));
    world.run(100 * MS);
    // Frame 40 to 60 is that of the old schedule to its end.
    assert_eq!((world.served(a, 40 * MS, 50 * MS), world.served(b, 50 * MS, 60 * MS)), (10 * MS, 10 * MS));
    for frame in [60, 80] {
        assert_eq!(world.served(b, frame * MS, (frame + 10) * MS), 10 * MS);
        assert_eq!(world.served(c, (frame + 10) * MS, (frame + 15) * MS), 5 * MS);
        assert_eq!(world.served(a, (frame + 15) * MS, (frame + 20) * MS), 5 * MS);
    }
    assert_eq!(world.pool.service(b, at(world.now)).worst_lateness, ns(0));
}

#[test]
fn another_schedule_begins_at_once_if_asked_for() {
    let (mut world, [a, b, c]) = two_schedules(params(20));
    world.run(45 * MS);
    assert!(world.change(&[Change::Pool(PoolParams { schedule: 1, ..params(20) })], When::Now));
    assert_eq!(world.running(0), Some(b.0));
    world.run(60 * MS);
    assert_eq!((world.served(b, 45 * MS, 50 * MS), world.served(c, 50 * MS, 55 * MS)), (5 * MS, 5 * MS));
    assert_eq!(world.served(a, 55 * MS, 60 * MS), 5 * MS);
}

#[test]
fn a_change_of_mind_before_the_boundary_changes_nothing() {
    let (mut world, [a, ..]) = two_schedules(params(20));
    world.run(5 * MS);
    assert!(world.change(&[Change::Pool(PoolParams { schedule: 1, ..params(20) })], When::Boundary));
    assert_eq!(world.pool.alarm(), Some(at(20 * MS)));
    assert!(world.change(&[Change::Pool(params(20))], When::Boundary));
    assert_eq!(world.pool.alarm(), None);
    world.run(100 * MS);
    assert_eq!(world.served(a, 20 * MS, 100 * MS), 40 * MS);
}

#[test]
fn a_late_boundary_still_begins_at_the_frame() {
    let (mut world, [a, b, _]) = two_schedules(params(20));
    world.late = MS;
    world.run(5 * MS);
    assert!(world.change(&[Change::Pool(PoolParams { schedule: 1, ..params(20) })], When::Boundary));
    world.run(40 * MS);
    // Nobody of the old schedule runs in the new frame but for the lateness.
    assert_eq!(world.served(a, 21 * MS, 35 * MS), 0);
    assert_eq!(world.served(b, 21 * MS, 30 * MS), 9 * MS);
}

#[test]
fn a_schedule_without_windows_is_refused_and_changes_nothing() {
    let (mut world, _) = two_schedules(params(20));
    for schedule in [2, 7, 8, 255] {
        assert!(!world.change(&[Change::Pool(PoolParams { schedule, ..params(20) })], When::Now));
    }
    assert!(!world.change(&[Change::Pool(params(30))], When::Now));
    assert_eq!(world.pool.policy().plan.active(), 0);
    let wrong = PoolParams { schedule: 1, ..params(20) };
    assert!(crate::validate(&wrong, &[window(0, 0, 10)]).is_err());
    assert!(crate::validate(&params(20), &[window(0, 0, 10), window(0, 0, 10).of(8)]).is_err());
    assert!(crate::validate(&params(20), &[window(0, 0, 10), window(0, 0, 10).of(1)]).is_ok());
    assert!(crate::validate(&params(20), &[window(0, 0, 10).of(1), window(0, 5, 10).of(1), window(0, 0, 1)]).is_err());
}

#[test]
fn a_timed_wake_is_heeded_in_a_window_of_any_schedule() {
    let (world, [a, _, c]) = two_schedules(params(20));
    let heeds = |v, ms| world.pool.policy().heeds(v, at(ms * MS));
    assert_eq!(heeds(a, 12), at(15 * MS));
    assert_eq!(heeds(c, 1), at(10 * MS));
    assert_eq!(heeds(c, 16), at(30 * MS));
}

#[test]
fn slack_goes_to_the_partition_of_the_next_window_until_the_owner_wakes() {
    let pool = PoolParams { slack: Slack::Next, ..params(20) };
    let mut world = machine_with(pool, &[window(0, 0, 10), window(1, 12, 8)]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    world.run(42 * MS);
    // The gap between the windows is used too.
    assert_eq!((world.served(a, 0, 10 * MS), world.served(b, 10 * MS, 20 * MS)), (10 * MS, 10 * MS));
    world.block(a, Why::Wait);
    world.run(44 * MS);
    assert_eq!(world.running(0), Some(b.0));
    world.wake(a);
    assert_eq!(world.running(0), Some(a.0));
    world.run(60 * MS);
    assert_eq!(world.served(a, 44 * MS, 50 * MS), 6 * MS);
    // A guest's time is no window of its own: neither late nor over.
    let service = world.pool.service(b, at(world.now));
    assert_eq!((service.overruns, service.worst_lateness), (0, ns(0)));
}

#[test]
fn without_slack_unused_time_stays_idle() {
    let mut world = machine_with(params(20), &[window(0, 0, 10), window(1, 12, 8)]);
    let b = hog(&mut world, 1);
    world.run(40 * MS);
    assert_eq!(world.served(b, 0, 12 * MS) + world.served(b, 20 * MS, 32 * MS), 0);
}

#[test]
fn a_start_later_than_the_limit_is_a_shortfall() {
    for (limit, expected) in [(0, 0), (700, 0), (699, 10)] {
        let pool = PoolParams { lateness_limit: ns(limit), ..params(20) };
        let mut world = machine_with(pool, &[window(0, 0, 10), window(1, 10, 10)]);
        world.late = 700;
        let b = {
            hog(&mut world, 0);
            hog(&mut world, 1)
        };
        world.run(205 * MS);
        assert_eq!(world.pool.service(b, at(world.now)).shortfalls, expected, "limit {limit}");
    }
}

//! Several schedules in one table: which is in force, and from when on.

use super::*;
use sched::{Change, When};

/// Schedule 0 gives partition 0 the first half of 20 ms and 1 the second; schedule 1 the other way round, and
/// partition 2 a window of its own.
fn two_schedules(costs: sched::sim::Costs) -> (World, [Vcpu; 3]) {
    let windows =
        [window(0, 0, 10), window(1, 10, 10), window(1, 0, 10).of(1), window(2, 10, 5).of(1), window(0, 15, 5).of(1)];
    let mut world = machine_with(params(20), Machine::new(1, VCPUS).costs(costs), 1, &windows);
    let all = [0, 1, 2].map(|group| hog(&mut world, group));
    (world, all)
}

fn to(schedule: u8) -> [Change<Policy>; 1] {
    [Change::Pool(PoolParams { schedule, ..params(20) })]
}

// [ARINC-R-09]
#[test]
fn another_schedule_begins_with_the_next_frame() {
    let (mut world, [a, b, c]) = two_schedules(late(0));
    run(&mut world, 45 * MS);
    world.change(&to(1), When::Boundary).unwrap();
    run(&mut world, 100 * MS);
    // Frame 40 to 60 is that of the old schedule to its end.
    assert_eq!((served(&world, a, 40 * MS, 50 * MS), served(&world, b, 50 * MS, 60 * MS)), (10 * MS, 10 * MS));
    for frame in [60, 80] {
        assert_eq!(served(&world, b, frame * MS, (frame + 10) * MS), 10 * MS);
        assert_eq!(served(&world, c, (frame + 10) * MS, (frame + 15) * MS), 5 * MS);
        assert_eq!(served(&world, a, (frame + 15) * MS, (frame + 20) * MS), 5 * MS);
    }
    assert_eq!(world.pool().service(b, world.now()).worst_lateness, ns(0));
}

// [ARINC-R-09]
#[test]
fn another_schedule_begins_at_once_if_asked_for() {
    let (mut world, [a, b, c]) = two_schedules(late(0));
    run(&mut world, 45 * MS);
    world.change(&to(1), When::Now).unwrap();
    settle(&mut world);
    assert_eq!(world.running(0), Some(b));
    run(&mut world, 60 * MS);
    assert_eq!((served(&world, b, 45 * MS, 50 * MS), served(&world, c, 50 * MS, 55 * MS)), (5 * MS, 5 * MS));
    assert_eq!(served(&world, a, 55 * MS, 60 * MS), 5 * MS);
}

// [ARINC-R-09]
#[test]
fn a_change_of_mind_before_the_boundary_changes_nothing() {
    let (mut world, [a, ..]) = two_schedules(late(0));
    run(&mut world, 5 * MS);
    world.change(&to(1), When::Boundary).unwrap();
    assert_eq!(world.pool().alarm(), Some(at(20 * MS)));
    world.change(&to(0), When::Boundary).unwrap();
    assert_eq!(world.pool().alarm(), None);
    run(&mut world, 100 * MS);
    assert_eq!(served(&world, a, 20 * MS, 100 * MS), 40 * MS);
}

// [ARINC-R-03] [ARINC-R-09]
#[test]
fn a_late_boundary_still_begins_at_the_frame() {
    let (mut world, [a, b, _]) = two_schedules(late(MS));
    run(&mut world, 5 * MS);
    world.change(&to(1), When::Boundary).unwrap();
    run(&mut world, 40 * MS);
    // Nobody of the old schedule runs in the new frame but for the lateness.
    assert_eq!(served(&world, a, 21 * MS, 35 * MS), 0);
    assert_eq!(served(&world, b, 21 * MS, 30 * MS), 9 * MS);
}

// [ARINC-R-09]
#[test]
fn a_pick_at_the_boundary_switches_all_pcpus_even_before_the_alarm_is_handled() {
    use sched::Scheduler;
    let mut policy = policy(2, params(20), &[window(0, 0, 20), window(1, 0, 20).of(1)]);
    for v in 0..4 {
        policy.add(Vcpu(v), Group(v / 2), NoRow, Affinity::ANY, at(0)).unwrap();
        policy.wake(Vcpu(v), at(0));
    }
    assert!((0..2).all(|cpu| policy.pick(Cpu(cpu), at(0)).run.is_some_and(|v| v.0 < 2)));
    assert_eq!(policy.change(&to(1), When::Boundary, at(5 * MS)), Ok(CpuSet::EMPTY));
    assert!(policy.expire(at(20 * MS - 1)).is_empty());
    let choice = policy.pick(Cpu(1), at(20 * MS));
    assert!(choice.run.is_some_and(|v| v.0 >= 2) && choice.kick.contains(Cpu(0)) && !choice.kick.contains(Cpu(1)));
    assert_eq!((policy.alarm(), policy.expire(at(20 * MS))), (None, CpuSet::EMPTY));
    assert!(policy.pick(Cpu(0), at(20 * MS)).run.is_some_and(|v| v.0 >= 2));
}

// [ARINC-R-16] [ARINC-R-20]
#[test]
fn a_schedule_without_windows_is_refused_and_changes_nothing() {
    let (mut world, [a, ..]) = two_schedules(late(0));
    run(&mut world, 5 * MS);
    let before = world.policy().clone();
    for schedule in [2, 7, 8, 255] {
        let refused = world.change(&to(schedule), When::Now).unwrap_err();
        assert_eq!((refused.key, refused.has), (1, schedule.into()));
    }
    let refused = world.change(&[Change::Pool(params(30))], When::Now).unwrap_err();
    assert_eq!((refused.key, refused.needs, refused.has), (0, 20 * MS, 30 * MS));
    assert!(*world.policy() == before);
    run(&mut world, 45 * MS);
    assert_eq!(served(&world, a, 0, 45 * MS), 25 * MS);
}

// [ARINC-R-07]
#[test]
fn a_timed_wake_is_heeded_in_a_window_of_any_schedule() {
    let (world, [a, _, c]) = two_schedules(late(0));
    let heeds = |v, ms| world.pool().heeds(v, at(ms * MS));
    assert_eq!(heeds(a, 12), at(15 * MS));
    assert_eq!(heeds(c, 1), at(10 * MS));
    assert_eq!(heeds(c, 16), at(30 * MS));
}

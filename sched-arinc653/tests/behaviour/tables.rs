//! Tables: which are taken, which are not, and changes between their schedules.

use crate::machine::{run, served, starts};
use crate::*;
use sched::{Change, Cpu, NoLog, Row, Scheduler, When};
use sched_arinc653::{MOST_WINDOWS, Slack};

// [ARINC-R-13] [ARINC-R-16] [ARINC-R-20]
#[test]
fn ar04_bad_tables_are_refused_and_the_table_in_force_goes_on() {
    let refused = |frame: u64, windows: &[Window]| {
        let slots = vec![Slot::EMPTY; 8];
        Arinc653::new(slots, windows.to_vec(), params(frame), cpus(1), at(0)).err().map(|refused| refused.key)
    };
    let more: Vec<_> = (0..=MOST_WINDOWS as u64).map(|k| window(0, k, 1)).collect();
    assert_eq!(refused(20, &halves()), None);
    assert_eq!(refused(19, &halves()), Some(2));
    assert_eq!(refused(20, &[]), Some(0));
    assert_eq!(refused(2000, &more), Some(0));
    assert_eq!(refused(20, &[window(0, 0, 0)]), Some(2));
    assert_eq!(refused(0, &halves()), Some(0));
    let mut world = single(params(20), &halves());
    let [a, b] = [0, 1].map(|group| hog(&mut world, group));
    for step in 1..50 {
        run(&mut world, step * 7 * MS);
        let wrong = if step % 2 == 0 { params(19) } else { PoolParams { schedule: 1, ..params(20) } };
        assert!(world.change(&[Change::Pool(wrong)], When::Now).is_err());
    }
    run(&mut world, 360 * MS);
    assert_eq!(starts(&world, a), (0..18).map(|k| k * 20 * MS).collect::<Vec<_>>());
    assert_eq!(starts(&world, b), (0..18).map(|k| (k * 20 + 10) * MS).collect::<Vec<_>>());
}

// [ARINC-R-01] [ARINC-R-13]
#[test]
fn ar05_the_largest_table_fills_its_frame_and_keeps_every_instant() {
    let count = MOST_WINDOWS as u64;
    let windows: Vec<_> = (0..count).map(|k| window((k % 2) as u16, k, 1)).collect();
    let mut world = single(params(count), &windows);
    let all = [0, 1].map(|group| hog(&mut world, group));
    run(&mut world, 10 * count * MS);
    for (group, v) in (0..2).zip(all) {
        let planned = (0..10 * count).filter(|ms| ms % 2 == group).map(|ms| ms * MS);
        assert!(starts(&world, v).into_iter().eq(planned));
    }
    assert_eq!(world.idle(0), ns(0));
}

// [ARINC-R-01] [ARINC-R-02]
#[test]
fn ar07_a_window_of_a_partition_without_vcpus_idles_and_the_others_keep_their_instants() {
    let mut world = single(params(20), &[window(0, 0, 5), window(7, 5, 10), window(1, 15, 5)]);
    let [a, b] = [0, 1].map(|group| hog(&mut world, group));
    run(&mut world, 10 * SECONDS);
    assert_eq!(starts(&world, a), (0..500).map(|k| k * 20 * MS).collect::<Vec<_>>());
    assert_eq!(starts(&world, b), (0..500).map(|k| (k * 20 + 15) * MS).collect::<Vec<_>>());
    assert_eq!(world.idle(0), ns(5 * SECONDS));
}

// [ARINC-R-09]
#[test]
fn ar14_another_schedule_begins_with_the_next_frame_or_at_once() {
    for (when, first) in [(When::Boundary, 40), (When::Now, 25)] {
        let mut world = single(params(20), &[window(0, 0, 20), window(1, 0, 20).of(1)]);
        let [a, b] = [0, 1].map(|group| hog(&mut world, group));
        run(&mut world, 25 * MS);
        world.change(&[Change::Pool(PoolParams { schedule: 1, ..params(20) })], when).unwrap();
        run(&mut world, 10 * SECONDS);
        assert_eq!((served(&world, a, 0, first * MS), world.cpu_time(a)), (first * MS, ns(first * MS)));
        assert_eq!(world.cpu_time(b), ns(10 * SECONDS - first * MS));
    }
}

// [ARINC-R-14]
#[test]
fn ar16_what_was_set_is_what_holds() {
    let pool = PoolParams { schedule: 3, slack: Slack::Next, lateness_limit: ns(500), ..params(20) };
    let mut row = [0; 4];
    pool.write(&mut row);
    assert_eq!(PoolParams::read(&row), Ok(pool));
    let mut row = [0; 5];
    let one = window(2, 3, 4).on(cpus(2)).of(3);
    one.write(&mut row);
    assert_eq!(Window::read(&row), Ok(one));
    for wrong in [[0, 0, 1, 1, 8], [1 << 16, 0, 1, 1, 0], [0, 0, u64::MAX, 1, 0]] {
        assert!(Window::read(&wrong).is_err());
    }
    for wrong in [[999, 0, 0, 0], [20 * MS, 8, 0, 0], [20 * MS, 0, 2, 0], [20 * MS, 0, 0, u64::MAX]] {
        assert!(PoolParams::read(&wrong).is_err());
    }
}

// [ARINC-R-01] [ARINC-R-19]
#[test]
fn ar17_a_partition_that_leaves_and_comes_back_is_active_in_its_next_window() {
    let mut world = single(params(20), &halves());
    let [a, b] = [0, 1].map(|group| hog(&mut world, group));
    run(&mut world, 35 * MS);
    assert_eq!(world.cpu_time(b), ns(15 * MS));
    world.pause(b);
    run(&mut world, 35 * MS);
    world.remove(b).unwrap();
    run(&mut world, 65 * MS);
    assert_eq!(world.idle(0), ns(15 * MS));
    let again = hog(&mut world, 1);
    run(&mut world, 80 * MS);
    assert_eq!(starts(&world, again), [70 * MS]);
    assert_eq!((served(&world, again, 70 * MS, 80 * MS), served(&world, a, 60 * MS, 70 * MS)), (10 * MS, 10 * MS));
}

// [ARINC-R-01]
#[test]
fn ar23_two_pools_with_different_tables_do_not_influence_each_other() {
    let beside = |other: bool| {
        let mut world = single(params(20), &halves());
        let mut beside = single(params(7), &[window(0, 1, 3)]);
        let v = hog(&mut world, 1);
        hog(&mut beside, 0);
        for step in 1..2000 {
            run(&mut world, step * 5 * MS);
            if other {
                run(&mut beside, step * 5 * MS);
                let pool = Change::Pool(PoolParams { slack: Slack::Next, ..params(7) });
                beside.change(&[pool], When::Boundary).unwrap();
            }
        }
        (starts(&world, v), world.observer.0)
    };
    assert_eq!(beside(true), beside(false));
}

// [ARINC-R-16]
#[test]
fn g12_a_change_of_many_is_all_or_nothing() {
    let mut policy = policy(2, params(20), &[window(0, 0, 10), window(1, 10, 10), window(1, 0, 20).of(1)]);
    let v = Vcpu(0);
    policy.add(v, Group(0), NoRow, Affinity::ANY, at(0)).unwrap();
    let mut pool = sched::Pool::new(policy, vec![sched::Life::ABSENT; 8], at(0));
    let slack = PoolParams { schedule: 1, slack: Slack::Next, lateness_limit: ns(5), ..params(20) };
    let good = [Change::Pool(slack), Change::Affinity(v, Affinity::hard(cpus(2))), Change::Cpus(cpus(6))];
    let bad = [
        Change::Cpus(CpuSet::EMPTY),
        Change::Vcpu(Vcpu(900), NoRow),
        Change::Affinity(Vcpu(1), Affinity::ANY),
        // It was a pCPU of the pool before the changes in front of it.
        Change::Affinity(v, Affinity::hard(CpuSet::only(Cpu(0)))),
        Change::Pool(params(30)),
        Change::Pool(PoolParams { schedule: 2, ..params(20) }),
    ];
    let before = pool.policy().clone();
    for last in bad {
        for when in [When::Now, When::Boundary] {
            let all = [good[0], good[1], good[2], last];
            assert!(pool.change(&all, when, at(0), &mut NoLog).refused.is_some());
            assert!(*pool.policy() == before);
        }
    }
    assert!(pool.change(&good, When::Now, at(0), &mut NoLog).refused.is_none());
    assert!(*pool.policy() != before);
    assert_eq!(pool.policy().in_force(v), Some((NoRow, Affinity::hard(cpus(2)))));
}

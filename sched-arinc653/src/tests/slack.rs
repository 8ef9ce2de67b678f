//! Time that its owner does not use, and windows that start late.

use super::*;
use sched::{Change, When};

fn shared(frame: u64) -> PoolParams {
    PoolParams { slack: Slack::Next, ..params(frame) }
}

fn single(pool: PoolParams, windows: &[Window]) -> World {
    machine_with(pool, Machine::new(1, VCPUS), 1, windows)
}

// [ARINC-R-08] [ARINC-R-11] [ARINC-R-12]
#[test]
fn slack_goes_to_the_partition_of_the_next_window_until_the_owner_wakes() {
    let mut world = single(shared(20), &[window(0, 0, 10), window(1, 12, 8)]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    run(&mut world, 42 * MS);
    // The gap between the windows is used too.
    assert_eq!((served(&world, a, 0, 10 * MS), served(&world, b, 10 * MS, 20 * MS)), (10 * MS, 10 * MS));
    world.pause(a);
    run(&mut world, 44 * MS);
    assert_eq!(world.running(0), Some(b));
    world.unpause(a);
    settle(&mut world);
    assert_eq!(world.running(0), Some(a));
    run(&mut world, 60 * MS);
    assert_eq!(served(&world, a, 44 * MS, 50 * MS), 6 * MS);
    // A guest's time is no window of its own: neither late nor over.
    let service = world.pool().service(b, world.now());
    assert_eq!((service.overruns, service.worst_lateness), (0, ns(0)));
    let planned = |due: &sched::Instant| [0, 12 * MS].contains(&(due.nanos() % (20 * MS)));
    assert!(world.observer.0.iter().filter_map(|(_, _, choice)| choice.due).all(|due| planned(&due)));
}

// [ARINC-R-02]
#[test]
fn without_slack_unused_time_stays_idle() {
    let mut world = single(params(20), &[window(0, 0, 10), window(1, 12, 8)]);
    let b = hog(&mut world, 1);
    run(&mut world, 40 * MS);
    assert_eq!(served(&world, b, 0, 12 * MS) + served(&world, b, 20 * MS, 32 * MS), 0);
    assert_eq!(served(&world, b, 0, 40 * MS), 16 * MS);
}

// [ARINC-R-08]
#[test]
fn a_guest_that_wakes_takes_an_idle_pcpu_and_shares_it_with_other_guests_but_never_with_the_owner() {
    let mut world = single(shared(20), &[window(0, 0, 10), window(1, 10, 10)]);
    let a = hog(&mut world, 0);
    let (b, c) = (admit(&mut world, 1, Affinity::ANY, sleeper()), admit(&mut world, 1, Affinity::ANY, sleeper()));
    run(&mut world, 2 * MS);
    world.pause(a);
    settle(&mut world);
    world.notify(b);
    settle(&mut world);
    assert_eq!(world.running(0), Some(b));
    world.notify(c);
    run(&mut world, 6 * MS);
    assert_eq!((served(&world, b, 2 * MS, 6 * MS), served(&world, c, 2 * MS, 6 * MS)), (2 * MS, 2 * MS));
    world.pause(c);
    world.unpause(a);
    settle(&mut world);
    let kicks = world.cpu(0).kicks;
    world.unpause(c);
    settle(&mut world);
    assert_eq!((world.running(0), world.cpu(0).kicks), (Some(a), kicks));
}

// [ARINC-R-08] [ARINC-R-10]
#[test]
fn slack_that_is_forbidden_ends_with_the_next_decision_and_may_be_allowed_again() {
    let mut world = single(shared(20), &[window(0, 0, 10), window(1, 10, 10)]);
    let b = hog(&mut world, 1);
    run(&mut world, 20 * MS);
    assert_eq!(served(&world, b, 0, 20 * MS), 20 * MS);
    world.change(&[Change::Pool(params(20))], When::Now).unwrap();
    run(&mut world, 60 * MS);
    assert_eq!(served(&world, b, 40 * MS, 60 * MS), 10 * MS);
    world.change(&[Change::Pool(shared(20))], When::Now).unwrap();
    run(&mut world, 100 * MS);
    assert_eq!(served(&world, b, 80 * MS, 100 * MS), 20 * MS);
}

// [ARINC-R-12]
#[test]
fn a_start_later_than_the_limit_is_a_shortfall() {
    for (limit, expected) in [(0, 0), (700, 0), (699, 10)] {
        let pool = PoolParams { lateness_limit: ns(limit), ..params(20) };
        let machine = Machine::new(1, VCPUS).costs(late(700));
        let mut world = machine_with(pool, machine, 1, &[window(0, 0, 10), window(1, 10, 10)]);
        let b = {
            hog(&mut world, 0);
            hog(&mut world, 1)
        };
        run(&mut world, 205 * MS);
        assert_eq!(world.pool().service(b, world.now()).shortfalls, expected, "limit {limit}");
    }
}

// [ARINC-R-10]
#[test]
fn another_limit_of_lateness_counts_from_the_next_window_on() {
    let machine = Machine::new(1, VCPUS).costs(late(700));
    let mut world = machine_with(params(20), machine, 1, &[window(0, 0, 20)]);
    let a = hog(&mut world, 0);
    run(&mut world, 50 * MS);
    let strict = PoolParams { lateness_limit: ns(699), ..params(20) };
    world.change(&[Change::Pool(strict)], When::Boundary).unwrap();
    run(&mut world, 110 * MS);
    assert_eq!(world.pool().service(a, world.now()).shortfalls, 3);
}

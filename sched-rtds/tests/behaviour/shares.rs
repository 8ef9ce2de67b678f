//! Who gets how much, and in which period.

use crate::*;

// [RTDS-R-01]
#[test]
fn rt01_a_hog_gets_its_budget_in_every_period() {
    let mut world = single();
    let v = hog(&mut world, reserve(10_000, 4_000, false));
    world.run(10 * SECONDS);
    assert_eq!(least_and_most(&world, v, 10, 10_000), (4 * MS, 4 * MS));
}

// [RTDS-R-01]
#[test]
fn rt02_two_halves_both_get_theirs_in_every_period() {
    let mut world = single();
    let both = [0, 1].map(|_| hog(&mut world, reserve(10_000, 5_000, false)));
    world.run(10 * SECONDS);
    for v in both {
        assert_eq!(least_and_most(&world, v, 10, 10_000), (5 * MS, 5 * MS));
    }
}

// [RTDS-R-01] [RTDS-R-04]
#[test]
fn rt04_full_utilisation_misses_nothing() {
    let mut world = single();
    let all = [(10, 4), (15, 6), (20, 4)];
    let all = all.map(|(period, budget)| (hog(&mut world, reserve(period * 1000, budget * 1000, false)), period));
    world.run(10 * SECONDS);
    for (v, period) in all {
        let (least, most) = least_and_most(&world, v, period, 9_960);
        assert_eq!(least, most, "period {period}");
        assert_eq!(world.pool.service(v, at(world.now)).shortfalls, 0);
    }
}

// [RTDS-R-02]
#[test]
fn rt05_a_used_up_budget_leaves_the_pcpu_idle() {
    let mut world = single();
    let v = hog(&mut world, reserve(10_000, 4_000, false));
    world.run(7 * MS);
    assert_eq!(world.running(0), None);
    assert_eq!(world.served(v, 4 * MS, 7 * MS), 0);
}

// [RTDS-R-06]
#[test]
fn rt07_extratime_takes_the_rest_and_nothing_of_a_reservation() {
    let mut world = single();
    let a = hog(&mut world, reserve(10_000, 2_000, true));
    let b = hog(&mut world, reserve(10_000, 5_000, false));
    world.run(10 * SECONDS);
    assert_eq!(least_and_most(&world, b, 10, 10_000), (5 * MS, 5 * MS));
    assert_eq!(share(&world, a, 10_000), 500);
}

// [RTDS-R-01]
#[test]
fn rt08_a_reservation_with_extratime_holds_beside_a_longer_one() {
    let mut world = single();
    let a = hog(&mut world, reserve(10_000, 4_000, true));
    let b = hog(&mut world, reserve(100_000, 50_000, true));
    world.run(10 * SECONDS);
    assert!(least_and_most(&world, a, 10, 10_000).0 >= 4 * MS);
    assert!(least_and_most(&world, b, 100, 10_000).0 >= 50 * MS);
    let mut world = single();
    let a = hog(&mut world, reserve(1_000, 200, true));
    let b = hog(&mut world, reserve(20_000, 10_000, true));
    world.run(2 * SECONDS);
    assert!(least_and_most(&world, a, 1, 2_000).0 >= MS / 5);
    assert!(least_and_most(&world, b, 20, 2_000).0 >= 10 * MS);
}

// [RTDS-R-01]
#[test]
fn rt10_mixed_periods_are_replenished_in_time() {
    let mut world = single();
    let all = [(10, 2), (15, 3), (100, 50)];
    let all =
        all.map(|(period, budget)| (hog(&mut world, reserve(period * 1000, budget * 1000, true)), period, budget));
    world.run(9 * SECONDS);
    for (v, period, budget) in all {
        assert!(least_and_most(&world, v, period, 9_000).0 >= budget * MS, "period {period}");
        let service = world.pool.service(v, at(world.now));
        assert_eq!((service.shortfalls, service.worst_lateness), (0, ns(0)));
    }
    let mut world = single();
    let both = [0, 1].map(|_| hog(&mut world, reserve(10_000, 4_000, true)));
    world.run(10 * SECONDS);
    assert!(both.iter().all(|v| (490..=510).contains(&share(&world, *v, 10_000))));
}

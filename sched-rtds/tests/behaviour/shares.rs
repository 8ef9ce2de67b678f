//! Who gets how much, and in which period.

use crate::*;

// [RTDS-R-01] [RTDS-R-02]
#[test]
fn rt01_a_hog_gets_its_budget_in_every_period() {
    let mut world = single();
    let v = hog(&mut world, hard(10, 4));
    world.run_for(ms(10_000));
    assert_eq!(world.share(v), 40.0);
    assert_eq!(least_and_most(&world, v, ms(10)), (ms(4), ms(4)));
}

// [RTDS-R-01]
#[test]
fn rt02_two_halves_both_get_theirs_in_every_period() {
    let mut world = single();
    let both = [0; 2].map(|_| hog(&mut world, hard(10, 5)));
    world.run_for(ms(10_000));
    for v in both {
        assert_eq!(least_and_most(&world, v, ms(10)), (ms(5), ms(5)));
    }
}

// [RTDS-R-01] [RTDS-R-04] [RTDS-R-18]
#[test]
fn rt04_full_utilisation_misses_nothing() {
    let mut world = single();
    let all = [(10, 4), (15, 6), (20, 4)].map(|(p, q)| (hog(&mut world, hard(p, q)), p, q));
    world.run_for(ms(10_000));
    for (v, period, budget) in all {
        assert_eq!(least_and_most(&world, v, ms(period)), (ms(budget), ms(budget)), "period {period}");
        assert_eq!(shortfalls(&world, v), 0);
    }
    assert_eq!(world.idle(0), Duration::ZERO);
}

// [RTDS-R-02]
#[test]
fn rt05_a_used_up_budget_leaves_the_pcpu_idle() {
    let mut world = single();
    let v = hog(&mut world, hard(10, 4));
    world.run_until(at(7));
    assert_eq!((world.running(0), got(&world, v, 4, 7)), (None, Duration::ZERO));
    world.run_until(at(10_000));
    assert_eq!(world.idle(0), ms(6000));
}

// [RTDS-R-06]
#[test]
fn rt07_extratime_takes_the_rest_and_nothing_of_a_reservation() {
    let mut world = single();
    let (a, b) = (hog(&mut world, soft(10, 2)), hog(&mut world, hard(10, 5)));
    world.run_for(ms(10_000));
    assert_eq!(least_and_most(&world, b, ms(10)), (ms(5), ms(5)));
    assert_eq!((world.share(a), world.idle(0)), (50.0, Duration::ZERO));
}

// [RTDS-R-01] [RTDS-R-05] [RTDS-R-06]
#[test]
fn rt08_a_reservation_with_extratime_holds_beside_a_longer_one() {
    let mut world = single();
    let (a, b) = (hog(&mut world, soft(10, 4)), hog(&mut world, soft(100, 50)));
    world.run_for(ms(10_000));
    assert!(least_and_most(&world, a, ms(10)).0 >= ms(4));
    assert!(least_and_most(&world, b, ms(100)).0 >= ms(50));
    // The last tenth is shared.
    assert!((world.share(a) - 45.0).abs() < 1.0 && (world.share(b) - 55.0).abs() < 1.0);
    let mut world = single();
    let a = hog(&mut world, VcpuParams::reserve(us(200), us(1000), true).unwrap());
    let b = hog(&mut world, soft(20, 10));
    world.run_for(ms(10_000));
    assert!(least_and_most(&world, a, ms(1)).0 >= us(200));
    assert!(least_and_most(&world, b, ms(20)).0 >= ms(10));
}

// [RTDS-R-01] [RTDS-R-06] [RTDS-R-18]
#[test]
fn rt10_mixed_periods_are_replenished_in_time() {
    let mut world = single();
    let all = [(10, 2), (15, 3), (100, 50)].map(|(p, q)| (hog(&mut world, soft(p, q)), p, q));
    world.run_for(ms(10_000));
    for (v, period, budget) in all {
        assert!(least_and_most(&world, v, ms(period)).0 >= ms(budget), "period {period}");
        let service = world.pool().service(v, world.now());
        assert_eq!((service.shortfalls, service.worst_lateness), (0, Duration::ZERO));
    }
    let mut world = single();
    let both = [0; 2].map(|_| hog(&mut world, soft(10, 4)));
    world.run_for(ms(10_000));
    assert!(both.iter().all(|v| (world.share(*v) - 50.0).abs() <= 1.0));
}

//! What every policy whose vCPUs have a slice in every period promises: [`sched::global::server`] behind the seam.
//! Without extra time, on one pCPU.

use super::world::MS;
use super::*;
use sched::{Change, When, Why};

fn service(world: &Machine, v: Vcpu) -> sched::Service {
    world.pool.service(v, at(world.now))
}

#[test]
fn running_over_is_counted_and_paid_by_the_next_slice() {
    let mut world = machine(1);
    let v = hog(&mut world, reserved(10, 4));
    world.late = MS;
    world.run(10 * MS);
    assert_eq!((world.served(v, 0, 10 * MS), service(&world, v).overruns), (5 * MS, 1));
    world.run(15 * MS);
    // Its timer and its renewal came late: from 11 to 15 ms it had the 3 ms that were left, and 1 ms too much again.
    assert_eq!((world.served(v, 10 * MS, 15 * MS), service(&world, v).overruns), (4 * MS, 2));
    assert_eq!(service(&world, v).worst_lateness, ns(MS));
    assert_eq!(service(&world, v).shortfalls, 0);
}

#[test]
fn a_debt_is_at_most_one_slice() {
    let mut world = machine(1);
    let v = hog(&mut world, reserved(10, 4));
    hog(&mut world, plain());
    world.late = 23 * MS;
    world.run(27 * MS);
    assert_eq!(world.served(v, 0, 27 * MS), 27 * MS, "for nobody told it to stop");
    world.late = 0;
    world.run(60 * MS);
    let had = [30, 40, 50].map(|from| world.served(v, from * MS, (from + 10) * MS));
    assert_eq!(had, [0, 4 * MS, 4 * MS]);
}

#[test]
fn a_debt_is_paid_by_a_slice_as_long_as_its_period_too() {
    let mut world = machine(1);
    let v = hog(&mut world, reserved(10, 4));
    world.late = 2 * MS;
    world.run(8 * MS);
    assert_eq!(world.served(v, 0, 8 * MS), 6 * MS);
    world.late = 0;
    assert!(world.change(&[Change::Vcpu(v, reserved(10, 10))], When::Now));
    world.run(48 * MS);
    assert_eq!(world.served(v, 8 * MS, 18 * MS), 8 * MS);
    assert_eq!(world.served(v, 18 * MS, 48 * MS), 30 * MS);
}

#[test]
fn a_slice_as_long_as_its_period_is_not_interrupted_alone() {
    let mut world = machine(1);
    let v = hog(&mut world, reserved(10, 10));
    world.run(1000 * MS);
    assert_eq!((world.ticks, world.served(v, 0, 1000 * MS)), (0, 1000 * MS));
}

#[test]
fn a_period_through_which_it_waits_is_a_shortfall() {
    let mut world = machine(1);
    let all = [hog(&mut world, reserved(10, 10)), hog(&mut world, reserved(30, 3))];
    world.run(90 * MS);
    let short = all.map(|v| service(&world, v).shortfalls);
    // The short deadlines go first until both end at 30 ms; whoever gets it then, the pCPU is too small for both.
    assert!(short[0] + short[1] >= 3, "{short:?}");
    world.block(all[0], Why::Wait);
    world.run(120 * MS);
    let before = service(&world, all[1]).shortfalls;
    world.run(300 * MS);
    assert_eq!(service(&world, all[1]).shortfalls, before, "alone it has all of its slices");
}

#[test]
fn a_yield_inside_a_slice_lets_one_with_the_same_deadline_go_first_and_costs_nothing() {
    let mut world = machine(1);
    let (a, b) = (hog(&mut world, reserved(20, 5)), hog(&mut world, reserved(20, 5)));
    world.run(MS);
    world.yield_now(a);
    world.run(40 * MS);
    let had = [(0, 1), (1, 6), (6, 10), (10, 20)].map(|(from, to)| {
        let had = |v| world.served(v, from * MS, to * MS) / MS;
        (had(a), had(b))
    });
    assert_eq!(had, [(1, 0), (0, 5), (4, 0), (0, 0)]);
    assert_eq!([a, b].map(|v| world.served(v, 20 * MS, 40 * MS)), [5 * MS; 2]);
}

#[test]
fn a_yield_inside_a_slice_changes_nothing_for_a_later_deadline() {
    let mut world = machine(1);
    let (a, _) = (hog(&mut world, reserved(20, 5)), hog(&mut world, reserved(30, 5)));
    world.run(MS);
    let picks = world.picks.len();
    world.yield_now(a);
    assert_eq!((world.picks.len(), world.running(0)), (picks, Some(a.0)));
    world.run(5 * MS);
    assert_eq!(world.served(a, 0, 5 * MS), 5 * MS);
}

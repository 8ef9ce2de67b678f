//! Affinity and pCPUs that change while vCPUs run.

use super::*;
use sched::{Change, Scheduler, When};

fn change(world: &mut World, change: Change<Policy>) {
    world.change(&[change], When::Now).unwrap();
    settle(world);
}

// [ARINC-R-15]
#[test]
fn a_hard_affinity_is_honoured_in_placement() {
    let mut world = machine(2, 20, &[window(0, 0, 10)]);
    let [a, b] = [0; 2].map(|group| admit(&mut world, group, Affinity::hard(on(1)), Load::hog()));
    run(&mut world, 200 * MS - 1);
    assert!([a, b].iter().flat_map(|v| &world.tally(*v).runs).all(|run| run.cpu == Cpu(1)));
    assert!(served(&world, a, 0, 200 * MS).abs_diff(served(&world, b, 0, 200 * MS)) <= 2 * MS);
    change(&mut world, Change::Affinity(a, Affinity::hard(on(0))));
    run(&mut world, 205 * MS);
    assert_eq!((world.running(0), world.running(1)), (Some(a), Some(b)));
}

// [ARINC-R-15]
#[test]
fn a_runner_whose_affinity_closes_moves_at_once_and_one_that_may_stay_is_left_alone() {
    let mut world = machine(2, 20, &[window(0, 0, 20)]);
    let a = hog(&mut world, 0);
    run(&mut world, MS);
    let (from, to) = if world.running(0) == Some(a) { (0, 1) } else { (1, 0) };
    let before = *world.cpu(from);
    change(&mut world, Change::Affinity(a, Affinity::hard(on(from))));
    assert_eq!(*world.cpu(from), before);
    change(&mut world, Change::Affinity(a, Affinity::hard(on(to))));
    assert_eq!((world.running(from), world.running(to)), (None, Some(a)));
    assert_eq!(world.policy().in_force(a), Some((NoRow, Affinity::hard(on(to)))));
    run(&mut world, 15 * MS);
    assert_eq!(served(&world, a, 0, 15 * MS), 15 * MS);
}

// [ARINC-R-03] [ARINC-R-15]
#[test]
fn a_pcpu_that_left_runs_nobody_and_comes_back_in_phase() {
    let mut world = machine(2, 20, &[window(0, 0, 10), window(1, 10, 10)]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 0));
    run(&mut world, 5 * MS);
    change(&mut world, Change::Cpus(cpus(1)));
    assert_eq!(world.running(1), None);
    assert_eq!(world.policy().in_force(a).unwrap().1.hard, on(0));
    run(&mut world, 43 * MS);
    assert!([a, b].iter().flat_map(|v| &world.tally(*v).runs).all(|run| run.cpu == Cpu(0) || run.to <= at(5 * MS)));
    change(&mut world, Change::Cpus(cpus(2)));
    assert!(world.running(0).is_some() && world.running(1).is_some());
    run(&mut world, 50 * MS);
    assert_eq!(served(&world, a, 43 * MS, 50 * MS) + served(&world, b, 43 * MS, 50 * MS), 14 * MS);
}

// [ARINC-R-15]
#[test]
fn a_vcpu_bound_to_a_pcpu_that_leaves_has_nowhere_to_run_until_it_comes_back() {
    let mut world = machine(2, 20, &[window(0, 0, 20)]);
    let bound = admit(&mut world, 0, Affinity::hard(on(1)), Load::hog());
    run(&mut world, 5 * MS);
    change(&mut world, Change::Cpus(cpus(1)));
    assert!(world.policy().in_force(bound).unwrap().1.hard.is_empty());
    run(&mut world, 15 * MS);
    assert_eq!(world.cpu_time(bound), ns(5 * MS));
    change(&mut world, Change::Cpus(cpus(2)));
    run(&mut world, 18 * MS);
    assert_eq!(world.cpu_time(bound), ns(8 * MS));
}

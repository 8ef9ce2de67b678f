//! Weights, extra time, and what a short block is compensated with.

use super::*;
use crate::QUANTUM;
use sched::{Change, When, Why};

// [SEDF-R-04]
#[test]
fn weights_divide_what_is_not_reserved() {
    let mut world = machine(1);
    let all = [2, 3, 4, 2].map(|weight| (weight, hog(&mut world, weighted(weight, false))));
    world.run(2 * S);
    for (weight, v) in all {
        let slice = 95 * MS * weight / 11;
        assert_eq!(world.served(v, S, S + 100 * MS), slice);
    }
    // A reservation of a tenth takes its part out of the next periods.
    let present = |world: &Machine| world.pool.policy().slot(all[0].1).own().server.terms().slice.nanos();
    hog(&mut world, hard(10, 1));
    assert_eq!(present(&world), 95 * MS * 2 / 11);
    world.run(4 * S);
    assert_eq!(present(&world), 85 * MS * 2 / 11);
    assert_eq!(world.served(all[0].1, 3 * S, 3 * S + 100 * MS), 85 * MS * 2 / 11);
}

// [SEDF-R-04]
#[test]
fn a_weight_is_worth_no_more_than_one_pcpu() {
    let mut world = machine(2);
    let all = [9, 1].map(|weight| hog(&mut world, weighted(weight, false)));
    world.run(S);
    assert_eq!(world.served(all[0], 500 * MS, 600 * MS), 95 * MS);
    assert_eq!(world.served(all[1], 500 * MS, 600 * MS), 19 * MS);
}

// [SEDF-R-04] [SEDF-R-11]
#[test]
fn a_weight_is_worth_more_when_others_leave_and_less_when_a_pcpu_does() {
    let mut world = machine(2);
    let all = [1, 1, 6].map(|weight| hog(&mut world, weighted(weight, false)));
    world.run(S);
    let slice = |world: &Machine| world.served(all[0], world.now - 100 * MS, world.now);
    assert_eq!(slice(&world), 190 * MS / 8);
    world.block(all[2], Why::Off);
    world.run(2 * S);
    assert_eq!(slice(&world), 190 * MS / 8, "one that sleeps counts");
    world.pool.remove(all[2], at(world.now), &mut sched::NoLog).unwrap();
    world.run(3 * S);
    assert_eq!(slice(&world), 95 * MS);
    assert!(world.change(&[Change::Cpus(cpus(1))], When::Now));
    world.run(4 * S);
    assert_eq!(slice(&world), 95 * MS / 2);
}

// [SEDF-R-05]
#[test]
fn extra_time_goes_by_weight_or_by_reserved_share() {
    let mut world = machine(1);
    let all = [1, 3].map(|weight| hog(&mut world, weighted(weight, true)));
    world.run(4 * S);
    assert!(world.served(all[1], 0, 4 * S).abs_diff(3 * S) <= 2 * MS);
    let mut world = machine(1);
    let all = [soft(10, 1), soft(20, 6)].map(|params| hog(&mut world, params));
    world.run(4 * S);
    // 10 % and 30 % reserved, and 60 % shared as 1 : 3.
    assert!(world.served(all[0], 0, 4 * S).abs_diff(S) <= 20 * MS, "{}", world.served(all[0], 0, 4 * S));
}

// [SEDF-R-07]
#[test]
fn who_lost_more_by_a_short_block_is_compensated_first() {
    for lost in [[1, 4], [4, 1]] {
        let mut world = machine(1);
        hog(&mut world, VcpuParams::BEST_EFFORT);
        // Alone with its slice each ran for a part of it: what is left will be lost.
        let all = lost.map(|lost| {
            let v = hog(&mut world, soft(40, 5));
            world.run(world.now + (5 - lost) * MS);
            world.block(v, Why::Wait);
            v
        });
        // Both wake while a reservation runs, from 32 to 37 ms, and still within their own periods.
        world.run(12 * MS);
        hog(&mut world, hard(20, 5));
        world.run(33 * MS);
        all.iter().for_each(|v| world.wake(*v));
        world.run(40 * MS);
        let turns = [0, 1].map(|turn| 37 * MS + turn * QUANTUM.nanos());
        let had = |v: Vcpu| turns.map(|from| world.served(v, from, from + QUANTUM.nanos()) / QUANTUM.nanos());
        let first = usize::from(lost[1] > lost[0]);
        assert_eq!((had(all[first]), had(all[1 - first])), ([1, 0], [0, 1]), "lost {lost:?} ms");
    }
}

// [SEDF-R-10]
#[test]
fn a_yield_passes_extra_time_on() {
    let mut world = machine(1);
    let a = hog(&mut world, VcpuParams::BEST_EFFORT);
    let b = hog(&mut world, VcpuParams::BEST_EFFORT);
    let first = world.running(0);
    world.yield_now(Vcpu(first.unwrap()));
    assert_ne!(world.running(0), first);
    world.run(S);
    assert!(world.served(a, 0, S).abs_diff(world.served(b, 0, S)) <= MS);
}

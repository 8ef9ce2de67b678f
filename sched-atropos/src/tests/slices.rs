//! Slices, slack, and what blocking does.

use super::*;
use crate::QUANTUM;
use sched::{Change, Cpu, Row, Scheduler, When, Why};

fn per_period(world: &Machine, v: Vcpu, period: u64, seconds: u64) -> (u64, u64) {
    let period = period * MS;
    let each = (0..seconds * S / period).map(|k| world.served(v, k * period, (k + 1) * period));
    each.fold((u64::MAX, 0), |(least, most), served| (least.min(served), most.max(served)))
}

// [ATROPOS-R-01] [ATROPOS-R-04] [ATROPOS-R-12]
#[test]
fn a_slice_is_guaranteed_against_those_with_slack_alone() {
    let mut world = machine(1);
    let reserved = hog(&mut world, hard(20, 15, 20));
    let rest = [0; 5].map(|_| hog(&mut world, slack()));
    world.run(4 * S);
    assert_eq!(per_period(&world, reserved, 20, 4), (15 * MS, 15 * MS));
    for v in rest {
        assert!(world.served(v, 0, 4 * S).abs_diff(S / 5) <= QUANTUM.nanos());
    }
    assert_eq!(world.pool.service(reserved, at(world.now)).shortfalls, 0);
}

// [ATROPOS-R-01] [ATROPOS-R-03]
#[test]
fn a_slice_far_below_a_turn_in_slack_is_exact() {
    let mut world = machine(1);
    let params = VcpuParams::reserve(ns(100_000), ns(MS), ns(MS), false).unwrap();
    let v = hog(&mut world, params);
    hog(&mut world, slack());
    world.run(S);
    assert_eq!(per_period(&world, v, 1, 1), (100_000, 100_000));
}

// [ATROPOS-R-04]
#[test]
fn slack_is_shared_evenly_on_several_pcpus() {
    let mut world = machine(2);
    let all = [0; 3].map(|_| hog(&mut world, slack()));
    world.run(3 * S);
    for v in all {
        assert!(world.served(v, 0, 3 * S).abs_diff(2 * S) <= 20 * MS, "{}", world.served(v, 0, 3 * S));
    }
}

/// Sleeps from 2 ms until `wakes`, between hogs, then computes on; `wakes` in ms.
fn sleeper(params: VcpuParams, rivals: &[VcpuParams], wakes: u64) -> (Machine, Vcpu) {
    let mut world = machine(1);
    let v = hog(&mut world, params);
    for rival in rivals {
        hog(&mut world, *rival);
    }
    world.run(2 * MS);
    world.block(v, Why::Wait);
    world.run(wakes * MS);
    world.wake(v);
    world.run(10 * S);
    (world, v)
}

// [ATROPOS-R-05]
#[test]
fn after_a_long_block_the_first_service_comes_within_the_latency() {
    // Its natural deadline would be behind that of the rival.
    let (world, v) = sleeper(hard(100, 20, 5), &[hard(20, 15, 20)], 1003);
    let period = |start: u64, length: u64| world.served(v, start * MS, (start + length) * MS);
    assert_eq!(period(1003, 5), MS);
    assert_eq!(period(1008, 10), 2 * MS);
    assert_eq!(period(1018, 20), 4 * MS);
    assert_eq!(period(1038, 40), 8 * MS);
    assert_eq!(period(1078, 80), 16 * MS);
    for start in [1158, 1258, 1358] {
        assert_eq!(period(start, 100), 20 * MS, "the natural period is back");
    }
}

// [ATROPOS-R-05]
#[test]
fn scaling_loses_no_share() {
    for (period, slice, latency) in [(100, 33, 7), (97, 5, 3), (1000, 1, 1)] {
        let natural = hard(period, slice, latency);
        let mut length = natural.latency();
        while length < natural.period() {
            let terms = natural.terms(length);
            let (got, due) = (
                u128::from(terms.slice.nanos()) * u128::from(natural.period().nanos()),
                u128::from(natural.slice().nanos()) * u128::from(length.nanos()),
            );
            assert!(got >= due && got - due < u128::from(natural.period().nanos()));
            length = length.times(2);
        }
        assert_eq!(natural.terms(length).slice, natural.slice());
    }
}

// [ATROPOS-R-06] [ATROPOS-R-04]
#[test]
fn after_a_short_block_the_rest_of_the_slice_comes_out_of_slack() {
    let (world, v) = sleeper(hard(20, 10, 20), &[hard(40, 12, 40), slack()], 5);
    // At 5 ms the other reservation has run for 3 of its 12 ms and goes on to 14; then it takes the slack.
    assert_eq!(world.served(v, 5 * MS, 14 * MS), 0);
    assert_eq!(world.served(v, 14 * MS, 20 * MS), 6 * MS);
    assert_eq!(world.served(v, 20 * MS, 40 * MS), 10 * MS);
}

// [ATROPOS-R-03]
#[test]
fn without_slack_a_slice_is_a_limit_too() {
    let mut world = machine(1);
    let v = hog(&mut world, hard(10, 4, 10));
    world.run(S);
    assert_eq!(world.served(v, 0, S), 400 * MS);
}

// [ATROPOS-R-01] [ATROPOS-R-02] [ATROPOS-R-07]
#[test]
fn a_full_set_of_slices_is_kept_with_exact_and_with_late_timers() {
    for late in [0, 50_000] {
        let mut world = machine(1);
        world.late = late;
        let all = [(10, 4), (15, 6), (20, 4)]
            .map(|(period, slice)| (period, slice, hog(&mut world, hard(period, slice, period))));
        world.run(6 * S);
        for (period, slice, v) in all {
            let due = 6 * S / period * slice;
            assert!(world.served(v, 0, 6 * S).abs_diff(due) <= if late == 0 { 0 } else { due / 50 });
            assert!(late != 0 || per_period(&world, v, period, 6).0 == slice * MS);
        }
    }
}

// [ATROPOS-R-08] [ATROPOS-R-07] [ATROPOS-R-12]
#[test]
fn one_with_slack_is_not_interrupted_alone_and_owes_nothing() {
    let mut world = machine(1);
    let v = hog(&mut world, soft(20, 5, 20));
    world.run(10 * S);
    assert_eq!(world.ticks, 0);
    let rival = hog(&mut world, hard(20, 10, 20));
    world.run(11 * S);
    assert_eq!((world.served(rival, 10 * S, 11 * S), world.served(v, 10 * S, 11 * S)), (S / 2, S / 2));
    assert_eq!(world.pool.service(v, at(world.now)).overruns, 0);
}

// [ATROPOS-R-09]
#[test]
fn a_yield_passes_a_turn_in_slack_on() {
    let mut world = machine(1);
    let (a, b) = (hog(&mut world, slack()), hog(&mut world, slack()));
    world.yield_now(a);
    assert_eq!(world.running(0), Some(b.0));
    world.yield_now(b);
    assert_eq!(world.running(0), Some(a.0));
}

// [ATROPOS-R-01] [ATROPOS-R-13] [ATROPOS-R-10] [ATROPOS-R-12]
#[test]
fn two_pcpus_serve_two_slices_at_once_and_affinity_holds() {
    let mut world = machine(2);
    let a = world.guest(0, hard(10, 8, 10), Affinity::hard(CpuSet::only(Cpu(1))), Load::Hog);
    let b = hog(&mut world, hard(10, 8, 10));
    world.run(S);
    assert_eq!((per_period(&world, a, 10, 1), per_period(&world, b, 10, 1)), ((8 * MS, 8 * MS), (8 * MS, 8 * MS)));
    assert!(world.runs.iter().all(|run| run.v != a.0 || run.cpu == 1));
    assert!(world.change(&[Change::Affinity(a, Affinity::ANY), Change::Cpus(cpus(1))], When::Now));
    world.run(2 * S);
    assert!(world.runs.iter().all(|run| run.from < S || run.cpu == 0));
    assert!(world.pool.service(a, at(world.now)).shortfalls + world.pool.service(b, at(world.now)).shortfalls > 30);
}

// [ATROPOS-R-10]
#[test]
fn new_parameters_wait_for_the_period_or_do_not() {
    for (when, from) in [(When::Boundary, 20), (When::Now, 12)] {
        let mut world = machine(1);
        let v = hog(&mut world, hard(10, 4, 10));
        world.run(12 * MS);
        assert!(world.change(&[Change::Vcpu(v, hard(20, 10, 20))], when));
        world.run(60 * MS);
        assert_eq!(world.served(v, from * MS, (from + 10) * MS), 10 * MS);
        assert_eq!(world.served(v, (from + 10) * MS, (from + 20) * MS), 0);
        assert_eq!(world.pool.policy().in_force(v).unwrap().0, hard(20, 10, 20));
    }
}

// [ATROPOS-R-11]
#[test]
fn rows_are_exact_and_checked() {
    let read = |row: &[u64]| VcpuParams::read(row).map_err(|refused| refused.key);
    assert_eq!(read(&sched::param::default_row(VcpuParams::KEYS)), Ok(VcpuParams::DEFAULT));
    for kind in 0..6 {
        let mut row = [0; 4];
        params(kind).write(&mut row);
        assert_eq!(read(&row), Ok(params(kind)));
    }
    assert_eq!(read(&[10 * MS, 11 * MS, 10 * MS, 0]), Err(1));
    assert_eq!(read(&[10 * MS, MS, 11 * MS, 0]), Err(2));
    assert_eq!(read(&[10 * MS, MS, 1_000, 0]), Err(2));
    assert_eq!(read(&[10 * MS, 0, 0, 0]), Err(3));
    for (key, least, most) in [(0, 10_000, 100 * S), (1, 0, 100 * S), (2, 0, 100 * S), (3, 0, 1)] {
        let mut row = [100 * S, MS, MS, 1];
        row[key] = most + 1;
        assert_eq!(read(&row), Err(key as u8));
        row[key] = least - least.min(1);
        assert_eq!(read(&row).err(), (least > 0).then_some(key as u8));
    }
}

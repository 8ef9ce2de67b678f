//! Slices, extra time, weights, and what blocking does.

use super::*;
use crate::QUANTUM;
use sched::{Change, Cpu, Row, Scheduler, When, Why};

/// The least and the most execution of `v` in a period of `period` ms, over `seconds`.
fn per_period(world: &Machine, v: Vcpu, period: u64, seconds: u64) -> (u64, u64) {
    let period = period * MS;
    let each = (0..seconds * S / period).map(|k| world.served(v, k * period, (k + 1) * period));
    each.fold((u64::MAX, 0), |(least, most), served| (least.min(served), most.max(served)))
}

// [SEDF-R-01] [SEDF-R-05] [SEDF-R-13]
#[test]
fn a_slice_comes_in_every_period_and_the_rest_is_shared() {
    let mut world = machine(1);
    let reserved = hog(&mut world, hard(20, 5));
    let rest = [0; 3].map(|_| hog(&mut world, VcpuParams::BEST_EFFORT));
    world.run(4 * S);
    assert_eq!(per_period(&world, reserved, 20, 4), (5 * MS, 5 * MS));
    for v in rest {
        assert!(world.served(v, 0, 4 * S).abs_diff(S) <= MS, "{}", world.served(v, 0, 4 * S));
    }
    assert_eq!(world.pool.service(reserved, at(world.now)).shortfalls, 0);
}

// [SEDF-R-03]
#[test]
fn without_extra_time_a_slice_is_a_limit_too() {
    let mut world = machine(1);
    let v = hog(&mut world, hard(10, 4));
    world.run(S);
    assert_eq!(world.served(v, 0, S), 400 * MS);
}

/// Runs for 2 ms of its (20, 5), sleeps until `wakes`, then computes on.
fn sleeper(params: VcpuParams, wakes: u64) -> (Machine, Vcpu) {
    let mut world = machine(1);
    let v = hog(&mut world, params);
    hog(&mut world, VcpuParams::BEST_EFFORT);
    world.run(2 * MS);
    world.block(v, Why::Wait);
    world.run(wakes * MS);
    world.wake(v);
    world.run(100 * MS);
    (world, v)
}

// [SEDF-R-07]
#[test]
fn a_short_block_forfeits_the_period() {
    let (world, v) = sleeper(hard(20, 5), 10);
    assert_eq!(world.served(v, 10 * MS, 20 * MS), 0);
    assert_eq!(world.served(v, 20 * MS, 25 * MS), 5 * MS);
}

// [SEDF-R-07]
#[test]
fn with_extra_time_one_quantum_follows_a_short_block() {
    let (world, v) = sleeper(soft(20, 5), 10);
    assert_eq!(world.served(v, 10 * MS, 10 * MS + QUANTUM.nanos()), QUANTUM.nanos());
    assert_eq!(world.served(v, 20 * MS, 25 * MS), 5 * MS);
}

// [SEDF-R-06]
#[test]
fn a_long_block_starts_a_period_at_the_wake() {
    let (world, v) = sleeper(hard(20, 5), 33);
    assert_eq!(world.served(v, 33 * MS, 38 * MS), 5 * MS);
    assert_eq!(world.served(v, 38 * MS, 53 * MS), 0);
    assert_eq!(world.served(v, 53 * MS, 58 * MS), 5 * MS);
}

// [SEDF-R-07]
#[test]
fn blocking_with_a_used_slice_changes_nothing() {
    let mut world = machine(1);
    let v = hog(&mut world, hard(20, 5));
    world.run(7 * MS);
    world.block(v, Why::Wait);
    world.run(9 * MS);
    world.wake(v);
    world.run(40 * MS);
    assert_eq!((world.served(v, 9 * MS, 20 * MS), world.served(v, 20 * MS, 25 * MS)), (0, 5 * MS));
}

// [SEDF-R-02] [SEDF-R-06]
#[test]
fn an_earlier_deadline_preempts_at_once() {
    let mut world = machine(1);
    hog(&mut world, soft(100, 60));
    let task = Load::Task { phase: 203 * MS, period: 10 * MS, work: MS };
    let v = world.guest(0, hard(10, 2), Affinity::ANY, task);
    world.run(2 * S);
    // Released every 10 ms by itself and waking at its deadline, it starts a period each time.
    assert_eq!((world.guests[v.index()].latency, world.guests[v.index()].misses), ((0, 0), 0));
}

// [SEDF-R-01] [SEDF-R-08]
#[test]
fn a_full_set_of_slices_is_kept_with_exact_and_with_late_timers() {
    for late in [0, 50_000] {
        let mut world = machine(1);
        world.late = late;
        let all =
            [(10, 4), (15, 6), (20, 4)].map(|(period, slice)| (period, slice, hog(&mut world, hard(period, slice))));
        world.run(6 * S);
        for (period, slice, v) in all {
            let due = 6 * S / period * slice;
            assert!(world.served(v, 0, 6 * S).abs_diff(due) <= if late == 0 { 0 } else { due / 50 });
            assert!(late != 0 || per_period(&world, v, period, 6).0 == slice * MS);
        }
    }
}

// [SEDF-R-09] [SEDF-R-08] [SEDF-R-13]
#[test]
fn one_with_a_slice_and_extra_time_is_not_interrupted_alone_and_owes_nothing() {
    let mut world = machine(1);
    let v = hog(&mut world, soft(20, 5));
    world.run(10 * S);
    assert_eq!(world.ticks, 0);
    let rival = hog(&mut world, hard(20, 10));
    world.run(11 * S);
    assert_eq!(world.served(rival, 10 * S, 11 * S), S / 2);
    assert_eq!(world.served(v, 10 * S, 11 * S), S / 2);
    assert_eq!(world.pool.service(v, at(world.now)).overruns, 0);
}

// [SEDF-R-01] [SEDF-R-14] [SEDF-R-11] [SEDF-R-13]
#[test]
fn two_pcpus_serve_two_slices_at_once_and_affinity_holds() {
    let mut world = machine(2);
    let a = world.guest(0, hard(10, 8), Affinity::hard(CpuSet::only(Cpu(1))), Load::Hog);
    let b = hog(&mut world, hard(10, 8));
    world.run(S);
    assert_eq!((per_period(&world, a, 10, 1), per_period(&world, b, 10, 1)), ((8 * MS, 8 * MS), (8 * MS, 8 * MS)));
    assert!(world.runs.iter().all(|run| run.v != a.0 || run.cpu == 1));
    assert!(world.change(&[Change::Affinity(a, Affinity::ANY), Change::Cpus(cpus(1))], When::Now));
    world.run(2 * S);
    assert!(world.runs.iter().all(|run| run.from < S || run.cpu == 0));
    assert!(world.pool.service(a, at(world.now)).shortfalls + world.pool.service(b, at(world.now)).shortfalls > 30);
}

// [SEDF-R-11]
#[test]
fn new_parameters_wait_for_the_period_or_do_not() {
    for (when, from) in [(When::Boundary, 20), (When::Now, 12)] {
        let mut world = machine(1);
        let v = hog(&mut world, hard(10, 4));
        world.run(12 * MS);
        assert!(world.change(&[Change::Vcpu(v, hard(20, 10))], when));
        world.run(60 * MS);
        assert_eq!(world.served(v, from * MS, (from + 10) * MS), 10 * MS);
        assert_eq!(world.served(v, (from + 10) * MS, (from + 20) * MS), 0);
        assert_eq!(world.pool.policy().in_force(v).unwrap().0, hard(20, 10));
    }
}

// [SEDF-R-12]
#[test]
fn rows_are_exact_and_checked() {
    let read = |row: &[u64]| VcpuParams::read(row).map_err(|refused| refused.key);
    assert_eq!(read(&sched::param::default_row(VcpuParams::KEYS)), Ok(VcpuParams::BEST_EFFORT));
    for kind in 0..7 {
        let mut row = [0; 4];
        params(kind).write(&mut row);
        assert_eq!(read(&row), Ok(params(kind)));
    }
    for (key, most) in [(0, 10 * S), (1, 10 * S), (2, 1), (3, 65_535)] {
        let mut row = [10 * S, 0, 1, 1];
        row[key] = most + 1;
        assert_eq!(read(&row), Err(key as u8));
    }
    assert_eq!(read(&[9_000, 9_000, 0, 0]), Err(0));
    assert_eq!(read(&[10 * MS, 11 * MS, 0, 0]), Err(1));
    assert_eq!(read(&[10 * MS, 4_000, 0, 0]), Err(1));
    assert_eq!(read(&[10 * MS, 0, 0, 0]), Err(2));
    assert_eq!(read(&[10 * MS, MS, 0, 7]), Err(3));
}

//! Servers across sleep, new parameters, wakes, and pCPUs that come and go.

use crate::*;
use sched::{Change, Cpu, Row, Scheduler, When, Why};

fn deferrable() -> PoolParams {
    PoolParams { server: Server::Deferrable, ..PoolParams::default() }
}

/// Runs for 3 ms, sleeps until 8 ms, then computes on.
fn sleeper(pool: PoolParams) -> (Machine, Vcpu) {
    let mut world = machine(1, pool);
    let v = hog(&mut world, reserve(10_000, 4_000, false));
    world.run(3 * MS);
    world.block(v, Why::Wait);
    world.run(8 * MS);
    world.wake(v);
    world.run(30 * MS);
    (world, v)
}

// [RTDS-R-07] [RTDS-R-08]
#[test]
fn rt11_budgets_come_back_to_back_only_from_a_deferrable_server() {
    let (world, v) = sleeper(deferrable());
    assert_eq!(world.served(v, 8 * MS, 14 * MS), 5 * MS);
    let (world, v) = sleeper(PoolParams::default());
    assert_eq!(world.served(v, 8 * MS, 18 * MS), 4 * MS);
}

// [RTDS-R-08]
#[test]
fn rt13_a_wake_after_an_hour_is_on_the_grid() {
    let mut world = machine(1, deferrable());
    let v = hog(&mut world, reserve(10_000, 4_000, false));
    world.run(3 * MS);
    world.block(v, Why::Wait);
    let hour = 3600 * SECONDS;
    world.run(hour + 3 * MS);
    world.wake(v);
    world.run(hour + 30 * MS);
    assert_eq!(world.served(v, hour + 3 * MS, hour + 10 * MS), 4 * MS);
    assert_eq!(world.served(v, hour + 10 * MS, hour + 14 * MS), 4 * MS);
}

// [RTDS-R-10]
#[test]
fn rt14_new_parameters_hold_now_or_from_the_boundary() {
    for (when, in_the_old_period) in [(When::Boundary, 4), (When::Now, 10)] {
        let mut world = single();
        let v = hog(&mut world, reserve(10_000, 4_000, false));
        world.run(12 * MS);
        assert!(world.change(&[Change::Vcpu(v, reserve(20_000, 10_000, false))], when));
        world.run(40 * MS);
        assert_eq!(world.served(v, 10 * MS, 20 * MS), in_the_old_period * MS);
        if when == When::Boundary {
            assert_eq!(world.served(v, 20 * MS, 40 * MS), 10 * MS);
        }
    }
}

// [RTDS-R-11] [RTDS-R-12]
#[test]
fn rt16_bad_parameters_are_refused_and_change_nothing() {
    let refused = |row: [u64; 3]| VcpuParams::read(&row).is_err();
    assert!(refused([10 * MS, 11 * MS, 0]) && refused([9_000, 9_000, 0]) && refused([10 * MS, 9_000, 0]));
    let mut world = single();
    let v = hog(&mut world, reserve(10_000, 4_000, false));
    let all = [Change::Vcpu(v, reserve(20_000, 2_000, false)), Change::Vcpu(Vcpu(9), reserve(20_000, 2_000, false))];
    assert!(!world.change(&all, When::Now));
    assert_eq!(world.pool.policy().in_force(v).unwrap().0, reserve(10_000, 4_000, false));
}

// [RTDS-R-12]
#[test]
fn rt17_what_is_in_force_is_what_was_set() {
    let mut world = single();
    let v = hog(&mut world, reserve(10_000, 4_000, true));
    assert!(world.change(&[Change::Vcpu(v, reserve(20_000, 2_000, false))], When::Now));
    assert_eq!(world.pool.policy().in_force(v).unwrap().0, reserve(20_000, 2_000, false));
    let mut row = [0; 5];
    world.pool.policy().in_force(v).unwrap().0.write(&mut row);
    assert_eq!(row, [20 * MS, 2 * MS, 0, 0, 0]);
}

// [RTDS-R-05]
#[test]
fn rt19_a_wake_takes_an_idle_pcpu_its_own_first() {
    let mut world = machine(3, PoolParams::default());
    let runner = hog(&mut world, reserve(10_000, 9_000, true));
    let v = world.guest(0, reserve(10_000, 4_000, false), Affinity::hard(CpuSet::from_bits(6)), Load::None);
    for _ in 0..3 {
        world.wake(v);
        assert_eq!((world.running(0), world.running(1)), (Some(runner.0), Some(v.0)));
        world.block(v, Why::Wait);
    }
}

// [RTDS-R-05]
#[test]
fn rt20_a_wake_preempts_the_last_in_rank_and_only_if_it_beats_it() {
    let mut world = machine(2, PoolParams::default());
    let near = hog(&mut world, reserve(20_000, 10_000, false));
    let far = hog(&mut world, reserve(100_000, 50_000, false));
    world.run(MS);
    let [near_cpu, far_cpu] = [near, far].map(|v| u8::from(world.running(1) == Some(v.0)));
    let later = world.guest(0, reserve(200_000, 10_000, false), Affinity::ANY, Load::None);
    world.wake(later);
    assert_eq!((world.running(near_cpu), world.running(far_cpu)), (Some(near.0), Some(far.0)));
    let sooner = world.guest(0, reserve(10_000, 1_000, false), Affinity::ANY, Load::None);
    world.wake(sooner);
    assert_eq!((world.running(near_cpu), world.running(far_cpu)), (Some(near.0), Some(sooner.0)));
}

// [RTDS-R-05]
#[test]
fn rt22_a_new_vcpu_starts_at_once_on_an_idle_pcpu() {
    let mut world = machine(2, PoolParams::default());
    hog(&mut world, reserve(10_000, 9_000, false));
    world.run(7 * MS);
    let v = hog(&mut world, reserve(100_000, 10_000, false));
    assert_eq!(world.running(1), Some(v.0));
}

// [RTDS-R-08]
#[test]
fn rt23_a_pause_keeps_the_rest_of_the_budget() {
    let mut world = machine(1, deferrable());
    let v = hog(&mut world, reserve(10_000, 4_000, false));
    world.run(MS);
    world.block(v, Why::Pause);
    world.run(4 * MS);
    assert_eq!((world.pool.alarm(), world.running(0)), (None, None));
    world.wake(v);
    world.run(10 * MS);
    assert_eq!(world.served(v, 4 * MS, 10 * MS), 3 * MS);
}

// [RTDS-R-18]
#[test]
fn rt25_a_pcpu_that_leaves_is_reported_by_shortfalls() {
    let mut world = machine(2, PoolParams::default());
    let both = [0, 1].map(|_| hog(&mut world, reserve(10_000, 8_000, false)));
    world.run(100 * MS);
    assert!(both.iter().all(|v| world.pool.service(*v, at(world.now)).shortfalls == 0));
    assert!(world.change(&[Change::Cpus(cpus(1))], When::Now));
    world.run(200 * MS);
    assert!(world.runs.iter().all(|run| run.to <= 100 * MS || run.cpu == 0));
    let missed: u64 = both.iter().map(|v| world.pool.service(*v, at(world.now)).shortfalls).sum();
    assert!(missed >= 5, "{missed}");
    // Who asks for more than there is now is refused.
    let more = Change::Vcpu(both[0], reserve(10_000, 8_001, false));
    assert!(!world.change(&[more], When::Now));
    assert_eq!(world.running(1), None);
    assert!(world.picks.iter().any(|(_, cpu, _)| Cpu(*cpu) == Cpu(1)));
}

// [RTDS-R-05]
#[test]
fn a_task_waits_the_same_time_whatever_its_phase() {
    for phase in (0..10).map(|step| 200 * MS + step * 777_777) {
        let mut world = single();
        for _ in 0..3 {
            hog(&mut world, VcpuParams::BEST_EFFORT);
        }
        let load = Load::Task { phase, period: 10 * MS, work: MS };
        let v = world.guest(1, reserve(10_000, 2_000, true), Affinity::ANY, load);
        world.run(2 * SECONDS);
        assert_eq!((world.guests[v.index()].latency, world.guests[v.index()].misses), ((0, 0), 0), "{phase}");
    }
}

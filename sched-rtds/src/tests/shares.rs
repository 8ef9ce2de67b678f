//! Who gets how much, and in every period.

use super::*;
use sched::sim::Costs;

/// The least and the most execution of `v` in a period of `period` ms, in ns.
fn per_period(world: &World, v: Vcpu, period: u64) -> (u64, u64) {
    let each = world.cpu_time_per(v, ms(period)).into_iter().map(Duration::nanos);
    each.fold((u64::MAX, 0), |(least, most), got| (least.min(got), most.max(got)))
}

/// A machine with hogs, after 10 s.
fn hogs(count: u8, params: &[VcpuParams]) -> (World, Vec<Vcpu>) {
    let mut world = machine(count);
    let all = params.iter().map(|p| hog(&mut world, *p)).collect();
    world.run_for(ms(10_000));
    (world, all)
}

// [RTDS-R-01] [RTDS-R-02]
#[test]
fn a_hog_gets_its_budget_in_every_period_and_no_more() {
    let (world, all) = hogs(1, &[hard(10, 4)]);
    assert_eq!(per_period(&world, all[0], 10), (4 * MS, 4 * MS));
}

// [RTDS-R-03] [RTDS-R-18]
#[test]
fn late_budget_ends_are_paid_back() {
    let late = Machine::new(1, 1).costs(Costs { timer: ns(300).into(), ..Costs::NONE });
    let mut world = Sim::new(policy(1, PoolParams::default()), late);
    let v = world.add(hard(10, 4), Load::hog());
    world.run_for(ms(10_000));
    assert!(world.cpu_time(v).nanos().abs_diff(4 * SECOND) <= 300);
    let service = world.pool().service(v, world.now());
    assert!(service.overruns >= 999 && service.shortfalls == 0, "{service:?}");
    assert_eq!((service.worst_lateness, service.served), (ns(300), world.cpu_time(v)));
}

// [RTDS-R-01]
#[test]
fn two_halves_both_get_theirs_in_every_period() {
    let (world, all) = hogs(1, &[hard(10, 5), hard(10, 5)]);
    assert_eq!(per_period(&world, all[0], 10), (5 * MS, 5 * MS));
    assert_eq!(per_period(&world, all[1], 10), (5 * MS, 5 * MS));
}

// [RTDS-R-01] [RTDS-R-04] [RTDS-R-18]
#[test]
fn full_utilisation_is_schedulable() {
    let (world, all) = hogs(1, &[hard(10, 4), hard(15, 6), hard(20, 4)]);
    assert_eq!(per_period(&world, all[0], 10), (4 * MS, 4 * MS));
    assert_eq!(per_period(&world, all[2], 20), (4 * MS, 4 * MS));
    for v in all {
        assert_eq!(shortfalls(&world, v), 0);
    }
}

// [RTDS-R-02]
#[test]
fn a_used_up_budget_leaves_the_pcpu_idle() {
    let (world, all) = hogs(1, &[hard(10, 4)]);
    assert_eq!(served(&world, all[0], 4 * MS, 10 * MS), 0);
    assert_eq!(world.idle(0), ms(6000));
}

// [RTDS-R-06]
#[test]
fn extra_time_takes_the_rest_and_nothing_of_a_reservation() {
    let (world, all) = hogs(1, &[soft(10, 2), hard(10, 5)]);
    assert_eq!(per_period(&world, all[1], 10), (5 * MS, 5 * MS));
    assert_eq!(world.cpu_time(all[0]), ms(5000));
}

// [RTDS-R-05]
#[test]
fn replenishment_preempts_a_longer_reservation() {
    let (world, all) = hogs(1, &[soft(10, 4), soft(100, 50)]);
    assert!(per_period(&world, all[0], 10).0 >= 4 * MS);
    assert!(per_period(&world, all[1], 100).0 >= 50 * MS);
    // The last tenth is shared.
    assert!(world.cpu_time(all[0]).nanos().abs_diff(4 * SECOND + SECOND / 2) < SECOND / 20);
    let short = VcpuParams::reserve(ns(MS / 5), ms(1), true).unwrap();
    let (world, all) = hogs(1, &[short, soft(20, 10)]);
    assert!(per_period(&world, all[0], 1).0 >= MS / 5);
    assert!(per_period(&world, all[1], 20).0 >= 10 * MS);
}

// [RTDS-R-01] [RTDS-R-18]
#[test]
fn no_replenishment_is_late_with_mixed_periods() {
    let (world, all) = hogs(1, &[soft(10, 2), soft(15, 3), soft(100, 50)]);
    assert!(per_period(&world, all[0], 10).0 >= 2 * MS);
    assert!(per_period(&world, all[2], 100).0 >= 50 * MS);
    for v in all {
        let service = world.pool().service(v, world.now());
        assert_eq!((service.shortfalls, service.worst_lateness), (0, ns(0)));
    }
}

// [RTDS-R-06]
#[test]
fn equal_reservations_share_the_rest_equally() {
    let (world, all) = hogs(1, &[soft(10, 4), soft(10, 4)]);
    assert!(world.cpu_time(all[0]).nanos().abs_diff(5 * SECOND) < SECOND / 10);
}

// [RTDS-R-06]
#[test]
fn best_effort_takes_turns() {
    for (count, turns) in [(1, 1), (2, 2)] {
        let (world, all) = hogs(count, &[VcpuParams::BEST_EFFORT; 3]);
        for v in &all {
            let fair = u64::from(count) * 10 * SECOND / 3;
            assert!(world.cpu_time(*v).nanos().abs_diff(fair) <= turns * 5 * MS);
        }
    }
}

// [RTDS-R-09]
#[test]
fn a_lone_vcpu_that_may_go_on_is_never_interrupted() {
    for params in [VcpuParams::BEST_EFFORT, soft(10, 4), hard(10, 10)] {
        let mut world = machine(2);
        let all = [0; 2].map(|_| hog(&mut world, params));
        assert_eq!(world.pool().alarm(), None);
        // A pCPU may still have promised a replenishment when it picked.
        world.run_until(at(10 * MS));
        let before = ticks(&world, 2);
        world.run_until(at(10 * SECOND));
        assert_eq!((ticks(&world, 2) - before, world.pool().alarm()), (0, None), "{params:?}");
        assert!(all.iter().all(|v| world.cpu_time(*v) == ms(10_000)));
    }
}

// [RTDS-R-01] [RTDS-R-04]
#[test]
fn global_edf_uses_all_pcpus() {
    let (world, all) = hogs(2, &[hard(10, 6), hard(10, 6), hard(10, 6)]);
    // 18 of 20 ms: the third one needs both ends of each period.
    for v in &all {
        assert!(world.cpu_time(*v) >= ms(3900), "{v:?}");
    }
    let (world, all) = hogs(2, &[hard(10, 5), hard(10, 5), hard(20, 10), hard(20, 10)]);
    for v in &all {
        assert_eq!((shortfalls(&world, *v), world.cpu_time(*v)), (0, ms(5000)));
    }
}

// [RTDS-R-13]
#[test]
fn a_hard_affinity_is_never_left() {
    let mut world = machine(2);
    let [a, b] = [0; 2].map(|_| hog_on(&mut world, VcpuParams::BEST_EFFORT, Affinity::hard(on(1))));
    let c = hog(&mut world, hard(10, 4));
    world.run_until(at(SECOND));
    for v in [a, b] {
        assert!(!world.tally(v).runs.is_empty() && world.tally(v).runs.iter().all(|run| run.cpu == Cpu(1)));
    }
    assert_eq!(world.cpu_time(c), ms(400));
    assert!(world.cpu_time(a).nanos().abs_diff(world.cpu_time(b).nanos()) <= 10 * MS);
    assert_quiet(&world, 2);
}

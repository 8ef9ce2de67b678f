//! Who gets how much, and in every period.

use super::world::Load;
use super::*;
use sched::{Affinity, Scheduler, Vcpu};

const S: u64 = 1000 * MS;

/// The least and the most execution of `v` in a period of `period` ms, over 10 s.
fn per_period(world: &Machine, v: Vcpu, period: u64) -> (u64, u64) {
    let period = period * MS;
    let each = (0..10 * S / period).map(|k| world.served(v, k * period, (k + 1) * period));
    each.fold((u64::MAX, 0), |(least, most), served| (least.min(served), most.max(served)))
}

fn hogs(count: u8, params: &[VcpuParams]) -> (Machine, Vec<Vcpu>) {
    let mut world = machine(count);
    let all = params.iter().map(|p| world.guest(0, *p, Affinity::ANY, Load::Hog)).collect();
    world.run(10 * S);
    (world, all)
}

// [RTDS-R-01] [RTDS-R-02]
#[test]
fn a_hog_gets_its_budget_in_every_period_and_no_more() {
    let (world, all) = hogs(1, &[hard(10, 4)]);
    assert_eq!(per_period(&world, all[0], 10), (4 * MS, 4 * MS));
}

// [RTDS-R-03]
#[test]
fn late_budget_ends_are_paid_back() {
    let mut world = machine(1);
    world.late = 300;
    let v = world.guest(0, hard(10, 4), Affinity::ANY, Load::Hog);
    world.run(10 * S);
    assert!(world.served(v, 0, 10 * S).abs_diff(4 * S) <= 300);
    let service = world.pool.service(v, at(10 * S));
    assert!(service.overruns >= 999 && service.shortfalls == 0, "{service:?}");
    assert_eq!(service.worst_lateness, ns(300));
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
        assert_eq!(world.pool.service(v, at(world.now)).shortfalls, 0);
    }
}

// [RTDS-R-02]
#[test]
fn a_used_up_budget_leaves_the_pcpu_idle() {
    let (world, all) = hogs(1, &[hard(10, 4)]);
    assert_eq!(world.served(all[0], 4 * MS, 10 * MS), 0);
}

// [RTDS-R-06]
#[test]
fn extra_time_takes_the_rest_and_nothing_of_a_reservation() {
    let (world, all) = hogs(1, &[soft(10, 2), hard(10, 5)]);
    assert_eq!(per_period(&world, all[1], 10), (5 * MS, 5 * MS));
    assert_eq!(world.served(all[0], 0, 10 * S), 5 * S);
}

// [RTDS-R-05]
#[test]
fn replenishment_preempts_a_longer_reservation() {
    let (world, all) = hogs(1, &[soft(10, 4), soft(100, 50)]);
    assert!(per_period(&world, all[0], 10).0 >= 4 * MS);
    assert!(per_period(&world, all[1], 100).0 >= 50 * MS);
    // The last tenth is shared.
    assert!(world.served(all[0], 0, 10 * S).abs_diff(4 * S + S / 2) < S / 20);
    let short = VcpuParams::reserve(ns(MS / 5), ns(MS), true).unwrap();
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
        let service = world.pool.service(v, at(world.now));
        assert_eq!((service.shortfalls, service.worst_lateness), (0, ns(0)));
    }
}

// [RTDS-R-06]
#[test]
fn equal_reservations_share_the_rest_equally() {
    let (world, all) = hogs(1, &[soft(10, 4), soft(10, 4)]);
    assert!(world.served(all[0], 0, 10 * S).abs_diff(5 * S) < S / 10);
}

// [RTDS-R-06]
#[test]
fn best_effort_takes_turns() {
    let (world, all) = hogs(1, &[VcpuParams::BEST_EFFORT; 3]);
    for v in &all {
        assert!(world.served(*v, 0, 10 * S).abs_diff(10 * S / 3) <= 5 * MS);
    }
    let (world, all) = hogs(2, &[VcpuParams::BEST_EFFORT; 3]);
    for v in &all {
        assert!(world.served(*v, 0, 10 * S).abs_diff(20 * S / 3) <= 10 * MS);
    }
}

// [RTDS-R-09]
#[test]
fn a_lone_vcpu_that_may_go_on_is_never_interrupted() {
    for params in [VcpuParams::BEST_EFFORT, soft(10, 4), hard(10, 10)] {
        let (world, all) = hogs(2, &[params, params]);
        assert_eq!(world.ticks, 0, "{params:?}");
        assert_eq!(world.pool.alarm(), None);
        assert_eq!(world.served(all[1], 0, 10 * S), 10 * S);
    }
}

// [RTDS-R-01] [RTDS-R-04]
#[test]
fn global_edf_uses_all_pcpus() {
    let (world, all) = hogs(2, &[hard(10, 6), hard(10, 6), hard(10, 6)]);
    // 18 of 20 ms: the third one needs both ends of each period.
    for v in &all {
        assert!(world.served(*v, 0, 10 * S) >= 39 * S / 10, "{v:?}");
    }
    let (world, all) = hogs(2, &[hard(10, 5), hard(10, 5), hard(20, 10), hard(20, 10)]);
    for v in &all {
        assert_eq!(world.pool.service(*v, at(world.now)).shortfalls, 0);
        assert_eq!(world.served(*v, 0, 10 * S), 5 * S);
    }
}

// [RTDS-R-13]
#[test]
fn a_hard_affinity_is_never_left() {
    let mut world = machine(2);
    let only = |cpu| Affinity::hard(CpuSet::only(sched::Cpu(cpu)));
    let a = world.guest(0, VcpuParams::BEST_EFFORT, only(1), Load::Hog);
    let b = world.guest(0, VcpuParams::BEST_EFFORT, only(1), Load::Hog);
    let c = world.guest(0, hard(10, 4), Affinity::ANY, Load::Hog);
    world.run(S);
    assert!(world.runs.iter().all(|run| run.v == c.0 || run.cpu == 1));
    assert_eq!(world.served(c, 0, S), 4 * S / 10);
    assert!(world.served(a, 0, S).abs_diff(world.served(b, 0, S)) <= 10 * MS);
    world.assert_quiet();
    assert!(world.pool.policy().in_force(a).is_some());
}

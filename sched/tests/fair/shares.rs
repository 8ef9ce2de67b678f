//! Shares follow weights, exactly and at any ratio.

use super::world::*;
use super::*;
use sched::sim::Load;

fn shares(weights: &[u32]) -> Vec<f64> {
    let mut sim = world(1);
    let all: Vec<Vcpu> = weights.iter().map(|weight| weighted(&mut sim, *weight)).collect();
    run_to(&mut sim, 10_000 * MS);
    check_ledger(&sim, weights.len() as u16);
    all.iter().map(|v| sim.share(*v)).collect()
}

/// A hog of group 0 with its own weight.
fn weighted(sim: &mut World, weight: u32) -> Vcpu {
    add(sim, 0, own_weight(weight), Affinity::ANY, Load::hog())
}

fn check(weights: &[u32], tolerance: f64) {
    let sum: u32 = weights.iter().sum();
    for (share, weight) in shares(weights).iter().zip(weights) {
        near(*share, *weight as f64 * 100.0 / sum as f64, tolerance);
    }
}

/// CPU time of `v` from `from` to now, in per cent of a pCPU.
fn share_since(sim: &World, v: Vcpu, from: u64) -> f64 {
    sim.share_between(v, at(from), sim.now())
}

#[test]
fn hogs_share_by_weight() {
    check(&[256, 512], SLICE as f64 * 0.01);
    check(&[256, 256], SLICE as f64 * 0.01);
    check(&[64, 128, 256, 512], 0.3);
}

#[test]
fn extreme_ratios_are_kept() {
    check(&[1, 100], SLICE as f64 * 0.01);
    check(&[8, 256], SLICE as f64 * 0.01);
    check(&[10, 1000], SLICE as f64 * 0.01);
    check(&[1, 1, 65_535], SLICE as f64 * 0.02);
}

#[test]
fn a_group_gives_its_weight_to_its_members_and_a_change_counts_at_once() {
    let mut sim = world(1);
    group(&mut sim, 1, 512, 0);
    let a = hog(&mut sim, Affinity::ANY);
    let b = add(&mut sim, 1, VcpuParams::DEFAULT, Affinity::ANY, Load::hog());
    run_to(&mut sim, 3_000 * MS);
    near(sim.share(b), 66.67, 0.2);
    group(&mut sim, 1, 128, 0);
    run_to(&mut sim, 6_000 * MS);
    near(share_since(&sim, a, 3_000 * MS), 66.67, SLICE as f64 * 0.034);
}

#[test]
fn a_vcpus_own_weight_counts_before_its_groups() {
    let mut sim = world(1);
    group(&mut sim, 1, 512, 0);
    let [own, other] =
        [own_weight(64), VcpuParams::DEFAULT].map(|params| add(&mut sim, 1, params, Affinity::ANY, Load::hog()));
    run_to(&mut sim, 4_000 * MS);
    near(sim.share(own), 64.0 * 100.0 / 576.0, SLICE as f64 * 0.025);
    let weight = |sim: &World, v: Vcpu| sim.policy().core().slot(v.0).weight();
    assert_eq!((weight(&sim, own), weight(&sim, other)), (64, 512));
    change(&mut sim, Change::Vcpu(own, VcpuParams::DEFAULT));
    // Both have had their turn before long, and are charged by the new weights from then on.
    group(&mut sim, 1, 100, 0);
    run_to(&mut sim, 4_100 * MS);
    assert_eq!((weight(&sim, own), weight(&sim, other)), (100, 100));
    run_to(&mut sim, 8_000 * MS);
    near(share_since(&sim, own, 4_100 * MS), 50.0, SLICE as f64 * 0.034);
}

#[test]
fn a_lone_vcpu_is_not_interrupted_and_owes_nothing_for_it() {
    let mut sim = world(1);
    let a = weighted(&mut sim, 1);
    run_to(&mut sim, 5_000 * MS);
    assert_eq!((sim.cpu(0).ticks, sim.pool().alarm()), (0, None));
    assert!(sim.cpu(0).decisions <= 2);
    // The newcomer has no claim on the time before it came.
    let b = weighted(&mut sim, 1);
    run_to(&mut sim, 5_200 * MS);
    let since = |v| share_since(&sim, v, 5_000 * MS) * 2.0;
    near(since(a), 100.0, SLICE as f64 + 2.0);
    assert!(since(b) > (100 - SLICE - 2) as f64);
}

#[test]
fn a_sleeper_stores_no_burst() {
    let mut sim = world(1);
    let a = weighted(&mut sim, 256);
    let b = sleeper(&mut sim, 0, Affinity::ANY);
    run_to(&mut sim, 5_000 * MS);
    sim.start(b);
    let before = served(&sim, a);
    run_to(&mut sim, (5_000 + 10 * SLICE) * MS);
    near((served(&sim, a) - before) as f64 / MS as f64, 4.5 * SLICE as f64, SLICE as f64 + 1.0);
}

#[test]
fn equal_hogs_share_several_pcpus() {
    let mut sim = slow_world(2);
    let all: [Vcpu; 3] = hogs(&mut sim);
    run_to(&mut sim, 10_000 * MS);
    all.iter().for_each(|v| near(sim.share(*v), 66.67, 0.5));
}

#[test]
fn a_weight_too_heavy_for_one_vcpu_leaves_the_rest_to_fair_shares() {
    let mut sim = world(2);
    let [heavy, a, b] = [60_000, 256, 512].map(|weight| weighted(&mut sim, weight));
    run_to(&mut sim, 10_000 * MS);
    near(sim.share(heavy), 100.0, 0.2);
    near(sim.share(a), 33.3, 0.5);
    near(sim.share(b), 66.7, 0.5);
    weighted(&mut sim, 512);
    run_to(&mut sim, 11_000 * MS);
    near(share_since(&sim, b, 10_000 * MS), 40.0, 3.0);
}

#[test]
fn affinity_does_not_break_fairness() {
    let mut sim = world(2);
    let mut pinned = |weight, cpu| add(&mut sim, 0, own_weight(weight), Affinity::hard(only(cpu)), Load::hog());
    let (a, b, c) = (pinned(64, 0), pinned(256, 0), pinned(256, 1));
    run_to(&mut sim, 10_000 * MS);
    near(sim.share(a), 20.0, 0.3);
    near(sim.share(b), 80.0, 0.3);
    near(sim.share(c), 100.0, 0.1);
}

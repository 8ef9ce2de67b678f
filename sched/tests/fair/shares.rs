//! Shares follow weights, exactly and at any ratio.

use super::harness::{Load, MS};
use super::*;

fn shares(weights: &[u32]) -> Vec<f64> {
    let mut sim = sim(1);
    let all: Vec<Vcpu> = weights.iter().map(|weight| weighted(&mut sim, *weight, Load::Hog)).collect();
    sim.run_until(10_000 * MS);
    sim.check_ledger();
    all.iter().map(|v| sim.share(*v)).collect()
}

fn check(weights: &[u32], tolerance: f64) {
    let sum: u32 = weights.iter().sum();
    for (share, weight) in shares(weights).iter().zip(weights) {
        near(*share, *weight as f64 * 100.0 / sum as f64, tolerance);
    }
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
    let mut sim = sim(1);
    group(&mut sim, 1, 512, 0);
    let a = sim.add(0, VcpuParams::DEFAULT, Affinity::ANY, Load::Hog);
    let b = sim.add(1, VcpuParams::DEFAULT, Affinity::ANY, Load::Hog);
    sim.run_until(3_000 * MS);
    near(sim.share(b), 66.67, 0.2);
    group(&mut sim, 1, 128, 0);
    let before = sim.guests[a.index()].served;
    sim.run_until(6_000 * MS);
    near((sim.guests[a.index()].served - before) as f64 / (30 * MS) as f64, 66.67, SLICE as f64 * 0.034);
}

#[test]
fn a_lone_vcpu_is_not_interrupted_and_owes_nothing_for_it() {
    let mut sim = sim(1);
    let a = weighted(&mut sim, 1, Load::Hog);
    sim.run_until(5_000 * MS);
    assert_eq!((sim.until(0), sim.pool.alarm()), (None, None));
    assert!(sim.picks <= 2);
    // The newcomer has no claim on the time before it came.
    let b = weighted(&mut sim, 1, Load::Hog);
    let before = sim.guests[a.index()].served;
    sim.run_until(5_200 * MS);
    near((sim.guests[a.index()].served - before) as f64 / MS as f64, 100.0, SLICE as f64 + 2.0);
    assert!(sim.guests[b.index()].served > (100 - SLICE - 2) * MS);
}

#[test]
fn a_sleeper_stores_no_burst() {
    let mut sim = sim(1);
    let a = weighted(&mut sim, 256, Load::Hog);
    let b = weighted(&mut sim, 256, Load::Off);
    sim.run_until(5_000 * MS);
    sim.start(b);
    let before = sim.guests[a.index()].served;
    sim.run_until((5_000 + 10 * SLICE) * MS);
    near((sim.guests[a.index()].served - before) as f64 / MS as f64, 4.5 * SLICE as f64, SLICE as f64 + 1.0);
}

#[test]
fn equal_hogs_share_several_pcpus() {
    let mut sim = sim(2);
    (sim.kick_delay, sim.save_delay) = (300, 200);
    let all: Vec<Vcpu> = (0..3).map(|_| weighted(&mut sim, 256, Load::Hog)).collect();
    sim.run_until(10_000 * MS);
    all.iter().for_each(|v| near(sim.share(*v), 66.67, 0.5));
}

#[test]
fn a_weight_too_heavy_for_one_vcpu_leaves_the_rest_to_fair_shares() {
    let mut sim = sim(2);
    let heavy = weighted(&mut sim, 60_000, Load::Hog);
    let a = weighted(&mut sim, 256, Load::Hog);
    let b = weighted(&mut sim, 512, Load::Hog);
    let late = weighted(&mut sim, 512, Load::Off);
    sim.run_until(10_000 * MS);
    near(sim.share(heavy), 100.0, 0.2);
    near(sim.share(a), 33.3, 0.5);
    near(sim.share(b), 66.7, 0.5);
    sim.start(late);
    let before = sim.guests[b.index()].served;
    sim.run_until(11_000 * MS);
    near((sim.guests[b.index()].served - before) as f64 / (10 * MS) as f64, 40.0, 3.0);
}

#[test]
fn affinity_does_not_break_fairness() {
    let mut sim = sim(2);
    let mut pinned = |weight, cpu| sim.add(0, own_weight(weight), Affinity::hard(only(cpu)), Load::Hog);
    let (a, b, c) = (pinned(64, 0), pinned(256, 0), pinned(256, 1));
    sim.run_until(10_000 * MS);
    near(sim.share(a), 20.0, 0.3);
    near(sim.share(b), 80.0, 0.3);
    near(sim.share(c), 100.0, 0.1);
}

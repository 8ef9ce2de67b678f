//! Yielding: the next one runs, at no lasting cost.

use super::harness::{Load, MS, US};
use super::*;

fn hogs(sim: &mut Sim<Policy>, count: usize) -> Vec<Vcpu> {
    (0..count).map(|_| weighted(sim, 256, Load::Hog)).collect()
}

#[test]
fn a_yield_lets_the_next_one_run() {
    let mut sim = sim(1);
    let all = hogs(&mut sim, 2);
    sim.run_until(100 * MS + 300 * US);
    let runs = sim.running(0).unwrap();
    sim.yield_now(runs);
    sim.run_until(100 * MS + 300 * US + 1);
    assert_ne!(sim.running(0), Some(runs));
    // It costs no share in the long run.
    sim.run_until(4_000 * MS);
    all.iter().for_each(|v| near(sim.share(*v), 50.0, 0.8));
}

#[test]
fn a_yield_of_a_lone_vcpu_disturbs_nobody() {
    let mut sim = sim(1);
    let all = hogs(&mut sim, 1);
    sim.run_until(10 * MS);
    let picks = sim.picks;
    sim.yield_now(all[0]);
    sim.run_until(20 * MS);
    assert_eq!(sim.picks, picks);
}

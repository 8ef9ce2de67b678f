//! The cases of credit2 about shares, the rate limit and the lead that a move needs.

use super::calls::Calls;
use super::world::*;
use super::*;
use sched::sim::Load;

fn weighted(sim: &mut World, weight: u32, load: Load) -> Vcpu {
    add(sim, 0, own_weight(weight), Affinity::ANY, load)
}

fn check(weights: &[u32], tolerance: f64) {
    let mut sim = world(1);
    let all: Vec<Vcpu> = weights.iter().map(|weight| weighted(&mut sim, *weight, Load::hog())).collect();
    run_to(&mut sim, 10_000 * MS);
    let sum: u32 = weights.iter().sum();
    for (v, weight) in all.iter().zip(weights) {
        near(sim.share(*v), *weight as f64 * 100.0 / sum as f64, tolerance);
    }
}

// [CREDIT2-R-01]
#[test]
fn c201_hogs_share_one_to_two() {
    check(&[256, 512], 0.2);
}

// [CREDIT2-R-01]
#[test]
fn c202_four_weights_share_exactly() {
    check(&[64, 128, 256, 512], 0.3);
}

// [CREDIT2-R-01]
#[test]
fn weights_hold_far_beyond_twenty_to_one() {
    [[1, 65_535], [8, 256], [10, 1_000]].iter().for_each(|weights| check(weights, 0.05));
}

// [CREDIT2-R-02]
#[test]
fn c204_a_million_short_bursts_do_not_drift() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let v = calls.add(0, own_weight(2), Affinity::ANY);
    calls.wake(v, 0);
    (0..=1_000_000).for_each(|now| assert_eq!(calls.pick(0, now).run, Some(v)));
    assert_eq!(calls.pool.service(v, at(1_000_000)).served, ms(1));
    assert_eq!(calls.pool.policy().core().slot(v.0).vtime(), 1_000_000 << 39);
}

// [CREDIT2-R-05]
#[test]
fn c210_a_wake_waits_for_the_rest_of_the_rate_limit() {
    let mut sim = world(1);
    hog(&mut sim, Affinity::ANY);
    let waker = sleeper(&mut sim, 0, Affinity::ANY);
    let rival = weighted(&mut sim, 256, periodic(ms(20), ms(1_000), us(100)));
    // The hog is back since 20.1 ms; the waker comes 0.4 ms later and must start at 21.1 ms.
    run_to(&mut sim, 20 * MS + 500 * US);
    assert_eq!(served(&sim, rival), 100 * US);
    sim.start(waker);
    run_to(&mut sim, 30 * MS);
    assert_eq!(sim.wakes(waker).most, us(600));
}

// [CREDIT2-R-05]
#[test]
fn c211_light_worker_waits_at_most_the_rate_limit() {
    for phase in 0..10 {
        let mut sim = world(1);
        hogs::<3, _>(&mut sim);
        let load = periodic(ms(50) + us(phase * 1_777), ms(10), us(500));
        let worker = weighted(&mut sim, 256, load);
        run_to(&mut sim, 10_000 * MS);
        near(sim.share(worker), 4.95, 0.06);
        assert!(sim.jobs(worker).latency.most <= us(1_050), "{:?}", sim.jobs(worker).latency);
    }
}

// [CREDIT2-R-23]
#[test]
fn c213_a_promised_vcpu_is_left_to_its_pcpu() {
    let mut calls = Calls::new(2, PoolParams::DEFAULT);
    let v = calls.add(0, VcpuParams::DEFAULT, Affinity::ANY);
    assert_eq!(calls.wake(v, 10), only(0));
    assert_eq!(calls.pick(1, 11).run, None);
    assert_eq!(calls.pick(0, 12).run, Some(v));
    // The other one may have it once the first one has picked something else and saved it.
    let pinned = calls.add(0, VcpuParams::DEFAULT, Affinity::hard(only(0)));
    calls.wake(pinned, 13);
    calls.yield_now(v, 5 * MS);
    assert_eq!(calls.pick(0, 5 * MS).run, Some(pinned));
    assert_eq!(calls.saved(v, 0, 5 * MS), only(1));
    assert_eq!(calls.pick(1, 5 * MS).run, Some(v));
}

/// A vCPU that ran on pCPU 0 for 1 ms wakes at `at_us` while pCPU 0 has an urgent one and pCPU 1 a hog that runs
/// since 0. Who runs on pCPU 1 then?
fn moves_with_a_lead(at_us: u64) -> bool {
    let mut calls = Calls::new(2, PoolParams::DEFAULT);
    let v = calls.add(0, VcpuParams::DEFAULT, Affinity::ANY);
    let hog = calls.add(0, VcpuParams::DEFAULT, Affinity::hard(only(1)));
    let hinted = VcpuParams { latency: Duration::from_nanos(1), ..VcpuParams::DEFAULT };
    let urgent = calls.add(0, hinted, Affinity::hard(only(0)));
    calls.wake(v, 0);
    assert_eq!(calls.pick(0, 0).run, Some(v));
    calls.wake(hog, 0);
    calls.pick(1, 0);
    calls.block(v, MS);
    calls.wake(urgent, MS);
    assert_eq!(calls.pick(0, MS).run, Some(urgent));
    calls.saved(v, 0, MS);
    calls.wake(v, at_us * US);
    calls.pick(1, at_us * US).run == Some(v)
}

// [CREDIT2-R-06]
#[test]
fn c214_a_small_lead_does_not_move_a_vcpu() {
    assert!(!moves_with_a_lead(1_300));
    assert!(moves_with_a_lead(1_600));
}

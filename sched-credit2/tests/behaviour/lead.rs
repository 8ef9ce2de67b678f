//! The cases of credit2.

use super::harness::{Load, MS, US, at};
use super::*;
use sched::{NoLog, Why};

fn add(sim: &mut Sim<Policy>, weight: u32, load: Load) -> Vcpu {
    sim.add(0, own_weight(weight), Affinity::ANY, load)
}

fn hog(sim: &mut Sim<Policy>, hard: CpuSet, soft: CpuSet) -> Vcpu {
    sim.add(0, VcpuParams::DEFAULT, Affinity { hard, soft }, Load::Hog)
}

fn busy(sim: &Sim<Policy>, cpus: core::ops::Range<u8>) -> usize {
    cpus.filter(|cpu| sim.running(*cpu).is_some()).count()
}

fn check(weights: &[u32], tolerance: f64) {
    let mut sim = sim(1);
    let all: Vec<Vcpu> = weights.iter().map(|weight| add(&mut sim, *weight, Load::Hog)).collect();
    sim.run_until(10_000 * MS);
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
    let mut sim = sim(1);
    let v = add(&mut sim, 2, Load::Off);
    sim.pool.wake(v, at(0), &mut NoLog);
    for now in 0..=1_000_000 {
        sim.pool.pick(Cpu(0), at(now), &mut NoLog);
    }
    assert_eq!(sim.pool.service(v, at(1_000_000)).served, Duration::from_millis(1));
    assert_eq!(sim.pool.policy().core().slot(v.0).vtime(), 1_000_000 << 39);
}

// [CREDIT2-R-05]
#[test]
fn c210_a_wake_waits_for_the_rest_of_the_rate_limit() {
    let mut sim = sim(1);
    add(&mut sim, 256, Load::Hog);
    let waker = add(&mut sim, 256, Load::Off);
    let rival = add(&mut sim, 256, Load::Periodic { first: 20 * MS, period: 1_000 * MS, work: 100 * US });
    // The hog is back since 20.1 ms; the waker comes 0.4 ms later and must start at 21.1 ms.
    sim.run_until(20 * MS + 500 * US);
    assert_eq!(sim.guests[rival.index()].served, 100 * US);
    sim.start(waker);
    sim.run_until(21 * MS + 99 * US);
    assert_eq!(sim.guests[waker.index()].served, 0);
    sim.run_until(21 * MS + 200 * US);
    assert!(sim.guests[waker.index()].served >= 95 * US);
}

// [CREDIT2-R-05]
#[test]
fn c211_light_worker_waits_at_most_the_rate_limit() {
    for phase in 0..10 {
        let mut sim = sim(1);
        for _ in 0..3 {
            add(&mut sim, 256, Load::Hog);
        }
        let load = Load::Periodic { first: 50 * MS + phase * 1_777 * US, period: 10 * MS, work: 500 * US };
        let worker = add(&mut sim, 256, load);
        sim.run_until(10_000 * MS);
        near(sim.share(worker), 4.95, 0.06);
        assert!(sim.worst_latency(worker) <= 1_050 * US, "{}", sim.worst_latency(worker));
    }
}

// [CREDIT2-R-11]
#[test]
fn c213_a_promised_vcpu_is_left_to_its_pcpu() {
    let mut sim = sim(2);
    let v = sim.add(0, VcpuParams::DEFAULT, Affinity::ANY, Load::Off);
    let chosen = sim.pool.wake(v, at(10), &mut NoLog).kick.first().unwrap();
    let other = Cpu(1 - chosen.0);
    assert_eq!(sim.pool.pick(other, at(11), &mut NoLog).choice.run, None);
    assert_eq!(sim.pool.pick(chosen, at(12), &mut NoLog).choice.run, Some(v));
}

/// A vCPU that ran on pCPU 0 for 1 ms wakes at `at_us` while pCPU 0 has an urgent one and pCPU 1 a hog that runs
/// since 0. Who runs on pCPU 1 then?
fn moves_with_a_lead(at_us: u64) -> bool {
    let mut sim = sim(2);
    let v = sim.add(0, VcpuParams::DEFAULT, Affinity::ANY, Load::Off);
    let hog = sim.add(0, VcpuParams::DEFAULT, Affinity::hard(only(1)), Load::Off);
    let hinted = VcpuParams { latency: Duration::from_nanos(1), ..VcpuParams::DEFAULT };
    let urgent = sim.add(0, hinted, Affinity::hard(only(0)), Load::Off);
    let (pool, log) = (&mut sim.pool, &mut NoLog);
    pool.wake(v, at(0), log);
    assert_eq!(pool.pick(Cpu(0), at(0), log).choice.run, Some(v));
    pool.wake(hog, at(0), log);
    pool.pick(Cpu(1), at(0), log);
    pool.block(v, Why::Wait, at(MS), log);
    pool.wake(urgent, at(MS), log);
    assert_eq!(pool.pick(Cpu(0), at(MS), log).choice.run, Some(urgent));
    pool.saved(v, Cpu(0), at(MS), log);
    pool.wake(v, at(at_us * US), log);
    pool.pick(Cpu(1), at(at_us * US), log).choice.run == Some(v)
}

// [CREDIT2-R-06]
#[test]
fn c214_a_small_lead_does_not_move_a_vcpu() {
    assert!(!moves_with_a_lead(1_300));
    assert!(moves_with_a_lead(1_600));
}

// [CREDIT2-R-10]
#[test]
fn c216_a_vcpu_moves_into_its_soft_affinity_and_stays() {
    let mut sim = sim(2);
    (sim.kick_delay, sim.save_delay) = (1_000, 1_000);
    let blocker = hog(&mut sim, only(0), only(0));
    sim.run_until(10 * MS);
    let mover = hog(&mut sim, CpuSet::ALL, only(0));
    sim.run_until(20 * MS);
    assert_eq!(sim.running(1), Some(mover));
    sim.stop(blocker);
    sim.run_until(20 * MS + 20 * US);
    assert_eq!((sim.running(0), sim.running(1)), (Some(mover), None));
    let picks = sim.picks;
    sim.run_until(100 * MS);
    assert_eq!(sim.picks, picks);
}

// [CREDIT2-R-10]
#[test]
fn c217_who_runs_outside_its_soft_affinity_is_displaced_first() {
    let mut sim = sim(2);
    (sim.kick_delay, sim.save_delay) = (1_000, 1_000);
    let home = hog(&mut sim, only(1), only(1));
    sim.run_until(5 * MS);
    // It is 5 ms less ahead of the newcomer than the other, so by credit alone the other would have to go.
    let guest = hog(&mut sim, CpuSet::ALL, only(1));
    let waker = sim.add(0, VcpuParams::DEFAULT, Affinity::ANY, Load::Off);
    sim.run_until(9 * MS);
    assert_eq!((sim.running(0), sim.running(1)), (Some(guest), Some(home)));
    sim.start(waker);
    sim.run_until(9 * MS + 20 * US);
    // Not on pCPU 1, where more credit was to be gained.
    assert_eq!(sim.running(0), Some(waker));
}

// [CREDIT2-R-07]
#[test]
fn c219_a_cap_over_four_pcpus_leaves_no_budget_unused() {
    let mut sim = sim(4);
    (sim.kick_delay, sim.save_delay) = (500, 300);
    let all: Vec<Vcpu> = (0..4).map(|_| sim.add(1, VcpuParams::DEFAULT, Affinity::ANY, Load::Hog)).collect();
    group(&mut sim, 1, 256, 150);
    let mut unused = 0;
    for step in 1..20_000 {
        sim.run_until(step * 250 * US);
        unused = if sim.pool.policy().core().hoards(Group(1)) { unused + 1 } else { 0 };
        assert!(unused <= 4);
    }
    near(all.iter().map(|v| sim.share(*v)).sum(), 150.0, 1.0);
}

// [CREDIT2-R-08]
#[test]
fn c220_a_cap_beyond_the_vcpus_is_refused_with_all_else() {
    let mut sim = sim(4);
    for _ in 0..3 {
        sim.add(1, VcpuParams::DEFAULT, Affinity::ANY, Load::Hog);
    }
    let bad = Change::Group(Group(1), GroupParams { weight: 7, cap: 301 });
    assert!(sim.pool.change(&[bad], sched::When::Now, at(0), &mut NoLog).refused.is_some());
    assert_eq!(sim.pool.policy().core().group_params(Group(1)), GroupParams::DEFAULT);
    group(&mut sim, 1, 7, 30);
    sim.run_until(15 * MS);
    assert_eq!(busy(&sim, 0..4), 0);
    group(&mut sim, 1, 7, 0);
    sim.run_until(15 * MS + 10);
    assert_eq!(busy(&sim, 0..4), 3);
}

// [CREDIT2-R-09]
#[test]
fn c222_eight_hogs_in_one_half_spread_over_all_pcpus() {
    let mut sim = sim(8);
    (sim.kick_delay, sim.save_delay) = (1_000, 1_000);
    let half = CpuSet::from_bits(15);
    let all: Vec<Vcpu> = (0..8).map(|_| hog(&mut sim, half, half)).collect();
    sim.run_until(50 * MS);
    assert_eq!((busy(&sim, 0..4), busy(&sim, 4..8)), (4, 0));
    all.iter().for_each(|v| sim.change(&[Change::Affinity(*v, Affinity { hard: CpuSet::ALL, soft: half })]));
    sim.run_until(51 * MS);
    assert_eq!((busy(&sim, 0..4), busy(&sim, 4..8)), (4, 4));
}

// [CREDIT2-R-09]
#[test]
fn c223_uneven_halves_are_filled_by_capacity() {
    let mut sim = sim(12);
    (sim.kick_delay, sim.save_delay) = (1_000, 1_000);
    let (large, small) = (CpuSet::from_bits(0xff), CpuSet::from_bits(0xf00));
    for _ in 0..6 {
        hog(&mut sim, CpuSet::ALL, large);
    }
    for _ in 0..6 {
        hog(&mut sim, CpuSet::ALL, small);
    }
    sim.run_until(MS);
    assert_eq!((busy(&sim, 0..8), busy(&sim, 8..12)), (8, 4));
    let before = sim.guests.iter().map(|guest| guest.served).sum::<u64>();
    sim.run_until(1_001 * MS);
    near((sim.guests.iter().map(|guest| guest.served).sum::<u64>() - before) as f64 / MS as f64, 12_000.0, 1.0);
}

// [CREDIT2-R-09]
#[test]
fn c225_an_idle_pcpu_takes_a_waiter_at_once() {
    let mut sim = sim(2);
    (sim.kick_delay, sim.save_delay) = (1_000, 1_000);
    hog(&mut sim, CpuSet::ALL, only(0));
    let waiter = sim.add(0, VcpuParams::DEFAULT, Affinity { hard: CpuSet::ALL, soft: only(0) }, Load::Off);
    sim.run_until(10 * MS);
    assert_eq!(busy(&sim, 0..2), 1);
    sim.start(waiter);
    sim.run_until(10 * MS + 10 * US);
    assert_eq!(sim.running(1), Some(waiter));
}

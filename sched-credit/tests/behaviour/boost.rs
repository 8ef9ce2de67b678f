//! The cases of credit.

use super::harness::{Load, MS, US, at};
use super::*;
use sched::{NoLog, Row, Scheduler, Why};

fn add(sim: &mut Sim<Policy>, weight: u32, load: Load) -> Vcpu {
    sim.add(0, own_weight(weight), Affinity::ANY, load)
}

fn hogs(sim: &mut Sim<Policy>, count: usize) -> Vec<Vcpu> {
    (0..count).map(|_| add(sim, 256, Load::Hog)).collect()
}

fn shares(weights: &[u32]) -> Vec<f64> {
    let mut sim = sim(1);
    let all: Vec<Vcpu> = weights.iter().map(|weight| add(&mut sim, *weight, Load::Hog)).collect();
    sim.run_until(10_000 * MS);
    all.iter().map(|v| sim.share(*v)).collect()
}

// [CREDIT-R-01]
#[test]
fn cr01_hogs_share_one_to_two() {
    let has = shares(&[256, 512]);
    near(has[0], 33.33, 0.3);
    near(has[1], 66.67, 0.3);
}

// [CREDIT-R-01]
#[test]
fn cr02_equal_hogs_share_equally() {
    shares(&[256, 256]).into_iter().for_each(|share| near(share, 50.0, 0.3));
}

// [CREDIT-R-02]
#[test]
fn cr04_short_bursts_are_charged_exactly() {
    let mut sim = sim(1);
    let v = add(&mut sim, 3, Load::Off);
    for burst in 0..10_000 {
        let now = burst * 1_000;
        sim.pool.wake(v, at(now), &mut NoLog);
        sim.pool.pick(Cpu(0), at(now), &mut NoLog);
        sim.pool.block(v, Why::Wait, at(now + 100), &mut NoLog);
        sim.pool.pick(Cpu(0), at(now + 100), &mut NoLog);
        sim.pool.saved(v, Cpu(0), at(now + 100), &mut NoLog);
    }
    assert_eq!(sim.pool.service(v, at(MS * 100)).served, Duration::from_millis(1));
    // 2⁴⁰ / 3 rounded down, and nothing lost beside that.
    assert_eq!(sim.pool.policy().core().slot(v.0).vtime(), 1_000_000 * ((1 << 40) / 3));
}

// [CREDIT-R-03] [CREDIT-R-05]
#[test]
fn cr08_under_goes_before_over_and_over_takes_turns() {
    let mut sim = sim(1);
    let all = hogs(&mut sim, 3);
    let mut turns = Vec::new();
    for turn in 0..9 {
        sim.run_until(1_000 * MS + turn * 30 * MS);
        turns.push(sim.running(0).unwrap());
    }
    all.iter().for_each(|v| assert!(turns[..3].contains(v)));
    assert_eq!((&turns[..3], &turns[3..6]), (&turns[3..6], &turns[6..]));
    let rested = add(&mut sim, 256, Load::Off);
    sim.run_until(2_000 * MS);
    sim.start(rested);
    sim.run_until(2_001 * MS + 1);
    assert_eq!(sim.running(0), Some(rested));
}

// [CREDIT-R-04]
#[test]
fn cr10_no_boost_when_over_or_unparked() {
    let mut sim = sim(1);
    hogs(&mut sim, 1);
    let heavy = add(&mut sim, 256, Load::Off);
    sim.run_until(100 * MS);
    sim.start(heavy);
    sim.run_until(139 * MS);
    sim.stop(heavy);
    sim.run_until(139 * MS + 10 * US);
    let runs = sim.running(0);
    sim.start(heavy);
    sim.run_until(139 * MS + 20 * US);
    assert!(runs != Some(heavy) && sim.running(0) == runs);
    assert!(!sim.pool.policy().core().slot(heavy.0).is_urgent());
    group(&mut sim, 1, 256, 10);
    let capped = sim.add(1, VcpuParams::DEFAULT, Affinity::ANY, Load::Hog);
    for step in 1..2_000 {
        sim.run_until(200 * MS + step * 500 * US);
        assert!(!sim.pool.policy().core().slot(capped.0).is_urgent());
    }
}

// [CREDIT-R-04]
#[test]
fn cr13_mixed_worker_waits_at_most_60_ms() {
    for phase in 0..11 {
        let mut sim = sim(1);
        hogs(&mut sim, 5);
        sim.run_until(phase * 1_003 * US);
        let worker = add(&mut sim, 256, Load::OnOff { work: 4 * MS, sleep: 7 * MS });
        sim.run_until(10_000 * MS);
        near(sim.share(worker), 16.67, 1.0);
        // The first time it has no more credit than the others.
        sim.guests[worker.index()].latencies.remove(0);
        assert!(sim.worst_latency(worker) <= 60 * MS, "{}", sim.worst_latency(worker));
    }
}

// [CREDIT-R-03]
#[test]
fn cr14_light_worker_gets_all_it_wants() {
    for phase in 0..10 {
        let mut sim = sim(1);
        hogs(&mut sim, 3);
        let load = Load::Periodic { first: 50 * MS + phase * 1_777 * US, period: 10 * MS, work: 500 * US };
        let worker = add(&mut sim, 256, load);
        sim.run_until(10_000 * MS);
        near(sim.share(worker), 5.0, 0.06);
        assert!(sim.mean_latency(worker) <= MS, "{}", sim.mean_latency(worker));
    }
}

// [CREDIT-R-07]
#[test]
fn cr16_a_cap_is_one_budget_of_the_group() {
    let light = Load::OnOff { work: 2 * MS, sleep: 8 * MS };
    for (loads, first, total) in [
        ([Load::Hog; 4], 50.0, Some(200.0)),
        ([Load::Hog, Load::Off, Load::Off, Load::Off], 100.0, Some(100.0)),
        ([Load::Hog, light, light, light], 100.0, None),
    ] {
        let mut sim = sim(4);
        let all: Vec<Vcpu> = loads.iter().map(|load| sim.add(1, VcpuParams::DEFAULT, Affinity::ANY, *load)).collect();
        group(&mut sim, 1, 256, 200);
        sim.run_until(10_000 * MS);
        near(sim.share(all[0]), first, 2.0);
        let has = all.iter().map(|v| sim.share(*v)).sum();
        total.iter().for_each(|total| near(has, *total, 2.0));
    }
}

// [CREDIT-R-07]
#[test]
fn cr17_a_cleared_cap_releases_within_a_slice() {
    let mut sim = sim(1);
    let v = sim.add(1, VcpuParams::DEFAULT, Affinity::ANY, Load::Hog);
    group(&mut sim, 1, 256, 10);
    sim.run_until(105 * MS);
    assert_eq!(sim.running(0), None);
    group(&mut sim, 1, 256, 0);
    sim.run_until(105 * MS + 1);
    assert_eq!(sim.running(0), Some(v));
}

// [CREDIT-R-06]
#[test]
fn cr19_the_rate_limit_bounds_switches_and_timers() {
    let params = PoolParams { ratelimit: Duration::from_millis(5), ..PoolParams::DEFAULT };
    let mut sim = sim_of(1, 16, params);
    hogs(&mut sim, 2);
    for index in 0..4 {
        add(&mut sim, 256, Load::Periodic { first: MS + index * 37 * US, period: 200 * US, work: 2 * US });
    }
    sim.run_until(2_000 * MS);
    assert!(sim.preemptions <= 2 * 200, "{}", sim.preemptions);
    assert!(sim.shortest_timer >= 100 * US, "{}", sim.shortest_timer);
}

// [CREDIT-R-08]
#[test]
fn cr20_parameters_out_of_range_are_refused() {
    let good = [30 * MS, MS, 10 * MS, 0];
    assert!(PoolParams::read(&good).is_ok());
    for (word, bad) in [(0, 0), (0, 1_001 * MS), (1, 99 * US), (1, 31 * MS), (3, 100_001 * US)] {
        let mut row = good;
        row[word] = bad;
        assert_eq!(PoolParams::read(&row).unwrap_err().key as usize, word);
    }
    let mut sim = sim(1);
    let before = sim.pool.policy().clone();
    let bad = PoolParams { tslice: Duration::ZERO, ..PoolParams::DEFAULT };
    assert!(sim.pool.change(&[Change::Pool(bad)], sched::When::Now, at(0), &mut NoLog).refused.is_some());
    assert_eq!(*sim.pool.policy(), before);
    assert!(sim.pool.policy().alarm().is_none());
}

// [CREDIT-R-10]
#[test]
fn cr22_who_is_displaced_goes_on_elsewhere() {
    let mut sim = sim(2);
    (sim.kick_delay, sim.save_delay) = (1_000, 1_000);
    let free = add(&mut sim, 256, Load::Hog);
    sim.run_until(20 * MS);
    let here = if sim.running(0) == Some(free) { 0 } else { 1 };
    let pinned = sim.add(0, VcpuParams::DEFAULT, Affinity::hard(only(here)), Load::Off);
    sim.start(pinned);
    sim.run_until(20 * MS + MS);
    assert_eq!((sim.running(here), sim.running(1 - here)), (Some(pinned), Some(free)));
    assert!(sim.guests[free.index()].served >= 20 * MS + 980 * US);
}

// [CREDIT-R-01]
#[test]
fn cr25_many_vcpus_on_64_pcpus_do_not_overflow() {
    let mut sim = sim_of(64, 257, PoolParams::DEFAULT);
    (sim.kick_delay, sim.save_delay) = (100, 100);
    for index in 0..257 {
        sim.add((index == 256) as u16, VcpuParams::DEFAULT, Affinity::ANY, Load::Hog);
    }
    sim.run_until(6_000 * MS);
    (0..257).for_each(|v| near(sim.share(Vcpu(v)), 6_400.0 / 257.0, 0.6));
}

// [CREDIT-R-09]
#[test]
fn a_migration_delay_holds_a_displaced_vcpu_back_for_its_pcpu() {
    for delay in [0, 5] {
        let params = PoolParams { migration_delay: Duration::from_millis(delay), ..PoolParams::DEFAULT };
        let mut sim = sim_of(2, 16, params);
        (sim.kick_delay, sim.save_delay) = (1_000, 1_000);
        let free = add(&mut sim, 256, Load::Hog);
        sim.run_until(20 * MS);
        let here = if sim.running(0) == Some(free) { 0 } else { 1 };
        let pinned = sim.add(0, VcpuParams::DEFAULT, Affinity::hard(only(here)), Load::Off);
        sim.start(pinned);
        sim.run_until(20 * MS + 4 * MS + 900 * US);
        assert_eq!(sim.running(1 - here), (delay == 0).then_some(free));
        sim.run_until(20 * MS + 5 * MS + 100 * US);
        assert_eq!(sim.running(1 - here), Some(free));
        assert!(sim.pool.policy().alarm().is_none());
    }
}

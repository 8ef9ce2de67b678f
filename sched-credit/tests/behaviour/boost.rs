//! The cases of credit about shares, classes and the rate limit.

use super::calls::Calls;
use super::world::*;
use super::*;
use sched::sim::{Load, Machine, Observer, Sim};
use sched::{Answer, Call, Instant, NoLog, Params, Row, Scheduler, When};

fn shares(weights: &[u32]) -> Vec<f64> {
    let mut sim = world(1);
    let hog = |weight: &u32| add(&mut sim, 0, own_weight(*weight), Affinity::ANY, Load::hog());
    let all: Vec<Vcpu> = weights.iter().map(hog).collect();
    run_to(&mut sim, 10_000 * MS);
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
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let v = calls.add(0, own_weight(3), Affinity::ANY);
    for burst in 0..10_000 {
        let now = burst * 1_000;
        calls.wake(v, now);
        calls.pick(0, now);
        calls.block(v, now + 100);
        calls.pick(0, now + 100);
        calls.saved(v, 0, now + 100);
    }
    assert_eq!(calls.pool.service(v, at(MS * 100)).served, ms(1));
    // 2⁴⁰ / 3 rounded down, and nothing lost beside that.
    assert_eq!(calls.pool.policy().core().slot(v.0).vtime(), 1_000_000 * ((1 << 40) / 3));
}

// [CREDIT-R-03] [CREDIT-R-05]
#[test]
fn cr08_under_goes_before_over_and_over_takes_turns() {
    let mut sim = world(1);
    let all: [Vcpu; 3] = hogs(&mut sim);
    let rested = sleeper(&mut sim, 0, Affinity::ANY);
    let mut turns = Vec::new();
    for turn in 0..9 {
        run_to(&mut sim, 1_000 * MS + turn * 30 * MS);
        turns.push(sim.running(0).unwrap());
    }
    all.iter().for_each(|v| assert!(turns[..3].contains(v)));
    assert_eq!((&turns[..3], &turns[3..6]), (&turns[3..6], &turns[6..]));
    run_to(&mut sim, 2_000 * MS);
    sim.start(rested);
    run_to(&mut sim, 2_001 * MS + 1);
    assert_eq!(sim.running(0), Some(rested));
}

// [CREDIT-R-04]
#[test]
fn cr10_no_boost_when_over_or_unparked() {
    let mut sim = world(1);
    hogs::<1, _>(&mut sim);
    let heavy = sleeper(&mut sim, 0, Affinity::ANY);
    run_to(&mut sim, 100 * MS);
    sim.start(heavy);
    run_to(&mut sim, 139 * MS);
    sim.pause(heavy);
    run_to(&mut sim, 139 * MS + 10 * US);
    let runs = sim.running(0);
    sim.unpause(heavy);
    run_to(&mut sim, 139 * MS + 20 * US);
    assert!(runs != Some(heavy) && sim.running(0) == runs);
    let is_urgent = |sim: &World, v: Vcpu| sim.policy().core().slot(v.0).is_urgent();
    assert!(!is_urgent(&sim, heavy));
    group(&mut sim, 1, 256, 10);
    let capped = add(&mut sim, 1, VcpuParams::DEFAULT, Affinity::ANY, Load::hog());
    // It woke once, with credit.
    run_to(&mut sim, 200 * MS);
    for step in 1..2_000 {
        run_to(&mut sim, 200 * MS + step * 500 * US);
        assert!(!is_urgent(&sim, capped));
    }
    assert!(sim.share(capped) > 5.0, "{}", sim.share(capped));
}

// [CREDIT-R-04]
#[test]
fn cr13_mixed_worker_waits_at_most_60_ms() {
    for phase in 0..11 {
        let mut sim = world(1);
        hogs::<5, _>(&mut sim);
        run_to(&mut sim, phase * 1_003 * US);
        let worker = add(&mut sim, 0, VcpuParams::DEFAULT, Affinity::ANY, Load::on_off(ms(4), ms(7)));
        run_to(&mut sim, 10_000 * MS);
        near(sim.share(worker), 16.67, 1.0);
        assert!(sim.wakes(worker).most <= ms(60), "{:?}", sim.wakes(worker));
    }
}

// [CREDIT-R-03]
#[test]
fn cr14_light_worker_gets_all_it_wants() {
    for phase in 0..10 {
        let mut sim = world(1);
        hogs::<3, _>(&mut sim);
        let load = periodic(ms(50) + us(phase * 1_777), ms(10), us(500));
        let worker = add(&mut sim, 0, VcpuParams::DEFAULT, Affinity::ANY, load);
        run_to(&mut sim, 10_000 * MS);
        near(sim.share(worker), 5.0, 0.06);
        assert!(sim.jobs(worker).latency.mean() <= ms(1), "{:?}", sim.jobs(worker).latency);
    }
}

/// The shortest time for which a decision asked to be asked again, unless it repeats what was said before.
struct Shortest {
    until: Option<Instant>,
    length: Duration,
}

impl Observer for Shortest {
    fn call<S: Params>(&mut self, _: Cpu, _: u32, now: Instant, call: &Call<'_, S>, answer: &Answer) {
        if matches!(call, Call::Pick { .. } | Call::Turn { .. }) && answer.choice.until != self.until {
            self.until = answer.choice.until;
            self.length = self.length.min(self.until.map_or(Duration::MAX, |until| until.since(now)));
        }
    }
}

// [CREDIT-R-06]
#[test]
fn cr19_the_rate_limit_bounds_switches_and_timers() {
    let params = PoolParams { ratelimit: ms(5), ..PoolParams::DEFAULT };
    let shortest = Shortest { until: None, length: Duration::MAX };
    let mut sim = Sim::watched(policy(1, 16, 16, params), Machine::new(1, 16), shortest);
    let hogs: [Vcpu; 2] = hogs(&mut sim);
    for index in 0..4 {
        let load = periodic(ms(1) + us(index * 37), us(200), us(2));
        add(&mut sim, 0, VcpuParams::DEFAULT, Affinity::ANY, load);
    }
    run_to(&mut sim, 2_000 * MS);
    let preemptions: u64 = hogs.iter().map(|v| sim.tally(*v).preemptions).sum();
    assert!((50..=2 * 200).contains(&preemptions), "{preemptions}");
    assert!(sim.observer.length >= us(100), "{:?}", sim.observer.length);
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
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let before = calls.pool.policy().clone();
    let bad = [Change::Pool(PoolParams { tslice: Duration::ZERO, ..PoolParams::DEFAULT })];
    assert!(calls.pool.change(&bad, When::Now, at(0), &mut NoLog).refused.is_some());
    assert!(*calls.pool.policy() == before);
    assert_eq!(calls.pool.policy().alarm(), None);
}

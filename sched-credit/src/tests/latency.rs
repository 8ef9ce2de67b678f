//! BOOST, the slice, the rate limit: how soon a vCPU runs, and who may be pre-empted when.

use super::harness::{Load, MS, US};
use super::*;

fn hogs(sim: &mut Sim<Policy>, count: usize) -> Vec<Vcpu> {
    (0..count).map(|_| weighted(sim, 256, Load::Hog)).collect()
}

// [CREDIT-R-03]
#[test]
fn a_light_task_gets_all_it_wants_soon() {
    let mut sim = sim(1);
    hogs(&mut sim, 3);
    let worker = weighted(&mut sim, 256, Load::OnOff { work: 500 * US, sleep: 9_500 * US });
    sim.run_until(10_000 * MS);
    assert!(sim.share(worker) >= 4.7, "{}", sim.share(worker));
    assert!(sim.mean_latency(worker) <= MS);
}

// [CREDIT-R-04]
#[test]
fn mixed_work_waits_for_its_share_and_not_for_everybody() {
    for phase in [0, 1_003 * US, 5_007 * US] {
        let mut sim = sim(1);
        hogs(&mut sim, 5);
        sim.run_until(phase);
        let worker = weighted(&mut sim, 256, Load::OnOff { work: 4 * MS, sleep: 7 * MS });
        sim.run_until(10_000 * MS);
        near(sim.share(worker), 16.67, 1.0);
        sim.guests[worker.index()].latencies.remove(0);
        assert!(sim.worst_latency(worker) <= 60 * MS, "{}", sim.worst_latency(worker));
    }
}

// [CREDIT-R-02]
#[test]
fn who_hides_from_a_tick_gains_nothing() {
    for (work, sleep) in [(9_900 * US, 100 * US), (9 * MS, 10 * US), (29 * MS, 1)] {
        let mut sim = sim(1);
        hogs(&mut sim, 1);
        let thief = weighted(&mut sim, 256, Load::OnOff { work, sleep });
        sim.run_until(10_000 * MS);
        near(sim.share(thief), 50.0, 1.0);
    }
}

// [CREDIT-R-04]
#[test]
fn no_boost_without_credit_nor_for_a_vcpu_that_was_parked() {
    let mut sim = sim(1);
    hogs(&mut sim, 1);
    let heavy = weighted(&mut sim, 256, Load::Off);
    sim.run_until(100 * MS);
    sim.start(heavy);
    sim.run_until(139 * MS);
    // It has used what it had: its wake moves nobody at once.
    sim.stop(heavy);
    sim.run_until(139 * MS + 10 * US);
    let runs = sim.running(0);
    assert_ne!(runs, Some(heavy));
    sim.start(heavy);
    sim.run_until(139 * MS + 20 * US);
    assert_eq!(sim.running(0), runs);
    assert!(!sim.pool.policy().core().slot(heavy.0).is_urgent());
    group(&mut sim, 1, 256, 10);
    let capped = sim.add(1, VcpuParams::DEFAULT, Affinity::ANY, Load::Hog);
    for step in 0..2_000 {
        sim.run_until(200 * MS + step * 500 * US);
        let slot = *sim.pool.policy().core().slot(capped.0);
        assert!(step == 0 || !slot.is_urgent());
    }
}

// [CREDIT-R-05]
#[test]
fn hogs_take_turns_by_the_slice() {
    let params = PoolParams { tslice: Duration::from_millis(5), ..PoolParams::DEFAULT };
    for (params, slice) in [(PoolParams::DEFAULT, 30), (params, 5)] {
        let mut sim = sim_with(1, params);
        let all = hogs(&mut sim, 3);
        let mut turns = Vec::new();
        for turn in 0..9 {
            sim.run_until(1_000 * MS + turn * slice * MS);
            turns.push(sim.running(0).unwrap());
        }
        all.iter().for_each(|v| assert!(turns[..3].contains(v)));
        assert_eq!((&turns[..3], &turns[3..6]), (&turns[3..6], &turns[6..]));
    }
}

// [CREDIT-R-06]
#[test]
fn the_rate_limit_bounds_preemption_under_a_storm_of_wakes() {
    let params = PoolParams { ratelimit: Duration::from_millis(5), ..PoolParams::DEFAULT };
    let mut sim = sim_with(1, params);
    hogs(&mut sim, 2);
    for index in 0..4 {
        let load = Load::Periodic { first: MS + index * 37 * US, period: 200 * US, work: 2 * US };
        sim.add(0, VcpuParams::DEFAULT, Affinity::ANY, load);
    }
    sim.run_until(2_000 * MS);
    assert!(sim.preemptions <= 2 * 200, "{}", sim.preemptions);
}

// [CREDIT-R-12]
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

// [CREDIT-R-12]
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

// [CREDIT-R-08]
#[test]
fn bad_parameters_are_refused() {
    use sched::Row;
    for row in [
        [0, 0, 10 * MS, 0],
        [1_001 * MS, 0, 10 * MS, 0],
        [30 * MS, 99 * US, 10 * MS, 0],
        [2 * MS, 3 * MS, 10 * MS, 0],
        [30 * MS, MS, 10 * MS, 100_001 * US],
    ] {
        assert!(PoolParams::read(&row).is_err());
    }
}

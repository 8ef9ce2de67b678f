//! How soon a vCPU runs after it wakes, and who may be pre-empted when.

use super::harness::{Load, MS, US};
use super::*;

fn hogs(sim: &mut Sim<Policy>, count: usize) -> Vec<Vcpu> {
    (0..count).map(|_| weighted(sim, 256, Load::Hog)).collect()
}

// [CREDIT2-R-05]
#[test]
fn a_light_task_gets_all_it_wants_within_the_rate_limit() {
    let mut sim = sim(1);
    hogs(&mut sim, 3);
    let worker = weighted(&mut sim, 256, Load::OnOff { work: 500 * US, sleep: 9_500 * US });
    sim.run_until(10_000 * MS);
    assert!(sim.share(worker) >= 4.7, "{}", sim.share(worker));
    // The first time all four start from zero; from then on it has credit.
    sim.guests[worker.index()].latencies.remove(0);
    assert!(sim.worst_latency(worker) <= 1_050 * US);
    assert!(sim.mean_latency(worker) <= 600 * US, "{}", sim.mean_latency(worker));
}

// [CREDIT2-R-03]
#[test]
fn a_periodic_task_with_a_hint_runs_at_once_whatever_its_phase() {
    for (hog_count, first) in [(1, 2_000 * MS), (3, 2_003 * MS), (3, 2_007 * MS + 77 * US)] {
        let mut sim = sim(1);
        hogs(&mut sim, hog_count);
        let task = sim.add(0, hinted(100 * US), Affinity::ANY, Load::Periodic { first, period: 10 * MS, work: MS });
        sim.run_until(12_000 * MS);
        assert!(sim.guests[task.index()].latencies.len() > 900);
        assert_eq!(sim.worst_latency(task), 0);
    }
}

// [CREDIT2-R-04]
#[test]
fn a_hint_is_no_licence_to_take_more_than_the_share() {
    let mut sim = sim(1);
    hogs(&mut sim, 3);
    let greedy = sim.add(0, hinted(100 * US), Affinity::ANY, Load::OnOff { work: 3 * MS, sleep: 10 * US });
    sim.run_until(10_000 * MS);
    near(sim.share(greedy), 25.0, 1.0);
}

// [CREDIT2-R-03]
#[test]
fn the_shortest_tolerated_delay_goes_first() {
    let mut sim = sim(1);
    hogs(&mut sim, 2);
    let load = Load::Periodic { first: 100 * MS, period: 20 * MS, work: MS };
    let patient = sim.add(0, hinted(5 * MS), Affinity::ANY, load);
    let hasty = sim.add(0, hinted(100 * US), Affinity::ANY, load);
    sim.run_until(2_000 * MS);
    assert_eq!(sim.worst_latency(hasty), 0);
    assert!(sim.worst_latency(patient) <= MS);
}

// [CREDIT2-R-05]
#[test]
fn without_a_hint_a_wake_waits_for_the_rate_limit_and_no_longer() {
    let mut sim = sim(1);
    hogs(&mut sim, 1);
    let waker = weighted(&mut sim, 256, Load::Off);
    let rival = weighted(&mut sim, 256, Load::Periodic { first: 20 * MS, period: 1_000 * MS, work: 100 * US });
    sim.run_until(20 * MS + 100 * US);
    assert_eq!(sim.guests[rival.index()].served, 100 * US);
    // The hog is back since 20.1 ms; the waker comes 0.4 ms later and must start at 21.1 ms.
    sim.run_until(20 * MS + 500 * US);
    sim.start(waker);
    sim.run_until(21 * MS + 99 * US);
    assert_eq!(sim.guests[waker.index()].served, 0);
    sim.run_until(21 * MS + 200 * US);
    assert!(sim.guests[waker.index()].served >= 95 * US);
}

// [CREDIT2-R-12]
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
    sim.run_until(2_000 * MS);
    all.iter().for_each(|v| near(sim.share(*v), 50.0, 0.2));
}

// [CREDIT2-R-12]
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

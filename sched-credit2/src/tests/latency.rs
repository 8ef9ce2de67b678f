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

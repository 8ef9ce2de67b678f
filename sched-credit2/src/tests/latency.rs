//! How soon a vCPU runs after it wakes, and who may be pre-empted when.

use super::world::*;
use super::*;
use sched::sim::Load;

fn task(sim: &mut World, latency: Duration, load: Load) -> Vcpu {
    add(sim, 0, hinted(latency.nanos()), Affinity::ANY, load)
}

// [CREDIT2-R-05]
#[test]
fn a_light_task_gets_all_it_wants_within_the_rate_limit() {
    let mut sim = world(1);
    hogs::<3, _>(&mut sim);
    // When all start from zero it has no credit; from then on it has.
    run_to(&mut sim, 10 * MS);
    let worker = add(&mut sim, 0, VcpuParams::DEFAULT, Affinity::ANY, Load::on_off(us(500), us(9_500)));
    run_to(&mut sim, 10_000 * MS);
    assert!(sim.share(worker) >= 4.7, "{}", sim.share(worker));
    let wakes = sim.wakes(worker);
    assert!(wakes.most <= us(1_050) && wakes.mean() <= us(600), "{wakes:?}");
}

// [CREDIT2-R-03]
#[test]
fn a_periodic_task_with_a_hint_runs_at_once_whatever_its_phase() {
    for (hog_count, first) in [(1, ms(2_000)), (3, ms(2_003)), (3, us(2_007_077))] {
        let mut sim = world(1);
        for _ in 0..hog_count {
            hog(&mut sim, Affinity::ANY);
        }
        let task = task(&mut sim, us(100), periodic(first, ms(10), ms(1)));
        run_to(&mut sim, 12_000 * MS);
        let latency = sim.jobs(task).latency;
        assert!(latency.count > 900 && latency.most.is_zero(), "{latency:?}");
    }
}

// [CREDIT2-R-04]
#[test]
fn a_hint_is_no_licence_to_take_more_than_the_share() {
    let mut sim = world(1);
    hogs::<3, _>(&mut sim);
    let greedy = task(&mut sim, us(100), Load::on_off(ms(3), us(10)));
    run_to(&mut sim, 10_000 * MS);
    near(sim.share(greedy), 25.0, 1.0);
}

// [CREDIT2-R-03]
#[test]
fn the_shortest_tolerated_delay_goes_first() {
    let mut sim = world(1);
    hogs::<2, _>(&mut sim);
    let [patient, hasty] = [ms(5), us(100)].map(|latency| task(&mut sim, latency, periodic(ms(100), ms(20), ms(1))));
    run_to(&mut sim, 2_000 * MS);
    assert!(sim.jobs(hasty).latency.most.is_zero());
    assert_eq!(sim.jobs(patient).latency.most, ms(1));
}

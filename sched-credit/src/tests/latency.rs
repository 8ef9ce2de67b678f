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

// [CREDIT-R-08]
#[test]
fn parameters_out_of_their_ranges_are_refused() {
    use sched::Row;
    let good = [30 * MS, MS, 10 * MS, 0];
    assert_eq!(PoolParams::read(&good), Ok(PoolParams::DEFAULT));
    let bad = [
        (0, MS - 1),
        (0, 1_000 * MS + 1),
        (1, 99 * US),
        (1, 31 * MS),
        (2, MS - 1),
        (2, 1_000 * MS + 1),
        (3, 100 * MS + 1),
    ];
    for (word, value) in bad {
        let mut row = good;
        row[word] = value;
        let refused = PoolParams::read(&row).unwrap_err();
        assert_eq!((usize::from(refused.key), refused.has), (word, value));
    }
    assert_eq!(VcpuParams::read(&[65_536]).unwrap_err().key, 0);
}

//! BOOST, the slice, the rate limit: how soon a vCPU runs, and what hiding gains.

use super::world::*;
use super::*;
use sched::sim::Load;

// [CREDIT-R-03]
#[test]
fn a_light_task_gets_all_it_wants_soon() {
    let mut sim = world(1);
    hogs::<3, _>(&mut sim);
    let worker = add(&mut sim, 0, VcpuParams::DEFAULT, Affinity::ANY, Load::on_off(us(500), us(9_500)));
    run_to(&mut sim, 10_000 * MS);
    assert!(sim.share(worker) >= 4.7, "{}", sim.share(worker));
    assert!(sim.wakes(worker).mean() <= ms(1), "{:?}", sim.wakes(worker));
}

// [CREDIT-R-02]
#[test]
fn who_hides_from_a_tick_gains_nothing() {
    let loads = [
        Load::on_off(us(9_900), us(100)),
        Load::on_off(ms(9), us(10)),
        Load::on_off(ms(29), Duration::from_nanos(1)),
        Load::evader(ms(10), us(100)),
    ];
    for load in loads {
        let mut sim = world(1);
        hogs::<1, _>(&mut sim);
        let thief = add(&mut sim, 0, VcpuParams::DEFAULT, Affinity::ANY, load);
        run_to(&mut sim, 10_000 * MS);
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

//! The cases of credit about caps.

use super::world::*;
use super::*;
use sched::sim::Load;

// [CREDIT-R-07]
#[test]
fn cr16_a_cap_is_one_budget_of_the_group() {
    let light = || Load::on_off(ms(2), ms(8));
    let cases = [
        ([Load::hog(), Load::hog(), Load::hog(), Load::hog()], 50.0, Some(200.0)),
        ([Load::hog(), Load::idle(), Load::idle(), Load::idle()], 100.0, Some(100.0)),
        ([Load::hog(), light(), light(), light()], 100.0, None),
    ];
    for (loads, first, total) in cases {
        let mut sim = world(4);
        let all = loads.map(|load| add(&mut sim, 1, VcpuParams::DEFAULT, Affinity::ANY, load));
        group(&mut sim, 1, 256, 200);
        run_to(&mut sim, 10_000 * MS);
        near(sim.share(all[0]), first, 2.0);
        let has = all.iter().map(|v| sim.share(*v)).sum();
        total.iter().for_each(|total| near(has, *total, 2.0));
    }
}

// [CREDIT-R-07] [CREDIT-R-14]
#[test]
fn cr17_a_cleared_cap_releases_within_a_slice() {
    let mut sim = world(1);
    let v = add(&mut sim, 1, VcpuParams::DEFAULT, Affinity::ANY, Load::hog());
    group(&mut sim, 1, 256, 10);
    run_to(&mut sim, 105 * MS);
    assert_eq!(sim.running(0), None);
    group(&mut sim, 1, 256, 0);
    run_to(&mut sim, 105 * MS + 1);
    assert_eq!(sim.running(0), Some(v));
}

//! The cases of credit2 about caps.

use super::calls::Calls;
use super::world::*;
use super::*;
use sched::{NoLog, When};

// [CREDIT2-R-07]
#[test]
fn c219_a_cap_over_four_pcpus_leaves_no_budget_unused() {
    let mut sim = slow_world(4);
    let all: [Vcpu; 4] =
        [(); 4].map(|()| add(&mut sim, 1, VcpuParams::DEFAULT, Affinity::ANY, sched::sim::Load::hog()));
    group(&mut sim, 1, 256, 150);
    let mut unused = 0;
    for step in 1..20_000 {
        run_to(&mut sim, step * 250 * US);
        unused = if sim.policy().core().hoards(Group(1)) { unused + 1 } else { 0 };
        assert!(unused <= 4);
    }
    near(all.iter().map(|v| sim.share(*v)).sum(), 150.0, 1.0);
}

// [CREDIT2-R-08] [CREDIT2-R-14]
#[test]
fn c220_a_cap_beyond_the_vcpus_is_refused_with_all_else() {
    let mut calls = Calls::new(4, PoolParams::DEFAULT);
    let all = [(); 3].map(|()| calls.add(1, VcpuParams::DEFAULT, Affinity::ANY));
    let bad = [Change::Group(Group(1), GroupParams { weight: 7, cap: 301 })];
    assert!(calls.pool.change(&bad, When::Now, at(0), &mut NoLog).refused.is_some());
    assert_eq!(calls.pool.policy().core().group_params(Group(1)), GroupParams::DEFAULT);
    let mut sim = world(4);
    for _ in all {
        add(&mut sim, 1, VcpuParams::DEFAULT, Affinity::ANY, sched::sim::Load::hog());
    }
    group(&mut sim, 1, 7, 30);
    run_to(&mut sim, 15 * MS);
    assert_eq!(busy(&sim, 0..4), 0);
    group(&mut sim, 1, 7, 0);
    run_to(&mut sim, 15 * MS);
    assert_eq!(busy(&sim, 0..4), 3);
}

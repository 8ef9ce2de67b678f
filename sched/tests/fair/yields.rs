//! Yielding: the next one runs, at no lasting cost.

use super::world::*;
use super::*;
use sched::sim::{Act, Load};

#[test]
fn a_yield_lets_the_next_one_run() {
    let mut sim = world(1);
    let polite = add(
        &mut sim,
        0,
        VcpuParams::DEFAULT,
        Affinity::ANY,
        Load::once(&[Act::Run(us(300).into()), Act::Yield, Act::Run(Duration::MAX.into())]),
    );
    let other = hog(&mut sim, Affinity::ANY);
    run_to(&mut sim, 300 * US - 1);
    assert_eq!(sim.running(0), Some(polite));
    run_to(&mut sim, 300 * US);
    assert_eq!(sim.running(0), Some(other));
    // It costs no share in the long run.
    run_to(&mut sim, 4_000 * MS);
    [polite, other].iter().for_each(|v| near(sim.share(*v), 50.0, 0.8));
}

#[test]
fn a_yield_of_a_lone_vcpu_disturbs_nobody() {
    let mut sim = world(2);
    let polite = add(&mut sim, 0, VcpuParams::DEFAULT, Affinity::hard(only(0)), Load::yielder(ms(1)));
    let other = hog(&mut sim, Affinity::hard(only(1)));
    run_to(&mut sim, 10 * MS);
    let decisions = sim.cpu(1).decisions;
    run_to(&mut sim, 100 * MS);
    assert_eq!((sim.cpu(1).decisions, sim.tally(polite).dispatches), (decisions, 1));
    [polite, other].iter().for_each(|v| near(sim.share(*v), 100.0, 0.0));
}

//! Caps: exact over one and several pCPUs, and lifted at once.

use super::harness::{Load, MS, at};
use super::*;

fn member(sim: &mut Sim<Policy>, g: u16, load: Load) -> Vcpu {
    sim.add(g, VcpuParams::DEFAULT, Affinity::ANY, load)
}

#[test]
fn a_cap_holds_alone_and_against_a_hog() {
    for (cap, with_hog) in [(20, false), (20, true), (5, true)] {
        let mut sim = sim(1);
        group(&mut sim, 1, 256, cap);
        let capped = member(&mut sim, 1, Load::Hog);
        let hog = with_hog.then(|| member(&mut sim, 0, Load::Hog));
        sim.run_until(10_000 * MS);
        near(sim.share(capped), cap as f64, 0.3);
        hog.iter().for_each(|v| near(sim.share(*v), 100.0 - cap as f64, 0.3));
        sim.check_ledger();
    }
}

#[test]
fn a_cap_is_one_budget_over_several_pcpus() {
    for (cap, busy) in [(150, 4), (150, 2), (200, 4), (250, 3), (100, 1)] {
        let mut sim = sim(4);
        (sim.kick_delay, sim.save_delay) = (500, 300);
        group(&mut sim, 1, 256, cap);
        let all: Vec<Vcpu> =
            (0..4).map(|index| member(&mut sim, 1, if index < busy { Load::Hog } else { Load::Off })).collect();
        sim.run_until(5_000 * MS);
        let total: f64 = all.iter().map(|v| sim.share(*v)).sum();
        near(total, cap as f64, 1.0);
    }
}

#[test]
fn a_sibling_shares_its_budget_on_demand() {
    let mut sim = sim(2);
    group(&mut sim, 1, 256, 60);
    let a = member(&mut sim, 1, Load::Hog);
    let b = member(&mut sim, 1, Load::Off);
    sim.run_until(100 * MS + MS);
    // `a` holds the whole budget of this period; `b` must not wait for the next.
    sim.start(b);
    sim.run_until(102 * MS);
    assert!(sim.guests[b.index()].served > 0);
    assert!(sim.guests[a.index()].served > 0);
}

#[test]
fn a_capped_vcpu_takes_no_share_from_others() {
    let mut sim = sim(1);
    let free = member(&mut sim, 0, Load::Hog);
    for g in 1..4 {
        group(&mut sim, g, 256, 20);
        member(&mut sim, g, Load::Hog);
    }
    sim.run_until(10_000 * MS);
    near(sim.share(free), 40.0, 1.0);
}

#[test]
fn clearing_a_cap_releases_at_once_and_setting_one_stops_at_once() {
    let mut sim = sim(1);
    group(&mut sim, 1, 256, 10);
    let v = member(&mut sim, 1, Load::Hog);
    sim.run_until(105 * MS);
    assert_eq!(sim.running(0), None);
    group(&mut sim, 1, 256, 0);
    sim.run_until(105 * MS + 1);
    assert_eq!(sim.running(0), Some(v));
    sim.run_until(200 * MS);
    assert_eq!((sim.until(0), sim.pool.alarm()), (None, None));
    let before = sim.guests[v.index()].served;
    group(&mut sim, 1, 256, 10);
    sim.run_until(300 * MS);
    near((sim.guests[v.index()].served - before) as f64 / MS as f64, 10.0, 1.1);
}

#[test]
fn a_change_that_is_refused_changes_nothing() {
    let mut sim = sim(1);
    let v = member(&mut sim, 0, Load::Hog);
    let bad = GroupParams { weight: 1, cap: 6_401 };
    let changes = [Change::Vcpu(v, own_weight(7)), Change::Group(Group(0), bad)];
    let answer = sim.pool.change(&changes, sched::When::Now, at(0), &mut sched::NoLog);
    assert!(answer.refused.is_some());
    assert_eq!(sched::Scheduler::in_force(sim.pool.policy(), v), Some((VcpuParams::DEFAULT, Affinity::ANY)));
}

#[test]
fn an_overrun_is_paid_before_a_sibling_gets_what_is_left() {
    let mut sim = sim(1);
    group(&mut sim, 1, 256, 50);
    let [a, b] = [(); 2].map(|()| member(&mut sim, 1, Load::Off));
    for v in [a, b] {
        sim.pool.wake(v, at(0), &mut sched::NoLog);
    }
    // Half of the budget of 5 ms each; the timer comes so late that the first one uses it all.
    assert_eq!(sim.pool.pick(Cpu(0), at(0), &mut sched::NoLog).choice.run, Some(a));
    sim.pool.block(a, sched::Why::Wait, at(5 * MS), &mut sched::NoLog);
    let choice = sim.pool.pick(Cpu(0), at(5 * MS), &mut sched::NoLog).choice;
    assert_eq!((choice.run, choice.until), (None, None));
    let overruns = |v| sim.pool.service(v, at(5 * MS)).overruns;
    assert_eq!((overruns(a), overruns(b)), (1, 0));
}

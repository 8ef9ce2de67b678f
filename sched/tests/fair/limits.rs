//! Caps: exact over one and several pCPUs, and lifted at once.

use super::calls::Calls;
use super::world::*;
use super::*;
use sched::sim::Load;

fn member(sim: &mut World, g: u16) -> Vcpu {
    add(sim, g, VcpuParams::DEFAULT, Affinity::ANY, Load::hog())
}

#[test]
fn a_cap_holds_alone_and_against_a_hog() {
    for (cap, with_hog) in [(20, false), (20, true), (5, true)] {
        let mut sim = world(1);
        group(&mut sim, 1, 256, cap);
        let capped = member(&mut sim, 1);
        let other = with_hog.then(|| hog(&mut sim, Affinity::ANY));
        run_to(&mut sim, 10_000 * MS);
        near(sim.share(capped), cap as f64, 0.3);
        other.iter().for_each(|v| near(sim.share(*v), 100.0 - cap as f64, 0.3));
        check_ledger(&sim, 1 + u16::from(with_hog));
    }
}

#[test]
fn a_cap_is_one_budget_over_several_pcpus() {
    for (cap, busy) in [(150, 4), (150, 2), (200, 4), (250, 3), (100, 1)] {
        let mut sim = slow_world(4);
        group(&mut sim, 1, 256, cap);
        let active: Vec<Vcpu> = (0..busy).map(|_| member(&mut sim, 1)).collect();
        for _ in busy..4 {
            sleeper(&mut sim, 1, Affinity::ANY);
        }
        run_to(&mut sim, 5_000 * MS);
        let total: f64 = active.iter().map(|v| sim.share(*v)).sum();
        near(total, cap as f64, 1.0);
    }
}

#[test]
fn a_sibling_shares_its_budget_on_demand() {
    let mut sim = world(2);
    group(&mut sim, 1, 256, 60);
    let a = member(&mut sim, 1);
    let b = sleeper(&mut sim, 1, Affinity::ANY);
    run_to(&mut sim, 100 * MS + MS);
    // `a` holds the whole budget of this period; `b` must not wait for the next.
    sim.start(b);
    run_to(&mut sim, 102 * MS);
    assert!(served(&sim, b) > 0);
    assert!(served(&sim, a) > 0);
}

#[test]
fn a_capped_vcpu_takes_no_share_from_others() {
    let mut sim = world(1);
    let free = hog(&mut sim, Affinity::ANY);
    for g in 1..4 {
        group(&mut sim, g, 256, 20);
        member(&mut sim, g);
    }
    run_to(&mut sim, 10_000 * MS);
    near(sim.share(free), 40.0, 1.0);
}

#[test]
fn clearing_a_cap_releases_at_once_and_setting_one_stops_at_once() {
    let mut sim = world(1);
    group(&mut sim, 1, 256, 10);
    let v = member(&mut sim, 1);
    run_to(&mut sim, 105 * MS);
    assert_eq!(sim.running(0), None);
    group(&mut sim, 1, 256, 0);
    run_to(&mut sim, 105 * MS + 1);
    assert_eq!((sim.running(0), sim.pool().alarm()), (Some(v), None));
    let (before, timers) = (served(&sim, v), sim.cpu(0).timers);
    run_to(&mut sim, 200 * MS);
    assert_eq!((served(&sim, v) - before, sim.cpu(0).timers), (95 * MS - 1, timers));
    group(&mut sim, 1, 256, 10);
    run_to(&mut sim, 300 * MS);
    near((served(&sim, v) - before) as f64 / MS as f64, 95.0 + 10.0, 1.1);
}

#[test]
fn a_higher_cap_releases_all_who_wait_for_budget_one_by_one() {
    let mut calls = Calls::new(2, PoolParams::DEFAULT);
    let cap = |cap| Change::Group(Group(1), GroupParams { weight: 256, cap });
    let all = [(); 2].map(|()| calls.add(1, VcpuParams::DEFAULT, Affinity::ANY));
    calls.change(cap(10), 0);
    assert_eq!(all.map(|v| calls.wake(v, 0)), [only(0), only(1)]);
    assert_eq!([0, 1].map(|cpu| calls.pick(cpu, 0).run), all.map(Some));
    for (cpu, v) in (0..).zip(all) {
        assert_eq!(calls.pick(cpu, MS).run, None);
        assert_eq!(calls.saved(v, cpu, MS), CpuSet::EMPTY);
    }
    let hoards = |calls: &Calls| calls.pool.policy().core().hoards(Group(1));
    assert_eq!((calls.pool.alarm(), hoards(&calls)), (Some(at(10 * MS)), false));
    calls.change(cap(50), 2 * MS);
    for (cpu, v) in (0..).zip(all) {
        assert_eq!((calls.pool.alarm(), hoards(&calls)), (Some(at(2 * MS)), true));
        assert_eq!(calls.expire(2 * MS), only(cpu));
        assert_eq!(calls.pick(cpu, 2 * MS).run, Some(v));
    }
    assert_eq!((calls.pool.alarm(), hoards(&calls)), (None, false));
}

#[test]
fn a_change_that_is_refused_changes_nothing() {
    let mut sim = world(1);
    let v = hog(&mut sim, Affinity::ANY);
    let bad = GroupParams { weight: 1, cap: 6_401 };
    let changes = [Change::Vcpu(v, own_weight(7)), Change::Group(Group(0), bad)];
    assert!(sim.change(&changes, sched::When::Now).is_err());
    assert_eq!(sched::Scheduler::in_force(sim.policy(), v), Some((VcpuParams::DEFAULT, Affinity::ANY)));
}

#[test]
fn an_overrun_is_paid_before_a_sibling_gets_what_is_left() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let [a, b] = [(); 2].map(|()| calls.add(1, VcpuParams::DEFAULT, Affinity::ANY));
    calls.change(Change::Group(Group(1), GroupParams { weight: 256, cap: 50 }), 0);
    calls.wake(a, 0);
    calls.wake(b, 0);
    // Half of the budget of 5 ms each; the timer comes so late that the first one uses it all.
    assert_eq!(calls.pick(0, 0).run, Some(a));
    calls.block(a, 5 * MS);
    let choice = calls.pick(0, 5 * MS);
    assert_eq!((choice.run, choice.until), (None, None));
    let overruns = |v| calls.pool.service(v, at(5 * MS)).overruns;
    assert_eq!((overruns(a), overruns(b)), (1, 0));
}

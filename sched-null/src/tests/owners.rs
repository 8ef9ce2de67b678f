//! Who owns which pCPU, who waits, and what changes that.

use super::*;
use sched::Scheduler;
use sched::sim::Act;

// [NULL-R-01] [NULL-R-02]
#[test]
fn every_owner_has_all_of_its_pcpu_and_no_timer_ever_fires() {
    let mut world = machine(2);
    let all = [0; 2].map(|_| hog(&mut world, Affinity::ANY));
    world.run_for(ms(10_000));
    for v in all {
        assert_eq!(world.cpu_time(v), ms(10_000));
        assert_eq!((world.tally(v).dispatches, world.tally(v).migrations), (1, 0));
    }
    for cpu in 0..2 {
        assert_eq!((world.cpu(cpu).timers, world.idle(cpu)), (0, Duration::ZERO));
    }
    assert_eq!(world.pool().alarm(), None);
}

// [NULL-R-03] [NULL-R-04] [NULL-R-06]
#[test]
fn a_surplus_vcpu_waits_visibly_and_inherits_the_pcpu_of_one_that_goes_off() {
    let mut world = machine(2);
    let all = [0; 4].map(|_| hog(&mut world, Affinity::ANY));
    world.run_for(ms(1));
    assert_eq!(waiting(&world), [all[2], all[3]]);
    assert_eq!(world.pool().service(all[2], world.now()).shortfalls, 1);
    assert!(world.policy().in_force(all[2]).unwrap().1.hard.is_empty());
    assert_eq!(world.policy().in_force(all[1]).unwrap().1.hard, on(1));
    switch_off(&mut world, all[1]);
    assert_eq!((world.running(1), waiting(&world)), (Some(all[2]), std::vec![all[3]]));
}

// [NULL-R-04]
#[test]
fn a_waiter_that_prefers_the_pcpu_comes_before_an_earlier_one() {
    let mut world = machine(2);
    let a = hog(&mut world, Affinity::ANY);
    hog(&mut world, Affinity::ANY);
    let any = hog(&mut world, Affinity { hard: CpuSet::ALL, soft: on(1) });
    let fond = hog(&mut world, Affinity { hard: CpuSet::ALL, soft: on(0) });
    switch_off(&mut world, a);
    assert_eq!((world.running(0), waiting(&world)), (Some(fond), std::vec![any]));
}

// [NULL-R-05]
#[test]
fn waiting_and_being_paused_keep_the_pcpu() {
    let mut world = machine(1);
    let a = world.add(NoRow, Load::once(&[Act::Run(ms(1).into()), Act::Wait, Act::Run(ms(100).into())]));
    hog(&mut world, Affinity::ANY);
    world.run_for(ms(5));
    assert_eq!((world.running(0), world.cpu_time(a)), (None, ms(1)));
    world.notify(a);
    world.run_for(ms(2));
    assert_eq!((world.running(0), world.cpu_time(a)), (Some(a), ms(3)));
    world.pause(a);
    world.run_for(ms(5));
    assert_eq!((world.running(0), world.cpu_time(a)), (None, ms(3)));
    world.unpause(a);
    world.run_for(ms(2));
    assert_eq!((world.running(0), world.cpu_time(a)), (Some(a), ms(5)));
}

// [NULL-R-04] [NULL-R-07]
#[test]
fn an_owner_that_moves_to_a_free_pcpu_leaves_its_old_one_to_a_waiter() {
    let mut world = machine(3);
    let a = hog(&mut world, Affinity::hard(on(0)));
    let b = hog(&mut world, Affinity::hard(on(0)));
    assert_eq!(waiting(&world), [b]);
    change(&mut world, Change::Affinity(a, Affinity::hard(on(2)))).unwrap();
    assert_eq!((world.running(0), world.running(1), world.running(2)), (Some(b), None, Some(a)));
    assert!(waiting(&world).is_empty());
    assert!(world.pool().kicks().is_empty());
}

// [NULL-R-01] [NULL-R-08]
#[test]
fn a_waiter_whose_affinity_opens_takes_a_free_pcpu() {
    let mut world = machine(2);
    hog(&mut world, Affinity::hard(on(0)));
    let b = hog(&mut world, Affinity::hard(on(0)));
    change(&mut world, Change::Affinity(b, Affinity::ANY)).unwrap();
    assert_eq!(world.running(1), Some(b));
    assert!(change(&mut world, Change::Affinity(b, Affinity::hard(on(7)))).is_err());
}

// [NULL-R-05] [NULL-R-09]
#[test]
fn a_surplus_vcpu_is_refused_and_an_owner_keeps_its_pcpu_while_it_is_off() {
    let mut world = world(Surplus::Refuse, 2);
    let pinned = hog(&mut world, Affinity::hard(on(1)));
    // Its only pCPU has an owner, although another one is free.
    assert!(try_hog(&mut world, Affinity::hard(on(1))).is_err());
    let other = hog(&mut world, Affinity::ANY);
    let refused = try_hog(&mut world, Affinity::ANY).unwrap_err();
    assert_eq!((refused.needs, refused.has), (3, 2));
    switch_off(&mut world, pinned);
    assert!(try_hog(&mut world, Affinity::ANY).is_err());
    world.start(pinned);
    settle(&mut world);
    assert_eq!((world.running(0), world.running(1)), (Some(other), Some(pinned)));
    // Once it is gone there is room.
    switch_off(&mut world, pinned);
    world.remove(pinned).unwrap();
    assert!(try_hog(&mut world, Affinity::ANY).is_ok());
}

// [NULL-R-09]
#[test]
fn refusal_begins_when_nobody_waits() {
    let mut world = machine(1);
    let refuse = Change::Pool(PoolParams { surplus: Surplus::Refuse });
    let first = hog(&mut world, Affinity::ANY);
    let second = hog(&mut world, Affinity::ANY);
    assert!(change(&mut world, refuse).is_err());
    switch_off(&mut world, second);
    world.remove(second).unwrap();
    change(&mut world, refuse).unwrap();
    switch_off(&mut world, first);
    assert_eq!(world.policy().in_force(first).unwrap().1.hard, on(0));
}

// [NULL-R-02]
#[test]
fn yielding_switches_nothing() {
    let mut world = machine(1);
    let a = world.add(NoRow, Load::yielder(ms(1)));
    hog(&mut world, Affinity::ANY);
    world.run_for(ms(100));
    assert_eq!((world.running(0), world.cpu_time(a), world.cpu(0).switches), (Some(a), ms(100), 1));
}

// [NULL-R-01] [NULL-R-07]
#[test]
fn a_preferred_pcpu_is_taken_first_and_a_forbidden_one_never() {
    let mut world = machine(4);
    let fond = hog(&mut world, Affinity { hard: CpuSet::ALL, soft: on(2) });
    let also = hog(&mut world, Affinity { hard: on(2).or(on(3)), soft: on(2) });
    let only = hog(&mut world, Affinity::hard(on(3)));
    assert_eq!((world.running(2), world.running(3)), (Some(fond), Some(also)));
    assert_eq!(waiting(&world), [only]);
}

// [NULL-R-04]
#[test]
fn a_removed_owner_leaves_its_pcpu_to_a_waiter() {
    let mut world = machine(1);
    let a = hog(&mut world, Affinity::ANY);
    let b = hog(&mut world, Affinity::ANY);
    world.pause(a);
    settle(&mut world);
    world.remove(a).unwrap();
    assert_eq!(waiting(&world), []);
    world.run_for(ms(1));
    assert_eq!((world.running(0), world.pool().alarm()), (Some(b), None));
}

// [NULL-R-07]
#[test]
fn pcpus_leave_and_join() {
    let mut world = machine(2);
    let (a, b) = (hog(&mut world, Affinity::ANY), hog(&mut world, Affinity::ANY));
    change(&mut world, Change::Cpus(cpus(1))).unwrap();
    assert_eq!((world.running(0), world.running(1)), (Some(a), None));
    assert_eq!(waiting(&world), [b]);
    change(&mut world, Change::Cpus(cpus(2))).unwrap();
    assert_eq!((world.running(0), world.running(1)), (Some(a), Some(b)));
}

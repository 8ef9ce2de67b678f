//! Who owns which pCPU, who waits, and what changes that.

use super::*;
use sched::{Change, NoLog, Scheduler, When, Why};

const SECOND: u64 = 1000 * MS;

// [NULL-R-01] [NULL-R-02]
#[test]
fn every_owner_has_all_of_its_pcpu_and_no_timer_ever_fires() {
    let mut world = machine(2);
    let all = [0; 2].map(|_| hog(&mut world, Affinity::ANY));
    world.run(10 * SECOND);
    for v in all {
        assert_eq!(world.served(v, 0, 10 * SECOND), 10 * SECOND);
        let home = world.pool.life(v).last.unwrap();
        assert!(world.runs.iter().all(|run| run.v != v.0 || run.cpu == home.0));
    }
    assert!(world.picks.iter().all(|(_, _, choice)| choice.until.is_none()));
    assert_eq!((world.ticks, world.pool.alarm()), (0, None));
}

// [NULL-R-03] [NULL-R-04] [NULL-R-06]
#[test]
fn a_surplus_vcpu_waits_visibly_and_inherits_the_pcpu_of_one_that_goes_off() {
    let mut world = machine(2);
    let all = [0; 4].map(|_| hog(&mut world, Affinity::ANY));
    world.run(MS);
    assert_eq!(waiting(&world), [all[2].0, all[3].0]);
    let now = at(world.now);
    assert_eq!(world.pool.service(all[2], now).shortfalls, 1);
    assert!(world.pool.policy().in_force(all[2]).unwrap().1.hard.is_empty());
    assert_eq!(world.pool.policy().in_force(all[1]).unwrap().1.hard, on(1));
    world.block(all[1], Why::Off);
    assert_eq!((world.running(1), waiting(&world)), (Some(all[2].0), std::vec![all[3].0]));
}

// [NULL-R-04]
#[test]
fn a_waiter_that_prefers_the_pcpu_comes_before_an_earlier_one() {
    let mut world = machine(2);
    let a = hog(&mut world, Affinity::ANY);
    hog(&mut world, Affinity::ANY);
    let any = hog(&mut world, Affinity { hard: CpuSet::ALL, soft: on(1) });
    let fond = hog(&mut world, Affinity { hard: CpuSet::ALL, soft: on(0) });
    world.block(a, Why::Off);
    assert_eq!((world.running(0), waiting(&world)), (Some(fond.0), std::vec![any.0]));
}

// [NULL-R-05]
#[test]
fn waiting_and_being_paused_keep_the_pcpu() {
    let mut world = machine(1);
    let a = hog(&mut world, Affinity::ANY);
    hog(&mut world, Affinity::ANY);
    for why in [Why::Wait, Why::Pause] {
        world.block(a, why);
        assert_eq!(world.running(0), None);
        world.wake(a);
        assert_eq!(world.running(0), Some(a.0));
    }
}

// [NULL-R-04] [NULL-R-07]
#[test]
fn an_owner_that_moves_to_a_free_pcpu_leaves_its_old_one_to_a_waiter() {
    let mut world = machine(3);
    let a = hog(&mut world, Affinity::hard(on(0)));
    let b = hog(&mut world, Affinity::hard(on(0)));
    assert_eq!(waiting(&world), [b.0]);
    assert!(world.change(&[Change::Affinity(a, Affinity::hard(on(2)))], When::Now));
    assert_eq!((world.running(0), world.running(1), world.running(2)), (Some(b.0), None, Some(a.0)));
    assert!(waiting(&world).is_empty());
    world.assert_quiet();
}

// [NULL-R-01] [NULL-R-08]
#[test]
fn a_waiter_whose_affinity_opens_takes_a_free_pcpu() {
    let mut world = machine(2);
    hog(&mut world, Affinity::hard(on(0)));
    let b = hog(&mut world, Affinity::hard(on(0)));
    assert!(world.change(&[Change::Affinity(b, Affinity::ANY)], When::Now));
    assert_eq!(world.running(1), Some(b.0));
    assert!(!world.change(&[Change::Affinity(b, Affinity::hard(on(7)))], When::Now));
}

// [NULL-R-05] [NULL-R-09]
#[test]
fn a_surplus_vcpu_is_refused_and_an_owner_keeps_its_pcpu_while_it_is_off() {
    let refuse = PoolParams { surplus: Surplus::Refuse };
    let policy = Null::new(std::vec![Slot::EMPTY; 16], cpus(2), at(0)).unwrap().with_params(refuse);
    let mut world: Machine = World::new(policy, 2, 16);
    let pinned = hog(&mut world, Affinity::hard(on(1)));
    // Its only pCPU has an owner, although another one is free.
    let add = |world: &mut Machine, affinity| {
        world.pool.add(Vcpu(7), sched::Group(0), NoRow, affinity, at(world.now), &mut NoLog)
    };
    assert!(add(&mut world, Affinity::hard(on(1))).is_err());
    let other = hog(&mut world, Affinity::ANY);
    let refused = add(&mut world, Affinity::ANY).unwrap_err();
    assert_eq!((refused.needs, refused.has), (3, 2));
    world.block(pinned, Why::Off);
    assert!(add(&mut world, Affinity::ANY).is_err());
    world.wake(pinned);
    assert_eq!((world.running(0), world.running(1)), (Some(other.0), Some(pinned.0)));
    // Once it is gone there is room.
    world.block(pinned, Why::Off);
    world.pool.remove(pinned, at(world.now), &mut NoLog).unwrap();
    assert_eq!(add(&mut world, Affinity::ANY), Ok(()));
}

// [NULL-R-09]
#[test]
fn refusal_begins_when_nobody_waits() {
    let mut world = machine(1);
    let refuse = [Change::Pool(PoolParams { surplus: Surplus::Refuse })];
    let first = hog(&mut world, Affinity::ANY);
    let second = hog(&mut world, Affinity::ANY);
    assert!(!world.change(&refuse, When::Now));
    world.block(second, Why::Off);
    world.pool.remove(second, at(world.now), &mut NoLog).unwrap();
    assert!(world.change(&refuse, When::Now));
    world.block(first, Why::Off);
    assert!(world.pool.policy().in_force(first).unwrap().1.hard == on(0));
}

// [NULL-R-02]
#[test]
fn yielding_switches_nothing() {
    let mut world = machine(1);
    let a = hog(&mut world, Affinity::ANY);
    hog(&mut world, Affinity::ANY);
    let picks = world.picks.len();
    world.yield_now(a);
    assert_eq!((world.picks.len(), world.running(0)), (picks, Some(a.0)));
}

// [NULL-R-01] [NULL-R-07]
#[test]
fn a_preferred_pcpu_is_taken_first_and_a_forbidden_one_never() {
    let mut world = machine(4);
    let fond = hog(&mut world, Affinity { hard: CpuSet::ALL, soft: on(2) });
    let also = hog(&mut world, Affinity { hard: on(2).or(on(3)), soft: on(2) });
    let only = hog(&mut world, Affinity::hard(on(3)));
    assert_eq!((world.running(2), world.running(3)), (Some(fond.0), Some(also.0)));
    assert_eq!(waiting(&world), [only.0]);
}

// [NULL-R-04]
#[test]
fn a_removed_owner_leaves_its_pcpu_to_a_waiter() {
    let mut world = machine(1);
    let a = hog(&mut world, Affinity::ANY);
    let b = hog(&mut world, Affinity::ANY);
    world.block(a, Why::Wait);
    world.pool.remove(a, at(world.now), &mut NoLog).unwrap();
    assert_eq!(waiting(&world), []);
    world.run(MS);
    assert_eq!((world.running(0), world.pool.alarm()), (Some(b.0), None));
}

// [NULL-R-07]
#[test]
fn pcpus_leave_and_join() {
    let mut world = machine(2);
    let (a, b) = (hog(&mut world, Affinity::ANY), hog(&mut world, Affinity::ANY));
    assert!(world.change(&[Change::Cpus(cpus(1))], When::Now));
    assert_eq!((world.running(0), world.running(1)), (Some(a.0), None));
    assert_eq!(waiting(&world), [b.0]);
    assert!(world.change(&[Change::Cpus(cpus(2))], When::Now));
    assert_eq!((world.running(0), world.running(1)), (Some(a.0), Some(b.0)));
}

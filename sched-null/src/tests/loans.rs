//! Loans: who runs on the pCPU of an owner that has no use for it, and for how long.

use super::*;
use sched::Scheduler;
use sched::sim::Act;

/// A pool that lends.
fn lender(count: u8) -> World {
    world(Surplus::Lend, count)
}

/// Who owns no pCPU, in the order of arrival: in the line, as a borrower, or not ready at present.
fn waiting(world: &World) -> Vec<Vcpu> {
    let place = |v: &Vcpu| world.policy().slots.at(v.index()).place;
    let mut all: Vec<Vcpu> = (0..16).map(Vcpu).filter(|v| world.policy().slots.at(v.index()).waits()).collect();
    all.sort_by_key(place);
    all
}

/// vCPUs that own one pCPU each, in order, and wait for an event.
fn sleepers<const N: usize>(world: &mut World) -> [Vcpu; N] {
    let acts = [Act::Run(ms(1).into()), Act::Wait, Act::Run(ms(1000).into())];
    let all = core::array::from_fn(|_| world.add(NoRow, Load::once(&acts)));
    world.run_for(ms(1));
    all
}

fn wake(world: &mut World, v: Vcpu) {
    world.notify(v);
    settle(world);
}

fn pause(world: &mut World, v: Vcpu) {
    world.pause(v);
    settle(world);
}

fn unpause(world: &mut World, v: Vcpu) {
    world.unpause(v);
    settle(world);
}

// [NULL-R-13] [NULL-R-14]
#[test]
fn the_pcpu_of_a_paused_owner_is_lent_and_given_back() {
    let mut world = lender(1);
    let (owner, guest) = (hog(&mut world, Affinity::ANY), hog(&mut world, Affinity::ANY));
    assert_eq!(world.running(0), Some(owner));
    pause(&mut world, owner);
    assert_eq!(world.running(0), Some(guest));
    world.run_for(ms(3));
    unpause(&mut world, owner);
    assert_eq!((world.running(0), world.cpu_time(guest)), (Some(owner), ms(3)));
    assert_eq!(waiting(&world), [guest]);
}

// [NULL-R-13]
#[test]
fn who_prefers_a_lent_pcpu_comes_first_and_who_may_not_use_it_never_does() {
    let mut world = lender(2);
    let [first, second] = [0, 1].map(|cpu| hog(&mut world, Affinity::hard(on(cpu))));
    let any = hog(&mut world, Affinity { hard: CpuSet::ALL, soft: on(0) });
    let fond = hog(&mut world, Affinity { hard: CpuSet::ALL, soft: on(1) });
    let bound = hog(&mut world, Affinity::hard(on(0)));
    pause(&mut world, second);
    assert_eq!((world.running(0), world.running(1)), (Some(first), Some(fond)));
    unpause(&mut world, second);
    pause(&mut world, fond);
    pause(&mut world, any);
    pause(&mut world, second);
    assert_eq!((world.running(0), world.running(1)), (Some(first), None));
    assert_eq!(waiting(&world), [any, fond, bound]);
}

// [NULL-R-13] [NULL-R-14]
#[test]
fn a_borrower_that_must_leave_moves_to_another_pcpu_that_nobody_uses() {
    let mut world = lender(2);
    let [first, _] = sleepers(&mut world);
    let guest = hog(&mut world, Affinity::ANY);
    assert_eq!((world.running(0), world.running(1)), (Some(guest), None));
    wake(&mut world, first);
    assert_eq!((world.running(0), world.running(1)), (Some(first), Some(guest)));
    world.run_for(ms(2));
    assert_eq!(world.cpu_time(guest), ms(2));
}

// [NULL-R-03] [NULL-R-14]
#[test]
fn a_borrower_keeps_its_place_but_takes_no_loan_from_a_later_one() {
    let mut world = lender(2);
    let [first, second] = sleepers(&mut world);
    let (a, b) = (hog(&mut world, Affinity::ANY), hog(&mut world, Affinity::ANY));
    assert_eq!((world.running(0), world.running(1)), (Some(a), Some(b)));
    wake(&mut world, first);
    assert_eq!((world.running(0), world.running(1)), (Some(first), Some(b)));
    assert_eq!(waiting(&world), [a, b]);
    wake(&mut world, second);
    pause(&mut world, second);
    assert_eq!((world.running(1), waiting(&world)), (Some(a), std::vec![a, b]));
}

// [NULL-R-15]
#[test]
fn a_borrower_that_waits_is_paused_or_goes_off_hands_the_pcpu_to_the_next() {
    let mut world = lender(1);
    let [owner] = sleepers(&mut world);
    let waits = world.add(NoRow, Load::once(&[Act::Run(ms(1).into()), Act::Wait]));
    let [paused, off, last] = [0; 3].map(|_| hog(&mut world, Affinity::ANY));
    assert_eq!(world.running(0), Some(waits));
    world.run_for(ms(2));
    assert_eq!((world.running(0), world.cpu_time(paused)), (Some(paused), ms(1)));
    pause(&mut world, paused);
    assert_eq!(world.running(0), Some(off));
    // Who is back first in the line waits until the loan is over.
    unpause(&mut world, paused);
    assert_eq!((world.running(0), waiting(&world)), (Some(off), std::vec![waits, paused, off, last]));
    switch_off(&mut world, off);
    assert_eq!((world.running(0), waiting(&world)), (Some(paused), std::vec![waits, paused, last]));
    world.remove(off).unwrap();
    wake(&mut world, owner);
    assert_eq!(world.running(0), Some(owner));
}

// [NULL-R-04] [NULL-R-13]
#[test]
fn a_pcpu_to_own_goes_to_the_first_waiter_even_if_it_borrows_another() {
    let mut world = lender(2);
    let sleeper = sleepers::<1>(&mut world)[0];
    let owner = hog(&mut world, Affinity::ANY);
    let (a, b) = (hog(&mut world, Affinity::ANY), hog(&mut world, Affinity::ANY));
    assert_eq!((world.running(0), world.running(1)), (Some(a), Some(owner)));
    switch_off(&mut world, owner);
    // It moves, and what it borrowed goes to the next.
    assert_eq!((world.running(0), world.running(1), waiting(&world)), (Some(b), Some(a), std::vec![b]));
    assert_eq!(world.policy().in_force(a).unwrap().1.hard, on(1));
    // An owner that goes off while another one borrows its pCPU leaves it to that one without a switch.
    let switches = world.cpu(0).switches;
    switch_off(&mut world, sleeper);
    assert_eq!((world.running(0), world.cpu(0).switches), (Some(b), switches));
    assert_eq!((waiting(&world), world.policy().in_force(b).unwrap().1.hard), (std::vec![], on(0)));
}

// [NULL-R-04] [NULL-R-13]
#[test]
fn a_pcpu_to_own_goes_to_one_that_is_ready_and_else_to_the_next_that_wakes() {
    let mut world = lender(1);
    let owner = hog(&mut world, Affinity::ANY);
    let [first, second] = [0; 2].map(|_| hog(&mut world, Affinity::ANY));
    pause(&mut world, first);
    switch_off(&mut world, owner);
    assert_eq!((world.running(0), waiting(&world)), (Some(second), std::vec![first]));
    // Nobody is ready to have it: it stays free.
    switch_off(&mut world, second);
    assert_eq!((world.running(0), world.policy().free), (None, on(0)));
    unpause(&mut world, first);
    assert_eq!((world.running(0), waiting(&world)), (Some(first), std::vec![]));
}

// [NULL-R-04]
#[test]
fn a_borrower_that_came_later_is_passed_over_for_a_pcpu_to_own() {
    let mut world = lender(3);
    change(&mut world, Change::Cpus(cpus(2))).unwrap();
    let [_, owner] = [on(0), on(1)].map(|cpu| hog(&mut world, Affinity::hard(cpu)));
    let first = hog(&mut world, Affinity::hard(on(0)));
    let later = hog(&mut world, Affinity::ANY);
    pause(&mut world, owner);
    assert_eq!((world.running(1), waiting(&world)), (Some(later), std::vec![first, later]));
    // The other pCPU is none that it might use either, and then it might.
    change(&mut world, Change::Affinity(later, Affinity::hard(on(1)))).unwrap();
    change(&mut world, Change::Cpus(cpus(3))).unwrap();
    assert_eq!((world.running(2), waiting(&world)), (None, std::vec![first, later]));
    change(&mut world, Change::Affinity(later, Affinity::ANY)).unwrap();
    assert_eq!((world.running(1), world.running(2), waiting(&world)), (None, Some(later), std::vec![first]));
}

// [NULL-R-06]
#[test]
fn a_borrower_owns_nothing_but_lacks_nothing_while_it_runs() {
    let mut world = lender(1);
    let [owner] = sleepers(&mut world);
    let guest = hog(&mut world, Affinity::ANY);
    world.run_for(ms(1));
    let service = |world: &World| world.pool().service(guest, world.now());
    assert!(world.policy().in_force(guest).unwrap().1.hard.is_empty());
    assert_eq!(world.policy().in_force(owner).unwrap().1.hard, on(0));
    assert_eq!((service(&world).shortfalls, service(&world).served), (0, ms(1)));
    wake(&mut world, owner);
    world.run_for(ms(1));
    assert_eq!((service(&world).shortfalls, service(&world).served), (1, ms(1)));
}

// [NULL-R-07] [NULL-R-13]
#[test]
fn a_loan_follows_affinity_and_pool() {
    let mut world = lender(2);
    let [_, second] = sleepers(&mut world);
    let (a, b) = (hog(&mut world, Affinity::ANY), hog(&mut world, Affinity::ANY));
    let c = hog(&mut world, Affinity::ANY);
    // A mask that allows the lent pCPU changes nothing.
    change(&mut world, Change::Affinity(a, Affinity::hard(on(0)))).unwrap();
    assert_eq!((world.running(0), world.running(1)), (Some(a), Some(b)));
    // One that forbids it hands it to the next.
    change(&mut world, Change::Affinity(a, Affinity::hard(on(1)))).unwrap();
    assert_eq!((world.running(0), world.running(1)), (Some(c), Some(b)));
    assert_eq!(waiting(&world), [a, b, c]);
    // When a pCPU leaves the pool all that wait choose anew; its owner is the last of them.
    change(&mut world, Change::Cpus(on(0))).unwrap();
    assert_eq!((world.running(0), world.running(1)), (Some(b), None));
    assert_eq!(waiting(&world), [a, b, c, second]);
    change(&mut world, Change::Cpus(cpus(2))).unwrap();
    assert_eq!((world.running(0), world.running(1), waiting(&world)), (Some(b), Some(a), std::vec![b, c, second]));
}

// [NULL-R-16]
#[test]
fn lending_begins_and_ends_only_in_a_pool_without_vcpus() {
    let mut world = machine(1);
    let surplus = |surplus| Change::Pool(PoolParams { surplus });
    let owner = hog(&mut world, Affinity::ANY);
    assert!(change(&mut world, surplus(Surplus::Lend)).is_err());
    switch_off(&mut world, owner);
    world.remove(owner).unwrap();
    change(&mut world, surplus(Surplus::Lend)).unwrap();
    let (owner, guest) = (hog(&mut world, Affinity::ANY), hog(&mut world, Affinity::ANY));
    pause(&mut world, owner);
    assert_eq!(world.running(0), Some(guest));
    for other in [Surplus::Wait, Surplus::Refuse] {
        assert!(change(&mut world, surplus(other)).is_err());
    }
    assert_eq!(change(&mut world, surplus(Surplus::Lend)), Ok(()));
}

// [NULL-R-02] [NULL-R-13]
#[test]
fn a_borrower_has_no_slice_and_yields_to_nobody() {
    let mut world = lender(1);
    let _owner = sleepers::<1>(&mut world);
    let guest = world.add(NoRow, Load::yielder(ms(1)));
    let other = hog(&mut world, Affinity::ANY);
    world.run_for(ms(100));
    assert_eq!((world.cpu_time(guest), world.cpu_time(other)), (ms(100), Duration::ZERO));
    assert_eq!(world.pool().alarm(), None);
}

//! The acceptance cases of the policy, on a simulated machine. `behaviour.toml` lists them all.

#[path = "../../sched-rtds/tests/cases/mod.rs"]
mod cases;

use sched::sim::{Costs, Load, Machine, NewVcpu, Periodic, Sim};
use sched::{Affinity, Change, Cpu, CpuSet, Duration, Instant, NoRow, Row, Scheduler, Vcpu, When};
use sched_null::{Null, PoolParams, Slot, Surplus};

type World = Sim<Null<Vec<Slot>>>;

fn policy(surplus: Surplus, cpus: CpuSet) -> Null<Vec<Slot>> {
    Null::new(vec![Slot::EMPTY; 8], PoolParams { surplus }, cpus, Instant::ZERO).unwrap()
}

fn machine(surplus: Surplus) -> World {
    Sim::new(policy(surplus, CpuSet::from_bits(3)), Machine::new(2, 8))
}

/// An owner of a pCPU with work of 2 ms in every 10 ms, and one that always would run.
fn owner_and_hog(surplus: Surplus) -> (World, [Vcpu; 2]) {
    let us = |us| Duration::from_micros(us).into();
    let costs = Costs { decision: us(1), switch: us(10), kick: us(5), timer: us(5) };
    let mut world = Sim::new(policy(surplus, CpuSet::only(Cpu(0))), Machine::new(1, 2).costs(costs));
    let task = Periodic::new(Duration::from_millis(10), Duration::from_millis(2));
    let both = [world.add(NoRow, Load::periodic(task)), world.add(NoRow, Load::hog())];
    world.run_for(Duration::from_millis(10_000));
    (world, both)
}

// [NULL-R-03] [NULL-R-05]
#[test]
fn nu05_the_pcpu_of_a_waiting_owner_is_idle() {
    let (world, [owner, hog]) = owner_and_hog(Surplus::Wait);
    assert_eq!((world.cpu_time(hog), world.jobs(owner).misses), (Duration::ZERO, 0));
    assert!(world.idle(0) >= Duration::from_millis(7_900));
}

// [NULL-R-13] [NULL-R-14]
#[test]
fn nu05_the_pcpu_of_a_waiting_owner_is_lent_and_is_back_within_100_us_of_its_wake() {
    let (world, [owner, hog]) = owner_and_hog(Surplus::Lend);
    let jobs = world.jobs(owner);
    assert_eq!((jobs.count(), jobs.misses), (1000, 0));
    assert!(jobs.latency.most <= Duration::from_micros(100), "{:?}", jobs.latency);
    // All that the owner leaves, but for switches.
    assert!(world.share(hog) >= 79.0, "{}", world.share(hog));
}

// [NULL-R-01] [NULL-R-05]
#[test]
fn nu07_a_vcpu_that_is_off_neither_owns_nor_waits() {
    let mut world = machine(Surplus::Wait);
    let off = world.admit(NewVcpu::new(NoRow, Load::hog()).off()).unwrap();
    let all = [0; 2].map(|_| world.add(NoRow, Load::hog()));
    world.run_for(Duration::ZERO);
    assert_eq!(world.policy().waiting().count(), 0);
    assert_eq!((world.running(0), world.running(1)), (Some(all[0]), Some(all[1])));
    assert_eq!(world.remove(off), Ok(()));
    world.run_for(Duration::ZERO);
    assert_eq!((world.running(0), world.running(1)), (Some(all[0]), Some(all[1])));
}

// [NULL-R-09]
#[test]
fn nu20_more_vcpus_than_pcpus_are_refused_with_both_numbers() {
    let mut world = machine(Surplus::Refuse);
    for _ in 0..2 {
        world.add(NoRow, Load::hog());
    }
    let refused = world.admit(NewVcpu::new(NoRow, Load::hog())).unwrap_err();
    assert_eq!((refused.needs, refused.has), (3, 2));
}

// [NULL-R-12]
#[test]
fn nu23_parameters_read_back_as_they_were_set() {
    for surplus in [Surplus::Wait, Surplus::Refuse, Surplus::Lend] {
        let mut row = [7];
        PoolParams { surplus }.write(&mut row);
        assert_eq!(PoolParams::read(&row), Ok(PoolParams { surplus }));
    }
    assert!(PoolParams::read(&[3]).is_err());
}

// [NULL-R-08]
#[test]
fn g12_changes_are_all_or_nothing() {
    let mut world = machine(Surplus::Wait);
    let v = world.add(NoRow, Load::hog());
    let all = [
        Change::Affinity(v, Affinity::hard(CpuSet::only(Cpu(1)))),
        Change::Affinity(v, Affinity::hard(CpuSet::only(Cpu(5)))),
    ];
    assert!(world.change(&all, When::Now).is_err());
    assert_eq!(world.policy().in_force(v).unwrap().1.hard, CpuSet::only(Cpu(0)));
    assert_eq!(world.change(&all[..1], When::Now), Ok(()));
    world.run_for(Duration::ZERO);
    assert_eq!(world.running(1), Some(v));
}

#[test]
fn every_case_has_its_answer() {
    cases::check(
        env!("CARGO_MANIFEST_DIR"),
        &[
            ("G", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
            ("NU", &[1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23, 25]),
        ],
    );
}

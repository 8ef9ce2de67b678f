//! The acceptance cases of the policy, on a simulated machine. `behaviour.toml` lists them all.

#[path = "../../sched-rtds/tests/cases/mod.rs"]
mod cases;
/// The machine of the unit tests of `sched-rtds`.
#[path = "../../sched-rtds/src/tests/world.rs"]
#[allow(dead_code, reason = "each user of the machine needs a part of it")]
mod world;

use sched::{Affinity, Change, Cpu, CpuSet, Group, NoLog, NoRow, Row, Scheduler, Vcpu, When};
use sched_null::{Null, PoolParams, Slot, Surplus};
use world::{Load, World, at};

type Machine = World<Null<Vec<Slot>>>;

fn machine(surplus: Surplus) -> Machine {
    let policy = Null::new(vec![Slot::EMPTY; 8], CpuSet::from_bits(3), at(0)).unwrap();
    World::new(policy.with_params(PoolParams { surplus }), 2, 8)
}

// [NULL-R-01] [NULL-R-05]
#[test]
fn nu07_a_vcpu_that_is_off_neither_owns_nor_waits() {
    let mut world = machine(Surplus::Wait);
    let off = world.guest(0, NoRow, Affinity::ANY, Load::None);
    let all = [0; 2].map(|_| world.guest(0, NoRow, Affinity::ANY, Load::Hog));
    assert_eq!(world.pool.policy().waiting().count(), 0);
    assert_eq!((world.running(0), world.running(1)), (Some(all[0].0), Some(all[1].0)));
    assert_eq!(world.pool.remove(off, at(0), &mut NoLog), Ok(()));
    assert_eq!((world.running(0), world.running(1)), (Some(all[0].0), Some(all[1].0)));
}

// [NULL-R-09]
#[test]
fn nu20_more_vcpus_than_pcpus_are_refused_with_both_numbers() {
    let mut world = machine(Surplus::Refuse);
    for _ in 0..2 {
        world.guest(0, NoRow, Affinity::ANY, Load::Hog);
    }
    let refused = world.pool.add(Vcpu(2), Group(1), NoRow, Affinity::ANY, at(0), &mut NoLog).unwrap_err();
    assert_eq!((refused.needs, refused.has), (3, 2));
}

// [NULL-R-12]
#[test]
fn nu23_parameters_read_back_as_they_were_set() {
    for surplus in [Surplus::Refuse, Surplus::Wait] {
        let mut row = [7];
        PoolParams { surplus }.write(&mut row);
        assert_eq!(PoolParams::read(&row), Ok(PoolParams { surplus }));
    }
    assert!(PoolParams::read(&[2]).is_err());
}

// [NULL-R-08]
#[test]
fn g12_changes_are_all_or_nothing() {
    let mut world = machine(Surplus::Wait);
    let v = world.guest(0, NoRow, Affinity::ANY, Load::Hog);
    let all = [
        Change::Affinity(v, Affinity::hard(CpuSet::only(Cpu(1)))),
        Change::Affinity(v, Affinity::hard(CpuSet::only(Cpu(5)))),
    ];
    assert!(!world.change(&all, When::Now));
    assert_eq!(world.pool.policy().in_force(v).unwrap().1.hard, CpuSet::only(Cpu(0)));
    assert!(world.change(&all[..1], When::Now));
    assert_eq!(world.running(1), Some(v.0));
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

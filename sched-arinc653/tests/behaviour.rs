//! The acceptance cases of the policy, on a simulated machine. `behaviour.toml` lists them all.

#[path = "../../sched-rtds/tests/cases/mod.rs"]
mod cases;
/// The machine of the unit tests of `sched-rtds`.
#[path = "../../sched-rtds/src/tests/world.rs"]
#[allow(dead_code, reason = "each user of the machine needs a part of it")]
mod world;

use sched::{Affinity, Change, Cpu, CpuSet, Group, NoLog, NoRow, Row, Scheduler, Vcpu, When, Why};
use sched_arinc653::{Arinc653, PoolParams, Slack, Slot, Window};
use world::{Load, MS, World, at, ns};

type Machine = World<Arinc653<Vec<Slot>, Vec<Window>>>;

fn window(group: u16, start: u64, length: u64) -> Window {
    Window::new(Group(group), ns(start * MS), ns(length * MS))
}

fn params(frame: u64) -> PoolParams {
    PoolParams::frame(ns(frame * MS))
}

fn machine(pool: PoolParams, windows: &[Window]) -> Machine {
    let cpus = CpuSet::only(Cpu(0));
    World::new(Arinc653::new(vec![Slot::EMPTY; 8], windows.to_vec(), pool, cpus, at(0)).unwrap(), 1, 8)
}

fn hog(world: &mut Machine, group: u16) -> Vcpu {
    world.guest(group, NoRow, Affinity::ANY, Load::Hog)
}

/// Starts of the stretches of `v`, in ms.
fn starts(world: &Machine, v: Vcpu) -> Vec<u64> {
    world.runs.iter().filter(|run| run.v == v.0).map(|run| run.from / MS).collect()
}

#[test]
fn ar07_a_window_of_a_partition_without_vcpus_idles_and_the_others_keep_their_instants() {
    let mut world = machine(params(20), &[window(0, 0, 5), window(7, 5, 10), window(1, 15, 5)]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    world.run(100 * MS);
    assert_eq!(starts(&world, a), [0, 20, 40, 60, 80]);
    assert_eq!(starts(&world, b), [15, 35, 55, 75, 95]);
    assert_eq!(world.served(a, 0, 100 * MS) + world.served(b, 0, 100 * MS), 50 * MS);
}

#[test]
fn ar14_another_schedule_begins_with_the_next_frame_or_at_once() {
    for (when, first) in [(When::Boundary, 40), (When::Now, 25)] {
        let mut world = machine(params(20), &[window(0, 0, 20), window(1, 0, 20).of(1)]);
        hog(&mut world, 0);
        let b = hog(&mut world, 1);
        world.run(25 * MS);
        assert!(world.change(&[Change::Pool(PoolParams { schedule: 1, ..params(20) })], when));
        world.run(100 * MS);
        assert_eq!(starts(&world, b)[0], first);
        assert_eq!(world.served(b, first * MS, 100 * MS), (100 - first) * MS);
    }
}

#[test]
fn ar16_what_was_set_is_what_holds() {
    let pool = PoolParams { schedule: 3, slack: Slack::Next, lateness_limit: ns(500), ..params(20) };
    let mut row = [0; 4];
    pool.write(&mut row);
    assert_eq!(PoolParams::read(&row), Ok(pool));
    let mut row = [0; 5];
    let one = window(2, 3, 4).on(CpuSet::only(Cpu(1))).of(3);
    one.write(&mut row);
    assert_eq!(Window::read(&row), Ok(one));
    assert!(Window::read(&[0, 0, 1, 1, 8]).is_err());
}

#[test]
fn ar17_a_partition_that_leaves_and_comes_back_is_active_in_its_next_window() {
    let mut world = machine(params(20), &[window(0, 0, 10), window(1, 10, 10)]);
    let (a, b) = (hog(&mut world, 0), hog(&mut world, 1));
    world.run(35 * MS);
    world.block(b, Why::Off);
    world.pool.remove(b, at(world.now), &mut NoLog).unwrap();
    world.run(65 * MS);
    assert_eq!(world.served(b, 35 * MS, 65 * MS), 0);
    world.pool.add(b, Group(1), NoRow, Affinity::ANY, at(world.now), &mut NoLog).unwrap();
    world.wake(b);
    world.run(80 * MS);
    assert_eq!((world.served(b, 70 * MS, 80 * MS), world.served(a, 60 * MS, 70 * MS)), (10 * MS, 10 * MS));
}

#[test]
fn ar23_two_pools_with_different_tables_do_not_influence_each_other() {
    let alone = |other: bool| {
        let mut world = machine(params(20), &[window(0, 0, 10), window(1, 10, 10)]);
        let mut beside = machine(params(7), &[window(0, 1, 3)]);
        let v = hog(&mut world, 1);
        hog(&mut beside, 0);
        for step in 1..200 {
            world.run(step * MS);
            if other {
                beside.run(step * MS);
            }
        }
        starts(&world, v)
    };
    assert_eq!(alone(true), alone(false));
}

#[test]
fn ar25_each_window_reports_its_planned_start_and_lateness_beyond_the_limit_is_counted() {
    let pool = PoolParams { lateness_limit: ns(1_000), ..params(20) };
    let mut world = machine(pool, &[window(0, 0, 10), window(1, 10, 10)]);
    hog(&mut world, 0);
    let b = hog(&mut world, 1);
    world.late = 900;
    world.run(100 * MS);
    assert_eq!(world.pool.service(b, at(world.now)).shortfalls, 0);
    world.late = 1_100;
    world.run(200 * MS);
    let service = world.pool.service(b, at(world.now));
    assert_eq!((service.shortfalls, service.worst_lateness), (5, ns(1_100)));
    let planned: Vec<_> = world.picks.iter().filter_map(|(_, _, choice)| choice.due).collect();
    assert!(planned.len() >= 19 && planned.iter().all(|due| due.nanos() % (10 * MS) == 0));
}

#[test]
fn g12_changes_are_all_or_nothing() {
    let mut world = machine(params(20), &[window(0, 0, 10), window(1, 10, 10), window(1, 0, 20).of(1)]);
    let a = hog(&mut world, 0);
    let all = [
        Change::Pool(PoolParams { schedule: 1, ..params(20) }),
        Change::Affinity(a, Affinity::hard(CpuSet::only(Cpu(5)))),
    ];
    assert!(!world.change(&all, When::Now));
    assert_eq!(world.running(0), Some(a.0));
    assert_eq!(world.pool.policy().in_force(a).unwrap().1.hard, CpuSet::only(Cpu(0)));
}

#[test]
fn every_case_has_its_answer() {
    cases::check(
        env!("CARGO_MANIFEST_DIR"),
        &[
            ("G", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
            ("AR", &[1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23, 25]),
        ],
    );
}

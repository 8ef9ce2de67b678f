//! What is admitted, what is refused, and that what is admitted holds.

use crate::*;
use sched::{Change, Group, Refused, Scheduler, When, Why};
use sched_rtds::Placement;

/// Adds reservations in µs one after the other; the first refusal with its index.
fn admit(count: u8, pool: PoolParams, all: &[VcpuParams]) -> Result<(), (usize, Refused)> {
    let mut policy = Rtds::new(vec![Slot::EMPTY; 16], pool, cpus(count), at(0)).unwrap();
    for (index, params) in all.iter().enumerate() {
        let v = Vcpu(index as u16);
        policy.add(v, Group(0), *params, Affinity::ANY, at(0)).map_err(|refused| (index, refused))?;
    }
    Ok(())
}

fn guarantee(server: Server) -> PoolParams {
    PoolParams { server, admission: Admission::Guarantee, ..PoolParams::default() }
}

fn partitioned() -> PoolParams {
    PoolParams { placement: Placement::Partitioned, ..PoolParams::default() }
}

// [RTDS-R-14]
#[test]
fn back_to_back_budgets_are_refused_and_do_harm_where_nobody_tests() {
    let (a, b) = (reserve(1_000, 100, false), reserve(100_000, 1_000, false));
    let (index, refused) = admit(1, guarantee(Server::Deferrable), &[a, b]).unwrap_err();
    assert!(index == 1 && refused.needs > refused.has && refused.has == 1_000_000);
    // B wakes 1 ms before its deadline, with a whole budget, where A has the same deadline.
    let shortfalls = |server| {
        let mut world = machine(1, PoolParams { server, ..PoolParams::default() });
        let b = world.guest(0, b, Affinity::ANY, Load::None);
        let a = hog(&mut world, a);
        world.wake(b);
        world.run(MS / 2);
        world.block(b, Why::Wait);
        world.run(198_900_000);
        world.block(a, Why::Wait);
        world.run(199 * MS);
        world.wake(b);
        world.wake(a);
        world.run(300 * MS);
        world.pool.service(a, at(world.now)).shortfalls
    };
    assert_eq!(shortfalls(Server::ConstantBandwidth), 0);
    assert!(shortfalls(Server::Deferrable) > 0);
}

// [RTDS-R-14]
#[test]
fn three_servers_of_60_percent_are_refused_as_deferrable_and_admitted_as_cbs() {
    let all = [(5_000, 1_000), (10_000, 2_000), (20_000, 4_000)].map(|(p, q)| reserve(p, q, false));
    assert!(admit(1, guarantee(Server::Deferrable), &all).is_err());
    assert_eq!(admit(1, guarantee(Server::ConstantBandwidth), &all), Ok(()));
    // Alone, a deferrable server of 50 % is just admitted: it disturbs nobody but itself.
    assert_eq!(admit(1, guarantee(Server::Deferrable), &[reserve(10_000, 5_000, false)]), Ok(()));
}

// [RTDS-R-14]
#[test]
fn an_exact_fit_is_admitted_and_nothing_beyond_it() {
    let thirds = [reserve(30_000, 10_000, false); 3];
    assert_eq!(admit(1, guarantee(Server::ConstantBandwidth), &thirds), Ok(()));
    let over = [thirds[0], thirds[1], thirds[2], reserve(1_000_000, 10, false)];
    for admission in [Admission::Capacity, Admission::Guarantee] {
        let (index, refused) = admit(1, PoolParams { admission, ..PoolParams::default() }, &over).unwrap_err();
        assert!(index == 3 && refused.needs > refused.has);
    }
    assert_eq!(admit(1, PoolParams { admission: Admission::Off, ..PoolParams::default() }, &over), Ok(()));
}

// [RTDS-R-14]
#[test]
fn global_edf_admits_by_the_density_bound() {
    // Two pCPUs: U ≤ 2 − u. Dhall's set, a heavy vCPU beside light ones, is refused at any size of the light ones.
    let cbs = guarantee(Server::ConstantBandwidth);
    let half = reserve(10_000, 5_000, false);
    assert_eq!(admit(2, cbs, &[half, half, half]), Ok(()));
    assert!(admit(2, cbs, &[half, half, half, reserve(10_000, 10, false)]).is_err());
    let heavy = reserve(10_000, 10_000, false);
    let light = reserve(9_000, 1_000, false);
    assert!(admit(2, cbs, &[light, light, heavy]).is_err());
    // As an urgent one it has a pCPU, and the light ones share the other.
    assert_eq!(admit(2, cbs, &[light, light, heavy.with_urgency().unwrap()]), Ok(()));
}

// [RTDS-R-15]
#[test]
fn an_urgent_reservation_holds_where_deadlines_alone_fail() {
    let shortfalls = |heavy: VcpuParams| {
        let mut world = machine(2, PoolParams { admission: Admission::Off, ..PoolParams::default() });
        let light = [0, 1].map(|_| hog(&mut world, reserve(9_000, 1_000, false)));
        let heavy = hog(&mut world, heavy);
        world.run(900 * MS);
        let missed = |v| world.pool.service(v, at(world.now)).shortfalls;
        (missed(heavy), light.map(missed))
    };
    let heavy = reserve(10_000, 10_000, false);
    assert!(shortfalls(heavy).0 > 0);
    assert_eq!(shortfalls(heavy.with_urgency().unwrap()), (0, [0, 0]));
    assert!(VcpuParams::BEST_EFFORT.with_urgency().is_err());
}

// [RTDS-R-16]
#[test]
fn partitioned_vcpus_stay_on_the_first_pcpu_with_room() {
    let mut world = machine(2, partitioned());
    let a = hog(&mut world, reserve(10_000, 6_000, false));
    let b = hog(&mut world, reserve(10_000, 6_000, false));
    let c = hog(&mut world, reserve(10_000, 4_000, false));
    world.run(SECONDS);
    for (v, cpu) in [(a, 0), (b, 1), (c, 0)] {
        assert!(world.runs.iter().all(|run| run.v != v.0 || run.cpu == cpu));
        assert_eq!(world.pool.service(v, at(world.now)).shortfalls, 0);
        assert_eq!(world.pool.policy().in_force(v).unwrap().1.hard, CpuSet::from_bits(1 << cpu));
    }
    assert!(admit(2, partitioned(), &[reserve(10_000, 6_000, false); 3]).is_err());
    assert_eq!(admit(2, PoolParams::default(), &[reserve(10_000, 6_000, false); 3]), Ok(()));
}

// [RTDS-R-13] [RTDS-R-16]
#[test]
fn a_partitioned_vcpu_moves_when_its_pcpu_leaves_or_its_affinity_says_so() {
    let mut world = machine(3, partitioned());
    let v = hog(&mut world, reserve(10_000, 6_000, false));
    let heavy = world.guest(0, reserve(10_000, 8_000, false), Affinity::hard(CpuSet::from_bits(2)), Load::Hog);
    world.run(MS);
    // No room beside the heavy one.
    assert!(!world.change(&[Change::Affinity(v, Affinity::hard(CpuSet::from_bits(2)))], When::Now));
    assert_eq!(world.running(0), Some(v.0));
    assert!(world.change(&[Change::Affinity(v, Affinity::hard(CpuSet::from_bits(6)))], When::Now));
    assert_eq!((world.running(0), world.running(1), world.running(2)), (None, Some(heavy.0), Some(v.0)));
    assert!(world.change(&[Change::Cpus(cpus(2))], When::Now));
    world.run(SECONDS);
    assert!(world.runs.iter().all(|run| run.v != v.0 || run.from < MS || run.cpu == 1));
    assert!(world.pool.service(v, at(world.now)).shortfalls > 0);
}

// [RTDS-R-14]
#[test]
fn a_stricter_test_is_set_only_if_it_holds() {
    let mut world = machine(2, PoolParams::default());
    for _ in 0..3 {
        hog(&mut world, reserve(10_000, 6_000, false));
    }
    assert!(!world.change(&[Change::Pool(guarantee(Server::ConstantBandwidth))], When::Now));
    assert!(!world.change(&[Change::Pool(partitioned())], When::Now));
    let less = [0, 1, 2].map(|v| Change::Vcpu(Vcpu(v), reserve(10_000, 4_000, false)));
    assert!(world.change(&less, When::Now));
    world.block(Vcpu(2), Why::Off);
    world.run(MS);
    assert!(world.pool.remove(Vcpu(2), at(world.now), &mut sched::NoLog).is_ok());
    assert!(world.change(&[Change::Pool(guarantee(Server::ConstantBandwidth))], When::Now));
    let refused = world.pool.policy().clone().change(
        &[Change::Vcpu(Vcpu(0), reserve(10_000, 10_000, false)), Change::Vcpu(Vcpu(1), reserve(10_000, 9_000, false))],
        When::Now,
        at(world.now),
    );
    assert!(refused.is_err());
}

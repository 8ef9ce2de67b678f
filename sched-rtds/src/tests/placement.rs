//! That what is admitted holds, and where vCPUs are in a partitioned pool.

use super::admission::{admit, guarantee};
use super::*;
use sched::{Row, Scheduler};

fn partitioned() -> PoolParams {
    PoolParams { placement: Placement::Partitioned, ..PoolParams::default() }
}

// [RTDS-R-14]
#[test]
fn back_to_back_budgets_are_refused_and_do_harm_where_nobody_tests() {
    let a = VcpuParams::reserve(ns(MS / 10), ms(1), false).unwrap();
    let b = hard(100, 1);
    assert_eq!(admit(1, guarantee(Server::Deferrable), &[a]), Ok(()));
    // 11 %, and 0.09 ms + 0.99 ms that may come on top in 1 ms, each rounded up by 1 ns.
    assert_eq!(admit(1, guarantee(Server::Deferrable), &[a, b]), Err((1, 1_190_002, 1_000_000)));
    // B wakes 1 ms before its deadline, with a whole budget, just before A gets the same deadline.
    let missed = |server| {
        let mut world = machine_with(PoolParams { server, ..PoolParams::default() }, 1);
        world.add(b, Load::once(&[Act::Run(ns(MS / 2).into()), Act::Until(at(199 * MS - 1000)), GO_ON]));
        let a = hog(&mut world, a);
        world.run_until(at(300 * MS));
        shortfalls(&world, a)
    };
    assert_eq!(missed(Server::ConstantBandwidth), 0);
    assert!(missed(Server::Deferrable) > 0);
}

// [RTDS-R-15]
#[test]
fn an_urgent_reservation_holds_where_deadlines_alone_fail() {
    let missed = |heavy: VcpuParams| {
        let mut world = machine(2);
        let light = [0; 2].map(|_| hog(&mut world, hard(9, 1)));
        let heavy = hog(&mut world, heavy);
        world.run_until(at(900 * MS));
        (shortfalls(&world, heavy), light.map(|v| shortfalls(&world, v)))
    };
    assert!(missed(hard(10, 10)).0 > 0);
    assert_eq!(missed(urgent(10, 10)), (0, [0, 0]));
}

// [RTDS-R-14] [RTDS-R-15]
#[test]
fn more_urgent_reservations_than_pcpus_fail() {
    let mut world = machine(2);
    let all = [0; 3].map(|_| hog(&mut world, urgent(10, 6)));
    world.run_until(at(SECOND));
    // Each is the one that is left out in its turn.
    assert!(all.iter().map(|v| shortfalls(&world, *v)).sum::<u64>() > 90);
}

// [RTDS-R-16] [RTDS-R-21]
#[test]
fn partitioned_vcpus_stay_on_the_first_pcpu_with_room() {
    let mut world = machine_with(partitioned(), 2);
    let all = [6, 6, 4].map(|budget| hog(&mut world, hard(10, budget)));
    world.run_until(at(SECOND));
    for (v, cpu) in all.into_iter().zip([0, 1, 0]) {
        assert!(world.tally(v).runs.iter().all(|run| run.cpu == Cpu(cpu)));
        assert_eq!((shortfalls(&world, v), world.tally(v).migrations), (0, 0));
        assert_eq!(world.policy().in_force(v).unwrap().1.hard, on(cpu));
    }
    assert_eq!(admit(2, partitioned(), &[hard(10, 6); 3]), Err((2, 1_200_000, 1_000_000)));
    assert_eq!(admit(2, PoolParams::default(), &[hard(10, 6); 3]), Ok(()));
}

// [RTDS-R-11] [RTDS-R-16]
#[test]
fn the_placement_of_a_running_pool_is_fixed() {
    for (from, to) in [(PoolParams::default(), partitioned()), (partitioned(), PoolParams::default())] {
        let mut world = machine_with(from, 2);
        let refused = world.change(&[Change::Pool(to)], When::Now).unwrap_err();
        assert_eq!(usize::from(refused.key), PoolParams::KEYS.iter().position(|key| key.name == "placement").unwrap());
        assert_eq!((refused.needs, refused.has), (from.placement as u64, to.placement as u64));
        assert!(change(&mut world, &[Change::Pool(PoolParams { server: Server::Deferrable, ..from })], When::Now));
    }
}

// [RTDS-R-16]
#[test]
fn a_refusal_shows_the_pcpu_with_the_least_reserved() {
    let all = [hard(10, 9), hard(10, 5), hard(10, 8), hard(10, 6)];
    assert_eq!(admit(3, partitioned(), &all), Err((3, 1_100_000, 1_000_000)));
}

// [RTDS-R-13] [RTDS-R-16]
#[test]
fn a_partitioned_vcpu_moves_when_its_pcpu_leaves_or_its_affinity_says_so() {
    let mut world = machine_with(partitioned(), 3);
    let v = hog(&mut world, hard(10, 6));
    let heavy = hog_on(&mut world, hard(10, 8), Affinity::hard(on(1)));
    world.run_until(at(MS));
    // No room beside the heavy one.
    assert!(!change(&mut world, &[Change::Affinity(v, Affinity::hard(on(1)))], When::Now));
    assert_eq!(world.running(0), Some(v));
    let away = Affinity::hard(CpuSet::from_bits(6));
    assert!(change(&mut world, &[Change::Affinity(v, away)], When::Now));
    assert_eq!((world.running(0), world.running(1), world.running(2)), (None, Some(heavy), Some(v)));
    assert!(change(&mut world, &[Change::Cpus(cpus(2))], When::Now));
    world.run_until(at(SECOND));
    assert!(world.tally(v).runs.iter().all(|run| run.from < at(MS) || run.cpu == Cpu(1)));
    assert_eq!(world.policy().in_force(v).unwrap().1.hard, on(1));
    assert!(shortfalls(&world, v) > 0);
}

// [RTDS-R-14] [RTDS-R-16]
#[test]
fn a_partitioned_reservation_is_guaranteed_on_one_pcpu_whatever_its_affinity() {
    let strict = PoolParams { admission: Admission::Guarantee, ..partitioned() };
    let mut world = machine_with(partitioned(), 2);
    let v = hog_on(&mut world, hard(10, 6), Affinity::hard(on(1)));
    assert!(change(&mut world, &[Change::Pool(strict), Change::Vcpu(v, hard(10, 10))], When::Now));
    // The other pCPU is free, and not for it.
    let deferrable = PoolParams { server: Server::Deferrable, ..strict };
    let least = VcpuParams::reserve(ns(10_000), ms(1000), false).unwrap();
    assert!(world.admit(NewVcpu::new(least, Load::hog()).affinity(Affinity::hard(on(1)))).is_err());
    assert!(world.admit(NewVcpu::new(hard(10, 6), Load::hog())).is_ok());
    assert!(change(&mut world, &[Change::Pool(deferrable)], When::Now));
}

// [RTDS-R-11] [RTDS-R-16]
#[test]
fn changes_that_move_a_partitioned_vcpu_come_last_for_it() {
    let mut world = machine_with(partitioned(), 2);
    let [v, other] = [6, 8].map(|budget| hog(&mut world, hard(10, budget)));
    let (there, more) = (Change::Affinity(v, Affinity::hard(on(1))), Change::Vcpu(v, hard(10, 9)));
    // Where it would be then has no room for that, and where it is now has.
    let make_room = Change::Vcpu(other, hard(10, 4));
    for last in [more, there] {
        assert!(!change(&mut world, &[make_room, there, last], When::Now));
    }
    assert_eq!(world.policy().in_force(other).unwrap().0, hard(10, 8));
    let less = Change::Vcpu(v, hard(10, 5));
    assert!(change(&mut world, &[make_room, less, there, Change::Vcpu(other, hard(10, 5))], When::Now));
    assert_eq!(world.policy().in_force(v).unwrap().1.hard, on(1));
}

// [RTDS-R-16]
#[test]
fn a_vcpu_without_a_home_goes_where_the_least_is_reserved() {
    let mut world = machine_with(partitioned(), 3);
    hog_on(&mut world, hard(10, 9), Affinity::hard(on(0)));
    hog_on(&mut world, hard(10, 7), Affinity::hard(on(1)));
    let v = hog(&mut world, hard(10, 5));
    assert_eq!(world.policy().in_force(v).unwrap().1.hard, on(2));
    assert!(change(&mut world, &[Change::Cpus(cpus(2))], When::Now));
    assert_eq!(world.policy().in_force(v).unwrap().1.hard, on(1));
    // It stays there when its old pCPU comes back.
    assert!(change(&mut world, &[Change::Cpus(cpus(3))], When::Now));
    assert_eq!((world.policy().in_force(v).unwrap().1.hard, world.running(2)), (on(1), None));
}

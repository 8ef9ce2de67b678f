//! The acceptance cases of the policy, on a simulated machine. `behaviour.toml` lists them all.

use sched::sim::{Costs, Load, Machine, NewVcpu, Periodic, Rng, Sim, Span};
use sched::{
    Affinity, Change, Cpu, CpuSet, Duration, Group, Instant, Life, NoLog, NoRow, Pool, Row, Scheduler, Vcpu, When, Why,
};
use sched_null::{Null, PoolParams, Slot, Surplus};

type World = Sim<Null<Vec<Slot>>>;

fn policy(surplus: Surplus, cpus: CpuSet) -> Null<Vec<Slot>> {
    Null::new(vec![Slot::EMPTY; 8], PoolParams { surplus }, cpus, Instant::ZERO).unwrap()
}

fn machine(surplus: Surplus) -> World {
    Sim::new(policy(surplus, CpuSet::from_bits(3)), Machine::new(2, 8))
}

// [NULL-R-05] [NULL-R-07] [NULL-R-13]
#[test]
fn g04_pausing_a_hundred_thousand_times_loses_no_wake_up() {
    for surplus in [Surplus::Wait, Surplus::Lend] {
        let us = |us| Span::fixed(Duration::from_micros(us));
        let costs = Costs { switch: us(5), kick: us(3), ..Costs::NONE };
        let mut world = Sim::new(policy(surplus, CpuSet::from_bits(7)), Machine::new(3, 8).costs(costs));
        let all = [0, 1, 2, 3, 4].map(|index| {
            let on_off = Load::on_off(Duration::from_micros(130 + index), Duration::from_micros(90));
            world.add(NoRow, if index % 2 == 0 { Load::hog() } else { on_off })
        });
        let mut rng = Rng::new(4, 0);
        for _ in 0..100_000 {
            world.run_for(Duration::from_nanos(rng.up_to(6_000)));
            let v = all[rng.up_to(4) as usize];
            if rng.bits() & 1 == 0 { world.pause(v) } else { world.unpause(v) }
        }
        // Where nothing is lent, only the owners ever run.
        let runs = |world: &World, v| !world.cpu_time(v).is_zero();
        assert_eq!(
            all.map(|v| runs(&world, v)),
            [true, true, true, surplus == Surplus::Lend, surplus == Surplus::Lend]
        );
        all.iter().for_each(|v| world.unpause(*v));
        world.run_for(Duration::from_millis(1));
        let before = all.map(|v| world.cpu_time(v));
        world.run_for(Duration::from_millis(100));
        let owners = all.into_iter().zip(before).take(3);
        owners.for_each(|(v, before)| assert!(world.cpu_time(v) > before, "{v:?} lost a wake-up"));
        assert_eq!((world.pool().violations(), world.strays()), (0, 0));
    }
}

// [NULL-R-02] [NULL-R-14]
#[test]
fn g05_a_wake_that_races_with_a_block_is_not_lost() {
    for surplus in [Surplus::Wait, Surplus::Lend] {
        let mut pool = Pool::new(policy(surplus, CpuSet::only(Cpu(0))), vec![Life::ABSENT; 2], Instant::ZERO);
        let (now, log) = (Instant::ZERO, &mut NoLog);
        for v in [Vcpu(0), Vcpu(1)] {
            pool.add(v, Group(0), NoRow, Affinity::ANY, now, log).unwrap();
            pool.wake(v, now, log);
        }
        assert_eq!(pool.pick(Cpu(0), now, log).choice.run, Some(Vcpu(0)));
        pool.block(Vcpu(0), Why::Wait, now, log);
        pool.wake(Vcpu(0), now, log);
        assert_eq!(pool.pick(Cpu(0), now, log).choice.run, Some(Vcpu(0)));
    }
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

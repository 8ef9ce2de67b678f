//! What holds under every policy, here with all kinds of reservations on a machine whose doings take time.

use crate::*;

/// Switches, kicks and timers take random times, so that calls meet contexts which are not saved yet.
fn costly(params: PoolParams) -> World {
    let costs = Costs {
        decision: Span::between(us(0), us(2)),
        switch: Span::between(us(0), us(20)),
        kick: Span::between(us(0), us(10)),
        timer: Span::between(us(0), us(5)),
    };
    let policy = Rtds::new(vec![Slot::EMPTY; 5], params, cpus(2), Instant::ZERO).unwrap();
    Sim::new(policy, Machine::new(2, 5).costs(costs).sums_only())
}

fn mixed(world: &mut World) -> [Vcpu; 5] {
    let kinds = [hard(10, 3), soft(7, 2), hard(15, 3).with_urgency().unwrap(), VcpuParams::BEST_EFFORT, soft(20, 4)];
    kinds.map(|params| world.add(params, Load::hog()))
}

// [RTDS-R-13] [RTDS-R-19]
#[test]
fn g04_pausing_a_hundred_thousand_times_loses_no_wake_up() {
    for server in [Server::ConstantBandwidth, Server::Deferrable] {
        let mut world = costly(PoolParams { server, ..PoolParams::default() });
        let all = mixed(&mut world);
        let (mut rng, mut paused) = (Rng::new(4, 0), [false; 5]);
        for _ in 0..100_000 {
            let which = rng.up_to(4) as usize;
            paused[which] = !paused[which];
            if paused[which] {
                world.pause(all[which])
            } else {
                world.unpause(all[which])
            }
            world.run_for(Duration::from_nanos(rng.up_to(30_000)));
        }
        all.iter().for_each(|v| world.unpause(*v));
        let before = all.map(|v| world.cpu_time(v));
        world.run_for(ms(100));
        for (v, before) in all.into_iter().zip(before) {
            assert!(world.cpu_time(v).saturating_sub(before) > ms(15), "{v:?} lost its wake-up under {server:?}");
        }
    }
}

// [RTDS-R-13]
#[test]
fn g03_affinities_and_pools_that_change_all_the_time_are_never_left() {
    let mut world = costly(PoolParams { admission: Admission::Off, ..PoolParams::default() });
    let all = mixed(&mut world);
    let mut rng = Rng::new(3, 0);
    // The machine is strict: it checks every choice.
    for _ in 0..20_000 {
        let some = CpuSet::from_bits(rng.up_to(2) + 1);
        let change = match rng.up_to(9) {
            0 => Change::Cpus(some),
            _ => Change::Affinity(all[rng.up_to(4) as usize], Affinity { hard: some, soft: on(0) }),
        };
        // An affinity without a pCPU of the pool is refused.
        let _ = world.change(&[change], When::Now);
        world.run_for(us(rng.up_to(50)));
    }
    let any = all.map(|v| Change::Affinity(v, Affinity::ANY));
    world.change(&[Change::Cpus(cpus(2))], When::Now).unwrap();
    world.change(&any, When::Now).unwrap();
    let before = all.map(|v| world.cpu_time(v));
    world.run_for(ms(100));
    for (v, before) in all.into_iter().zip(before) {
        assert!(world.cpu_time(v).saturating_sub(before) > ms(15), "{v:?} is left behind");
    }
}

// [RTDS-R-13] [RTDS-R-21]
#[test]
fn g10_a_pcpu_that_leaves_is_empty_at_once_and_who_may_run_nowhere_is_seen() {
    let mut world = machine(2, PoolParams::default());
    let pinned = world.admit(NewVcpu::new(hard(10, 2), Load::hog()).affinity(Affinity::hard(on(1)))).unwrap();
    let free = world.admit(NewVcpu::new(soft(10, 4), Load::hog()).affinity(Affinity::ANY)).unwrap();
    let other = hog(&mut world, soft(10, 4));
    world.run_until(at(25));
    world.change(&[Change::Cpus(on(0))], When::Now).unwrap();
    settle(&mut world);
    assert_eq!((world.running(1), world.policy().in_force(pinned).unwrap().1.hard), (None, CpuSet::EMPTY));
    world.run_until(at(100));
    assert_eq!(got(&world, pinned, 25, 100), ms(0));
    assert!(shortfalls(&world, pinned) > 5);
    assert!([free, other].iter().all(|v| got(&world, *v, 30, 100) >= ms(28)));
    world.change(&[Change::Cpus(cpus(2))], When::Now).unwrap();
    world.run_until(at(200));
    assert_eq!(got(&world, pinned, 110, 200), ms(18));
}

// [RTDS-R-11]
#[test]
fn g12_changes_are_all_or_nothing() {
    let mut world = machine(2, PoolParams::default());
    let v = hog(&mut world, hard(10, 4));
    let all = [
        Change::Vcpu(v, hard(20, 10)),
        Change::Affinity(v, Affinity::hard(on(1))),
        Change::Pool(deferrable()),
        Change::Affinity(v, Affinity::hard(on(5))),
    ];
    assert!(world.change(&all, When::Now).is_err());
    assert_eq!(world.policy().in_force(v), Some((hard(10, 4), Affinity { hard: cpus(2), soft: cpus(2) })));
    assert_eq!(world.change(&all[..3], When::Now), Ok(()));
    settle(&mut world);
    assert_eq!(world.policy().in_force(v), Some((hard(20, 10), Affinity { hard: on(1), soft: on(1) })));
    assert_eq!(world.running(1), Some(v));
}

//! What every policy must do: one place, saved first, inside affinity and pool, and nothing is lost.

use crate::machine::run;
use crate::*;
use sched::sim::{Rng, Span};
use sched::{Change, Cpu, Phase, Scheduler, When, Why};

const US: u64 = 1_000;

/// Three pCPUs, each with its windows; switches, kicks and timers take time; seven vCPUs, some of them bound.
fn crowd() -> World {
    let windows = [
        window(0, 0, 3),
        window(1, 3, 4).on(cpus(3)),
        window(2, 3, 3).on(cpus(4)),
        window(0, 6, 4).on(cpus(4)),
        window(2, 7, 3).on(cpus(3)),
    ];
    let costs = Costs {
        decision: ns(300).into(),
        switch: Span::between(ns(500), ns(5 * US)),
        kick: Span::between(ns(100), ns(3 * US)),
        timer: Span::between(ns(0), ns(2 * US)),
    };
    let mut world = machine(3, params(10), &windows, costs);
    for index in 0..7 {
        let hard = [CpuSet::ALL, cpus(1), cpus(6)][index / 2 % 3];
        let load = if index % 2 == 0 { Load::hog() } else { Load::on_off(ns(130 * US), ns(90 * US)) };
        admit(&mut world, (index % 3) as u16, Affinity::hard(hard), load);
    }
    world
}

/// The partition that has `cpu` at `now`.
fn owner(cpu: u8, now: u64) -> u16 {
    match (now / MS % 10, cpu) {
        (0..3, _) => 0,
        (3..7, 0 | 1) => 1,
        (3..6, _) => 2,
        (_, 2) => 0,
        _ => 2,
    }
}

// [ARINC-R-02] [ARINC-R-15]
#[test]
fn g01_g02_g03_every_choice_is_in_one_place_saved_allowed_and_inside_its_window() {
    let mut world = crowd();
    let mut rng = Rng::new(3, 1);
    for step in 0..10_000 {
        run(&mut world, step * 97 * US);
        let v = Vcpu(rng.up_to(6) as u16);
        let hard = Affinity::hard(cpus(rng.up_to(6) + 1));
        if rng.up_to(9) == 0 {
            world.change(&[Change::Cpus(cpus(rng.up_to(6) + 1))], When::Now).unwrap();
        } else {
            // It is refused where the pool has none of these pCPUs at present.
            let _ = world.change(&[Change::Affinity(v, hard)], When::Now);
        }
        run(&mut world, step * 97 * US + 20 * US);
        for cpu in 0..3 {
            let Some(v) = world.running(cpu) else { continue };
            assert!(world.policy().in_force(v).unwrap().1.hard.contains(Cpu(cpu)));
            assert!((0..3).filter(|other| world.running(*other) == Some(v)).count() == 1);
        }
    }
    // The machine itself has judged each choice: saved before, on one pCPU, inside affinity and pool.
    assert_eq!((world.strays(), world.pool().violations()), (0, 0));
    let choices = &world.observer.0;
    assert!(choices.len() > 5_000);
    for (now, cpu, choice) in choices {
        assert!(choice.run.is_none_or(|v| world.pool().life(v).group.0 == owner(cpu.0, now.nanos())));
    }
}

// [ARINC-R-04] [ARINC-R-17]
#[test]
fn g04_pauses_at_any_instant_lose_nothing() {
    let mut world = crowd();
    let mut rng = Rng::new(4, 1);
    for step in 0..100_000 {
        run(&mut world, step * 3 * US + rng.up_to(3 * US - 1));
        let v = Vcpu(rng.up_to(6) as u16);
        if rng.up_to(1) == 0 {
            world.pause(v);
        } else {
            world.unpause(v);
        }
    }
    (0..7).for_each(|v| world.unpause(Vcpu(v)));
    let before: Vec<_> = (0..7).map(|v| world.cpu_time(Vcpu(v))).collect();
    let now = world.now();
    world.run_until(now + ns(2 * SECONDS));
    for (v, before) in (0..7).map(Vcpu).zip(before) {
        assert!(world.cpu_time(v).saturating_sub(before) > ns(100 * MS), "{v:?}");
    }
    assert_eq!(world.pool().violations(), 0);
}

// [ARINC-R-04] [ARINC-R-17]
#[test]
fn g05_a_wake_that_races_with_a_block_is_not_lost() {
    let mut policy = policy(1, params(20), &halves());
    policy.add(Vcpu(0), Group(0), NoRow, Affinity::ANY, at(0)).unwrap();
    policy.wake(Vcpu(0), at(0));
    assert_eq!(policy.pick(Cpu(0), at(1)).run, Some(Vcpu(0)));
    // Before its pCPU looks.
    policy.block(Vcpu(0), Why::Wait, at(2));
    policy.wake(Vcpu(0), at(3));
    assert_eq!(policy.pick(Cpu(0), at(4)).run, Some(Vcpu(0)));
    // After that, while its context is being saved.
    policy.block(Vcpu(0), Why::Wait, at(5));
    assert_eq!(policy.pick(Cpu(0), at(6)).run, None);
    let kicks = policy.wake(Vcpu(0), at(7)).or(policy.saved(Vcpu(0), Cpu(0), at(8)));
    assert_eq!(kicks, cpus(1));
    assert_eq!(policy.pick(Cpu(0), at(9)).run, Some(Vcpu(0)));
}

// [ARINC-R-15]
#[test]
fn g10_a_pcpu_that_leaves_frees_everybody() {
    let mut world = machine(2, params(20), &halves(), Costs { switch: ns(US).into(), ..Costs::NONE });
    let all: Vec<_> = (0..4).map(|v| hog(&mut world, v % 2)).collect();
    let bound = admit(&mut world, 0, Affinity::hard(cpus(2)), Load::hog());
    run(&mut world, 105 * MS);
    world.change(&[Change::Cpus(cpus(1))], When::Now).unwrap();
    run(&mut world, 106 * MS);
    assert_eq!(world.running(1), None);
    let before: Vec<_> = all.iter().map(|v| world.cpu_time(*v)).collect();
    let waits = world.cpu_time(bound);
    run(&mut world, 1105 * MS);
    all.iter().zip(before).for_each(|(v, before)| assert!(world.cpu_time(*v) > before));
    // Whoever may use no other one waits, and it can be seen.
    assert!(world.policy().in_force(bound).unwrap().1.hard.is_empty());
    assert_eq!((world.cpu_time(bound), world.pool().life(bound).phase), (waits, Phase::Ready));
}

//! What every policy must do, in the numbering of the acceptance cases.

use super::calls::Calls;
use super::world::*;
use super::*;
use sched::sim::{Costs, Load, Machine, NewVcpu, Rng, Span};
use sched::{NoLog, Phase, Scheduler, When};

/// Three pCPUs, seven vCPUs in three groups, some of them bound; kicks and switches take time.
fn crowd() -> World {
    let costs = Costs { kick: Span::between(us(0), us(10)), switch: Span::between(us(0), us(20)), ..Costs::NONE };
    let mut sim = world_of(Machine::new(3, 16).costs(costs), 3, PoolParams::DEFAULT);
    for index in 0..7 {
        let hard = [CpuSet::ALL, only(0), CpuSet::from_bits(6)][usize::from(index) % 3];
        let load = if index % 2 == 0 { Load::hog() } else { Load::on_off(us(130 + u64::from(index)), us(90)) };
        add(&mut sim, index % 3, VcpuParams::DEFAULT, Affinity::hard(hard), load);
    }
    sim
}

#[test]
fn g01_a_vcpu_is_in_one_place_only() {
    let mut sim = crowd();
    for step in 0..4_000 {
        run_to(&mut sim, step * 37 * US);
        for cpu in 0..3 {
            let Some(v) = sim.running(cpu) else { continue };
            assert_eq!((0..3).filter(|other| sim.running(*other) == Some(v)).count(), 1);
            assert!(!sim.policy().core().waits_for(v, Cpu(cpu)), "it runs and waits");
        }
    }
    assert_eq!(sim.pool().violations(), 0);
}

#[test]
fn g02_a_vcpu_is_not_picked_elsewhere_before_it_is_saved() {
    let mut calls = Calls::new(2, PoolParams::DEFAULT);
    let all = [(); 2].map(|()| calls.add(0, VcpuParams::DEFAULT, Affinity::ANY));
    calls.wake(all[0], 1);
    assert_eq!(calls.pick(0, 1).run, Some(all[0]));
    calls.wake(all[1], 2);
    calls.change(Change::Affinity(all[1], Affinity::hard(only(0))), 3);
    calls.yield_now(all[0], 40 * MS);
    assert_eq!(calls.pick(0, 40 * MS).run, Some(all[1]));
    assert_eq!(calls.pick(1, 40 * MS + 1).run, None);
    calls.saved(all[0], 0, 40 * MS + 2);
    assert_eq!(calls.pick(1, 40 * MS + 3).run, Some(all[0]));
}

#[test]
fn g03_hard_affinity_holds_at_every_decision() {
    // The machine checks it at every decision, and ends with a panic.
    let mut sim = crowd();
    let mut rng = Rng::new(3, 0);
    for step in 0..3_000 {
        run_to(&mut sim, step * 97 * US);
        let (v, hard) = (Vcpu(rng.up_to(6) as u16), CpuSet::from_bits(rng.up_to(6) + 1));
        change(&mut sim, Change::Affinity(v, Affinity::hard(hard)));
        run_to(&mut sim, step * 97 * US + 60 * US);
        for cpu in 0..3 {
            let Some(v) = sim.running(cpu) else { continue };
            assert!(sim.policy().in_force(v).unwrap().1.hard.contains(Cpu(cpu)), "it has not left");
        }
    }
}

#[test]
fn g04_pauses_at_any_instant_lose_nothing() {
    let mut sim = crowd();
    let mut rng = Rng::new(4, 0);
    let (mut paused, mut touched) = ([false; 7], [at(0); 7]);
    for _ in 0..100_000 {
        sim.run_for(Duration::from_nanos(rng.up_to(6_000)));
        let v = Vcpu(rng.up_to(6) as u16);
        (paused[v.index()], touched[v.index()]) = (!paused[v.index()], sim.now());
        if paused[v.index()] {
            sim.pause(v)
        } else {
            sim.unpause(v)
        }
        // Its pCPU learns of a pause by a kick, and decides once more.
        for v in (0..3).filter_map(|cpu| sim.running(cpu)) {
            let stale = !matches!(sim.pool().life(v).phase, Phase::Running(_));
            assert!(!stale || sim.now().since(touched[v.index()]) <= us(50), "{v:?} runs on at {:?}", sim.now());
        }
    }
    (0..7).for_each(|v| sim.unpause(Vcpu(v)));
    let before: Vec<u64> = (0..7).map(|v| served(&sim, Vcpu(v))).collect();
    sim.run_for(ms(2_000));
    (0..7).zip(before).for_each(|(v, before)| assert!(served(&sim, Vcpu(v)) > before + 50 * MS, "{v} is lost"));
    check_ledger(&sim, 7);
}

#[test]
fn g05_a_wake_that_races_with_a_block_is_not_lost() {
    let mut calls = Calls::new(1, PoolParams::DEFAULT);
    let v = calls.add(0, VcpuParams::DEFAULT, Affinity::ANY);
    calls.wake(v, 1);
    calls.pick(0, 2);
    calls.block(v, 3);
    calls.wake(v, 4);
    assert_eq!(calls.pick(0, 5).run, Some(v));
}

#[test]
fn g06_times_add_up_to_the_nanosecond() {
    let mut sim = crowd();
    let mut last = [0; 7];
    for end in [7, 333 * MS + 3, 1_000 * MS + 7] {
        run_to(&mut sim, end);
        for (v, last) in (0..).map(Vcpu).zip(&mut last) {
            let times = sim.pool().life(v).times(sim.now());
            let running = times.running.nanos();
            assert_eq!(running + times.ready.nanos() + times.blocked.nanos() + times.off.nanos(), end);
            assert!(running >= *last);
            *last = running;
        }
        check_ledger(&sim, 7);
    }
}

#[test]
fn g08_parameters_survive_leaving_and_coming_back() {
    let mut sim = slow_world(2);
    hogs::<3, _>(&mut sim);
    let (row, affinity) = (varied(0), Affinity { hard: CpuSet::from_bits(3), soft: only(1) });
    let mut v = add(&mut sim, 1, row, affinity, Load::hog());
    group(&mut sim, 1, 77, 60);
    for _ in 0..1_000 {
        sim.run_for(ms(2));
        let (row, affinity) = sim.policy().in_force(v).unwrap();
        sim.switch_off(v);
        sim.run_for(us(50));
        assert_eq!(sim.remove(v), Ok(()));
        v = sim.admit(NewVcpu::new(row, Load::hog()).group(1).affinity(affinity)).unwrap();
    }
    assert_eq!(sim.policy().in_force(v), Some((row, affinity)));
    assert_eq!(sim.policy().core().group_params(Group(1)), GroupParams { weight: 77, cap: 60 });
}

#[test]
fn g10_a_pcpu_that_leaves_frees_everybody() {
    // They run outside their affinity from then on, which a strict machine would not let them.
    let mut sim = world_of(slow(2).lenient(), 2, PoolParams::DEFAULT);
    let all: [Vcpu; 4] = [(); 4].map(|()| hog(&mut sim, Affinity::hard(only(1))));
    run_to(&mut sim, 100 * MS);
    assert_eq!((busy(&sim, 0..1), sim.strays()), (0, 0));
    change(&mut sim, Change::Cpus(only(0)));
    run_to(&mut sim, 1_100 * MS);
    assert_eq!((sim.running(1), sim.pool().violations()), (None, 0));
    all.iter().for_each(|v| near(sim.share_between(*v, at(100 * MS), at(1_100 * MS)), 25.0, SLICE as f64 / 10.0));
}

#[test]
fn g12_a_change_of_many_is_all_or_nothing() {
    let mut calls = Calls::new(2, PoolParams::DEFAULT);
    let v = calls.add(0, VcpuParams::DEFAULT, Affinity::ANY);
    let good = [
        Change::Pool(PoolParams { ratelimit: ms(2), ..PoolParams::DEFAULT }),
        Change::Vcpu(v, own_weight(7)),
        Change::Affinity(v, Affinity::hard(only(0))),
        Change::Group(Group(0), GroupParams { weight: 3, cap: 50 }),
    ];
    let bad = [
        Change::Cpus(CpuSet::EMPTY),
        Change::Group(Group(999), GroupParams::DEFAULT),
        Change::Vcpu(Vcpu(900), VcpuParams::DEFAULT),
        Change::Vcpu(v, own_weight(65_536)),
        Change::Affinity(Vcpu(900), Affinity::ANY),
        Change::Affinity(v, Affinity::hard(CpuSet::EMPTY)),
        Change::Pool(PoolParams { ratelimit: Duration::from_nanos(1), ..PoolParams::DEFAULT }),
    ];
    let before = calls.pool.policy().clone();
    for last in bad {
        let all = [good[0], good[1], good[2], good[3], last];
        assert!(calls.pool.change(&all, When::Now, at(0), &mut NoLog).refused.is_some());
        assert!(*calls.pool.policy() == before);
    }
    assert_eq!(calls.pool.change(&good, When::Now, at(0), &mut NoLog).refused, None);
    assert!(*calls.pool.policy() != before);
}

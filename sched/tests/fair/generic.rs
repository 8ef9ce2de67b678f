//! What every policy must do, in the numbering of the acceptance cases.

use super::harness::{Load, MS, Sim, US, at};
use super::*;
use sched::{NoLog, Phase, Scheduler, Why};

/// Three pCPUs, delays, seven vCPUs in three groups, some of them bound.
fn crowd() -> Sim<Policy> {
    let mut sim = sim(3);
    (sim.kick_delay, sim.save_delay) = (700, 900);
    for index in 0..7u64 {
        let hard = [CpuSet::ALL, only(0), CpuSet::from_bits(6)][index as usize % 3];
        let load = if index % 2 == 0 { Load::Hog } else { Load::OnOff { work: 130 * US + index, sleep: 90 * US } };
        sim.add(index as u16 % 3, VcpuParams::DEFAULT, Affinity::hard(hard), load);
    }
    sim
}

/// A sequence without order (Marsaglia, Xorshift RNGs, 2003).
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn g01_a_vcpu_is_in_one_place_only() {
    let mut sim = crowd();
    for step in 0..4_000 {
        sim.run_until(step * 37 * US);
        for cpu in 0..3 {
            let Some(v) = sim.running(cpu) else { continue };
            assert!((0..3).filter(|other| sim.running(*other) == Some(v)).count() == 1);
        }
    }
    assert_eq!(sim.pool.violations(), 0);
}

#[test]
fn g02_a_vcpu_is_not_picked_elsewhere_before_it_is_saved() {
    let mut sim = sim(2);
    let all = [0, 1].map(|_| sim.add(0, VcpuParams::DEFAULT, Affinity::ANY, Load::Off));
    sim.pool.wake(all[0], at(1), &mut NoLog);
    let cpu = sim.pool.kicks().first().unwrap();
    let other = Cpu(1 - cpu.0);
    sim.pool.pick(cpu, at(1), &mut NoLog);
    sim.pool.wake(all[1], at(2), &mut NoLog);
    sim.pool.change(
        &[Change::Affinity(all[1], Affinity::hard(CpuSet::only(cpu)))],
        sched::When::Now,
        at(3),
        &mut NoLog,
    );
    sim.pool.yield_now(all[0], at(40 * MS), &mut NoLog);
    assert_eq!(sim.pool.pick(cpu, at(40 * MS), &mut NoLog).choice.run, Some(all[1]));
    assert_eq!(sim.pool.pick(other, at(40 * MS + 1), &mut NoLog).choice.run, None);
    sim.pool.saved(all[0], cpu, at(40 * MS + 2), &mut NoLog);
    assert_eq!(sim.pool.pick(other, at(40 * MS + 3), &mut NoLog).choice.run, Some(all[0]));
}

#[test]
fn g03_hard_affinity_holds_at_every_decision() {
    let mut sim = crowd();
    let mut state = 88_172_645_463_325_252;
    for step in 0..3_000u64 {
        sim.run_until(step * 97 * US);
        let v = Vcpu((random(&mut state) % 7) as u16);
        sim.change(&[Change::Affinity(v, Affinity::hard(CpuSet::from_bits(random(&mut state) % 7 + 1)))]);
        sim.run_until(step * 97 * US + 20 * US);
        for cpu in 0..3 {
            let Some(v) = sim.running(cpu) else { continue };
            assert!(sim.pool.policy().in_force(v).unwrap().1.hard.contains(Cpu(cpu)));
        }
    }
}

#[test]
fn g04_pauses_at_any_instant_lose_nothing() {
    let mut sim = crowd();
    let mut state = 2_463_534_242;
    for step in 0..100_000u64 {
        sim.run_until(step * 3 * US + random(&mut state) % (3 * US));
        let v = Vcpu((random(&mut state) % 7) as u16);
        if random(&mut state).is_multiple_of(2) {
            sim.stop(v)
        } else {
            sim.start(v)
        }
        let runs = (0..3).filter_map(|cpu| sim.running(cpu));
        assert!(runs.filter(|v| sim.pool.life(*v).phase == Phase::Ready).count() == 0);
    }
    (0..7).for_each(|v| sim.start(Vcpu(v)));
    let before: Vec<u64> = sim.guests.iter().map(|guest| guest.served).collect();
    sim.run_until(sim.now + 2_000 * MS);
    sim.guests.iter().zip(before).for_each(|(guest, before)| assert!(guest.served > before));
    sim.check_ledger();
}

#[test]
fn g05_a_wake_that_races_with_a_block_is_not_lost() {
    let mut sim = sim(1);
    let v = sim.add(0, VcpuParams::DEFAULT, Affinity::ANY, Load::Off);
    sim.pool.wake(v, at(1), &mut NoLog);
    sim.pool.pick(Cpu(0), at(2), &mut NoLog);
    sim.pool.block(v, Why::Wait, at(3), &mut NoLog);
    sim.pool.wake(v, at(4), &mut NoLog);
    assert_eq!(sim.pool.pick(Cpu(0), at(5), &mut NoLog).choice.run, Some(v));
}

#[test]
fn g06_times_add_up_to_the_nanosecond() {
    let mut sim = crowd();
    sim.run_until(1_000 * MS + 7);
    for v in 0..7 {
        let times = sim.pool.life(Vcpu(v)).times(at(sim.now));
        let sum = times.running.nanos() + times.ready.nanos() + times.blocked.nanos() + times.off.nanos();
        assert_eq!(sum, sim.now);
    }
    sim.check_ledger();
}

#[test]
fn g08_parameters_survive_leaving_and_coming_back() {
    let mut sim = sim(2);
    let (row, affinity) = (varied(0), Affinity { hard: CpuSet::from_bits(3), soft: only(1) });
    let v = sim.add(1, row, affinity, Load::Off);
    group(&mut sim, 1, 77, 60);
    for round in 0..1_000 {
        let (row, affinity) = sim.pool.policy().in_force(v).unwrap();
        sim.pool.remove(v, at(round), &mut NoLog).unwrap();
        sim.pool.add(v, Group(1), row, affinity, at(round), &mut NoLog).unwrap();
    }
    assert_eq!(sim.pool.policy().in_force(v), Some((row, affinity)));
    assert_eq!(sim.pool.policy().core().group_params(Group(1)), GroupParams { weight: 77, cap: 60 });
}

#[test]
fn g10_a_pcpu_that_leaves_frees_everybody() {
    let mut sim = sim(2);
    (sim.kick_delay, sim.save_delay) = (1_000, 1_000);
    let all: Vec<Vcpu> = (0..4).map(|_| sim.add(0, VcpuParams::DEFAULT, Affinity::hard(only(1)), Load::Hog)).collect();
    sim.run_until(100 * MS);
    sim.change(&[Change::Cpus(only(0))]);
    let before: Vec<u64> = all.iter().map(|v| sim.guests[v.index()].by_cpu[0]).collect();
    sim.run_until(1_100 * MS);
    assert_eq!(sim.running(1), None);
    all.iter().zip(before).for_each(|(v, before)| assert!(sim.guests[v.index()].by_cpu[0] > before));
}

#[test]
fn g12_a_change_of_many_is_all_or_nothing() {
    let mut sim = sim(2);
    let v = sim.add(0, VcpuParams::DEFAULT, Affinity::ANY, Load::Hog);
    let good = [
        Change::Pool(PoolParams { ratelimit: Duration::from_nanos(2 * MS), ..PoolParams::DEFAULT }),
        Change::Vcpu(v, own_weight(7)),
        Change::Affinity(v, Affinity::hard(only(0))),
        Change::Group(Group(0), GroupParams { weight: 3, cap: 50 }),
    ];
    let bad = [
        Change::Cpus(CpuSet::EMPTY),
        Change::Group(Group(999), GroupParams::DEFAULT),
        Change::Vcpu(Vcpu(900), VcpuParams::DEFAULT),
        Change::Vcpu(v, own_weight(65_536)),
        Change::Affinity(v, Affinity::hard(CpuSet::EMPTY)),
        Change::Pool(PoolParams { ratelimit: Duration::from_nanos(1), ..PoolParams::DEFAULT }),
    ];
    let before = sim.pool.policy().clone();
    for last in bad {
        let all = [good[0], good[1], good[2], good[3], last];
        assert!(sim.pool.change(&all, sched::When::Now, at(0), &mut NoLog).refused.is_some());
        assert_eq!(*sim.pool.policy(), before);
    }
    assert!(sim.pool.change(&good, sched::When::Now, at(0), &mut NoLog).refused.is_none());
    assert_ne!(*sim.pool.policy(), before);
}

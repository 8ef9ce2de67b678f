//! What every policy must do, in the numbering of the acceptance cases, on a simulated machine where decisions,
//! switches and kicks take time.

use super::{Policy, plain, policy};
use sched::sim::{Costs, Load, Machine, NewVcpu, Rng, Sim, Span};
use sched::{
    Affinity, Change, Cpu, CpuSet, Duration, Group, Instant, Life, NoLog, Params, Phase, Pool, Row, Scheduler, Vcpu,
    When, Why,
};

const CPUS: u8 = 3;
const VCPUS: u16 = 7;

fn us(us: u64) -> Duration {
    Duration::from_micros(us)
}

fn at(us: u64) -> Instant {
    Instant::from_nanos(us * 1000)
}

fn only(cpu: u8) -> CpuSet {
    CpuSet::only(Cpu(cpu))
}

/// Hogs and sleepers on three pCPUs, some of them bound. The machine panics if isolation, affinity or pool is broken.
fn crowd() -> Sim<Policy> {
    let costs = Costs { switch: Span::between(us(1), us(9)), kick: Span::between(us(0), us(5)), ..Costs::NONE };
    let mut sim = Sim::new(policy(CPUS, VCPUS.into()), Machine::new(CPUS, VCPUS).costs(costs));
    for index in 0..u64::from(VCPUS) {
        let hard = [CpuSet::ALL, only(0), CpuSet::from_bits(6)][index as usize % 3];
        let load = if index % 2 == 0 { Load::hog() } else { Load::on_off(us(130 + index), us(90)) };
        sim.admit(NewVcpu::new(plain(), load).affinity(Affinity::hard(hard))).unwrap();
    }
    sim
}

/// The pool alone, with vCPUs that may run anywhere and are off.
fn bare(cpus: u8, vcpus: usize) -> Pool<Policy, Vec<Life>> {
    let mut pool = Pool::new(policy(cpus, vcpus), vec![Life::ABSENT; vcpus], at(0));
    for v in 0..vcpus {
        pool.add(Vcpu(v as u16), Group(0), plain(), Affinity::ANY, at(0), &mut NoLog).unwrap();
    }
    pool
}

#[test]
fn g01_a_vcpu_is_in_one_place_only() {
    let mut sim = crowd();
    for _ in 0..4_000 {
        sim.run_for(us(37));
        let runs: Vec<Vcpu> = (0..CPUS).filter_map(|cpu| sim.running(cpu)).collect();
        assert!(runs.iter().all(|v| runs.iter().filter(|other| *other == v).count() == 1));
        assert!(runs.iter().all(|v| !sim.policy().slot(*v).waits()), "it runs and stands in line");
    }
    assert_eq!(sim.pool().violations(), 0);
}

#[test]
fn g02_a_vcpu_is_not_picked_elsewhere_before_it_is_saved() {
    let mut pool = bare(2, 2);
    pool.wake(Vcpu(0), at(1), &mut NoLog);
    assert_eq!(pool.pick(Cpu(0), at(1), &mut NoLog).choice.run, Some(Vcpu(0)));
    let bound = [Change::Affinity(Vcpu(1), Affinity::hard(only(0)))];
    pool.change(&bound, When::Now, at(2), &mut NoLog);
    pool.wake(Vcpu(1), at(2), &mut NoLog);
    pool.yield_now(Vcpu(0), at(40_000), &mut NoLog);
    assert_eq!(pool.pick(Cpu(0), at(40_000), &mut NoLog).choice.run, Some(Vcpu(1)));
    assert_eq!(pool.pick(Cpu(1), at(40_001), &mut NoLog).choice.run, None);
    pool.saved(Vcpu(0), Cpu(0), at(40_002), &mut NoLog);
    assert_eq!(pool.pick(Cpu(1), at(40_003), &mut NoLog).choice.run, Some(Vcpu(0)));
}

#[test]
fn g03_hard_affinity_holds_at_every_decision() {
    let mut sim = crowd();
    let mut rng = Rng::new(3, 0);
    for _ in 0..3_000 {
        sim.run_for(us(77));
        let v = Vcpu(rng.up_to(u64::from(VCPUS) - 1) as u16);
        let hard = CpuSet::from_bits(rng.up_to(6) + 1);
        sim.change(&[Change::Affinity(v, Affinity::hard(hard))], When::Now).unwrap();
        sim.run_for(us(20));
        for cpu in 0..CPUS {
            let Some(v) = sim.running(cpu) else { continue };
            assert!(sim.policy().in_force(v).unwrap().1.hard.contains(Cpu(cpu)));
        }
    }
    assert_eq!((sim.pool().violations(), sim.strays()), (0, 0));
}

#[test]
fn g04_pauses_at_any_instant_lose_nothing() {
    let mut sim = crowd();
    let mut rng = Rng::new(4, 0);
    for _ in 0..100_000 {
        sim.run_for(Duration::from_nanos(rng.up_to(6_000)));
        let v = Vcpu(rng.up_to(u64::from(VCPUS) - 1) as u16);
        if rng.bits() & 1 == 0 { sim.pause(v) } else { sim.unpause(v) }
    }
    let all = || (0..VCPUS).map(Vcpu);
    all().for_each(|v| sim.unpause(v));
    let before: Vec<Duration> = all().map(|v| sim.tally(v).executed).collect();
    sim.run_for(us(500_000));
    all().zip(before).for_each(|(v, before)| assert!(sim.tally(v).executed > before, "{v:?} lost a wake-up"));
}

#[test]
fn g05_a_wake_that_races_with_a_block_is_not_lost() {
    let mut pool = bare(1, 1);
    let v = Vcpu(0);
    pool.wake(v, at(1), &mut NoLog);
    pool.pick(Cpu(0), at(2), &mut NoLog);
    pool.block(v, Why::Wait, at(3), &mut NoLog);
    pool.wake(v, at(4), &mut NoLog);
    assert_eq!(pool.pick(Cpu(0), at(5), &mut NoLog).choice.run, Some(v));
    assert_eq!(pool.life(v).phase, Phase::Running(Cpu(0)));
}

#[test]
fn g06_times_add_up_to_the_nanosecond() {
    let mut sim = crowd();
    sim.run_for(Duration::from_nanos(1_000_000_007));
    for v in (0..VCPUS).map(Vcpu) {
        let times = sim.pool().life(v).times(sim.now());
        let sum =
            [times.running, times.ready, times.blocked, times.off].into_iter().fold(us(0), |sum, part| sum + part);
        assert_eq!(Instant::ZERO + sum, sim.now());
        assert_eq!(times.running, sim.policy().service(v, sim.now()).served, "{v:?}");
    }
}

#[test]
fn g08_parameters_survive_leaving_and_coming_back() {
    let mut pool = bare(2, 1);
    let affinity = Affinity { hard: CpuSet::from_bits(3), soft: only(1) };
    pool.change(&[Change::Affinity(Vcpu(0), affinity)], When::Now, at(0), &mut NoLog);
    let before = pool.policy().in_force(Vcpu(0));
    for round in 0..1_000 {
        let (params, affinity) = pool.policy().in_force(Vcpu(0)).unwrap();
        pool.remove(Vcpu(0), at(round), &mut NoLog).unwrap();
        pool.add(Vcpu(0), Group(0), params, affinity, at(round), &mut NoLog).unwrap();
    }
    assert_eq!(pool.policy().in_force(Vcpu(0)), before);
}

#[test]
fn g10_a_pcpu_that_leaves_frees_everybody() {
    let costs = Costs { switch: Span::fixed(us(1)), kick: Span::fixed(us(1)), ..Costs::NONE };
    let mut sim = Sim::new(policy(2, 4), Machine::new(2, 4).costs(costs));
    let all = [0; 4].map(|_| sim.add(plain(), Load::hog()));
    sim.run_for(us(100_000));
    sim.change(&[Change::Cpus(only(0))], When::Now).unwrap();
    sim.run_for(us(3));
    assert_eq!(sim.running(1), None);
    let left = sim.now();
    sim.run_for(us(1_000_000));
    assert_eq!(sim.running(1), None);
    for v in all {
        assert!(!sim.cpu_time_between(v, left, sim.now()).is_zero(), "{v:?} is left behind");
    }
}

#[test]
fn g12_a_change_of_many_is_all_or_nothing() {
    let mut pool = bare(2, 1);
    let row = <Policy as Params>::Pool::read(&sched::param::default_row(<Policy as Params>::Pool::KEYS)).unwrap();
    let good = [Change::Pool(row), Change::Vcpu(Vcpu(0), plain()), Change::Affinity(Vcpu(0), Affinity::hard(only(0)))];
    let bad = [
        Change::Cpus(CpuSet::EMPTY),
        Change::Vcpu(Vcpu(900), plain()),
        Change::Affinity(Vcpu(0), Affinity::hard(CpuSet::EMPTY)),
        Change::Affinity(Vcpu(1), Affinity::ANY),
    ];
    let before = pool.policy().clone();
    for last in bad {
        let all = [good[0], good[1], good[2], last];
        assert!(pool.change(&all, When::Now, at(0), &mut NoLog).refused.is_some());
        assert!(*pool.policy() == before);
    }
    assert!(pool.change(&good, When::Now, at(0), &mut NoLog).refused.is_none());
    assert_eq!(pool.policy().in_force(Vcpu(0)).unwrap().1.hard, only(0));
}

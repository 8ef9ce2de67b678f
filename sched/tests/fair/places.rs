//! Where vCPUs run: idle pCPUs, affinity, promises.

use super::harness::{Load, MS, US};
use super::*;
use sched::{NoLog, Phase, Why};

fn hog(sim: &mut Sim<Policy>, affinity: Affinity) -> Vcpu {
    sim.add(0, VcpuParams::DEFAULT, affinity, Load::Hog)
}

#[test]
fn an_idle_pcpu_takes_waiting_work_at_once() {
    let mut sim = sim(2);
    (sim.kick_delay, sim.save_delay) = (1_000, 1_000);
    let all: Vec<Vcpu> = (0..3).map(|_| hog(&mut sim, Affinity::ANY)).collect();
    sim.run_until(50 * MS);
    let running = sim.running(0).unwrap();
    sim.stop(running);
    sim.run_until(50 * MS + 20 * US);
    let busy = (0..2).filter(|cpu| sim.running(*cpu).is_some()).count();
    assert_eq!(busy, 2);
    assert!(all.contains(&sim.running(0).unwrap()));
}

#[test]
fn a_displaced_vcpu_continues_on_an_idle_pcpu() {
    let mut sim = sim(2);
    (sim.kick_delay, sim.save_delay) = (1_000, 1_000);
    let free = hog(&mut sim, Affinity::ANY);
    let pinned = sim.add(0, VcpuParams::DEFAULT, Affinity::hard(only(0)), Load::Off);
    sim.run_until(20 * MS);
    assert_eq!(sim.running(0), Some(free));
    sim.start(pinned);
    sim.run_until(21 * MS + 100 * US);
    assert_eq!((sim.running(0), sim.running(1)), (Some(pinned), Some(free)));
}

#[test]
fn a_vcpu_moves_into_its_soft_affinity_when_there_is_room_and_then_stays() {
    let mut sim = sim(2);
    (sim.kick_delay, sim.save_delay) = (1_000, 1_000);
    let wants_zero = Affinity { hard: CpuSet::ALL, soft: only(0) };
    let blocker = hog(&mut sim, Affinity::hard(only(0)));
    sim.run_until(10 * MS);
    let mover = hog(&mut sim, wants_zero);
    sim.run_until(20 * MS);
    assert_eq!(sim.running(1), Some(mover));
    sim.stop(blocker);
    sim.run_until(20 * MS + 20 * US);
    assert_eq!((sim.running(0), sim.running(1)), (Some(mover), None));
    let picks = sim.picks;
    sim.run_until(100 * MS);
    assert_eq!(sim.picks, picks);
}

#[test]
fn hard_affinity_holds_and_can_change_while_running() {
    let mut sim = sim(3);
    (sim.kick_delay, sim.save_delay) = (500, 700);
    let v = hog(&mut sim, Affinity::hard(only(1)));
    hog(&mut sim, Affinity::ANY);
    hog(&mut sim, Affinity::hard(only(2)));
    hog(&mut sim, Affinity::hard(only(2)));
    sim.run_until(100 * MS);
    assert_eq!(sim.guests[v.index()].by_cpu[1], sim.guests[v.index()].served);
    sim.change(&[Change::Affinity(v, Affinity::hard(only(2)))]);
    sim.run_until(101 * MS);
    let before = sim.guests[v.index()].by_cpu.clone();
    sim.run_until(400 * MS);
    assert_eq!(sim.guests[v.index()].by_cpu[..2], before[..2]);
    near((sim.guests[v.index()].by_cpu[2] - before[2]) as f64 / MS as f64, 100.0, 15.0);
}

#[test]
fn a_pcpu_that_leaves_gives_up_its_vcpu_and_one_that_joins_finds_work() {
    let mut sim = sim(2);
    (sim.kick_delay, sim.save_delay) = (500, 700);
    let pinned = hog(&mut sim, Affinity::hard(only(1)));
    let free = hog(&mut sim, Affinity::ANY);
    sim.run_until(100 * MS);
    sim.change(&[Change::Cpus(only(0))]);
    sim.run_until(300 * MS);
    assert_eq!(sim.running(1), None);
    near(sim.guests[pinned.index()].by_cpu[0] as f64 / MS as f64, 100.0, 15.0);
    sim.change(&[Change::Cpus(only(0).or(only(1)))]);
    sim.run_until(301 * MS);
    assert!(sim.running(1).is_some());
    assert!(matches!(sim.pool.life(free).phase, Phase::Running(_)));
}

#[test]
fn a_promised_vcpu_is_left_to_the_pcpu_that_was_kicked_for_it() {
    let mut sim = sim(2);
    let v = sim.add(0, VcpuParams::DEFAULT, Affinity::ANY, Load::Off);
    let kick = sim.pool.wake(v, at(10), &mut NoLog).kick;
    assert_eq!(kick.len(), 1);
    let chosen = kick.first().unwrap();
    let other = Cpu(1 - chosen.0);
    assert_eq!(sim.pool.pick(other, at(11), &mut NoLog).choice.run, None);
    assert_eq!(sim.pool.pick(chosen, at(12), &mut NoLog).choice.run, Some(v));
    // Once it has run there and is saved, the other may have it.
    sim.pool.block(v, Why::Wait, at(13), &mut NoLog);
    sim.pool.pick(chosen, at(14), &mut NoLog);
    sim.pool.saved(v, chosen, at(15), &mut NoLog);
    let second = sim.pool.wake(v, at(16), &mut NoLog).kick;
    assert_eq!(second, CpuSet::only(chosen));
}

#[test]
fn one_wake_kicks_one_pcpu() {
    let mut sim = sim(4);
    let all: Vec<Vcpu> = (0..4).map(|_| sim.add(0, VcpuParams::DEFAULT, Affinity::ANY, Load::Off)).collect();
    let mut kicked = CpuSet::EMPTY;
    for v in all {
        let kick = sim.pool.wake(v, at(10), &mut NoLog).kick;
        assert_eq!((kick.len(), kick.and(kicked)), (1, CpuSet::EMPTY));
        kicked = kicked.or(kick);
    }
}

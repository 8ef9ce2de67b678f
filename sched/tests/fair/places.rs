//! Where vCPUs run: idle pCPUs, affinity, promises.

use super::calls::Calls;
use super::world::*;
use super::*;
use sched::Phase;

/// CPU time of `v` on `cpu` in stretches that are over and began at `from` or later, in ms.
fn served_on(sim: &World, v: Vcpu, cpu: u8, from: u64) -> f64 {
    let runs = sim.tally(v).runs.iter().filter(|run| run.cpu == Cpu(cpu) && run.from >= at(from));
    runs.map(|run| run.to.since(run.from).nanos()).sum::<u64>() as f64 / MS as f64
}

#[test]
fn an_idle_pcpu_takes_waiting_work_at_once() {
    let mut sim = slow_world(2);
    let all: [Vcpu; 3] = hogs(&mut sim);
    run_to(&mut sim, 50 * MS);
    let stopped = sim.running(0).unwrap();
    sim.pause(stopped);
    run_to(&mut sim, 50 * MS + 20 * US);
    let mut running = [sim.running(0).unwrap(), sim.running(1).unwrap()];
    running.sort();
    let left: Vec<Vcpu> = all.into_iter().filter(|v| *v != stopped).collect();
    assert_eq!(running[..], left[..]);
}

#[test]
fn a_displaced_vcpu_continues_on_an_idle_pcpu() {
    let mut sim = slow_world(2);
    let free = hog(&mut sim, Affinity::ANY);
    let pinned = sleeper(&mut sim, 0, Affinity::hard(only(0)));
    run_to(&mut sim, 20 * MS);
    assert_eq!(sim.running(0), Some(free));
    sim.start(pinned);
    run_to(&mut sim, 21 * MS + 100 * US);
    assert_eq!((sim.running(0), sim.running(1)), (Some(pinned), Some(free)));
}

#[test]
fn a_vcpu_moves_into_its_soft_affinity_when_there_is_room_and_then_stays() {
    let mut sim = slow_world(2);
    let blocker = hog(&mut sim, Affinity::hard(only(0)));
    run_to(&mut sim, 10 * MS);
    let mover = hog(&mut sim, Affinity { hard: CpuSet::ALL, soft: only(0) });
    run_to(&mut sim, 20 * MS);
    assert_eq!(sim.running(1), Some(mover));
    sim.pause(blocker);
    run_to(&mut sim, 20 * MS + 20 * US);
    assert_eq!((sim.running(0), sim.running(1)), (Some(mover), None));
    let decisions = |sim: &World| [sim.cpu(0).decisions, sim.cpu(1).decisions];
    let before = decisions(&sim);
    run_to(&mut sim, 100 * MS);
    assert_eq!(decisions(&sim), before);
}

#[test]
fn hard_affinity_holds_and_can_change_while_running() {
    let mut sim = slow_world(3);
    let v = hog(&mut sim, Affinity::hard(only(1)));
    hog(&mut sim, Affinity::ANY);
    hog(&mut sim, Affinity::hard(only(2)));
    hog(&mut sim, Affinity::hard(only(2)));
    run_to(&mut sim, 100 * MS);
    change(&mut sim, Change::Affinity(v, Affinity::hard(only(2))));
    run_to(&mut sim, 401 * MS);
    // The machine itself ends with a panic where a choice is outside the affinity.
    let places: Vec<u8> = sim.tally(v).runs.iter().map(|run| run.cpu.0).collect();
    assert!(places[0] == 1 && places[1..].iter().all(|cpu| *cpu == 2), "{places:?}");
    near(served_on(&sim, v, 2, 100 * MS), 100.0, 15.0 + SLICE as f64);
}

#[test]
fn a_pcpu_that_leaves_gives_up_its_vcpu_and_one_that_joins_finds_work() {
    // A vCPU whose only pCPU has left runs outside its affinity, which a strict machine would not let it.
    let mut sim = world_of(slow(2).lenient(), 2, PoolParams::DEFAULT);
    let pinned = hog(&mut sim, Affinity::hard(only(1)));
    let free = hog(&mut sim, Affinity::ANY);
    run_to(&mut sim, 100 * MS);
    assert_eq!((sim.running(0), sim.running(1), sim.strays()), (Some(free), Some(pinned), 0));
    change(&mut sim, Change::Cpus(only(0)));
    run_to(&mut sim, 100 * MS + 10 * US);
    assert_eq!(sim.running(1), None);
    run_to(&mut sim, 300 * MS);
    near(served_on(&sim, pinned, 0, 100 * MS), 100.0, 15.0 + SLICE as f64);
    change(&mut sim, Change::Cpus(CpuSet::from_bits(3)));
    run_to(&mut sim, 301 * MS);
    assert_eq!((sim.running(0), sim.running(1)), (Some(free), Some(pinned)));
    let strays = sim.strays();
    run_to(&mut sim, 400 * MS);
    assert_eq!((sim.strays(), sim.pool().violations()), (strays, 0));
    assert!(matches!(sim.pool().life(free).phase, Phase::Running(_)));
}

#[test]
fn a_promised_vcpu_is_left_to_the_pcpu_that_was_kicked_for_it() {
    let mut calls = Calls::new(2, PoolParams::DEFAULT);
    let v = calls.add(0, VcpuParams::DEFAULT, Affinity::ANY);
    assert_eq!(calls.wake(v, 10), only(0));
    assert_eq!(calls.pick(1, 11).run, None);
    assert_eq!(calls.pick(0, 12).run, Some(v));
    // Once it has run there and is saved, the other may have it.
    calls.block(v, 13);
    calls.pick(0, 14);
    calls.saved(v, 0, 15);
    let pinned = calls.add(0, VcpuParams::DEFAULT, Affinity::hard(only(0)));
    assert_eq!(calls.wake(pinned, 16), only(0));
    assert_eq!(calls.wake(v, 17), only(1), "the pCPU on which it ran is promised to another one");
    assert_eq!(calls.pick(1, 18).run, Some(v));
}

#[test]
fn one_wake_kicks_one_pcpu() {
    let mut calls = Calls::new(4, PoolParams::DEFAULT);
    let all = [(); 4].map(|()| calls.add(0, VcpuParams::DEFAULT, Affinity::ANY));
    let kicked = all.map(|v| calls.wake(v, 10));
    assert_eq!(kicked, [only(0), only(1), only(2), only(3)]);
}

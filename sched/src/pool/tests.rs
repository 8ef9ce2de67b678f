//! The protocol, tested with a policy that does as it is told, even when that is wrong.

extern crate std;
use super::*;
use crate::{Duration, NoRow};

/// Answers every `pick` with what the test put there.
#[derive(Clone, Debug)]
struct Puppet {
    next: Option<Vcpu>,
}

impl Params for Puppet {
    type Pool = NoRow;
    type Group = NoRow;
    type Vcpu = NoRow;
    type Entry = NoRow;
}

impl Scheduler for Puppet {
    fn add(&mut self, _: Vcpu, _: Group, _: NoRow, _: Affinity, _: Instant) -> Result<(), Refused> {
        Ok(())
    }
    fn remove(&mut self, _: Vcpu, _: Instant) -> Result<(), Refused> {
        Ok(())
    }
    fn change(&mut self, _: &[Change<Self>], _: When, _: Instant) -> Result<CpuSet, Refused> {
        Ok(CpuSet::EMPTY)
    }
    fn wake(&mut self, _: Vcpu, _: Instant) -> CpuSet {
        CpuSet::only(Cpu(0))
    }
    fn block(&mut self, _: Vcpu, _: Why, _: Instant) -> CpuSet {
        CpuSet::only(Cpu(0))
    }
    fn yield_now(&mut self, _: Vcpu, _: Instant) -> CpuSet {
        CpuSet::EMPTY
    }
    fn pick(&mut self, _: Cpu, _: Instant) -> Choice {
        Choice { run: self.next, ..Choice::default() }
    }
    fn saved(&mut self, _: Vcpu, _: Cpu, _: Instant) -> CpuSet {
        CpuSet::EMPTY
    }
    fn alarm(&self) -> Option<Instant> {
        None
    }
    fn expire(&mut self, _: Instant) -> CpuSet {
        CpuSet::EMPTY
    }
    fn in_force(&self, _: Vcpu) -> Option<(NoRow, Affinity)> {
        None
    }
    fn service(&self, _: Vcpu, _: Instant) -> Service {
        Service::default()
    }
}

const V: Vcpu = Vcpu(0);

fn at(ns: u64) -> Instant {
    Instant::from_nanos(ns)
}

fn pool_with_one_ready() -> Pool<Puppet, std::vec::Vec<Life>> {
    let mut pool = Pool::new(Puppet { next: Some(V) }, std::vec![Life::ABSENT; 2], at(0));
    pool.add(V, Group(0), NoRow, Affinity::ANY, at(0), &mut NoLog).unwrap();
    pool.wake(V, at(10), &mut NoLog);
    pool
}

#[test]
fn the_ledger_adds_up_to_elapsed_time() {
    let mut pool = pool_with_one_ready();
    pool.pick(Cpu(0), at(25), &mut NoLog);
    pool.block(V, Why::Wait, at(60), &mut NoLog);
    let times = pool.life(V).times(at(100));
    assert_eq!((times.off, times.ready), (Duration::from_nanos(10), Duration::from_nanos(15)));
    assert_eq!((times.running, times.blocked), (Duration::from_nanos(35), Duration::from_nanos(40)));
}

#[test]
fn a_choice_that_runs_elsewhere_is_refused_and_counted() {
    let mut pool = pool_with_one_ready();
    assert_eq!(pool.pick(Cpu(0), at(20), &mut NoLog).choice.run, Some(V));
    assert_eq!(pool.pick(Cpu(1), at(20), &mut NoLog).choice.run, None);
    assert_eq!(pool.violations(), 1);
}

#[test]
fn a_choice_before_saved_is_refused_elsewhere_and_allowed_at_home() {
    let mut pool = pool_with_one_ready();
    pool.pick(Cpu(0), at(20), &mut NoLog);
    pool.policy.next = None;
    pool.pick(Cpu(0), at(30), &mut NoLog);
    pool.policy.next = Some(V);
    assert_eq!(pool.pick(Cpu(1), at(31), &mut NoLog).choice.run, None);
    pool.saved(V, Cpu(0), at(32), &mut NoLog);
    assert_eq!(pool.pick(Cpu(1), at(33), &mut NoLog).choice.run, Some(V));
}

#[test]
fn a_vcpu_woken_before_its_pcpu_picked_again_cannot_run_elsewhere() {
    let mut pool = pool_with_one_ready();
    pool.pick(Cpu(0), at(20), &mut NoLog);
    pool.block(V, Why::Wait, at(30), &mut NoLog);
    pool.wake(V, at(31), &mut NoLog);
    assert_eq!(pool.pick(Cpu(1), at(32), &mut NoLog).choice.run, None);
    assert_eq!(pool.pick(Cpu(0), at(33), &mut NoLog).choice.run, Some(V));
    assert_eq!(pool.life(V).phase, Phase::Running(Cpu(0)));
}

#[test]
fn a_kick_is_fresh_once_until_the_pcpu_picks() {
    let mut pool = pool_with_one_ready();
    assert!(pool.wake(V, at(11), &mut NoLog).fresh.is_empty());
    pool.pick(Cpu(0), at(12), &mut NoLog);
    assert_eq!(pool.wake(V, at(13), &mut NoLog).fresh, CpuSet::only(Cpu(0)));
}

#[test]
fn the_clock_never_runs_backwards() {
    let mut pool = pool_with_one_ready();
    pool.pick(Cpu(0), at(50), &mut NoLog);
    pool.block(V, Why::Wait, at(40), &mut NoLog);
    assert_eq!(pool.life(V).times(at(50)).running, Duration::ZERO);
}

#[test]
fn a_running_vcpu_cannot_leave() {
    let mut pool = pool_with_one_ready();
    pool.pick(Cpu(0), at(20), &mut NoLog);
    assert!(pool.remove(V, at(21), &mut NoLog).is_err());
    pool.block(V, Why::Off, at(22), &mut NoLog);
    pool.policy.next = None;
    pool.pick(Cpu(0), at(23), &mut NoLog);
    assert!(pool.remove(V, at(24), &mut NoLog).is_err());
    pool.saved(V, Cpu(0), at(25), &mut NoLog);
    assert!(pool.remove(V, at(26), &mut NoLog).is_ok());
}

//! Random calls under any rule of global scheduling: the protocol holds, and nothing that may run is left waiting.
//!
//! The tests of the other policies with one line for the whole pool use this file too.

use super::world::{MS, at};
use proptest::prelude::*;
use sched::global::{Global, Rule, Slot};
use sched::{
    Affinity, Change, Choice, Cpu, CpuSet, Group, Leave, Life, NoLog, Phase, Pool, Scheduler, Vcpu, When, Why,
};
use std::vec::Vec;

const VCPUS: u16 = 6;
const CPUS: u8 = 3;

/// One step: the call, a vCPU, something to vary it by, the time before it, and whether all that is owed is served.
pub(crate) type Step = (u8, u16, u8, u64, u8);

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0u8..17, 0..VCPUS + 1, any::<u8>(), 0u64..6 * MS, 0u8..3), 1..120)
}

type Policy<R> = Global<R, Vec<Slot<<R as Rule>::Own>>>;

struct Storm<R: Rule> {
    pool: Pool<Policy<R>, Vec<Life>>,
    until: [Option<u64>; CPUS as usize],
    params: fn(u8) -> R::Vcpu,
    pools: fn(u8) -> R::Pool,
    now: u64,
}

/// Carries out `steps` on a pool whose vCPUs have one of `params` each.
pub(crate) fn storm<R: Rule + Clone + core::fmt::Debug>(
    params: fn(u8) -> R::Vcpu,
    pools: fn(u8) -> R::Pool,
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let slots = std::vec![Slot::EMPTY; VCPUS as usize];
    let policy = Global::<R, _>::new(slots, pools(0), CpuSet::from_bits(7), at(0)).unwrap();
    let pool = Pool::new(policy, std::vec![Life::ABSENT; VCPUS as usize], at(0));
    let mut storm = Storm { pool, until: [None; CPUS as usize], params, pools, now: 0 };
    for v in 0..VCPUS {
        storm.pool.add(Vcpu(v), Group(0), params(v as u8), affinity(v as u8), at(0), &mut NoLog).unwrap();
    }
    for (call, v, kind, wait, calm) in steps {
        storm.now += wait / 4;
        storm.act(*call, Vcpu(*v), *kind);
        if *calm == 0 {
            storm.settle();
            storm.quiet()?;
        }
    }
    storm.settle();
    storm.quiet()
}

fn affinity(kind: u8) -> Affinity {
    let hard = [7, 7, 1, 6, 5][usize::from(kind % 5)];
    Affinity { hard: CpuSet::from_bits(hard), soft: CpuSet::from_bits(2) }
}

impl<R: Rule + Clone + core::fmt::Debug> Storm<R> {
    /// Serves everything owed: kicks, untils, the alarm and saves.
    fn settle(&mut self) {
        for _ in 0..2000 {
            let now = self.now;
            let due = (0..CPUS).find(|cpu| self.until[usize::from(*cpu)].is_some_and(|until| until <= now));
            let kicked = self.pool.kicks().first().map(|cpu| cpu.0);
            if self.overdue() {
                self.pool.expire(at(now), &mut NoLog);
            } else if let Some(cpu) = due.or(kicked) {
                self.pick(cpu);
            } else if let Some(v) = (0..VCPUS).map(Vcpu).find(|v| self.pool.life(*v).unsaved.is_some()) {
                let cpu = self.pool.life(v).unsaved.unwrap();
                self.pool.saved(v, cpu, at(now), &mut NoLog);
            } else {
                return;
            }
        }
        panic!("it never settles");
    }

    fn overdue(&self) -> bool {
        self.pool.alarm().is_some_and(|alarm| alarm <= at(self.now))
    }

    fn pick(&mut self, cpu: u8) {
        // A pick in front of an event that is due already may ask to be repeated at once.
        let overdue = self.overdue();
        let choice = self.pool.pick(Cpu(cpu), at(self.now), &mut NoLog).choice;
        self.check(cpu, choice, overdue);
    }

    /// What runs offers its pCPU, or blocks, and another one takes it, in one call.
    fn turn(&mut self, kind: u8) {
        let (cpu, overdue) = (kind % CPUS, self.overdue());
        let leave = [None, Some(Leave::Yield), Some(Leave::Block(Why::Wait))][usize::from(kind / CPUS % 3)];
        let choice = self.pool.turn(Cpu(cpu), leave, at(self.now), &mut NoLog).choice;
        self.check(cpu, choice, overdue);
    }

    fn check(&mut self, cpu: u8, choice: Choice, overdue: bool) {
        self.until[usize::from(cpu)] = choice.until.map(|until| until.nanos());
        assert!(
            overdue || choice.until.is_none_or(|until| until > at(self.now)),
            "{choice:?} on {cpu} at {}\n{:#?}",
            self.now,
            self.pool.policy()
        );
        assert_eq!(self.pool.violations(), 0);
    }

    fn act(&mut self, call: u8, who: Vcpu, kind: u8) {
        let (pool, time, log) = (&mut self.pool, at(self.now), &mut NoLog);
        let when = if kind.is_multiple_of(2) { When::Now } else { When::Boundary };
        match call {
            0..=4 => drop(pool.wake(who, time, log)),
            5..=6 => drop(pool.block(who, Why::Wait, time, log)),
            7 => drop(pool.block(who, Why::Off, time, log)),
            8..=9 => self.pick(kind % CPUS),
            10 if kind < 128 => drop(pool.expire(time, log)),
            10 => {
                let set = CpuSet::from_bits(u64::from(kind % 7 + 1));
                pool.change(&[Change::Cpus(set)], when, time, log);
            }
            11 => {
                if let Some(cpu) = pool.life(who).unsaved {
                    pool.saved(who, cpu, time, log);
                }
            }
            13 => self.turn(kind),
            12 => {
                if matches!(pool.life(who).phase, Phase::Running(_)) {
                    pool.yield_now(who, time, log);
                }
            }
            14 => drop(pool.change(&[Change::Vcpu(who, (self.params)(kind))], when, time, log)),
            15 if kind < 64 => drop(pool.change(&[Change::Pool((self.pools)(kind))], when, time, log)),
            15 => drop(pool.change(&[Change::Affinity(who, affinity(kind))], when, time, log)),
            _ => {
                if pool.remove(who, time, log).is_ok() {
                    // It may be refused where the pool has none of its pCPUs at present.
                    let added = pool.add(who, Group(0), (self.params)(kind), affinity(kind), time, log);
                    if added.is_err() {
                        pool.add(who, Group(0), (self.params)(kind), Affinity::ANY, time, log).unwrap();
                    }
                }
            }
        }
    }

    /// With nothing owed: a spurious pick changes nothing, and no vCPU that may run misses a free pCPU.
    fn quiet(&self) -> Result<(), TestCaseError> {
        let mut copy = self.pool.clone();
        for cpu in (0..CPUS).map(Cpu) {
            let before = copy.running(cpu);
            prop_assert_eq!(copy.pick(cpu, at(self.now), &mut NoLog).choice.run, before);
            prop_assert!(copy.kicks().is_empty());
        }
        for v in (0..VCPUS).map(Vcpu) {
            let (policy, phase) = (self.pool.policy(), self.pool.life(v).phase);
            let waits = policy.slot(v).waits();
            prop_assert!(!waits || phase == Phase::Ready, "{:?} stands in line and is {:?}", v, phase);
            let hard = policy.in_force(v).map_or(CpuSet::EMPTY, |(_, held)| held.hard);
            let free = hard.iter().any(|cpu| self.pool.running(cpu).is_none());
            prop_assert!(!(waits && free), "{:?} misses a free pCPU", v);
        }
        Ok(())
    }
}

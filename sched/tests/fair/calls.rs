//! A pool whose calls a test makes one by one, at instants of its own choice.

#![allow(dead_code, reason = "each of the programs that test by it uses a part")]

extern crate std;

use super::world::at;
use super::{Policy, PoolParams, VcpuParams, policy};
use sched::{Affinity, Answer, Change, Choice, Cpu, CpuSet, Group, Leave, Life, NoLog, Pool, Vcpu, When, Why};
use std::vec::Vec;

/// A pool of 16 vCPUs and groups; times are in ns from the start.
#[derive(Clone)]
pub(crate) struct Calls {
    pub(crate) pool: Pool<Policy, Vec<Life>>,
    added: u16,
}

impl Calls {
    pub(crate) fn new(cpus: usize, params: PoolParams) -> Self {
        let lives = std::vec![Life::ABSENT; 16];
        Self { pool: Pool::new(policy(cpus, 16, 16, params), lives, at(0)), added: 0 }
    }

    pub(crate) fn add(&mut self, group: u16, params: VcpuParams, affinity: Affinity) -> Vcpu {
        let v = Vcpu(self.added);
        self.added += 1;
        self.pool.add(v, Group(group), params, affinity, at(0), &mut NoLog).unwrap();
        v
    }

    pub(crate) fn wake(&mut self, v: Vcpu, now: u64) -> CpuSet {
        self.pool.wake(v, at(now), &mut NoLog).kick
    }

    pub(crate) fn block(&mut self, v: Vcpu, now: u64) -> CpuSet {
        self.pool.block(v, Why::Wait, at(now), &mut NoLog).kick
    }

    pub(crate) fn yield_now(&mut self, v: Vcpu, now: u64) -> CpuSet {
        self.pool.yield_now(v, at(now), &mut NoLog).kick
    }

    pub(crate) fn pick(&mut self, cpu: u8, now: u64) -> Choice {
        self.pool.pick(Cpu(cpu), at(now), &mut NoLog).choice
    }

    pub(crate) fn saved(&mut self, v: Vcpu, cpu: u8, now: u64) -> CpuSet {
        self.pool.saved(v, Cpu(cpu), at(now), &mut NoLog).kick
    }

    pub(crate) fn turn(&mut self, cpu: u8, leave: Option<Leave>, now: u64) -> Answer {
        self.pool.turn(Cpu(cpu), leave, at(now), &mut NoLog)
    }

    pub(crate) fn expire(&mut self, now: u64) -> CpuSet {
        self.pool.expire(at(now), &mut NoLog).kick
    }

    pub(crate) fn change(&mut self, change: Change<Policy>, now: u64) -> CpuSet {
        let answer = self.pool.change(&[change], When::Now, at(now), &mut NoLog);
        assert_eq!(answer.refused, None);
        answer.kick
    }
}

//! A machine made of events: pCPUs, saves and kicks that take time, and simple guests.
#![allow(dead_code, reason = "each of the crates that test by it uses a part")]

extern crate std;

use sched::{Affinity, Cpu, CpuSet, Duration, Group, Instant, Life, NoLog, Pool, Scheduler, Vcpu, Why};
use std::vec::Vec;

pub(crate) const MS: u64 = 1_000_000;
pub(crate) const US: u64 = 1_000;

/// What a guest does.
#[derive(Clone, Copy)]
pub(crate) enum Load {
    /// Always runs.
    Hog,
    /// Does `work` ns, then sleeps `sleep` ns.
    OnOff { work: u64, sleep: u64 },
    /// Released every `period` ns from `first` on, for `work` ns.
    Periodic { first: u64, period: u64, work: u64 },
    /// Stays off.
    Off,
}

#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) load: Load,
    left: u64,
    wake: Option<u64>,
    released: u64,
    waiting: Option<u64>,
    pub(crate) served: u64,
    pub(crate) latencies: Vec<u64>,
    /// Where it ran, in ns by pCPU.
    pub(crate) by_cpu: Vec<u64>,
}

#[derive(Clone, Default)]
struct Machine {
    until: Option<u64>,
    kicked: Option<u64>,
    saving: Option<(Vcpu, u64)>,
}

pub(crate) struct Sim<S> {
    pub(crate) pool: Pool<S, Vec<Life>>,
    pub(crate) now: u64,
    pub(crate) guests: Vec<Guest>,
    cpus: Vec<Machine>,
    pub(crate) kick_delay: u64,
    pub(crate) save_delay: u64,
    /// Times a vCPU was replaced while it could have run on.
    pub(crate) preemptions: u64,
    pub(crate) picks: u64,
    /// The shortest time for which a pCPU's timer was set anew.
    pub(crate) shortest_timer: u64,
}

pub(crate) fn at(ns: u64) -> Instant {
    Instant::from_nanos(ns)
}

impl<S: Scheduler> Sim<S> {
    pub(crate) fn new(policy: S, cpus: usize, vcpus: usize) -> Self {
        Self {
            pool: Pool::new(policy, std::vec![Life::ABSENT; vcpus], at(0)),
            now: 0,
            guests: Vec::new(),
            cpus: std::vec![Machine::default(); cpus],
            kick_delay: 0,
            save_delay: 0,
            preemptions: 0,
            picks: 0,
            shortest_timer: u64::MAX,
        }
    }

    pub(crate) fn add(&mut self, group: u16, params: S::Vcpu, affinity: Affinity, load: Load) -> Vcpu {
        let v = Vcpu(self.guests.len() as u16);
        self.pool.add(v, Group(group), params, affinity, at(self.now), &mut NoLog).unwrap();
        let (left, wake) = match load {
            Load::Hog => (u64::MAX, Some(self.now)),
            Load::OnOff { work, .. } => (work, Some(self.now)),
            Load::Periodic { first, work, .. } => (work, Some(first)),
            Load::Off => (u64::MAX, None),
        };
        let by_cpu = std::vec![0; self.cpus.len()];
        self.guests.push(Guest {
            load,
            left,
            wake,
            released: 0,
            waiting: None,
            served: 0,
            latencies: Vec::new(),
            by_cpu,
        });
        v
    }

    pub(crate) fn start(&mut self, v: Vcpu) {
        self.guests[v.index()].wake = Some(self.now);
    }

    pub(crate) fn stop(&mut self, v: Vcpu) {
        self.guests[v.index()].wake = None;
        let kick = self.pool.block(v, Why::Pause, at(self.now), &mut NoLog).fresh;
        self.kick(kick);
    }

    pub(crate) fn change(&mut self, all: &[sched::Change<S>]) {
        let answer = self.pool.change(all, sched::When::Now, at(self.now), &mut NoLog);
        assert!(answer.refused.is_none());
        self.kick(answer.fresh);
    }

    pub(crate) fn yield_now(&mut self, v: Vcpu) {
        let kick = self.pool.yield_now(v, at(self.now), &mut NoLog).fresh;
        self.kick(kick);
    }

    fn kick(&mut self, kick: CpuSet) {
        for cpu in kick.iter() {
            let due = self.now + self.kick_delay;
            let machine = &mut self.cpus[cpu.index()];
            machine.kicked = Some(machine.kicked.map_or(due, |old| old.min(due)));
        }
    }

    pub(crate) fn running(&self, cpu: u8) -> Option<Vcpu> {
        self.pool.running(Cpu(cpu))
    }

    pub(crate) fn until(&self, cpu: u8) -> Option<u64> {
        self.cpus[cpu as usize].until
    }

    fn pick(&mut self, cpu: usize) {
        let before = self.pool.running(Cpu(cpu as u8));
        let answer = self.pool.pick(Cpu(cpu as u8), at(self.now), &mut NoLog);
        self.picks += 1;
        assert_eq!(self.pool.violations(), 0);
        let next = answer.choice.run;
        let machine = &mut self.cpus[cpu];
        let until = answer.choice.until.map(Instant::nanos);
        if until != machine.until {
            self.shortest_timer = self.shortest_timer.min(until.map_or(u64::MAX, |until| until - self.now));
        }
        (machine.until, machine.kicked) = (until, None);
        if let (Some(v), true) = (before, before != next) {
            assert!(machine.saving.is_none());
            machine.saving = Some((v, self.now + self.save_delay));
            self.preemptions += (self.pool.life(v).phase == sched::Phase::Ready) as u64;
        }
        if let Some(v) = next {
            let guest = &mut self.guests[v.index()];
            if let Some(woken) = guest.waiting.take() {
                guest.latencies.push(self.now - woken);
            }
        }
        self.kick(answer.fresh);
    }

    fn next_event(&self) -> u64 {
        let mut next = u64::MAX;
        for (index, cpu) in self.cpus.iter().enumerate() {
            // A pick waits until the context before is saved.
            let free = cpu.saving.map_or(0, |saving| saving.1);
            next = next.min(cpu.saving.map_or(u64::MAX, |saving| saving.1));
            next = next.min(cpu.until.map_or(u64::MAX, |until| until.max(free)));
            next = next.min(cpu.kicked.map_or(u64::MAX, |due| due.max(free)));
            if let Some(v) = self.pool.running(Cpu(index as u8)) {
                next = next.min(self.now.saturating_add(self.guests[v.index()].left).max(free));
            }
        }
        next = next.min(self.pool.alarm().map_or(u64::MAX, Instant::nanos));
        self.guests.iter().fold(next, |next, guest| next.min(guest.wake.unwrap_or(u64::MAX))).max(self.now)
    }

    pub(crate) fn advance(&mut self, to: u64) {
        for index in 0..self.cpus.len() {
            if let Some(v) = self.pool.running(Cpu(index as u8)) {
                let guest = &mut self.guests[v.index()];
                let spent = to - self.now;
                guest.served += spent;
                guest.by_cpu[index] += spent;
                guest.left = if guest.left == u64::MAX { u64::MAX } else { guest.left.saturating_sub(spent) };
            }
        }
        self.now = to;
    }

    pub(crate) fn run_until(&mut self, end: u64) {
        loop {
            let next = self.next_event();
            if next > end {
                self.advance(end);
                return;
            }
            self.advance(next);
            self.step();
        }
    }

    fn step(&mut self) {
        for index in 0..self.cpus.len() {
            self.step_cpu(index);
        }
        if self.pool.alarm().is_some_and(|alarm| alarm.nanos() <= self.now) {
            let kick = self.pool.expire(at(self.now), &mut NoLog).fresh;
            self.kick(kick);
        }
        for index in 0..self.guests.len() {
            let guest = &mut self.guests[index];
            if guest.wake.is_some_and(|wake| wake <= self.now) {
                let woken = guest.wake.take();
                guest.waiting = woken;
                if let Load::Periodic { first, period, work } = guest.load {
                    // A release while the job before still runs adds to its work.
                    guest.released += 1;
                    guest.wake = Some(first + guest.released * period);
                    let idle = guest.left == 0 || guest.released == 1;
                    guest.left = if idle { work } else { guest.left + work };
                    guest.waiting = if idle { woken } else { None };
                }
                let kick = self.pool.wake(Vcpu(index as u16), at(self.now), &mut NoLog).fresh;
                self.kick(kick);
            }
        }
    }

    fn step_cpu(&mut self, index: usize) {
        let cpu = Cpu(index as u8);
        if let Some((v, due)) = self.cpus[index].saving {
            if due > self.now {
                return;
            }
            self.cpus[index].saving = None;
            let kick = self.pool.saved(v, cpu, at(self.now), &mut NoLog).fresh;
            self.kick(kick);
        }
        let mut pick = self.cpus[index].until.is_some_and(|until| until <= self.now);
        pick |= self.cpus[index].kicked.is_some_and(|due| due <= self.now);
        if let Some(v) = self.pool.running(cpu)
            && self.guests[v.index()].left == 0
        {
            if let Load::OnOff { work, sleep } = self.guests[v.index()].load {
                let guest = &mut self.guests[v.index()];
                (guest.left, guest.wake) = (work, Some(self.now + sleep));
            }
            self.pool.block(v, Why::Wait, at(self.now), &mut NoLog);
            pick = true;
        }
        if pick {
            self.pick(index);
        }
    }

    /// The share of `v` in per cent of a pCPU since the start.
    pub(crate) fn share(&self, v: Vcpu) -> f64 {
        self.guests[v.index()].served as f64 * 100.0 / self.now as f64
    }

    pub(crate) fn worst_latency(&self, v: Vcpu) -> u64 {
        self.guests[v.index()].latencies.iter().copied().max().unwrap_or(0)
    }

    pub(crate) fn mean_latency(&self, v: Vcpu) -> u64 {
        let all = &self.guests[v.index()].latencies;
        all.iter().sum::<u64>() / (all.len() as u64).max(1)
    }

    /// What the policy says it gave, which must be what the guests got.
    pub(crate) fn check_ledger(&self) {
        for (index, guest) in self.guests.iter().enumerate() {
            let served = self.pool.service(Vcpu(index as u16), at(self.now)).served;
            assert_eq!(served, Duration::from_nanos(guest.served));
        }
    }
}

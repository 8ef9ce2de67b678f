//! A small deterministic machine around a policy: pCPUs, hogs and periodic tasks, driven by events.
//!
//! It does what the protocol asks of a hypervisor (kicks, `until`, the alarm, `saved`, delayed wakes) with
//! a chosen lateness, checks after every instant that nothing runs where it must not, and keeps the
//! history of who ran where and when.

use sched::{
    Affinity, Change, Choice, Cpu, CpuSet, Duration, Group, Instant, Life, NoLog, Phase, Pool, Scheduler, Vcpu, When,
    Why,
};
use std::vec::Vec;

pub(crate) const MS: u64 = 1_000_000;

pub(crate) fn at(ns: u64) -> Instant {
    Instant::from_nanos(ns)
}

pub(crate) fn ns(ns: u64) -> Duration {
    Duration::from_nanos(ns)
}

/// What a vCPU does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// Nothing of its own accord.
    None,
    /// Computes for ever.
    Hog,
    /// A job of `work` in every `period`, the first at `phase`.
    Task { phase: u64, period: u64, work: u64 },
}

/// One vCPU: its load, and how it fared.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub(crate) load: Load,
    /// When the next job is released.
    release: u64,
    /// The present job: its release, the work left, and whether it has started.
    job: Option<(u64, u64, bool)>,
    pub(crate) jobs: u64,
    pub(crate) misses: u64,
    /// The shortest and longest time from a job's release to its first instruction.
    pub(crate) latency: (u64, u64),
}

/// A stretch of execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    pub(crate) v: u16,
    pub(crate) cpu: u8,
    pub(crate) from: u64,
    pub(crate) to: u64,
}

pub(crate) struct World<S: Scheduler> {
    pub(crate) pool: Pool<S, Vec<Life>>,
    pub(crate) guests: Vec<Guest>,
    pub(crate) now: u64,
    /// How late timers are served, ns.
    pub(crate) late: u64,
    pub(crate) runs: Vec<Run>,
    /// Timer interrupts that hit a pCPU while a vCPU ran there, and interrupts from other pCPUs.
    pub(crate) ticks: u64,
    pub(crate) kicks: u64,
    /// Every choice with its instant and pCPU.
    pub(crate) picks: Vec<(u64, u8, Choice)>,
    until: [Option<Instant>; Cpu::LIMIT],
    since: [u64; Cpu::LIMIT],
    cpus: u8,
}

impl<S: Scheduler> World<S> {
    pub(crate) fn new(policy: S, cpus: u8, vcpus: usize) -> Self {
        let mut world = Self {
            pool: Pool::new(policy, std::vec![Life::ABSENT; vcpus], at(0)),
            guests: Vec::new(),
            now: 0,
            late: 0,
            runs: Vec::new(),
            ticks: 0,
            kicks: 0,
            picks: Vec::new(),
            until: [None; Cpu::LIMIT],
            since: [0; Cpu::LIMIT],
            cpus,
        };
        // Every pCPU comes up with a pick.
        (0..cpus).for_each(|cpu| world.pick(cpu));
        world
    }

    /// Adds a vCPU; hogs are woken at once, tasks with their jobs.
    pub(crate) fn guest(&mut self, g: u16, p: S::Vcpu, a: Affinity, load: Load) -> Vcpu {
        let v = Vcpu(self.guests.len() as u16);
        self.pool.add(v, Group(g), p, a, at(self.now), &mut NoLog).unwrap();
        let release = if let Load::Task { phase, .. } = load { phase } else { u64::MAX };
        self.guests.push(Guest { load, release, job: None, jobs: 0, misses: 0, latency: (u64::MAX, 0) });
        if matches!(load, Load::Hog) {
            self.wake(v);
        }
        v
    }

    pub(crate) fn wake(&mut self, v: Vcpu) {
        self.note_all();
        let fresh = self.pool.wake(v, at(self.now), &mut NoLog).fresh;
        self.kicks += fresh.len() as u64;
        self.settle();
    }

    pub(crate) fn block(&mut self, v: Vcpu, why: Why) {
        self.note_all();
        self.pool.block(v, why, at(self.now), &mut NoLog);
        self.settle();
    }

    pub(crate) fn yield_now(&mut self, v: Vcpu) {
        self.note_all();
        self.pool.yield_now(v, at(self.now), &mut NoLog);
        self.settle();
    }

    pub(crate) fn change(&mut self, all: &[Change<S>], when: When) -> bool {
        self.note_all();
        let refused = self.pool.change(all, when, at(self.now), &mut NoLog).refused;
        self.settle();
        refused.is_none()
    }

    pub(crate) fn running(&self, cpu: u8) -> Option<u16> {
        self.pool.running(Cpu(cpu)).map(|v| v.0)
    }

    /// Runs until `end`, an instant in ns.
    pub(crate) fn run(&mut self, end: u64) {
        self.settle();
        while let Some(next) = self.next_event().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.complete_jobs();
            self.release_jobs();
            self.serve_timers();
            self.settle();
        }
        self.now = end;
        self.note_all();
    }

    /// Execution of `v` between two instants.
    pub(crate) fn served(&self, v: Vcpu, from: u64, to: u64) -> u64 {
        // Every event cuts the stretches of all pCPUs, so they are in the order of their starts and ends.
        let first = self.runs.partition_point(|run| run.to <= from);
        let mine = self.runs.iter().skip(first).take_while(|run| run.from < to).filter(|run| run.v == v.0);
        mine.map(|run| run.to.min(to).saturating_sub(run.from.max(from))).sum()
    }

    fn next_event(&self) -> Option<u64> {
        let mut next = self.pool.alarm().map(|alarm| alarm.nanos().saturating_add(self.late));
        let mut offer = |time: u64| next = Some(next.map_or(time, |next: u64| next.min(time)));
        for cpu in 0..self.cpus {
            if let Some(until) = self.until[cpu as usize] {
                offer(until.nanos().saturating_add(self.late));
            }
            if let Some(v) = self.running(cpu)
                && let Some((_, work, _)) = self.guests[v as usize].job
            {
                offer(self.since[cpu as usize] + work);
            }
        }
        for (index, guest) in self.guests.iter().enumerate() {
            if guest.release != u64::MAX && guest.job.is_none() {
                offer(self.pool.heeds(Vcpu(index as u16), at(guest.release)).nanos());
            }
        }
        next
    }

    fn note_all(&mut self) {
        (0..self.cpus).for_each(|cpu| self.note(cpu));
    }

    /// Notes the stretch that ends now on `cpu`.
    fn note(&mut self, cpu: u8) {
        let from = core::mem::replace(&mut self.since[cpu as usize], self.now);
        let Some(v) = self.running(cpu).filter(|_| from < self.now) else {
            return;
        };
        self.runs.push(Run { v, cpu, from, to: self.now });
        let guest = &mut self.guests[v as usize];
        if let Some((_, work, _)) = &mut guest.job {
            *work -= self.now - from;
        }
    }

    fn complete_jobs(&mut self) {
        self.note_all();
        for cpu in 0..self.cpus {
            let Some(v) = self.running(cpu).filter(|v| self.guests[*v as usize].is_done()) else {
                continue;
            };
            let guest = &mut self.guests[v as usize];
            guest.complete(self.now);
            if guest.release <= self.now {
                guest.begin();
                guest.starts(self.now);
            } else {
                self.pool.block(Vcpu(v), Why::Wait, at(self.now), &mut NoLog);
            }
        }
    }

    fn release_jobs(&mut self) {
        for index in 0..self.guests.len() {
            let (v, guest) = (Vcpu(index as u16), &mut self.guests[index]);
            let released = guest.release != u64::MAX && guest.job.is_none();
            if released && self.pool.heeds(v, at(guest.release)).nanos() <= self.now {
                guest.begin();
                let fresh = self.pool.wake(v, at(self.now), &mut NoLog).fresh;
                self.kicks += fresh.len() as u64;
            }
        }
    }

    fn serve_timers(&mut self) {
        let due = |instant: Instant, late: u64, now: u64| instant.nanos().saturating_add(late) <= now;
        let mut rounds = 0;
        while self.pool.alarm().is_some_and(|alarm| due(alarm, self.late, self.now)) {
            self.pool.expire(at(self.now), &mut NoLog);
            rounds += 1;
            assert!(rounds < 10_000, "the alarm never ends");
        }
        for cpu in 0..self.cpus {
            if self.until[cpu as usize].is_some_and(|until| due(until, self.late, self.now)) {
                self.ticks += u64::from(self.running(cpu).is_some());
                self.pick(cpu);
            }
        }
    }

    /// Serves all kicks.
    fn settle(&mut self) {
        let mut rounds = 0;
        while let Some(cpu) = self.pool.kicks().first() {
            self.pick(cpu.0);
            rounds += 1;
            assert!(rounds < 10_000, "kicks never end");
        }
        assert_eq!(self.pool.violations(), 0);
    }

    fn pick(&mut self, cpu: u8) {
        self.note(cpu);
        let before = self.pool.running(Cpu(cpu));
        let choice = self.pool.pick(Cpu(cpu), at(self.now), &mut NoLog).choice;
        self.picks.push((self.now, cpu, choice));
        self.until[cpu as usize] = choice.until;
        if let Some(v) = choice.run {
            self.guests[v.index()].starts(self.now);
        }
        if let Some(v) = before.filter(|_| before != choice.run) {
            self.pool.saved(v, Cpu(cpu), at(self.now), &mut NoLog);
        }
    }
}

impl<S: Scheduler + Clone> World<S> {
    /// When nothing is owed, a spurious pick answers what runs already.
    pub(crate) fn assert_quiet(&self) {
        let mut copy = self.pool.clone();
        for cpu in (0..self.cpus).map(Cpu) {
            let before = copy.running(cpu);
            assert_eq!(copy.pick(cpu, at(self.now), &mut NoLog).choice.run, before, "pCPU {cpu:?}");
        }
        let idle: CpuSet = (0..self.cpus).map(|cpu| CpuSet::only(Cpu(cpu))).fold(CpuSet::EMPTY, CpuSet::or);
        assert!(copy.kicks().and(idle).is_empty());
        assert!(self.guests.iter().enumerate().all(|(v, _)| copy.life(Vcpu(v as u16)).phase != Phase::Absent));
    }
}

impl Guest {
    /// Takes the next job up.
    fn begin(&mut self) {
        if let Load::Task { period, work, .. } = self.load {
            self.job = Some((self.release, work, false));
            self.release += period;
        }
    }

    /// The present job executes its first instruction.
    fn starts(&mut self, now: u64) {
        if let Some((release, _, started)) = &mut self.job
            && !*started
        {
            *started = true;
            let latency = now - *release;
            self.latency = (self.latency.0.min(latency), self.latency.1.max(latency));
        }
    }

    fn is_done(&self) -> bool {
        matches!(self.job, Some((_, 0, _)))
    }

    /// The present job ends; its deadline was the release of the next one.
    fn complete(&mut self, now: u64) {
        self.jobs += 1;
        self.misses += u64::from(now > self.release);
        self.job = None;
    }
}

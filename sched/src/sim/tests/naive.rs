//! Turns of a fixed length from one line, or no turns at all: a policy to test the simulator with.

use crate::{
    Affinity, Change, Choice, Cpu, CpuSet, Duration, Group, Instant, NoRow, Params, Refused, Scheduler, Service, Vcpu,
    When, Why,
};
use std::{collections::VecDeque, vec, vec::Vec};

#[derive(Clone, Copy, Default)]
struct Slot {
    ready: bool,
    hard: CpuSet,
    /// Where its context is.
    bound: Option<Cpu>,
}

/// First come, first served; at the end of a turn to the end of the line.
pub(super) struct Turns {
    line: VecDeque<Vcpu>,
    slots: Vec<Slot>,
    runs: Vec<Option<Vcpu>>,
    turn_ends: Vec<Instant>,
    turn: Duration,
    /// A fault to order: kicks are forgotten.
    pub(super) forgets: bool,
    /// A fault to order: affinity is not looked at.
    pub(super) strays: bool,
}

pub(super) fn turns(cpus: usize, turn: Duration) -> Turns {
    Turns {
        line: VecDeque::new(),
        slots: vec![Slot::default(); 64],
        runs: vec![None; cpus],
        turn_ends: vec![Instant::MAX; cpus],
        turn,
        forgets: false,
        strays: false,
    }
}

impl Turns {
    /// An idle pCPU that `v` may use, or all whose turn is endless.
    fn offer(&self, v: Vcpu) -> CpuSet {
        let hard = self.slots[v.index()].hard;
        let fits = |cpu: &Cpu| self.slots[v.index()].bound.is_none_or(|there| there == *cpu) && hard.contains(*cpu);
        let idle = (0..self.runs.len()).map(|cpu| Cpu(cpu as u8)).filter(fits);
        let first = idle.into_iter().find(|cpu| self.runs[cpu.index()].is_none());
        if self.forgets { CpuSet::EMPTY } else { first.map_or(CpuSet::EMPTY, CpuSet::only) }
    }
}

impl Params for Turns {
    type Pool = NoRow;
    type Group = NoRow;
    type Vcpu = NoRow;
    type Entry = NoRow;
}

impl Scheduler for Turns {
    fn add(&mut self, v: Vcpu, _: Group, _: NoRow, a: Affinity, _: Instant) -> Result<(), Refused> {
        if a.hard.is_empty() {
            return Err(Refused::new("nowhere to run", 0, 1, 0));
        }
        self.slots[v.index()] = Slot { hard: a.hard, ..Slot::default() };
        Ok(())
    }
    fn remove(&mut self, _: Vcpu, _: Instant) -> Result<(), Refused> {
        Ok(())
    }
    fn change(&mut self, all: &[Change<Self>], _: When, _: Instant) -> Result<CpuSet, Refused> {
        for change in all {
            if let Change::Affinity(v, a) = *change {
                self.slots[v.index()].hard = a.hard;
            }
        }
        Ok(CpuSet::from_bits((1 << self.runs.len()) - 1))
    }
    fn wake(&mut self, v: Vcpu, _: Instant) -> CpuSet {
        if core::mem::replace(&mut self.slots[v.index()].ready, true) {
            return CpuSet::EMPTY;
        }
        if !self.runs.contains(&Some(v)) {
            self.line.push_back(v);
        }
        self.offer(v)
    }
    fn block(&mut self, v: Vcpu, _: Why, _: Instant) -> CpuSet {
        self.slots[v.index()].ready = false;
        self.line.retain(|other| *other != v);
        let here = self.runs.iter().position(|runs| *runs == Some(v));
        here.map_or(CpuSet::EMPTY, |cpu| CpuSet::only(Cpu(cpu as u8)))
    }
    fn yield_now(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        if let Some(cpu) = self.runs.iter().position(|runs| *runs == Some(v)) {
            self.turn_ends[cpu] = now;
        }
        CpuSet::EMPTY
    }
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        let here = cpu.index();
        let before = self.runs[here];
        let stays = before.filter(|v| {
            let slot = self.slots[v.index()];
            slot.ready && (slot.hard.contains(cpu) || self.strays)
        });
        if stays.is_some() && now < self.turn_ends[here] {
            return Choice { run: stays, until: Some(self.turn_ends[here]), ..Choice::default() };
        }
        if let Some(v) = before.filter(|v| self.slots[v.index()].ready) {
            self.line.push_back(v);
        }
        let allowed = |v: &Vcpu| {
            let slot = self.slots[v.index()];
            (slot.hard.contains(cpu) || self.strays) && slot.bound.is_none_or(|there| there == cpu)
        };
        let run = self.line.iter().position(allowed).and_then(|place| self.line.remove(place));
        self.runs[here] = run;
        if let Some(v) = run {
            self.slots[v.index()].bound = Some(cpu);
        }
        self.turn_ends[here] = if run.is_some() { now + self.turn } else { Instant::MAX };
        let until = Some(self.turn_ends[here]).filter(|end| *end != Instant::MAX);
        Choice { run, until, ..Choice::default() }
    }
    fn saved(&mut self, v: Vcpu, cpu: Cpu, _: Instant) -> CpuSet {
        if self.runs[cpu.index()] == Some(v) {
            return CpuSet::EMPTY;
        }
        self.slots[v.index()].bound = None;
        if self.slots[v.index()].ready { self.offer(v) } else { CpuSet::EMPTY }
    }
    fn alarm(&self) -> Option<Instant> {
        None
    }
    fn expire(&mut self, _: Instant) -> CpuSet {
        CpuSet::EMPTY
    }
    fn in_force(&self, v: Vcpu) -> Option<(NoRow, Affinity)> {
        Some((NoRow, Affinity::hard(self.slots[v.index()].hard)))
    }
    fn service(&self, _: Vcpu, _: Instant) -> Service {
        Service::default()
    }
}

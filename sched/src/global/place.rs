//! Whom to interrupt: finds the pCPU that a waiting vCPU should have.
//!
//! One that owes a pick already is not asked twice: it is pledged to the vCPU for which it was kicked, and if its pick
//! takes another one, the pledged vCPU is placed again.

use super::line::Memory;
use super::slot::Place;
use super::{Global, Rule, Slot};
use crate::{Affinity, Cpu, CpuSet, Instant, Vcpu};

impl<R: Rule, M: Memory<Slot<R::Own>>> Global<R, M> {
    /// Finds a pCPU for `v`, which came to wait: a free one, else that of the last in order among those that have to
    /// give way now. If nobody has to, those pCPUs are asked to pick that would otherwise do so too late.
    pub(super) fn place(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let open = self.open(v);
        let slot = self.slots.at(v.index());
        // While the context is being saved, only the old pCPU may take it, and it has just chosen: `saved` asks again.
        if !slot.line.is_linked() || slot.place != Place::Away {
            return CpuSet::EMPTY;
        }
        let Affinity { soft, .. } = slot.affinity;
        let free = open.and(self.idle).without(self.kicked);
        match prefer(free, slot.last, soft) {
            Some(cpu) => self.pledge(cpu, v),
            None => self.displace(v, open, now),
        }
    }

    fn displace(&mut self, v: Vcpu, open: CpuSet, now: Instant) -> CpuSet {
        let mut late = CpuSet::EMPTY;
        let mut best: Option<(u128, Cpu)> = None;
        let key = self.rule.key(&self.slots.at(v.index()).own).unwrap_or(u128::MAX);
        for cpu in open.iter() {
            if self.is_pledged(cpu) || self.is_decided(cpu, key, now) {
                continue;
            }
            let (end, rank) = self.standing(cpu, v, now);
            if end < self.seats.at(cpu.index()).until {
                late = late.or(CpuSet::only(cpu));
            }
            if end <= now && best.is_none_or(|(last, _)| rank > last) {
                best = Some((rank, cpu));
            }
        }
        match best {
            Some((_, cpu)) => self.pledge(cpu, v),
            None => self.kick(late),
        }
    }

    /// True if one with this key changes nothing on `cpu`: its end is set, by one that is no later in line.
    fn is_decided(&self, cpu: Cpu, key: u128, now: Instant) -> bool {
        let seat = self.seats.at(cpu.index());
        !self.kicked.contains(cpu) && seat.until > now && seat.rival <= key
    }

    /// Until when the runner of `cpu` may go on while `v` waits, and its own place in the order. A pCPU that is about
    /// to be free ranks last.
    fn standing(&mut self, cpu: Cpu, v: Vcpu, now: Instant) -> (Instant, u128) {
        let runner = self.charge(cpu, now).map(|runner| self.slots.at(runner.index()));
        let Some((runner, rank)) = runner.and_then(|runner| Some((runner, self.stays(runner, cpu)?))) else {
            return (now, u128::MAX);
        };
        let end = self.rule.end(&runner.own, Some(&self.slots.at(v.index()).own), now).unwrap_or(Instant::MAX);
        (end.max(now), rank)
    }

    /// Its place in the order, if the runner of `cpu` could stay there.
    pub(super) fn stays(&self, runner: &Slot<R::Own>, cpu: Cpu) -> Option<u128> {
        let may = runner.ready && runner.affinity.hard.and(self.cpus).contains(cpu);
        if may { self.rule.key(&runner.own) } else { None }
    }

    /// Asks `cpu` to pick, for `v`.
    fn pledge(&mut self, cpu: Cpu, v: Vcpu) -> CpuSet {
        self.seats.at_mut(cpu.index()).pledge = Some(v);
        self.kick(CpuSet::only(cpu))
    }

    /// Notes that `cpus` owe a pick, and returns those that did not yet.
    pub(super) fn kick(&mut self, cpus: CpuSet) -> CpuSet {
        let fresh = cpus.without(self.kicked);
        self.kicked = self.kicked.or(cpus);
        fresh
    }

    /// True if `cpu` owes a pick for a vCPU that still waits for it; a pick redeems the pledge.
    fn is_pledged(&self, cpu: Cpu) -> bool {
        self.seats.at(cpu.index()).pledge.is_some_and(|v| self.slots.at(v.index()).line.is_linked())
    }
}

/// The member of `set` where the vCPU ran last, or one it prefers, or any.
fn prefer(set: CpuSet, last: Option<Cpu>, soft: CpuSet) -> Option<Cpu> {
    let fond = set.and(soft);
    let set = if fond.is_empty() { set } else { fond };
    last.filter(|cpu| set.contains(*cpu)).or(set.first())
}

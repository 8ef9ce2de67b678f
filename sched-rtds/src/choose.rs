//! What a pCPU runs next: the path of every switch, so it looks at each vCPU once.
//!
//! The runner is charged and compared with the first in line. If it loses, the two trade places: the line
//! takes one exchange, and whoever leaves stays bound to its pCPU until it is saved.

use crate::rank::Rank;
use crate::slot::Place;
use crate::{Rtds, Slot};
use sched::{Choice, Cpu, CpuSet, Instant, Vcpu};

/// Who runs, and when its pCPU has to pick again; the far end of time if not.
type Verdict = (Option<Vcpu>, Instant);

impl<M: AsRef<[Slot]> + AsMut<[Slot]>> Rtds<M> {
    /// `pick` for a pCPU that exists. What it replaces stays bound to it until it is saved, or is `gone` at once.
    #[inline(always)]
    pub(crate) fn choose(&mut self, cpu: Cpu, gone: bool, now: Instant) -> Choice {
        let bit = CpuSet::only(cpu);
        let watched = !self.armed.and(bit).is_empty();
        let asked = !self.kicked.and(bit).is_empty();
        self.kicked = self.kicked.without(bit);
        let old = self.seats.at(cpu.index()).runs;
        let first = self.first_for(bit.and(self.terms.cpus));
        let (run, until) = match (old, first) {
            (Some(runner), Some(waiting)) => self.compare(cpu, runner, waiting, (gone, watched), now),
            _ => self.choose_only(cpu, old, first, (gone, watched), now),
        };
        let mut kick = CpuSet::EMPTY;
        if gone && self.terms.cpus != bit {
            kick = self.place_again(old, run, now);
        }
        if asked {
            // Who was pledged the pCPU and did not get it is placed anew.
            let pledge = self.seats.at_mut(cpu.index()).pledge.take();
            kick = kick.or(self.place_again(pledge, run, now));
        }
        Choice { run, until: (until != Instant::MAX).then_some(until), due: None, kick }
    }

    /// `runner` has `cpu`, and `waiting` is the first in line for it.
    // [RTDS-R-04] [RTDS-R-06]
    #[inline(always)]
    fn compare(
        &mut self,
        cpu: Cpu,
        runner: Vcpu,
        waiting: Vcpu,
        (gone, watched): (bool, bool),
        now: Instant,
    ) -> Verdict {
        let bit = CpuSet::only(cpu);
        let Some((slot, next)) = self.slots.pair_mut(runner.index(), waiting.index()) else {
            return (None, Instant::MAX);
        };
        let rank = Rank::of(&next.run);
        slot.account(&mut self.ticket, watched, now);
        if slot.may_stay(bit.and(self.terms.cpus)) && !slot.gives_way(rank) {
            return (Some(runner), arm_end(slot, &mut self.armed, bit, true, now));
        }
        slot.place = if gone { Place::Away } else { Place::Leaves(cpu) };
        if !slot.ready || slot.params.reserved() {
            return self.replace(cpu, runner, waiting, now);
        }
        slot.take_turn(&mut self.ticket);
        let mask = if gone { slot.hard } else { slot.mask_leaving(bit, self.terms.cpus) };
        let key = slot.rank().key();
        if !self.run.exchange_lone((waiting.0, next), (runner.0, slot), key, mask.bits()) {
            self.run.exchange(&mut self.slots, waiting.0, runner.0, key, mask.bits());
        }
        let contested = !mask.and(bit).is_empty() || self.first_for(bit).is_some();
        (Some(waiting), self.enter(cpu, waiting, contested, now))
    }

    /// `v`, which is out of the line, runs on `cpu` from `now` on; `contested` and the answer are those of
    /// [`arm_end`].
    #[inline(always)]
    fn enter(&mut self, cpu: Cpu, v: Vcpu, contested: bool, now: Instant) -> Instant {
        self.seats.at_mut(cpu.index()).runs = Some(v);
        if self.slots.at(v.index()).refill.is_linked() {
            self.refill.remove(&mut self.slots, v.0);
        }
        let slot = self.slots.at_mut(v.index());
        slot.place = Place::Runs(cpu);
        slot.last = Some(cpu);
        slot.since = now;
        arm_end(slot, &mut self.armed, CpuSet::only(cpu), contested, now)
    }

    /// [`Self::compare`] if the runner loses, and blocked or has a server.
    #[inline(never)]
    fn replace(&mut self, cpu: Cpu, leaves: Vcpu, comes: Vcpu, now: Instant) -> Verdict {
        self.run.remove(&mut self.slots, comes.0);
        if self.slots.at(leaves.index()).ready {
            self.enqueue(leaves);
        }
        let contested = self.first_for(CpuSet::only(cpu)).is_some();
        (Some(comes), self.enter(cpu, comes, contested, now))
    }

    /// There is no runner, or nobody waits: nothing to compare.
    // [RTDS-R-09]
    #[inline(never)]
    fn choose_only(
        &mut self,
        cpu: Cpu,
        old: Option<Vcpu>,
        first: Option<Vcpu>,
        (gone, watched): (bool, bool),
        now: Instant,
    ) -> Verdict {
        let bit = CpuSet::only(cpu);
        if let Some(v) = old {
            let slot = self.slots.at_mut(v.index());
            slot.account(&mut self.ticket, watched, now);
            if slot.may_stay(bit.and(self.terms.cpus)) {
                return (old, arm_end(slot, &mut self.armed, bit, false, now));
            }
            slot.place = if gone { Place::Away } else { Place::Leaves(cpu) };
            if slot.ready {
                self.enqueue(v);
            }
            self.seats.at_mut(cpu.index()).runs = None;
            self.idle = self.idle.or(bit);
        }
        let Some(v) = first else { return (None, Instant::MAX) };
        self.idle = self.idle.without(bit);
        self.run.remove(&mut self.slots, v.0);
        let contested = self.first_for(bit).is_some();
        (first, self.enter(cpu, v, contested, now))
    }

    /// The one who left the pCPU, or for whom it was kicked, did not get it: another may take it from now on.
    #[inline(never)]
    fn place_again(&mut self, who: Option<Vcpu>, run: Option<Vcpu>, now: Instant) -> CpuSet {
        who.filter(|v| Some(*v) != run).map_or(CpuSet::EMPTY, |v| self.place(v, now))
    }
}

/// When the pCPU `bit`, which runs the vCPU of `slot` from `now` on, has to pick again; the far end of time if
/// time alone takes nothing from it. Notes in `armed` whether that is the end of what it may use, in case somebody comes to wait.
/// `contested`: somebody waits for it already.
#[inline(always)]
fn arm_end(slot: &mut Slot, armed: &mut CpuSet, bit: CpuSet, contested: bool, now: Instant) -> Instant {
    (slot.joined, slot.yielded) = (false, false);
    if !contested && !slot.params.stops() {
        *armed = armed.without(bit);
        // Alone, it may go on; but new parameters might stop it.
        return if slot.next.is_some() { slot.deadline } else { Instant::MAX };
    }
    *armed = armed.or(bit);
    let end = now + slot.rest();
    if slot.params.reserved() { slot.deadline.min(end) } else { end }
}

//! What makes this policy credit: BOOST, UNDER and OVER, who pre-empts whom, and the slice.
//!
//! The *credit* of a vCPU is how much CPU time it is behind its share. With credit left it is UNDER, else
//! OVER. One that wakes while UNDER gets a BOOST: it stands before all others, first come, first served,
//! for a third of a slice. One that wakes while OVER gets the BOOST as soon as it has credit again; so a
//! vCPU that wants a little more than its share waits for its share to grow, not for everybody's slice.
//! Without BOOST the order is by least service for the weight: for equal weights that is round robin, for
//! others it is what makes shares exact.

use crate::Credit;
use crate::slot::{GroupSlot, Key, Slot};
use sched::{Cpu, CpuSet, Duration, Instant};

/// Set in the key of everyone without BOOST.
const ORDINARY: Key = 1 << 127;

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, G: AsRef<[GroupSlot]> + AsMut<[GroupSlot]>> Credit<M, G> {
    /// The credit that a sleeper keeps at most, in ns of its own time: a slice.
    pub(crate) fn sleeper_credit(&self) -> u64 {
        self.params.tslice.nanos()
    }

    /// The credit that a vCPU which holds a pCPU all the time keeps at most, in ns of its own time.
    pub(crate) fn holder_credit(&self) -> u64 {
        self.params.tslice.times(4).nanos()
    }

    /// The place of `v` in the run queue.
    #[inline]
    pub(crate) fn key(&self, v: u16) -> Key {
        let slot = self.slots.at(v as usize);
        if slot.boost { slot.stamp as Key } else { ORDINARY | slot.vtime }
    }

    /// Gives `v`, which wakes, its BOOST, or notes that it is owed one.
    pub(crate) fn note_wake(&mut self, v: u16, now: Instant) {
        let under = self.is_under(v);
        let slot = self.slots.at_mut(v as usize);
        (slot.boost, slot.owed, slot.stamp) = (under, !under, now.nanos());
    }

    /// Gives the first on `cpu` that is owed a BOOST what it is owed, if it has credit by now.
    pub(crate) fn pay_boost(&mut self, cpu: Cpu, now: Instant) {
        if self.owed.is_empty() {
            return;
        }
        self.settle_all(CpuSet::ALL, now);
        let Some(v) = self.owed.first_with(&self.slots, CpuSet::only(cpu).bits()) else { return };
        if self.is_under(v) {
            let mask = self.mask(v);
            self.dequeue(v);
            let slot = self.slots.at_mut(v as usize);
            (slot.boost, slot.stamp) = (true, now.nanos());
            self.enqueue(v, mask);
        }
    }

    /// When `v`, which is OVER, has credit again if everything goes on as it does.
    fn under_at(&self, v: u16, now: Instant) -> Instant {
        let slot = self.slots.at(v as usize);
        let lack = slot.vtime.saturating_mul(self.weights as u128).saturating_sub(self.sum);
        let busy = self.pool.without(self.idle).len().max(1) as u64;
        let wait = u64::try_from(lack >> 40).unwrap_or(u64::MAX) / busy;
        now + Duration::from_nanos(wait.saturating_add(1))
    }

    /// BOOST ends a third of a slice after it began to be used.
    #[inline]
    pub(crate) fn calm_down(&mut self, cpu: Cpu, now: Instant) {
        let on = *self.cpus.at(cpu.index());
        if now >= on.calm {
            self.slots.at_mut(on.run as usize).boost = false;
        }
    }

    /// 0 for BOOST, 1 for UNDER, 2 for OVER.
    fn class(&self, v: u16) -> u8 {
        if self.slots.at(v as usize).boost { 0 } else { 2 - self.is_under(v) as u8 }
    }

    /// When and by how much `v` beats what runs on `cpu`; `None` if it does not before the slice ends.
    /// `fresh`: `v` just became ready, rather than was replaced; only then the class pre-empts.
    pub(crate) fn gain(&self, v: u16, cpu: Cpu, fresh: bool, now: Instant) -> Option<(Instant, Key)> {
        let on = self.cpus.at(cpu.index());
        let limit = (on.started + self.params.ratelimit).max(now);
        let theirs = self.class(on.run);
        if self.slots.at(v as usize).owed && theirs != 0 {
            return Some((self.under_at(v, now).max(limit), 0));
        }
        if !fresh || self.class(v) >= theirs {
            return None;
        }
        Some((limit, self.key(on.run).checked_sub(self.key(v))?))
    }

    /// The end of the slice of `run` on `cpu`.
    pub(crate) fn slice_end(&self, cpu: Cpu, run: u16, now: Instant) -> Instant {
        let on = self.cpus.at(cpu.index());
        if self.slots.at(run as usize).boost {
            return on.calm;
        }
        let slice = now + self.params.tslice;
        match self.owed.first_with(&self.slots, CpuSet::only(cpu).bits()) {
            Some(v) => slice.min(self.under_at(v, now).max(on.started + self.params.ratelimit)),
            None => slice,
        }
    }

    /// Until when `v`, about to run, keeps its BOOST.
    pub(crate) fn calm_at(&self, now: Instant) -> Instant {
        now + Duration::from_nanos(self.params.tslice.nanos() / 3).max(self.params.ratelimit)
    }
}

//! What makes this policy credit2: the order of the queue, who pre-empts whom, and how long a slice is.
//!
//! The order is by virtual time, least first; credit2's *credit* is the distance to the line, seen from the
//! other side. A vCPU with a latency hint that wakes within its share is *urgent*: it stands before all
//! others, by wake time plus tolerated delay, and does not wait for the rate limit.

use crate::Credit2;
use crate::account::virtual_span;
use crate::slot::{GroupSlot, Key, Slot};
use sched::{Cpu, Duration, Instant};

/// The shortest slice while others wait, in ns.
const SHORTEST: u64 = 500_000;
/// The longest slice while others wait, in ns.
const LONGEST: u64 = 10_000_000;
/// The credit a sleeper keeps at most, in ns of its own time.
pub(crate) const SLEEPER: u64 = 10_000_000;
/// The lag that a vCPU which holds a pCPU all the time keeps at most, in ns of its own time.
pub(crate) const HOLDER: u64 = 40_000_000;
/// How far ahead of the line of its own pCPUs a vCPU still counts as within its share, in ns.
pub(crate) const NEAR: u64 = 10_000_000;
/// The credit by which a vCPU must lead to move to another pCPU, in ns of its own time.
const RESIST: u64 = 500_000;
/// Set in the key of everyone who is not urgent.
const ORDINARY: Key = 1 << 127;

impl<M: AsRef<[Slot]> + AsMut<[Slot]>, G: AsRef<[GroupSlot]> + AsMut<[GroupSlot]>> Credit2<M, G> {
    /// The place of `v` in the run queue.
    #[inline]
    pub(crate) fn key(&self, v: u16) -> Key {
        let slot = self.slots.at(v as usize);
        if slot.urgent { slot.stamp as Key } else { ORDINARY | slot.vtime }
    }

    /// Decides at a wake whether `v` is urgent.
    pub(crate) fn note_wake(&mut self, v: u16, now: Instant) {
        let hint = self.slots.at(v as usize).params.latency;
        let urgent = !hint.is_zero() && self.is_entitled(v);
        let slot = self.slots.at_mut(v as usize);
        slot.urgent = urgent;
        slot.stamp = (now + hint).nanos();
    }

    /// The urgency of what runs on `cpu` ends with its credit.
    #[inline]
    pub(crate) fn calm_down(&mut self, cpu: Cpu, now: Instant) {
        let on = *self.cpus.at(cpu.index());
        if now >= on.calm {
            self.slots.at_mut(on.run as usize).urgent = false;
        }
    }

    /// When and by how much `v` beats what runs on `cpu`; `None` if it does not. `fresh`: `v` just became
    /// ready, rather than was replaced.
    pub(crate) fn gain(&self, v: u16, cpu: Cpu, fresh: bool, now: Instant) -> Option<(Instant, Key)> {
        let (slot, on) = (self.slots.at(v as usize), self.cpus.at(cpu.index()));
        let gain = self.key(on.run).checked_sub(self.key(v))?;
        let moves = !fresh || slot.last != cpu.0;
        let toll = if moves && !slot.urgent { virtual_span(RESIST, slot.inverse) } else { 0 };
        if gain <= toll {
            return None;
        }
        let limit = on.started + self.params.ratelimit;
        Some((if slot.urgent { now } else { limit.max(now) }, gain))
    }

    /// The end of the slice of `run` on `cpu` when `rival` waits: it may use up its lead in credit.
    pub(crate) fn slice_end(&self, cpu: Cpu, run: u16, rival: u16, now: Instant) -> Instant {
        let (mine, other) = (self.slots.at(run as usize), self.slots.at(rival as usize));
        let lead = if other.urgent { 0 } else { other.vtime.saturating_sub(mine.vtime) };
        // 2⁻⁴⁰ ns / weight to ns: two shifts keep the product in 64 bits.
        let lead = u64::try_from(lead >> 24).unwrap_or(u64::MAX).saturating_mul(mine.weight as u64) >> 16;
        let limit = self.cpus.at(cpu.index()).started + self.params.ratelimit;
        (now + Duration::from_nanos(lead.clamp(SHORTEST, LONGEST))).max(limit)
    }

    /// How long `v`, about to run, stays urgent.
    pub(crate) fn calm_at(&self, now: Instant) -> Instant {
        now + Duration::from_nanos(LONGEST)
    }
}

//! The timer of a vCPU's local APIC: one-shot, periodic, or by deadline (AMD APM volume 2, 16.4.1; Intel SDM
//! volume 3, 11.5.4). At divider 1 it runs as fast as the counter.

use super::local::NEVER;

const MASKED: u32 = 1 << 16;
const MODE: u32 = 3 << 17;
const PERIODIC: u32 = 1 << 17;
const BY_DEADLINE: u32 = 2 << 17;

/// The timer's registers and when it fires.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Timer {
    /// The entry of the local vector table.
    pub(super) entry: u32,
    pub(super) initial: u32,
    pub(super) divide: u32,
    /// When it fires next, in ticks; `NEVER` if it does not.
    pub(super) deadline: u64,
}

impl Timer {
    /// After a reset.
    pub(super) const OFF: Self = Self { entry: MASKED, initial: 0, divide: 0, deadline: NEVER };

    fn divisor(&self) -> u64 {
        let code = self.divide & 3 | self.divide >> 1 & 4;
        if code == 7 { 1 } else { 2 << code }
    }

    /// The period in ticks.
    fn period(&self) -> u64 {
        u64::from(self.initial) * self.divisor()
    }

    /// The guest writes the entry of the vector table. Another mode stops the timer.
    pub(super) fn set_entry(&mut self, value: u32) {
        if (self.entry ^ value) & MODE != 0 {
            (self.deadline, self.initial) = (NEVER, 0);
        }
        self.entry = value & (0xff | MASKED | MODE);
    }

    /// The guest writes the initial count at `now`.
    pub(super) fn set_count(&mut self, value: u32, now: u64) {
        if self.entry & MODE == BY_DEADLINE {
            return;
        }
        self.initial = value;
        self.deadline = if value == 0 { NEVER } else { now.saturating_add(self.period()) };
    }

    /// The guest writes the deadline, 0 for none.
    pub(super) fn set_deadline(&mut self, value: u64) {
        if self.entry & MODE == BY_DEADLINE {
            self.deadline = if value == 0 { NEVER } else { value };
        }
    }

    /// The deadline as the guest reads it.
    pub(super) fn shown_deadline(&self) -> u64 {
        if self.entry & MODE == BY_DEADLINE && self.deadline != NEVER { self.deadline } else { 0 }
    }

    /// The current count at `now`.
    pub(super) fn count(&self, now: u64) -> u32 {
        if self.deadline == NEVER || self.entry & MODE == BY_DEADLINE {
            return 0;
        }
        (self.deadline.saturating_sub(now) / self.divisor()) as u32
    }

    /// If it is due at `now`: moves on, and says which vector it raises, if it is not masked.
    pub(super) fn fire(&mut self, now: u64) -> Option<u8> {
        if self.deadline > now {
            return None;
        }
        self.deadline = match (self.entry & MODE == PERIODIC, self.period()) {
            (true, period) if period > 0 => {
                let missed = (now - self.deadline) / period;
                self.deadline.saturating_add((missed + 1).saturating_mul(period))
            }
            _ => NEVER,
        };
        (self.entry & MASKED == 0).then_some(self.entry as u8)
    }
}

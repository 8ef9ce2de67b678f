//! One pCPU on its way through the major frame.
//!
//! The window in force and the start of the next one are kept, so the usual pick compares two instants
//! and divides nothing. Only a pick that comes a whole window late looks its place up again.

use crate::plan::Plan;
use crate::{Window, slot::Slot};
use sched::{Cpu, Group, Instant, Vcpu};

/// The window in force on a pCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Current {
    pub(crate) group: Group,
    pub(crate) start: Instant,
    pub(crate) end: Instant,
    /// No pick has seen this window yet.
    pub(crate) fresh: bool,
}

/// The next window of a pCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Next {
    index: u16,
    start: Instant,
}

/// The state of one pCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Seat {
    /// Who runs on it.
    pub(crate) runs: Option<Vcpu>,
    /// For whom it was last asked to pick again. If the window is over by then, that one is placed anew.
    pub(crate) pledge: Option<Vcpu>,
    /// The window in force, until its end.
    pub(crate) current: Option<Current>,
    next: Option<Next>,
    /// False until the first pick.
    placed: bool,
}

impl Seat {
    pub(crate) const EMPTY: Self = Self { runs: None, pledge: None, current: None, next: None, placed: false };

    // [ARINC-R-02]
    /// The partition that has the pCPU at `now`: a window is entered only after its start, and time never goes back.
    pub(crate) fn group_at(&self, now: Instant) -> Option<Group> {
        self.current.filter(|window| now < window.end).map(|window| window.group)
    }

    /// The place in the frame has to be looked up again: another schedule is in force.
    pub(crate) fn forget_place(&mut self) {
        (self.current, self.next, self.placed) = (None, None, false);
    }

    /// The entry of the next window.
    pub(crate) fn next_index(&self) -> Option<u16> {
        self.next.map(|next| next.index)
    }

    /// When the next window starts.
    pub(crate) fn next_start(&self) -> Option<Instant> {
        self.next.map(|next| next.start)
    }

    // [ARINC-R-11]
    /// The window in force; `fresh` for the first pick that sees it.
    pub(crate) fn enter_window(&mut self) -> Option<Current> {
        let seen = self.current;
        if let Some(window) = &mut self.current {
            window.fresh = false;
        }
        seen
    }

    // [ARINC-R-01] [ARINC-R-03]
    /// Moves on to what is in force at `now`.
    pub(crate) fn advance<W: AsRef<[Window]> + AsMut<[Window]>>(&mut self, plan: &Plan<W>, cpu: Cpu, now: Instant) {
        if !self.placed {
            self.placed = true;
            return self.look_up(plan, cpu, now);
        }
        if self.current.is_some_and(|window| now < window.end) {
            return;
        }
        match self.next {
            Some(next) if now >= next.start => {
                let window = plan.at(next.index);
                if now < next.start + window.length {
                    self.enter(plan, cpu, next.index, next.start - window.start);
                } else {
                    self.look_up(plan, cpu, now);
                }
            }
            _ => self.current = None,
        }
    }

    /// Finds the place in the frame from nothing.
    #[inline(never)]
    fn look_up<W: AsRef<[Window]> + AsMut<[Window]>>(&mut self, plan: &Plan<W>, cpu: Cpu, now: Instant) {
        let (frame, phase) = plan.phase(now);
        match plan.last_started(phase, cpu) {
            Some(index) => {
                self.enter(plan, cpu, index, frame);
                self.current = self.current.filter(|window| now < window.end);
            }
            None => {
                self.current = None;
                self.next = following(plan, cpu, 0, frame);
            }
        }
    }

    #[inline(never)]
    fn enter<W: AsRef<[Window]> + AsMut<[Window]>>(&mut self, plan: &Plan<W>, cpu: Cpu, index: u16, frame: Instant) {
        let window = plan.at(index);
        let start = frame + window.start;
        self.current = Some(Current { group: window.group, start, end: start + window.length, fresh: true });
        self.next = following(plan, cpu, usize::from(index).saturating_add(1), frame);
    }

    /// True if the window in force is that of the vCPU's partition.
    pub(crate) fn holds(&self, slot: &Slot) -> bool {
        self.current.is_some_and(|window| window.group == slot.group)
    }
}

/// The first window of `cpu` from entry `from` on, in the frame that starts at `frame` or the next one.
fn following<W: AsRef<[Window]> + AsMut<[Window]>>(
    plan: &Plan<W>,
    cpu: Cpu,
    from: usize,
    frame: Instant,
) -> Option<Next> {
    if let Some(index) = plan.ahead(from, cpu) {
        return Some(Next { index, start: frame + plan.at(index).start });
    }
    let index = plan.ahead(0, cpu)?;
    Some(Next { index, start: frame + plan.frame() + plan.at(index).start })
}

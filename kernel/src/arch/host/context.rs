//! The state of a vCPU, and moving it into and out of the pCPU.

use super::machine::{GuestTimer, LIST_REGISTERS, here, with};
use crate::{arch::Start, devices::vgic::ListRegisters};
use sched::Cpu;
use std::cell::Cell;

/// The saved state of a vCPU. It knows in which pCPU the state is at present, and nobody may look for it
/// elsewhere.
#[derive(Debug)]
pub struct ContextCell {
    allowance: Cell<u64>,
    arguments: Cell<[u64; 8]>,
    list: Cell<ListRegisters>,
    timers: Cell<[GuestTimer; 2]>,
    start: Cell<Start>,
    resets: Cell<u32>,
    home: Cell<Option<Cpu>>,
}

// SAFETY: a test reaches its machine, and so every context, from one thread only.
unsafe impl Sync for ContextCell {}

impl Default for ContextCell {
    fn default() -> Self {
        Self {
            allowance: Cell::new(0),
            arguments: Cell::new([0; 8]),
            list: Cell::new(ListRegisters::new(LIST_REGISTERS)),
            timers: Cell::new([GuestTimer::default(); 2]),
            start: Cell::new(Start::default()),
            resets: Cell::new(0),
            home: Cell::new(None),
        }
    }
}

impl ContextCell {
    /// x0 to x7: the arguments and results of calls.
    pub fn arguments(&self) -> [u64; 8] {
        self.arguments.get()
    }

    /// Sets x0 to x7.
    pub fn set_arguments(&self, values: [u64; 8]) {
        self.arguments.set(values);
    }

    /// Where it was started last.
    pub fn start(&self) -> Start {
        self.start.get()
    }

    /// How often it was put at its first instruction.
    pub fn resets(&self) -> u32 {
        self.resets.get()
    }

    /// The pCPU that holds its state.
    pub fn home(&self) -> Option<Cpu> {
        self.home.get()
    }

    /// Its saved list registers.
    pub(super) fn list(&self) -> ListRegisters {
        self.list.get()
    }

    /// Its state must be in memory, or in the pCPU that is on.
    fn not_elsewhere(&self) {
        let home = self.home.get();
        assert!(home.is_none_or(|home| home == here()), "pCPU {} takes a vCPU that {home:?} has not saved", here().0);
    }
}

/// Puts a vCPU at its first instruction.
pub fn reset(cell: &ContextCell, start: &Start) {
    cell.not_elsewhere();
    let resets = cell.resets.get() + 1;
    cell.arguments.set([start.argument, 0, 0, 0, 0, 0, 0, 0]);
    cell.list.set(ListRegisters::new(LIST_REGISTERS));
    cell.timers.set([GuestTimer::default(); 2]);
    cell.start.set(*start);
    cell.resets.set(resets);
}

/// Moves the running vCPU's state into memory, and silences its timers.
pub fn save(cell: &ContextCell) {
    cell.not_elsewhere();
    with(|machine| {
        let hardware = machine.hardware();
        cell.list.set(core::mem::replace(&mut hardware.list, ListRegisters::new(LIST_REGISTERS)));
        cell.timers.set(core::mem::take(&mut hardware.timers));
        hardware.underflow = false;
        hardware.active = 0;
    });
    cell.home.set(None);
}

/// Moves a saved vCPU's state into the pCPU. Its list registers follow when it is prepared.
pub fn restore(cell: &ContextCell) {
    cell.not_elsewhere();
    with(|machine| machine.hardware().timers = cell.timers.get());
    cell.home.set(Some(here()));
}

/// The result of the call that the vCPU waits in.
pub fn set_result(cell: &ContextCell, value: u64) {
    let mut arguments = cell.arguments.get();
    arguments[0] = value;
    cell.arguments.set(arguments);
}

/// Grants a vCPU so many exits. The software machine counts its exits itself and uses none of them up.
pub fn set_allowance(cell: &ContextCell, exits: u64) {
    cell.allowance.set(exits);
}

/// How many exits are left of what was granted.
pub fn allowance(cell: &ContextCell) -> u64 {
    cell.allowance.get()
}

/// When the running vCPU's own timers fire next after `since`, in ticks; `u64::MAX` if they do not.
pub fn guest_deadline(_cell: &ContextCell, since: u64) -> u64 {
    let timers = with(|machine| machine.hardware().timers);
    timers.iter().filter(|timer| timer.on && timer.at > since).map(|timer| timer.at).min().unwrap_or(u64::MAX)
}

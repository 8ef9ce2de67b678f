//! Guests as the bench knows them: what they do next, and what came of it.

use crate::{arch::machine::Hardware, system::VcpuCell};
use std::{boxed::Box, vec::Vec};

/// Something that a guest does. Only `Run` takes time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Do {
    /// Computes for so many ns.
    Run(u64),
    /// Calls the hypervisor with x0 to x7.
    Call([u64; 8]),
    /// WFI.
    Wait,
    /// Loads from a device.
    Read(u64, u8),
    /// Stores to a device.
    Write(u64, u8, u64),
    /// Writes ICC_SGI1R_EL1.
    Send(u64),
    /// Takes an exception at a vector that cannot be executed.
    Fault(u64),
    /// Lets the hypervisor look at its interrupts.
    Refresh,
    /// Sets its virtual (0) or physical (1) timer to an instant in ns, or switches it off.
    Timer(usize, Option<u64>),
    /// Reads ICC_IAR1_EL1: the most urgent interrupt, 1023 if there is none.
    Acknowledge,
    /// Writes ICC_EOIR1_EL1.
    Complete(u64),
}

impl Do {
    /// Computing without an end.
    pub(crate) const FOREVER: Self = Self::Run(1 << 62);

    /// A call with its number and arguments.
    pub(crate) fn call<const N: usize>(given: [u64; N]) -> Self {
        let mut arguments = [0; 8];
        arguments[..N].copy_from_slice(&given);
        Self::Call(arguments)
    }

    pub(crate) fn exits(self) -> bool {
        !matches!(self, Self::Run(_) | Self::Timer(..) | Self::Acknowledge | Self::Complete(_))
    }
}

/// What a guest knows when it decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// How many things it did since its start.
    pub(crate) step: usize,
    /// How often it was started.
    pub(crate) starts: u32,
    /// x0 after its last call, or what it loaded or acknowledged last.
    pub(crate) value: u64,
    /// ns since the epoch.
    pub(crate) now: u64,
}

/// Decides what a guest does next.
pub(crate) type Program = Box<dyn FnMut(&View) -> Do>;

/// A guest.
pub(crate) struct Guest {
    program: Program,
    step: usize,
    starts: u32,
    value: u64,
    pub(crate) called: bool,
    /// How much longer it computes, ticks.
    pub(crate) left: u64,
    /// When it got which value: ns since the epoch, value.
    pub(crate) values: Vec<(u64, u64)>,
    /// When it did its things, ns since the epoch.
    pub(crate) times: Vec<u64>,
    pub(crate) aborts: u32,
    now: u64,
}

impl Default for Guest {
    fn default() -> Self {
        Self::new(Box::new(|_| Do::FOREVER))
    }
}

impl Guest {
    pub(crate) fn new(program: Program) -> Self {
        Self {
            program,
            step: 0,
            starts: 0,
            value: 0,
            called: false,
            left: 0,
            values: Vec::new(),
            times: Vec::new(),
            aborts: 0,
            now: 0,
        }
    }

    /// Whether it wants to do something now; a guest that was started anew does.
    pub(crate) fn ready(&self, starts: u32) -> bool {
        self.left == 0 || starts != self.starts
    }

    /// What it does next.
    pub(crate) fn next(&mut self, vcpu: &VcpuCell, now: u64) -> Do {
        self.now = now;
        let starts = vcpu.context.resets();
        if starts != self.starts {
            (self.starts, self.step, self.called, self.left) = (starts, 0, false, 0);
        }
        if core::mem::take(&mut self.called) {
            self.tell(vcpu.context.arguments()[0]);
        }
        let view = View { step: self.step, starts, value: self.value, now };
        self.step += 1;
        self.times.push(now);
        (self.program)(&view)
    }

    /// It learns a value.
    pub(crate) fn tell(&mut self, value: u64) {
        self.value = value;
        self.values.push((self.now, value));
    }

    /// It computed for so many ticks.
    pub(crate) fn pass(&mut self, ticks: u64) {
        self.left = self.left.saturating_sub(ticks);
    }

    /// When it has computed enough.
    pub(crate) fn end(&self, now: u64) -> u64 {
        now.saturating_add(self.left)
    }
}

const PENDING: u64 = 1 << 62;
const ACTIVE: u64 = 1 << 63;
const HARDWARE: u64 = 1 << 61;
const TELL_END: u64 = 1 << 41;
const NOTHING: u64 = 1023;

/// The most urgent pending interrupt becomes active.
pub(crate) fn acknowledge(hardware: &mut Hardware) -> u64 {
    let count = usize::from(hardware.list.count);
    let pending = hardware.list.lr[..count].iter_mut().filter(|lr| **lr & (PENDING | ACTIVE) == PENDING);
    let Some(lr) = pending.min_by_key(|lr| **lr >> 48 & 0xff) else { return NOTHING };
    *lr = *lr & !PENDING | ACTIVE;
    *lr & 0xffff_ffff
}

/// An active interrupt ends; a linked one takes the physical one with it.
pub(crate) fn complete(hardware: &mut Hardware, id: u64) {
    let count = usize::from(hardware.list.count);
    let active = |lr: &&mut u64| **lr & ACTIVE != 0 && **lr & 0xffff_ffff == id;
    let Some(lr) = hardware.list.lr[..count].iter_mut().find(active) else { return };
    *lr &= !ACTIVE;
    if *lr & HARDWARE != 0 {
        hardware.active &= !(1 << (*lr >> 32 & 0x1f));
    } else if *lr & TELL_END != 0 {
        hardware.maintenance = true;
    }
    let used = hardware.list.lr[..count].iter().filter(|lr| **lr & (PENDING | ACTIVE) != 0).count();
    hardware.maintenance |= hardware.underflow && used < 2;
}

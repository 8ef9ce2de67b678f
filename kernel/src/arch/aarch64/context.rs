//! The state of a vCPU, and moving it into and out of the pCPU.

use super::{
    gic,
    registers::{get, set},
    vectors::{self, Vectors},
};
use crate::arch::Start;
use crate::devices::vgic::ListRegisters;
use core::cell::UnsafeCell;

/// General registers as `head.S` lays them out.
#[repr(C, align(16))]
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// x0 to x7: the arguments and results of calls.
    pub(super) arguments: [u64; 8],
    /// x8 to x18, x30, x19 to x29.
    others: [u64; 23],
    /// The top of the pCPU's stack.
    stack: u64,
    /// Exits that the vCPU may still cause before somebody looks at how fast it does.
    pub(super) allowance: u64,
}

impl Frame {
    /// Whether register `n` is among those that only a long exit saves.
    pub(super) const fn saved_late(n: u8) -> bool {
        n.wrapping_sub(19) < 11
    }

    /// Where register `n` is kept; `None` for the zero register.
    #[inline(always)]
    fn place(&mut self, n: u8) -> Option<&mut u64> {
        let at = match n {
            0..8 => return self.arguments.get_mut(usize::from(n)),
            8..19 => n - 8,
            30 => 11,
            _ => n - 7,
        };
        self.others.get_mut(usize::from(at))
    }

    /// The value of register `n`; 31 is the zero register.
    #[inline(always)]
    pub(super) fn get(&mut self, n: u8) -> u64 {
        self.place(n).map_or(0, |place| *place)
    }

    /// Sets register `n`; 31 is the zero register.
    #[inline(always)]
    pub(super) fn set(&mut self, n: u8, value: u64) {
        if let Some(place) = self.place(n) {
            *place = value;
        }
    }
}

/// Declares the system registers of a vCPU once, in pairs, for saving, restoring and reset. A pair moves by
/// one load or store.
macro_rules! system_registers {
    ($($at:literal: $first:literal = $reset:expr, $second:literal = $reset_second:expr;)*) => {
        /// The values after a reset.
        const RESET: [u64; REGISTERS] = [$($reset, $reset_second),*];

        #[inline(always)]
        fn save_registers(values: &mut [u64; REGISTERS]) {
            $(
                // SAFETY: reading these registers changes nothing; the pair lies in `values`.
                unsafe {
                    core::arch::asm!(
                        concat!("mrs {first}, ", $first), concat!("mrs {second}, ", $second),
                        "stp {first}, {second}, [{values}, #{at}]",
                        first = out(reg) _, second = out(reg) _, values = in(reg) values.as_mut_ptr(),
                        at = const 8 * $at, options(nostack, preserves_flags),
                    );
                }
            )*
        }

        #[inline(always)]
        fn restore_registers(values: &[u64; REGISTERS]) {
            $(
                // SAFETY: these registers belong to the guest; the pair lies in `values`.
                unsafe {
                    core::arch::asm!(
                        "ldp {first}, {second}, [{values}, #{at}]",
                        concat!("msr ", $first, ", {first}"), concat!("msr ", $second, ", {second}"),
                        first = out(reg) _, second = out(reg) _, values = in(reg) values.as_ptr(),
                        at = const 8 * $at, options(nostack, preserves_flags, readonly),
                    );
                }
            )*
        }
    };
}

/// How many system registers a vCPU has.
const REGISTERS: usize = 32;
/// Where the first instruction and the MPIDR stand among them.
const ELR: usize = 0;
const MPIDR: usize = 29;
/// EL1h with all interrupts masked.
const PSTATE_RESET: u64 = 0x3c5;
/// The RES1 bits; MMU and caches off.
const SCTLR_RESET: u64 = 0x30d0_0800;

system_registers! {
    0: "elr_el2" = 0, "spsr_el2" = PSTATE_RESET;
    2: "sctlr_el1" = SCTLR_RESET, "tcr_el1" = 0;
    4: "ttbr0_el1" = 0, "ttbr1_el1" = 0;
    6: "mair_el1" = 0, "amair_el1" = 0;
    8: "vbar_el1" = 0, "contextidr_el1" = 0;
    10: "cpacr_el1" = 0, "esr_el1" = 0;
    12: "far_el1" = 0, "afsr0_el1" = 0;
    14: "afsr1_el1" = 0, "par_el1" = 0;
    16: "elr_el1" = 0, "spsr_el1" = 0;
    18: "sp_el0" = 0, "sp_el1" = 0;
    20: "tpidr_el0" = 0, "tpidrro_el0" = 0;
    22: "tpidr_el1" = 0, "cntkctl_el1" = 0;
    24: "csselr_el1" = 0, "S3_4_C12_C11_7" = 0; // ICH_VMCR_EL2
    26: "cntv_cval_el0" = 0, "cntp_cval_el0" = 0;
    28: "S3_4_C12_C9_0" = 0, "vmpidr_el2" = 0; // ICH_AP1R0_EL2
    30: "cntv_ctl_el0" = 0, "cntp_ctl_el0" = 0;
}

/// The saved state of a vCPU.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Context {
    pub(super) frame: Frame,
    system: [u64; REGISTERS],
    pub(super) mdscr: u64,
    pub(super) list: ListRegisters,
    /// Some list register is in use.
    pub(super) listed: bool,
    /// It was given list registers, or may have a physical timer interrupt active on its behalf.
    pub(super) involved: bool,
    /// Its floating-point values are in the registers of the pCPU where it ran last.
    pub(super) resident: bool,
    pub(super) vectors: Vectors,
}

/// A context that only the pCPU that runs the vCPU, or is about to, touches.
#[repr(transparent)]
#[derive(Debug)]
pub struct ContextCell(UnsafeCell<Context>);

// SAFETY: the pool lets one pCPU at a time run or save a vCPU (`sched::Pool::may_run`), and only that pCPU
// calls the functions below for it.
unsafe impl Sync for ContextCell {}

impl Default for ContextCell {
    fn default() -> Self {
        Self(UnsafeCell::new(Context {
            frame: Frame::default(),
            system: RESET,
            mdscr: 0,
            list: ListRegisters::new(0),
            listed: false,
            involved: false,
            resident: false,
            vectors: Vectors::ZERO,
        }))
    }
}

impl ContextCell {
    /// The context, for the pCPU that the pool lets touch it.
    #[allow(clippy::mut_from_ref)]
    pub(super) fn get(&self) -> &mut Context {
        // SAFETY: see the `Sync` implementation; no caller keeps the reference beyond its own function.
        unsafe { &mut *self.0.get() }
    }

    /// The frame's address.
    pub(super) fn frame(&self) -> *mut Frame {
        self.0.get().cast()
    }
}

/// Puts a vCPU at its first instruction.
pub fn reset(cell: &ContextCell, start: &Start) {
    let context = cell.get();
    context.frame = Frame::default();
    context.frame.set(0, start.argument);
    context.system = RESET;
    context.system[ELR] = start.entry;
    context.system[MPIDR] = 1 << 31 | u64::from(start.index);
    context.mdscr = 0;
    context.list = ListRegisters::new(gic::list_registers());
    (context.listed, context.involved) = (false, false);
    vectors::reset(context);
}

/// Moves the running vCPU's state into memory, and silences its timers.
#[inline(always)]
pub fn save(cell: &ContextCell) {
    let context = cell.get();
    save_registers(&mut context.system);
    set!("cntv_ctl_el0", 0);
    set!("cntp_ctl_el0", 0);
    if context.involved | context.resident {
        leave_rest(context);
    }
}

/// What most vCPUs do not have in the pCPU when they leave it.
#[inline(never)]
fn leave_rest(context: &mut Context) {
    if core::mem::take(&mut context.involved) {
        leave_interrupts(context);
    }
    vectors::leave(context);
}

/// The list registers go to memory, and nothing of this vCPU stays behind in the interrupt controller. An
/// entry that the guest is done with still says so there: only zeroes say nothing.
fn leave_interrupts(context: &mut Context) {
    context.list = gic::read_list();
    context.listed = context.list.lr.iter().any(|entry| *entry != 0);
    if context.listed {
        gic::clear_list();
    }
    gic::set_underflow(false);
    gic::deactivate_timers();
}

/// Moves a saved vCPU's state into the pCPU.
#[inline(always)]
pub fn restore(cell: &ContextCell) {
    let context = cell.get();
    context.frame.stack = super::stack_top();
    restore_registers(&context.system);
    vectors::arrive(context);
}

/// How many exits are left of what was granted.
pub fn allowance(cell: &ContextCell) -> u64 {
    cell.get().frame.allowance
}

/// Grants a vCPU so many exits until `Cause::Limit`.
pub fn set_allowance(cell: &ContextCell, exits: u64) {
    cell.get().frame.allowance = exits;
}

/// The result of the call that the vCPU waits in.
pub fn set_result(cell: &ContextCell, value: u64) {
    cell.get().frame.set(0, value);
}

const ENABLE: u64 = 1;
const MASK: u64 = 2;

/// When the running vCPU's own timers fire next after `since`, in ticks; `u64::MAX` if they do not.
pub fn guest_deadline(_cell: &ContextCell, since: u64) -> u64 {
    let when = |control: u64, value: u64| {
        if control & (ENABLE | MASK) == ENABLE && value > since { value } else { u64::MAX }
    };
    let virtual_timer = when(get!("cntv_ctl_el0"), get!("cntv_cval_el0"));
    virtual_timer.min(when(get!("cntp_ctl_el0"), get!("cntp_cval_el0")))
}

/// Whether the running vCPU's virtual and physical timer lines are high: enabled, not masked, due.
#[inline(always)]
pub(super) fn timer_lines() -> (bool, bool) {
    let (virtual_timer, physical_timer) = (get!("cntv_ctl_el0"), get!("cntp_ctl_el0"));
    if (virtual_timer | physical_timer) & ENABLE == 0 {
        return (false, false);
    }
    let now = super::ticks();
    let high = |control: u64, value: u64| control & (ENABLE | MASK) == ENABLE && value <= now;
    (high(virtual_timer, get!("cntv_cval_el0")), high(physical_timer, get!("cntp_cval_el0")))
}

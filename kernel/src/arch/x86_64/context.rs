//! The state of a vCPU, and moving it into and out of the pCPU.

use super::{
    exits,
    extended::Extended,
    local::{NEVER, local},
    present::VIRTUAL_PRIORITY,
    svm,
    timer::Timer,
    vmcb::{Segment, Vmcb, intercept},
};
use crate::{arch::Start, system::VcpuCell};
use core::arch::asm;
use core::cell::UnsafeCell;
use core::mem::offset_of;

/// General registers as `head.S` moves them. rax and rsp lie in the block; the place of rax here is for calls.
#[repr(C)]
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// rax, rdi, rsi, rdx, rcx, r8, r9, r10: arguments and results of calls.
    pub(super) arguments: [u64; 8],
    pub(super) rbx: u64,
    /// rbp, r11 to r15.
    others: [u64; 6],
}

impl Frame {
    pub(super) fn rcx(&mut self) -> &mut u64 {
        &mut self.arguments[4]
    }

    pub(super) fn rdx(&mut self) -> &mut u64 {
        &mut self.arguments[3]
    }

    fn rsi(&mut self) -> &mut u64 {
        &mut self.arguments[2]
    }
}

/// The saved state of a vCPU.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Context {
    pub(super) block: Vmcb,
    pub(super) frame: Frame,
    pub(super) extended: Extended,
    /// DR0 to DR3, of a guest that uses them.
    breakpoints: Option<[u64; 4]>,
    pub(super) timer: Timer,
    /// Exits that it may still cause before somebody looks at how fast it does.
    pub(super) allowance: u64,
    /// An interrupt is ready for it.
    pub(super) wants: bool,
    /// It reaches its local APIC by registers and not by memory.
    pub(super) by_registers: bool,
    /// Which number its translations have, in which generation and on which pCPU.
    asid: (u32, u64, u8),
}

/// Where `head.S` finds the registers, and whether an interrupt is ready: [`VcpuCell`] begins with the context.
pub(super) const FRAME: usize = offset_of!(Context, frame);
pub(super) const WANTS: usize = offset_of!(Context, wants);
const _: () = assert!(offset_of!(VcpuCell, context) == 0 && offset_of!(Context, block) == 0);
const _: () = assert!(align_of::<VcpuCell>() == size_of::<Vmcb>(), "the block begins at a page");

impl Context {
    /// A general register by the processor's number.
    pub(super) fn register(&mut self, number: u8) -> &mut u64 {
        const ARGUMENT: [usize; 11] = [0, 4, 3, 0, 0, 0, 2, 1, 5, 6, 7];
        match number & 15 {
            0 => &mut self.block.state.rax,
            3 => &mut self.frame.rbx,
            4 => &mut self.block.state.rsp,
            5 => &mut self.frame.others[0],
            other @ 11.. => &mut self.frame.others[usize::from(other) - 10],
            other => &mut self.frame.arguments[ARGUMENT[usize::from(other)]],
        }
    }
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
            block: Vmcb::ZERO,
            frame: Frame { arguments: [0; 8], rbx: 0, others: [0; 6] },
            extended: Extended::RESET,
            breakpoints: None,
            timer: Timer::OFF,
            allowance: 0,
            wants: false,
            by_registers: false,
            asid: (0, 0, 0),
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
}

/// Segments as the boot protocols of Linux and PVH want them: flat, 32 bits.
const CODE: Segment = Segment { selector: 0x10, attributes: 0xc9b, limit: u32::MAX, base: 0 };
const DATA: Segment = Segment { selector: 0x18, attributes: 0xc93, limit: u32::MAX, base: 0 };
const TASK: Segment = Segment { selector: 0, attributes: 0x8b, limit: 0x67, base: 0 };
const LOCAL_TABLE: Segment = Segment { selector: 0, attributes: 0x82, limit: 0, base: 0 };
/// Protected mode, without paging.
const CR0_RESET: u64 = 0x11;
const PAT_RESET: u64 = 0x0007_0406_0007_0406;
pub(super) const SVM_ENABLED: u64 = 1 << 12;

/// A further vCPU that begins below this is in real mode, as a start-up command leaves it.
const REAL_END: u64 = 0x10_0000;
const CR0_REAL: u64 = 0x10;

const fn real(attributes: u16, base: u64) -> Segment {
    Segment { selector: (base >> 4) as u16, attributes, limit: 0xffff, base }
}

/// Puts a vCPU at its first instruction: ebx and esi carry the argument.
pub fn reset(cell: &ContextCell, start: &Start) {
    let context = cell.get();
    context.block = Vmcb::ZERO;
    let (control, state) = (&mut context.block.control, &mut context.block.state);
    control.registers = intercept::CR8;
    control.debug_registers = u32::MAX;
    control.intercepts = intercept::INTERRUPT
        | intercept::NMI
        | intercept::INIT
        | intercept::RDPMC
        | intercept::CPUID
        | intercept::INVD
        | intercept::HLT
        | intercept::INVLPGA
        | intercept::PORT
        | intercept::MSR
        | intercept::FREEZE
        | intercept::SHUTDOWN;
    control.more_intercepts = intercept::MORE;
    (control.port_map, control.msr_map) = svm::maps();
    control.virtual_interrupt = VIRTUAL_PRIORITY;
    control.nested = 1;
    (state.cs, state.tr, state.ldtr) = (CODE, TASK, LOCAL_TABLE);
    (state.ds, state.es, state.ss, state.fs, state.gs) = (DATA, DATA, DATA, DATA, DATA);
    (state.cr0, state.efer, state.rflags, state.rip) = (CR0_RESET, SVM_ENABLED, 2, start.entry);
    if start.index > 0 && start.entry < REAL_END {
        state.cs = real(0x9b, start.entry);
        [state.ds, state.es, state.ss, state.fs, state.gs] = [real(0x93, 0); 5];
        (state.cr0, state.rip) = (CR0_REAL, 0);
    }
    (state.dr6, state.dr7, state.pat) = (0xffff_0ff0, 0x400, PAT_RESET);
    context.frame = Frame::default();
    (context.frame.rbx, *context.frame.rsi()) = (start.argument, start.argument);
    context.extended = Extended::RESET;
    context.breakpoints = None;
    context.timer = Timer::OFF;
    (context.wants, context.by_registers) = (false, false);
    context.asid = (0, 0, 0);
}

/// Moves the running vCPU's state into memory. Most of it is there since its turn ended.
#[inline(always)]
pub fn save(cell: &ContextCell) {
    let context = cell.get();
    local().guest_at.set(NEVER);
    context.extended.save();
    if let Some(breakpoints) = &mut context.breakpoints {
        // SAFETY: reading them has no effect; they are the guest's.
        unsafe {
            asm!("mov {}, dr0", "mov {}, dr1", "mov {}, dr2", "mov {}, dr3", out(reg) breakpoints[0],
                out(reg) breakpoints[1], out(reg) breakpoints[2], out(reg) breakpoints[3],
                options(nostack, preserves_flags));
        }
    }
}

/// Gives a guest that reaches for its debug registers for the first time zeroes in them, and lets it have them.
pub(super) fn give_breakpoints(context: &mut Context) {
    context.breakpoints = Some([0; 4]);
    context.block.control.debug_registers = 0;
    set_breakpoints(&[0; 4]);
}

fn set_breakpoints(values: &[u64; 4]) {
    // SAFETY: breakpoints work only while the guest runs, whose DR7 is in its block.
    unsafe {
        asm!("mov dr0, {}", "mov dr1, {}", "mov dr2, {}", "mov dr3, {}", in(reg) values[0], in(reg) values[1],
            in(reg) values[2], in(reg) values[3], options(nostack, preserves_flags));
    }
}

/// Moves a saved vCPU's state into the pCPU.
#[inline(always)]
pub fn restore(cell: &ContextCell) {
    let context = cell.get();
    context.extended.restore();
    if let Some(breakpoints) = &context.breakpoints {
        set_breakpoints(breakpoints);
    }
    let here = local();
    let (asid, generation, cpu) = context.asid;
    if asid == 0 || generation != here.generation.get() || cpu != here.id.get() {
        let (asid, generation, flush) = svm::fresh_asid();
        context.asid = (asid, generation, here.id.get());
        (context.block.control.asid, context.block.control.flush) = (asid, flush);
    }
}

/// How many exits are left of what was granted.
pub fn allowance(cell: &ContextCell) -> u64 {
    cell.get().allowance
}

/// Grants a vCPU so many exits.
pub fn set_allowance(cell: &ContextCell, exits: u64) {
    cell.get().allowance = exits;
}

/// The result of the call that the vCPU waits in.
pub fn set_result(cell: &ContextCell, value: u64) {
    cell.get().block.state.rax = value;
}

/// When the running vCPU's own timer fires next after `since`, in ticks; `u64::MAX` if it does not.
pub fn guest_deadline(cell: &ContextCell, since: u64) -> u64 {
    let at = cell.get().timer.deadline;
    if at > since { at } else { NEVER }
}

/// Leaves for a guest, for the first time on this pCPU.
pub(super) fn go(vcpu: &'static VcpuCell) -> ! {
    exits::run(vcpu)
}

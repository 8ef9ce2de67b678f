//! Floating-point and SIMD registers, moved only when a guest really uses them.
//!
//! A pCPU remembers whose values its registers hold. Another vCPU's first use traps, and only then are they
//! exchanged; a vCPU that computes nothing in them costs nothing. In a pool of several pCPUs a vCPU may go
//! on elsewhere, so there its values go to memory before it is reported as saved.

use super::{
    CPUS_MAX,
    context::Context,
    registers::{get, set},
};
use core::cell::Cell;
use sched::Cpu;

/// The registers of a vCPU.
#[repr(C, align(16))]
#[derive(Debug)]
pub(super) struct Vectors {
    q: [u128; 32],
    fpcr: u64,
    fpsr: u64,
}

impl Vectors {
    pub(super) const ZERO: Self = Self { q: [0; 32], fpcr: 0, fpsr: 0 };
}

/// RES1 bits, SVE and SME trapped.
const OPEN: u64 = 0x33ff;
/// Floating point trapped as well.
const TRAPPED: u64 = OPEN | 1 << 10;

/// Whose values are in each pCPU's registers.
struct Owners([Cell<*mut Context>; CPUS_MAX]);

// SAFETY: each pCPU touches only the entry with its own number.
unsafe impl Sync for Owners {}

static OWNERS: Owners = Owners([const { Cell::new(core::ptr::null_mut()) }; CPUS_MAX]);

fn owner() -> &'static Cell<*mut Context> {
    of(super::this().id)
}

fn of(cpu: Cpu) -> &'static Cell<*mut Context> {
    OWNERS.0.get(cpu.index()).unwrap_or(&OWNERS.0[0])
}

/// The vCPU starts afresh: zeroes, whatever the registers hold.
pub(super) fn reset(context: &mut Context) {
    context.vectors = Vectors::ZERO;
    disown(context);
}

fn disown(context: &mut Context) {
    if core::mem::take(&mut context.resident) {
        owner().set(core::ptr::null_mut());
    }
}

/// The vCPU leaves this pCPU, and may go on elsewhere if its pool has others.
pub(super) fn leave(context: &mut Context) {
    if context.resident && super::this().pool.cpus.len() > 1 {
        set!("cptr_el2", OPEN);
        super::isb();
        save(&mut context.vectors);
        disown(context);
    }
}

/// The vCPU comes to this pCPU.
#[inline(always)]
pub(super) fn arrive(context: &mut Context) {
    set!("cptr_el2", if context.resident { OPEN } else { TRAPPED });
}

/// The running vCPU uses the registers for the first time since another one did.
pub(super) fn exchange(context: &mut Context) {
    set!("cptr_el2", OPEN);
    super::isb();
    let before = owner().replace(&raw mut *context);
    // SAFETY: the owner is a vCPU's context, which lives for ever. It is not running (this one is), and it
    // cannot run or be touched on another pCPU, or `leave` would have forgotten it.
    if let Some(before) = unsafe { before.as_mut() } {
        save(&mut before.vectors);
        before.resident = false;
    }
    restore(&context.vectors);
    context.resident = true;
}

fn save(vectors: &mut Vectors) {
    // SAFETY: stores 512 bytes into `q`; FP is not trapped at EL2 and this code uses none itself.
    unsafe {
        core::arch::asm!(
            ".arch_extension fp",
            ".arch_extension simd",
            "stp q0, q1, [{q}]", "stp q2, q3, [{q}, #32]", "stp q4, q5, [{q}, #64]", "stp q6, q7, [{q}, #96]",
            "stp q8, q9, [{q}, #128]", "stp q10, q11, [{q}, #160]", "stp q12, q13, [{q}, #192]",
            "stp q14, q15, [{q}, #224]", "stp q16, q17, [{q}, #256]", "stp q18, q19, [{q}, #288]",
            "stp q20, q21, [{q}, #320]", "stp q22, q23, [{q}, #352]", "stp q24, q25, [{q}, #384]",
            "stp q26, q27, [{q}, #416]", "stp q28, q29, [{q}, #448]", "stp q30, q31, [{q}, #480]",
            q = in(reg) vectors.q.as_mut_ptr(), options(nostack),
        );
    }
    vectors.fpcr = get!("S3_3_C4_C4_0");
    vectors.fpsr = get!("S3_3_C4_C4_1");
}

fn restore(vectors: &Vectors) {
    // SAFETY: loads 512 bytes from `q` into registers that the hypervisor itself does not use.
    unsafe {
        core::arch::asm!(
            ".arch_extension fp",
            ".arch_extension simd",
            "ldp q0, q1, [{q}]", "ldp q2, q3, [{q}, #32]", "ldp q4, q5, [{q}, #64]", "ldp q6, q7, [{q}, #96]",
            "ldp q8, q9, [{q}, #128]", "ldp q10, q11, [{q}, #160]", "ldp q12, q13, [{q}, #192]",
            "ldp q14, q15, [{q}, #224]", "ldp q16, q17, [{q}, #256]", "ldp q18, q19, [{q}, #288]",
            "ldp q20, q21, [{q}, #320]", "ldp q22, q23, [{q}, #352]", "ldp q24, q25, [{q}, #384]",
            "ldp q26, q27, [{q}, #416]", "ldp q28, q29, [{q}, #448]", "ldp q30, q31, [{q}, #480]",
            q = in(reg) vectors.q.as_ptr(), options(nostack, readonly),
        );
    }
    set!("S3_3_C4_C4_0", vectors.fpcr);
    set!("S3_3_C4_C4_1", vectors.fpsr);
}

//! What a pCPU finds through its gs register: its own data, and what came to it.

use super::CPUS_MAX;
use crate::system::Pcpu;
use core::arch::asm;
use core::cell::Cell;
use sched::Cpu;
use x86_64::{VirtAddr, registers::model_specific::GsBase};

/// Where `head.S` notes the physical interrupts that came.
pub(super) const PENDING: usize = 8;
/// The deadline of a timer that is off.
pub(super) const NEVER: u64 = u64::MAX;

/// A pCPU's own data. `head.S` knows where its notes lie.
#[repr(C)]
pub(super) struct Local {
    data: Cell<*const Pcpu>,
    /// A bit for each physical interrupt that was noted.
    pub(super) noted: Cell<u64>,
    /// This entry: what lies in memory at gs is reached by other ways than gs too.
    entry: Cell<*const Local>,
    /// Its number in the plan.
    pub(super) id: Cell<u8>,
    /// When the hypervisor wants to be interrupted, in ticks.
    pub(super) host_at: Cell<u64>,
    /// When the running vCPU's timer fires, in ticks.
    pub(super) guest_at: Cell<u64>,
    /// When the machine's timer will interrupt.
    pub(super) armed: Cell<u64>,
    /// The last address-space number that was given to a vCPU here, and how often they were used up.
    pub(super) asid: Cell<u32>,
    pub(super) generation: Cell<u64>,
    /// What of the extended state is switched on here.
    pub(super) extended: Cell<u64>,
    /// The block for this pCPU's own hidden state.
    pub(super) block: Cell<u64>,
}

struct All([Local; CPUS_MAX]);

// SAFETY: each pCPU touches only the entry with its own number, which is in its gs register.
unsafe impl Sync for All {}

static LOCAL: All = All([const {
    Local {
        data: Cell::new(core::ptr::null()),
        noted: Cell::new(0),
        entry: Cell::new(core::ptr::null()),
        id: Cell::new(0),
        host_at: Cell::new(NEVER),
        guest_at: Cell::new(NEVER),
        armed: Cell::new(NEVER),
        asid: Cell::new(0),
        generation: Cell::new(1),
        extended: Cell::new(0),
        block: Cell::new(0),
    }
}; CPUS_MAX]);

/// Gives this pCPU its entry; before anything that asks for it.
pub(super) fn adopt(id: Cpu) {
    let entry = LOCAL.0.get(id.index()).unwrap_or(&LOCAL.0[0]);
    entry.id.set(id.0);
    entry.entry.set(entry);
    GsBase::write(VirtAddr::new(core::ptr::from_ref(entry) as u64));
}

/// Notes where this pCPU's data lies.
pub(super) fn set_data(cpu: &'static Pcpu) {
    local().data.set(cpu);
}

/// This pCPU's entry.
#[inline(always)]
pub(super) fn local() -> &'static Local {
    let entry: *const Local;
    // SAFETY: gs points to this pCPU's entry since `adopt`.
    unsafe {
        asm!("mov {}, gs:[{at}]", out(reg) entry, at = const core::mem::offset_of!(Local, entry),
            options(nostack, preserves_flags, pure, readonly));
    }
    // SAFETY: `adopt` put the address of an entry of `LOCAL` there.
    unsafe { &*entry }
}

/// This pCPU's own data.
#[inline(always)]
pub fn this() -> &'static Pcpu {
    let data: *const Pcpu;
    // SAFETY: as in `local`.
    unsafe { asm!("mov {}, gs:[0]", out(reg) data, options(nostack, preserves_flags, pure, readonly)) };
    // SAFETY: `set_data` put it there before any guest ran here, and it lives for ever. Only this pCPU
    // reaches it.
    unsafe { &*data }
}

//! The block that describes a vCPU to the processor (AMD APM volume 2, appendix B).

use core::mem::offset_of;

/// A segment register.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Segment {
    pub(super) selector: u16,
    /// Bits 40 to 47 and 52 to 55 of a descriptor.
    pub(super) attributes: u16,
    pub(super) limit: u32,
    pub(super) base: u64,
}

/// What ends a guest's turn, and how it began and ended.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Control {
    /// Reads of control registers in the low half, writes in the high half.
    pub(super) registers: u32,
    pub(super) debug_registers: u32,
    pub(super) exceptions: u32,
    pub(super) intercepts: u32,
    pub(super) more_intercepts: u32,
    reserved_1: [u8; 0x40 - 0x14],
    pub(super) port_map: u64,
    pub(super) msr_map: u64,
    pub(super) counter_offset: u64,
    pub(super) asid: u32,
    pub(super) flush: u32,
    /// Virtual task priority, virtual interrupt and how both work.
    pub(super) virtual_interrupt: u64,
    pub(super) shadow: u64,
    pub(super) exit: u64,
    pub(super) info_1: u64,
    pub(super) info_2: u64,
    /// The event that was being delivered when the guest's turn ended.
    pub(super) interrupted: u64,
    pub(super) nested: u64,
    reserved_2: [u8; 0xa8 - 0x98],
    /// The event to deliver first.
    pub(super) event: u64,
    pub(super) nested_root: u64,
    reserved_3: [u8; 0xc8 - 0xb8],
    /// Where the guest goes on, on processors that say so.
    pub(super) next: u64,
    reserved_4: [u8; 0x400 - 0xd0],
}

/// A guest's state.
#[repr(C)]
#[derive(Debug)]
pub(super) struct State {
    pub(super) es: Segment,
    pub(super) cs: Segment,
    pub(super) ss: Segment,
    pub(super) ds: Segment,
    pub(super) fs: Segment,
    pub(super) gs: Segment,
    pub(super) gdtr: Segment,
    pub(super) ldtr: Segment,
    pub(super) idtr: Segment,
    pub(super) tr: Segment,
    reserved_1: [u8; 0xcb - 0xa0],
    pub(super) level: u8,
    reserved_2: [u8; 4],
    pub(super) efer: u64,
    reserved_3: [u8; 0x148 - 0xd8],
    pub(super) cr4: u64,
    pub(super) cr3: u64,
    pub(super) cr0: u64,
    pub(super) dr7: u64,
    pub(super) dr6: u64,
    pub(super) rflags: u64,
    pub(super) rip: u64,
    reserved_4: [u8; 0x1d8 - 0x180],
    pub(super) rsp: u64,
    reserved_5: [u8; 0x1f8 - 0x1e0],
    pub(super) rax: u64,
    /// STAR to SYSENTER_EIP, which `vmload` and `vmsave` move.
    pub(super) calls: [u64; 8],
    pub(super) cr2: u64,
    reserved_6: [u8; 0x268 - 0x248],
    pub(super) pat: u64,
    reserved_7: [u8; 0xc00 - 0x270],
}

/// The whole block, a page. It must begin at one, which [`Alignment`] sees to: aligned by itself it would be padded, and
/// whatever it is a part of as well.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Vmcb {
    pub(super) control: Control,
    pub(super) state: State,
}

const _: () = {
    assert!(size_of::<Vmcb>() == 4096 && size_of::<Control>() == 0x400);
    assert!(offset_of!(Control, asid) == 0x58 && offset_of!(Control, exit) == 0x70);
    assert!(offset_of!(Control, interrupted) == 0x88 && offset_of!(Control, event) == 0xa8);
    assert!(offset_of!(Control, nested_root) == 0xb0 && offset_of!(Control, next) == 0xc8);
    assert!(offset_of!(State, level) == 0xcb && offset_of!(State, efer) == 0xd0 && offset_of!(State, cr4) == 0x148);
    assert!(offset_of!(State, rip) == 0x178 && offset_of!(State, rsp) == 0x1d8 && offset_of!(State, rax) == 0x1f8);
    assert!(offset_of!(State, cr2) == 0x240 && offset_of!(State, pat) == 0x268);
};

/// Nothing, at the beginning of a page; a vCPU has it, hence begins there, and its block with it.
#[repr(C, align(4096))]
#[derive(Clone, Copy, Debug)]
pub struct Alignment;

impl Vmcb {
    /// A block of zeroes.
    pub(super) const ZERO: Self =
        // SAFETY: every field is a number or an array of numbers.
        unsafe { core::mem::zeroed() };
}

/// Exit codes.
pub(super) mod exit {
    pub(crate) const READ_CR8: u64 = 0x08;
    pub(crate) const WRITE_CR8: u64 = 0x18;
    pub(crate) const DEBUG: u64 = 0x20;
    pub(crate) const DEBUG_END: u64 = 0x40;
    pub(crate) const INTERRUPT: u64 = 0x60;
    pub(crate) const NMI: u64 = 0x61;
    pub(crate) const CPUID: u64 = 0x72;
    pub(crate) const INVD: u64 = 0x76;
    pub(crate) const HLT: u64 = 0x78;
    pub(crate) const PORT: u64 = 0x7b;
    pub(crate) const MSR: u64 = 0x7c;
    pub(crate) const SHUTDOWN: u64 = 0x7f;
    pub(crate) const VMMCALL: u64 = 0x81;
    pub(crate) const WBINVD: u64 = 0x89;
    pub(crate) const XSETBV: u64 = 0x8d;
    pub(crate) const RDPMC: u64 = 0x6f;
    pub(crate) const NESTED_FAULT: u64 = 0x400;
}

/// Bits of [`Control::intercepts`].
pub(super) mod intercept {
    pub(crate) const INTERRUPT: u32 = 1;
    pub(crate) const NMI: u32 = 1 << 1;
    pub(crate) const INIT: u32 = 1 << 3;
    pub(crate) const RDPMC: u32 = 1 << 15;
    pub(crate) const CPUID: u32 = 1 << 18;
    pub(crate) const INVD: u32 = 1 << 22;
    pub(crate) const HLT: u32 = 1 << 24;
    pub(crate) const INVLPGA: u32 = 1 << 26;
    pub(crate) const PORT: u32 = 1 << 27;
    pub(crate) const MSR: u32 = 1 << 28;
    pub(crate) const FREEZE: u32 = 1 << 30;
    pub(crate) const SHUTDOWN: u32 = 1 << 31;
    /// VMRUN, VMMCALL, VMLOAD, VMSAVE, STGI, CLGI, SKINIT; WBINVD, MONITOR, MWAIT twice, XSETBV.
    pub(crate) const MORE: u32 = 0x7f | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13;
    /// Reads and writes of CR8.
    pub(crate) const CR8: u32 = 1 << 8 | 1 << 24;
}

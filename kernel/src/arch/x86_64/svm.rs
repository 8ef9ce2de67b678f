//! The processor's virtualization: whether it is there, switching it on, and what is shared by all guests.

use super::{CPUS_MAX, local::local};
use core::arch::{asm, x86_64::__cpuid};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use sched::Cpu;
use x86_64::registers::model_specific::Msr;

const EFER: u32 = 0xc000_0080;
const VM_CR: u32 = 0xc001_0114;
const HOST_SAVE: u32 = 0xc001_0117;
const DISABLED: u64 = 1 << 4;
const FEATURES: u32 = 0x8000_000a;
const NESTED_PAGING: u32 = 1;
const NEXT_ADDRESS: u32 = 1 << 3;

/// How many address-space numbers there are, 0 included.
static ASIDS: AtomicU32 = AtomicU32::new(2);
static SAYS_NEXT: AtomicBool = AtomicBool::new(false);

#[repr(C, align(4096))]
struct Pages<const N: usize>(UnsafeCell<[u8; N]>);

// SAFETY: the maps are written before any guest runs; of the others each pCPU uses its own.
unsafe impl<const N: usize> Sync for Pages<N> {}

/// Every access to a port ends the guest's turn.
static PORTS: Pages<0x3000> = Pages(UnsafeCell::new([0xff; 0x3000]));
/// Every access to a model-specific register does, but for those of [`OWN`].
static MSRS: Pages<0x2000> = Pages(UnsafeCell::new([0xff; 0x2000]));
static HOST: [Pages<0x1000>; CPUS_MAX] = [const { Pages(UnsafeCell::new([0; 0x1000])) }; CPUS_MAX];
static BLOCKS: [Pages<0x1000>; CPUS_MAX] = [const { Pages(UnsafeCell::new([0; 0x1000])) }; CPUS_MAX];

/// Registers that are in the guest's block and thus its own: SYSENTER, PAT, STAR to SFMASK, FS and GS base.
const OWN: [u32; 11] = [
    0x174,
    0x175,
    0x176,
    0x277,
    0xc000_0081,
    0xc000_0082,
    0xc000_0083,
    0xc000_0084,
    0xc000_0100,
    0xc000_0101,
    0xc000_0102,
];

/// Whether this machine can host guests; else why not.
pub(super) fn check() -> Result<(), &'static str> {
    if __cpuid(0x8000_0000).eax < FEATURES || __cpuid(0x8000_0001).ecx & 1 << 2 == 0 {
        return Err("has a processor without SVM (QEMU: -cpu qemu64,+svm,+npt)");
    }
    // SAFETY: SVM is there, so this register is.
    if unsafe { Msr::new(VM_CR).read() } & DISABLED != 0 {
        return Err("has SVM switched off by its firmware; switch it on in the set-up");
    }
    let features = __cpuid(FEATURES);
    if features.edx & NESTED_PAGING == 0 {
        return Err("has a processor without nested paging (QEMU: -cpu qemu64,+svm,+npt)");
    }
    ASIDS.store(features.ebx.max(2), Ordering::Relaxed);
    SAYS_NEXT.store(features.edx & NEXT_ADDRESS != 0, Ordering::Relaxed);
    OWN.into_iter().for_each(let_through);
    Ok(())
}

fn let_through(register: u32) {
    let (part, number) = if register < 0x2000 { (0, register) } else { (0x800, register - 0xc000_0000) };
    // SAFETY: no guest runs yet.
    let map = unsafe { &mut *MSRS.0.get() };
    if let Some(byte) = map.get_mut(part + number as usize / 4) {
        *byte &= !(3 << (number % 4 * 2));
    }
}

/// Switches virtualization on for this pCPU.
pub(super) fn init_cpu(cpu: Cpu) {
    let at = |pages: &[Pages<0x1000>]| pages.get(cpu.index()).map_or(0, |page| page.0.get() as u64);
    let block = at(&BLOCKS);
    // SAFETY: SVM is there; both pages are this pCPU's own.
    unsafe {
        Msr::new(EFER).write(Msr::new(EFER).read() | 1 << 12);
        Msr::new(HOST_SAVE).write(at(&HOST));
        asm!("vmsave rax", in("rax") block, options(nostack, preserves_flags));
    }
    local().block.set(block);
}

/// The maps of ports and of model-specific registers, for a guest's block.
pub(super) fn maps() -> (u64, u64) {
    (PORTS.0.get() as u64, MSRS.0.get() as u64)
}

/// Whether the processor says where a guest goes on after an exit.
pub(super) fn says_next() -> bool {
    SAYS_NEXT.load(Ordering::Relaxed)
}

const FLUSH_ALL: u32 = 1;

/// A fresh address-space number on this pCPU, its generation, and what has to be flushed.
pub(super) fn fresh_asid() -> (u32, u64, u32) {
    let here = local();
    let next = here.asid.get() + 1;
    if next < ASIDS.load(Ordering::Relaxed) {
        here.asid.set(next);
        return (next, here.generation.get(), 0);
    }
    // All were used: with a new generation nothing that was cached under any number counts any more.
    here.asid.set(1);
    here.generation.set(here.generation.get() + 1);
    (1, here.generation.get(), FLUSH_ALL)
}

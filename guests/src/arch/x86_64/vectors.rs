//! The vector registers, as wide as the processor lets them be.

use core::arch::{
    asm,
    x86_64::{__cpuid, __cpuid_count},
};

/// How many there are, and the words of the widest.
pub const VECTORS: usize = 16;
/// 64-bit words of a register.
pub const VECTOR_WORDS: usize = 4;

const AVX: u32 = 1 << 28;

/// True if they have 256 bits and not 128.
fn wide() -> bool {
    __cpuid(1).ecx & AVX != 0
}

/// Switches them on; returns how many words of each are used.
pub fn enable_vectors() -> usize {
    // SAFETY: no emulation, no waiting; the save instructions of SSE. All processors in long mode have it.
    unsafe {
        asm!("mov {0}, cr0", "and {0}, -13", "or {0}, 2", "mov cr0, {0}", "mov {0}, cr4", "or {0}, 0x600",
            "mov cr4, {0}", out(reg) _, options(nostack));
    }
    if !wide() {
        return 2;
    }
    // SAFETY: the processor has XSAVE and AVX.
    unsafe {
        asm!("mov {0}, cr4", "or {0}, 0x40000", "mov cr4, {0}", "xsetbv", out(reg) _, in("eax") 7, in("edx") 0,
            in("ecx") 0, options(nostack));
    }
    // What the processor says of the states that are on.
    if __cpuid_count(13, 0).ebx >= 832 { 4 } else { 2 }
}

/// Fills every register from `from`.
pub fn fill_vectors(from: &[[u64; VECTOR_WORDS]; VECTORS]) {
    macro_rules! load {
        ($form:literal) => {
            // SAFETY: reads what `from` refers to; nothing else here uses these registers.
            unsafe {
                asm!(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", $form, ".endr", in(reg) from.as_ptr(),
                    options(nostack, readonly));
            }
        };
    }
    if wide() { load!("vmovups ymm\\n, [{0} + 32*\\n]") } else { load!("movups xmm\\n, [{0} + 32*\\n]") }
}

/// Stores every register to `to`.
pub fn store_vectors(to: &mut [[u64; VECTOR_WORDS]; VECTORS]) {
    macro_rules! store {
        ($form:literal) => {
            // SAFETY: writes what `to` refers to.
            unsafe {
                asm!(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", $form, ".endr", in(reg) to.as_mut_ptr(),
                    options(nostack));
            }
        };
    }
    if wide() { store!("vmovups [{0} + 32*\\n], ymm\\n") } else { store!("movups [{0} + 32*\\n], xmm\\n") }
}

//! The vector registers.

use core::arch::asm;

/// How many there are.
pub const VECTORS: usize = 32;
/// 64-bit words of a register.
pub const VECTOR_WORDS: usize = 2;

/// Switches them on; returns how many words of each are used.
pub fn enable_vectors() -> usize {
    // SAFETY: CPACR_EL1.FPEN: no traps.
    unsafe { asm!("mov {0}, #3 << 20", "msr cpacr_el1, {0}", "isb", out(reg) _, options(nostack)) };
    VECTOR_WORDS
}

/// Fills every register from `from`.
pub fn fill_vectors(from: &[[u64; VECTOR_WORDS]; VECTORS]) {
    // SAFETY: reads what `from` refers to; nothing else here uses these registers.
    unsafe {
        asm!(".arch_extension simd", ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
            "ldr q\\n, [{0}, #16*\\n]", ".endr", in(reg) from.as_ptr(), options(nostack, readonly));
    }
}

/// Stores every register to `to`.
pub fn store_vectors(to: &mut [[u64; VECTOR_WORDS]; VECTORS]) {
    // SAFETY: writes what `to` refers to.
    unsafe {
        asm!(".arch_extension simd", ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
            "str q\\n, [{0}, #16*\\n]", ".endr", in(reg) to.as_mut_ptr(), options(nostack));
    }
}

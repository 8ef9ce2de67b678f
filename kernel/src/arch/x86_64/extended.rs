//! Guests' x87, SSE and AVX registers (AMD APM volume 2, chapter 11).
//!
//! What a guest switched on (its XCR0) is in the processor while it runs, so that its own XSAVE and XGETBV see just
//! that. A guest without AVX is saved by FXSAVE, and the upper halves are cleared before it comes: should it switch AVX on,
//! there is nothing of others in them. It is asked what it switched on when it leaves: QEMU 7.2 does not intercept XSETBV.

use super::local::local;
use core::arch::{asm, x86_64::__cpuid_count};
use core::sync::atomic::{AtomicU64, Ordering};
use x86_64::registers::control::{Cr4, Cr4Flags};

const X87: u64 = 1;
const SSE: u64 = 1 << 1;
const AVX: u64 = 1 << 2;
/// Leaf 1, ecx.
const XSAVE: u32 = 1 << 26;
/// The legacy area, the header and the upper halves (AMD APM volume 2, table 11-4).
const BYTES: usize = 512 + 64 + 256;

/// What guests may switch on; 0 on processors without XSAVE.
static OFFERED: AtomicU64 = AtomicU64::new(0);

/// The registers of a vCPU that does not run, and what it switched on.
#[repr(C, align(64))]
#[derive(Debug)]
pub(super) struct Extended {
    area: [u8; BYTES],
    enabled: u64,
}

impl Extended {
    /// The state after FNINIT, all exceptions of SSE masked.
    pub(super) const RESET: Self = {
        let mut area = [0; BYTES];
        (area[0], area[1]) = (0x7f, 0x03);
        (area[24], area[25]) = (0x80, 0x1f);
        Self { area, enabled: X87 }
    };

    /// What the running guest switched on.
    pub(super) fn enabled(&mut self) -> u64 {
        if offered() != 0 {
            self.enabled = switched_on();
            local().extended.set(self.enabled);
        }
        self.enabled
    }

    /// Moves the registers out of the pCPU.
    #[inline(always)]
    pub(super) fn save(&mut self) {
        if offered() != 0 {
            return self.save_enabled();
        }
        fxsave(&raw mut self.area);
    }

    /// Moves the registers into the pCPU.
    #[inline(always)]
    pub(super) fn restore(&self) {
        if offered() != 0 {
            return self.restore_enabled();
        }
        fxrstor(&raw const self.area);
    }

    #[inline(never)]
    fn save_enabled(&mut self) {
        let enabled = self.enabled();
        let area = &raw mut self.area;
        if enabled & AVX == 0 {
            return fxsave(area);
        }
        // SAFETY: as for `fxsave`; XCR0 has no more than the three states for which the area has room.
        unsafe {
            asm!("xsave64 [{}]", in(reg) area, in("eax") X87 | SSE | AVX, in("edx") 0, options(nostack, preserves_flags));
        }
    }

    #[inline(never)]
    fn restore_enabled(&self) {
        let last = local().extended.get();
        if last != self.enabled {
            change(last, self.enabled);
        }
        let area = &raw const self.area;
        if self.enabled & AVX == 0 {
            return fxrstor(area);
        }
        // SAFETY: as for `fxrstor`.
        unsafe {
            asm!("xrstor64 [{}]", in(reg) area, in("eax") X87 | SSE | AVX, in("edx") 0,
                options(nostack, preserves_flags, readonly));
        }
    }

    /// The running guest wants to have `value` switched on; false if it may not.
    pub(super) fn set(&mut self, value: u64) -> bool {
        let sound = value & X87 != 0 && (value & AVX == 0 || value & SSE != 0);
        if !sound || value & !offered() != 0 {
            return false;
        }
        switch_on(value);
        self.enabled = value;
        true
    }
}

#[inline(always)]
fn fxsave(area: *mut [u8; BYTES]) {
    // SAFETY: only `Extended` calls this: the area has the size and alignment that the instruction wants.
    unsafe { asm!("fxsave64 [{}]", in(reg) area, options(nostack, preserves_flags)) };
}

#[inline(always)]
fn fxrstor(area: *const [u8; BYTES]) {
    // SAFETY: as above; the area was filled by a save or is that of a reset.
    unsafe { asm!("fxrstor64 [{}]", in(reg) area, options(nostack, preserves_flags, readonly)) };
}

/// What guests may switch on; 0 on processors without XSAVE.
pub(super) fn offered() -> u64 {
    OFFERED.load(Ordering::Relaxed)
}

/// The largest area that a guest with `enabled` needs for its own XSAVE, bytes.
pub(super) fn area_bytes(enabled: u64) -> u32 {
    if enabled & AVX == 0 { 512 + 64 } else { BYTES as u32 }
}

/// From what one guest switched on to what the next one did.
#[inline(never)]
fn change(last: u64, next: u64) {
    if last & !next & AVX != 0 {
        // SAFETY: AVX is on; the lower halves are loaded next.
        unsafe { asm!("vzeroupper", options(nomem, nostack, preserves_flags)) };
    }
    switch_on(next);
}

/// What is switched on in this processor, which has XSAVE.
fn switched_on() -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: reading it has no effect.
    unsafe {
        asm!("xgetbv", in("ecx") 0, out("eax") low, out("edx") high, options(nomem, nostack, preserves_flags));
    }
    (u64::from(high) << 32 | u64::from(low)) & offered()
}

fn switch_on(value: u64) {
    if offered() != 0 {
        // SAFETY: bits that the processor has, x87 among them; the hypervisor itself uses none of these registers.
        unsafe {
            asm!("xsetbv", in("ecx") 0, in("eax") value as u32, in("edx") 0, options(nomem, nostack, preserves_flags))
        };
    }
    local().extended.set(value);
}

/// Makes this pCPU ready: without OSFXSR, FXSAVE would leave out the registers of SSE.
pub(super) fn init_cpu() {
    // SAFETY: every processor in long mode has it.
    unsafe { Cr4::update(|flags| *flags |= Cr4Flags::OSFXSR) };
    if __cpuid_count(1, 0).ecx & XSAVE != 0 {
        OFFERED.store(u64::from(__cpuid_count(0xd, 0).eax) & (X87 | SSE | AVX), Ordering::Relaxed);
        // SAFETY: the processor has it.
        unsafe { Cr4::update(|flags| *flags |= Cr4Flags::OSXSAVE) };
    }
    switch_on(X87);
}

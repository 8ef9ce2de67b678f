//! The machine's console: a PL011 that the firmware or QEMU has set up.

use core::sync::atomic::{AtomicU64, Ordering};

static BASE: AtomicU64 = AtomicU64::new(0);
const DATA: u64 = 0;
const FLAGS: u64 = 0x18;
const CONTROL: u64 = 0x30;
const TRANSMIT_FULL: u32 = 1 << 5;

/// Uses the PL011 at `base`, mapped as device memory.
pub(super) fn init(base: u64) {
    BASE.store(base, Ordering::Relaxed);
    // UARTEN, TXE, RXE: QEMU does not mind, a board's firmware has done so already.
    // SAFETY: `base` is the UART's register frame.
    unsafe { ((base + CONTROL) as *mut u32).write_volatile(0x301) };
}

/// Writes a byte; false while the FIFO is full. Without a console it goes nowhere.
pub(super) fn put(byte: u8) -> bool {
    let base = BASE.load(Ordering::Relaxed);
    if base == 0 {
        return true;
    }
    // SAFETY: as in `init`.
    unsafe {
        if ((base + FLAGS) as *const u32).read_volatile() & TRANSMIT_FULL != 0 {
            return false;
        }
        ((base + DATA) as *mut u32).write_volatile(byte.into());
    }
    true
}

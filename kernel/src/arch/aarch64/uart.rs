//! The machine's console: a PL011 that the firmware or QEMU has set up.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

static BASE: AtomicU64 = AtomicU64::new(0);
/// The number of its interrupt; 0 = none.
static INTERRUPT: AtomicU32 = AtomicU32::new(0);
const DATA: u64 = 0;
const FLAGS: u64 = 0x18;
const LINE_CONTROL: u64 = 0x2c;
const CONTROL: u64 = 0x30;
const MASK: u64 = 0x38;
const CLEAR: u64 = 0x44;
const FIFOS: u32 = 1 << 4;
const RECEIVE_EMPTY: u32 = 1 << 4;
/// A byte has come, or bytes wait for a while: a bit each in the interrupt registers.
const RECEIVED: u32 = 1 << 4 | 1 << 6;
const TRANSMIT_FULL: u32 = 1 << 5;

/// Uses the PL011 at `base`, mapped as device memory, with this interrupt.
pub(super) fn init(base: u64, interrupt: Option<u32>) {
    INTERRUPT.store(interrupt.unwrap_or(0), Ordering::Relaxed);
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

/// Asks for an interrupt when bytes come, and says which one that is.
pub(super) fn listen() -> Option<u32> {
    let (base, interrupt) = (BASE.load(Ordering::Relaxed), INTERRUPT.load(Ordering::Relaxed));
    if base == 0 || interrupt == 0 {
        return None;
    }
    // SAFETY: as in `init`.
    unsafe {
        let line = (base + LINE_CONTROL) as *mut u32;
        line.write_volatile(line.read_volatile() | FIFOS);
        ((base + MASK) as *mut u32).write_volatile(RECEIVED);
    }
    Some(interrupt)
}

/// The next byte that came.
pub(super) fn take() -> Option<u8> {
    let base = BASE.load(Ordering::Relaxed);
    if base == 0 {
        return None;
    }
    // SAFETY: as in `init`.
    unsafe {
        if ((base + FLAGS) as *const u32).read_volatile() & RECEIVE_EMPTY != 0 {
            ((base + CLEAR) as *mut u32).write_volatile(RECEIVED);
            return None;
        }
        Some(((base + DATA) as *const u32).read_volatile() as u8)
    }
}

//! Deeds that a partition must not get away with, and what the guest does if it is still there afterwards.
//!
//! The deeds are safe to call: none can change memory that this program uses.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::{arch, hypercall, say};

/// Whether exceptions are expected and to be survived.
static SURVIVE: AtomicBool = AtomicBool::new(false);
/// The syndrome of the last exception that was survived, 0 if none was.
static SYNDROME: AtomicU64 = AtomicU64::new(0);

/// From now on exceptions are noted and skipped instead of ending in an abort.
pub fn survive() {
    SURVIVE.store(true, Relaxed);
}

/// The syndrome (ESR_EL1) of the exception since the last call, 0 if there was none.
pub fn take_syndrome() -> u64 {
    let syndrome = SYNDROME.load(Relaxed);
    SYNDROME.store(0, Relaxed);
    syndrome
}

/// Called by the vectors; returns only if the program goes on.
pub fn on_exception(syndrome: u64, at: u64, address: u64) {
    if !SURVIVE.load(Relaxed) {
        say!("exception: syndrome {syndrome:#x} at {at:#x}, address {address:#x}");
        hypercall::abort(syndrome);
    }
    SYNDROME.store(syndrome, Relaxed);
}

/// An address outside of this program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outside(u64);

impl Outside {
    /// `address`, unless this program lies there.
    pub fn new(address: u64) -> Option<Self> {
        let (first, end) = arch::image();
        (address < first || address >= end).then_some(Self(address))
    }

    /// Reads a byte there.
    pub fn read(self) -> u8 {
        arch::load(self.0)
    }

    /// Writes a byte there.
    pub fn write(self) {
        // SAFETY: the address lies outside of this program.
        unsafe { arch::store(self.0, 0x4d) }
    }

    /// Jumps there.
    pub fn execute(self) {
        // SAFETY: outside of the program is only cleared memory, whose first word is undefined, or nothing.
        unsafe { arch::jump(self.0) }
    }

    /// Puts the exception vectors there and takes an exception.
    pub fn take_vectors(self) -> ! {
        arch::lose_vectors(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syndrome_is_reported_once() {
        survive();
        on_exception(0x9600_0010, 0x4000_1000, 0x8000_0000);
        assert_eq!(take_syndrome(), 0x9600_0010);
        assert_eq!(take_syndrome(), 0);
    }
}

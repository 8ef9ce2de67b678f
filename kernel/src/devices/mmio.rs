//! What a guest's load or store to an emulated device was: the syndrome of a data abort (Arm DDI0487,
//! `ESR_EL2`, ISS encoding for an exception from a Data Abort), and how a device's answer becomes the value
//! of a register.

const VALID: u64 = 1 << 24;
const SIGN_EXTEND: u64 = 1 << 21;
const WIDE: u64 = 1 << 15;
const FAR_NOT_VALID: u64 = 1 << 10;
const CACHE_MAINTENANCE: u64 = 1 << 8;
const TABLE_WALK: u64 = 1 << 7;
const WRITE: u64 = 1 << 6;
const DATA_ABORT_FROM_BELOW: u64 = 0x24;
/// The number that means the zero register.
const ZERO: u8 = 31;

/// One load or store of a general-purpose register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    /// 1, 2, 4 or 8.
    pub bytes: u8,
    /// x0 to x30; 31 is the zero register.
    pub register: u8,
    /// A store.
    pub write: bool,
    /// A load that extends the sign.
    pub signed: bool,
    /// The register is named as x rather than w.
    pub wide: bool,
}

impl Access {
    /// Decodes `ESR_EL2`. `None`: not a plain load or store of one register (pairs, write-back forms, cache
    /// maintenance, table walks, other exceptions): the hardware does not say what to emulate.
    #[inline]
    pub const fn decode(esr: u64) -> Option<Self> {
        let spoilt = FAR_NOT_VALID | CACHE_MAINTENANCE | TABLE_WALK;
        if esr & VALID == 0 || esr & spoilt != 0 || esr >> 26 & 0x3f != DATA_ABORT_FROM_BELOW {
            return None;
        }
        Some(Self {
            bytes: 1 << (esr >> 22 & 3),
            register: (esr >> 16 & 31) as u8,
            write: esr & WRITE != 0,
            signed: esr & SIGN_EXTEND != 0,
            wide: esr & WIDE != 0,
        })
    }

    /// What a store writes: the low bytes of its register.
    #[inline]
    pub fn stored(&self, x: &[u64; 31]) -> u64 {
        let value = x.get(usize::from(self.register)).copied().unwrap_or(0);
        value & self.ones()
    }

    /// Puts what a device answered into the register of a load.
    #[inline]
    pub fn load(&self, x: &mut [u64; 31], value: u64) {
        let result = self.loaded(value);
        if self.register != ZERO
            && let Some(register) = x.get_mut(usize::from(self.register))
        {
            *register = result;
        }
    }

    /// What a load makes of the value on the bus: truncated, extended, and cut to the register's width.
    #[inline]
    pub const fn loaded(&self, value: u64) -> u64 {
        let mut result = value & self.ones();
        if self.signed && result & (self.ones() ^ self.ones() >> 1) != 0 {
            result |= !self.ones();
        }
        if self.wide { result } else { result as u32 as u64 }
    }

    /// All ones in the bytes that are accessed.
    const fn ones(&self) -> u64 {
        match self.bytes {
            1 => 0xff,
            2 => 0xffff,
            4 => 0xffff_ffff,
            _ => u64::MAX,
        }
    }
}

/// The guest-physical address of the access, from `HPFAR_EL2` (bits 43:4 are address bits 51:12) and
/// `FAR_EL2` (the offset in the page).
#[inline]
pub const fn address(hpfar: u64, far: u64) -> u64 {
    (hpfar & 0x0fff_ffff_fff0) << 8 | far & 0xfff
}

#[cfg(test)]
mod tests;

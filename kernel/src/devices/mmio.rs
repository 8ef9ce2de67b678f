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

/// One load or store of a general-purpose register: a syndrome that says all about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access(u64);

impl Access {
    /// Takes `ESR_EL2`. `None`: not a plain load or store of one register (pairs, write-back forms, cache
    /// maintenance, table walks, other exceptions): the hardware does not say what to emulate.
    #[inline]
    pub const fn decode(esr: u64) -> Option<Self> {
        let spoilt = FAR_NOT_VALID | CACHE_MAINTENANCE | TABLE_WALK;
        if esr & (0x3f << 26 | VALID | spoilt) != DATA_ABORT_FROM_BELOW << 26 | VALID {
            return None;
        }
        Some(Self(esr))
    }

    /// 1, 2, 4 or 8.
    #[inline]
    pub const fn bytes(self) -> u8 {
        1 << (self.0 >> 22 & 3)
    }

    /// x0 to x30; 31 is the zero register.
    #[inline]
    pub const fn register(self) -> u8 {
        register(self.0)
    }

    /// A store.
    #[inline]
    pub const fn is_write(self) -> bool {
        self.0 & WRITE != 0
    }

    /// A plain load of four bytes: whatever the register is named, it gets what it reads.
    #[inline]
    pub const fn peeks(self) -> bool {
        self.0 & (3 << 22 | WRITE | SIGN_EXTEND) == 2 << 22
    }

    /// The syndrome.
    #[inline]
    pub const fn syndrome(self) -> u64 {
        self.0
    }

    /// What a store of a register with this value writes: its low bytes.
    #[inline]
    pub const fn stored(self, value: u64) -> u64 {
        value & self.ones()
    }

    /// What a load makes of the value on the bus: truncated, extended, and cut to the register's width.
    #[inline]
    pub const fn loaded(self, value: u64) -> u64 {
        let value = value & self.ones();
        if self.0 & SIGN_EXTEND == 0 { value } else { self.extended(value) }
    }

    /// The sign in all higher bits of the register, whose name may be that of 32 bits.
    const fn extended(self, value: u64) -> u64 {
        let ones = self.ones();
        let value = if value & (ones ^ ones >> 1) == 0 { value } else { value | !ones };
        if self.0 & WIDE != 0 { value } else { value as u32 as u64 }
    }

    /// All ones in the bytes that are accessed.
    const fn ones(self) -> u64 {
        u64::MAX >> (64 - 8 * self.bytes() as u32)
    }
}

/// The register that an access moves, valid or not.
#[inline]
pub const fn register(esr: u64) -> u8 {
    (esr >> 16 & 31) as u8
}

/// The guest-physical address of the access, from `HPFAR_EL2` (bits 43:4 are address bits 51:12) and
/// `FAR_EL2` (the offset in the page).
#[inline]
pub const fn address(hpfar: u64, far: u64) -> u64 {
    (hpfar & 0x0fff_ffff_fff0) << 8 | far & 0xfff
}

#[cfg(test)]
mod tests;

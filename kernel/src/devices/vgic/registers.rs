//! Registers that distributor and redistributor have in common: one [`Bank`] of them each.
//!
//! The redistributor's SGI frame has the distributor's layout with the private interrupts as word 0; the
//! distributor has the shared ones as word 1 (IHI0069, 12.9 and 12.11). All accesses end up as aligned
//! 32-bit ones, except single priority bytes.

use super::bank::Bank;

pub(super) const IGROUPR: u32 = 0x080;
pub(super) const ISENABLER: u32 = 0x100;
pub(super) const ICENABLER: u32 = 0x180;
pub(super) const ISPENDR: u32 = 0x200;
pub(super) const ICPENDR: u32 = 0x280;
pub(super) const ISACTIVER: u32 = 0x300;
pub(super) const ICACTIVER: u32 = 0x380;
pub(super) const IPRIORITYR: u32 = 0x400;
pub(super) const ICFGR: u32 = 0xc00;
pub(super) const IGRPMODR: u32 = 0xd00;

/// Implementer and product, `GICD_IIDR` and `GICR_IIDR`: an Arm programmer's model, product "M".
pub(super) const IIDR: u32 = 0x4d00_043b;

/// Identification registers at 0xffd0 to 0xfffc: PIDR4 to 7, PIDR0 to 3 (PIDR2: GICv3), CIDR0 to 3.
const IDENTITY: [u8; 12] = [0x44, 0, 0, 0, 0x92, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1];

/// A word of the identification registers; 0 elsewhere.
pub(super) fn identity(offset: u32) -> u32 {
    let n = offset.wrapping_sub(0xffd0) / 4;
    IDENTITY.get(n as usize).copied().unwrap_or(0).into()
}

/// Splits a read into aligned words. Sub-word reads get their part of the word.
#[inline]
pub(super) fn read(offset: u64, bytes: u8, word: impl Fn(u32) -> u32) -> u64 {
    let Ok(offset) = u32::try_from(offset) else { return 0 };
    let low = u64::from(word(offset & !3));
    let part = match bytes {
        1 => 0xff,
        2 => 0xffff,
        4 => 0xffff_ffff,
        _ => return low | u64::from(word((offset & !3).wrapping_add(4))) << 32,
    };
    low >> (8 * (offset & 3)) & part
}

/// What a write comes down to.
#[derive(Clone, Copy)]
pub(super) enum Store {
    Word(u32, u32),
    Byte(u32, u8),
}

/// Splits a write into aligned words and bytes, low ones first.
#[inline]
pub(super) fn write<M: core::ops::BitOr<Output = M>>(
    offset: u64,
    bytes: u8,
    value: u64,
    none: M,
    mut store: impl FnMut(Store) -> M,
) -> M {
    let Ok(at) = u32::try_from(offset) else { return none };
    match bytes {
        1 => store(Store::Byte(at, value as u8)),
        2 => store(Store::Byte(at, value as u8)) | store(Store::Byte(at.wrapping_add(1), (value >> 8) as u8)),
        4 => store(Store::Word(at & !3, value as u32)),
        _ => {
            let at = at & !3;
            store(Store::Word(at, value as u32)) | store(Store::Word(at.wrapping_add(4), (value >> 32) as u32))
        }
    }
}

/// One of 16 two-bit configuration fields: bit 1 of each says "edge".
fn spread(edges: u32) -> u32 {
    (0..16).fold(0, |word, n| word | (edges >> n & 1) << (2 * n + 1))
}

fn gather(word: u32) -> u32 {
    (0..16).fold(0, |edges, n| edges | (word >> (2 * n + 1) & 1) << n)
}

impl Bank {
    /// Reads a register of word `n` of each group; 0 for those that are not this bank's.
    #[inline(never)]
    pub(super) fn read(&self, offset: u32, n: u32) -> u32 {
        match offset.wrapping_sub(4 * n) {
            IGROUPR => return self.group,
            ISENABLER | ICENABLER => return self.enabled,
            ISPENDR | ICPENDR => return self.pending(),
            ISACTIVER | ICACTIVER => return self.is_active(),
            IGRPMODR => return self.group_modifier,
            _ => {}
        }
        let first = offset.wrapping_sub(IPRIORITYR + 32 * n);
        if first < 32 {
            return (0..4).fold(0, |word, i| word | u32::from(self.priority(first + i)) << (8 * i));
        }
        match offset.wrapping_sub(ICFGR + 8 * n) {
            0 => spread(self.edge),
            4 => spread(self.edge >> 16),
            _ => 0,
        }
    }

    /// Writes a register of word `n`. Returns the interrupts that this is about.
    pub(super) fn write(&mut self, offset: u32, n: u32, value: u32) -> u32 {
        match offset.wrapping_sub(4 * n) {
            IGROUPR => self.set_group(value),
            ISENABLER => self.enable(value),
            ICENABLER => self.disable(value),
            ISPENDR => self.set_pending(value),
            ICPENDR => self.clear_pending(value),
            ISACTIVER => self.set_active(value),
            ICACTIVER => self.clear_active(value),
            IGRPMODR => self.group_modifier = value,
            _ => return self.write_fields(offset, n, value),
        }
        // A group is written as a whole, so a cleared bit matters as much as a set one.
        if offset < ISENABLER { u32::MAX } else { value }
    }

    fn write_fields(&mut self, offset: u32, n: u32, value: u32) -> u32 {
        let first = offset.wrapping_sub(IPRIORITYR + 32 * n);
        if first < 32 {
            return (0..4).fold(0, |all, i| all | self.write_priority(offset + i, n, (value >> (8 * i)) as u8));
        }
        let edges = gather(value);
        match offset.wrapping_sub(ICFGR + 8 * n) {
            // The trigger mode of private interrupts is fixed.
            0 if n > 0 => self.set_edge(self.edge & 0xffff_0000 | edges),
            4 if n > 0 => self.set_edge(self.edge & 0xffff | edges << 16),
            _ => return 0,
        }
        u32::MAX
    }

    /// Writes a priority byte; offsets of other registers are ignored.
    pub(super) fn write_priority(&mut self, offset: u32, n: u32, priority: u8) -> u32 {
        let intid = offset.wrapping_sub(IPRIORITYR + 32 * n);
        if intid >= 32 {
            return 0;
        }
        self.set_priority(intid, priority);
        1 << intid
    }
}

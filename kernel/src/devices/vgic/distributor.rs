//! The distributor's registers, `GICD_*` (IHI0069, 12.9).

use super::registers::{IIDR, Store, identity, read, write};
use super::{VcpuMask, Vgic};

const CTLR: u32 = 0x000;
const TYPER: u32 = 0x004;
const IIDR_AT: u32 = 0x008;
const IROUTER: u32 = 0x6000;
/// `GICD_CTLR`: affinity routing always on, one security state. Register writes never pend (RWP = 0).
const ARE: u32 = 1 << 4;
const DS: u32 = 1 << 6;
const ENABLE_GROUP_0: u32 = 1;
const ENABLE_GROUP_1: u32 = 1 << 1;
/// `GICD_TYPER`: 64 INTIDs (ITLinesNumber 1), 10 bits of INTID, Aff3 valid, no 1-of-N distribution.
const TYPER_VALUE: u32 = 1 | 9 << 19 | 1 << 24 | 1 << 25;
/// Parts of `GICD_IROUTER<n>`: Aff2 to Aff0 in the low word (bit 31, 1-of-N, is not offered), Aff3 in the high one.
const AFF_LOW: u32 = 0x00ff_ffff;

impl Vgic {
    /// A guest reads `bytes` (1, 2, 4 or 8) at `offset` of the distributor. Unknown offsets read as 0.
    ///
    /// Pending and active state in list registers is as of the last [`Vgic::sync`].
    pub fn read_gicd(&self, offset: u64, bytes: u8) -> u64 {
        read(offset, bytes, |offset| self.distributor(offset))
    }

    /// A guest writes to the distributor. Returns the vCPUs that need a flush because of it.
    #[must_use]
    pub fn write_gicd(&mut self, offset: u64, bytes: u8, value: u64) -> VcpuMask {
        write(offset, bytes, value, 0, |part| self.store(part))
    }

    /// Whether the register at `offset` says the same until a guest writes there, and guests ask for it.
    #[inline]
    pub(super) const fn only_tells(offset: u64) -> bool {
        offset == CTLR as u64 || offset == TYPER as u64
    }

    /// What such a register says.
    #[inline]
    pub(super) fn tell(&self, offset: u64) -> u32 {
        if offset == TYPER as u64 {
            return TYPER_VALUE;
        }
        ARE | DS | u32::from(self.group_0) | u32::from(self.group_1) << 1
    }

    fn distributor(&self, offset: u32) -> u32 {
        match offset {
            CTLR | TYPER => self.tell(offset.into()),
            IIDR_AT => IIDR,
            0x6100..0x6200 => self.read_route(offset),
            0xffd0.. => identity(offset),
            _ => self.shared.read(offset, 1),
        }
    }

    fn store(&mut self, part: Store) -> VcpuMask {
        let bits = match part {
            Store::Word(CTLR, value) => return self.control(value),
            Store::Word(offset @ 0x6100..0x6200, value) => return self.write_route(offset, value),
            Store::Word(offset, value) => self.shared.write(offset, 1, value),
            Store::Byte(offset, value) => self.shared.write_priority(offset, 1, value),
        };
        self.affected(bits)
    }

    fn control(&mut self, value: u32) -> VcpuMask {
        self.group_0 = value & ENABLE_GROUP_0 != 0;
        self.group_1 = value & ENABLE_GROUP_1 != 0;
        self.shared.open(self.group_0, self.group_1);
        for cpu in self.cpu.iter_mut().take(self.vcpus) {
            cpu.own.open(self.group_0, self.group_1);
        }
        self.all_affected()
    }

    /// `GICD_IROUTER<32..63>` as a pair of words: even ones the low, odd ones the high part.
    fn read_route(&self, offset: u32) -> u32 {
        let route = self.route.get(Self::shared_index(offset)).copied().unwrap_or(0);
        if offset & 4 == 0 { route & AFF_LOW } else { route >> 24 }
    }

    fn write_route(&mut self, offset: u32, value: u32) -> VcpuMask {
        let n = Self::shared_index(offset);
        let Some(route) = self.route.get_mut(n) else { return 0 };
        *route = if offset & 4 == 0 { *route & !AFF_LOW | value & AFF_LOW } else { *route & AFF_LOW | value << 24 };
        let target = *route as usize;
        let bit = 1 << (n & 31);
        for (vcpu, cpu) in self.cpu.iter_mut().take(self.vcpus).enumerate() {
            cpu.routed = if vcpu == target { cpu.routed | bit } else { cpu.routed & !bit };
        }
        self.shared.rerouted(bit);
        self.affected(bit)
    }

    const fn shared_index(offset: u32) -> usize {
        (offset.wrapping_sub(IROUTER) / 8).wrapping_sub(32) as usize
    }
}

//! The redistributors' registers, `GICR_*` (IHI0069, 12.11): for each vCPU two frames of 64 KiB.

use super::registers::{IIDR, Store, identity, read, write};
use super::{Cpu, VcpuMask, Vgic, mask_if};

const IIDR_AT: u32 = 0x0004;
const TYPER_LOW: u32 = 0x0008;
const TYPER_HIGH: u32 = 0x000c;
const WAKER: u32 = 0x0014;
/// Where the frame of SGIs and PPIs begins.
const SGI_BASE: u32 = 0x1_0000;
/// `GICR_TYPER.Last`.
const LAST: u32 = 1 << 4;
/// `GICR_WAKER`: ProcessorSleep, which the guest writes, and ChildrenAsleep, which follows at once.
const PROCESSOR_SLEEP: u32 = 1 << 1;
const CHILDREN_ASLEEP: u32 = 1 << 2;

impl Vgic {
    /// A guest reads `bytes` (1, 2, 4 or 8) at `offset` (below 0x20000) of the frames of `vcpu`, which need
    /// not be the one that reads. Unknown offsets and absent vCPUs read as 0.
    ///
    /// Pending and active state in list registers is as of the last [`Vgic::sync`] of `vcpu`.
    pub fn read_gicr(&self, vcpu: usize, offset: u64, bytes: u8) -> u64 {
        let Some(cpu) = self.cpu(vcpu) else { return 0 };
        let last = vcpu + 1 == self.vcpus;
        read(offset, bytes, |offset| cpu.redistributor(vcpu as u32, last, offset))
    }

    /// A guest writes to the frames of `vcpu`. Returns whether that vCPU needs a flush because of it.
    #[must_use]
    pub fn write_gicr(&mut self, vcpu: usize, offset: u64, bytes: u8, value: u64) -> VcpuMask {
        let Some((cpu, _)) = self.parts(vcpu) else { return 0 };
        let bits = write(offset, bytes, value, 0, |part| cpu.store(part));
        mask_if(vcpu, (cpu.own.ready | cpu.own.stale) & bits != 0)
    }
}

impl Cpu {
    fn redistributor(&self, vcpu: u32, last: bool, offset: u32) -> u32 {
        match offset {
            IIDR_AT => IIDR,
            TYPER_LOW => vcpu << 8 | if last { LAST } else { 0 },
            // The affinity value: Aff0 is the vCPU's index.
            TYPER_HIGH => vcpu,
            WAKER if self.asleep => PROCESSOR_SLEEP | CHILDREN_ASLEEP,
            0xffd0..SGI_BASE => identity(offset),
            SGI_BASE.. => self.own.read(offset - SGI_BASE, 0),
            // Among them CTLR (nothing to enable without LPIs, no write pending) and PWRR (powered).
            _ => 0,
        }
    }

    fn store(&mut self, part: Store) -> u32 {
        match part {
            Store::Word(WAKER, value) => self.asleep = value & PROCESSOR_SLEEP != 0,
            Store::Word(offset @ SGI_BASE.., value) => return self.own.write(offset - SGI_BASE, 0, value),
            Store::Byte(offset @ SGI_BASE.., value) => return self.own.write_priority(offset - SGI_BASE, 0, value),
            _ => {}
        }
        0
    }
}

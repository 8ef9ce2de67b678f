//! Where the registers lie in a guest's memory.

use super::{VcpuMask, Vgic};
use crate::system::Lock;
use abi::layout::{GICD, GICD_SIZE, GICR, GICR_SIZE};

/// A register of the controller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Register {
    /// Of the distributor, at this offset.
    Distributor(u64),
    /// Of this vCPU's redistributor, at this offset.
    Redistributor(usize, u64),
}

impl Register {
    /// What it says (pending and active state) depends on the list registers.
    pub fn shows_state(self) -> bool {
        let (Self::Distributor(offset) | Self::Redistributor(_, offset)) = self;
        (0x200..0x400).contains(&(offset & 0xffff))
    }
}

impl Vgic {
    /// The register at `address` in a partition of `vcpus` vCPUs.
    pub fn register(address: u64, vcpus: usize) -> Option<Register> {
        match address {
            GICD.. if address - GICD < GICD_SIZE => Some(Register::Distributor(address - GICD)),
            GICR.. if address - GICR < GICR_SIZE * vcpus as u64 => {
                let offset = address - GICR;
                Some(Register::Redistributor((offset / GICR_SIZE) as usize, offset % GICR_SIZE))
            }
            _ => None,
        }
    }

    /// What the register at `address` says, if that stays the same until a guest writes there, and guests ask for it.
    #[inline]
    pub fn peek(this: &Lock<Self>, address: u64) -> Option<u32> {
        let offset = address.wrapping_sub(GICD);
        Self::only_tells(offset).then(|| this.lock().tell(offset))
    }

    /// A load of `bytes` bytes.
    #[inline]
    pub fn read(&self, register: Register, bytes: u8) -> u64 {
        match register {
            Register::Distributor(offset) => self.read_gicd(offset, bytes),
            Register::Redistributor(index, offset) => self.read_gicr(index, offset, bytes),
        }
    }

    /// A store of `bytes` bytes.
    #[must_use]
    pub fn write(&mut self, register: Register, bytes: u8, value: u64) -> VcpuMask {
        match register {
            Register::Distributor(offset) => self.write_gicd(offset, bytes, value),
            Register::Redistributor(index, offset) => self.write_gicr(index, offset, bytes, value),
        }
    }
}

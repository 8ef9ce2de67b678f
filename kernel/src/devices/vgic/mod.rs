//! A GICv3 interrupt controller for one partition (Arm IHI0069), as pure state.
//!
//! Guests see a distributor and one redistributor per vCPU, affinity routing always on, one security
//! state, 32 shared interrupts, no LPIs. Interrupts reach a vCPU through the hardware's list registers:
//! [`Vgic::flush`] fills them, [`Vgic::sync`] reads them back. Whoever holds the partition's lock may
//! call anything here; the list registers passed in must be those of the vCPU named, as the hardware
//! holds them at that moment. Nothing fails: what a guest may not do has no effect.
//!
//! Every loop is bounded by 8 vCPUs, 4 list registers or 64 interrupts.

mod bank;
mod delivery;
mod distributor;
mod frames;
mod lr;
mod redistributor;
mod registers;
#[cfg(test)]
mod tests;
mod timer;

use abi::layout::{PHYSICAL_TIMER_IRQ, VCPUS_MAX, VIRTUAL_TIMER_IRQ};

use bank::Bank;
pub use frames::Register;
pub use lr::{LIST_MAX, ListRegisters};
pub use timer::Fired;

/// A set of vCPUs of the partition, one bit each: whoever is in it needs a flush (a kick, or a wake-up).
pub type VcpuMask = u8;

/// SGIs are edge-triggered, PPIs level-sensitive, neither can be changed.
const PRIVATE_EDGES: u32 = 0xffff;
/// Private interrupts that are linked to the physical one of the same number.
const TIMERS: u32 = 1 << VIRTUAL_TIMER_IRQ | 1 << PHYSICAL_TIMER_IRQ;

/// What belongs to one vCPU.
struct Cpu {
    own: Bank,
    /// Shared interrupts routed here.
    routed: u32,
    /// Shared interrupts in this vCPU's list registers.
    held: u32,
    /// Where the two timers were listed last: tried first, without a search.
    timer_slot: [u8; 2],
    asleep: bool,
}

impl Cpu {
    #[inline(always)]
    const fn new() -> Self {
        Self { own: Bank::new(PRIVATE_EDGES), routed: 0, held: 0, timer_slot: [0, 0], asleep: true }
    }
}

/// The interrupt controller of one partition.
pub struct Vgic {
    vcpus: usize,
    group_0: bool,
    group_1: bool,
    /// INTIDs 32 to 63.
    shared: Bank,
    /// Affinity each shared interrupt is routed to: Aff3.Aff2.Aff1.Aff0, a byte each.
    route: [u32; 32],
    cpu: [Cpu; VCPUS_MAX],
}

impl Vgic {
    /// A controller after reset for `vcpus` vCPUs (1 to 8; other numbers are brought into that range).
    pub const fn new(vcpus: usize) -> Self {
        let vcpus = match vcpus {
            0 => 1,
            n if n > VCPUS_MAX => VCPUS_MAX,
            n => n,
        };
        let mut cpu = [const { Cpu::new() }; VCPUS_MAX];
        cpu[0].routed = u32::MAX;
        Self { vcpus, group_0: false, group_1: false, shared: Bank::new(0), route: [0; 32], cpu }
    }

    /// Back to the state after reset. All vCPUs must be stopped; the caller empties their list registers
    /// and deactivates the physical timer interrupts.
    pub fn reset(&mut self) {
        // In place: it is too long to be handed around while others wait.
        (self.group_0, self.group_1, self.route) = (false, false, [0; 32]);
        self.shared = Bank::new(0);
        self.cpu.iter_mut().for_each(|cpu| *cpu = Cpu::new());
        self.cpu[0].routed = u32::MAX;
    }

    #[inline]
    fn cpu(&self, vcpu: usize) -> Option<&Cpu> {
        if vcpu < self.vcpus { self.cpu.get(vcpu) } else { None }
    }

    /// The vCPU together with the shared interrupts.
    #[inline]
    fn parts(&mut self, vcpu: usize) -> Option<(&mut Cpu, &mut Bank)> {
        let present = if vcpu < self.vcpus { self.cpu.get_mut(vcpu) } else { None };
        Some((present?, &mut self.shared))
    }

    /// Moves the level of an input line: a private interrupt of `vcpu` (16 to 31), or a shared one (32 to
    /// 63; `vcpu` is ignored). A line that stays as it was costs next to nothing.
    #[must_use]
    pub fn set_level(&mut self, vcpu: usize, intid: u32, high: bool) -> VcpuMask {
        let bit = 1 << (intid & 31);
        match intid {
            16..32 => match self.parts(vcpu) {
                Some((cpu, _)) => mask_if(vcpu, cpu.own.set_line(bit, high) != 0),
                None => 0,
            },
            32..64 => {
                let moved = self.shared.set_line(bit, high);
                self.affected(moved)
            }
            _ => 0,
        }
    }

    /// Rings a doorbell: makes a shared interrupt (32 to 63) pending, whatever its trigger mode.
    #[must_use]
    pub fn pulse(&mut self, intid: u32) -> VcpuMask {
        if !(32..64).contains(&intid) {
            return 0;
        }
        let bit = 1 << (intid & 31);
        self.shared.set_pending(bit);
        self.affected(bit)
    }

    /// `ICC_SGI1R_EL1` written by `from`: group 1 software-generated interrupts.
    #[must_use]
    pub fn sgi1r(&mut self, from: usize, value: u64) -> VcpuMask {
        self.send(from, value, u32::MAX)
    }

    /// `ICC_SGI0R_EL1` written by `from`: group 0 software-generated interrupts.
    #[must_use]
    pub fn sgi0r(&mut self, from: usize, value: u64) -> VcpuMask {
        self.send(from, value, 0)
    }

    /// Sends an SGI to those targets that have it in the group named (all ones: group 1). Targets that do
    /// not exist are passed over (IHI0069, 12.2, ICC_SGI1R_EL1).
    fn send(&mut self, from: usize, value: u64, group: u32) -> VcpuMask {
        let bit = 1u32 << ((value >> 24) & 15);
        let others = value & (1 << 40) != 0;
        let elsewhere = value & 0x00ff_f0ff_00ff_0000 != 0; // Aff3, RS, Aff2, Aff1
        let mut changed = 0;
        for (vcpu, cpu) in self.cpu.iter_mut().take(self.vcpus).enumerate() {
            let named = if others { vcpu != from } else { !elsewhere && value & (1 << vcpu) != 0 };
            if named && !(cpu.own.group ^ group) & bit != 0 {
                cpu.own.set_pending(bit);
                changed |= 1 << vcpu;
            }
        }
        changed
    }

    /// vCPUs that have to do something about these shared interrupts.
    fn affected(&self, bits: u32) -> VcpuMask {
        let ready = self.shared.ready & bits;
        let stale = self.shared.stale & bits;
        if ready | stale == 0 {
            return 0;
        }
        let unlisted = stale & !self.shared.listed;
        let mut mask = 0;
        for (vcpu, cpu) in self.cpu.iter().take(self.vcpus).enumerate() {
            mask |= mask_if(vcpu, ((ready | unlisted) & cpu.routed) | (stale & cpu.held) != 0);
        }
        mask
    }

    /// Everybody with something to do.
    fn all_affected(&self) -> VcpuMask {
        let mut mask = self.affected(u32::MAX);
        for (vcpu, cpu) in self.cpu.iter().take(self.vcpus).enumerate() {
            mask |= mask_if(vcpu, cpu.own.ready | cpu.own.stale != 0);
        }
        mask
    }
}

/// The set of this one vCPU (below 8), or the empty one.
const fn mask_if(vcpu: usize, on: bool) -> VcpuMask {
    (on as VcpuMask) << (vcpu & 7)
}

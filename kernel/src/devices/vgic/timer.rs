//! The two timers of a vCPU, linked to the physical ones.
//!
//! The physical interrupt stays active from the moment the hypervisor takes it until the guest completes
//! the virtual one, which the hardware passes on (`ICH_LR.HW`). So a guest that does not listen to its
//! timer cannot bring more than one interrupt on the hypervisor. `line` of a timer means: the physical
//! interrupt is held active on the guest's behalf.

use super::lr::{ListRegisters, Lr};
use super::{Cpu, TIMERS, Vgic};
use abi::layout::PHYSICAL_TIMER_IRQ;

/// Where a timer interrupt went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fired {
    /// Into this list register: write it to the hardware and resume the guest.
    Listed(u8),
    /// Remembered. It may want a flush (the list registers seemed full); a guest that does not listen gets it
    /// when it enables the interrupt.
    Held,
}

const fn is_timer(intid: u32) -> bool {
    intid < 32 && TIMERS & (1 << intid) != 0
}

impl Cpu {
    const fn which(intid: u32) -> usize {
        (intid == PHYSICAL_TIMER_IRQ) as usize
    }

    pub(super) fn remember(&mut self, intid: u32, n: usize) {
        self.timer_slot[Self::which(intid)] = n as u8;
    }

    /// A list register that can take this timer's interrupt.
    #[inline]
    fn slot(&mut self, intid: u32, lrs: &ListRegisters) -> Option<usize> {
        let n = usize::from(self.timer_slot[Self::which(intid)]);
        let lr = lrs.get(n);
        if (lr.0 == 0 && n < lrs.used().len()) || (lr.intid() == intid && (lr.hardware() || lr.idle())) {
            return Some(n);
        }
        if self.own.listed & Self::bit(intid) != 0 {
            return None;
        }
        let n = lrs.free()?;
        self.remember(intid, n);
        Some(n)
    }
}

impl Vgic {
    /// The physical interrupt `intid` (27 or 30) fired while `vcpu` was running; it was acknowledged with a
    /// priority drop and is active. `lrs` may be the copy last written instead of a fresh reading: only
    /// the list register named in the answer changes.
    #[inline]
    pub fn timer_fired(&mut self, vcpu: usize, intid: u32, lrs: &mut ListRegisters) -> Fired {
        let Some((cpu, _)) = self.parts(vcpu) else { return Fired::Held };
        if !is_timer(intid) {
            return Fired::Held;
        }
        let bit = Cpu::bit(intid);
        if cpu.own.passable & !cpu.own.active & bit != 0
            && let Some(n) = cpu.slot(intid, lrs)
        {
            cpu.own.line |= bit;
            lrs.set(n, cpu.own.list(intid, true));
            return Fired::Listed(n as u8);
        }
        cpu.own.set_line(bit, true);
        Fired::Held
    }

    /// Tells what the guest's timer really shows (enabled, not masked, condition met). Low: an interrupt not
    /// yet acknowledged is withdrawn from `lrs`. High: the next flush lists it. Returns whether the
    /// physical interrupt was held active and must now be deactivated.
    #[must_use]
    pub fn timer_level(&mut self, vcpu: usize, intid: u32, high: bool, lrs: &mut ListRegisters) -> bool {
        let held = self.physically_active(vcpu, lrs);
        let Some((cpu, _)) = self.parts(vcpu) else { return false };
        if !is_timer(intid) {
            return false;
        }
        let bit = Cpu::bit(intid);
        let listed = lrs.find(intid);
        let lr = listed.map_or(Lr(0), |n| lrs.get(n));
        if lr.0 != 0 && lr.idle() {
            cpu.own.fold(lr);
        }
        cpu.own.set_line(bit, high);
        if let Some(n) = listed
            && (lr.idle() || (!high && lr.hardware() && !lr.active()))
        {
            cpu.own.give_back(intid);
            lrs.set(n, Lr(0));
        }
        held & !self.physically_active(vcpu, lrs) & bit != 0
    }

    /// Physical private interrupts that must be active while this vCPU runs, as in `GICR_ISACTIVER0`: those
    /// linked in its list registers, and those its guest cannot take now. The others of 27 and 30 must
    /// be inactive.
    pub fn physically_active(&self, vcpu: usize, lrs: &ListRegisters) -> u32 {
        let Some(cpu) = self.cpu(vcpu) else { return 0 };
        let linked = lrs.used().iter().map(|&lr| Lr(lr)).filter(|lr| lr.hardware() && !lr.idle());
        linked.fold(cpu.own.line & TIMERS, |all, lr| all | Cpu::bit(lr.intid()))
    }
}

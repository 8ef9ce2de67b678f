//! The two timers of a vCPU, linked to the physical ones.
//!
//! The physical interrupt stays active from the moment the hypervisor takes it until the guest completes
//! the virtual one, which the hardware passes on (`ICH_LR.HW`). So a guest that does not listen to its
//! timer cannot bring more than one interrupt on the hypervisor. `line` of a timer means: the physical
//! interrupt is held active on the guest's behalf.
//!
//! Known failing: a timer interrupt that the guest makes pending by a register write while it handles
//! the same one comes at the next exit, not at its completion, which a linked list register cannot tell.

use super::lr::{LIST_MAX, ListRegisters, Lr};
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

const fn which(intid: u32) -> usize {
    (intid == PHYSICAL_TIMER_IRQ) as usize
}

impl Cpu {
    pub(super) fn remember(&mut self, intid: u32, n: usize) {
        self.timer_slot[which(intid)] = n as u8;
    }

    /// The list register that this timer used last, if it is free or the timer's own still.
    #[inline]
    fn usual_slot(&self, intid: u32, lrs: &ListRegisters) -> Option<usize> {
        let n = usize::from(self.timer_slot[which(intid)]);
        let lr = Lr(lrs.lr[n % LIST_MAX]);
        let own = lr.intid() == intid && lr.hardware();
        // Without a check against the count: slots that are remembered exist, and there is always a first.
        (own || (lr.0 == 0 && self.own.listed & Self::bit(intid) == 0)).then_some(n % LIST_MAX)
    }

    /// Lists a timer anywhere, or else remembers it.
    fn fired(&mut self, intid: u32, lrs: &mut ListRegisters) -> Fired {
        if let Some(n) = lrs.find(intid)
            && lrs.get(n).hardware()
        {
            // It could only fire again because the guest completed that one.
            self.own.fold(lrs.get(n).ended());
            lrs.set(n, Lr(0));
        }
        let unlisted = self.own.listed & Self::bit(intid) == 0;
        if unlisted
            && let Some(n) = lrs.free()
            && let Some(lr) = self.own.list_linked(intid)
        {
            self.remember(intid, n);
            lrs.set(n, lr);
            return Fired::Listed(n as u8);
        }
        self.own.set_line(Self::bit(intid), true);
        Fired::Held
    }
}

impl Vgic {
    /// The physical interrupt `intid` (27 or 30) fired while `vcpu` was running; it was acknowledged with a
    /// priority drop and is active. `lrs` may be the copy last written instead of a fresh reading: only
    /// the list register named in the answer has to be written.
    #[inline]
    pub fn timer_fired(&mut self, vcpu: usize, intid: u32, lrs: &mut ListRegisters) -> Fired {
        if intid < 32
            && let Some(cpu) = self.cpu.get_mut(vcpu)
            && let Some(n) = cpu.usual_slot(intid, lrs)
            && let Some(lr) = cpu.own.list_linked(intid)
        {
            lrs.lr[n % LIST_MAX] = lr.0;
            return Fired::Listed(n as u8);
        }
        self.timer_fired_oddly(vcpu, intid, lrs)
    }

    /// `vcpu` comes to a pCPU with empty list registers, and its timer `intid` (27 or 30) is due. If nothing else is
    /// to be considered, lists it in the first of `lrs`, as [`Vgic::timer_level`] and [`Vgic::flush`] would, and answers
    /// true; the physical interrupt must then be made active. Otherwise changes nothing.
    #[inline]
    pub fn list_lone_timer(&mut self, vcpu: usize, intid: u32, lrs: &mut ListRegisters) -> bool {
        let Some((cpu, shared)) = self.parts(vcpu) else { return false };
        let own = cpu.own.listed | cpu.own.stale | (cpu.own.ready | cpu.own.line & TIMERS) & !Cpu::bit(intid);
        let others = own | cpu.held | (shared.ready & cpu.routed) | shared.stale;
        if others != 0 || !is_timer(intid) || lrs.count == 0 {
            return false;
        }
        let Some(lr) = cpu.own.list_linked(intid) else { return false };
        cpu.remember(intid, 0);
        lrs.lr[0] = lr.0;
        true
    }

    #[cold]
    #[inline(never)]
    fn timer_fired_oddly(&mut self, vcpu: usize, intid: u32, lrs: &mut ListRegisters) -> Fired {
        match self.parts(vcpu) {
            Some((cpu, _)) if is_timer(intid) => cpu.fired(intid, lrs),
            _ => Fired::Held,
        }
    }

    /// The timers of `vcpu` are not under way: as long as they show nothing either, [`Vgic::timer_level`] does nothing.
    #[inline]
    pub fn rests(&self, vcpu: usize) -> bool {
        self.cpu(vcpu).is_none_or(|cpu| (cpu.own.line | cpu.own.listed) & TIMERS == 0)
    }

    /// Tells what the guest's timer really shows (enabled, not masked, condition met). Low: an interrupt not
    /// yet acknowledged is withdrawn from `lrs`. High: the next flush lists it. Returns whether the
    /// physical interrupt was held active and must now be deactivated.
    #[must_use]
    pub fn timer_level(&mut self, vcpu: usize, intid: u32, high: bool, lrs: &mut ListRegisters) -> bool {
        if !high && self.cpu(vcpu).is_none_or(|cpu| (cpu.own.line | cpu.own.listed) & Cpu::bit(intid) == 0) {
            // It was low, and nothing of it is under way.
            return false;
        }
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

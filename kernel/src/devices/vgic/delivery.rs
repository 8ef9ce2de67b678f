//! Between the banks and the list registers of a vCPU.

use super::bank::Bank;
use super::lr::{ListRegisters, Lr};
use super::{Cpu, TIMERS, VcpuMask, Vgic, mask_if};

impl Cpu {
    /// Interrupts that want a list register: INTID n is bit n.
    #[inline]
    fn ready(&self, shared: &Bank) -> u64 {
        u64::from(self.own.ready) | u64::from(shared.ready & self.routed) << 32
    }

    /// Shared interrupts whose list registers (or lack of one) are this vCPU's business.
    #[inline]
    fn mine(&self, shared: &Bank) -> u32 {
        self.held | (self.routed & !shared.listed)
    }

    #[inline]
    fn bank<'a>(&'a mut self, shared: &'a mut Bank, intid: u32) -> &'a mut Bank {
        if intid < 32 { &mut self.own } else { shared }
    }

    pub(super) fn bit(intid: u32) -> u32 {
        1 << (intid & 31)
    }

    /// After a list register was emptied: forget that we held it. Returns it if it is a shared one.
    fn forget(&mut self, intid: u32) -> u32 {
        let bit = if intid < 32 { 0 } else { Self::bit(intid) };
        self.held &= !bit;
        bit
    }

    /// The most urgent ready interrupt: lowest priority value, then lowest INTID.
    fn best(&self, shared: &Bank) -> Option<(u32, u8)> {
        let mut rest = self.ready(shared);
        let mut best = None;
        while rest != 0 {
            let intid = rest.trailing_zeros();
            rest &= rest - 1;
            let priority = if intid < 32 { self.own.priority(intid) } else { shared.priority(intid) };
            if best.is_none_or(|(_, least)| priority < least) {
                best = Some((intid, priority));
            }
        }
        best
    }

    /// Empties the least urgent list register that is only pending, if `priority` is more urgent.
    fn evict(&mut self, shared: &mut Bank, lrs: &mut ListRegisters, priority: u8) -> Option<usize> {
        let pending = |&(_, lr): &(usize, Lr)| lr.pending() && !lr.active();
        let listed = lrs.used().iter().map(|&lr| Lr(lr)).enumerate();
        let (n, lr) = listed.filter(pending).max_by_key(|&(_, lr)| lr.priority())?;
        if lr.priority() <= priority {
            return None;
        }
        self.bank(shared, lr.intid()).give_back(lr.intid());
        self.forget(lr.intid());
        lrs.set(n, Lr(0));
        Some(n)
    }

    fn place(&mut self, shared: &mut Bank, intid: u32, active: bool) -> Lr {
        if intid >= 32 {
            self.held |= Self::bit(intid);
        }
        let bank = self.bank(shared, intid);
        let hardware = intid < 32 && bank.line & TIMERS & Self::bit(intid) != 0;
        if active { bank.list_active(intid, hardware) } else { bank.list(intid, hardware) }
    }

    /// Fills list registers with what is ready, the most urgent first: at most one round for each.
    fn load(&mut self, shared: &mut Bank, lrs: &mut ListRegisters) {
        let own = self.own.ready & !TIMERS;
        if lrs.is_empty() && own.is_power_of_two() && self.ready(shared) == u64::from(own) {
            // What there is most often: one message, and room for it.
            return lrs.set(0, self.own.list(own.trailing_zeros(), false));
        }
        for _ in 0..lrs.used().len() {
            let Some((intid, priority)) = self.best(shared) else { return };
            let Some(n) = lrs.free().or_else(|| self.evict(shared, lrs, priority)) else {
                return self.crowded(shared, lrs);
            };
            lrs.set(n, self.place(shared, intid, false));
            if intid < 32 && TIMERS & Self::bit(intid) != 0 {
                self.remember(intid, n);
            }
        }
    }

    /// No list register is free although something is ready: those that are active shall tell their end.
    /// One that is also pending would not end, so its pending part waits in the bank.
    fn crowded(&mut self, shared: &mut Bank, lrs: &mut ListRegisters) {
        for place in lrs.used_mut() {
            let lr = Lr(*place);
            if lr.active() && !lr.hardware() {
                self.bank(shared, lr.intid()).part(lr.intid());
                *place = lr.telling().0;
            }
        }
    }

    /// Gives free list registers to interrupts that are active without one.
    fn load_active(&mut self, shared: &mut Bank, lrs: &mut ListRegisters) {
        let shared_ones = shared.active & shared.stale & self.routed & !shared.listed;
        let mut rest = u64::from(self.own.active & self.own.stale & !self.own.listed) | u64::from(shared_ones) << 32;
        while rest != 0 {
            let Some(n) = lrs.free() else { return };
            lrs.set(n, self.place(shared, rest.trailing_zeros(), true));
            rest &= rest - 1;
        }
    }

    /// Looks at every list register that something happened to. Returns the shared ones given up.
    fn revise(&mut self, shared: &mut Bank, lrs: &mut ListRegisters) -> u32 {
        let mut gone = 0;
        for place in lrs.used_mut() {
            let lr = Lr(*place);
            let routed = self.routed;
            let bank = self.bank(shared, lr.intid());
            if lr.idle() || bank.stale & Self::bit(lr.intid()) == 0 {
                continue;
            }
            let here = lr.intid() < 32 || routed & Self::bit(lr.intid()) != 0;
            *place = bank.revise(lr, here).0;
            if *place == 0 {
                gone |= self.forget(lr.intid());
            }
        }
        gone
    }

    /// Takes note of all list registers. Returns the shared interrupts that are done.
    fn fold(&mut self, shared: &mut Bank, lrs: &mut ListRegisters) -> u32 {
        let mut gone = 0;
        for place in lrs.used_mut() {
            let lr = Lr(*place);
            if lr.0 == 0 {
                continue;
            }
            self.bank(shared, lr.intid()).fold(lr);
            if lr.idle() {
                *place = 0;
                gone |= self.forget(lr.intid());
            }
        }
        gone
    }
}

impl Vgic {
    /// Puts deliverable interrupts into free list registers in priority order, takes back those that may
    /// no longer be delivered, and brings the others up to date. With nothing to do it is a few
    /// instructions and leaves `lrs` as they are. A more urgent interrupt drives out a less urgent one
    /// that is only pending. Returns other vCPUs to which an interrupt moved.
    #[must_use]
    pub fn flush(&mut self, vcpu: usize, lrs: &mut ListRegisters) -> VcpuMask {
        let Some((cpu, shared)) = self.parts(vcpu) else { return 0 };
        let of_shared = (shared.ready & cpu.routed) | (shared.stale & cpu.mine(shared));
        if cpu.own.ready | cpu.own.stale | of_shared == 0 {
            return 0;
        }
        let gone = if lrs.is_empty() { 0 } else { cpu.fold(shared, lrs) | cpu.revise(shared, lrs) };
        cpu.load_active(shared, lrs);
        cpu.own.stale = 0;
        shared.stale &= !cpu.mine(shared);
        cpu.load(shared, lrs);
        self.affected(gone) & !mask_if(vcpu, true)
    }

    /// Takes note of what the guest did with its list registers and empties those it is done with; a
    /// level-sensitive interrupt whose line is still high becomes pending again. Returns other vCPUs that
    /// now have something to do. Called after the vCPU ran, before anything else is asked about it.
    #[must_use]
    pub fn sync(&mut self, vcpu: usize, lrs: &mut ListRegisters) -> VcpuMask {
        if lrs.is_empty() {
            return 0;
        }
        let Some((cpu, shared)) = self.parts(vcpu) else { return 0 };
        let gone = cpu.fold(shared, lrs);
        if gone == 0 { 0 } else { self.affected(gone) & !mask_if(vcpu, true) }
    }

    /// Nothing is listed, nothing wants to be, and no timer is held: list registers that were empty may stay
    /// so. This is how a switch to a vCPU without interrupts stays short.
    #[inline]
    pub fn quiet(&self, vcpu: usize) -> bool {
        let Some(cpu) = self.cpu(vcpu) else { return true };
        let own = cpu.own.listed | cpu.own.ready | cpu.own.stale | (cpu.own.line & TIMERS);
        own | cpu.held | (self.shared.ready & cpu.routed) | self.shared.stale == 0
    }

    /// Whether an interrupt is pending, enabled and in an enabled group, so that WFI must not wait,
    /// whatever `PSTATE` and the priority mask say. Exact after [`Vgic::sync`]; may err towards "yes".
    #[inline]
    pub fn deliverable(&self, vcpu: usize) -> bool {
        let Some(cpu) = self.cpu(vcpu) else { return false };
        // Active and pending waits for its own completion.
        let listed = self.shared.waiting & !self.shared.busy & cpu.held;
        let shared = (self.shared.ready & cpu.routed) | listed;
        cpu.own.ready | (cpu.own.waiting & !cpu.own.busy) | shared != 0
    }

    /// Whether interrupts were left over by the last flush because no list register was free: then the
    /// underflow maintenance interrupt (`ICH_HCR_EL2.UIE`) must be on.
    #[inline]
    pub fn wants_maintenance(&self, vcpu: usize) -> bool {
        self.cpu(vcpu).is_some_and(|cpu| cpu.ready(&self.shared) != 0)
    }
}

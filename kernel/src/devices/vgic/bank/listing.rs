//! How an interrupt gets into a list register, what is learnt from it there, and how it comes back.

use super::Bank;
use crate::devices::vgic::lr::{Lr, Shape};

impl Bank {
    fn shape(&self, intid: u32, hardware: bool) -> Shape {
        let bit = 1 << (intid & 31);
        Shape {
            intid,
            priority: self.priority(intid),
            group_1: self.group & bit != 0,
            hardware,
            // Something is waiting for this to end: the line, or a message that could not be added.
            tell_end: ((self.line & !self.edge) | self.latched) & bit != 0,
        }
    }

    /// Moves a pending interrupt from here into a list register.
    pub(in crate::devices::vgic) fn list(&mut self, intid: u32, hardware: bool) -> Lr {
        let bit = 1 << (intid & 31);
        self.soft = (self.soft & !bit) | (self.latched & bit);
        self.latched &= !bit;
        self.listed |= bit;
        self.waiting |= bit;
        self.settle();
        Lr::new(&self.shape(intid, hardware), true, false)
    }

    /// The same for a timer that has just fired, without detours. `None`: there is more to consider.
    #[inline]
    pub(in crate::devices::vgic) fn list_linked(&mut self, intid: u32) -> Option<Lr> {
        let bit = 1 << (intid & 31);
        if self.plain & bit == 0 {
            return None;
        }
        self.line |= bit;
        self.listed |= bit;
        self.waiting |= bit;
        self.busy &= !bit;
        self.ready &= !bit;
        Some(Lr::new(&self.shape(intid, true), true, false))
    }

    /// Moves an active interrupt from here into a list register.
    pub(in crate::devices::vgic) fn list_active(&mut self, intid: u32, hardware: bool) -> Lr {
        let bit = 1 << (intid & 31);
        self.listed |= bit;
        // The fold of `active` into the list register, with the latch, is what revising does.
        self.revise(Lr::new(&self.shape(intid, hardware), false, true), true)
    }

    /// Takes note of a list register. An idle one is given up: the interrupt lives here again.
    pub(in crate::devices::vgic) fn fold(&mut self, lr: Lr) {
        let bit = 1 << (lr.intid() & 31);
        if self.listed & bit == 0 {
            // Its listing was ended already, when its timer fired anew.
            return;
        }
        self.waiting = if lr.pending() { self.waiting | bit } else { self.waiting & !bit };
        self.busy = if lr.active() { self.busy | bit } else { self.busy & !bit };
        if !lr.pending() {
            self.soft &= !bit;
        }
        if lr.idle() {
            if lr.hardware() {
                // The guest's completion deactivated the physical interrupt; if its line is still high
                // it fires again and says so.
                self.line &= !bit;
            }
            self.release(bit);
        }
    }

    /// Ends a pending listing: what made it pending is remembered here.
    pub(in crate::devices::vgic) fn give_back(&mut self, intid: u32) {
        let bit = 1 << (intid & 31);
        self.latched |= self.soft & bit;
        self.release(bit);
    }

    /// Takes back the pending part of an interrupt that is listed as active.
    pub(in crate::devices::vgic) fn part(&mut self, intid: u32) {
        let bit = 1 << (intid & 31);
        self.latched |= self.soft & bit;
        self.soft &= !bit;
        self.waiting &= !bit;
    }

    fn release(&mut self, bit: u32) {
        for word in [
            &mut self.listed,
            &mut self.soft,
            &mut self.waiting,
            &mut self.busy,
            &mut self.drop_pending,
            &mut self.drop_active,
            &mut self.stale,
        ] {
            *word &= !bit;
        }
        // A list register came free: interrupts that are active without one may have it.
        self.stale |= self.active & !self.listed;
        self.settle();
    }

    /// Brings a list register in line with everything that happened since it was written. `here` says
    /// that the interrupt is (still) routed to this vCPU. An empty result means that it is given up.
    pub(in crate::devices::vgic) fn revise(&mut self, lr: Lr, here: bool) -> Lr {
        let bit = 1 << (lr.intid() & 31);
        let ended = lr.active() && self.drop_active & bit != 0;
        if ended && lr.hardware() {
            self.line &= !bit;
        }
        let hardware = lr.hardware() && !ended;
        let active = (lr.active() && !ended) || self.active & bit != 0;
        let alone = hardware && active; // a linked one may not be pending and active (IHI0069, ICH_LR State)
        let passes = here && self.passable & bit != 0 && !alone;

        let mut soft = lr.pending() && self.soft & bit != 0 && self.drop_pending & bit == 0;
        soft |= self.latched & bit != 0;
        self.latched &= !bit;
        if soft && !passes {
            self.latched |= bit;
            soft = false;
        }
        let pending = soft || (passes && !active && self.line & !self.edge & bit != 0);
        self.note(bit, pending, active, soft);
        Lr::new(&self.shape(lr.intid(), hardware), pending, active)
    }

    /// Remembers what [`Bank::revise`] decided.
    fn note(&mut self, bit: u32, pending: bool, active: bool, soft: bool) {
        if !pending && !active {
            return self.release(bit);
        }
        for (word, on) in [
            (&mut self.waiting, pending),
            (&mut self.busy, active),
            (&mut self.soft, soft),
            (&mut self.drop_pending, false),
            (&mut self.drop_active, false),
            (&mut self.active, false),
            (&mut self.stale, false),
        ] {
            *word = if on { *word | bit } else { *word & !bit };
        }
        self.settle();
    }
}

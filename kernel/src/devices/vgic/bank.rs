//! State of 32 interrupts: the private ones of a vCPU, or the shared ones of a partition.
//!
//! One bit per interrupt in each word. An interrupt lives either here or in a list register (`listed`);
//! for a listed one the list register tells the truth about pending and active, and this bank keeps what
//! it saw there last, plus the wishes (`drop_pending`, `drop_active`, `active`) that the next look at the
//! list register has to fulfil. `passable` and `ready` are derived, by [`Bank::settle`] and nowhere else.

mod listing;

use super::TIMERS;

/// Priority bits that exist: five, as in the virtual CPU interface (`ICH_VTR_EL2.PRIbits`).
const PRIORITY_BITS: u8 = 0xf8;

pub(super) struct Bank {
    pub(super) enabled: u32,
    pub(super) group: u32,
    pub(super) group_modifier: u32,
    pub(super) edge: u32,
    /// The levels of the input lines.
    pub(super) line: u32,
    pub(super) listed: u32,
    /// Pending by a message, an edge or a write, and not in a list register.
    pub(super) latched: u32,
    /// Active and not in a list register, or to become active in it.
    pub(super) active: u32,
    /// Listed, and pending there because of a latch: a falling line does not end that.
    pub(super) soft: u32,
    /// Pending in a list register when last seen.
    pub(super) waiting: u32,
    /// Active in a list register when last seen.
    pub(super) busy: u32,
    drop_pending: u32,
    drop_active: u32,
    /// To be looked at by the next flush.
    pub(super) stale: u32,
    gate_0: u32,
    gate_1: u32,
    /// Enabled, in an enabled group.
    pub(super) passable: u32,
    /// Passable, pending, neither listed nor active: wants a list register.
    pub(super) ready: u32,
    /// Timers that are passable, with nothing else to consider: for [`Bank::list_linked`].
    plain: u32,
    priority: [u8; 32],
}

impl Bank {
    /// A bank after reset. Everything is in group 1, as firmware leaves it for a non-secure guest.
    #[inline(always)]
    pub(super) const fn new(edge: u32) -> Self {
        Self {
            enabled: 0,
            group: u32::MAX,
            group_modifier: 0,
            edge,
            line: 0,
            latched: 0,
            active: 0,
            listed: 0,
            soft: 0,
            waiting: 0,
            busy: 0,
            drop_pending: 0,
            drop_active: 0,
            stale: 0,
            gate_0: 0,
            gate_1: 0,
            passable: 0,
            ready: 0,
            plain: 0,
            priority: [0; 32],
        }
    }

    fn settle(&mut self) {
        self.passable = self.enabled & ((self.group & self.gate_1) | (!self.group & self.gate_0));
        self.ready = (self.latched | (self.line & !self.edge)) & self.passable & !self.listed & !self.active;
        let marks = self.active | self.latched | self.soft | self.drop_pending | self.drop_active;
        self.plain = self.passable & TIMERS & !marks;
    }

    /// Something about `bits` changed: those in list registers must be looked at again.
    fn touch(&mut self, bits: u32) {
        self.stale |= bits & self.listed;
        self.settle();
    }

    pub(super) const fn pending(&self) -> u32 {
        self.latched | (self.line & !self.edge) | self.waiting
    }

    pub(super) const fn is_active(&self) -> u32 {
        self.active | self.busy
    }

    /// Routed to another vCPU: whoever holds it in a list register has to look.
    pub(super) fn rerouted(&mut self, bits: u32) {
        self.touch(bits);
    }

    pub(super) fn open(&mut self, group_0: bool, group_1: bool) {
        self.gate_0 = if group_0 { u32::MAX } else { 0 };
        self.gate_1 = if group_1 { u32::MAX } else { 0 };
        self.touch(u32::MAX);
    }

    pub(super) fn enable(&mut self, bits: u32) {
        self.enabled |= bits;
        self.touch(bits);
    }

    pub(super) fn disable(&mut self, bits: u32) {
        self.enabled &= !bits;
        self.touch(bits);
    }

    pub(super) fn set_group(&mut self, group: u32) {
        let changed = self.group ^ group;
        self.group = group;
        self.touch(changed);
    }

    pub(super) fn set_edge(&mut self, edge: u32) {
        let changed = self.edge ^ edge;
        self.edge = edge;
        self.touch(changed);
    }

    pub(super) fn set_pending(&mut self, bits: u32) {
        self.latched |= bits;
        self.touch(bits);
    }

    pub(super) fn clear_pending(&mut self, bits: u32) {
        self.latched &= !bits;
        self.waiting &= !bits;
        self.drop_pending |= bits & self.listed;
        self.touch(bits);
    }

    pub(super) fn set_active(&mut self, bits: u32) {
        self.active |= bits;
        // Also the unlisted ones: they need a list register, else the guest could not end them.
        self.stale |= bits;
        self.settle();
    }

    pub(super) fn clear_active(&mut self, bits: u32) {
        self.active &= !bits;
        self.busy &= !bits;
        self.drop_active |= bits & self.listed;
        self.touch(bits);
    }

    /// Moves lines; a rising one of an edge-triggered interrupt latches. Returns the lines that moved.
    pub(super) fn set_line(&mut self, bits: u32, high: bool) -> u32 {
        let line = if high { self.line | bits } else { self.line & !bits };
        let moved = self.line ^ line;
        if moved != 0 {
            self.line = line;
            self.latched |= moved & line & self.edge;
            self.touch(moved);
        }
        moved
    }

    pub(super) const fn priority(&self, intid: u32) -> u8 {
        self.priority[(intid & 31) as usize]
    }

    pub(super) fn set_priority(&mut self, intid: u32, priority: u8) {
        self.priority[(intid & 31) as usize] = priority & PRIORITY_BITS;
        self.touch(1 << (intid & 31));
    }
}

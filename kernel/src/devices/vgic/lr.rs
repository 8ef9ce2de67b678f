//! The format of a list register, `ICH_LR<n>_EL2` (IHI0069, 12.4).
//!
//! The hypervisor hands interrupts to the virtual CPU interface through these registers; the hardware
//! moves their state while the guest acknowledges and completes interrupts.

const PENDING: u64 = 1 << 62;
const ACTIVE: u64 = 1 << 63;
const HARDWARE: u64 = 1 << 61;
const GROUP_1: u64 = 1 << 60;
/// With HW = 0: the end of this interrupt raises a maintenance interrupt.
const TELL_END: u64 = 1 << 41;
const PRIORITY: u32 = 48;
const PHYSICAL: u32 = 32;

/// One list register. Zero is an empty one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Lr(pub(super) u64);

/// What a list register is composed of besides its state.
pub(super) struct Shape {
    pub(super) intid: u32,
    pub(super) priority: u8,
    pub(super) group_1: bool,
    /// Linked to the physical interrupt of the same number: its end deactivates that one.
    pub(super) hardware: bool,
    /// Its end must be told to the hypervisor; has no meaning when linked.
    pub(super) tell_end: bool,
}

impl Lr {
    /// Composes a list register; without `pending` and `active` it is the empty one.
    #[inline(always)]
    pub(super) const fn new(shape: &Shape, pending: bool, active: bool) -> Self {
        if !pending && !active {
            return Self(0);
        }
        let mut bits = shape.intid as u64 | (shape.priority as u64) << PRIORITY;
        if pending {
            bits |= PENDING;
        }
        if active {
            bits |= ACTIVE;
        }
        if shape.group_1 {
            bits |= GROUP_1;
        }
        if shape.hardware {
            bits |= HARDWARE | (shape.intid as u64) << PHYSICAL;
        } else if shape.tell_end {
            bits |= TELL_END;
        }
        Self(bits)
    }

    pub(super) const fn intid(self) -> u32 {
        self.0 as u32
    }

    pub(super) const fn pending(self) -> bool {
        self.0 & PENDING != 0
    }

    pub(super) const fn active(self) -> bool {
        self.0 & ACTIVE != 0
    }

    pub(super) const fn idle(self) -> bool {
        self.0 & (PENDING | ACTIVE) == 0
    }

    pub(super) const fn hardware(self) -> bool {
        self.0 & HARDWARE != 0
    }

    /// The same, only active, with its end told.
    pub(super) const fn telling(self) -> Self {
        Self(self.0 & !PENDING | TELL_END)
    }

    /// The same, completed by the guest.
    pub(super) const fn ended(self) -> Self {
        Self(self.0 & !(PENDING | ACTIVE))
    }

    pub(super) const fn priority(self) -> u8 {
        (self.0 >> PRIORITY) as u8
    }
}

/// The most list registers that are used. More of them would be moved and searched at each turn, and few guests
/// ever have so many interrupts under way.
pub const LIST_MAX: usize = 4;

/// The list registers of one vCPU, as read from the hardware or about to be written to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListRegisters {
    /// `ICH_LR<n>_EL2`; those from `count` on are never touched.
    pub lr: [u64; LIST_MAX],
    /// How many the hardware has (`ICH_VTR_EL2.ListRegs` + 1); more than [`LIST_MAX`] count as so many.
    pub count: u8,
}

impl ListRegisters {
    /// Empty list registers.
    pub const fn new(count: u8) -> Self {
        Self { lr: [0; LIST_MAX], count }
    }

    /// Nothing was left in any of them, not even an interrupt that is done.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.lr.iter().fold(0, |all: u64, lr| all | *lr) == 0
    }

    pub(super) fn used(&self) -> &[u64] {
        self.lr.get(..usize::from(self.count)).unwrap_or(&self.lr)
    }

    pub(super) fn used_mut(&mut self) -> &mut [u64] {
        let n = usize::from(self.count).min(self.lr.len());
        self.lr.get_mut(..n).unwrap_or(&mut [])
    }

    pub(super) fn free(&self) -> Option<usize> {
        self.used().iter().position(|&lr| lr == 0)
    }

    pub(super) fn find(&self, intid: u32) -> Option<usize> {
        self.used().iter().position(|&lr| lr != 0 && Lr(lr).intid() == intid)
    }

    pub(super) fn get(&self, n: usize) -> Lr {
        Lr(self.used().get(n).copied().unwrap_or(0))
    }

    pub(super) fn set(&mut self, n: usize, lr: Lr) {
        if let Some(place) = self.used_mut().get_mut(n) {
            *place = lr.0;
        }
    }
}

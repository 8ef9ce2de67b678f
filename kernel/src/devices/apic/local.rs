//! The local APIC of one vCPU, without its timer and without what it sends: that concerns others.

pub(super) const ID: u32 = 0x2;
pub(super) const VERSION: u32 = 0x3;
pub(super) const PRIORITY: u32 = 0x8;
pub(super) const PROCESSOR_PRIORITY: u32 = 0xa;
pub(super) const END: u32 = 0xb;
pub(super) const LOGICAL: u32 = 0xd;
pub(super) const FORMAT: u32 = 0xe;
pub(super) const SPURIOUS: u32 = 0xf;
pub(super) const IN_SERVICE: u32 = 0x10;
pub(super) const TRIGGER: u32 = 0x18;
pub(super) const REQUESTED: u32 = 0x20;
pub(super) const ERRORS: u32 = 0x28;
pub(super) const COMMAND: u32 = 0x30;
pub(super) const COMMAND_HIGH: u32 = 0x31;
pub(super) const ENTRIES: u32 = 0x33;
pub(super) const ENTRIES_END: u32 = 0x38;
pub(super) const SELF: u32 = 0x3f;
pub(super) const ENABLED: u32 = 1 << 8;

/// A set of vectors, with a note of the words that have some: the most urgent one is found without a search.
#[derive(Clone, Copy, Debug)]
struct Vectors {
    words: [u32; 8],
    used: u8,
}

impl Vectors {
    const NONE: Self = Self { words: [0; 8], used: 0 };

    fn put(&mut self, vector: u8, on: bool) {
        let (word, bit) = (usize::from(vector / 32), 1 << (vector % 32));
        if on {
            self.words[word] |= bit
        } else {
            self.words[word] &= !bit
        }
        let mark = 1 << word;
        self.used = if self.words[word] == 0 { self.used & !mark } else { self.used | mark };
    }

    #[inline]
    fn highest(&self) -> Option<u8> {
        let word = self.used.checked_ilog2()?;
        let bit = self.words[word as usize & 7].checked_ilog2()?;
        Some((word * 32 + bit) as u8)
    }
}

/// The local APIC of a vCPU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local {
    requested: Vectors,
    in_service: Vectors,
    level: Vectors,
    priority: u8,
    spurious: u32,
    logical: u32,
    format: u32,
    command: u32,
    command_high: u32,
    /// Thermal, performance, two pins, error.
    entries: [u32; 5],
}

impl Local {
    /// After a reset.
    pub(super) const RESET: Self = Self {
        requested: Vectors::NONE,
        in_service: Vectors::NONE,
        level: Vectors::NONE,
        priority: 0,
        spurious: 0xff,
        logical: 0,
        format: u32::MAX,
        command: 0,
        command_high: 0,
        entries: [1 << 16; 5],
    };

    fn processor_priority(&self) -> u8 {
        let serviced = self.in_service.highest().unwrap_or(0);
        if self.priority >> 4 >= serviced >> 4 { self.priority } else { serviced & 0xf0 }
    }

    /// The most urgent interrupt that is ready, as far as priorities go.
    pub(super) fn ready(&self) -> Option<u8> {
        let vector = self.requested.highest().filter(|_| self.spurious & ENABLED != 0)?;
        (vector >> 4 > self.processor_priority() >> 4).then_some(vector)
    }

    /// Reads a register by its number, as vCPU `own` that reaches it by registers (`wide`) or by memory.
    pub(super) fn read(&self, own: usize, register: u32, wide: bool) -> u32 {
        let word = |set: &Vectors, first: u32| set.words[(register - first) as usize & 7];
        match register {
            ID if wide => own as u32,
            ID => (own as u32) << 24,
            VERSION => 5 << 16 | 0x14,
            PRIORITY => self.priority.into(),
            PROCESSOR_PRIORITY => self.processor_priority().into(),
            LOGICAL if wide => 1 << own,
            LOGICAL => self.logical,
            FORMAT => self.format,
            SPURIOUS => self.spurious,
            IN_SERVICE..TRIGGER => word(&self.in_service, IN_SERVICE),
            TRIGGER..REQUESTED => word(&self.level, TRIGGER),
            REQUESTED..ERRORS => word(&self.requested, REQUESTED),
            COMMAND => self.command,
            COMMAND_HIGH => self.command_high,
            ENTRIES..ENTRIES_END => self.entries[(register - ENTRIES) as usize],
            _ => 0,
        }
    }

    /// Writes a register that concerns nobody else.
    pub(super) fn write(&mut self, register: u32, value: u32) {
        match register {
            PRIORITY => self.priority = value as u8,
            LOGICAL => self.logical = value & 0xff00_0000,
            FORMAT => self.format = value | 0x0fff_ffff,
            SPURIOUS => self.spurious = value & 0x1ff,
            COMMAND => self.command = value & !(1 << 12),
            COMMAND_HIGH => self.command_high = value & 0xff00_0000,
            ENTRIES..ENTRIES_END => self.entries[(register - ENTRIES) as usize] = value & 0x1_87ff,
            SELF => self.request(value as u8),
            _ => {}
        }
    }

    /// Requests `vector`. The first 16 are the processor's own and no interrupts.
    pub(super) fn request(&mut self, vector: u8) {
        if vector >= 16 {
            self.requested.put(vector, true);
        }
    }

    /// `vector` signals by its level, or not.
    pub(super) fn set_level(&mut self, vector: u8, level: bool) {
        self.level.put(vector, level);
    }

    /// `vector` is in service from now on.
    pub(super) fn serve(&mut self, vector: u8) {
        self.requested.put(vector, false);
        self.in_service.put(vector, true);
    }

    /// The interrupt in service is over; which one that was.
    pub(super) fn end(&mut self) -> Option<u8> {
        let vector = self.in_service.highest()?;
        self.in_service.put(vector, false);
        Some(vector)
    }

    /// Whom a command that is written now goes to, by the register's upper half.
    pub(super) fn destination(&self) -> u32 {
        self.command_high >> 24
    }

    /// Whether a logical destination names it.
    pub(super) fn is_named(&self, destination: u32) -> bool {
        destination & self.logical >> 24 != 0
    }
}

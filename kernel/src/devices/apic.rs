//! The interrupt controllers of a PC for one partition, as pure state: a local APIC for each vCPU (without
//! its timer) and an I/O APIC of 24 lines (AMD APM volume 2, chapter 16; Intel 82093AA).
//!
//! Whoever holds the partition's lock may call anything here. Nothing fails: what a guest may not do has no
//! effect. Every loop is bounded by 8 vCPUs, 8 words of vectors or 24 lines.

mod local;

use crate::system::Lock;
use abi::layout::{VCPUS_MAX, pc::IO_APIC};
use local::{COMMAND, END, Local};

/// A set of vCPUs of the partition, one bit each: whoever is in it has to look at its interrupts.
pub type VcpuMask = u8;

const LINES: usize = 24;
const MASKED: u64 = 1 << 16;
const LEVEL: u64 = 1 << 15;
const REMOTE: u64 = 1 << 14;

/// The interrupt controllers of one partition.
#[derive(Debug)]
pub struct Apic {
    vcpus: usize,
    local: [Local; VCPUS_MAX],
    selected: u8,
    redirection: [u64; LINES],
    lines: u32,
}

/// A register of the I/O APIC, by its offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Register(u64);

impl Register {
    /// What it says depends on nothing that has to be looked at first.
    pub fn shows_state(self) -> bool {
        false
    }
}

impl Apic {
    /// Controllers after reset for `vcpus` vCPUs (1 to 8; other numbers are brought into that range).
    pub fn new(vcpus: usize) -> Self {
        Self {
            vcpus: vcpus.clamp(1, VCPUS_MAX),
            local: [Local::RESET; VCPUS_MAX],
            selected: 0,
            redirection: [MASKED; LINES],
            lines: 0,
        }
    }

    /// Back to the state after reset.
    pub fn reset(&mut self) {
        *self = Self::new(self.vcpus);
    }

    fn at(&self, vcpu: usize) -> &Local {
        self.local.get(vcpu).unwrap_or(&self.local[0])
    }

    fn at_mut(&mut self, vcpu: usize) -> &mut Local {
        let vcpu = if vcpu < self.vcpus { vcpu } else { 0 };
        &mut self.local[vcpu]
    }

    /// Whether an interrupt is ready for `vcpu`, as far as priorities go.
    pub fn deliverable(&self, vcpu: usize) -> bool {
        self.ready(vcpu).is_some()
    }

    /// The most urgent interrupt that is ready for `vcpu`, as far as priorities go.
    pub fn ready(&self, vcpu: usize) -> Option<u8> {
        self.at(vcpu).ready()
    }

    /// `vcpu` takes the interrupt `vector`: it is in service from now on.
    pub fn serve(&mut self, vcpu: usize, vector: u8) {
        self.at_mut(vcpu).serve(vector);
    }

    /// Requests `vector` of `vcpu`. The first 16 are the processor's own and no interrupts.
    pub fn raise(&mut self, vcpu: usize, vector: u8) {
        self.at_mut(vcpu).request(vector);
    }

    /// Moves the level of a line of the I/O APIC.
    #[must_use]
    pub fn set_level(&mut self, _vcpu: usize, line: u32, high: bool) -> VcpuMask {
        let rises = high && self.lines >> line & 1 == 0;
        if high {
            self.lines |= 1 << line
        } else {
            self.lines &= !(1 << line)
        }
        if rises { self.trigger(line as usize) } else { 0 }
    }

    /// Sends what a line stands for, if it may be sent now.
    fn trigger(&mut self, line: usize) -> VcpuMask {
        let Some(entry) = self.redirection.get(line).copied() else { return 0 };
        let waits = entry & LEVEL != 0 && entry & REMOTE != 0;
        if entry & MASKED != 0 || waits || self.lines >> line & 1 == 0 {
            return 0;
        }
        let targets = self.targets((entry >> 56) as u32, entry & 1 << 11 != 0, false);
        for vcpu in (0..self.vcpus).filter(|vcpu| targets >> vcpu & 1 != 0) {
            self.raise(vcpu, entry as u8);
            self.at_mut(vcpu).set_level(entry as u8, entry & LEVEL != 0);
        }
        if entry & LEVEL != 0 && targets != 0 {
            self.redirection[line] |= REMOTE;
        }
        targets
    }

    /// The vCPUs that a destination names.
    fn targets(&self, destination: u32, logical: bool, wide: bool) -> VcpuMask {
        let everybody = if wide { u32::MAX } else { 0xff };
        let mut mask = 0;
        for (vcpu, local) in self.local.iter().enumerate().take(self.vcpus) {
            let named = match (logical, wide) {
                (false, _) => destination == vcpu as u32 || destination == everybody,
                (true, true) => destination & 0xffff & 1 << vcpu != 0 && destination >> 16 == 0,
                (true, false) => local.is_named(destination),
            };
            mask |= VcpuMask::from(named) << vcpu;
        }
        mask
    }

    /// Whom a start-up command wants to start, and at which page; `None` if it is another command.
    pub fn starts(&self, from: usize, command: u64, wide: bool) -> Option<(VcpuMask, u8)> {
        const START: u64 = 6;
        let destination = if wide { command >> 32 } else { command >> 56 } as u32;
        (command >> 8 & 7 == START).then(|| (self.named(from, command as u32, destination, wide), command as u8))
    }

    /// Sends the interrupt that `command` describes to `destination` (wide: as by registers).
    pub fn send(&mut self, from: usize, command: u64, destination: u32) -> VcpuMask {
        self.send_as(from, command as u32, destination, true)
    }

    /// The vCPUs that a command goes to.
    fn named(&self, from: usize, command: u32, destination: u32, wide: bool) -> VcpuMask {
        let all = ((1_u16 << self.vcpus) - 1) as VcpuMask;
        let own = 1 << from;
        match command >> 18 & 3 {
            1 => own,
            2 => all,
            3 => all & !own,
            _ => self.targets(destination, command & 1 << 11 != 0, wide),
        }
    }

    fn send_as(&mut self, from: usize, command: u32, destination: u32, wide: bool) -> VcpuMask {
        // Fixed and lowest priority. NMI is not offered, INIT has no effect, and to start others is not this one's.
        if !matches!(command >> 8 & 7, 0 | 1) {
            return 0;
        }
        let targets = self.named(from, command, destination, wide);
        for vcpu in (0..self.vcpus).filter(|vcpu| targets >> vcpu & 1 != 0) {
            self.raise(vcpu, command as u8);
            self.at_mut(vcpu).set_level(command as u8, false);
        }
        targets
    }

    /// Reads a register of `vcpu`'s local APIC by its number.
    pub fn read_local(&self, vcpu: usize, register: u32, wide: bool) -> u32 {
        self.at(vcpu).read(vcpu, register, wide)
    }

    /// Writes a register of `vcpu`'s local APIC by its number.
    #[must_use]
    pub fn write_local(&mut self, vcpu: usize, register: u32, value: u32) -> VcpuMask {
        if register == END {
            return self.end(vcpu);
        }
        let local = self.at_mut(vcpu);
        local.write(register, value);
        if register == COMMAND {
            let destination = local.destination();
            return self.send_as(vcpu, value, destination, false);
        }
        0
    }

    /// The interrupt in service is over. A line that is still high interrupts again.
    fn end(&mut self, vcpu: usize) -> VcpuMask {
        let Some(vector) = self.at_mut(vcpu).end() else { return 0 };
        let mut changed = 0;
        for line in 0..LINES {
            let entry = self.redirection[line];
            if entry & (LEVEL | REMOTE) == LEVEL | REMOTE && entry as u8 == vector {
                self.redirection[line] &= !REMOTE;
                changed |= self.trigger(line);
            }
        }
        changed
    }

    /// The register at `address` in memory.
    pub fn register(address: u64, _vcpus: usize) -> Option<Register> {
        address.checked_sub(IO_APIC).filter(|offset| *offset < 0x1000).map(Register)
    }

    /// Nothing that a guest reads here again and again stays the same.
    #[inline]
    pub fn peek(_: &Lock<Self>, _: u64) -> Option<u32> {
        None
    }

    /// A load from the I/O APIC.
    pub fn read(&self, register: Register, _bytes: u8) -> u64 {
        let entry = |index: u8| self.redirection.get(usize::from(index - 0x10) / 2).copied().unwrap_or(0);
        match (register.0, self.selected) {
            (0, selected) => selected.into(),
            (0x10, 1) => (LINES as u64 - 1) << 16 | 0x11,
            (0x10, index @ 0x10..) if index & 1 == 0 => entry(index) & 0xffff_ffff,
            (0x10, index @ 0x10..) => entry(index) >> 32,
            _ => 0,
        }
    }

    /// A store to the I/O APIC.
    #[must_use]
    pub fn write(&mut self, register: Register, _bytes: u8, value: u64) -> VcpuMask {
        const KEPT: u64 = REMOTE | 1 << 12;
        match (register.0, self.selected) {
            (0, _) => self.selected = value as u8,
            (0x10, index @ 0x10..) => {
                let line = usize::from(index - 0x10) / 2;
                let Some(entry) = self.redirection.get_mut(line) else { return 0 };
                if index & 1 == 0 {
                    *entry = *entry & (!0xffff_ffff | KEPT) | value & 0xffff_ffff & !KEPT;
                    if *entry & LEVEL == 0 {
                        *entry &= !REMOTE;
                    } else {
                        return self.trigger(line);
                    }
                } else {
                    *entry = *entry & 0xffff_ffff | value << 32;
                }
            }
            _ => {}
        }
        0
    }
}

#[cfg(test)]
mod tests;

//! A PL011 UART (Arm DDI0183, revision r1p1: 16-byte FIFOs) as pure state.
//!
//! What the guest sends comes out of [`Pl011::write`] at once, so the transmitter is idle unless the
//! hypervisor says that its output ring is full. Received bytes wait in a FIFO until the guest takes
//! them; what does not fit stays with the sender. There are no line errors, no DMA, no modem lines.
//!
//! Two liberties, both shared with QEMU, on which guests grow up: bytes pass although the guest has not
//! enabled the UART, and the receive interrupt does not wait for the FIFO level of `UARTIFLS`.

use crate::system::Lock;
use abi::layout::{UART, UART_IRQ, UART_SIZE};

const DR: u64 = 0x00;
const FR: u64 = 0x18;
const ILPR: u64 = 0x20;
const IBRD: u64 = 0x24;
const FBRD: u64 = 0x28;
const LCR_H: u64 = 0x2c;
const CR: u64 = 0x30;
const IFLS: u64 = 0x34;
const IMSC: u64 = 0x38;
const RIS: u64 = 0x3c;
const MIS: u64 = 0x40;
const ICR: u64 = 0x44;
const ID: u64 = 0xfe0;

const FR_RXFE: u16 = 1 << 4;
const FR_TXFF: u16 = 1 << 5;
const FR_RXFF: u16 = 1 << 6;
const FR_TXFE: u16 = 1 << 7;
const FR_BUSY: u16 = 1 << 3;
const LCR_FEN: u16 = 1 << 4;
const CR_LOOP: u16 = 1 << 7;
const INT_RX: u16 = 1 << 4;
const INT_TX: u16 = 1 << 5;
const INT_RT: u16 = 1 << 6;

/// `UARTPeriphID0..3`, `UARTPCellID0..3`.
const IDENTITY: [u8; 8] = [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

const DEPTH: usize = 16;

/// What a write to the UART brings about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effect {
    /// A byte for the console. It comes even when the output ring was full: then drop and count it.
    pub output: Option<u8>,
    /// Level of the interrupt line now.
    pub level: bool,
}

/// What became of a byte for the guest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Received {
    /// False: the FIFO is full; offer the byte again after the guest has read.
    pub accepted: bool,
    /// Level of the interrupt line now.
    pub level: bool,
}

/// The UART of one partition.
pub struct Pl011 {
    ilpr: u8,
    ibrd: u16,
    fbrd: u8,
    lcr_h: u16,
    cr: u16,
    ifls: u16,
    mask: u16,
    raw: u16,
    full: bool,
    first: u8,
    count: u8,
    fifo: [u8; DEPTH],
}

impl Default for Pl011 {
    fn default() -> Self {
        Self::new()
    }
}

impl Pl011 {
    /// Its interrupt.
    pub const INTERRUPT: u32 = UART_IRQ;

    /// The offset of its register at `address`, if that is one.
    pub fn offset(address: u64) -> Option<u64> {
        address.checked_sub(UART).filter(|offset| *offset < UART_SIZE)
    }

    /// What the register at `address` says, if a read changes nothing and guests do it again and again: the flags.
    #[inline]
    pub fn peek(this: &Lock<Self>, address: u64) -> Option<u32> {
        (Self::offset(address)? == FR).then(|| this.lock().flags().into())
    }

    /// The state after reset (DDI0183, table 3-1).
    pub const fn new() -> Self {
        Self {
            ilpr: 0,
            ibrd: 0,
            fbrd: 0,
            lcr_h: 0,
            cr: 0x300,
            ifls: 0x12,
            mask: 0,
            raw: 0,
            full: false,
            first: 0,
            count: 0,
            fifo: [0; DEPTH],
        }
    }

    /// Back to the state after reset; a full output ring stays known.
    pub fn reset(&mut self) {
        *self = Self { full: self.full, ..Self::new() };
    }

    /// The interrupt line: a raised interrupt that is not masked.
    pub const fn level(&self) -> bool {
        self.raw & self.mask != 0
    }

    /// Says that the output ring became full, or has room again. Returns the interrupt level.
    pub fn set_full(&mut self, full: bool) -> bool {
        if self.full && !full {
            self.raw |= INT_TX;
        }
        self.full = full;
        self.level()
    }

    /// A byte arrives for the guest.
    pub fn receive(&mut self, byte: u8) -> Received {
        let accepted = self.count < self.depth();
        if accepted {
            let at = usize::from(self.first.wrapping_add(self.count)) % DEPTH;
            self.fifo[at] = byte;
            self.count += 1;
            self.raw |= INT_RX;
            self.note_timeout();
        }
        Received { accepted, level: self.level() }
    }

    /// A guest reads the register at `offset`. Returns its value, of which the access takes as many low
    /// bytes as it is wide, and the interrupt level.
    pub fn read(&mut self, offset: u64) -> (u32, bool) {
        let value = match offset {
            DR => self.take().into(),
            FR => self.flags(),
            ILPR => self.ilpr.into(),
            IBRD => self.ibrd,
            FBRD => self.fbrd.into(),
            LCR_H => self.lcr_h,
            CR => self.cr,
            IFLS => self.ifls,
            IMSC => self.mask,
            RIS => self.raw,
            MIS => self.raw & self.mask,
            ID..0x1000 if offset & 3 == 0 => identity(offset),
            // RSR (no errors), DMACR, and what does not exist.
            _ => 0,
        };
        (value.into(), self.level())
    }

    /// A guest writes the register at `offset`. What does not exist or cannot be written is ignored.
    pub fn write(&mut self, offset: u64, value: u32) -> Effect {
        let word = value as u16;
        let mut output = None;
        match offset {
            DR => output = self.send(value as u8),
            ILPR => self.ilpr = value as u8,
            IBRD => self.ibrd = word,
            FBRD => self.fbrd = value as u8 & 0x3f,
            LCR_H => self.lcr_h = word & 0xff,
            CR => self.cr = word,
            IFLS => self.ifls = word & 0x3f,
            IMSC => self.mask = word & 0x7ff,
            ICR => self.raw &= !word,
            _ => {}
        }
        Effect { output, level: self.level() }
    }

    const fn depth(&self) -> u8 {
        if self.lcr_h & LCR_FEN == 0 { 1 } else { DEPTH as u8 }
    }

    const fn flags(&self) -> u16 {
        let receive = match self.count {
            0 => FR_RXFE,
            n if n >= self.depth() => FR_RXFF,
            _ => 0,
        };
        receive | if self.full { FR_TXFF | FR_BUSY } else { FR_TXFE }
    }

    /// The FIFO drains at once, so its level passes the trigger with every byte; the driver's own
    /// clearing of the interrupt is what ends it (DDI0183, 2.8.2).
    fn send(&mut self, byte: u8) -> Option<u8> {
        if !self.full {
            self.raw |= INT_TX;
        }
        if self.cr & CR_LOOP == 0 {
            return Some(byte);
        }
        self.receive(byte);
        None
    }

    fn take(&mut self) -> u8 {
        let Some(left) = self.count.checked_sub(1) else { return 0 };
        let byte = self.fifo[usize::from(self.first) % DEPTH];
        self.first = self.first.wrapping_add(1) % DEPTH as u8;
        self.count = left;
        if left == 0 {
            self.raw &= !(INT_RX | INT_RT);
        }
        byte
    }

    /// With no clock, the receive timeout is over as soon as fewer bytes wait than the trigger level.
    fn note_timeout(&mut self) {
        let trigger = match self.ifls >> 3 & 7 {
            0 => 2,
            1 => 4,
            2 => 8,
            3 => 12,
            _ => 14,
        };
        if self.count < trigger {
            self.raw |= INT_RT;
        }
    }
}

fn identity(offset: u64) -> u16 {
    let n = (offset.wrapping_sub(ID) / 4) as usize;
    IDENTITY.get(n).copied().unwrap_or(0).into()
}

#[cfg(test)]
mod tests;

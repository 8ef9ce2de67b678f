//! A 16550 serial port for one partition (National Semiconductor PC16550D), as pure state.
//!
//! Output is taken at once, so the transmitter is always empty. Speed and format are kept and mean nothing.

use crate::system::Lock;

/// Ports are addresses from here on, so that one bus serves memory and ports.
pub const PORTS: u64 = 1 << 63;
const FIRST: u64 = PORTS | 0x3f8;
const COUNT: u64 = 8;

const DATA: u64 = 0;
const INTERRUPTS: u64 = 1;
const IDENTITY: u64 = 2;
const LINE: u64 = 3;
const MODEM: u64 = 4;
const STATUS: u64 = 5;
const MODEM_STATUS: u64 = 6;
const SCRATCH: u64 = 7;

const DIVISOR: u8 = 1 << 7;
const BUFFERED: u8 = 1;
const LOOP: u8 = 1 << 4;
const ON_DATA: u8 = 1;
const ON_EMPTY: u8 = 2;
const READY: u8 = 1;
const EMPTY: u8 = 0x60;
/// Carrier, ring off, data set ready, clear to send.
const CONNECTED: u8 = 0xb0;
const DEPTH: usize = 16;

/// What a write brings about.
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
    /// False: the buffer is full; offer the byte again after the guest has read.
    pub accepted: bool,
    /// Level of the interrupt line now.
    pub level: bool,
}

/// The serial port of one partition.
#[derive(Debug, Default)]
pub struct Uart16550 {
    divisor: u16,
    interrupts: u8,
    buffered: bool,
    line: u8,
    modem: u8,
    scratch: u8,
    /// The transmitter became empty and nobody has looked.
    sent: bool,
    fifo: heapless::Deque<u8, DEPTH>,
}

impl Uart16550 {
    /// Its interrupt: the fourth line of the I/O APIC, as on the first PCs.
    pub const INTERRUPT: u32 = 4;

    /// The offset of its register at `address`, if that is one.
    pub fn offset(address: u64) -> Option<u64> {
        address.checked_sub(FIRST).filter(|offset| *offset < COUNT)
    }

    /// What the register at `address` says, if a read changes nothing and guests do it again and again: the line's status.
    #[inline]
    pub fn peek(this: &Lock<Self>, address: u64) -> Option<u32> {
        (Self::offset(address)? == STATUS).then(|| this.lock().status().into())
    }

    /// The state after reset.
    pub fn new() -> Self {
        Self::default()
    }

    /// Back to the state after reset.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    fn divides(&self) -> bool {
        self.line & DIVISOR != 0
    }

    fn level(&self) -> bool {
        self.cause() & 1 == 0
    }

    /// The most urgent cause of an interrupt, as the guest reads it; 1 is none.
    fn cause(&self) -> u8 {
        if self.interrupts & ON_DATA != 0 && !self.fifo.is_empty() {
            4
        } else if self.interrupts & ON_EMPTY != 0 && self.sent {
            2
        } else {
            1
        }
    }

    /// A byte arrives for the guest.
    pub fn receive(&mut self, byte: u8) -> Received {
        let room = self.buffered || self.fifo.is_empty();
        let accepted = room && self.fifo.push_back(byte).is_ok();
        Received { accepted, level: self.level() }
    }

    /// A guest reads the register at `offset`: its value and the interrupt level.
    pub fn read(&mut self, offset: u64) -> (u32, bool) {
        let value = match offset {
            DATA if self.divides() => self.divisor as u8,
            DATA => self.fifo.pop_front().unwrap_or(0),
            INTERRUPTS if self.divides() => (self.divisor >> 8) as u8,
            INTERRUPTS => self.interrupts,
            IDENTITY => {
                let cause = self.cause();
                // To be told that the transmitter is empty ends that interrupt.
                self.sent &= cause != 2;
                cause | if self.buffered { 0xc0 } else { 0 }
            }
            LINE => self.line,
            MODEM => self.modem,
            STATUS => self.status(),
            MODEM_STATUS if self.modem & LOOP != 0 => self.looped(),
            MODEM_STATUS => CONNECTED,
            SCRATCH => self.scratch,
            _ => 0xff,
        };
        (value.into(), self.level())
    }

    fn status(&self) -> u8 {
        EMPTY | if self.fifo.is_empty() { 0 } else { READY }
    }

    /// In loop-back the outputs are the inputs: DTR is DSR, RTS is CTS, both auxiliary outputs are ring and carrier.
    fn looped(&self) -> u8 {
        let output = |bit: u8, input: u8| (self.modem >> bit & 1) << input;
        output(0, 5) | output(1, 4) | output(2, 6) | output(3, 7)
    }

    /// A guest writes the register at `offset`.
    pub fn write(&mut self, offset: u64, value: u32) -> Effect {
        let (byte, mut output) = (value as u8, None);
        match offset {
            DATA if self.divides() => self.divisor = self.divisor & 0xff00 | u16::from(byte),
            DATA => {
                self.sent = true;
                if self.modem & LOOP != 0 { _ = self.fifo.push_back(byte) } else { output = Some(byte) }
            }
            INTERRUPTS if self.divides() => self.divisor = self.divisor & 0xff | u16::from(byte) << 8,
            INTERRUPTS => {
                // Whoever asks for the interrupt gets it: the transmitter is empty.
                self.sent |= byte & !self.interrupts & ON_EMPTY != 0;
                self.interrupts = byte & 0xf;
            }
            IDENTITY => {
                self.buffered = byte & BUFFERED != 0;
                if byte & 2 != 0 {
                    self.fifo.clear();
                }
            }
            LINE => self.line = byte,
            MODEM => self.modem = byte & 0x1f,
            SCRATCH => self.scratch = byte,
            _ => {}
        }
        Effect { output, level: self.level() }
    }
}

#[cfg(test)]
mod tests;

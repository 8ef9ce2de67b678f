//! The machine's console: the first serial port (16550), by polling.

use x86_64::instructions::port::Port;

const BASE: u16 = 0x3f8;
const DATA: u16 = BASE;
const INTERRUPTS: u16 = BASE + 1;
const FIFO: u16 = BASE + 2;
const LINE: u16 = BASE + 3;
const MODEM: u16 = BASE + 4;
const STATUS: u16 = BASE + 5;
const READY: u8 = 1;
const EMPTY: u8 = 1 << 5;

fn read(port: u16) -> u8 {
    // SAFETY: only registers of the serial port are named here.
    unsafe { Port::new(port).read() }
}

fn write(port: u16, value: u8) {
    // SAFETY: as above.
    unsafe { Port::new(port).write(value) }
}

/// 115200 baud, eight bits, no parity, buffers on, no interrupts.
pub(super) fn init() {
    for (port, value) in
        [(INTERRUPTS, 0), (LINE, 0x80), (DATA, 1), (INTERRUPTS, 0), (LINE, 3), (FIFO, 0xc7), (MODEM, 0x0b)]
    {
        write(port, value);
    }
}

/// Writes a byte; false while the port is busy.
pub(super) fn put(byte: u8) -> bool {
    let free = read(STATUS) & EMPTY != 0;
    if free {
        write(DATA, byte);
    }
    free
}

/// Asks for an interrupt when bytes come.
pub(super) fn listen() {
    write(INTERRUPTS, READY);
}

/// Takes a byte that came.
pub(super) fn take() -> Option<u8> {
    (read(STATUS) & READY != 0).then(|| read(DATA))
}

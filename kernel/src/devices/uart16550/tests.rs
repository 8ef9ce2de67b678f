//! The port as drivers use it.

use super::*;

#[test]
fn what_is_written_comes_out_and_the_transmitter_is_always_empty() {
    let mut uart = Uart16550::new();
    assert_eq!(uart.write(DATA, b'x'.into()).output, Some(b'x'));
    assert_eq!(uart.read(STATUS).0 as u8 & EMPTY, EMPTY);
}

#[test]
fn speed_and_format_are_kept_and_put_nothing_out() {
    let mut uart = Uart16550::new();
    let _ = uart.write(LINE, 0x83);
    assert_eq!(uart.write(DATA, 12).output, None);
    let _ = uart.write(INTERRUPTS, 1);
    assert_eq!((uart.read(DATA).0, uart.read(INTERRUPTS).0), (12, 1));
    let _ = uart.write(LINE, 3);
    assert_eq!(uart.read(INTERRUPTS).0, 0);
}

#[test]
fn a_byte_that_comes_interrupts_until_it_is_read() {
    let mut uart = Uart16550::new();
    let _ = uart.write(INTERRUPTS, ON_DATA.into());
    assert_eq!(uart.receive(b'a'), Received { accepted: true, level: true });
    assert_eq!(uart.read(IDENTITY).0 & 0xf, 4);
    assert_eq!(uart.read(DATA), (u32::from(b'a'), false));
}

#[test]
fn a_full_buffer_refuses() {
    let mut uart = Uart16550::new();
    assert!(uart.receive(1).accepted && !uart.receive(2).accepted, "one byte without the buffer");
    let _ = uart.write(IDENTITY, 7);
    let taken = (0..DEPTH as u8).filter(|byte| uart.receive(*byte).accepted).count();
    assert_eq!((taken, uart.receive(0).accepted), (DEPTH, false));
}

#[test]
fn who_asks_for_the_empty_interrupt_gets_it_and_reading_its_cause_ends_it() {
    let mut uart = Uart16550::new();
    assert!(uart.write(INTERRUPTS, ON_EMPTY.into()).level);
    assert_eq!(uart.read(IDENTITY), (2, false));
    assert!(uart.write(DATA, 1).level, "sent, and empty again");
}

#[test]
fn a_driver_that_probes_finds_its_loop_back() {
    let mut uart = Uart16550::new();
    let _ = uart.write(MODEM, (LOOP | 0x0a).into());
    assert_eq!(uart.read(MODEM_STATUS).0 & 0xf0, 0x90);
    assert_eq!(uart.write(DATA, 0x5a).output, None);
    assert_eq!(uart.read(DATA).0, 0x5a);
}

use super::*;
use std::vec::Vec;

fn word(uart: &mut Pl011, offset: u64) -> u32 {
    uart.read(offset).0
}

/// A UART with FIFOs on and these interrupts unmasked.
fn uart(mask: u16) -> Pl011 {
    let mut uart = Pl011::new();
    uart.write(LCR_H, 0x70);
    uart.write(IMSC, mask.into());
    uart
}

#[test]
fn registers_have_their_reset_values() {
    let mut uart = Pl011::new();
    let offsets = [DR, 4, FR, ILPR, IBRD, FBRD, LCR_H, CR, IFLS, IMSC, RIS, MIS, ICR];
    let expected = [0, 0, 0x90, 0, 0, 0, 0, 0x300, 0x12, 0, 0, 0, 0];
    assert_eq!(offsets.map(|offset| word(&mut uart, offset)), expected);
}

#[test]
fn the_identification_is_that_of_a_pl011() {
    let mut uart = Pl011::new();
    let id: Vec<u32> = (0xfe0..0x1000).step_by(4).map(|offset| word(&mut uart, offset)).collect();
    assert_eq!(id, [0x11, 0x10, 0x14, 0, 0x0d, 0xf0, 0x05, 0xb1]);
}

#[test]
fn settings_read_back_in_their_width() {
    let mut uart = Pl011::new();
    for (offset, value) in [(ILPR, 0xff), (IBRD, 0xffff), (FBRD, 0x3f), (LCR_H, 0xff), (IFLS, 0x3f), (IMSC, 0x7ff)] {
        uart.write(offset, u32::MAX);
        assert_eq!(word(&mut uart, offset), value, "{offset:#x}");
    }
}

#[test]
fn a_written_byte_comes_out_at_once() {
    let mut uart = Pl011::new();
    assert_eq!(uart.write(DR, 0x141), Effect { output: Some(0x41), level: false });
    assert_eq!(word(&mut uart, FR), 0x90, "idle again");
}

#[test]
fn transmit_interrupt_follows_each_byte_until_cleared() {
    let mut uart = uart(INT_TX);
    assert!(!uart.level(), "not before the first byte");
    assert!(uart.write(DR, 65).level);
    assert_eq!(word(&mut uart, MIS), u32::from(INT_TX));
    assert!(!uart.write(ICR, INT_TX.into()).level);
    assert!(uart.write(DR, 66).level);
    assert!(!uart.write(IMSC, 0).level, "masked");
    assert_eq!((word(&mut uart, RIS), word(&mut uart, MIS)), (INT_TX.into(), 0));
}

#[test]
fn a_full_ring_shows_as_a_full_fifo_and_room_raises_the_interrupt() {
    let mut uart = uart(INT_TX);
    uart.set_full(true);
    assert_eq!(word(&mut uart, FR), u32::from(FR_TXFF | FR_RXFE | FR_BUSY));
    assert!(!uart.write(DR, 65).level);
    assert!(uart.set_full(false));
    assert!(!uart.write(ICR, INT_TX.into()).level);
    assert!(!uart.set_full(false), "there was room already");
}

#[test]
fn received_bytes_come_in_order_and_end_the_interrupt() {
    let mut uart = uart(INT_RX | INT_RT);
    for byte in *b"abc" {
        assert_eq!(uart.receive(byte), Received { accepted: true, level: true });
    }
    assert_eq!(uart.read(DR), (u32::from(b'a'), true));
    assert_eq!(uart.read(DR), (u32::from(b'b'), true));
    assert_eq!(uart.read(DR), (u32::from(b'c'), false));
    assert_eq!(word(&mut uart, FR) & u32::from(FR_RXFE), u32::from(FR_RXFE));
    assert_eq!(uart.read(DR), (0, false), "nothing there");
}

#[test]
fn either_receive_interrupt_alone_wakes_a_driver() {
    assert!(uart(INT_RX).receive(1).level);
    assert!(uart(INT_RT).receive(1).level);
}

#[test]
fn a_full_fifo_refuses_and_loses_nothing() {
    let mut uart = uart(INT_RX);
    for byte in 0..16 {
        assert!(uart.receive(byte).accepted);
    }
    assert!(!uart.receive(16).accepted);
    assert_eq!(word(&mut uart, FR) & u32::from(FR_RXFF), u32::from(FR_RXFF));
    assert_eq!(word(&mut uart, DR), 0);
    assert!(uart.receive(16).accepted);
    let rest: Vec<u32> = (0..16).map(|_| word(&mut uart, DR)).collect();
    assert_eq!(rest, (1..17).collect::<Vec<u32>>());
}

#[test]
fn without_fifos_one_byte_is_held() {
    let mut uart = Pl011::new();
    assert!(uart.receive(1).accepted);
    assert!(!uart.receive(2).accepted);
    assert_eq!(word(&mut uart, FR) & u32::from(FR_RXFF | FR_RXFE), u32::from(FR_RXFF));
}

#[test]
fn loop_back_returns_what_is_sent() {
    let mut uart = uart(INT_RX);
    uart.write(CR, 0x381);
    assert_eq!(uart.write(DR, 0x55), Effect { output: None, level: true });
    assert_eq!(word(&mut uart, DR), 0x55);
}

#[test]
fn reset_forgets_settings_but_not_the_full_ring() {
    let mut uart = uart(INT_TX);
    uart.receive(1);
    uart.set_full(true);
    uart.reset();
    assert_eq!((word(&mut uart, IMSC), word(&mut uart, RIS)), (0, 0));
    assert_eq!(word(&mut uart, FR), u32::from(FR_TXFF | FR_RXFE | FR_BUSY));
}

/// The order of accesses of a usual driver: probe, start, send by interrupt, receive by interrupt.
#[test]
fn a_driver_starts_sends_and_receives() {
    let mut uart = Pl011::new();
    let id = (0..4).fold(0, |id, i| id | word(&mut uart, 0xfe0 + 4 * i) << (8 * i));
    assert_eq!(id & 0x000f_ffff, 0x0004_1011);
    uart.write(ICR, 0x7ff);
    uart.write(IFLS, 0x12);
    uart.write(IBRD, 13);
    uart.write(FBRD, 1);
    uart.write(LCR_H, 0x70);
    uart.write(CR, 0xb01);
    uart.write(ICR, u32::from(INT_RT | INT_RX));
    let mut drained = 0;
    while word(&mut uart, FR) & u32::from(FR_RXFE) == 0 && drained < 32 {
        word(&mut uart, DR);
        drained += 1;
    }
    assert!(!uart.write(IMSC, u32::from(INT_RT | INT_RX)).level);

    uart.write(IMSC, u32::from(INT_RT | INT_RX | INT_TX));
    let mut sent = Vec::new();
    let mut text = b"hello".iter();
    sent.extend(uart.write(DR, (*text.next().unwrap()).into()).output);
    while uart.level() {
        let status = word(&mut uart, MIS);
        uart.write(ICR, status);
        match text.next() {
            Some(&byte) => sent.extend(uart.write(DR, byte.into()).output),
            None => _ = uart.write(IMSC, u32::from(INT_RT | INT_RX)),
        }
    }
    assert_eq!(sent, b"hello");

    assert!(uart.receive(b'x').level);
    uart.write(ICR, u32::from(INT_RT | INT_RX));
    assert_eq!(word(&mut uart, DR), u32::from(b'x'));
    assert!(!uart.level());
}

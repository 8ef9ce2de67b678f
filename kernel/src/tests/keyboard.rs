//! What is typed on the console reaches the partition that has the keyboard.

use super::{
    bench::{Bench, console},
    guest::Do,
    interrupts::open,
    plans::{board, boot_on, bundle, partition, system},
};
use crate::arch::machine::{self, Board};
use abi::layout::{GICD, UART, UART_IRQ};
use std::{cell::RefCell, rc::Rc, string::String, vec::Vec};

const MS: u64 = 1_000_000;
const DATA: u64 = UART;
const FLAGS: u64 = UART + 0x18;
const EMPTY: u64 = 1 << 4;

/// What a guest does next.
#[derive(Clone, Copy)]
enum Next {
    Sleep,
    Acknowledge,
    Look,
    Judge,
    Keep,
}

/// A guest that sleeps until its serial port interrupts it and keeps what it finds there.
fn reader(bench: &Bench, index: u16) -> Rc<RefCell<String>> {
    let kept = Rc::new(RefCell::new(String::new()));
    let keep = kept.clone();
    let (word, bit) = (u64::from(UART_IRQ / 32 * 4), 1 << (UART_IRQ % 32));
    let mut setup: Vec<Do> = open(0);
    setup.extend([Do::Write(GICD + 0x80 + word, 4, bit), Do::Write(GICD + 0x100 + word, 4, bit)]);
    // FIFOs, and the receive interrupt.
    setup.extend([Do::Write(UART + 0x2c, 4, 0x70), Do::Write(UART + 0x38, 4, 0x10)]);
    let mut next = Next::Sleep;
    bench.program(index, 0, move |view| {
        if let Some(first) = setup.get(view.step) {
            return *first;
        }
        let (now, then) = match next {
            Next::Sleep => (Do::Wait, Next::Acknowledge),
            Next::Acknowledge => (Do::Acknowledge, Next::Look),
            Next::Look => (Do::Read(FLAGS, 4), Next::Judge),
            Next::Judge if view.value & EMPTY != 0 => (Do::Complete(UART_IRQ.into()), Next::Sleep),
            Next::Judge => (Do::Read(DATA, 4), Next::Keep),
            Next::Keep => {
                keep.borrow_mut().push(view.value as u8 as char);
                (Do::Read(FLAGS, 4), Next::Judge)
            }
        };
        next = then;
        now
    });
    kept
}

fn two(line: &'static str) -> Bench {
    let text = system(2, "credit", &[partition("one", ""), partition("two", "")]);
    boot_on(&Board { line, ..board(bundle(&text)) })
}

#[test]
fn a_key_gives_the_keyboard_to_the_next_partition() {
    let bench = two("input=on");
    let kept = [reader(&bench, 0), reader(&bench, 1)];
    bench.run_until(MS);
    machine::press(b"ab");
    bench.run_until(2 * MS);
    machine::press(b"\x14cd");
    bench.run_until(3 * MS);
    machine::press(b"\x14e");
    bench.run_until(4 * MS);
    assert_eq!(kept.map(|kept| kept.borrow().clone()), ["abe", "cd"]);
    let text = console();
    assert!(text.contains("two: [the keyboard is here]\none: [the keyboard is here]\n"), "{text}");
}

#[test]
fn a_pasted_line_arrives_whole_although_the_serial_port_holds_less() {
    let bench = two("input=on");
    let kept = reader(&bench, 0);
    bench.run_until(MS);
    let line = "a line that is much longer than a serial port holds\r".repeat(4);
    machine::press(line.as_bytes());
    bench.run_until(9 * MS);
    assert_eq!(*kept.borrow(), line);
}

#[test]
fn nobody_listens_unless_the_boot_line_says_so() {
    let bench = two("");
    let kept = reader(&bench, 0);
    bench.run_until(MS);
    machine::press(b"ab");
    bench.run_until(2 * MS);
    assert!(kept.borrow().is_empty());
}

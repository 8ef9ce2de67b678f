//! How fast the time-stamp counter and the local timer run: both against the PC's interval timer.
//!
//! Channel 2 of the 8254 counts 1,193,182 times a second and its output can be read without an interrupt
//! (port 0x61). The result is rounded to 10 kHz, which is finer than what is measured in so short a time.

use super::{apic, ticks};
use x86_64::instructions::port::Port;

const PIT_HZ: u64 = 1_193_182;
/// How long is measured, in counts of the interval timer: about 4 ms.
const COUNTS: u64 = 4773;
const ROUND: u64 = 10_000;
const ATTEMPTS: u32 = 8;
const PATIENCE: u32 = 100_000_000;

/// Frequencies in Hz.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speeds {
    pub(super) counter: u64,
    pub(super) timer: u64,
}

/// Measures both; `None` if there is no such interval timer. Again, if the counter seems to be faster than any: an emulator
/// on a busy host stands still now and then, and not all of its clocks do.
pub(super) fn measure() -> Option<Speeds> {
    let mut speeds = measure_once();
    for _ in 1..ATTEMPTS {
        if speeds.is_none_or(|speeds| speeds.counter <= u32::MAX.into()) {
            break;
        }
        speeds = measure_once();
    }
    speeds
}

fn measure_once() -> Option<Speeds> {
    let (mut gate, mut command, mut channel) = (Port::<u8>::new(0x61), Port::<u8>::new(0x43), Port::<u8>::new(0x42));
    // SAFETY: channel 2 drives the speaker only, which stays off.
    unsafe {
        let before = gate.read();
        gate.write(before & !3 | 1);
        command.write(0xb0);
        channel.write(COUNTS as u8);
        apic::start_count();
        channel.write((COUNTS >> 8) as u8);
    }
    let (begin, timer) = (ticks(), apic::count());
    for _ in 0..PATIENCE {
        // SAFETY: reading the port has no effect.
        if unsafe { gate.read() } & 1 << 5 != 0 {
            let (counter, timer) = (ticks() - begin, timer.wrapping_sub(apic::count()));
            return Some(Speeds { counter: rate(counter), timer: rate(timer.into()) }).filter(|one| one.counter > 0);
        }
    }
    None
}

fn rate(counted: u64) -> u64 {
    (counted * PIT_HZ / COUNTS + ROUND / 2) / ROUND * ROUND
}

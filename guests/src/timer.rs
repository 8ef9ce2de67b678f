//! The virtual timer: waits that end in the interrupt vector.

use crate::{arch, interrupts};

/// Sleeps (WFI) until the counter shows `ticks`; returns the counter as the vector read it.
/// Needs [`arch::enable_interrupts`] before.
pub fn sleep_until(ticks: u64) -> u64 {
    arch::close();
    interrupts::take_timer();
    arch::timer_arm(ticks);
    loop {
        let at = interrupts::take_timer();
        if at != 0 {
            return at;
        }
        arch::doze();
    }
}

/// As [`sleep_until`], but works until then instead of sleeping.
pub fn work_until(ticks: u64) -> u64 {
    interrupts::take_timer();
    arch::timer_arm(ticks);
    arch::open();
    let at = loop {
        let at = interrupts::take_timer();
        if at != 0 {
            break at;
        }
        arch::burn(8);
    };
    arch::close();
    at
}

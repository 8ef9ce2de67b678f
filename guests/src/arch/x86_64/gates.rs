//! The gates of interrupts and exceptions.

use super::apic::{SOFTWARE, TIMER};
use core::cell::UnsafeCell;

const CODE: u64 = 0x08;
const INTERRUPT_GATE: u64 = 0x8e00;

#[repr(C, align(16))]
pub(super) struct Table(UnsafeCell<[[u64; 2]; 256]>);

// SAFETY: written by the first vCPU before there are others.
unsafe impl Sync for Table {}

pub(super) static TABLE: Table = Table(UnsafeCell::new([[0; 2]; 256]));

unsafe extern "C" {
    fn exceptions();
    fn on_timer();
    fn on_software();
}

fn put(vector: usize, address: u64) {
    // SAFETY: see `Table`; vectors are below 256.
    let table = unsafe { &mut *TABLE.0.get() };
    if let Some(gate) = table.get_mut(vector) {
        let low = address & 0xffff | CODE << 16 | INTERRUPT_GATE << 32 | (address >> 16 & 0xffff) << 48;
        *gate = [low, address >> 32];
    }
}

/// Fills the table; called by the start code.
pub(super) extern "C" fn fill() {
    let first = exceptions as *const () as u64;
    (0..32).for_each(|vector| put(vector, first + 16 * vector as u64));
    put(TIMER as usize, on_timer as *const () as u64);
    let first = on_software as *const () as u64;
    (0..16).for_each(|number| put((SOFTWARE + number) as usize, first + 16 * u64::from(number)));
}

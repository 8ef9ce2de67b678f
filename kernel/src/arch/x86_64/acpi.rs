//! The few ACPI tables that are needed: processors (MADT) and how to switch the machine off (FADT).
//!
//! ACPI specification 6.5, sections 5.2.5 to 5.2.12 and 4.8.3. Tables are read only where they are mapped, below 4 GiB.

use super::handed::number;
use core::sync::atomic::{AtomicU32, Ordering};
use x86_64::instructions::port::Port;

/// The lowest and highest addresses at which tables may lie.
const MAPPED: core::ops::Range<u64> = 0x400..0x1_0000_0000;
const LONGEST: u64 = 1 << 20;
const HEADER: usize = 36;

/// PM1a control port and the value for the state "off", in the upper half; 0 = not known.
static OFF: AtomicU32 = AtomicU32::new(0);

/// A table without its header's promises: bytes.
pub(super) type Table = &'static [u8];

/// What firmware or a boot loader put at `address`; `None` where nothing is mapped at this stage, or if it is longer than 1 MiB.
pub(super) fn bytes(address: u64, length: u64) -> Option<&'static [u8]> {
    let end = address.checked_add(length)?;
    if length > LONGEST || !MAPPED.contains(&address) || end > MAPPED.end {
        return None;
    }
    // SAFETY: mapped by the first tables of `head.S`; whatever lies there, nobody writes to it meanwhile.
    Some(unsafe { core::slice::from_raw_parts(address as *const u8, length as usize) })
}

fn table(address: u64) -> Option<Table> {
    let header = bytes(address, HEADER as u64)?;
    bytes(address, number(header, 4, 4))
}

/// The table with this signature, found from the root pointer at `root`.
pub(super) fn find(root: u64, signature: &[u8; 4]) -> Option<Table> {
    let pointer = bytes(root, HEADER as u64)?;
    if !pointer.starts_with(b"RSD PTR ") {
        return None;
    }
    let (extended, width) = match pointer.get(15) {
        Some(0 | 1) | None => (number(pointer, 16, 4), 4),
        Some(_) => (number(pointer, 24, 8), 8),
    };
    let list = table(extended)?.get(HEADER..)?;
    list.chunks_exact(width)
        .filter_map(|entry| table(number(entry, 0, width)))
        .find(|table| table.starts_with(signature))
}

/// The APIC numbers of the processors that can be used.
pub(super) fn processors(root: u64) -> impl Iterator<Item = u32> {
    controllers(root).filter_map(|entry| match entry.first()? {
        0 if number(entry, 4, 4) & 1 != 0 => Some(number(entry, 3, 1) as u32),
        9 if number(entry, 8, 4) & 1 != 0 => Some(number(entry, 4, 4) as u32),
        _ => None,
    })
}

/// Where the I/O APICs lie, below 4 GiB, and the number of each one's first line.
pub(super) fn io_apics(root: u64) -> impl Iterator<Item = (u64, u32)> {
    const KIND: u8 = 1;
    controllers(root).filter_map(|entry| {
        let whole = *entry.first()? == KIND && entry.len() >= 12;
        whole.then(|| (number(entry, 4, 4) & !0xfff, number(entry, 8, 4) as u32))
    })
}

/// The line that an interrupt of the first PCs comes in by, and how it signals, if that is not its own number.
pub(super) fn wiring(root: u64, interrupt: u8) -> Option<(u32, u16)> {
    const KIND: u8 = 2;
    let said = |entry: &&[u8]| entry.len() >= 10 && entry[0] == KIND && entry[3] == interrupt;
    controllers(root).find(said).map(|entry| (number(entry, 4, 4) as u32, number(entry, 8, 2) as u16))
}

/// The entries of the table of interrupt controllers.
#[inline(never)]
fn controllers(root: u64) -> Entries {
    Entries(find(root, b"APIC").and_then(|madt| madt.get(44..)).unwrap_or(&[]))
}

struct Entries(&'static [u8]);

impl Iterator for Entries {
    type Item = &'static [u8];

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(*self.0.get(1)?);
        if length < 2 {
            return None;
        }
        let entry = self.0.get(..length)?;
        self.0 = self.0.get(length..)?;
        Some(entry)
    }
}

/// Learns how the machine is switched off: the sleep type of state 5 is the first number of the package `_S5_`.
pub(super) fn learn_power_off(root: u64) {
    let Some(fadt) = find(root, b"FACP") else { return };
    let Some(code) = table(number(fadt, 40, 4)) else { return };
    let Some(name) = code.windows(4).position(|four| four == b"_S5_") else { return };
    // The name is followed by the package's operation, its length (one byte here) and count, and the number.
    let kind = match code.get(name + 7..name + 9) {
        Some([0x0a, kind]) => *kind,
        Some([0 | 1, _]) => code[name + 7],
        _ => return,
    };
    let value = u32::from(kind & 7) << 10 | 1 << 13;
    OFF.store(value << 16 | number(fadt, 64, 2) as u32, Ordering::Relaxed);
}

/// Switches the machine off, if it is known how.
pub(super) fn power_off() {
    let off = OFF.load(Ordering::Relaxed);
    if off != 0 {
        // SAFETY: the machine's own description says that this ends it.
        unsafe { Port::new(off as u16).write((off >> 16) as u16) };
    }
}

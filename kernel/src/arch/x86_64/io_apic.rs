//! The machine's I/O APICs: every line is masked but that of the console when somebody wants to type (Intel 82093AA).

use super::{acpi, mmu};
use crate::memory::Range;
use core::sync::atomic::{AtomicU64, Ordering};

/// More of them than a machine within reach has.
const MOST: usize = 4;
/// The console's interrupt on the first PCs, and the bus that this is said of.
const CONSOLE: u8 = 4;
const VERSION: u32 = 1;
const LINES: u32 = 0x10;
const MASKED: u32 = 1 << 16;
const LEVEL: u32 = 1 << 15;
const LOW: u32 = 1 << 13;

/// Where one lies, and the number of its first line in the upper half; 0 = there is none.
static PLACES: [AtomicU64; MOST] = [const { AtomicU64::new(0) }; MOST];
/// The line of the console, and how it signals in the upper half.
static WIRED: AtomicU64 = AtomicU64::new(CONSOLE as u64);

fn select(base: u64, register: u32) -> *mut u32 {
    // SAFETY: `learn` mapped the registers as a device. Only the boot pCPU and one that starts to listen come here.
    unsafe { (base as *mut u32).write_volatile(register) };
    (base + 0x10) as *mut u32
}

fn read(base: u64, register: u32) -> u32 {
    // SAFETY: as above.
    unsafe { select(base, register).read_volatile() }
}

fn write(base: u64, register: u32, value: u32) {
    // SAFETY: as above.
    unsafe { select(base, register).write_volatile(value) }
}

/// How many lines the one at `base` has.
fn lines(base: u64) -> u32 {
    (read(base, VERSION) >> 16 & 0xff) + 1
}

/// Learns where they are and how the console is wired, and maps them; `None` if that cannot be.
pub(super) fn learn(root: u64) -> Option<()> {
    for (place, (address, first)) in PLACES.iter().zip(acpi::io_apics(root)) {
        mmu::map(Range { start: address, size: 4096 }, mmu::Rights::Device)?;
        place.store(address | u64::from(first) << 32, Ordering::Relaxed);
    }
    if let Some((line, signal)) = acpi::wiring(root, CONSOLE) {
        WIRED.store(u64::from(line) | u64::from(signal) << 32, Ordering::Relaxed);
    }
    Some(())
}

fn places() -> impl Iterator<Item = (u64, u32)> {
    let all = PLACES.iter().map(|place| place.load(Ordering::Relaxed)).filter(|place| *place != 0);
    all.map(|place| (place & 0xffff_ffff, (place >> 32) as u32))
}

/// Masks every line: firmware may have left some open.
pub(super) fn silence() {
    for (base, _) in places() {
        for line in 0..lines(base) {
            write(base, LINES + line * 2, MASKED);
        }
    }
}

/// Lets the console interrupt the processor with this APIC number by `vector`; false if no I/O APIC has its line.
pub(super) fn open_console(vector: u8, number: u32) -> bool {
    let wired = WIRED.load(Ordering::Relaxed);
    let (line, signal) = (wired as u32, (wired >> 32) as u32);
    let home = places().find(|(base, first)| line.checked_sub(*first).is_some_and(|own| own < lines(*base)));
    let (Some((base, first)), true) = (home, number < 0xff) else { return false };
    // Polarity and trigger: 1 is active high and by edges, 3 active low and by levels (ACPI 6.5, table 5.25).
    let polarity = if signal & 3 == 3 { LOW } else { 0 };
    let trigger = if signal >> 2 & 3 == 3 { LEVEL } else { 0 };
    let register = LINES + (line - first) * 2;
    write(base, register + 1, number << 24);
    write(base, register, u32::from(vector) | polarity | trigger);
    true
}

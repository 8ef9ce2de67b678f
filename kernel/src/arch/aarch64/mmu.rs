//! The hypervisor's own address space: identity-mapped, write xor execute, guard pages below the stacks.
//!
//! Tables have 4 KiB granules and 39 bits of address, so three levels. They are filled before the MMU is
//! on (the image and the device tree) and once more after the device tree was read (memory, devices).

use crate::memory::Range;
use aarch64_cpu::asm::barrier;
use core::cell::UnsafeCell;

const TABLES: usize = 32;
const PAGE: u64 = 0x1000;
const BLOCK: u64 = 0x20_0000;
const GIGABYTE: u64 = 0x4000_0000;

const VALID: u64 = 1;
const TABLE_OR_PAGE: u64 = 2;
const ACCESSED: u64 = 1 << 10;
const INNER_SHAREABLE: u64 = 3 << 8;
const READ_ONLY: u64 = 1 << 7;
const RES1_AP1: u64 = 1 << 6;
const NO_EXECUTE: u64 = 1 << 54;
const ADDRESS: u64 = 0x0000_ffff_ffff_f000;

/// What may be done with a piece of memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rights {
    Code,
    Constant,
    Data,
    Device,
}

impl Rights {
    const fn bits(self) -> u64 {
        let normal = ACCESSED | INNER_SHAREABLE | RES1_AP1 | 1 << 2;
        match self {
            Self::Code => normal | READ_ONLY,
            Self::Constant => normal | READ_ONLY | NO_EXECUTE,
            Self::Data => normal | NO_EXECUTE,
            Self::Device => ACCESSED | RES1_AP1 | NO_EXECUTE,
        }
    }
}

#[repr(C, align(4096))]
struct Tables {
    entries: UnsafeCell<[[u64; 512]; TABLES]>,
    /// How many tables are in use below the root, which is table 0.
    used: UnsafeCell<usize>,
}

// SAFETY: only the primary pCPU writes, before it starts the others.
unsafe impl Sync for Tables {}

static SPACE: Tables = Tables { entries: UnsafeCell::new([[0; 512]; TABLES]), used: UnsafeCell::new(0) };

/// What a secondary pCPU loads before it turns its MMU on; read by `head.S` in this order.
#[repr(C)]
struct Registers {
    mair: u64,
    tcr: u64,
    ttbr0: u64,
    sctlr: u64,
}

#[unsafe(no_mangle)]
static mut mmu_registers: Registers = Registers { mair: 0, tcr: 0, ttbr0: 0, sctlr: 0 };

fn entry(table: usize, index: usize) -> *mut u64 {
    let tables = SPACE.entries.get();
    // SAFETY: `table` comes from `next_table` or is 0, `index` is below 512 by its mask.
    unsafe { &raw mut (*tables)[table % TABLES][index & 511] }
}

fn table_address(table: usize) -> u64 {
    entry(table, 0) as u64
}

/// The table below `table[index]`, made if it is not there. A block that is there is split into smaller ones.
fn next_table(table: usize, index: usize, size_below: u64) -> Option<usize> {
    let place = entry(table, index);
    // SAFETY: `place` lies in SPACE; only the primary pCPU gets here.
    let here = unsafe { place.read() };
    if here & VALID != 0 && here & TABLE_OR_PAGE != 0 {
        return Some(((here & ADDRESS) - table_address(0)) as usize / 4096);
    }
    // SAFETY: as above.
    let fresh = unsafe { *SPACE.used.get() } + 1;
    if fresh >= TABLES {
        return None;
    }
    // SAFETY: as above.
    unsafe { *SPACE.used.get() = fresh };
    if here & VALID != 0 {
        let kind = if size_below == PAGE { TABLE_OR_PAGE } else { 0 };
        for step in 0..512 {
            // SAFETY: as above; the new table is not yet reachable.
            unsafe { entry(fresh, step).write((here + step as u64 * size_below) | kind) };
        }
    }
    // SAFETY: as above.
    unsafe { place.write(table_address(fresh) | VALID | TABLE_OR_PAGE) };
    Some(fresh)
}

/// Maps `range` (whole pages) onto itself; `None` when the tables are used up.
pub(super) fn map(range: Range, rights: Rights) -> Option<()> {
    let (mut at, end) = (range.start & !(PAGE - 1), range.end().next_multiple_of(PAGE));
    while at < end {
        let (high, middle, low) = (at >> 30, at >> 21, at >> 12);
        let size = if at % GIGABYTE == 0 && end - at >= GIGABYTE && replaceable(0, high as usize) {
            write(entry(0, high as usize), at | rights.bits() | VALID);
            GIGABYTE
        } else {
            let second = next_table(0, high as usize, BLOCK)?;
            if at % BLOCK == 0 && end - at >= BLOCK && replaceable(second, middle as usize) {
                write(entry(second, middle as usize), at | rights.bits() | VALID);
                BLOCK
            } else {
                let third = next_table(second, middle as usize, PAGE)?;
                write(entry(third, low as usize), at | rights.bits() | VALID | TABLE_OR_PAGE);
                PAGE
            }
        };
        at += size;
    }
    barrier::dsb(barrier::ISHST);
    Some(())
}

/// Takes away the page at `address`.
pub(super) fn unmap_page(address: u64) -> Option<()> {
    let second = next_table(0, (address >> 30) as usize, BLOCK)?;
    let third = next_table(second, (address >> 21) as usize, PAGE)?;
    write(entry(third, (address >> 12) as usize), 0);
    Some(())
}

/// True if a block may be written here: there is nothing, or a block, but no table.
fn replaceable(table: usize, index: usize) -> bool {
    // SAFETY: `entry` yields a place in SPACE; only the primary pCPU gets here.
    let here = unsafe { entry(table, index).read() };
    here & (VALID | TABLE_OR_PAGE) != VALID | TABLE_OR_PAGE
}

fn write(place: *mut u64, value: u64) {
    // SAFETY: as in `replaceable`. Volatile, since the walker reads it.
    unsafe { place.write_volatile(value) }
}

/// Maps the image, each part with its rights, and one window of 2 MiB blocks for the device tree.
pub(super) fn map_image(device_tree: u64) -> Option<()> {
    let image = super::link::image();
    map(Range::between(image.text.0, image.text.1), Rights::Code)?;
    map(Range::between(image.text.1, image.rodata_end), Rights::Constant)?;
    map(Range::between(image.rodata_end, image.end), Rights::Data)?;
    for cpu in 0..super::CPUS_MAX {
        unmap_page(image.stacks + cpu as u64 * super::STACK_STRIDE)?;
    }
    let window = device_tree & !(BLOCK - 1);
    map(Range::between(window, window + 2 * BLOCK), Rights::Data)
}

/// Turns the MMU on, with caches, and publishes the registers for the other pCPUs.
pub(super) fn enable() {
    let range: u64;
    // SAFETY: reads an identification register.
    unsafe { core::arch::asm!("mrs {}, id_aa64mmfr0_el1", out(reg) range) };
    let size = (range & 0xf).min(5);
    let registers = Registers {
        mair: 0xff_00,
        // 39 bits, write-back walks, inner shareable, 4 KiB granule; bits 31 and 23 are RES1.
        tcr: 25 | 1 << 8 | 1 << 10 | 3 << 12 | size << 16 | 1 << 23 | 1 << 31,
        ttbr0: table_address(0),
        // RES1 bits, then I, SA, C, M, and WXN.
        sctlr: 0x30c5_0830 | 1 << 12 | 1 << 3 | 1 << 2 | 1 | 1 << 19,
    };
    // SAFETY: the tables map the code that runs here, its stack and its data onto themselves; no other
    // pCPU runs yet.
    unsafe {
        core::arch::asm!(
            "msr mair_el2, {mair}", "msr tcr_el2, {tcr}", "msr ttbr0_el2, {ttbr0}", "isb",
            "tlbi alle2", "dsb nsh", "isb", "msr sctlr_el2, {sctlr}", "isb",
            mair = in(reg) registers.mair, tcr = in(reg) registers.tcr,
            ttbr0 = in(reg) registers.ttbr0, sctlr = in(reg) registers.sctlr,
        );
        (&raw mut mmu_registers).write_volatile(registers);
    }
    barrier::dsb(barrier::SY);
}

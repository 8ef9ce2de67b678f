//! The hypervisor's own address space: identity-mapped, write xor execute, guard pages below the stacks.
//!
//! Four levels of tables (AMD APM volume 2, chapter 5). They are filled on the boot pCPU while the first
//! tables of `head.S` are in use, which map the first 4 GiB.

use super::link;
use crate::memory::Range;
use core::cell::UnsafeCell;
use x86_64::{
    PhysAddr,
    registers::control::{Cr3, Cr3Flags},
    structures::paging::PhysFrame,
};

const TABLES: usize = 96;
const PAGE: u64 = 0x1000;
const BLOCK: u64 = 0x20_0000;
const STACK_STRIDE: u64 = 0x1_0000;
/// What four levels can name.
const HIGHEST: u64 = 1 << 47;

const PRESENT: u64 = 1;
const WRITABLE: u64 = 1 << 1;
const THROUGH: u64 = 1 << 3;
const UNCACHED: u64 = 1 << 4;
const LARGE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

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
        match self {
            Self::Code => PRESENT,
            Self::Constant => PRESENT | NO_EXECUTE,
            Self::Data => PRESENT | WRITABLE | NO_EXECUTE,
            Self::Device => PRESENT | WRITABLE | NO_EXECUTE | THROUGH | UNCACHED,
        }
    }
}

#[repr(C, align(4096))]
struct Tables {
    entries: UnsafeCell<[[u64; 512]; TABLES]>,
    /// How many tables are in use besides the root, which is table 0.
    used: UnsafeCell<usize>,
}

// SAFETY: only the boot pCPU writes, before it starts the others.
unsafe impl Sync for Tables {}

static SPACE: Tables = Tables { entries: UnsafeCell::new([[0; 512]; TABLES]), used: UnsafeCell::new(0) };

/// The root of the tables, for a pCPU that comes from real mode.
#[unsafe(no_mangle)]
static mut secondary_root: u32 = 0;

fn entry(table: usize, index: u64) -> *mut u64 {
    let tables = SPACE.entries.get();
    // SAFETY: `table` comes from `below` or is 0, and the index is masked.
    unsafe { &raw mut (*tables)[table % TABLES][index as usize & 511] }
}

/// The table below entry `index` of `table`, made if it is not there.
fn below(table: usize, index: u64) -> Option<usize> {
    let place = entry(table, index);
    // SAFETY: `place` lies in SPACE; only the boot pCPU gets here.
    let here = unsafe { place.read() };
    if here & PRESENT != 0 {
        return (here & LARGE == 0).then(|| ((here & ADDRESS) - entry(0, 0) as u64) as usize / 4096);
    }
    // SAFETY: as above.
    let fresh = unsafe { *SPACE.used.get() } + 1;
    if fresh >= TABLES {
        return None;
    }
    // SAFETY: as above.
    unsafe {
        *SPACE.used.get() = fresh;
        place.write(entry(fresh, 0) as u64 | PRESENT | WRITABLE);
    }
    Some(fresh)
}

/// Maps `range` (whole pages) onto itself; `None` when the tables are used up.
pub(super) fn map(range: Range, rights: Rights) -> Option<()> {
    let (mut at, end) = (range.start & !(PAGE - 1), range.end().checked_next_multiple_of(PAGE)?);
    if end > HIGHEST {
        return None;
    }
    while at < end {
        let directory = below(below(0, at >> 39)?, at >> 30)?;
        let block = entry(directory, at >> 21);
        // SAFETY: as in `below`.
        let free = unsafe { block.read() } & PRESENT == 0;
        let size = if at.is_multiple_of(BLOCK) && end - at >= BLOCK && free {
            // SAFETY: as above.
            unsafe { block.write(at | rights.bits() | LARGE) };
            BLOCK
        } else {
            let pages = below(directory, at >> 21)?;
            // SAFETY: as above.
            unsafe { entry(pages, at >> 12).write(at | rights.bits()) };
            PAGE
        };
        at += size;
    }
    Some(())
}

/// Maps the image: code, constants, data, and the stacks without their guards.
pub(super) fn map_image() -> Option<()> {
    let image = link::image();
    map(Range::between(image.text.0, image.text.1), Rights::Code)?;
    map(Range::between(image.text.1, image.rodata_end), Rights::Constant)?;
    map(Range::between(image.rodata_end, image.stacks), Rights::Data)?;
    let mut stack = image.stacks;
    while stack < image.end {
        map(Range::between(stack + PAGE, (stack + STACK_STRIDE).min(image.end)), Rights::Data)?;
        stack += STACK_STRIDE;
    }
    Some(())
}

/// Uses these tables from now on.
pub(super) fn enable() {
    let root = entry(0, 0) as u64;
    // SAFETY: other pCPUs read it later; the tables map everything that is in use.
    unsafe {
        secondary_root = root as u32;
        Cr3::write(PhysFrame::containing_address(PhysAddr::new(root)), Cr3Flags::empty());
    }
}

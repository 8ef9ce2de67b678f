//! What a partition's physical addresses mean: nested tables (AMD APM volume 2, 15.25).
//!
//! Four levels, memory in 2 MiB blocks, and the read-only info page. The tables are made at boot and never change.

use crate::arch::Place;
use crate::memory::Carver;

const PRESENT: u64 = 1;
const WRITABLE: u64 = 1 << 1;
/// Nested tables are walked as if by a user's access.
const USER: u64 = 1 << 2;
const LARGE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const BLOCK: u64 = 0x20_0000;

type TablePage = [u64; 512];

/// A partition's address space.
#[derive(Clone, Copy, Debug)]
pub struct AddressSpace {
    /// The root of the tables.
    pub(super) root: u64,
}

impl AddressSpace {
    /// The space of a partition. `None` when the hypervisor's memory does not suffice.
    pub fn new(carver: &mut Carver, _: (u16, usize), place: &Place) -> Option<Self> {
        let Place { base, memory, info } = *place;
        let root = table(carver)?;
        for offset in (0..memory.size).step_by(BLOCK as usize) {
            let directory = directory(carver, root, base + offset)?;
            put(directory, (base + offset) >> 21, (memory.start + offset) | PRESENT | WRITABLE | USER | LARGE);
        }
        let at = abi::layout::pc::INFO;
        let directory = directory(carver, root, at)?;
        let pages = below(carver, directory, at >> 21)?;
        put(pages, at >> 12, info | PRESENT | USER | NO_EXECUTE);
        Some(Self { root: root as u64 })
    }
}

/// The table whose entries are 2 MiB each, for `address`.
fn directory(carver: &mut Carver, root: *mut TablePage, address: u64) -> Option<*mut TablePage> {
    let pointers = below(carver, root, address >> 39)?;
    below(carver, pointers, address >> 30)
}

fn table(carver: &mut Carver) -> Option<*mut TablePage> {
    let page = carver.raw(4096, 4096)?.start as *mut TablePage;
    // SAFETY: fresh memory of one page, mapped.
    unsafe { page.write([0; 512]) };
    Some(page)
}

/// The table that entry `index` of `above` points to, made if it is not there.
fn below(carver: &mut Carver, above: *mut TablePage, index: u64) -> Option<*mut TablePage> {
    // SAFETY: `above` is a table of this space; nothing else refers to it while it is built.
    let entry = unsafe { &mut (*above)[index as usize & 511] };
    if *entry & PRESENT == 0 {
        *entry = table(carver)? as u64 | PRESENT | WRITABLE | USER;
    }
    Some((*entry & ADDRESS) as *mut TablePage)
}

fn put(table: *mut TablePage, index: u64, entry: u64) {
    // SAFETY: as in `below`.
    unsafe { (*table)[index as usize & 511] = entry };
}

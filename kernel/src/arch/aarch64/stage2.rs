//! What a partition's physical addresses mean: its stage 2 translation.
//!
//! 39 bits of address from level 1, memory in 2 MiB blocks, and the read-only info page. The tables are
//! made at boot and never change.

use super::registers::set;
use crate::arch::Place;
use crate::memory::Carver;
use core::cell::Cell;

const VALID: u64 = 1;
const TABLE_OR_PAGE: u64 = 2;
const ACCESSED: u64 = 1 << 10;
const INNER_SHAREABLE: u64 = 3 << 8;
const READ: u64 = 1 << 6;
const WRITE: u64 = 1 << 7;
const NORMAL: u64 = 0xf << 2;
const NO_EXECUTE: u64 = 1 << 54;
const BLOCK: u64 = 0x20_0000;
/// VMIDs of 8 bits: 0 is never used.
const VMIDS: usize = 255;

type TablePage = [u64; 512];

/// A partition's address space.
#[derive(Clone, Copy, Debug)]
pub struct AddressSpace {
    /// VTTBR_EL2: the root of the tables and the VMID.
    translation: u64,
    vmid: u8,
    owner: u16,
    /// Others may use its VMID.
    shared: bool,
}

impl AddressSpace {
    /// The space of partition `index` of `count`. `None` when the hypervisor's memory does not suffice.
    pub fn new(carver: &mut Carver, (index, count): (u16, usize), place: &Place) -> Option<Self> {
        let Place { base, memory, info } = *place;
        let root = table(carver)?;
        let mut blocks: (u64, *mut TablePage) = (u64::MAX, core::ptr::null_mut());
        for offset in (0..memory.size).step_by(BLOCK as usize) {
            let address = base + offset;
            if address >> 30 != blocks.0 {
                blocks = (address >> 30, below(carver, root, address >> 30)?);
            }
            let entry = (memory.start + offset) | VALID | ACCESSED | INNER_SHAREABLE | READ | WRITE | NORMAL;
            put(blocks.1, address >> 21, entry);
        }
        let at = abi::layout::INFO;
        let middle = below(carver, root, at >> 30)?;
        let pages = below(carver, middle, at >> 21)?;
        put(pages, at >> 12, info | VALID | TABLE_OR_PAGE | ACCESSED | INNER_SHAREABLE | READ | NORMAL | NO_EXECUTE);
        super::dsb();
        let vmid = (index as usize % VMIDS) as u8 + 1;
        let translation = root as u64 | u64::from(vmid) << 48;
        Some(Self { translation, vmid, owner: index, shared: count > VMIDS })
    }

    /// Makes this the address space of this pCPU.
    #[inline(always)]
    pub(super) fn enter(&self, owners: &Owners) {
        set!("vttbr_el2", self.translation);
        if self.shared
            && let Some(place) = owners.0.get(self.vmid as usize)
            && place.replace(self.owner) != self.owner
        {
            forget();
        }
    }
}

/// Drops everything this pCPU remembers of the current address space.
pub(super) fn forget() {
    // SAFETY: only removes cached translations and instructions.
    unsafe {
        core::arch::asm!("isb", "tlbi vmalls12e1", "ic iallu", "dsb nsh", "isb", options(nostack, preserves_flags))
    };
}

/// Drops everything that any pCPU remembers of the current address space.
pub(super) fn forget_everywhere() {
    // SAFETY: only removes cached translations and instructions.
    unsafe {
        core::arch::asm!("isb", "tlbi vmalls12e1is", "ic ialluis", "dsb ish", "isb", options(nostack, preserves_flags))
    };
}

/// Which partition used each VMID last on a pCPU. More partitions than VMIDs share them, and a change of
/// owner drops the old translations.
#[derive(Debug)]
pub(super) struct Owners([Cell<u16>; VMIDS + 1]);

impl Owners {
    pub(super) const fn new() -> Self {
        Self([const { Cell::new(u16::MAX) }; VMIDS + 1])
    }
}

/// How every pCPU walks these tables: 39 bits, 4 KiB granule, write-back, inner shareable.
pub(super) fn init_cpu() {
    let range = (super::registers::get!("id_aa64mmfr0_el1") & 0xf).min(5);
    set!("vtcr_el2", 25 | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | range << 16 | 1 << 31);
    super::isb();
    // SAFETY: nothing of any guest is cached yet that would be needed.
    unsafe { core::arch::asm!("tlbi alle1", "dsb nsh", "isb", options(nostack, preserves_flags)) };
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
    if *entry & VALID == 0 {
        *entry = table(carver)? as u64 | VALID | TABLE_OR_PAGE;
    }
    Some((*entry & 0x0000_ffff_ffff_f000) as *mut TablePage)
}

fn put(table: *mut TablePage, index: u64, entry: u64) {
    // SAFETY: as in `below`.
    unsafe { (*table)[index as usize & 511] = entry };
}

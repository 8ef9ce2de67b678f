//! What QEMU hands over: the start info of the PVH boot protocol (Xen, docs/misc/pvh).

use super::handed::{self, Handed, MemoryMap};
use crate::memory::Range;

const MAGIC: u32 = 0x336e_c578;

#[repr(C)]
struct StartInfo {
    magic: u32,
    version: u32,
    flags: u32,
    modules: u32,
    module_list: u64,
    line: u64,
    root_pointer: u64,
    memory_map: u64,
    memory_entries: u32,
    reserved: u32,
}

#[repr(C)]
struct Module {
    address: u64,
    size: u64,
    line: u64,
    reserved: u64,
}

/// Reads the start info at `address`.
pub(super) fn read(address: u64) -> Option<Handed> {
    if address == 0 || !address.is_multiple_of(4) {
        return None;
    }
    // SAFETY: the first 4 GiB are mapped, and the boot protocol puts a start info there; its magic is checked
    // before anything else of it is believed.
    let info = unsafe { &*(address as *const StartInfo) };
    if info.magic != MAGIC || info.version == 0 || info.memory_entries > 256 {
        return None;
    }
    // SAFETY: as the protocol says, these are so many entries, which nobody writes to.
    let entries = unsafe {
        core::slice::from_raw_parts(info.memory_map as *const u8, info.memory_entries as usize * handed::ENTRY)
    };
    let memory = MemoryMap::new(entries, handed::ENTRY)?;
    let bundle = (info.modules > 0).then(|| {
        // SAFETY: as above, for the first module.
        let module = unsafe { &*(info.module_list as *const Module) };
        Range { start: module.address, size: module.size }
    });
    // QEMU puts all of this, the boot line too, into the first MiB.
    Some(Handed { root_pointer: info.root_pointer, line: text(info.line), bundle, kept: Range::default(), memory })
}

/// A text that ends with a zero byte; at most 4 KiB are looked at.
fn text(address: u64) -> &'static str {
    if address == 0 {
        return "";
    }
    let first = address as *const u8;
    // SAFETY: the boot protocol puts a text there, mapped, and its end is looked for byte by byte.
    let length = (0..4096).take_while(|at| unsafe { first.add(*at).read() } != 0).count();
    // SAFETY: just read.
    handed::line(unsafe { core::slice::from_raw_parts(first, length) })
}

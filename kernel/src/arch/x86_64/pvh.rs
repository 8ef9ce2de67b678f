//! What the boot loader hands over: the start info of the PVH boot protocol (Xen, docs/misc/pvh).

use crate::memory::Range;

const MAGIC: u32 = 0x336e_c578;
const RAM: u32 = 1;

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

#[repr(C)]
#[derive(Clone, Copy)]
struct MemoryEntry {
    address: u64,
    size: u64,
    kind: u32,
    reserved: u32,
}

/// What was handed over.
#[derive(Clone, Copy)]
pub(super) struct Handed {
    pub(super) root_pointer: u64,
    pub(super) line: &'static str,
    pub(super) bundle: Option<Range>,
    memory: &'static [MemoryEntry],
}

impl Handed {
    /// Ranges of memory above the first MiB, in which firmware and PC devices have their places.
    pub(super) fn memory(&self) -> impl Iterator<Item = Range> {
        let usable = self.memory.iter().filter(|entry| entry.kind == RAM);
        usable.map(|entry| Range::between(entry.address.max(1 << 20), entry.address.saturating_add(entry.size)))
    }
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
    let memory =
        unsafe { core::slice::from_raw_parts(info.memory_map as *const MemoryEntry, info.memory_entries as usize) };
    let bundle = (info.modules > 0).then(|| {
        // SAFETY: as above, for the first module.
        let module = unsafe { &*(info.module_list as *const Module) };
        Range { start: module.address, size: module.size }
    });
    Some(Handed { root_pointer: info.root_pointer, line: text(info.line), bundle, memory })
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
    let bytes = unsafe { core::slice::from_raw_parts(first, length) };
    core::str::from_utf8(bytes).unwrap_or("?").trim()
}

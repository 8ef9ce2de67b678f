//! An uncompressed `vmlinux` with a PVH entry (Xen's `xen/include/public/arch-x86/hvm/start_info.h`): protected mode
//! without paging, flat segments, ebx is the address of the start info.

use std::sync::Arc;
use std::vec;
use std::vec::Vec;

use super::{COMMAND_LINE, HIGH, PAGE, PARAMETERS, command_line, disk, load, map};
use crate::images::place::Placed;
use crate::images::{Machine, Misfit, acpi, elf};

const MAGIC: u32 = 0x336e_c578;
const VERSION: u32 = 1;
/// Offsets of the list of modules and of the map of the memory behind the start info.
const MODULES: u64 = 0x100;
const MAP: u64 = 0x200;
/// The longest command line of Linux, without its end.
const LINE: usize = 2047;

/// The start info with what it points to.
fn start_info(memory_end: u64, disk: Option<(u64, u64)>) -> Vec<u8> {
    let mut page = vec![0; PAGE as usize];
    let mut put = |at: u64, words: &[u64]| {
        for (place, word) in page[at as usize..].chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
    };
    let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    let map = map(memory_end);
    let (modules, at) = disk.map_or((0, 0), |_| (1, PARAMETERS + MODULES));
    let entries = map.len() as u64;
    put(0, &[pair(MAGIC, VERSION), pair(0, modules), at, COMMAND_LINE, acpi::AT, PARAMETERS + MAP, entries]);
    if let Some((start, length)) = disk {
        put(MODULES, &[start, length]);
    }
    for (at, (start, end, kind)) in (MAP..).step_by(24).zip(map) {
        put(at, &[start, end - start, kind.into()]);
    }
    page
}

/// Places a `vmlinux`, its RAM disk and what it reads at its start.
pub(super) fn place(kernel: &[u8], initrd: Option<Arc<[u8]>>, machine: &Machine) -> Result<Placed, Misfit> {
    let (mut loads, entry, end) = elf::with_pvh_entry(kernel, machine.memory, machine.arch)?;
    if loads.iter().any(|load| load.address < HIGH) {
        return Err(Misfit::new("the kernel wants to be in the first MiB", "give a `vmlinux` of Linux"));
    }
    let (line, clock_text) = command_line(machine.cmdline, LINE)?;
    let disk = disk(initrd, end.next_multiple_of(PAGE), u64::MAX, machine)?;
    let place = disk.as_ref().map(|disk| (disk.address, disk.bytes.len() as u64));
    loads.extend([
        load(PARAMETERS, start_info(machine.memory.end(), place)),
        load(COMMAND_LINE, line.into_bytes()),
        load(acpi::AT, acpi::tables(machine.vcpus)),
    ]);
    loads.extend(disk);
    Ok(Placed { loads, entry, boot_arg: PARAMETERS, clock_text })
}

#[cfg(test)]
mod tests;

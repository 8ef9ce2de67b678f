//! Linux on a PC: what its kernels have in common, however they are packed.
//!
//! The kernel goes where it prefers to be, the RAM disk to the end of the memory; boot parameters, ACPI tables and the
//! command line lie below 640 KiB, as a boot loader would do it.

mod bzimage;
mod pvh;

use std::format;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use super::place::Placed;
use super::{Machine, Misfit, elf};
use crate::file::show_size;
use crate::plan::{CLOCK_TEXT_BYTES, MEMORY_ALIGN};
use crate::resolved::ResolvedLoad;

pub(crate) use bzimage::is_image;

/// Where boot parameters and command line go.
const PARAMETERS: u64 = 0x1_0000;
const COMMAND_LINE: u64 = 0x2_0000;
/// Memory for programs ends here; the hole behind it reaches to 1 MiB.
const LOW_END: u64 = 0xa_0000;
const HIGH: u64 = 0x10_0000;
const PAGE: u64 = 4096;
/// Kinds of memory, in the maps of both protocols.
const RAM: u32 = 1;
const RESERVED: u32 = 2;

/// Places a kernel, its RAM disk and what it reads at its start.
pub(crate) fn place(kernel: &Arc<[u8]>, initrd: Option<Arc<[u8]>>, machine: &Machine) -> Result<Placed, Misfit> {
    if machine.memory.base != 0 {
        return Err(Misfit::new("Linux on a PC needs memory from address 0 on", "leave `memory_base` out"));
    }
    if elf::is_elf(kernel) { pvh::place(kernel, initrd, machine) } else { bzimage::place(kernel, initrd, machine) }
}

/// The command line: how fast the counter is (the hypervisor fills it in), a console if none is named, and the
/// partition's own words.
fn command_line(own: &str, limit: usize) -> Result<(String, u64), Misfit> {
    const CLOCK: &str = "tsc_early_khz=";
    let console = if own.split_whitespace().any(|word| word.starts_with("console=")) { "" } else { "console=ttyS0 " };
    let line = format!("{CLOCK}{:CLOCK_TEXT_BYTES$} {console}{own}", "");
    if own.contains('\0') {
        return Err(Misfit::new("the kernel's command line has a NUL in it", "use plain text in `cmdline`"));
    }
    if line.len() > limit {
        let sentence = format!("the kernel takes a command line of {limit} bytes and this one has {}", line.len());
        return Err(Misfit::new(sentence, "shorten `cmdline`"));
    }
    Ok((line + "\0", COMMAND_LINE + CLOCK.len() as u64))
}

/// The map of the memory: from, to, kind.
fn map(memory_end: u64) -> [(u64, u64, u32); 3] {
    [(0, LOW_END, RAM), (LOW_END, HIGH, RESERVED), (HIGH, memory_end, RAM)]
}

/// The RAM disk at the end of the memory, below `limit` and above the kernel, which ends at `kernel_end`.
fn disk(
    initrd: Option<Arc<[u8]>>,
    kernel_end: u64,
    limit: u64,
    machine: &Machine,
) -> Result<Option<ResolvedLoad>, Misfit> {
    let length = initrd.as_ref().map_or(0, |bytes| bytes.len() as u64);
    let needs = kernel_end.saturating_add(length.next_multiple_of(PAGE));
    if needs > machine.memory.size {
        let sentence = format!("the kernel and its RAM disk need {needs} bytes of memory");
        let enough = needs.checked_next_multiple_of(MEMORY_ALIGN).unwrap_or(0);
        return Err(Misfit::room(sentence, format!("give the partition at least {}", show_size(enough))));
    }
    let address = machine.memory.end().min(limit).saturating_sub(length) & !(PAGE - 1);
    if address < kernel_end {
        return Err(Misfit::new("the RAM disk lies beyond what the kernel can reach", "make it smaller"));
    }
    Ok(initrd.map(|bytes| ResolvedLoad { address, bytes }))
}

fn load(address: u64, bytes: Vec<u8>) -> ResolvedLoad {
    ResolvedLoad { address, bytes: bytes.into() }
}

//! A bzImage: the 32-bit boot protocol (Documentation/arch/x86/boot.rst). Protected mode without paging, flat segments,
//! esi is the address of the boot parameters.

use std::format;
use std::sync::Arc;
use std::vec;
use std::vec::Vec;

use super::{COMMAND_LINE, HIGH, PAGE, PARAMETERS, command_line, disk, load, map};
use crate::bundle::checksum;
use crate::images::place::Placed;
use crate::images::{Machine, Misfit, acpi};

/// Where the seed goes.
const SEED: u64 = 0x3_0000;
/// The oldest protocol that says how much memory the kernel claims: 2.10.
const OLDEST: u16 = 0x20a;

/// Offsets in the boot parameters, which are those of the header in the file too.
mod at {
    pub(super) const RSDP: usize = 0x070;
    pub(super) const MAP_LENGTH: usize = 0x1e8;
    pub(super) const SECTORS: usize = 0x1f1;
    pub(super) const VIDEO_MODE: usize = 0x1fa;
    pub(super) const HEADER_LENGTH: usize = 0x201;
    pub(super) const MAGIC: usize = 0x202;
    pub(super) const VERSION: usize = 0x206;
    pub(super) const LOADER: usize = 0x210;
    pub(super) const FLAGS: usize = 0x211;
    pub(super) const START: usize = 0x214;
    pub(super) const DISK: usize = 0x218;
    pub(super) const DISK_LENGTH: usize = 0x21c;
    pub(super) const LINE: usize = 0x228;
    pub(super) const DISK_LIMIT: usize = 0x22c;
    pub(super) const LINE_LENGTH: usize = 0x238;
    pub(super) const DATA: usize = 0x250;
    pub(super) const PREFERRED: usize = 0x258;
    pub(super) const CLAIMED: usize = 0x260;
    pub(super) const MAP: usize = 0x2d0;
}

/// True if this is a bzImage.
pub(crate) fn is_image(bytes: &[u8]) -> bool {
    bytes.get(at::MAGIC..at::MAGIC + 4) == Some(b"HdrS")
}

/// What a kernel says about itself.
struct Header {
    /// Bytes of the file before the protected-mode part.
    setup: usize,
    /// Where it wants to be.
    preferred: u64,
    /// How much memory it claims there.
    claimed: u64,
    /// The last address that a RAM disk may have.
    disk_limit: u64,
    /// The longest command line, without its end.
    line: usize,
}

fn half(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn header(kernel: &[u8]) -> Result<Header, Misfit> {
    let remedy = "give a kernel for 64-bit PCs: its `bzImage`, which distributions call `vmlinuz`, or its `vmlinux`";
    if !is_image(kernel) {
        return Err(Misfit::new("the kernel is no bzImage", remedy));
    }
    if half(kernel, at::VERSION) < OLDEST {
        return Err(Misfit::new("the kernel is older than Linux 2.6.31", remedy));
    }
    let sectors = kernel.get(at::SECTORS).copied().filter(|sectors| *sectors > 0).unwrap_or(4);
    let setup = (usize::from(sectors) + 1) * 512;
    if kernel.len() <= setup {
        return Err(Misfit::new("the kernel is cut off", remedy));
    }
    let preferred = u64::from(word(kernel, at::PREFERRED)) | u64::from(word(kernel, at::PREFERRED + 4)) << 32;
    if !(HIGH..1 << 32).contains(&preferred) {
        return Err(Misfit::new(format!("the kernel wants to be at {preferred:#x}"), remedy));
    }
    Ok(Header {
        setup,
        preferred,
        claimed: u64::from(word(kernel, at::CLAIMED)).max((kernel.len() - setup) as u64),
        disk_limit: word(kernel, at::DISK_LIMIT).into(),
        line: word(kernel, at::LINE_LENGTH) as usize,
    })
}

/// The seed of the kernel's random numbers, as an entry of its setup data.
fn seed(name: &str) -> Vec<u8> {
    const RNG_SEED: u32 = 9;
    let words = (0..4).map(|part| checksum(format!("{part}{name}").as_bytes()));
    let mut bytes = vec![0; 8];
    bytes.extend([RNG_SEED, 32].iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend(words.flat_map(u64::to_le_bytes));
    bytes
}

/// The boot parameters: the header of the kernel's file, and where everything lies.
fn parameters(kernel: &[u8], header: &Header, memory_end: u64, disk: Option<(u64, u64)>) -> Vec<u8> {
    let mut page = vec![0; PAGE as usize];
    let end = (at::MAGIC + usize::from(kernel[at::HEADER_LENGTH])).min(at::MAP).min(kernel.len());
    page[at::SECTORS..end].copy_from_slice(&kernel[at::SECTORS..end]);
    let mut put = |at: usize, bytes: &[u8]| page[at..at + bytes.len()].copy_from_slice(bytes);
    put(at::RSDP, &acpi::AT.to_le_bytes());
    // The normal mode; a boot loader that has no number of its own; loaded high.
    put(at::VIDEO_MODE, &0xffff_u16.to_le_bytes());
    put(at::LOADER, &[0xff, kernel[at::FLAGS] | 1]);
    put(at::START, &(header.preferred as u32).to_le_bytes());
    put(at::LINE, &(COMMAND_LINE as u32).to_le_bytes());
    put(at::DATA, &SEED.to_le_bytes());
    if let Some((start, length)) = disk {
        put(at::DISK, &(start as u32).to_le_bytes());
        put(at::DISK_LENGTH, &(length as u32).to_le_bytes());
    }
    let map = map(memory_end);
    put(at::MAP_LENGTH, &[map.len() as u8]);
    for (index, (start, end, kind)) in map.into_iter().enumerate() {
        let at = at::MAP + index * 20;
        put(at, &start.to_le_bytes());
        put(at + 8, &(end - start).to_le_bytes());
        put(at + 16, &kind.to_le_bytes());
    }
    page
}

/// Places a bzImage, its RAM disk and what it reads at its start.
pub(super) fn place(kernel: &Arc<[u8]>, initrd: Option<Arc<[u8]>>, machine: &Machine) -> Result<Placed, Misfit> {
    let header = header(kernel)?;
    let (line, clock_text) = command_line(machine.cmdline, header.line)?;
    let kernel_end = header.preferred.saturating_add(header.claimed).next_multiple_of(PAGE);
    let disk = disk(initrd, kernel_end, header.disk_limit + 1, machine)?;
    let place = disk.as_ref().map(|disk| (disk.address, disk.bytes.len() as u64));
    let mut loads = vec![
        load(PARAMETERS, parameters(kernel, &header, machine.memory.end(), place)),
        load(COMMAND_LINE, line.into_bytes()),
        load(SEED, seed(machine.seed)),
        load(acpi::AT, acpi::tables(machine.vcpus)),
        load(header.preferred, kernel[header.setup..].to_vec()),
    ];
    loads.extend(disk);
    Ok(Placed { loads, entry: header.preferred, boot_arg: PARAMETERS, clock_text })
}

#[cfg(test)]
mod tests;

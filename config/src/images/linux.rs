//! Linux images: the arm64 `Image` with its header, an initial RAM disk and a generated device tree.
//!
//! The kernel goes to the memory's base plus its `text_offset`, as Documentation/arch/arm64/booting.rst
//! asks; device tree and RAM disk go to the end of the memory, out of the way of what the kernel claims
//! before it reads the tree.

use std::format;
use std::sync::Arc;
use std::vec;

use super::place::Placed;
use super::{Machine, Misfit, tree};
use crate::file::show_size;
use crate::plan::MEMORY_ALIGN;
use crate::resolved::ResolvedLoad;

/// The text offset of kernels that are too old to give their size.
const OLD_TEXT_OFFSET: u64 = 0x8_0000;
/// Alignment of the RAM disk and the device tree.
const PAGE: u64 = 4096;

/// True if this is an arm64 `Image`.
pub(crate) fn is_image(bytes: &[u8]) -> bool {
    bytes.get(56..60) == Some(b"ARM\x64")
}

/// Where a kernel wants to be, from the memory's base, and how much memory it claims there.
fn header(kernel: &[u8]) -> Result<(u64, u64), Misfit> {
    let remedy = "give the uncompressed arm64 `Image` of a little-endian kernel";
    if !is_image(kernel) {
        let packed = if kernel.starts_with(&[0x1f, 0x8b]) { ": it is compressed" } else { "" };
        return Err(Misfit::new(format!("the kernel is no arm64 Image{packed}"), remedy));
    }
    let word = |at: usize| kernel.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    if word(24) & 1 != 0 {
        return Err(Misfit::new("the kernel is big-endian", remedy));
    }
    let length = kernel.len() as u64;
    match word(16) {
        0 => Ok((OLD_TEXT_OFFSET, length)),
        size => Ok((word(8), size.max(length))),
    }
}

/// Places a kernel, its RAM disk and its device tree.
pub(crate) fn place(kernel: Arc<[u8]>, initrd: Option<Arc<[u8]>>, machine: &Machine) -> Result<Placed, Misfit> {
    let memory = machine.memory;
    let (offset, claimed) = header(&kernel)?;
    let length = |bytes: &Option<Arc<[u8]>>| bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
    let disk = length(&initrd).next_multiple_of(PAGE);
    let draft = tree::device_tree(machine, initrd.as_ref().map(|_| (0, 0)))?;
    let room = (draft.len() as u64).next_multiple_of(PAGE);
    let needs = offset.saturating_add(claimed).saturating_add(disk).saturating_add(room);
    if needs > memory.size {
        let sentence = format!("the kernel, its RAM disk and its device tree need {needs} bytes of memory");
        let enough = needs.checked_next_multiple_of(MEMORY_ALIGN).unwrap_or(0);
        return Err(Misfit::room(sentence, format!("give the partition at least {}", show_size(enough))));
    }
    let (entry, tree_at) = (memory.base + offset, memory.end() - room);
    let disk_at = tree_at - disk;
    let blob = tree::device_tree(machine, initrd.as_ref().map(|bytes| (disk_at, disk_at + bytes.len() as u64)))?;
    let mut loads =
        vec![ResolvedLoad { address: entry, bytes: kernel }, ResolvedLoad { address: tree_at, bytes: blob.into() }];
    loads.extend(initrd.map(|bytes| ResolvedLoad { address: disk_at, bytes }));
    Ok(Placed { loads, entry, boot_arg: tree_at, clock_text: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::Memory;
    use std::string::String;
    use std::vec::Vec;

    fn kernel(text_offset: u64, image_size: u64, length: usize) -> Arc<[u8]> {
        let mut bytes = vec![0; length];
        bytes[8..16].copy_from_slice(&text_offset.to_le_bytes());
        bytes[16..24].copy_from_slice(&image_size.to_le_bytes());
        bytes[56..60].copy_from_slice(b"ARM\x64");
        bytes.into()
    }

    fn machine(size: u64) -> Machine<'static> {
        let memory = Memory { base: 0x4000_0000, size };
        Machine { arch: crate::Arch::Aarch64, memory, vcpus: 2, cmdline: "console=ttyAMA0", seed: "linux" }
    }

    #[test]
    fn nothing_collides_with_what_the_kernel_claims() {
        let disk: Arc<[u8]> = vec![1; 5000].into();
        let placed = place(kernel(0, 3 << 20, 1 << 20), Some(disk), &machine(4 << 20)).expect("fits");
        assert_eq!(placed.entry, 0x4000_0000);
        let mut ranges: Vec<_> =
            placed.loads.iter().map(|load| (load.address, load.address + load.bytes.len() as u64)).collect();
        ranges[0].1 = 0x4000_0000 + (3 << 20);
        ranges.sort_unstable();
        assert!(ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{ranges:x?}");
        assert!(ranges.iter().all(|(_, end)| *end <= 0x4000_0000 + (4 << 20)));
        assert!(placed.loads.iter().any(|load| load.address == placed.boot_arg));
    }

    #[test]
    fn too_little_memory_is_refused_with_what_is_enough() {
        let misfit = place(kernel(0x8_0000, 4 << 20, 64), None, &machine(4 << 20)).expect_err("too small");
        assert!(misfit.sentence.contains("bytes of memory"), "{misfit:?}");
        assert_eq!(misfit.remedy, "give the partition at least 6MiB");
        assert!(place(kernel(u64::MAX, u64::MAX, 64), None, &machine(4 << 20)).is_err());
    }

    #[test]
    fn what_is_no_kernel_is_told() {
        let of = |bytes: &[u8]| place(bytes.into(), None, &machine(4 << 20)).map_err(|misfit| misfit.sentence);
        assert_eq!(of(&[0x1f, 0x8b, 8]), Err(String::from("the kernel is no arm64 Image: it is compressed")));
        assert_eq!(of(b"MZ"), Err(String::from("the kernel is no arm64 Image")));
    }
}

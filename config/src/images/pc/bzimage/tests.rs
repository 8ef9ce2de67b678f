use super::*;
use crate::images::{Memory, pc};
use crate::plan::CLOCK_TEXT_BYTES;
use std::string::ToString;

/// A bzImage of one sector of set-up code and one page, which claims `claimed` bytes at 16 MiB.
fn kernel(claimed: u32) -> Vec<u8> {
    let mut bytes = vec![0; 1024 + 4096];
    bytes[at::SECTORS] = 1;
    bytes[at::HEADER_LENGTH] = 0x66;
    bytes[at::MAGIC..at::MAGIC + 4].copy_from_slice(b"HdrS");
    bytes[at::VERSION..at::VERSION + 2].copy_from_slice(&0x20f_u16.to_le_bytes());
    let words =
        [(at::DISK_LIMIT, 0x7fff_ffff), (at::LINE_LENGTH, 2047), (at::PREFERRED, 0x100_0000), (at::CLAIMED, claimed)];
    for (at, word) in words {
        bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(word));
    }
    bytes[1024..].fill(0x90);
    bytes
}

fn machine(base: u64, size: u64, cmdline: &str) -> Machine<'_> {
    Machine { arch: crate::Arch::X86_64, memory: Memory { base, size }, vcpus: 2, cmdline, seed: "linux" }
}

fn place_in(kernel: &[u8], disk: Option<usize>, size: u64, cmdline: &str) -> Result<Placed, Misfit> {
    pc::place(&kernel.into(), disk.map(|length| vec![7; length].into()), &machine(0, size, cmdline))
}

fn load(placed: &Placed, address: u64) -> &[u8] {
    &placed.loads.iter().find(|load| load.address == address).expect("loaded").bytes
}

#[test]
fn everything_lies_where_the_parameters_say() {
    let placed = place_in(&kernel(8 << 20), Some(5000), 64 << 20, "quiet").expect("fits");
    assert_eq!((placed.entry, placed.boot_arg), (0x100_0000, PARAMETERS));
    assert_eq!(load(&placed, 0x100_0000), [0x90; 4096]);
    let page = load(&placed, PARAMETERS);
    assert_eq!(&page[at::MAGIC..at::MAGIC + 4], b"HdrS");
    let disk = u64::from(word(page, at::DISK));
    assert_eq!((disk, word(page, at::DISK_LENGTH)), ((64 << 20) - 8192, 5000));
    assert_eq!(load(&placed, disk), [7; 5000]);
    assert_eq!(&load(&placed, acpi::AT)[..8], b"RSD PTR ");
    let line = load(&placed, word(page, at::LINE).into());
    assert_eq!(line, b"tsc_early_khz=           console=ttyS0 quiet\0");
    let digits = (placed.clock_text - COMMAND_LINE) as usize;
    assert_eq!(line[digits..digits + CLOCK_TEXT_BYTES], [b' '; CLOCK_TEXT_BYTES]);
    let mut ranges: Vec<_> =
        placed.loads.iter().map(|load| (load.address, load.address + load.bytes.len() as u64)).collect();
    ranges.sort_unstable();
    assert!(ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{ranges:x?}");
}

#[test]
fn the_map_has_all_memory_but_the_hole() {
    let placed = place_in(&kernel(8 << 20), None, 64 << 20, "").expect("fits");
    let page = load(&placed, PARAMETERS);
    let map: Vec<_> = (0..usize::from(page[at::MAP_LENGTH]))
        .map(|index| at::MAP + index * 20)
        .map(|at| (word(page, at), word(page, at + 8), word(page, at + 16)))
        .collect();
    assert_eq!(map, [(0, 0xa_0000, 1), (0xa_0000, 0x6_0000, 2), (0x10_0000, 63 << 20, 1)]);
}

#[test]
fn a_console_of_ones_own_is_left_alone() {
    let placed = place_in(&kernel(8 << 20), None, 64 << 20, "console=tty0 x").expect("fits");
    assert!(load(&placed, COMMAND_LINE).ends_with(b"  console=tty0 x\0"));
}

#[test]
fn what_does_not_fit_is_refused_with_what_would() {
    let sentence = |result: Result<Placed, Misfit>| result.expect_err("refused").sentence;
    let misfit = place_in(&kernel(8 << 20), Some(2 << 20), 24 << 20, "").expect_err("too small");
    assert_eq!(misfit.remedy, "give the partition at least 26MiB");
    assert!(sentence(place_in(&kernel(8 << 20), None, 64 << 20, &"x".repeat(2048))).contains("2047 bytes"));
    assert!(sentence(place_in(&kernel(8 << 20), None, 64 << 20, "a\0b")).contains("NUL"));
    let high = machine(0x4000_0000, 64 << 20, "");
    assert!(sentence(pc::place(&kernel(0).into(), None, &high)).contains("address 0"));
}

#[test]
fn what_is_no_kernel_is_told() {
    let of = |bytes: &[u8]| place_in(bytes, None, 64 << 20, "").map_err(|misfit| misfit.sentence);
    assert_eq!(of(b"MZ"), Err("the kernel is no bzImage".to_string()));
    let mut old = kernel(0);
    old[at::VERSION..at::VERSION + 2].copy_from_slice(&0x209_u16.to_le_bytes());
    assert_eq!(of(&old), Err("the kernel is older than Linux 2.6.31".to_string()));
    assert_eq!(of(&kernel(0)[..1024]), Err("the kernel is cut off".to_string()));
    let mut astray = kernel(0);
    astray[at::PREFERRED + 6] = 1;
    assert!(of(&astray).expect_err("refused").starts_with("the kernel wants to be at 0x1"));
}

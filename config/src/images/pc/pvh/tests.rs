use super::*;
use crate::images::{Memory, pc};
use std::string::String;

/// A `vmlinux` with one page at 16 MiB; its note names the entry 0x10 behind.
fn kernel(note: u32) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let half = |bytes: &mut Vec<u8>, value: u16| bytes.extend(value.to_le_bytes());
    let word = |bytes: &mut Vec<u8>, value: u32| bytes.extend(value.to_le_bytes());
    let long = |bytes: &mut Vec<u8>, value: u64| bytes.extend(value.to_le_bytes());
    [2, 62].into_iter().for_each(|value| half(&mut bytes, value));
    word(&mut bytes, 1);
    [0x100_0000, 64, 0].into_iter().for_each(|value| long(&mut bytes, value));
    word(&mut bytes, 0);
    [64, 56, 2, 64, 0, 0].into_iter().for_each(|value| half(&mut bytes, value));
    // A segment to load, and the notes.
    for (kind, at, address, length) in [(1, 256, 0x100_0000, 4096), (4, 192, 0, 20)] {
        [kind, 5].into_iter().for_each(|value| word(&mut bytes, value));
        let virtual_address = 0xffff_ffff_8000_0000 + address;
        for value in [at, virtual_address, address, length, length, 4] {
            long(&mut bytes, value);
        }
    }
    bytes.resize(192, 0);
    [4, 4, note].into_iter().for_each(|value| word(&mut bytes, value));
    bytes.extend(b"Xen\0");
    word(&mut bytes, 0x100_0010);
    bytes.resize(256, 0);
    bytes.resize(256 + 4096, 0x90);
    bytes
}

fn place_in(kernel: Vec<u8>, disk: Option<usize>) -> Result<Placed, Misfit> {
    let memory = Memory { base: 0, size: 32 << 20 };
    let machine = Machine { arch: crate::Arch::X86_64, memory, vcpus: 1, cmdline: "quiet", seed: "linux" };
    pc::place(&kernel.into(), disk.map(|length| vec![7; length].into()), &machine)
}

fn long(page: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(page[at..at + 8].try_into().expect("eight bytes"))
}

#[test]
fn the_start_info_leads_to_everything() {
    let placed = place_in(kernel(18), Some(5000)).expect("fits");
    let load = |address| &placed.loads.iter().find(|load| load.address == address).expect("loaded").bytes;
    assert_eq!((placed.entry, placed.boot_arg), (0x100_0010, PARAMETERS));
    assert_eq!(load(0x100_0000)[..], [0x90; 4096]);
    let page = load(PARAMETERS);
    assert_eq!(long(page, 0), u64::from(MAGIC) | 1 << 32);
    assert_eq!(long(page, 8) >> 32, 1, "one module");
    let module = (long(page, 16) - PARAMETERS) as usize;
    assert_eq!((long(page, module), long(page, module + 8)), ((32 << 20) - 8192, 5000));
    assert_eq!(load(long(page, module))[..], [7; 5000]);
    assert!(load(long(page, 24)).starts_with(b"tsc_early_khz="));
    assert!(load(long(page, 32)).starts_with(b"RSD PTR "));
    let map = (long(page, 40) - PARAMETERS) as usize;
    assert_eq!((long(page, map), long(page, map + 8), long(page, map + 16)), (0, 0xa_0000, 1));
    assert_eq!(long(page, 48), 3);
}

#[test]
fn without_a_disk_there_is_no_module() {
    let placed = place_in(kernel(18), None).expect("fits");
    let page = &placed.loads.iter().find(|load| load.address == PARAMETERS).expect("loaded").bytes;
    assert_eq!((long(page, 8), long(page, 16)), (0, 0));
}

#[test]
fn a_kernel_without_the_entry_is_refused() {
    let said: String = place_in(kernel(3), None).expect_err("refused").sentence;
    assert!(said.contains("no PVH entry"), "{said}");
}

//! Images for tests, made on the spot.
#![allow(dead_code)]

use config::Images;

/// References and what they are. Each test program uses some of them.
pub(crate) const KNOWN: &[&str] = &[
    "guests/bench",
    "guests/chatter",
    "guests/hello",
    "guests/hog",
    "guests/hostile",
    "guests/periodic",
    "guests/smp",
    "guests/steward",
    "guests/vectors",
    "guests/elsewhere",
    "guests/foreign",
    "debian:cloud",
    "debian:linux",
    "debian:packed",
    "debian:missing",
    "linux/initramfs",
];

/// A 64-bit ELF file with one segment of 16 bytes at `address`, entered at its second word.
pub(crate) fn elf(machine: u16, address: u64) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(machine.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend([address + 4, 64, 0].iter().flat_map(|word: &u64| word.to_le_bytes()));
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend([64_u16, 56, 1, 64, 0, 0].iter().flat_map(|half| half.to_le_bytes()));
    bytes.extend([1_u32, 5].iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend([120, address, address, 16, 4096, 8].iter().flat_map(|word: &u64| word.to_le_bytes()));
    bytes.extend(*b"sixteen bytes...");
    bytes
}

/// An arm64 `Image` of one page that claims 40 MiB.
pub(crate) fn linux() -> Vec<u8> {
    let mut bytes = vec![0; 4096];
    bytes[16..24].copy_from_slice(&(40_u64 << 20).to_le_bytes());
    bytes[56..60].copy_from_slice(b"ARM\x64");
    bytes
}

/// A bzImage with a page of kernel that claims 8 MiB at 16 MiB.
pub(crate) fn bz_image() -> Vec<u8> {
    let mut bytes = vec![0; 1024 + 4096];
    bytes[0x1f1] = 1;
    bytes[0x201..0x208].copy_from_slice(b"\x66HdrS\x0f\x02");
    for (at, word) in [(0x22c, 0x7fff_ffff), (0x238, 2047), (0x258, 0x100_0000), (0x260, 8 << 20)] {
        bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(word));
    }
    bytes
}

/// The images of a PC.
pub(crate) struct FakePc;

impl Images for FakePc {
    fn arch(&self) -> config::Arch {
        config::Arch::X86_64
    }

    fn names(&self) -> Vec<String> {
        Fake.names()
    }

    fn read(&mut self, reference: &str) -> Result<Vec<u8>, String> {
        match reference {
            "debian:linux" => Ok(bz_image()),
            "linux/initramfs" => Ok(vec![7; 5000]),
            _ => Ok(elf(62, 0x4000_0000)),
        }
    }
}

/// The images behind [`KNOWN`].
pub(crate) struct Fake;

impl Images for Fake {
    fn names(&self) -> Vec<String> {
        KNOWN.iter().map(ToString::to_string).collect()
    }

    fn read(&mut self, reference: &str) -> Result<Vec<u8>, String> {
        match reference {
            "guests/elsewhere" => Ok(elf(183, 0x8000_0000)),
            "guests/foreign" => Ok(elf(62, 0x4000_0000)),
            "debian:cloud" | "debian:linux" => Ok(linux()),
            "debian:packed" => Ok(vec![0x1f, 0x8b, 8, 0]),
            "debian:missing" => Err("the network cannot be reached; try again later".into()),
            "linux/initramfs" => Ok(vec![7; 5000]),
            _ => Ok(elf(183, 0x4000_0000)),
        }
    }
}

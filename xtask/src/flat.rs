//! From the linked ELF file to the flat image that boot loaders start.

use anyhow::{Context, Result, bail, ensure};
use elf::ElfBytes;
use elf::abi::{PF_X, PT_LOAD};
use elf::endian::LittleEndian;

/// A hypervisor larger than this is a linking mistake.
const LARGEST: u64 = 16 << 20;
/// Where the arm64 boot protocol wants its magic, and what it is.
const MAGIC_AT: usize = 56;
const MAGIC: &[u8; 4] = b"ARM\x64";

/// The loadable segments laid out by physical address, and how many bytes of them are code.
pub(crate) struct Flat {
    /// The image.
    pub(crate) bytes: Vec<u8>,
    /// Bytes of executable segments.
    pub(crate) code: u64,
}

/// Lays the segments of an ELF file out as they lie in memory and checks the boot header.
pub(crate) fn flatten(elf: &[u8]) -> Result<Flat> {
    let flat = lay_out(elf).context("the linked hypervisor is not a usable ELF file")?;
    let magic = flat.bytes.get(MAGIC_AT..MAGIC_AT + MAGIC.len());
    ensure!(magic == Some(MAGIC), "the hypervisor does not begin with an arm64 boot header; check its linker script");
    Ok(flat)
}

/// Bytes of executable segments of an ELF file that is booted as it is.
pub(crate) fn code(elf: &[u8]) -> Result<u64> {
    Ok(lay_out(elf).context("the linked hypervisor is not a usable ELF file")?.code)
}

fn lay_out(bytes: &[u8]) -> Result<Flat> {
    let file = ElfBytes::<LittleEndian>::minimal_parse(bytes)?;
    let headers = file.segments().context("it has no segments")?.iter();
    let segments: Vec<_> = headers.filter(|segment| segment.p_type == PT_LOAD && segment.p_filesz > 0).collect();
    let first = segments.iter().map(|segment| segment.p_paddr).min().context("nothing to load")?;
    let mut flat = Flat { bytes: Vec::new(), code: 0 };
    for segment in segments {
        let content = file.segment_data(&segment)?;
        let at = segment.p_paddr - first;
        if at.saturating_add(content.len() as u64) > LARGEST {
            bail!("a segment lies {at:#x} bytes behind the first one");
        }
        place(&mut flat.bytes, at as usize, content);
        if segment.p_flags & PF_X != 0 {
            flat.code += content.len() as u64;
        }
    }
    Ok(flat)
}

fn place(image: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if image.len() < end {
        image.resize(end, 0);
    }
    image[at..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_refused_with_a_sentence() {
        let error = flatten(b"not an ELF file at all").err().expect("refused");
        assert!(error.to_string().contains("not a usable ELF"));
    }

    #[test]
    fn segments_keep_their_distance() {
        let mut image = Vec::new();
        place(&mut image, 8, &[2, 2]);
        place(&mut image, 0, &[1]);
        assert_eq!(image, [1, 0, 0, 0, 0, 0, 0, 0, 2, 2]);
    }
}

//! Which functions were inlined where, from the debug information of the image.

use addr2line::Context as Lines;
use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian, SectionId};
use anyhow::{Context, Result};
use elf::ElfBytes;
use elf::endian::LittleEndian as Little;

/// The function that looks for an interrupt; it is inlined where that is done.
const LOOK: &str = "interrupt_pending";
/// Crates that are the project's own; what is inlined from others counts for who called it.
const OWN: &[&str] = &["abi::", "config::", "kernel::", "policies::", "sched", "trace::"];

type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// The debug information.
pub(super) struct Inlined<'a>(Lines<Reader<'a>>);

impl<'a> Inlined<'a> {
    /// Reads it from an ELF file.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self> {
        let file = ElfBytes::<Little>::minimal_parse(bytes).context("the hypervisor is no usable ELF file")?;
        let section = |id: SectionId| -> Result<Reader<'a>> {
            let header = file.section_header_by_name(id.name())?;
            let data = header.map(|header| file.section_data(&header)).transpose()?.map_or(&[][..], |(data, _)| data);
            Ok(EndianSlice::new(data, LittleEndian))
        };
        let lines = Lines::from_dwarf(Dwarf::load(section)?).context("its debug information is not understood")?;
        Ok(Self(lines))
    }

    /// The functions at an address, the innermost first.
    pub(super) fn names(&self, at: u64) -> Vec<String> {
        let mut names = Vec::new();
        let Ok(mut frames) = self.0.find_frames(at).skip_all_loads() else { return names };
        while let Ok(Some(frame)) = frames.next() {
            let Some(Ok(name)) = frame.function.as_ref().map(|function| function.raw_name()) else { continue };
            names.push(format!("{:#}", rustc_demangle::demangle(&name)));
        }
        names
    }

    /// Whether a look for interrupts begins at this instruction.
    pub(super) fn looks(&self, at: u64) -> bool {
        let inside = |at: u64| self.names(at).iter().any(|name| name.ends_with(LOOK));
        inside(at) && !inside(at.wrapping_sub(1))
    }

    /// The innermost function at an address that is the project's own.
    pub(super) fn own(&self, at: u64) -> Option<String> {
        let is_own = |name: &String| {
            let name = name.trim_start_matches('<');
            OWN.iter().any(|start| name.starts_with(start))
        };
        self.names(at).into_iter().find(is_own)
    }
}

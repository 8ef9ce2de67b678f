//! ELF images: for the machine that boots them, statically linked, each loadable segment at its physical address.

use std::format;
use std::string::ToString;
use std::vec::Vec;

use elf::ElfBytes;
use elf::abi::{EM_AARCH64, EM_X86_64, ET_EXEC, PT_DYNAMIC, PT_INTERP, PT_LOAD, PT_NOTE};
use elf::endian::LittleEndian;
use elf::file::Class;
use elf::note::Note;
use elf::segment::ProgramHeader;

use super::place::{Placed, range};
use super::{Arch, Memory, Misfit};
use crate::plan::LOADS_MAX;
use crate::resolved::ResolvedLoad;

/// True if these are the first bytes of an ELF file.
pub(crate) fn is_elf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x7fELF")
}

/// Places an ELF file.
pub(crate) fn place(bytes: &[u8], memory: Memory, arch: Arch) -> Result<Placed, Misfit> {
    let read = Read::new(bytes, memory, arch)?;
    let entry = entry(read.file.ehdr.e_entry, &read.loaded).ok_or_else(|| bad(arch, "its entry is in no segment"))?;
    Ok(Placed { loads: read.loads, entry, boot_arg: 0, clock_text: 0 })
}

/// The pieces of a kernel with a PVH entry, that entry, and where its memory ends.
pub(crate) fn with_pvh_entry(
    bytes: &[u8],
    memory: Memory,
    arch: Arch,
) -> Result<(Vec<ResolvedLoad>, u64, u64), Misfit> {
    let read = Read::new(bytes, memory, arch)?;
    let none = || bad(arch, "it has no PVH entry; Linux has one if it is built with CONFIG_PVH");
    let entry = pvh_entry(&read.file).filter(|entry| memory.holds(*entry, 4)).ok_or_else(none)?;
    let end = read.loaded.iter().map(|header| header.p_paddr.saturating_add(header.p_memsz)).max();
    Ok((read.loads, entry, end.unwrap_or(0)))
}

/// The note "Xen", 18: the address of a 32-bit entry.
fn pvh_entry(file: &ElfBytes<LittleEndian>) -> Option<u64> {
    const PHYS32_ENTRY: u64 = 18;
    let notes = file.segments()?.iter().filter(|header| header.p_type == PT_NOTE);
    let mut notes = notes.filter_map(|header| file.segment_data_as_notes(&header).ok()).flatten();
    notes.find_map(|note| match note {
        Note::Unknown(any) if any.n_type == PHYS32_ENTRY && any.name.starts_with(b"Xen") => {
            any.desc.get(..4)?.try_into().ok().map(u32::from_le_bytes).map(u64::from)
        }
        _ => None,
    })
}

fn bad(arch: Arch, why: &str) -> Misfit {
    let (_, name) = wanted(arch);
    let remedy = format!("link it statically for a bare {name} machine, as the guests of this repository are");
    Misfit::new(format!("the ELF image cannot be used: {why}"), remedy)
}

/// The machine's number and name.
const fn wanted(arch: Arch) -> (u16, &'static str) {
    match arch {
        Arch::Aarch64 => (EM_AARCH64, "AArch64"),
        Arch::X86_64 => (EM_X86_64, "x86"),
    }
}

/// A file that was looked at.
struct Read<'a> {
    file: ElfBytes<'a, LittleEndian>,
    /// Its loadable segments.
    loaded: Vec<ProgramHeader>,
    loads: Vec<ResolvedLoad>,
}

impl<'a> Read<'a> {
    fn new(bytes: &'a [u8], memory: Memory, arch: Arch) -> Result<Self, Misfit> {
        let bad = |why: &str| bad(arch, why);
        let (machine, name) = wanted(arch);
        let file = ElfBytes::<LittleEndian>::minimal_parse(bytes).map_err(|error| bad(&error.to_string()))?;
        if file.ehdr.class != Class::ELF64 || file.ehdr.e_machine != machine {
            return Err(bad(&format!("it is not for 64-bit {name}")));
        }
        if file.ehdr.e_type != ET_EXEC {
            return Err(bad("it is not an executable at fixed addresses"));
        }
        let headers: Vec<_> = file.segments().iter().flat_map(|table| table.iter()).collect();
        if headers.iter().any(|header| [PT_INTERP, PT_DYNAMIC].contains(&header.p_type)) {
            return Err(bad("it is linked dynamically"));
        }
        let loaded: Vec<_> =
            headers.into_iter().filter(|header| header.p_type == PT_LOAD && header.p_memsz > 0).collect();
        if loaded.is_empty() || loaded.len() > LOADS_MAX {
            return Err(bad("it has no loadable segment, or more than 255"));
        }
        let mut loads = Vec::new();
        for header in &loaded {
            let data = file.segment_data(header).map_err(|error| bad(&error.to_string()))?;
            loads.extend(segment(header, data, memory)?);
        }
        Ok(Self { file, loaded, loads })
    }
}

/// A segment's load; none if it has only zeros.
fn segment(header: &ProgramHeader, data: &[u8], memory: Memory) -> Result<Option<ResolvedLoad>, Misfit> {
    let (address, size) = (header.p_paddr, header.p_memsz.max(header.p_filesz));
    if !memory.holds(address, size) {
        let sentence = format!("the image needs {size} bytes at {address:#x}");
        return Err(Misfit::room(sentence, range(memory)));
    }
    Ok((!data.is_empty()).then(|| ResolvedLoad { address, bytes: data.into() }))
}

/// The physical address of the entry, which the file gives as a virtual one.
fn entry(address: u64, loaded: &[ProgramHeader]) -> Option<u64> {
    let inside = |header: &&ProgramHeader| address >= header.p_vaddr && address - header.p_vaddr < header.p_memsz;
    let home = loaded.iter().find(inside)?;
    home.p_paddr.checked_add(address - home.p_vaddr)
}

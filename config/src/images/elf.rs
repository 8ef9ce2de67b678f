//! ELF images: for the machine that boots them, statically linked, each loadable segment at its physical address.

use std::format;
use std::string::ToString;
use std::vec::Vec;

use elf::ElfBytes;
use elf::abi::{EM_AARCH64, EM_X86_64, ET_EXEC, PT_DYNAMIC, PT_INTERP, PT_LOAD};
use elf::endian::LittleEndian;
use elf::file::Class;
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
    let (machine, name) = match arch {
        Arch::Aarch64 => (EM_AARCH64, "AArch64"),
        Arch::X86_64 => (EM_X86_64, "x86"),
    };
    let remedy = || format!("link it statically for a bare {name} machine, as the guests of this repository are");
    let bad = |why: &str| Misfit::new(format!("the ELF image cannot be used: {why}"), remedy());
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
    let loaded: Vec<_> = headers.iter().filter(|header| header.p_type == PT_LOAD && header.p_memsz > 0).collect();
    if loaded.is_empty() || loaded.len() > LOADS_MAX {
        return Err(bad("it has no loadable segment, or more than 255"));
    }
    let mut loads = Vec::new();
    for header in &loaded {
        let data = file.segment_data(header).map_err(|error| bad(&error.to_string()))?;
        loads.extend(segment(header, data, memory)?);
    }
    Ok(Placed {
        loads,
        entry: entry(file.ehdr.e_entry, &loaded).ok_or_else(|| bad("its entry is in no segment"))?,
        boot_arg: 0,
        clock_text: 0,
    })
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
fn entry(address: u64, loaded: &[&ProgramHeader]) -> Option<u64> {
    let inside = |header: &&&ProgramHeader| address >= header.p_vaddr && address - header.p_vaddr < header.p_memsz;
    let home = loaded.iter().find(inside)?;
    home.p_paddr.checked_add(address - home.p_vaddr)
}

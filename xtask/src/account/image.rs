//! The hypervisor's image as a reader of executed addresses needs it: where its code lies, what its instructions do to a
//! stretch with interrupts masked, and which function they belong to.

use super::inlined::Inlined;
use crate::arch::Arch;
use anyhow::{Context, Result};
use elf::ElfBytes;
use elf::abi::{PF_X, PT_LOAD, STT_FUNC, STT_NOTYPE};
use elf::endian::LittleEndian as Little;
use std::collections::HashSet;
use std::ops::Range;

/// The end of the system.
const STOP: &str = "kernel::finish::stop";
/// Where every choice of a scheduler passes once, with one event in the trace.
const CHOICE: &str = "as sched::scheduler::Scheduler>::turn";
/// The table of vectors (AArch64), its length, and that of each.
const VECTORS: &str = "vectors";
const VECTORS_BYTES: u64 = 0x800;
const VECTOR_BYTES: u64 = 0x80;
const VMRUN_BYTES: u64 = 3;
/// Functions of the boot that wait in a loop of millions of instructions: for a clock, and for another pCPU.
const WAITS: &[&str] = &["kernel::arch::x86_64::clock::measure", "kernel::arch::x86_64::start::start_cpu"];
/// What lies in front of the first symbol.
const UNKNOWN: &str = "?";

/// What an instruction does to a stretch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum End {
    /// It goes on with a guest.
    Guest,
    /// It sleeps until there is an interrupt.
    Sleep,
    /// It looks whether an interrupt is pending, and goes on only if none is.
    Look,
}

/// The image.
pub(crate) struct Image {
    arch: Arch,
    file: Vec<u8>,
    code: Vec<(u64, Vec<u8>)>,
    functions: Vec<(u64, String)>,
    choices: HashSet<u64>,
    vectors: u64,
    stop: u64,
}

impl Image {
    /// Reads the ELF file.
    pub(crate) fn read(arch: Arch, bytes: Vec<u8>) -> Result<Self> {
        let file = ElfBytes::<Little>::minimal_parse(&bytes).context("the hypervisor is no usable ELF file")?;
        let code = code(&file)?;
        let functions = functions(&file)?;
        let named = |name: &'static str| functions.iter().filter(move |(_, has)| has.contains(name)).map(|(at, _)| *at);
        let choices: HashSet<u64> = named(CHOICE).collect();
        let stop = named(STOP).next().with_context(|| format!("the hypervisor has no function `{STOP}`"))?;
        let vectors =
            functions.iter().find(|(_, name)| name == VECTORS).map_or(u64::MAX - VECTORS_BYTES, |(at, _)| *at);
        Ok(Self { arch, code, functions, choices, vectors, stop, file: bytes })
    }

    /// Which functions were inlined where.
    pub(super) fn inlined(&self) -> Result<Inlined<'_>> {
        Inlined::read(&self.file)
    }

    /// The code that is worth a log: all but [`WAITS`].
    pub(crate) fn ranges(&self) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = self
            .code
            .iter()
            .map(|(at, bytes)| *at..at + bytes.len() as u64)
            .filter(|range| !range.is_empty())
            .collect();
        for pair in self.functions.windows(2) {
            let [(begin, name), (end, _)] = pair else { continue };
            if WAITS.contains(&name.as_str()) {
                ranges = ranges.into_iter().flat_map(|range| without(range, begin..end)).collect();
            }
        }
        ranges
    }

    /// Whether a stretch ends with this instruction.
    pub(super) fn ends_with(&self, at: u64) -> Option<End> {
        let four = |bytes: &[u8]| Some(u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?));
        let bytes = self.bytes(at)?;
        match self.arch {
            Arch::Aarch64 => match four(bytes)? {
                0xd69f_03e0 => Some(End::Guest),
                0xd503_207f => Some(End::Sleep),
                _ => None,
            },
            Arch::X86_64 => match bytes {
                [0x0f, 0x01, 0xd8, ..] => Some(End::Guest),
                [0xf4, ..] => Some(End::Sleep),
                _ => None,
            },
        }
    }

    /// Whether an exit out of a guest arrives here: at a vector (AArch64) or behind VMRUN.
    pub(super) fn enters(&self, at: u64) -> bool {
        match self.arch {
            Arch::Aarch64 => {
                at.checked_sub(self.vectors).is_some_and(|from| from < VECTORS_BYTES && from % VECTOR_BYTES == 0)
            }
            Arch::X86_64 => at.checked_sub(VMRUN_BYTES).and_then(|before| self.ends_with(before)) == Some(End::Guest),
        }
    }

    /// Whether a scheduler's choice begins here.
    pub(super) fn chooses(&self, at: u64) -> bool {
        self.choices.contains(&at)
    }

    /// Whether the end of the system begins here.
    pub(super) fn stops(&self, at: u64) -> bool {
        self.stop == at
    }

    /// The function at this address, and whether the address is its first.
    pub(super) fn function(&self, at: u64) -> (&str, bool) {
        let after = self.functions.partition_point(|(start, _)| *start <= at);
        let found = after.checked_sub(1).and_then(|index| self.functions.get(index));
        found.map_or((UNKNOWN, false), |(start, name)| (name, *start == at))
    }

    fn bytes(&self, at: u64) -> Option<&[u8]> {
        let inside = self.code.iter().find(|(start, bytes)| (*start..start + bytes.len() as u64).contains(&at));
        inside.and_then(|(start, bytes)| bytes.get((at - start) as usize..))
    }
}

/// What is left of a range: up to two.
fn without(range: Range<u64>, hole: Range<&u64>) -> impl Iterator<Item = Range<u64>> {
    let (begin, end) = ((*hole.start).clamp(range.start, range.end), (*hole.end).clamp(range.start, range.end));
    [range.start..begin, end..range.end].into_iter().filter(|range| !range.is_empty())
}

fn code(file: &ElfBytes<'_, Little>) -> Result<Vec<(u64, Vec<u8>)>> {
    let segments = file.segments().context("the hypervisor has no segments")?.iter();
    let executable = segments.filter(|one| one.p_type == PT_LOAD && one.p_flags & PF_X != 0 && one.p_filesz > 0);
    executable.map(|one| Ok((one.p_vaddr, file.segment_data(&one)?.to_vec()))).collect()
}

/// The symbols of the code in ascending order, one for each address.
fn functions(file: &ElfBytes<'_, Little>) -> Result<Vec<(u64, String)>> {
    let (symbols, names) = file.symbol_table()?.context("the hypervisor has no symbols")?;
    let mut functions = Vec::new();
    for symbol in symbols.iter() {
        let section = file.section_headers().context("no sections")?.get(usize::from(symbol.st_shndx));
        let executable = section.is_ok_and(|section| section.sh_flags & u64::from(elf::abi::SHF_EXECINSTR) != 0);
        let name = names.get(symbol.st_name as usize).unwrap_or_default();
        // `$x` and `$d` tell code from data on Arm.
        let counts =
            [STT_FUNC, STT_NOTYPE].contains(&symbol.st_symtype()) && !name.is_empty() && !name.starts_with('$');
        if executable && counts {
            functions.push((symbol.st_value, format!("{:#}", rustc_demangle::demangle(name))));
        }
    }
    functions.sort();
    functions.dedup_by_key(|(at, _)| *at);
    Ok(functions)
}

#[cfg(test)]
impl Image {
    /// Code for AArch64 at `at`, in one function for every four instructions, with these choices and this end.
    pub(super) fn of_words(at: u64, words: &[u32], choices: &[u64], stop: u64) -> Self {
        let code = vec![(at, words.iter().flat_map(|word| word.to_le_bytes()).collect())];
        let functions = (0..words.len() as u64).step_by(4).map(|n| (at + 4 * n, format!("f{}", n / 4))).collect();
        Self {
            arch: Arch::Aarch64,
            code,
            functions,
            choices: choices.iter().copied().collect(),
            vectors: at,
            stop,
            file: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn a_hole_leaves_what_is_around_it() {
        let left = |begin: u64, end: u64| {
            without(10..20, &begin..&end).map(|range| (range.start, range.end)).collect::<Vec<_>>()
        };
        assert_eq!(left(12, 15), [(10, 12), (15, 20)]);
        assert_eq!(left(10, 15), [(15, 20)]);
        assert_eq!(left(30, 40), [(10, 20)]);
        assert_eq!(left(0, 40), []);
    }
}

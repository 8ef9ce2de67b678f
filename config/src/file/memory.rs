//! The memory of a partition: its size, and where it begins.

use std::format;
use std::string::String;

use crate::images::{Arch, ImageText, Memory};
use crate::plan::{ADDRESS_LIMIT, MEMORY_ALIGN};

use super::field::Field;
use super::partition::PartitionText;
use super::problem::{At, Problem, Problems};
use super::{show_address, show_size};

/// Reads `memory`.
pub(crate) fn size(field: &Field, problems: &mut Problems) -> Option<At<u64>> {
    let size = field.size(problems)?;
    let sentence = if size == 0 {
        "a partition needs memory"
    } else if !size.is_multiple_of(MEMORY_ALIGN) {
        "`memory` must be a multiple of 2MiB"
    } else if size > ADDRESS_LIMIT - abi::layout::DEVICES.end {
        "`memory` goes beyond the 512GiB of a partition's address space"
    } else {
        return Some(At { value: size, span: field.span.clone() });
    };
    let near = size.checked_next_multiple_of(MEMORY_ALIGN).unwrap_or(0).clamp(MEMORY_ALIGN, 256 << 30);
    problems.push(field.problem(sentence).remedy(format!("write for instance `memory = \"{}\"`", show_size(near))));
    None
}

/// Reads `memory_base`.
pub(crate) fn base(field: &Field, problems: &mut Problems) -> Option<At<u64>> {
    let base = field.address(problems)?;
    if !base.is_multiple_of(MEMORY_ALIGN) {
        problems.push(field.problem("`memory_base` must be a multiple of 2MiB").remedy(usual(abi::layout::RAM)));
        return None;
    }
    Some(At { value: base, span: field.span.clone() })
}

/// The memory of a partition on a machine of this architecture. It has no size after a problem.
pub(crate) fn place(text: &PartitionText, arch: Arch, problems: &mut Problems) -> Memory {
    let size = text.memory.as_ref().map_or(0, |size| size.value);
    let own = default_base(text, arch);
    let Some(base) = &text.memory_base else {
        let memory = Memory { base: own, size };
        if let (Some(size), Some(sentence)) = (&text.memory, misplaced(memory, arch)) {
            problems.push(Problem::new(&size.span, sentence).remedy("give the partition less memory"));
        }
        return memory;
    };
    let memory = Memory { base: base.value, size: size.max(MEMORY_ALIGN) };
    if let Some(sentence) = misplaced(memory, arch) {
        let problem = Problem::new(&base.span, sentence).remedy(usual(own));
        problems.push(match &text.memory {
            Some(size) if !arch.devices().contains(&base.value) => problem.with(&size.span, "its size is given here"),
            _ => problem,
        });
        return Memory { base: own, size };
    }
    Memory { base: base.value, size }
}

/// Linux on a PC needs the first megabyte.
fn default_base(text: &PartitionText, arch: Arch) -> u64 {
    match (arch, &text.image) {
        (Arch::X86_64, Some(ImageText::Linux { .. })) => 0,
        _ => abi::layout::RAM,
    }
}

/// Why the memory cannot lie there.
fn misplaced(memory: Memory, arch: Arch) -> Option<String> {
    let devices = arch.devices();
    if memory.base < devices.end && memory.end() > devices.start {
        let (start, end) = (show_address(devices.start), show_address(devices.end));
        return Some(format!("the memory must leave the addresses from {start} below {end} to devices"));
    }
    let beyond = memory.base.checked_add(memory.size).is_none_or(|end| end > ADDRESS_LIMIT);
    beyond.then(|| "the memory ends beyond the 512GiB of a partition's address space".into())
}

fn usual(base: u64) -> String {
    format!("the usual base is {}; leave `memory_base` out to have it", show_address(base))
}

//! Where the pieces of an image go in a partition's memory, by the kind of image.

use std::format;
use std::sync::Arc;
use std::vec;
use std::vec::Vec;

use super::text::RawText;
use super::{ImageText, Machine, Memory, Misfit, Store, elf, linux, tree};
use crate::file::{At, PartitionText, Problem, Problems, Span, show_size};
use crate::resolved::ResolvedLoad;

/// What is loaded, and where the guest begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Placed {
    pub(crate) loads: Vec<ResolvedLoad>,
    pub(crate) entry: u64,
    pub(crate) boot_arg: u64,
}

impl Placed {
    /// Nothing to load, when images are not read.
    const fn nothing(memory: Memory) -> Self {
        Self { loads: Vec::new(), entry: memory.base, boot_arg: 0 }
    }
}

/// Places the image of a partition; `None` after a problem, or if there is no image or no memory.
pub(crate) fn place(
    image: Option<&ImageText>,
    text: &PartitionText,
    store: &mut Store,
    problems: &mut Problems,
) -> Option<Placed> {
    let (image, size) = (image?, text.memory.as_ref()?);
    let memory = Memory { base: text.memory_base, size: size.value };
    let machine = |cmdline| Machine { memory, vcpus: text.vcpus, cmdline, seed: text.name.value };
    let mut tell = |span: &Span, misfit: Misfit| {
        let problem = Problem::new(span, misfit.sentence)
            .with(&size.span, format!("the partition has {}", show_size(size.value)));
        problems.push(problem.remedy(misfit.remedy));
    };
    let placed = match image {
        ImageText::Any(name) => {
            fetch(name, store).and_then(|bytes| any(bytes, &machine("")).map_err(|misfit| (name.span.clone(), misfit)))
        }
        ImageText::Linux { kernel, initrd, cmdline } => boot(kernel, initrd.as_ref(), &machine(cmdline), store),
        ImageText::Raw(raw) => fetch(&raw.raw, store).and_then(|bytes| {
            at_address(bytes, raw, &machine(raw.cmdline)).map_err(|misfit| (raw.raw.span.clone(), misfit))
        }),
    };
    placed.map_err(|(span, misfit)| tell(&span, misfit)).ok()
}

type Told<T> = Result<T, (Span, Misfit)>;

fn fetch(name: &At<&str>, store: &mut Store) -> Told<Option<Arc<[u8]>>> {
    store.fetch(name.value).map_err(|misfit| (name.span.clone(), misfit))
}

fn any(bytes: Option<Arc<[u8]>>, machine: &Machine) -> Result<Placed, Misfit> {
    let Some(bytes) = bytes else { return Ok(Placed::nothing(machine.memory)) };
    if elf::is_elf(&bytes) {
        return elf::place(&bytes, machine.memory);
    }
    if linux::is_image(&bytes) {
        return linux::place(bytes, None, machine);
    }
    raw(bytes, machine.memory.base, machine.memory.base, machine.memory)
}

fn boot(kernel: &At<&str>, initrd: Option<&At<&str>>, machine: &Machine, store: &mut Store) -> Told<Placed> {
    let image = fetch(kernel, store)?;
    let ramdisk = match initrd {
        Some(initrd) => fetch(initrd, store)?,
        None => None,
    };
    let Some(image) = image else { return Ok(Placed::nothing(machine.memory)) };
    linux::place(image, ramdisk, machine).map_err(|misfit| (kernel.span.clone(), misfit))
}

fn at_address(bytes: Option<Arc<[u8]>>, text: &RawText, machine: &Machine) -> Result<Placed, Misfit> {
    let memory = machine.memory;
    let load = text.load.as_ref().map_or(memory.base, |at| at.value);
    let entry = text.entry.as_ref().map_or(load, |at| at.value);
    let mut placed = match bytes {
        Some(bytes) => raw(bytes, load, entry, memory)?,
        None => Placed { entry, ..Placed::nothing(memory) },
    };
    if !memory.holds(entry, 4) || !entry.is_multiple_of(4) {
        return Err(outside("the entry", entry, memory));
    }
    let Some(dtb) = &text.dtb else { return Ok(placed) };
    let blob = tree::device_tree(machine, None)?;
    let (from, length) = (dtb.value, blob.len() as u64);
    if !memory.holds(from, length) || !from.is_multiple_of(8) {
        return Err(outside("the device tree", from, memory));
    }
    let clash = placed
        .loads
        .iter()
        .any(|other| from < other.address + other.bytes.len() as u64 && other.address < from + length);
    if clash {
        let sentence = format!("the device tree at {from:#x} overlaps the image");
        return Err(Misfit::new(sentence, "choose another address for `dtb` or `load`"));
    }
    placed.loads.push(ResolvedLoad { address: from, bytes: blob.into() });
    Ok(Placed { boot_arg: from, ..placed })
}

fn raw(bytes: Arc<[u8]>, load: u64, entry: u64, memory: Memory) -> Result<Placed, Misfit> {
    let length = bytes.len() as u64;
    if !memory.holds(load, length) {
        let sentence = format!("the image needs {length} bytes at {load:#x}");
        return Err(Misfit::new(sentence, range(memory)));
    }
    Ok(Placed { loads: vec![ResolvedLoad { address: load, bytes }], entry, boot_arg: 0 })
}

fn outside(what: &str, address: u64, memory: Memory) -> Misfit {
    Misfit::new(format!("{what} at {address:#x} is not aligned or lies outside the partition's memory"), range(memory))
}

/// Which addresses there are, as a remedy.
pub(super) fn range(memory: Memory) -> std::string::String {
    format!("the partition's memory is {:#x}..{:#x}; give it more, or move the image", memory.base, memory.end())
}

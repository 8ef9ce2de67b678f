//! Where the pieces of an image go in a partition's memory, by the kind of image.

use std::format;
use std::string::String;
use std::sync::Arc;
use std::vec;
use std::vec::Vec;

use super::text::RawText;
use super::{Arch, ImageText, Machine, Memory, Misfit, Store, elf, linux, pc, tree};
use crate::file::{At, PartitionText, Problem, Problems, Span, show_size};
use crate::resolved::ResolvedLoad;

/// What is loaded, and where the guest begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Placed {
    pub(crate) loads: Vec<ResolvedLoad>,
    pub(crate) entry: u64,
    pub(crate) boot_arg: u64,
    /// Where the frequency of the counter is written as text; 0 for nowhere.
    pub(crate) clock_text: u64,
}

impl Placed {
    /// Nothing to load, when images are not read.
    const fn nothing(memory: Memory) -> Self {
        Self { loads: Vec::new(), entry: memory.base, boot_arg: 0, clock_text: 0 }
    }
}

/// Places the image of a partition; nothing after a problem, or if there is no image or no memory.
pub(crate) fn place(text: &PartitionText, memory: Memory, store: &mut Store, problems: &mut Problems) -> Placed {
    let (Some(image), Some(size)) = (&text.image, &text.memory) else { return Placed::nothing(memory) };
    let arch = store.arch();
    let machine = |cmdline| Machine { arch, memory, vcpus: text.vcpus, cmdline, seed: text.name.value };
    let placed = match image {
        ImageText::Any(name) => fetch(name, store).and_then(|bytes| any(bytes, &machine("")).map_err(at(name))),
        ImageText::Linux { kernel, initrd, cmdline } => boot(kernel, initrd.as_ref(), &machine(cmdline), store),
        ImageText::Raw(raw) => fetch(&raw.raw, store).and_then(|bytes| at_address(bytes, raw, &machine(raw.cmdline))),
    };
    placed.unwrap_or_else(|(span, misfit)| {
        let problem = Problem::new(&span, misfit.sentence).remedy(misfit.remedy);
        let note = || format!("the partition has {}", show_size(size.value));
        problems.push(if misfit.room { problem.with(&size.span, note()) } else { problem });
        Placed::nothing(memory)
    })
}

type Told<T> = Result<T, (Span, Misfit)>;

/// Says where a misfit comes from.
fn at<T>(value: &At<T>) -> impl Fn(Misfit) -> (Span, Misfit) + '_ {
    |misfit| (value.span.clone(), misfit)
}

fn fetch(name: &At<&str>, store: &mut Store) -> Told<Option<Arc<[u8]>>> {
    store.fetch(name.value).map_err(at(name))
}

fn any(bytes: Option<Arc<[u8]>>, machine: &Machine) -> Result<Placed, Misfit> {
    let Some(bytes) = bytes else { return Ok(Placed::nothing(machine.memory)) };
    if elf::is_elf(&bytes) {
        return elf::place(&bytes, machine.memory, machine.arch);
    }
    if linux::is_image(&bytes) || pc::is_image(&bytes) {
        return kernel(bytes, None, machine);
    }
    raw(bytes, machine.memory.base, machine.memory)
}

fn boot(kernel: &At<&str>, initrd: Option<&At<&str>>, machine: &Machine, store: &mut Store) -> Told<Placed> {
    let image = fetch(kernel, store)?;
    let ramdisk = match initrd {
        Some(initrd) => fetch(initrd, store)?,
        None => None,
    };
    let Some(image) = image else { return Ok(Placed::nothing(machine.memory)) };
    self::kernel(image, ramdisk, machine).map_err(at(kernel))
}

/// A Linux kernel for the machine that boots it.
fn kernel(image: Arc<[u8]>, ramdisk: Option<Arc<[u8]>>, machine: &Machine) -> Result<Placed, Misfit> {
    match machine.arch {
        Arch::Aarch64 => linux::place(image, ramdisk, machine),
        Arch::X86_64 => pc::place(&image, ramdisk, machine),
    }
}

fn at_address(bytes: Option<Arc<[u8]>>, text: &RawText, machine: &Machine) -> Told<Placed> {
    let memory = machine.memory;
    let base = At { value: memory.base, span: text.raw.span.clone() };
    let load = text.load.as_ref().unwrap_or(&base);
    let entry = text.entry.as_ref().unwrap_or(load);
    let mut placed = match bytes {
        Some(bytes) => raw(bytes, load.value, memory).map_err(at(load))?,
        None => Placed::nothing(memory),
    };
    placed.entry = entry.value;
    if !memory.holds(entry.value, 4) || !entry.value.is_multiple_of(4) {
        return Err(outside("the entry must be 4-byte aligned", memory)).map_err(at(entry));
    }
    let Some(dtb) = &text.dtb else { return Ok(placed) };
    if machine.arch == Arch::X86_64 {
        return Err(Misfit::new("a PC has no device tree", "leave `dtb` out")).map_err(at(dtb));
    }
    let tree = tree::device_tree(machine, None).map_err(at(dtb))?;
    add_tree(placed, tree.into(), dtb.value, memory).map_err(at(dtb))
}

fn add_tree(mut placed: Placed, tree: Arc<[u8]>, address: u64, memory: Memory) -> Result<Placed, Misfit> {
    let length = tree.len() as u64;
    if !memory.holds(address, length) || !address.is_multiple_of(8) {
        return Err(outside("the device tree must be 8-byte aligned", memory));
    }
    let end = |load: &ResolvedLoad| load.address + load.bytes.len() as u64;
    if placed.loads.iter().any(|load| address < end(load) && load.address < address + length) {
        let sentence = format!("the device tree, {length} bytes at {address:#x}, overlaps the image");
        return Err(Misfit::new(sentence, "choose another address for `dtb` or `load`"));
    }
    placed.loads.push(ResolvedLoad { address, bytes: tree });
    Ok(Placed { boot_arg: address, ..placed })
}

/// Bytes at an address, entered at the first one.
fn raw(bytes: Arc<[u8]>, address: u64, memory: Memory) -> Result<Placed, Misfit> {
    let length = bytes.len() as u64;
    if !memory.holds(address, length) {
        let sentence = format!("the image needs {length} bytes at {address:#x}");
        return Err(Misfit::room(sentence, range(memory)));
    }
    Ok(Placed { loads: vec![ResolvedLoad { address, bytes }], entry: address, boot_arg: 0, clock_text: 0 })
}

fn outside(rule: &str, memory: Memory) -> Misfit {
    Misfit::room(format!("{rule} and lie in the partition's memory"), range(memory))
}

/// Which addresses there are, as a remedy.
pub(super) fn range(memory: Memory) -> String {
    format!("its memory is {:#x}..{:#x}; choose an address there, or change the memory", memory.base, memory.end())
}

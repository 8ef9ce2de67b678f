//! The machine from its device tree: memory, pCPUs, interrupt controller, console, boot line, bundle.
//!
//! Nothing else in the hypervisor knows an address of a board.

use super::{AFFINITY, gic, link, mmu, uart};
use crate::{
    boot::Machine,
    memory::{Range, Ranges},
};
use core::sync::atomic::Ordering;
use dtoolkit::{
    Node, Property,
    fdt::{Fdt, FdtNode},
};
use sched::{Cpu, CpuSet};

const BLOCK: u64 = 0x20_0000;
const BANKS: usize = 8;

/// Reads the device tree at `address`, maps what it names, and says what there is.
pub(super) fn read(address: u64, started: u64) -> Result<Machine, &'static str> {
    let (bytes, tree) = tree_at(address)?;
    let console = first_node(tree.root(), "arm,pl011");
    if let Some((node, uart)) = console.and_then(|node| Some((node, ranges(&node).next()?))) {
        mmu::map(Range { size: 0x1000, ..uart }, mmu::Rights::Device).ok_or("names a console that cannot be mapped")?;
        uart::init(uart.start, shared_interrupt(&node));
    }
    let Some((distributor, redistributors)) = interrupt_controller(tree.root()) else {
        return Err("has no GICv3 interrupt controller; choose one (QEMU: -M virt,gic-version=3)");
    };
    for range in [distributor, redistributors] {
        mmu::map(range, mmu::Rights::Device).ok_or("names an interrupt controller that cannot be mapped")?;
    }
    gic::init_distributor(distributor, redistributors);
    let chosen = tree.find_node("/chosen");
    let bundle = chosen.as_ref().and_then(initial_ramdisk);
    let image = link::image();
    let own = Range::between(image.text.0, image.end);
    let free = memory(&tree, own)?;
    let free = without(free, own, Range { start: address, size: bytes.len() as u64 }, bundle);
    Ok(Machine {
        free,
        // SAFETY: the loader put the bundle there, `memory` mapped it, and it was taken out of free memory.
        bundle: bundle
            .map(|range| unsafe { core::slice::from_raw_parts(range.start as *const u8, range.size as usize) }),
        line: chosen.as_ref().map_or("", boot_line),
        cpus: cpus(&tree),
        started,
        frequency: super::get!("cntfrq_el0") as u32,
        text_bytes: link::code_bytes(),
    })
}

fn tree_at(address: u64) -> Result<(&'static [u8], Fdt<'static>), &'static str> {
    let header = address as *const u32;
    if address == 0 || !address.is_multiple_of(8) {
        return Err("is missing: x0 was not the address of one");
    }
    // SAFETY: `mmu::map_image` mapped at least 2 MiB from here.
    let (magic, size) = unsafe { (u32::from_be(header.read()), u32::from_be(header.add(1).read())) };
    if magic != 0xd00d_feed || u64::from(size) > BLOCK {
        return Err("is missing or larger than 2 MiB");
    }
    // SAFETY: as above; nobody writes there.
    let bytes = unsafe { core::slice::from_raw_parts(address as *const u8, size as usize) };
    let tree = Fdt::new(bytes).map_err(|_| "is damaged")?;
    Ok((bytes, tree))
}

/// All memory banks, mapped.
fn memory(tree: &Fdt<'static>, image: Range) -> Result<Ranges, &'static str> {
    let mut banks = heapless::Vec::<Range, BANKS>::new();
    for node in tree.root().children().filter(|node| node.name_without_address() == "memory") {
        for range in ranges(&node) {
            let _ = banks.push(range);
        }
    }
    if banks.is_empty() {
        return Err("names no memory");
    }
    let mut free = Ranges::new();
    for bank in &banks {
        // The image keeps the rights that it has.
        for part in [
            Range::between(bank.start, image.start.min(bank.end())),
            Range::between(image.end().max(bank.start), bank.end()),
        ] {
            if part.size > 0 {
                mmu::map(part, mmu::Rights::Data).ok_or("names more memory than the hypervisor's tables can map")?;
            }
        }
        // SAFETY: just mapped; what the loader put there is taken out by `without`.
        unsafe { free.add(*bank) };
    }
    Ok(free)
}

fn without(mut free: Ranges, image: Range, tree: Range, bundle: Option<Range>) -> Ranges {
    for used in [Some(image), Some(tree), bundle].into_iter().flatten() {
        let start = used.start & !0xfff;
        free.exclude(Range::between(start, used.end().next_multiple_of(0x1000)));
    }
    free
}

fn initial_ramdisk(chosen: &FdtNode<'static>) -> Option<Range> {
    let number = |name| {
        let property = chosen.property(name)?;
        let bytes = property.value();
        Some(bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte)))
    };
    let range = Range::between(number("linux,initrd-start")?, number("linux,initrd-end")?);
    (range.size > 0).then_some(range)
}

fn boot_line(chosen: &FdtNode<'static>) -> &'static str {
    let Some(property) = chosen.property("bootargs") else { return "" };
    let bytes: &'static [u8] = property_bytes(&property);
    let text = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    core::str::from_utf8(text).unwrap_or("?")
}

fn cpus(tree: &Fdt<'static>) -> CpuSet {
    let Some(node) = tree.find_node("/cpus") else { return CpuSet::EMPTY };
    let mut set = CpuSet::EMPTY;
    for (number, cpu) in node.children().filter(|child| child.name_without_address() == "cpu").enumerate() {
        let Some(property) = cpu.property("reg") else { continue };
        let affinity = property.value().iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        if let Some(place) = AFFINITY.get(number) {
            place.store(affinity, Ordering::Relaxed);
            set = set.or(CpuSet::only(Cpu(number as u8)));
        }
    }
    set
}

/// The registers of the distributor and of the redistributors.
fn interrupt_controller(root: FdtNode<'static>) -> Option<(Range, Range)> {
    let node = first_node(root, "arm,gic-v3")?;
    let mut ranges = ranges(&node);
    Some((ranges.next()?, ranges.next()?))
}

/// The first device below `root` that is compatible with `wanted`.
#[inline(never)]
fn first_node(root: FdtNode<'static>, wanted: &str) -> Option<FdtNode<'static>> {
    let compatible = |node: &FdtNode<'static>| {
        node.property("compatible")
            .is_some_and(|property| property.value().split(|byte| *byte == 0).any(|name| name == wanted.as_bytes()))
    };
    root.children().find(compatible)
}

/// The number of a device's first interrupt, if that is a shared one: type, number, flags.
fn shared_interrupt(node: &FdtNode<'static>) -> Option<u32> {
    let bytes = property_bytes(&node.property("interrupts")?);
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    number(0).filter(|kind| *kind == 0).and_then(|_| number(4)).map(|number| number.saturating_add(32))
}

/// The `reg` of a child of the root: QEMU's virt machine and the boards we know use two cells each.
fn ranges(node: &FdtNode<'static>) -> impl Iterator<Item = Range> {
    let bytes = node.property("reg").map_or(&[][..], |property| property_bytes(&property));
    bytes.chunks_exact(16).map(|pair| {
        let number = |part: &[u8]| part.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        Range { start: number(&pair[..8]), size: number(&pair[8..]) }
    })
}

fn property_bytes(property: &dtoolkit::fdt::FdtProperty<'static>) -> &'static [u8] {
    property.value_as().unwrap_or(&[])
}

//! The machine from what the boot loader handed over and from its ACPI tables: memory, pCPUs, boot line, bundle.

use super::{acpi, apic, clock, handed::Handed, io_apic, link, mmu, multiboot2, pvh, start, uart};
use crate::{
    boot::Machine,
    memory::{Range, Ranges},
};
use sched::{Cpu, CpuSet};
use x86_64::instructions::port::Port;

/// Real mode, firmware and old devices live here.
const FIRST_MEGABYTE: Range = Range { start: 0, size: 1 << 20 };

/// What a loader leaves in eax that speaks multiboot2.
const MULTIBOOT2: u32 = 0x36d7_6289;

/// Reads what was handed over at `address` by `protocol` (what the loader left in eax), maps what it names, and says what there is.
pub(super) fn read(address: u64, protocol: u32, started: u64) -> Result<Machine, &'static str> {
    uart::init();
    silence_old_interrupts();
    let handed = handed(address, protocol)?;
    acpi::learn_power_off(handed.root_pointer);
    handed.check(own())?;
    mmu::map_image().ok_or("is too large for the hypervisor's tables")?;
    mmu::map(FIRST_MEGABYTE, mmu::Rights::Data).ok_or("is too large for the hypervisor's tables")?;
    let cpus = cpus(handed.root_pointer);
    let mut free = memory(&handed)?;
    mmu::map(Range { start: apic::BASE, size: 4096 }, mmu::Rights::Device)
        .ok_or("has memory where its APIC should be")?;
    io_apic::learn(handed.root_pointer).ok_or("has memory where its I/O APICs should be")?;
    mmu::enable();
    io_apic::silence();
    apic::init();
    let speeds = clock::measure().ok_or("has no interval timer (8254) to measure its counter with")?;
    let frequency = u32::try_from(speeds.counter).map_err(|_| "has a counter of more than 4.29 GHz")?;
    apic::set_speeds(speeds);
    let bundle = handed.bundle.map(|range| bundle(range, &mut free)).transpose()?;
    Ok(Machine { free, bundle, line: handed.line, cpus, started, frequency, text_bytes: link::code_bytes() })
}

/// The bundle, brought out of the first MiB if it lies there (GRUB under EFI does that): other pCPUs begin in that memory.
fn bundle(range: Range, free: &mut Ranges) -> Result<&'static [u8], &'static str> {
    let mut place = range;
    if range.start < FIRST_MEGABYTE.end() {
        place = free.take(range.size, 4096).ok_or("has no memory for the bundle")?;
        // SAFETY: both are mapped, and nobody else has the new place.
        unsafe {
            core::ptr::copy_nonoverlapping(range.start as *const u8, place.start as *mut u8, range.size as usize)
        };
    }
    // SAFETY: it was put there, it is mapped, and it was taken out of free memory.
    Ok(unsafe { core::slice::from_raw_parts(place.start as *const u8, place.size as usize) })
}

/// Masks both interrupt controllers of the first PCs: what they pass on would end every guest's turn.
fn silence_old_interrupts() {
    for port in [0x21, 0xa1] {
        // SAFETY: masks lines that nobody uses.
        unsafe { Port::<u8>::new(port).write(0xff) };
    }
}

/// Multiboot2 says by its magic number that it is spoken; PVH has one in what it hands over.
fn handed(address: u64, protocol: u32) -> Result<Handed, &'static str> {
    if protocol != MULTIBOOT2 {
        return pvh::read(address).ok_or("was booted neither by PVH (QEMU's -kernel) nor by multiboot2 (GRUB)");
    }
    let header = acpi::bytes(address, multiboot2::HEADER as u64);
    let info = header.and_then(|header| acpi::bytes(address, multiboot2::length(header)));
    info.and_then(|info| multiboot2::parse(info, address)).ok_or("has a boot loader whose information is damaged")
}

/// Where the image lies.
fn own() -> Range {
    let image = link::image();
    Range::between(image.text.0, image.end)
}

fn memory(handed: &Handed) -> Result<Ranges, &'static str> {
    let own = own();
    let mut free = Ranges::new();
    for range in handed.memory.usable() {
        // The image keeps the rights that it has.
        for part in [
            Range::between(range.start, own.start.min(range.end())),
            Range::between(own.end().max(range.start), range.end()),
        ] {
            if part.size > 0 {
                mmu::map(part, mmu::Rights::Data).ok_or("has more memory than the hypervisor's tables can map")?;
            }
        }
        // SAFETY: just mapped; what is in use is taken out below.
        unsafe { free.add(range) };
    }
    for used in [Some(own), handed.bundle, Some(handed.kept)].into_iter().flatten() {
        let start = used.start & !0xfff;
        free.exclude(Range::between(start, used.end().next_multiple_of(0x1000)));
    }
    Ok(free)
}

/// All processors that can be used; the one that boots is number 0.
fn cpus(root_pointer: u64) -> CpuSet {
    let own = start::apic_number();
    let others = acpi::processors(root_pointer).filter(|number| *number != own);
    let mut set = CpuSet::EMPTY;
    for (index, number) in core::iter::once(own).chain(others).enumerate().take(super::CPUS_MAX) {
        apic::set_number(Cpu(index as u8), number);
        set = set.or(CpuSet::only(Cpu(index as u8)));
    }
    set
}

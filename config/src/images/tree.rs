//! The device tree of a partition: the smallest one with which Linux reaches user space.
//!
//! Memory, vCPUs by PSCI over HVC, the architected timer, a GICv3 and a PL011 with its clocks, all where
//! [`abi::layout`] puts them. The seed of the guest's random numbers is derived from its name, so that runs
//! can be repeated; without one Linux collects entropy from timing, which costs it latency.

use std::format;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

use abi::layout::{GICD, GICD_SIZE, GICR, GICR_SIZE, PHYSICAL_TIMER_IRQ, UART, UART_IRQ, UART_SIZE, VIRTUAL_TIMER_IRQ};
use vm_fdt::{Error, FdtWriter};

use super::{Machine, Misfit};
use crate::bundle::checksum;

/// The interrupt controller's handle.
const GIC: u32 = 1;
/// The clock's handle.
const CLOCK: u32 = 2;
/// Interrupt kinds and flags of the GIC binding.
const SPI: u32 = 0;
const PPI: u32 = 1;
const LEVEL: u32 = 4;
/// The clock of the console, which nothing depends on.
const CLOCK_HZ: u32 = 24_000_000;

/// The flattened tree; `initrd` is where the RAM disk begins and ends.
pub(crate) fn device_tree(machine: &Machine, initrd: Option<(u64, u64)>) -> Result<Vec<u8>, Misfit> {
    write(machine, initrd).map_err(|error| {
        Misfit::new(format!("no device tree can be made: {error}"), "use plain text without NUL in `cmdline`")
    })
}

fn write(machine: &Machine, initrd: Option<(u64, u64)>) -> Result<Vec<u8>, Error> {
    let mut fdt = FdtWriter::new()?;
    let root = fdt.begin_node("")?;
    fdt.property_string("compatible", "linux,dummy-virt")?;
    fdt.property_u32("#address-cells", 2)?;
    fdt.property_u32("#size-cells", 2)?;
    fdt.property_u32("interrupt-parent", GIC)?;
    chosen(&mut fdt, machine, initrd)?;
    let memory = fdt.begin_node(&format!("memory@{:x}", machine.memory.base))?;
    fdt.property_string("device_type", "memory")?;
    fdt.property_array_u64("reg", &[machine.memory.base, machine.memory.size])?;
    fdt.end_node(memory)?;
    cpus(&mut fdt, machine.vcpus as u32)?;
    timer(&mut fdt)?;
    interrupt_controller(&mut fdt, machine.vcpus as u64)?;
    console(&mut fdt)?;
    fdt.end_node(root)?;
    fdt.finish()
}

fn chosen(fdt: &mut FdtWriter, machine: &Machine, initrd: Option<(u64, u64)>) -> Result<(), Error> {
    let node = fdt.begin_node("chosen")?;
    fdt.property_string("bootargs", machine.cmdline)?;
    fdt.property_string("stdout-path", &format!("/pl011@{UART:x}"))?;
    let seed: Vec<u8> =
        (0..8).flat_map(|part| checksum(format!("{part}{}", machine.seed).as_bytes()).to_le_bytes()).collect();
    fdt.property("rng-seed", &seed)?;
    if let Some((start, end)) = initrd {
        fdt.property_u64("linux,initrd-start", start)?;
        fdt.property_u64("linux,initrd-end", end)?;
    }
    fdt.end_node(node)
}

fn cpus(fdt: &mut FdtWriter, count: u32) -> Result<(), Error> {
    let node = fdt.begin_node("cpus")?;
    fdt.property_u32("#address-cells", 1)?;
    fdt.property_u32("#size-cells", 0)?;
    for index in 0..count {
        let cpu = fdt.begin_node(&format!("cpu@{index:x}"))?;
        fdt.property_string("device_type", "cpu")?;
        fdt.property_string("compatible", "arm,armv8")?;
        fdt.property_string("enable-method", "psci")?;
        fdt.property_u32("reg", index)?;
        fdt.end_node(cpu)?;
    }
    fdt.end_node(node)?;
    let psci = fdt.begin_node("psci")?;
    fdt.property_string_list("compatible", vec!["arm,psci-1.0".to_string(), "arm,psci-0.2".to_string()])?;
    fdt.property_string("method", "hvc")?;
    fdt.end_node(psci)
}

fn timer(fdt: &mut FdtWriter) -> Result<(), Error> {
    // Secure physical, physical, virtual, hypervisor; a partition has the second and the third.
    let interrupts = [29, PHYSICAL_TIMER_IRQ, VIRTUAL_TIMER_IRQ, 26];
    let cells: Vec<u32> = interrupts.iter().flat_map(|irq| [PPI, irq - 16, LEVEL]).collect();
    let node = fdt.begin_node("timer")?;
    fdt.property_string("compatible", "arm,armv8-timer")?;
    fdt.property_array_u32("interrupts", &cells)?;
    fdt.property_null("always-on")?;
    fdt.end_node(node)
}

fn interrupt_controller(fdt: &mut FdtWriter, vcpus: u64) -> Result<(), Error> {
    let node = fdt.begin_node(&format!("intc@{GICD:x}"))?;
    fdt.property_string("compatible", "arm,gic-v3")?;
    fdt.property_u32("#interrupt-cells", 3)?;
    fdt.property_null("interrupt-controller")?;
    fdt.property_array_u64("reg", &[GICD, GICD_SIZE, GICR, GICR_SIZE * vcpus])?;
    fdt.property_phandle(GIC)?;
    fdt.end_node(node)
}

fn console(fdt: &mut FdtWriter) -> Result<(), Error> {
    let clock = fdt.begin_node("apb-pclk")?;
    fdt.property_string("compatible", "fixed-clock")?;
    fdt.property_u32("#clock-cells", 0)?;
    fdt.property_u32("clock-frequency", CLOCK_HZ)?;
    fdt.property_phandle(CLOCK)?;
    fdt.end_node(clock)?;
    let node = fdt.begin_node(&format!("pl011@{UART:x}"))?;
    fdt.property_string_list("compatible", vec!["arm,pl011".to_string(), "arm,primecell".to_string()])?;
    fdt.property_array_u64("reg", &[UART, UART_SIZE])?;
    fdt.property_array_u32("interrupts", &[SPI, UART_IRQ - 32, LEVEL])?;
    fdt.property_array_u32("clocks", &[CLOCK, CLOCK])?;
    fdt.property_string_list("clock-names", vec!["uartclk".to_string(), "apb_pclk".to_string()])?;
    fdt.end_node(node)
}

//! Where things lie in a partition's physical address space.
//!
//! The addresses are those of QEMU's `virt` machine, so that a guest built for it runs unchanged.

/// GICv3 distributor, 64 KiB.
pub const GICD: u64 = 0x0800_0000;
/// Size of the distributor's frame.
pub const GICD_SIZE: u64 = 0x1_0000;
/// GICv3 redistributors, 128 KiB for each vCPU.
pub const GICR: u64 = 0x080a_0000;
/// Size of one vCPU's redistributor frames.
pub const GICR_SIZE: u64 = 0x2_0000;
/// PL011 console.
pub const UART: u64 = 0x0900_0000;
/// Size of the console's frame.
pub const UART_SIZE: u64 = 0x1000;
/// The console's interrupt (SPI 1).
pub const UART_IRQ: u32 = 33;
/// The info page, read-only.
pub const INFO: u64 = 0x0a00_0000;
/// Size of the info page.
pub const INFO_SIZE: u64 = 0x1000;
/// Where a partition's memory begins unless its plan says otherwise.
pub const RAM: u64 = 0x4000_0000;
/// Interrupt of the virtual timer (PPI 11).
pub const VIRTUAL_TIMER_IRQ: u32 = 27;
/// Interrupt of the physical timer (PPI 14).
pub const PHYSICAL_TIMER_IRQ: u32 = 30;
/// The largest number of vCPUs in a partition.
pub const VCPUS_MAX: usize = 8;

//! Where things lie in a partition's physical address space.
//!
//! On AArch64 the addresses are those of QEMU's `virt` machine, on x86-64 ([`pc`]) those of every PC, so that a guest
//! built for such a machine runs unchanged.

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
/// The info page, read-only; on a PC it is [`pc::INFO`].
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

/// No partition memory lies here on AArch64.
pub const DEVICES: core::ops::Range<u64> = 0..0x1000_0000;

/// A PC's addresses, for partitions on x86-64.
pub mod pc {
    /// The info page, read-only.
    pub const INFO: u64 = 0xfeb0_0000;
    /// I/O APIC, 4 KiB.
    pub const IO_APIC: u64 = 0xfec0_0000;
    /// Local APIC of the vCPU that accesses it, 4 KiB.
    pub const LOCAL_APIC: u64 = 0xfee0_0000;
    /// The first port of the 16550 console; its line of the I/O APIC is [`UART_IRQ`].
    pub const UART: u16 = 0x3f8;
    /// The console's line of the I/O APIC.
    pub const UART_IRQ: u32 = 4;
    /// ACPI's sleep control register (ACPI 6.5, 4.8.3.7): a byte with [`POWER_OFF`] switches the partition off.
    pub const SLEEP_CONTROL: u16 = 0x600;
    /// ACPI's sleep status register; reads as zero.
    pub const SLEEP_STATUS: u16 = 0x601;
    /// The sleep type of soft off.
    pub const SOFT_OFF: u8 = 5;
    /// What is written to [`SLEEP_CONTROL`]: the type, and "go".
    pub const POWER_OFF: u8 = SOFT_OFF << 2 | 1 << 5;
    /// The reset register; a byte with [`RESET`] restarts the partition.
    pub const RESET_CONTROL: u16 = 0xcf9;
    /// What is written to [`RESET_CONTROL`].
    pub const RESET: u8 = 6;
    /// No partition memory lies here.
    pub const DEVICES: core::ops::Range<u64> = 0xfe00_0000..0x1_0000_0000;
}

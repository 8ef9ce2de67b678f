//! The ACPI tables of a partition on a PC: the smallest set with which Linux finds its interrupt controllers and its
//! console and can switch off (ACPI 6.5, chapters 4, 5 and 6).
//!
//! Hardware-reduced ACPI: no timer, no events, no firmware that is called. The tables lie where a PC's firmware puts
//! them, below 1 MiB, so that a guest that searches finds them.

use std::vec;
use std::vec::Vec;

use abi::layout::pc;
use acpi_tables::Aml;
use acpi_tables::aml::{Device, EISAName, IO, Interrupt, Name, PackageBuilder, Path, ResourceTemplate, Scope, ZERO};
use acpi_tables::fadt::{FADT, FADTBuilder, Flags};
use acpi_tables::gas::{AccessSize, AddressSpace, GAS};
use acpi_tables::madt::{EnabledStatus, IoApic, LocalInterruptController, MADT, ProcessorLocalApic};
use acpi_tables::rsdp::Rsdp;
use acpi_tables::sdt::Sdt;
use acpi_tables::xsdt::XSDT;

/// Where the tables begin: the area that is searched for their root.
pub(super) const AT: u64 = 0xe_0000;

const MAKER: [u8; 6] = *b"MJFRAM";
const NAME: [u8; 8] = *b"PARTITIO";
/// No VGA, no message-signalled interrupts, no power management of links, no clock in the CMOS (ACPI 6.5, table 5.11).
const ABSENT: u16 = 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5;

/// The tables of a machine with so many vCPUs, as they lie from [`AT`] on, the root first.
pub(super) fn tables(vcpus: usize) -> Vec<u8> {
    let place = |before: u64, table: &[u8]| (before + table.len() as u64).next_multiple_of(16);
    let dsdt_at = AT + (Rsdp::len() as u64).next_multiple_of(16);
    let dsdt = bytes(&devices());
    let fadt_at = place(dsdt_at, &dsdt);
    let fadt = bytes(&fixed(dsdt_at));
    let madt_at = place(fadt_at, &fadt);
    let madt = bytes(&controllers(vcpus));
    let xsdt_at = place(madt_at, &madt);
    let mut xsdt = XSDT::new(MAKER, NAME, 1);
    xsdt.add_entry(fadt_at);
    xsdt.add_entry(madt_at);
    let root = bytes(&Rsdp::new(MAKER, xsdt_at));
    let mut all = Vec::new();
    for (at, table) in [(AT, root), (dsdt_at, dsdt), (fadt_at, fadt), (madt_at, madt), (xsdt_at, bytes(&xsdt))] {
        all.resize((at - AT) as usize, 0);
        all.extend(table);
    }
    all
}

fn bytes(table: &dyn Aml) -> Vec<u8> {
    let mut bytes = Vec::new();
    table.to_aml_bytes(&mut bytes);
    bytes
}

/// The console, and the sleep type of "off".
fn devices() -> Sdt {
    let mut package = PackageBuilder::new();
    package.add_element(&pc::SOFT_OFF);
    let off = Name::new("_S5_".into(), &package);
    let ports = IO::new(pc::UART, pc::UART, 1, 8);
    let line = Interrupt::new(true, true, false, false, pc::UART_IRQ);
    let resources = ResourceTemplate::new(vec![&ports, &line]);
    let (serial, identity) = (EISAName::new("PNP0501"), Path::new("_HID"));
    let (kind, number, uses) =
        (Name::new(identity, &serial), Name::new("_UID".into(), &ZERO), Name::new("_CRS".into(), &resources));
    let present = Name::new("_STA".into(), &0xf_u8);
    let console = Device::new("COM1".into(), vec![&kind, &number, &present, &uses]);
    let bus = Scope::new("_SB_".into(), vec![&console]);
    // Revision 2: integers have 64 bits.
    let mut table = Sdt::new(*b"DSDT", 36, 2, MAKER, NAME, 1);
    for object in [&off as &dyn Aml, &bus] {
        table.append_slice(&bytes(object));
    }
    table
}

/// What the machine is, and how it is switched off and reset.
fn fixed(devices_at: u64) -> FADT {
    let port = |port: u16| GAS::new(AddressSpace::SystemIo, 8, 0, AccessSize::ByteAccess, port.into());
    let mut table = FADTBuilder::new(MAKER, NAME, 1)
        .dsdt_64(devices_at)
        .flag(Flags::HwReducedAcpi)
        .flag(Flags::ResetRegSup)
        .flag(Flags::Wbinvd)
        .flag(Flags::Headless);
    table.iapc_boot_arch = ABSENT.into();
    table.sleep_control_reg = port(pc::SLEEP_CONTROL);
    table.sleep_status_reg = port(pc::SLEEP_STATUS);
    table.reset_reg = port(pc::RESET_CONTROL);
    table.reset_value = pc::RESET;
    table.finalize()
}

/// The interrupt controllers: a local APIC for each vCPU and one I/O APIC.
fn controllers(vcpus: usize) -> MADT {
    let mut table = MADT::new(MAKER, NAME, 1, LocalInterruptController::Address(pc::LOCAL_APIC as u32));
    for vcpu in 0..vcpus as u8 {
        table.add_structure(ProcessorLocalApic::new(vcpu, vcpu, EnabledStatus::Enabled));
    }
    table.add_structure(IoApic::new(vcpus as u8, pc::IO_APIC as u32, 0));
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(bytes: &[u8], at: usize) -> u64 {
        u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
    }

    /// The table at this guest-physical address, its sum checked.
    fn table(all: &[u8], at: u64) -> &[u8] {
        let table = &all[(at - AT) as usize..];
        let length = u32::from_le_bytes(table[4..8].try_into().expect("four bytes")) as usize;
        let table = &table[..length];
        assert_eq!(table.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)), 0, "{:?}", &table[..4]);
        table
    }

    #[test]
    fn the_root_leads_to_every_table() {
        for vcpus in [1, 8] {
            let all = tables(vcpus);
            assert!(AT + all.len() as u64 <= 0x10_0000, "below 1 MiB");
            assert_eq!(&all[..8], b"RSD PTR ");
            let list = table(&all, word(&all, 24));
            let (fixed, controllers) = (table(&all, word(list, 36)), table(&all, word(list, 44)));
            assert_eq!((&list[..4], &fixed[..4], &controllers[..4]), (&b"XSDT"[..], &b"FACP"[..], &b"APIC"[..]));
            assert_eq!(&table(&all, word(fixed, 140))[..4], b"DSDT");
            assert_eq!(controllers.len(), 44 + 8 * vcpus + 12);
        }
    }
}

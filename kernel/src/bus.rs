//! A partition's emulated devices: who answers at which guest-physical address.

use crate::{
    dispatch, input, interrupts,
    system::{Partition, Pcpu, VcpuCell},
};
use abi::layout::{GICD, GICD_SIZE, GICR, GICR_SIZE, UART, UART_IRQ, UART_SIZE};

/// A device and the offset in its registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Target {
    Distributor(u64),
    Redistributor(usize, u64),
    Uart(u64),
}

fn target(vcpu: &VcpuCell, address: u64) -> Option<Target> {
    let redistributors = GICR_SIZE * vcpu.partition.vcpus().len() as u64;
    match address {
        GICD.. if address - GICD < GICD_SIZE => Some(Target::Distributor(address - GICD)),
        GICR.. if address - GICR < redistributors => {
            let offset = address - GICR;
            Some(Target::Redistributor((offset / GICR_SIZE) as usize, offset % GICR_SIZE))
        }
        UART.. if address - UART < UART_SIZE => Some(Target::Uart(address - UART)),
        _ => None,
    }
}

/// Reads of the registers at these offsets (pending and active state) depend on the list registers.
fn shows_state(offset: u64) -> bool {
    (0x200..0x400).contains(&(offset & 0xffff))
}

/// A load of `bytes` bytes at `address`; `None` if nobody answers there.
pub fn read(cpu: &'static Pcpu, vcpu: &'static VcpuCell, address: u64, bytes: u8) -> Option<u64> {
    let partition = vcpu.partition;
    Some(match target(vcpu, address)? {
        Target::Distributor(offset) => {
            if shows_state(offset) {
                interrupts::refresh(cpu, vcpu);
            }
            partition.vgic().read_gicd(offset, bytes)
        }
        Target::Redistributor(index, offset) => {
            if shows_state(offset) {
                interrupts::refresh(cpu, vcpu);
            }
            partition.vgic().read_gicr(index, offset, bytes)
        }
        Target::Uart(offset) => {
            let (value, level) = partition.uart.lock().read(offset);
            interrupts::set_line(cpu, vcpu, UART_IRQ, level);
            input::go_on(cpu, partition);
            value.into()
        }
    })
}

/// A store of `bytes` bytes at `address`; `None` if nobody answers there.
pub fn write(cpu: &'static Pcpu, vcpu: &'static VcpuCell, address: u64, bytes: u8, value: u64) -> Option<()> {
    let partition = vcpu.partition;
    match target(vcpu, address)? {
        Target::Distributor(offset) => {
            interrupts::refresh(cpu, vcpu);
            let changed = partition.vgic().write_gicd(offset, bytes, value);
            interrupts::changed(cpu, vcpu, changed);
        }
        Target::Redistributor(index, offset) => {
            interrupts::refresh(cpu, vcpu);
            let changed = partition.vgic().write_gicr(index, offset, bytes, value);
            interrupts::changed(cpu, vcpu, changed);
        }
        Target::Uart(offset) => {
            let effect = partition.uart.lock().write(offset, value as u32);
            if let Some(byte) = effect.output {
                partition.output.put(&[byte]);
                cpu.system.console.visit(cpu.system, partition);
            }
            interrupts::set_line(cpu, vcpu, UART_IRQ, effect.level);
        }
    }
    Some(())
}

/// A software-generated interrupt as a guest asks for it (ICC_SGI1R_EL1).
pub fn send_interrupt(cpu: &'static Pcpu, vcpu: &'static VcpuCell, value: u64) {
    let changed = vcpu.partition.vgic().sgi1r(vcpu.index.into(), value);
    interrupts::changed(cpu, vcpu, changed);
}

/// A byte for a partition's serial port, from the machine's console; false if there is no room for it.
pub fn receive(cpu: &'static Pcpu, partition: &'static Partition, byte: u8) -> bool {
    let received = partition.uart.lock().receive(byte);
    let changed = partition.vgic().set_level(0, UART_IRQ, received.level);
    for (index, other) in partition.vcpus().iter().enumerate() {
        if changed >> index & 1 != 0 {
            dispatch::notify(cpu, other);
        }
    }
    received.accepted
}

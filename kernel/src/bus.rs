//! A partition's emulated devices: who answers at which guest-physical address.
//!
//! What the devices are is the architecture's choice ([`crate::arch`]); what an access means for the vCPUs is
//! the same everywhere.

use crate::{
    arch::{Controller, Serial},
    dispatch, input, interrupts,
    system::{Partition, Pcpu, VcpuCell},
};

/// A load of `bytes` bytes at `address`; `None` if nobody answers there.
pub fn read(cpu: &'static Pcpu, vcpu: &'static VcpuCell, address: u64, bytes: u8) -> Option<u64> {
    let partition = vcpu.partition;
    if let Some(offset) = Serial::offset(address) {
        let (value, level) = partition.uart.lock().read(offset);
        if Serial::only_tells(offset) {
            return Some(value.into());
        }
        interrupts::set_line(cpu, vcpu, Serial::INTERRUPT, level);
        input::go_on(cpu, partition);
        return Some(value.into());
    }
    let register = Controller::register(address, partition.vcpus().len())?;
    if register.shows_state() {
        interrupts::refresh(cpu, vcpu);
    }
    Some(partition.interrupts().read(register, bytes))
}

/// A store of `bytes` bytes at `address`; `None` if nobody answers there.
pub fn write(cpu: &'static Pcpu, vcpu: &'static VcpuCell, address: u64, bytes: u8, value: u64) -> Option<()> {
    let partition = vcpu.partition;
    if let Some(offset) = Serial::offset(address) {
        let effect = partition.uart.lock().write(offset, value as u32);
        if let Some(byte) = effect.output {
            partition.output.put(&[byte]);
            cpu.system.console.visit(cpu.system, partition);
        }
        interrupts::set_line(cpu, vcpu, Serial::INTERRUPT, effect.level);
        return Some(());
    }
    let register = Controller::register(address, partition.vcpus().len())?;
    interrupts::refresh(cpu, vcpu);
    let changed = partition.interrupts().write(register, bytes, value);
    interrupts::changed(cpu, vcpu, changed);
    Some(())
}

/// A byte for a partition's serial port, from the machine's console; false if there is no room for it.
pub fn receive(cpu: &'static Pcpu, partition: &'static Partition, byte: u8) -> bool {
    let received = partition.uart.lock().receive(byte);
    let changed = partition.interrupts().set_level(0, Serial::INTERRUPT, received.level);
    for (index, other) in partition.vcpus().iter().enumerate() {
        if changed >> index & 1 != 0 {
            dispatch::notify(cpu, other);
        }
    }
    received.accepted
}

//! A partition's emulated devices: who answers at which guest-physical address.
//!
//! What the devices are is the architecture's choice ([`crate::arch`]); what an access means for the vCPUs is
//! the same everywhere.

use crate::{
    arch::{Controller, Serial},
    dispatch, input, interrupts,
    system::{Partition, Pcpu, VcpuCell},
};

/// What is loaded at `address`, if that is a register of up to four bytes that guests ask for again and again: then
/// nothing else happens. `None`: see [`read`].
#[inline(always)]
pub fn peek(vcpu: &'static VcpuCell, address: u64) -> Option<u32> {
    let partition = vcpu.partition;
    Serial::peek(&partition.uart, address).or_else(|| Controller::peek(&partition.controller, address))
}

/// A load of `bytes` bytes at `address`; `None` if nobody answers there.
#[inline(never)]
pub fn read(cpu: &'static Pcpu, vcpu: &'static VcpuCell, address: u64, bytes: u8) -> Option<u64> {
    let partition = vcpu.partition;
    if let Some(offset) = Serial::offset(address) {
        let (value, level) = partition.uart.lock().read(offset);
        interrupts::set_line(cpu, vcpu, Serial::INTERRUPT, level);
        input::go_on(cpu, partition);
        return Some(value.into());
    }
    let register = Controller::register(address, partition.vcpus().len())?;
    if register.shows_state() {
        interrupts::refresh(cpu, vcpu);
    }
    Some(partition.controller.lock().read(register, bytes))
}

/// A store of `bytes` bytes at `address`; `None` if nobody answers there.
#[inline(never)]
pub fn write(cpu: &'static Pcpu, vcpu: &'static VcpuCell, address: u64, bytes: u8, value: u64) -> Option<()> {
    if let Some(offset) = Serial::offset(address) {
        write_serial(cpu, vcpu, offset, value as u32);
        return Some(());
    }
    let register = Controller::register(address, vcpu.partition.vcpus().len())?;
    interrupts::refresh(cpu, vcpu);
    let changed = vcpu.partition.interrupts().write(register, bytes, value);
    interrupts::changed(cpu, vcpu, changed);
    Some(())
}

fn write_serial(cpu: &'static Pcpu, vcpu: &'static VcpuCell, offset: u64, value: u32) {
    let partition = vcpu.partition;
    let effect = partition.uart.lock().write(offset, value);
    if let Some(byte) = effect.output {
        partition.output.put(&[byte]);
        cpu.system.console.visit(cpu.system, partition);
    }
    interrupts::set_line(cpu, vcpu, Serial::INTERRUPT, effect.level);
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

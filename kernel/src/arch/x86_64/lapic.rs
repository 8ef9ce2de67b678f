//! A guest's accesses to its own local APIC, by memory or by registers: the timer here, the rest in
//! [`crate::devices::apic`].

use super::{Controller, ticks};
use crate::{
    interrupts,
    system::{Pcpu, VcpuCell},
};

pub(super) const PRIORITY: u32 = 0x8;
const COMMAND: u32 = 0x30;
const LVT_TIMER: u32 = 0x32;
const INITIAL: u32 = 0x38;
const CURRENT: u32 = 0x39;
const DIVIDE: u32 = 0x3e;

/// Reads the register with this number (its offset in memory divided by 16).
pub(super) fn read(_cpu: &'static Pcpu, vcpu: &'static VcpuCell, register: u32) -> u32 {
    let timer = &vcpu.context.get().timer;
    match register {
        LVT_TIMER => timer.entry,
        INITIAL => timer.initial,
        CURRENT => timer.count(ticks()),
        DIVIDE => timer.divide,
        _ => {
            let by_registers = vcpu.context.get().by_registers;
            vcpu.partition.controller.lock().read_local(vcpu.index.into(), register, by_registers)
        }
    }
}

/// Writes the register with this number. The command register is 64 bits wide if it is reached by registers.
pub(super) fn write(cpu: &'static Pcpu, vcpu: &'static VcpuCell, register: u32, value: u64) {
    let timer = &mut vcpu.context.get().timer;
    match register {
        LVT_TIMER => timer.set_entry(value as u32),
        INITIAL => timer.set_count(value as u32, ticks()),
        DIVIDE => timer.divide = value as u32 & 0xb,
        _ => return write_rest(cpu, vcpu, register, value),
    }
    interrupts::refresh(cpu, vcpu);
}

fn write_rest(cpu: &'static Pcpu, vcpu: &'static VcpuCell, register: u32, value: u64) {
    let index = usize::from(vcpu.index);
    let by_registers = vcpu.context.get().by_registers;
    let mut controller = vcpu.partition.interrupts();
    let changed = match (register, by_registers) {
        (COMMAND, true) => Controller::send(&mut controller, index, value, (value >> 32) as u32),
        _ => controller.write_local(index, register, value as u32),
    };
    drop(controller);
    interrupts::changed(cpu, vcpu, changed | 1 << vcpu.index);
}

//! A guest's accesses to its own local APIC, by memory or by registers: the timer here, the rest in
//! [`crate::devices::apic`].

use super::{Controller, ticks};
use crate::{
    calls,
    devices::apic::VcpuMask,
    interrupts,
    system::{Pcpu, VcpuCell},
};

pub(super) const PRIORITY: u32 = 0x8;
const COMMAND: u32 = 0x30;
const COMMAND_HIGH: u32 = 0x31;
const LVT_TIMER: u32 = 0x32;
const INITIAL: u32 = 0x38;
const CURRENT: u32 = 0x39;
const DIVIDE: u32 = 0x3e;

/// Reads the register with this number (its offset in memory divided by 16).
#[inline(never)]
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
#[inline(never)]
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
    if register == COMMAND {
        let high = if by_registers { 0 } else { u64::from(controller.read_local(index, COMMAND_HIGH, false)) << 32 };
        if let Some((targets, page)) = controller.starts(index, high | value, by_registers) {
            drop(controller);
            return start(cpu, vcpu, targets, page);
        }
    }
    let changed = match (register, by_registers) {
        (COMMAND, true) => Controller::send(&mut controller, index, value, (value >> 32) as u32),
        _ => controller.write_local(index, register, value as u32),
    };
    drop(controller);
    interrupts::changed(cpu, vcpu, changed | 1 << vcpu.index);
}

/// Starts vCPUs in real mode at the beginning of a page. One that is on already goes on, as a processor would.
fn start(cpu: &'static Pcpu, vcpu: &'static VcpuCell, targets: VcpuMask, page: u8) {
    for target in 0..vcpu.partition.vcpus().len() as u64 {
        if targets >> target & 1 != 0 {
            calls::cpu_on(cpu, vcpu, target, u64::from(page) << 12, 0);
        }
    }
}

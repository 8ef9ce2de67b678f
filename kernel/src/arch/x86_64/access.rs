//! Guests' accesses to devices: by ports, by memory, and to their task priority.

use super::{
    context::Context,
    exits::{PROTECTION, advance, fault, raise},
    fetch, lapic,
    present::VALID,
};
use crate::{
    bus,
    devices::{
        mov::{self, Access, Value},
        uart16550::PORTS,
    },
    dispatch::Cause,
    system::{Pcpu, VcpuCell},
};
use abi::layout::pc;
use trace::event::FaultCause;

/// The port behind which a PC's clock lies. There is none: it reads as a clock that stands, not as one that is busy.
const CLOCK_DATA: u64 = 0x71;
const SLEEP_STATUS: u64 = pc::SLEEP_STATUS as u64;
const PAGE: u64 = 4096;

/// An access to a port: EXITINFO1 says which, EXITINFO2 where the guest goes on. Where nobody answers, ones are read.
pub(super) fn port(cpu: &'static Pcpu, vcpu: &'static VcpuCell, context: &mut Context) -> Cause {
    const IN: u64 = 1;
    const STRING: u64 = 1 << 2;
    let (what, next) = (context.block.control.info_1, context.block.control.info_2);
    if what & STRING != 0 {
        raise(context, PROTECTION);
        return Cause::Resume;
    }
    let (bytes, port) = ((what >> 4 & 7) as u8, what >> 16 & 0xffff);
    let mask = u64::MAX >> (64 - 8 * u32::from(bytes.clamp(1, 4)));
    let rax = context.block.state.rax;
    context.block.state.rip = next;
    context.block.control.shadow = 0;
    if what & IN == 0 {
        return write_port(cpu, vcpu, (port, bytes), rax & mask);
    }
    let value = match (bus::peek(vcpu, PORTS | port), port) {
        (Some(value), _) => u64::from(value) & mask,
        (None, CLOCK_DATA | SLEEP_STATUS) => 0,
        _ => bus::read(cpu, vcpu, PORTS | port, bytes).unwrap_or(u64::MAX) & mask,
    };
    let kept = if bytes == 4 { 0 } else { rax & !mask };
    context.block.state.rax = kept | value;
    Cause::Resume
}

fn write_port(cpu: &'static Pcpu, vcpu: &'static VcpuCell, (port, bytes): (u64, u8), value: u64) -> Cause {
    const SLEEP: u64 = pc::SLEEP_CONTROL as u64;
    const RESET: u64 = pc::RESET_CONTROL as u64;
    match (port, value as u8) {
        (SLEEP, pc::POWER_OFF) => return Cause::PowerOff,
        (RESET, pc::RESET) => return Cause::Reset,
        _ => {}
    }
    let _ = bus::write(cpu, vcpu, PORTS | port, bytes, value);
    Cause::Resume
}

/// An access to where there is no memory: a device, or nothing. If the guest was about to take an event, it could never
/// take one again.
pub(super) fn memory(cpu: &'static Pcpu, vcpu: &'static VcpuCell, context: &mut Context) -> Cause {
    const IN_TABLE_WALK: u64 = 1 << 33;
    let (why, address) = (context.block.control.info_1, context.block.control.info_2);
    if context.block.control.interrupted & VALID != 0 {
        return fault(cpu, FaultCause::Vector, address);
    }
    let walks = why & IN_TABLE_WALK != 0;
    if walks || device(cpu, vcpu, context, address).is_none() {
        raise(context, PROTECTION);
    }
    Cause::Resume
}

/// Carries out an access to a device; `None` if nobody answers or the instruction is not understood.
fn device(cpu: &'static Pcpu, vcpu: &'static VcpuCell, context: &mut Context, address: u64) -> Option<()> {
    let devices = [pc::LOCAL_APIC, pc::IO_APIC];
    if !devices.contains(&(address & !(PAGE - 1))) {
        return None;
    }
    let state = &context.block.state;
    let code = fetch::instruction(vcpu.partition, state);
    let access = Access::decode(&code, fetch::mode(state))?;
    if access.write {
        let value = access.stored(|number| *context.register(number));
        write(cpu, vcpu, address, access.bytes, value)?;
    } else if let Value::Register(into) = access.value {
        let value = read(cpu, vcpu, address, access.bytes)?;
        let register = context.register(into.number);
        *register = access.loaded(*register, value);
    }
    advance(context, access.length.into());
    Some(())
}

/// The number of the local APIC's register at `address`, if it is reached by memory.
fn local_register(vcpu: &VcpuCell, address: u64) -> Option<u32> {
    let offset = address.checked_sub(pc::LOCAL_APIC).filter(|offset| *offset < PAGE)?;
    (offset % 16 == 0 && !vcpu.context.get().by_registers).then_some((offset / 16) as u32)
}

fn read(cpu: &'static Pcpu, vcpu: &'static VcpuCell, address: u64, bytes: u8) -> Option<u64> {
    if address < pc::LOCAL_APIC {
        return bus::read(cpu, vcpu, address, bytes);
    }
    Some(local_register(vcpu, address).map_or(u64::MAX, |register| lapic::read(cpu, vcpu, register).into()))
}

fn write(cpu: &'static Pcpu, vcpu: &'static VcpuCell, address: u64, bytes: u8, value: u64) -> Option<()> {
    if address < pc::LOCAL_APIC {
        return bus::write(cpu, vcpu, address, bytes, value);
    }
    if let Some(register) = local_register(vcpu, address) {
        lapic::write(cpu, vcpu, register, value);
    }
    Some(())
}

/// A move from or to CR8, which is the upper half of the local APIC's task priority.
pub(super) fn priority(cpu: &'static Pcpu, vcpu: &'static VcpuCell, context: &mut Context, write: bool) {
    let state = &context.block.state;
    let code = fetch::instruction(vcpu.partition, state);
    let Some((number, length)) = mov::priority_move(&code, fetch::mode(state)) else {
        return raise(context, PROTECTION);
    };
    if write {
        let value = *context.register(number);
        if value > 0xf {
            return raise(context, PROTECTION);
        }
        lapic::write(cpu, vcpu, lapic::PRIORITY, value << 4);
    } else {
        *context.register(number) = u64::from(lapic::read(cpu, vcpu, lapic::PRIORITY)) >> 4;
    }
    advance(context, length.into());
}

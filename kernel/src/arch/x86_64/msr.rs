//! Model-specific registers that a guest may read and write though they are not in its block.

use super::{
    apic,
    context::{Context, SVM_ENABLED},
    ticks,
};
use crate::{
    interrupts,
    system::{Pcpu, VcpuCell},
};

const COUNTER: u32 = 0x10;
const APIC_BASE: u32 = 0x1b;
const MICROCODE: u32 = 0x8b;
const RANGES: u32 = 0xfe;
const MISCELLANEOUS: u32 = 0x1a0;
const DEADLINE: u32 = 0x6e0;
const LOCAL: core::ops::Range<u32> = 0x800..0x840;
const EFER: u32 = 0xc000_0080;
/// SCE, LME, LMA, NXE, FFXSR.
const EFER_OWN: u64 = 1 | 1 << 8 | 1 << 10 | 1 << 11 | 1 << 14;
const SYSTEM_CONFIGURATION: u32 = 0xc001_0010;
const HARDWARE_CONFIGURATION: u32 = 0xc001_0015;
const PENDING_MESSAGE: u32 = 0xc001_0055;
const BY_REGISTERS: u64 = 1 << 10;

/// The value of `register`; `None` if there is none for a guest.
pub(super) fn read(cpu: &'static Pcpu, vcpu: &'static VcpuCell, register: u32) -> Option<u64> {
    let context = vcpu.context.get();
    Some(match register {
        COUNTER => ticks(),
        APIC_BASE => {
            let first = u64::from(vcpu.index == 0) << 8;
            apic::BASE | 1 << 11 | first | if context.by_registers { BY_REGISTERS } else { 0 }
        }
        DEADLINE => context.timer.shown_deadline(),
        _ if LOCAL.contains(&register) && context.by_registers => {
            super::lapic::read(cpu, vcpu, register - LOCAL.start).into()
        }
        EFER => context.block.state.efer & !SVM_ENABLED,
        MICROCODE | RANGES | MISCELLANEOUS | SYSTEM_CONFIGURATION | HARDWARE_CONFIGURATION | PENDING_MESSAGE => 0,
        _ => return None,
    })
}

/// Writes `register`; `None` if a guest may not.
pub(super) fn write(cpu: &'static Pcpu, vcpu: &'static VcpuCell, register: u32, value: u64) -> Option<()> {
    let context: &mut Context = vcpu.context.get();
    match register {
        APIC_BASE => context.by_registers = value & BY_REGISTERS != 0,
        DEADLINE => {
            context.timer.set_deadline(value);
            interrupts::refresh(cpu, vcpu);
        }
        _ if LOCAL.contains(&register) && context.by_registers => {
            super::lapic::write(cpu, vcpu, register - LOCAL.start, value);
        }
        EFER if value & !EFER_OWN == 0 => context.block.state.efer = value | SVM_ENABLED,
        MICROCODE | MISCELLANEOUS | SYSTEM_CONFIGURATION | HARDWARE_CONFIGURATION | PENDING_MESSAGE => {}
        _ => return None,
    }
    Some(())
}

//! Bringing a vCPU's interrupts up to date: between its interrupt controller's state and the pCPU's list
//! registers. Lock order: a pool's lock may be held when a partition's controller is locked, never the
//! other way round.

use crate::{
    arch, dispatch,
    system::{Pcpu, VcpuCell},
};

/// Folds what the running vCPU did with its interrupts back, and offers it what is new.
pub fn refresh(cpu: &'static Pcpu, vcpu: &'static VcpuCell) {
    let moved = arch::refresh_interrupts(cpu, vcpu);
    tell(cpu, vcpu, moved);
}

/// The interrupts of these vCPUs of the running vCPU's partition may have changed.
#[inline(always)]
pub fn changed(cpu: &'static Pcpu, vcpu: &'static VcpuCell, mask: u8) {
    if mask >> vcpu.index & 1 != 0 {
        refresh(cpu, vcpu);
    }
    tell(cpu, vcpu, mask & !(1 << vcpu.index));
}

/// Sets the level of a device's interrupt line as the running vCPU caused it.
pub fn set_line(cpu: &'static Pcpu, vcpu: &'static VcpuCell, intid: u32, high: bool) {
    let mask = vcpu.partition.interrupts().set_level(vcpu.index.into(), intid, high);
    if mask != 0 {
        changed(cpu, vcpu, mask);
    }
}

/// Whether the running vCPU has an interrupt for which it must not wait.
pub fn deliverable(cpu: &'static Pcpu, vcpu: &'static VcpuCell) -> bool {
    refresh(cpu, vcpu);
    vcpu.partition.interrupts().deliverable(vcpu.index.into())
}

#[inline(always)]
fn tell(cpu: &'static Pcpu, vcpu: &VcpuCell, mask: u8) {
    if mask != 0 {
        for (index, other) in vcpu.partition.vcpus().iter().enumerate() {
            if mask >> index & 1 != 0 {
                dispatch::notify(cpu, other);
            }
        }
    }
}

//! What a vCPU needs in the pCPU besides its registers: address space, interrupts.

use super::{apic, context::Context, ticks, vmcb::Vmcb};
use crate::system::{Pcpu, VcpuCell};
use core::sync::atomic::Ordering;

pub(super) const VALID: u64 = 1 << 31;
/// The guest's flag masks virtual interrupts alone, not the machine's.
pub(super) const VIRTUAL_PRIORITY: u64 = 1 << 24;
const PENDING: u64 = 1 << 8;
/// A virtual interrupt, of whatever priority: priorities are the local APIC's business.
const OFFER: u64 = PENDING | 1 << 20;

/// Everything a vCPU needs in this pCPU besides its registers.
#[inline(always)]
pub fn prepare(cpu: &'static Pcpu, vcpu: &'static VcpuCell) {
    let context = vcpu.context.get();
    context.block.control.nested_root = vcpu.partition.space.root;
    // Whoever changes something later tells this pCPU, which looks again then.
    if !apic::expect_guest(context.timer.deadline) || vcpu.partition.attention.load(Ordering::Relaxed) != 0 {
        look(cpu, vcpu, context);
    }
}

/// Its timer comes before everything else, or an interrupt of somebody in its partition is ready.
#[inline(never)]
fn look(cpu: &'static Pcpu, vcpu: &'static VcpuCell, context: &mut Context) {
    apic::arm_guest(context.timer.deadline);
    let due = context.timer.deadline <= ticks();
    if due || vcpu.partition.attention.load(Ordering::Relaxed) >> vcpu.index & 1 != 0 {
        refresh_interrupts(cpu, vcpu);
        if !context.wants {
            // Nobody else takes the bits without a vCPU away.
            let real = u8::MAX >> 8_usize.saturating_sub(vcpu.partition.vcpus().len()).min(7);
            vcpu.partition.attention.fetch_and(real & !(1 << vcpu.index), Ordering::Relaxed);
        }
    }
}

/// Brings what the running vCPU has to be told up to date: its timer, and interrupts that are ready. Nobody
/// else of the partition is concerned.
pub fn refresh_interrupts(_cpu: &'static Pcpu, vcpu: &'static VcpuCell) -> u8 {
    let context = vcpu.context.get();
    let index = usize::from(vcpu.index);
    let mut controller = vcpu.partition.controller.lock();
    if let Some(vector) = context.timer.fire(ticks()) {
        controller.raise(index, vector);
    }
    apic::arm_guest(context.timer.deadline);
    context.wants = controller.ready(index).is_some();
    if !context.wants {
        withdraw(&mut context.block);
    }
    0
}

/// Offers the guest its most urgent interrupt: the processor hands it over as soon as the guest takes one.
///
/// As a virtual interrupt and not as an event to inject: the guest need not be watched until it takes interrupts, and
/// QEMU may deliver an injected interrupt twice (it forgets to clear its own note of it).
#[inline(never)]
pub(super) fn offer(vcpu: &'static VcpuCell, context: &mut Context) {
    let ready = vcpu.partition.controller.lock().ready(vcpu.index.into());
    context.wants = ready.is_some();
    match ready {
        Some(vector) => context.block.control.virtual_interrupt = VIRTUAL_PRIORITY | OFFER | u64::from(vector) << 32,
        None => withdraw(&mut context.block),
    }
}

fn withdraw(block: &mut Vmcb) {
    block.control.virtual_interrupt = VIRTUAL_PRIORITY;
}

/// Whether the guest took the interrupt that it was offered.
#[inline(always)]
pub(super) fn was_taken(context: &Context) -> bool {
    context.wants && context.block.control.virtual_interrupt & PENDING == 0
}

/// The guest took what it was offered: it is in service now.
#[inline(never)]
pub(super) fn taken(vcpu: &'static VcpuCell, context: &mut Context) {
    let vector = (context.block.control.virtual_interrupt >> 32) as u8;
    let mut controller = vcpu.partition.controller.lock();
    controller.serve(vcpu.index.into(), vector);
    context.wants = controller.ready(vcpu.index.into()).is_some();
}

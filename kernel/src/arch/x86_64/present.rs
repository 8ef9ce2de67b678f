//! What a vCPU needs in the pCPU besides its registers: address space, interrupts.

use super::{
    apic,
    context::Context,
    ticks,
    vmcb::{Vmcb, intercept},
};
use crate::system::{Pcpu, VcpuCell};
use core::sync::atomic::Ordering;

const INTERRUPT_FLAG: u64 = 1 << 9;
pub(super) const VALID: u64 = 1 << 31;
/// A virtual interrupt that whatever priority the guest has lets through: it only marks the window.
const WINDOW: u64 = 1 << 8 | 1 << 20;

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
    context.wants = controller.deliverable(index);
    if !context.wants {
        close_window(&mut context.block);
    }
    0
}

/// Gives the guest its most urgent interrupt if it takes one now; else asks to be told when it does.
#[inline(never)]
pub(super) fn deliver(vcpu: &'static VcpuCell, context: &mut Context) {
    let block = &mut context.block;
    if block.control.event & VALID != 0 {
        // Something else comes first.
        return open_window(block);
    }
    if block.state.rflags & INTERRUPT_FLAG == 0 || block.control.shadow & 1 != 0 {
        return open_window(block);
    }
    let index = usize::from(vcpu.index);
    let mut controller = vcpu.partition.controller.lock();
    if let Some(vector) = controller.take(index) {
        block.control.event = VALID | u64::from(vector);
    }
    context.wants = controller.deliverable(index);
    if context.wants { open_window(block) } else { close_window(block) }
}

fn open_window(block: &mut Vmcb) {
    block.control.virtual_interrupt |= WINDOW;
    block.control.intercepts |= intercept::WINDOW;
}

pub(super) fn close_window(block: &mut Vmcb) {
    block.control.virtual_interrupt &= !WINDOW;
    block.control.intercepts &= !intercept::WINDOW;
}

//! Making a vCPU present in a pCPU besides its registers: its address space, and its interrupts between its
//! interrupt controller's state and the pCPU's list registers.

use super::{CPUS_MAX, context, gic, stage2};
use crate::system::{Pcpu, VcpuCell};
use abi::layout::{PHYSICAL_TIMER_IRQ, VIRTUAL_TIMER_IRQ};
use core::sync::atomic::Ordering;
use sched::Cpu;

/// Everything a vCPU needs in this pCPU besides its registers.
#[inline(always)]
pub fn prepare(cpu: &'static Pcpu, vcpu: &'static VcpuCell) {
    let partition = vcpu.partition;
    partition.space.enter(OWNERS.of(cpu.id));
    let context = vcpu.context.get();
    let (virtual_high, physical_high) = context::timer_lines();
    let index = usize::from(vcpu.index);
    let still = !(context.listed | virtual_high | physical_high);
    // Whoever changes something later tells this pCPU, which looks again then.
    if still && partition.attention.load(Ordering::Relaxed) >> index & 1 == 0 {
        return;
    }
    offer(cpu, vcpu, still, (virtual_high, physical_high));
}

/// Offers the vCPU its interrupts, or notes that there are none (`still`: none are listed, no timer is due).
#[inline(never)]
fn offer(cpu: &'static Pcpu, vcpu: &'static VcpuCell, still: bool, (virtual_high, physical_high): (bool, bool)) {
    let (partition, index, context) = (vcpu.partition, usize::from(vcpu.index), vcpu.context.get());
    let mut vgic = partition.controller.lock();
    if still && vgic.quiet(index) {
        partition.attention.fetch_and(!(1 << index), Ordering::Relaxed);
        return;
    }
    context.involved = true;
    let list = &mut context.list;
    // The way of whoever slept until its timer.
    let alone = virtual_high && !physical_high && !context.listed;
    if alone && vgic.list_lone_timer(index, VIRTUAL_TIMER_IRQ, list) {
        gic::set_active_timers(cpu.id, 1 << VIRTUAL_TIMER_IRQ);
        return gic::write_list(list);
    }
    let moved = vgic.sync(index, list) | {
        let _ = vgic.timer_level(index, VIRTUAL_TIMER_IRQ, virtual_high, list);
        let _ = vgic.timer_level(index, PHYSICAL_TIMER_IRQ, physical_high, list);
        vgic.flush(index, list)
    };
    gic::set_active_timers(cpu.id, vgic.physically_active(index, list));
    gic::set_underflow(vgic.wants_maintenance(index));
    gic::write_list(list);
    drop(vgic);
    tell_moved(cpu, vcpu, moved);
}

fn tell_moved(cpu: &'static Pcpu, vcpu: &'static VcpuCell, moved: u8) {
    if moved != 0 {
        crate::interrupts::changed(cpu, vcpu, moved & !(1 << vcpu.index));
    }
}

/// Brings the running vCPU's list registers and its interrupt controller up to date with each other.
/// Returns the other vCPUs of the partition that have something to do now.
pub fn refresh_interrupts(cpu: &'static Pcpu, vcpu: &'static VcpuCell) -> u8 {
    let (context, index) = (vcpu.context.get(), usize::from(vcpu.index));
    let (virtual_high, physical_high) = context::timer_lines();
    let mut vgic = vcpu.partition.interrupts();
    let timers_rest = !(virtual_high | physical_high) && vgic.rests(index);
    if !context.involved && timers_rest && vgic.quiet(index) {
        return 0;
    }
    let mut list = gic::read_list();
    let mut moved = vgic.sync(index, &mut list);
    if !timers_rest {
        for (id, high) in [(VIRTUAL_TIMER_IRQ, virtual_high), (PHYSICAL_TIMER_IRQ, physical_high)] {
            if vgic.timer_level(index, id, high, &mut list) {
                gic::deactivate(id);
            }
        }
    }
    moved |= vgic.flush(index, &mut list);
    if virtual_high | physical_high {
        // Told ahead of its physical interrupt: held active, that does not come a second time.
        gic::set_active_timers(cpu.id, vgic.physically_active(index, &list));
    }
    gic::set_underflow(vgic.wants_maintenance(index));
    gic::write_list(&list);
    context.involved = !(list.is_empty() && timers_rest);
    if !context.involved {
        // When it leaves nobody looks at the list registers again: this is what was in them.
        (context.listed, context.list) = (false, list);
    }
    moved
}

/// Which partition used each VMID last, for every pCPU.
struct AllOwners([stage2::Owners; CPUS_MAX]);

// SAFETY: each pCPU touches only the entry with its own number.
unsafe impl Sync for AllOwners {}

impl AllOwners {
    fn of(&self, cpu: Cpu) -> &stage2::Owners {
        self.0.get(cpu.index()).unwrap_or(&self.0[0])
    }
}

static OWNERS: AllOwners = AllOwners([const { stage2::Owners::new() }; CPUS_MAX]);

//! What a vCPU needs before it goes on: its answer, its first instruction, or its memory.

use crate::{
    arch,
    system::{
        Pcpu, VcpuCell,
        partition::Stage,
        vcpu::{NEVER, Waiting},
    },
};
use core::sync::atomic::Ordering;
use sched::Phase;

/// Prepares the chosen vCPU and brings its state into the pCPU if it is not there (`fresh`). False: an
/// interrupt came while its partition was being loaded, so dispatch must look again.
#[inline(always)]
pub(super) fn prepare(cpu: &'static Pcpu, vcpu: &'static VcpuCell, fresh: bool) -> bool {
    let mut fresh = fresh;
    if vcpu.waiting() != Waiting::No && !settle_wait(cpu, vcpu, &mut fresh) {
        return false;
    }
    if fresh {
        arch::restore(&vcpu.context);
        arch::prepare(cpu, vcpu);
    }
    true
}

/// Ends what the vCPU waits for; `fresh` becomes true if its state must be brought into the pCPU after all.
#[inline(never)]
fn settle_wait(cpu: &'static Pcpu, vcpu: &'static VcpuCell, fresh: &mut bool) -> bool {
    match vcpu.waiting() {
        Waiting::No => {}
        Waiting::Interrupt => {
            vcpu.move_waiting(Waiting::Interrupt, Waiting::No);
        }
        Waiting::Call => {
            arch::set_result(&vcpu.context, super::call_result(vcpu, cpu.now()));
            vcpu.deadline.store(NEVER, Ordering::Relaxed);
            vcpu.move_waiting(Waiting::Call, Waiting::No);
        }
        Waiting::Start => {
            let [entry, argument] = [0, 1].map(|at: usize| vcpu.start[at].load(Ordering::Relaxed));
            start(cpu, vcpu, entry, argument);
            vcpu.move_waiting(Waiting::Start, Waiting::No);
            *fresh = true;
        }
        Waiting::Reload => {
            if !*fresh {
                // What the old life left in the pCPU, timers and listed interrupts, must not reach the new one.
                arch::save(&vcpu.context);
            }
            if !reload(cpu, vcpu) {
                return false;
            }
            start(cpu, vcpu, vcpu.partition.entry.0, vcpu.partition.entry.1);
            vcpu.move_waiting(Waiting::Reload, Waiting::No);
            *fresh = true;
        }
    }
    true
}

fn start(cpu: &Pcpu, vcpu: &VcpuCell, entry: u64, argument: u64) {
    super::life::count_exits(cpu, vcpu);
    arch::reset(&vcpu.context, &arch::Start { entry, argument, index: vcpu.index });
    super::life::grant_exits(vcpu, cpu.now().nanos());
}

/// Loads the partition's memory again, in its own time and in small pieces; false when interrupted.
fn reload(cpu: &'static Pcpu, vcpu: &'static VcpuCell) -> bool {
    let partition = vcpu.partition;
    while !settled(vcpu) {
        <arch::Relax as spin::RelaxStrategy>::relax();
        if arch::interrupt_pending() {
            super::take_interrupt(cpu);
            return false;
        }
    }
    while crate::loader::load_piece(partition) {
        if arch::interrupt_pending() {
            super::take_interrupt(cpu);
            return false;
        }
    }
    crate::dispatch::life::reborn(cpu, partition);
    partition.set_stage(Stage::Normal);
    true
}

/// True once no sibling runs or is unsaved any more: then nobody writes to the partition's memory.
fn settled(vcpu: &VcpuCell) -> bool {
    let state = vcpu.pool.state.lock();
    vcpu.partition.vcpus().iter().filter(|other| other.index != vcpu.index).all(|other| {
        let life = state.pool.life(other.id);
        life.unsaved.is_none()
            && life.last.is_none_or(|there| state.pool.running(there) != Some(other.id))
            && matches!(life.phase, Phase::Off | Phase::Absent)
    })
}

//! The life of a partition: off, restart, fault.

use super::Cause;
use crate::{
    arch,
    system::{
        Partition, Pcpu, VcpuCell,
        partition::Stage,
        vcpu::Waiting,
    },
};
use config::plan::FaultAction;
use core::sync::atomic::Ordering;
use sched::{Instant, Why};
use trace::{Event, Seam, event::LifeStep};

/// What a cause means for the whole partition, before the pCPU picks again.
pub(super) fn before(cpu: &'static Pcpu, cause: Cause, now: Instant) {
    let Some(vcpu) = cpu.current.get() else { return };
    match cause {
        Cause::PowerOff => {
            note(cpu, vcpu.partition, now, LifeStep::PowerOff, (0, 0));
            halt(cpu, vcpu.partition, Stage::Stopped, now);
        }
        Cause::Reset => {
            note(cpu, vcpu.partition, now, LifeStep::Reset, (0, 0));
            restart(cpu, vcpu.partition, now);
        }
        Cause::Fault => fault(cpu, vcpu, now),
        _ => {}
    }
}

fn fault(cpu: &'static Pcpu, vcpu: &'static VcpuCell, now: Instant) {
    let partition = vcpu.partition;
    note(cpu, partition, now, LifeStep::Faulted, cpu.fault.get());
    match partition.on_fault {
        FaultAction::Restart => restart(cpu, partition, now),
        FaultAction::Idle => {
            note(cpu, partition, now, LifeStep::Idle, (0, 0));
            halt(cpu, partition, Stage::Idle, now);
        }
        FaultAction::StopSystem => cpu.system.stop(),
    }
}

/// Switches all vCPUs off.
fn halt(cpu: &'static Pcpu, partition: &'static Partition, stage: Stage, now: Instant) {
    partition.set_stage(stage);
    block(cpu, partition, now, 0);
}

/// Keeps the first vCPU, which will load the partition again in its own time, and switches the rest off.
fn restart(cpu: &'static Pcpu, partition: &'static Partition, now: Instant) {
    partition.set_stage(Stage::Reloading);
    partition.reloaded.store(0, Ordering::Relaxed);
    block(cpu, partition, now, 1);
    if let Some(first) = partition.vcpus().first() {
        first.set_waiting(Waiting::Reload);
        let mut state = partition.pool.state.lock();
        super::wake(cpu, &mut state, first, now);
    }
}

fn block(cpu: &'static Pcpu, partition: &'static Partition, now: Instant, from: usize) {
    let mut sink = &cpu.ring;
    let log = &mut Seam { cpu: cpu.id.0, pool: partition.pool.index, sink: &mut sink };
    let mut state = partition.pool.state.lock();
    for vcpu in partition.vcpus().iter().skip(from) {
        vcpu.set_waiting(Waiting::No);
        state.timers.clear(vcpu.id);
        let kicks = state.pool.block(vcpu.id, Why::Off, now, log).fresh;
        for other in kicks.iter().filter(|other| *other != cpu.id) {
            arch::kick(other);
        }
    }
}

/// The partition's memory is loaded: its devices start afresh too.
pub(super) fn reborn(cpu: &'static Pcpu, partition: &'static Partition) {
    partition.vgic.lock().reset();
    partition.uart.lock().reset();
    partition.starts.fetch_add(1, Ordering::Relaxed);
    arch::forget_translations();
    note(cpu, partition, cpu.now(), LifeStep::Restarted, (0, 0));
}

/// Puts a step into the trace.
pub fn note(cpu: &'static Pcpu, partition: &Partition, now: Instant, step: LifeStep, (detail, address): (u8, u64)) {
    let event = Event::Life { now, partition: partition.index, step: step as u8, detail, address };
    cpu.ring.push(event.encode(cpu.id.0));
}

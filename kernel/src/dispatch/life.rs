//! The life of a partition: off, restart, fault.

use super::Cause;
use crate::{
    arch, log,
    system::{Partition, Pcpu, PoolState, VcpuCell, partition::Stage, vcpu::Waiting},
};
use config::plan::FaultAction;
use core::sync::atomic::Ordering;
use sched::{Instant, Phase, Why};
use trace::{
    Event, Seam,
    event::{FaultCause, LifeStep},
};

/// What a cause means for the whole partition, before the pCPU picks again.
#[inline(never)]
pub(super) fn before(cpu: &'static Pcpu, cause: Cause, now: Instant) {
    let Some(vcpu) = cpu.current.get() else { return };
    match cause {
        Cause::PowerOff => {
            halt(cpu, vcpu.partition, (Stage::Stopped, LifeStep::PowerOff), now);
        }
        Cause::Reset => {
            restart(cpu, vcpu.partition, (LifeStep::Reset, (0, 0)), now);
        }
        Cause::Fault => fault(cpu, vcpu, now),
        _ => {}
    }
}

fn fault(cpu: &'static Pcpu, vcpu: &'static VcpuCell, now: Instant) {
    let partition = vcpu.partition;
    let why = (LifeStep::Faulted, cpu.fault.get());
    if partition.on_fault == FaultAction::Restart {
        return restart(cpu, partition, why, now);
    }
    note(cpu, partition, now, why.0, why.1);
    match partition.on_fault {
        FaultAction::StopSystem => cpu.system.stop(),
        _ => halt(cpu, partition, (Stage::Idle, LifeStep::Idle), now),
    }
}

/// A second, in which a vCPU may cause as many exits as the plan allows.
const EXIT_WINDOW: u64 = 1_000_000_000;

/// The running vCPU has used up its exits. False if that took less than a second: then it is faulty.
#[cold]
pub fn may_go_on(cpu: &'static Pcpu) -> bool {
    let Some(vcpu) = cpu.current.get() else { return true };
    let now = cpu.now().nanos();
    let limit = vcpu.partition.exit_limit;
    let since = vcpu.exits_since.load(Ordering::Relaxed);
    if limit != 0 && now.saturating_sub(since) < EXIT_WINDOW {
        cpu.fault.set((FaultCause::ExitRate as u8, limit.into()));
        return false;
    }
    count_exits(cpu, vcpu);
    grant_exits(vcpu, now);
    true
}

/// Begins a new second for `vcpu`.
pub(super) fn grant_exits(vcpu: &VcpuCell, now: u64) {
    let limit = vcpu.partition.exit_limit;
    let exits = if limit == 0 { u64::MAX } else { limit.into() };
    vcpu.exits_since.store(now, Ordering::Relaxed);
    vcpu.exits_granted.store(exits, Ordering::Relaxed);
    arch::set_allowance(&vcpu.context, exits);
}

/// Adds the exits that `vcpu` has used up since they were granted to what this pCPU counts.
pub fn count_exits(cpu: &Pcpu, vcpu: &VcpuCell) {
    let used = vcpu.exits_granted.swap(0, Ordering::Relaxed).wrapping_sub(arch::allowance(&vcpu.context));
    arch::set_allowance(&vcpu.context, 0);
    cpu.exits.set(cpu.exits.get().wrapping_add(used));
}

/// Switches all vCPUs off, unless the partition has ended or is restarted already.
fn halt(cpu: &'static Pcpu, partition: &'static Partition, (stage, step): (Stage, LifeStep), now: Instant) {
    if partition.leave_normal(stage) {
        note(cpu, partition, now, step, (0, 0));
        block(cpu, partition, now, 0);
    }
}

/// Keeps the first vCPU, which will load the partition again in its own time, and switches the rest off; not
/// if the partition has ended or is restarted already.
fn restart(cpu: &'static Pcpu, partition: &'static Partition, (step, why): (LifeStep, (u8, u64)), now: Instant) {
    if !partition.leave_normal(Stage::Reloading) {
        return;
    }
    note(cpu, partition, now, step, why);
    partition.reloaded.store(0, Ordering::Relaxed);
    block(cpu, partition, now, 1);
    if let Some(first) = partition.vcpus().first() {
        first.set_waiting(Waiting::Reload);
        let mut state = partition.pool.state.lock();
        super::wake(cpu, &mut state, first, now);
        if let Phase::Running(there) = state.pool.life(first.id).phase
            && there != cpu.id
        {
            arch::kick(there);
        }
    }
}

fn block(cpu: &'static Pcpu, partition: &'static Partition, now: Instant, from: usize) {
    let mut sink = &cpu.ring;
    let log = &mut Seam::new(cpu.id.0, partition.pool.index, &mut sink);
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
    partition.interrupts().reset();
    partition.uart.lock().reset();
    partition.changes.lock().clear();
    partition.starts.fetch_add(1, Ordering::Relaxed);
    arch::forget_translations();
    note(cpu, partition, cpu.now(), LifeStep::Restarted, (0, 0));
}

/// Puts a step into the trace.
pub fn note(cpu: &'static Pcpu, partition: &Partition, now: Instant, step: LifeStep, (detail, address): (u8, u64)) {
    if step == LifeStep::Faulted {
        log!(error, "partition {=str}: fault, cause {=u8} at {=u64:#x}", partition.name, detail, address);
    } else {
        log!(info, "partition {=str}: {=str}", partition.name, step.name());
    }
    let event = Event::Life { now, partition: partition.index, step: step as u8, detail, address };
    cpu.ring.push(event.encode(cpu.id.0));
}

/// Logs that a pool has more due events than one look at it handles.
#[cold]
pub(super) fn tell_late(cpu: &Pcpu, state: &PoolState, now: Instant) {
    if let Some(late) = state.pool.alarm().filter(|at| *at <= now).map(|at| now.since(at).nanos()) {
        log!(warn, "pool {=u8}: an event is late by {=u64} ns", cpu.pool.index, late);
    }
}

/// Logs that a policy chose a vCPU that may not run here.
#[cold]
pub(super) fn tell_refused(cpu: &Pcpu, state: &mut PoolState) {
    let all = state.pool.violations();
    if core::mem::replace(&mut state.told, all) != all {
        log!(error, "pool {=u8}: a choice of the scheduler was refused, {=u32} in all", cpu.pool.index, all);
    }
}

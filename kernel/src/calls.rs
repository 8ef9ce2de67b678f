//! What guests call: hypercalls of `abi`, PSCI and SMCCC. Arguments and results are x0 to x7.
//!
//! Most calls are answered on the short path, with only the caller-saved registers saved. Those that make
//! the pCPU think again say so by their [`Cause`].

use crate::{
    control,
    devices::psci::{self, Request},
    dispatch::{self, Cause},
    system::{
        Pcpu, VcpuCell,
        partition::Stage,
        vcpu::{NEVER, Waiting},
    },
};
use abi::hypercall as call;
use core::sync::atomic::Ordering;
use sched::Phase;
use trace::Event;

/// The calls of the guest on `cpu` that need nothing but an answer: what they lead to, and the answer.
#[inline(always)]
pub fn at_once(cpu: &Pcpu, number: u64) -> Option<(Cause, u64)> {
    if number == call::VERSION {
        return Some((Cause::Resume, call::VERSION_1_0));
    }
    match number {
        call::YIELD => Some((if cpu.uncontested() { Cause::Resume } else { Cause::Yield }, call::SUCCESS)),
        psci::VERSION_CALL => Some((Cause::Resume, psci::answer(psci::VERSION))),
        _ => None,
    }
}

/// Carries out a call by the vCPU that runs on `cpu`.
#[inline(always)]
pub fn carry_out(cpu: &'static Pcpu, args: &mut [u64; 8]) -> Cause {
    match at_once(cpu, args[0]) {
        Some((cause, answer)) => {
            args[0] = answer;
            cause
        }
        None => others(cpu, args),
    }
}

fn others(cpu: &'static Pcpu, args: &mut [u64; 8]) -> Cause {
    let Some(vcpu) = cpu.current.get() else { return Cause::Resume };
    match args[0] {
        call::WAIT_UNTIL => return wait_until(cpu, vcpu, args),
        call::CHANGE..=call::PARAMETERS => return control::carry_out(cpu, vcpu, args),
        call::MARK => args[0] = mark(cpu, vcpu, args),
        call::CONSOLE => args[0] = console(cpu, vcpu, args),
        call::STATUS => args[0] = status(cpu, vcpu, args[1]),
        call::ABORT => {
            cpu.fault.set((trace::event::FaultCause::Abort as u8, args[1]));
            return Cause::Fault;
        }
        _ => return firmware(cpu, vcpu, args),
    }
    Cause::Resume
}

fn wait_until(cpu: &'static Pcpu, vcpu: &'static VcpuCell, args: &mut [u64; 8]) -> Cause {
    if args[1] <= cpu.now().nanos() {
        args[0] = call::SUCCESS;
        return Cause::Resume;
    }
    vcpu.deadline.store(args[1].min(NEVER - 1), Ordering::Relaxed);
    vcpu.move_waiting(Waiting::No, Waiting::Call);
    Cause::Wait
}

fn mark(cpu: &'static Pcpu, vcpu: &'static VcpuCell, args: &[u64; 8]) -> u64 {
    let (kind, task) = (args[1] & 0xff, args[1] >> 8);
    if kind > call::mark::LAST || task > u64::from(u32::MAX) {
        return call::INVALID;
    }
    let event = Event::Mark {
        now: cpu.now(),
        partition: vcpu.partition.index,
        vcpu: vcpu.index,
        kind: kind as u8,
        task: task as u32,
        args: [args[2], args[3], args[4]],
    };
    cpu.ring.push(event.encode(cpu.id.0));
    call::SUCCESS
}

fn console(cpu: &'static Pcpu, vcpu: &'static VcpuCell, args: &[u64; 8]) -> u64 {
    let length = args[1] as usize;
    if args[1] > call::CONSOLE_BYTES as u64 {
        return call::INVALID;
    }
    let mut bytes = [0; call::CONSOLE_BYTES];
    for (place, word) in bytes.chunks_exact_mut(8).zip(&args[2..7]) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    let taken = vcpu.partition.output.put(bytes.get(..length).unwrap_or(&[]));
    cpu.system.console.visit(cpu.system, vcpu.partition);
    taken as u64
}

fn status(cpu: &'static Pcpu, vcpu: &'static VcpuCell, which: u64) -> u64 {
    match which {
        call::status::RUN_TIME => {
            let now = cpu.now();
            cpu.pool.state.lock().pool.life(vcpu.id).times(now).running.nanos()
        }
        call::status::STARTS => vcpu.partition.starts.load(Ordering::Relaxed).into(),
        call::status::CONSOLE_DROPS => vcpu.partition.output.drops(),
        _ => call::INVALID,
    }
}

/// PSCI and SMCCC.
fn firmware(cpu: &'static Pcpu, vcpu: &'static VcpuCell, args: &mut [u64; 8]) -> Cause {
    let answer = match psci::decode([args[0], args[1], args[2], args[3]]) {
        Request::Version => psci::VERSION,
        Request::Features(id) => psci::features(id),
        Request::SmcccVersion => psci::SMCCC,
        Request::SmcccArchFeatures(id) => psci::arch_features(id),
        Request::MigrateInfoType => psci::MIGRATION_NOT_NEEDED,
        Request::CpuOn { target, entry, context } => cpu_on(cpu, vcpu, target, entry, context),
        Request::AffinityInfo { target, level } => affinity_info(vcpu, target, level),
        Request::CpuOff => return Cause::CpuOff,
        Request::CpuSuspend { .. } => {
            args[0] = psci::answer(psci::SUCCESS);
            vcpu.move_waiting(Waiting::No, Waiting::Interrupt);
            return Cause::Wait;
        }
        Request::SystemOff => return Cause::PowerOff,
        Request::SystemReset | Request::SystemReset2 { kind: 0, .. } => return Cause::Reset,
        Request::SystemReset2 { .. } => psci::INVALID_PARAMETERS,
        Request::Unknown => psci::NOT_SUPPORTED,
    };
    args[0] = psci::answer(answer);
    Cause::Resume
}

/// The vCPU that an MPIDR value names: affinity 0 is its index.
fn sibling(vcpu: &VcpuCell, target: u64) -> Option<&'static VcpuCell> {
    vcpu.partition.vcpus().get(usize::try_from(target & 0xff_00ff_ffff).ok()?)
}

/// Starts another vCPU of the partition of `vcpu` at `entry`, and hands it `context`; PSCI's answer.
pub fn cpu_on(cpu: &'static Pcpu, vcpu: &VcpuCell, target: u64, entry: u64, context: u64) -> i64 {
    let Some(target) = sibling(vcpu, target) else { return psci::INVALID_PARAMETERS };
    let memory = vcpu.partition.base..vcpu.partition.base.saturating_add(vcpu.partition.memory.size);
    if !memory.contains(&entry) {
        return psci::INVALID_ADDRESS;
    }
    let mut state = target.pool.state.lock();
    // The caller may itself be switched off already, and not know it yet.
    if vcpu.partition.stage() != Stage::Normal {
        return psci::DENIED;
    }
    if state.pool.life(target.id).phase != Phase::Off || state.pool.life(target.id).unsaved.is_some() {
        return if target.waiting() == Waiting::Start { psci::ON_PENDING } else { psci::ALREADY_ON };
    }
    let [at, argument] = &target.start;
    at.store(entry, Ordering::Relaxed);
    argument.store(context, Ordering::Relaxed);
    target.set_waiting(Waiting::Start);
    dispatch::wake(cpu, &mut state, target, cpu.now());
    psci::SUCCESS
}

fn affinity_info(vcpu: &VcpuCell, target: u64, level: u64) -> i64 {
    let Some(target) = sibling(vcpu, target).filter(|_| level == 0) else { return psci::INVALID_PARAMETERS };
    match target.pool.state.lock().pool.life(target.id).phase {
        Phase::Off | Phase::Absent => psci::AFFINITY_OFF,
        _ if target.waiting() == Waiting::Start => psci::AFFINITY_ON_PENDING,
        _ => psci::AFFINITY_ON,
    }
}

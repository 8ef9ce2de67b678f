//! Dispatch: leave, pick, switch, arm. The one place where a pCPU changes what it does.
//!
//! There is no periodic tick. A pCPU's timer is set to the end of its slice, to a pool event that it
//! promised to handle, or to the end of the system, whatever comes first; a lone runnable guest is not
//! interrupted at all.

pub mod life;
mod work;

use crate::{
    arch, interrupts,
    system::{
        Pcpu, PoolState, VcpuCell,
        vcpu::{NEVER, Waiting},
    },
};
use abi::hypercall;
use core::sync::atomic::Ordering;
use sched::{CpuSet, Duration, Instant, Leave, Phase, Why};
use trace::Seam;

/// Why a vCPU left its pCPU, as the exit path hands it on. Zero means that it did not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u64)]
pub enum Cause {
    /// Everything is done: the guest goes on.
    Resume = 0,
    /// A trap that needs all registers.
    Trap = 1,
    /// An interrupt for the hypervisor.
    Interrupt = 2,
    /// It offers its pCPU.
    Yield = 3,
    /// It waits; [`VcpuCell::waiting`] says for what.
    Wait = 4,
    /// It switched itself off.
    CpuOff = 5,
    /// Its partition switched itself off.
    PowerOff = 6,
    /// Its partition asks for a restart.
    Reset = 7,
    /// Its partition faulted; [`Pcpu::fault`] says why.
    Fault = 8,
}

/// At most so many due timers, and so many due alarms, are handled in one hold of the lock.
const DUE_MAX: usize = 4;

/// With less time than this until the next event of its pCPU, an idle one does not begin with a piece of console output:
/// nobody's window or wake-up shall wait for that. A piece takes below 3 us on the emulator.
const CONSOLE_TIME: Duration = Duration::from_micros(10);

/// Deals with `cause` and returns the vCPU that goes on, its state in the pCPU.
pub fn enter(cpu: &'static Pcpu, cause: Cause) -> &'static VcpuCell {
    let mut cause = cause;
    loop {
        let now = cpu.now();
        if now.nanos() >= cpu.system.stop_at.load(Ordering::Relaxed) {
            crate::finish::stop(cpu);
        }
        if cause >= Cause::PowerOff {
            life::before(cpu, cause, now);
        }
        let (next, fresh) = step(cpu, cause, now);
        let Some(vcpu) = next else {
            idle(cpu);
            cause = Cause::Interrupt;
            continue;
        };
        if work::prepare(cpu, vcpu, fresh) {
            return vcpu;
        }
        cause = Cause::Interrupt;
    }
}

/// One hold of the pool's lock: tells the policy what happened, and picks if there is reason to. Says who has the
/// pCPU, and whether its state must be brought there.
#[inline(always)]
fn step(cpu: &'static Pcpu, cause: Cause, now: Instant) -> (Option<&'static VcpuCell>, bool) {
    let looked = if cause == Cause::Wait { show_timers(cpu) } else { 0 };
    let mut state = cpu.pool.state.lock();
    let (mut kicks, mut fresh) = (CpuSet::EMPTY, false);
    let mut leave = leaves(cpu, &mut state, cause, (now, looked));
    let asked = leave.is_some() || cpu.until.get() <= now || cpu.current.get().is_none();
    if state.next_event() <= now {
        // What the vCPU does came first; others are woken before the pCPU picks.
        if let (Some(leave), Some(vcpu)) = (leave.take(), cpu.current.get()) {
            kicks = kicks.or(tell(cpu, &mut state, vcpu, leave, now));
        }
        kicks = kicks.or(run_due(cpu, &mut state, now));
    }
    if asked || !state.pool.kicks().and(cpu.own).is_empty() {
        let told = turn(cpu, &mut state, leave, now);
        (kicks, fresh) = (kicks.or(told.0), told.1);
    }
    host(cpu, &mut state, now);
    let again = !state.pool.kicks().and(cpu.own).is_empty();
    drop(state);
    send(cpu, kicks);
    if again {
        arch::kick(cpu.id);
    }
    arm(cpu);
    cpu.ring.publish();
    (cpu.current.get(), fresh)
}

/// A timer of the guest that is due by now is shown to its interrupt controller; a later one, beyond the
/// returned instant in ticks, is waited for.
#[inline(never)]
fn show_timers(cpu: &'static Pcpu) -> u64 {
    let looked = arch::ticks();
    if let Some(vcpu) = cpu.current.get() {
        interrupts::refresh(cpu, vcpu);
    }
    looked
}

/// How the running vCPU leaves its turn, if it does. To yield is the short way; whether the vCPU still may run
/// does not matter there, for to yield in vain does nothing.
#[inline(always)]
fn leaves(cpu: &'static Pcpu, state: &mut PoolState, cause: Cause, (now, looked): (Instant, u64)) -> Option<Leave> {
    match cause {
        Cause::Yield => Some(Leave::Yield),
        Cause::Interrupt => None,
        _ => blocks(cpu, state, cause, (now, looked)),
    }
}

#[inline(never)]
fn blocks(cpu: &'static Pcpu, state: &mut PoolState, cause: Cause, (now, looked): (Instant, u64)) -> Option<Leave> {
    let vcpu = cpu.current.get()?;
    if state.pool.life(vcpu.id).phase != Phase::Running(cpu.id) {
        // Its partition was switched off or is restarted: what it does until it leaves does not count.
        return None;
    }
    match cause {
        Cause::CpuOff => {
            state.timers.clear(vcpu.id);
            Some(Leave::Block(Why::Off))
        }
        Cause::Wait if matches!(vcpu.waiting(), Waiting::Interrupt | Waiting::Call) => {
            // Under the lock, so that a wake-up that comes from now on finds the vCPU blocked.
            let at = deadline(cpu, vcpu, looked);
            if at <= now || vcpu.partition.interrupts().deliverable(vcpu.index.into()) {
                return None;
            }
            if at != Instant::MAX {
                let useful = state.pool.heeds(vcpu.id, at);
                state.timers.set(vcpu.id, useful);
            }
            Some(Leave::Block(Why::Wait))
        }
        _ => None,
    }
}

/// Tells the policy what the running vCPU does, apart from the turn that follows.
#[inline(never)]
fn tell(cpu: &'static Pcpu, state: &mut PoolState, vcpu: &'static VcpuCell, leave: Leave, now: Instant) -> CpuSet {
    let mut sink = &cpu.ring;
    let log = &mut Seam { origin: cpu.origin, sink: &mut sink };
    match leave {
        Leave::Yield => state.pool.yield_now(vcpu.id, now, log).fresh,
        Leave::Block(why) => state.pool.block(vcpu.id, why, now, log).fresh,
    }
}

/// When the waiting vCPU wants to go on at the latest.
fn deadline(cpu: &'static Pcpu, vcpu: &'static VcpuCell, looked: u64) -> Instant {
    let ticks = arch::guest_deadline(&vcpu.context, looked);
    let own = if ticks == u64::MAX { NEVER } else { cpu.system.clock.nanos(ticks) };
    let call = if vcpu.waiting() == Waiting::Call { vcpu.deadline.load(Ordering::Relaxed) } else { NEVER };
    Instant::from_nanos(own.min(call))
}

/// Wakes whose time has come, and handles the policy's due events.
#[inline(never)]
fn run_due(cpu: &'static Pcpu, state: &mut PoolState, now: Instant) -> CpuSet {
    let mut sink = &cpu.ring;
    let log = &mut Seam { origin: cpu.origin, sink: &mut sink };
    let mut kicks = CpuSet::EMPTY;
    for _ in 0..DUE_MAX {
        let Some(v) = state.timers.take_due(now) else { break };
        kicks = kicks.or(state.pool.wake(v, now, log).fresh);
    }
    for _ in 0..DUE_MAX {
        if state.pool.next_alarm() > now {
            return kicks;
        }
        kicks = kicks.or(state.pool.expire(now, log).fresh);
    }
    life::tell_late(cpu, state, now);
    kicks
}

/// Asks the policy, and switches if it wants another vCPU: the old one is in memory before the lock is free.
/// Answers with the pCPUs to interrupt, and whether somebody else came.
#[inline(always)]
fn turn(cpu: &'static Pcpu, state: &mut PoolState, leave: Option<Leave>, now: Instant) -> (CpuSet, bool) {
    let mut sink = &cpu.ring;
    let log = &mut Seam { origin: cpu.origin, sink: &mut sink };
    let answer = state.pool.turn(cpu.id, leave, now, log);
    cpu.until.set(answer.choice.until.unwrap_or(Instant::MAX));
    let before = cpu.current.get();
    let next = answer.choice.run.and_then(|v| state.vcpus.get(v.index()));
    if next.is_none() {
        life::tell_refused(cpu, state);
    }
    let same = match (before, next) {
        (Some(before), Some(next)) => core::ptr::eq(before, next),
        _ => false,
    };
    if !same {
        if let Some(vcpu) = before {
            arch::save(&vcpu.context);
        }
        cpu.current.set(next);
    }
    (answer.fresh, !same)
}

/// Promises to handle the pool's next event, unless some pCPU will be there before.
#[inline(always)]
fn host(cpu: &'static Pcpu, state: &mut PoolState, now: Instant) {
    if cpu.hosting.get() <= now {
        cpu.hosting.set(Instant::MAX);
    }
    if state.hosted <= now {
        state.hosted = Instant::MAX;
    }
    let event = state.next_event();
    if event < state.hosted {
        state.hosted = event;
        cpu.hosting.set(event);
    }
}

/// Sets this pCPU's timer to whatever comes first.
#[inline(always)]
fn arm(cpu: &'static Pcpu) {
    let at =
        cpu.until.get().min(cpu.hosting.get()).min(Instant::from_nanos(cpu.system.stop_at.load(Ordering::Relaxed)));
    if at != cpu.armed.get() {
        cpu.armed.set(at);
        arch::arm((at != Instant::MAX).then(|| cpu.system.clock.ticks(at.nanos())));
    }
}

/// Interrupts the other pCPUs in `kicks`. This one looks at its own kick before it leaves the lock.
fn send(cpu: &'static Pcpu, kicks: CpuSet) {
    let others = kicks.without(cpu.own);
    if !others.is_empty() {
        others.iter().for_each(arch::kick);
    }
}

/// Nothing to run: shows what the partitions wrote, then waits for an interrupt.
#[inline(never)]
fn idle(cpu: &'static Pcpu) {
    while !arch::interrupt_pending() {
        let has_time = cpu.armed.get() > cpu.now() + CONSOLE_TIME;
        if !has_time || !cpu.system.console.idle(cpu.system) {
            arch::idle();
        }
    }
    take_interrupt(cpu);
}

/// Acknowledges an interrupt while no guest runs.
fn take_interrupt(cpu: &'static Pcpu) {
    match arch::take_interrupt() {
        arch::Interrupt::Timer => cpu.armed.set(Instant::MAX),
        arch::Interrupt::GuestTimer(id) => arch::drop_guest_timer(id),
        arch::Interrupt::Input => crate::input::arrive(cpu),
        _ => {}
    }
}

/// Makes `vcpu` ready, under the lock of its pool, which is the pool of `cpu` too.
pub fn wake(cpu: &'static Pcpu, state: &mut PoolState, vcpu: &'static VcpuCell, now: Instant) {
    let mut sink = &cpu.ring;
    let log = &mut Seam::new(cpu.id.0, vcpu.pool.index, &mut sink);
    state.timers.clear(vcpu.id);
    let kicks = state.pool.wake(vcpu.id, now, log).fresh;
    for other in kicks.iter() {
        arch::kick(other);
    }
    // It may have to wait for an event of its policy, and nobody else has a reason to look.
    if state.next_event() < state.hosted {
        host(cpu, state, now);
        arm(cpu);
    }
}

/// The interrupts of `vcpu` changed: wakes it if it waits, interrupts its pCPU if it runs elsewhere.
pub fn notify(cpu: &'static Pcpu, vcpu: &'static VcpuCell) {
    let mut state = vcpu.pool.state.lock();
    match state.pool.life(vcpu.id).phase {
        Phase::Blocked(Why::Wait) => wake(cpu, &mut state, vcpu, cpu.now()),
        Phase::Running(there) if there != cpu.id => arch::nudge(there),
        _ => {}
    }
}

/// The interrupts of the running vCPU may have changed.
pub fn after_nudge(cpu: &'static Pcpu) {
    if let Some(vcpu) = cpu.current.get() {
        interrupts::refresh(cpu, vcpu);
    }
}

/// What a vCPU that waited in a call gets as its answer.
fn call_result(vcpu: &VcpuCell, now: Instant) -> u64 {
    if now.nanos() >= vcpu.deadline.load(Ordering::Relaxed) { hypercall::SUCCESS } else { hypercall::INTERRUPTED }
}

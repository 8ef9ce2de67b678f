//! What holds at rest: when nothing is owed, the policy has nothing left to wish for.

use super::law::require;
use super::{Breach, Machine, Op, Subject};
use crate::{CpuSet, Duration, Instant, Phase, Scheduler, Vcpu};

/// More steps than any machine of this size needs to come to rest.
const MOST_STEPS: usize = 400;

/// The next thing that is owed at this instant; `None` at rest.
pub(super) fn owed<S: Subject>(machine: &Machine<'_, S>) -> Option<Op> {
    if machine.is_due(machine.pool.alarm()) {
        return Some(Op::Expire);
    }
    let kicks = machine.pool.kicks();
    let picks = |cpu: &crate::Cpu| kicks.contains(*cpu) || machine.is_due(machine.until[cpu.index()]);
    if let Some(cpu) = machine.all.iter().find(picks) {
        return Some(Op::Pick(cpu.0));
    }
    (0..machine.vcpus).find(|v| machine.pool.life(Vcpu(*v)).unsaved.is_some()).map(Op::Saved)
}

/// Serves all that is owed, by `step`.
pub(super) fn settle<M, E: From<Breach>>(
    machine: &mut M,
    owed: impl Fn(&M) -> Option<Op>,
    mut step: impl FnMut(&mut M, Op) -> Result<(), E>,
) -> Result<(), E> {
    for _ in 0..MOST_STEPS {
        match owed(machine) {
            Some(op) => step(machine, op)?,
            None => return Ok(()),
        }
    }
    let seen = std::format!("after {MOST_STEPS} steps at one instant");
    Err(Breach { law: super::Law::Settles, seen }.into())
}

/// Judges a state at rest.
pub(super) fn judge<S: Subject>(machine: &Machine<'_, S>) -> Result<(), Breach> {
    for v in (0..machine.vcpus).filter(|v| machine.phase(*v) == Phase::Ready) {
        waiting(machine, v)?;
    }
    quiescence(machine)?;
    idle_yields(machine)?;
    let mut policy = machine.policy();
    let kick = policy.expire(machine.now);
    let same = kick.is_empty() && policy == *machine.pool.policy();
    require!(OneEvent, same, "nothing is due, yet `expire` did something and kicked {kick:?}");
    Ok(())
}

/// Picks without a reason, now and right before the next event, find what runs.
fn quiescence<S: Subject>(machine: &Machine<'_, S>) -> Result<(), Breach> {
    let far = machine.now + machine.tick().times(1000);
    let calm = machine.next_event().map_or(far, |next| next - Duration::from_nanos(1));
    for instant in [machine.now, calm.max(machine.now)] {
        let mut policy = machine.policy();
        for cpu in machine.all.iter() {
            let (found, runs) = (policy.pick(cpu, instant).run, machine.pool.running(cpu));
            require!(Quiescence, found == runs, "{found:?} instead of {runs:?} on p{} at {instant:?}", cpu.0);
        }
    }
    Ok(())
}

/// What runs without an end may offer its pCPU: nobody takes it. So a caller need not even ask.
fn idle_yields<S: Subject>(machine: &Machine<'_, S>) -> Result<(), Breach> {
    for cpu in machine.all.iter().filter(|cpu| machine.until[cpu.index()].is_none()) {
        let Some(v) = machine.pool.running(cpu) else { continue };
        let mut policy = machine.policy();
        let kick = policy.yield_now(v, machine.now);
        let found = policy.pick(cpu, machine.now).run;
        let vain = kick.without(CpuSet::only(cpu)).is_empty() && found == Some(v);
        require!(IdleYield, vain, "v{} yields on p{}, which is kicked with {kick:?} and runs {found:?}", v.0, cpu.0);
    }
    Ok(())
}

/// `v` is ready and does not run.
fn waiting<S: Subject>(machine: &Machine<'_, S>, v: u16) -> Result<(), Breach> {
    let (policy, allowed) = (machine.pool.policy(), machine.allowed(v));
    for cpu in allowed.iter().filter(|cpu| machine.pool.running(*cpu).is_none()) {
        let may = machine.subject.may_idle(policy, Vcpu(v), cpu, machine.now);
        require!(WorkConservation, may, "v{v} waits and p{} is idle", cpu.0);
    }
    let ends = |until: Option<Instant>| until.is_some();
    let hope = ends(machine.pool.alarm()) || allowed.iter().any(|cpu| ends(machine.until[cpu.index()]));
    let lost = !hope && !allowed.is_empty() && !machine.subject.may_starve(policy, Vcpu(v));
    require!(Forgotten, !lost, "v{v} waits, and nothing will ever happen on {allowed:?}");
    Ok(())
}

//! Calls that must be refused, calls about nobody, and the end of time.

use super::law::require;
use super::{Breach, Machine, Subject};
use crate::{Affinity, Change, Cpu, CpuSet, Instant, Phase, Scheduler, Vcpu, When, Why};

const NOWHERE: Affinity = Affinity { hard: CpuSet::EMPTY, soft: CpuSet::EMPTY };

/// Tries everything that must be refused or must do nothing, on copies.
pub(super) fn judge<S: Subject>(machine: &Machine<'_, S>) -> Result<(), Breach> {
    for v in 0..machine.vcpus {
        if machine.phase(v) == Phase::Absent {
            absent(machine, v)?;
        } else {
            present(machine, v)?;
        }
    }
    for v in [machine.vcpus, machine.vcpus + 1, u16::MAX - 1, u16::MAX] {
        let add = |policy: &mut S::Policy| {
            policy.add(Vcpu(v), machine.subject.group(Vcpu(0)), machine.subject.params(0), Affinity::ANY, machine.now)
        };
        refused(machine, "to add a vCPU for which there is no slot", add)?;
        absent(machine, v)?;
    }
    refused(machine, "a pool without pCPUs", |policy| {
        policy.change(&[Change::Cpus(CpuSet::EMPTY)], When::Now, machine.now).map(drop)
    })?;
    strange_pcpus(machine)
}

/// `v` is in the pool.
fn present<S: Subject>(machine: &Machine<'_, S>, v: u16) -> Result<(), Breach> {
    let (subject, now, life) = (machine.subject, machine.now, machine.pool.life(Vcpu(v)));
    refused(machine, "to add a vCPU twice", |policy| {
        policy.add(Vcpu(v), subject.group(Vcpu(v)), subject.params(0), Affinity::ANY, now)
    })?;
    let busy = matches!(life.phase, Phase::Ready | Phase::Running(_)) || life.unsaved.is_some();
    if busy || machine.runs(v).is_some() {
        refused(machine, "to remove a vCPU that is not blocked and saved", |policy| policy.remove(Vcpu(v), now))?;
    }
    let good = [Change::Affinity(Vcpu(v), Affinity::hard(machine.members)), Change::Vcpu(Vcpu(v), subject.params(1))];
    for bad in [Change::Affinity(Vcpu(v), NOWHERE), Change::Cpus(CpuSet::EMPTY)] {
        refused(machine, "two good changes and a bad one", |policy| {
            policy.change(&[good[0], good[1], bad], When::Now, now).map(drop)
        })?;
    }
    Ok(())
}

/// `v` is not in the pool.
fn absent<S: Subject>(machine: &Machine<'_, S>, v: u16) -> Result<(), Breach> {
    let (v, now) = (Vcpu(v), machine.now);
    refused(machine, "to remove nobody", |policy| policy.remove(v, now))?;
    for change in [Change::Affinity(v, Affinity::ANY), Change::Vcpu(v, machine.subject.params(0))] {
        refused(machine, "to change nobody", |policy| policy.change(&[change], When::Boundary, now).map(drop))?;
    }
    nothing(machine, v.0.into(), |policy| {
        let kicks = [Why::Wait, Why::Pause, Why::Off].map(|why| policy.block(v, why, now));
        let saved = [0, 1, u8::MAX].map(|cpu| policy.saved(v, Cpu(cpu), now));
        let all = kicks.into_iter().chain(saved).chain([policy.wake(v, now), policy.yield_now(v, now)]);
        all.fold(CpuSet::EMPTY, CpuSet::or)
    })?;
    let policy = machine.pool.policy();
    require!(InForce, policy.in_force(v).is_none(), "{v:?} does not exist");
    let heeds = policy.heeds(v, now);
    require!(Heeds, heeds >= now, "{v:?} does not exist: {heeds:?}");
    policy.service(v, now);
    Ok(())
}

/// pCPUs that the machine does not have.
fn strange_pcpus<S: Subject>(machine: &Machine<'_, S>) -> Result<(), Breach> {
    for cpu in [Cpu(63), Cpu(64), Cpu(128), Cpu(u8::MAX)] {
        nothing(machine, cpu.0.into(), |policy| {
            let saved = (0..machine.vcpus).map(|v| policy.saved(Vcpu(v), cpu, machine.now));
            saved.fold(CpuSet::EMPTY, CpuSet::or)
        })?;
        let run = machine.policy().pick(cpu, machine.now).run;
        require!(Nobody, run.is_none(), "{cpu:?} picks {run:?}");
    }
    Ok(())
}

/// Every call at the last instant there is; nothing is asked but that none panics.
pub(super) fn end_of_time<S: Subject>(machine: &Machine<'_, S>) {
    let mut policy = machine.policy();
    for now in [Instant::from_nanos(u64::MAX - 1), Instant::MAX] {
        for v in (0..machine.vcpus).map(Vcpu) {
            policy.wake(v, now);
            policy.expire(now);
            for cpu in machine.all.iter() {
                policy.pick(cpu, now);
                policy.yield_now(v, now);
                policy.saved(v, cpu, now);
            }
            policy.service(v, now);
            policy.heeds(v, now);
            policy.block(v, Why::Wait, now);
        }
        for change in machine.subject.changes() {
            // Whether it is accepted does not matter here.
            let _ = policy.change(&[change], When::Now, now);
        }
    }
}

/// A call on a copy that must be refused and change nothing.
fn refused<S: Subject>(
    machine: &Machine<'_, S>,
    what: &str,
    call: impl FnOnce(&mut S::Policy) -> Result<(), crate::Refused>,
) -> Result<(), Breach> {
    let mut policy = machine.policy();
    let accepted = call(&mut policy).is_ok();
    require!(Refusal, !accepted, "{what}: accepted");
    require!(AllOrNothing, policy == *machine.pool.policy(), "{what}: refused, but the state changed");
    Ok(())
}

/// Calls on a copy that must do nothing.
fn nothing<S: Subject>(
    machine: &Machine<'_, S>,
    about: u32,
    calls: impl FnOnce(&mut S::Policy) -> CpuSet,
) -> Result<(), Breach> {
    let mut policy = machine.policy();
    let kick = calls(&mut policy);
    require!(Nobody, kick.is_empty(), "calls about number {about} kick {kick:?}");
    require!(Nobody, policy == *machine.pool.policy(), "calls about number {about} change the state");
    Ok(())
}

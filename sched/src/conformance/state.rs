//! What every state must keep, whether something is owed or not.

use super::law::require;
use super::{Breach, Machine, Subject};
use crate::{CpuSet, Phase, Scheduler, Vcpu, Why};

/// Judges the state of `machine`.
pub(super) fn judge<S: Subject>(machine: &Machine<'_, S>) -> Result<(), Breach> {
    for v in 0..machine.vcpus {
        books(machine, v)?;
        heeds(machine, v)?;
    }
    idempotence(machine)
}

/// The ledger, and what the policy knows of `v`.
fn books<S: Subject>(machine: &Machine<'_, S>, v: u16) -> Result<(), Breach> {
    let (policy, life) = (machine.pool.policy(), machine.pool.life(Vcpu(v)));
    let present = life.phase != Phase::Absent;
    require!(InForce, policy.in_force(Vcpu(v)).is_some() == present, "v{v} is {:?}", life.phase);
    if !present {
        return Ok(());
    }
    let (times, age) = (life.times(machine.now), machine.now.since(machine.born[usize::from(v)]));
    let sum = times.running + times.ready + times.blocked + times.off;
    require!(Ledger, sum == age, "v{v} is {age:?} old and its ledger says {times:?}");
    let served = policy.service(Vcpu(v), machine.now).served;
    require!(Served, served <= age, "v{v} is {age:?} old and was served for {served:?}");
    Ok(())
}

/// What `heeds` says of a blocked `v`, tried out.
fn heeds<S: Subject>(machine: &Machine<'_, S>, v: u16) -> Result<(), Breach> {
    if !matches!(machine.phase(v), Phase::Blocked(_)) {
        return Ok(());
    }
    let heeds = machine.pool.policy().heeds(Vcpu(v), machine.now);
    require!(Heeds, heeds >= machine.now, "v{v} at {:?}: {heeds:?}", machine.now);
    if heeds > machine.now {
        let kick = machine.policy().wake(Vcpu(v), machine.now);
        require!(Heeds, kick.is_empty(), "v{v} matters from {heeds:?} on, yet at {:?} it kicks {kick:?}", machine.now);
    }
    Ok(())
}

/// Repeats what put each vCPU into its state.
fn idempotence<S: Subject>(machine: &Machine<'_, S>) -> Result<(), Breach> {
    let mut policy = machine.policy();
    (0..machine.vcpus).for_each(|v| again(machine, &mut policy, v));
    if policy == *machine.pool.policy() {
        return Ok(());
    }
    for v in 0..machine.vcpus {
        let mut policy = machine.policy();
        again(machine, &mut policy, v);
        let same = policy == *machine.pool.policy();
        require!(Idempotence, same, "v{v} is {:?} already", machine.phase(v));
    }
    Ok(())
}

fn again<S: Subject>(machine: &Machine<'_, S>, policy: &mut S::Policy, v: u16) {
    match machine.phase(v) {
        Phase::Absent => CpuSet::EMPTY,
        Phase::Off => policy.block(Vcpu(v), Why::Off, machine.now),
        Phase::Blocked(why) => policy.block(Vcpu(v), why, machine.now),
        Phase::Ready | Phase::Running(_) => policy.wake(Vcpu(v), machine.now),
    };
}

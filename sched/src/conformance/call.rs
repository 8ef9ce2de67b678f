//! What every single call must keep.

use super::law::require;
use super::{Breach, Effect, Law, Machine, Op, Subject};
use crate::{Cpu, CpuSet, Phase, Scheduler, Vcpu, Why};

/// Judges `op`, which led from `before` to `after`.
pub(super) fn judge<S: Subject>(
    before: &Machine<'_, S>,
    op: Op,
    effect: &Effect,
    after: &Machine<'_, S>,
) -> Result<(), Breach> {
    if after.pool.violations() != before.pool.violations()
        && let Op::Pick(cpu) | Op::Turn(cpu, _) = op
    {
        return Err(misplaced(before, Cpu(cpu)));
    }
    if let (Op::Pick(cpu) | Op::Turn(cpu, _), Some(choice)) = (op, effect.choice) {
        if let Some(v) = choice.run {
            let allowed = after.allowed(v.0);
            require!(HardAffinity, allowed.contains(Cpu(cpu)), "v{} on p{cpu}, but allowed is {allowed:?}", v.0);
        }
        let until = choice.until;
        require!(UntilAhead, until.is_none_or(|until| until > after.now), "{until:?} is not after {:?}", after.now);
    }
    let known = before.members.or(after.members).or(busy(before)).or(busy(after));
    let strange = effect.kick.without(known);
    require!(KicksInPool, strange.is_empty(), "{strange:?} was kicked by {op}");
    if let Some(rule) = effect.refused {
        let same = before.pool.policy() == after.pool.policy();
        require!(AllOrNothing, same, "{op} was refused ({rule}) and changed the state");
    }
    if op == Op::Expire { one_event(before, after) } else { Ok(()) }
}

/// Says which law the choice for `cpu` would have broken, had the pool not refused it.
fn misplaced<S: Subject>(before: &Machine<'_, S>, cpu: Cpu) -> Breach {
    let Some(v) = before.policy().pick(cpu, before.now).run else {
        return Breach { law: Law::Quiescence, seen: std::format!("two picks on p{} differ", cpu.0) };
    };
    let life = before.pool.life(v);
    let law = match life.phase {
        Phase::Absent | Phase::Off | Phase::Blocked(_) => Law::OnlyReady,
        _ if before.runs(v.0).is_some_and(|there| there != cpu) => Law::OnePlace,
        _ => Law::SavedFirst,
    };
    let seen = std::format!("p{} picks v{}, which is {:?}, unsaved on {:?}", cpu.0, v.0, life.phase, life.unsaved);
    Breach { law, seen }
}

/// pCPUs that run somebody.
fn busy<S: Subject>(machine: &Machine<'_, S>) -> CpuSet {
    let runs = |cpu: &Cpu| machine.pool.running(*cpu).is_some();
    machine.all.iter().filter(runs).fold(CpuSet::EMPTY, |busy, cpu| busy.or(CpuSet::only(cpu)))
}

/// Events come to an end, and one call handles one: there are at least as many as there are vCPUs for whom
/// alone the alarm would be due (or groups of them, if the policy has events of groups).
fn one_event<S: Subject>(before: &Machine<'_, S>, after: &Machine<'_, S>) -> Result<(), Breach> {
    let (now, most) = (after.now, 2 * usize::from(after.vcpus) + 2);
    let mut policy = after.policy();
    let mut calls = 1;
    while Machine::<S>::alarm_of(&policy, now) && calls <= most {
        policy.expire(now);
        calls += 1;
    }
    require!(AlarmAhead, calls <= most, "{:?} is still due after {calls} calls", policy.alarm());
    let waits = |v: &u16| before.phase(*v) == Phase::Ready;
    let due_without = |blocked: &dyn Fn(u16) -> bool| {
        let mut policy = before.policy();
        for v in (0..before.vcpus).filter(waits).filter(|v| blocked(*v)) {
            policy.block(Vcpu(v), Why::Wait, now);
        }
        Machine::<S>::alarm_of(&policy, now)
    };
    if due_without(&|_| true) {
        return Ok(());
    }
    let mut owners = CpuSet::EMPTY;
    for v in (0..before.vcpus).filter(waits).filter(|v| due_without(&|other| other != *v)) {
        owners = owners.or(CpuSet::from_bits(1 << before.subject.event_of(Vcpu(v))));
    }
    require!(OneEvent, owners.len() <= calls, "{} events were over after {calls} calls", owners.len());
    Ok(())
}

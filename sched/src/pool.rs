//! The protocol around a policy, once for hypervisor, simulator and replay.
//!
//! [`Pool`] keeps what is true under every policy: each vCPU's life cycle and time ledger, a clock that
//! never runs backwards, a sequence number for every call, and the kicks still owed. It also stands
//! between a faulty policy and the machine: a choice that would break isolation (a vCPU on two pCPUs, or
//! elsewhere before it is saved, or not ready) is refused here and counted.
//!
//! The caller holds the pool's lock around every method.

mod call;
mod life;

pub use call::{Answer, Call, Log, NoLog};
pub use life::{Life, Phase, Times};

use crate::{
    Affinity, Change, Choice, Cpu, CpuSet, Group, Instant, Leave, Params, Refused, Scheduler, Service, Table, Turn,
    Vcpu, When, Why,
};

/// A policy and the protocol around it. `L` is the memory of the life table, one [`Life`] per vCPU.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Pool<S, L> {
    policy: S,
    lives: Table<Life, L>,
    running: [Option<Vcpu>; Cpu::LIMIT],
    now: Instant,
    seq: u32,
    kicks: CpuSet,
    /// The policy's alarm after the last call; the far end of time if there is none.
    alarm: Instant,
    violations: u32,
}

impl<S: Scheduler, L: AsRef<[Life]> + AsMut<[Life]>> Pool<S, L> {
    /// A pool without vCPUs. `lives` has one entry for each vCPU that can be added.
    pub fn new(policy: S, lives: L, now: Instant) -> Self {
        Self {
            alarm: policy.alarm().unwrap_or(Instant::MAX),
            policy,
            lives: Table::new(lives, Life::ABSENT),
            running: [None; Cpu::LIMIT],
            now,
            seq: 0,
            kicks: CpuSet::EMPTY,
            violations: 0,
        }
    }

    /// Carries out one call at `now` (or at the latest instant seen, if that is later) and records it.
    #[inline(always)]
    pub fn apply(&mut self, call: Call<'_, S>, now: Instant, log: &mut impl Log) -> Answer {
        let now = self.now.max(now);
        let seq = self.seq.wrapping_add(1);
        (self.now, self.seq) = (now, seq);
        let mut answer = Answer::default();
        match call {
            Call::Add { v, g, ref row, affinity } => answer.refused = self.do_add(v, g, *row, affinity).err(),
            Call::Remove { v } => answer.refused = self.do_remove(v).err(),
            Call::Change { all, when } => match self.policy.change(all, when, self.now) {
                Ok(kick) => answer.kick = kick,
                Err(refused) => answer.refused = Some(refused),
            },
            Call::Wake { v } => answer.kick = self.do_wake(v),
            Call::Block { v, why } => answer.kick = self.do_block(v, why),
            Call::Yield { v } => answer.kick = self.policy.yield_now(v, now),
            Call::Pick { cpu } => {
                answer.choice = self.do_pick(cpu, now);
                answer.kick = answer.choice.kick;
            }
            Call::Turn { cpu, leave } => {
                (answer.choice, answer.alarm) = self.do_turn(cpu, leave, now);
                answer.kick = answer.choice.kick;
            }
            Call::Saved { v, cpu } => {
                let life = self.lives.at_mut(v.index());
                if life.unsaved == Some(cpu) {
                    life.unsaved = None;
                    answer.kick = self.policy.saved(v, cpu, now);
                }
            }
            Call::Expire => answer.kick = self.policy.expire(self.now),
        }
        if !matches!(call, Call::Turn { .. }) {
            answer.alarm = self.policy.alarm();
        }
        self.alarm = answer.alarm.unwrap_or(Instant::MAX);
        answer.fresh = answer.kick.without(self.kicks);
        self.kicks = self.kicks.or(answer.kick);
        log.record(seq, now, &call, &answer);
        answer
    }

    /// Admits `v`, switched off.
    pub fn add(
        &mut self,
        v: Vcpu,
        g: Group,
        row: <S as Params>::Vcpu,
        affinity: Affinity,
        now: Instant,
        log: &mut impl Log,
    ) -> Result<(), Refused> {
        self.apply(Call::Add { v, g, row, affinity }, now, log).refused.map_or(Ok(()), Err)
    }

    /// Forgets `v`, which must be off or blocked, and saved.
    pub fn remove(&mut self, v: Vcpu, now: Instant, log: &mut impl Log) -> Result<(), Refused> {
        self.apply(Call::Remove { v }, now, log).refused.map_or(Ok(()), Err)
    }

    /// Applies all changes of parameters or none.
    pub fn change(&mut self, all: &[Change<S>], when: When, now: Instant, log: &mut impl Log) -> Answer {
        self.apply(Call::Change { all, when }, now, log)
    }

    /// `v` became ready.
    #[inline]
    pub fn wake(&mut self, v: Vcpu, now: Instant, log: &mut impl Log) -> Answer {
        self.apply(Call::Wake { v }, now, log)
    }

    /// `v` stopped being ready.
    #[inline]
    pub fn block(&mut self, v: Vcpu, why: Why, now: Instant, log: &mut impl Log) -> Answer {
        self.apply(Call::Block { v, why }, now, log)
    }

    /// `v` offers its pCPU to others.
    #[inline]
    pub fn yield_now(&mut self, v: Vcpu, now: Instant, log: &mut impl Log) -> Answer {
        self.apply(Call::Yield { v }, now, log)
    }

    /// Chooses what runs on `cpu` from now on, and takes the kick it may have had.
    #[inline]
    pub fn pick(&mut self, cpu: Cpu, now: Instant, log: &mut impl Log) -> Answer {
        self.apply(Call::Pick { cpu }, now, log)
    }

    /// A whole turn in one call: what runs on `cpu` may `leave`, then [`Self::pick`], then [`Self::saved`] of
    /// what was replaced. For a caller that moves that context into memory before it gives the pool's lock back:
    /// nobody else can tell the steps apart.
    #[inline]
    pub fn turn(&mut self, cpu: Cpu, leave: Option<Leave>, now: Instant, log: &mut impl Log) -> Answer {
        self.apply(Call::Turn { cpu, leave }, now, log)
    }

    /// The context of `v` is in memory.
    #[inline]
    pub fn saved(&mut self, v: Vcpu, cpu: Cpu, now: Instant, log: &mut impl Log) -> Answer {
        self.apply(Call::Saved { v, cpu }, now, log)
    }

    /// Handles one due event of the alarm.
    #[inline]
    pub fn expire(&mut self, now: Instant, log: &mut impl Log) -> Answer {
        self.apply(Call::Expire, now, log)
    }

    /// pCPUs that still owe a `pick`.
    pub fn kicks(&self) -> CpuSet {
        self.kicks
    }

    /// When time alone could next change a choice.
    pub fn alarm(&self) -> Option<Instant> {
        (self.alarm != Instant::MAX).then_some(self.alarm)
    }

    /// The same; the far end of time if it cannot.
    #[inline]
    pub fn next_alarm(&self) -> Instant {
        self.alarm
    }

    /// The earliest useful instant to wake `v`, not before `at`.
    #[inline]
    pub fn heeds(&self, v: Vcpu, at: Instant) -> Instant {
        self.policy.heeds(v, at).max(at)
    }

    /// What runs on `cpu`.
    pub fn running(&self, cpu: Cpu) -> Option<Vcpu> {
        self.running.get(cpu.index()).copied().flatten()
    }

    /// The life of `v`.
    pub fn life(&self, v: Vcpu) -> &Life {
        self.lives.at(v.index())
    }

    /// Choices of the policy that were refused because they would have broken isolation.
    pub fn violations(&self) -> u32 {
        self.violations
    }

    /// How the promise to `v` was kept.
    pub fn service(&self, v: Vcpu, now: Instant) -> Service {
        self.policy.service(v, now.max(self.now))
    }

    /// The policy.
    pub fn policy(&self) -> &S {
        &self.policy
    }

    fn do_add(&mut self, v: Vcpu, g: Group, row: S::Vcpu, affinity: Affinity) -> Result<(), Refused> {
        if !self.lives.has(v.index()) {
            return Err(Refused::new("the pool has no slot for this vCPU", 0, v.0 as u64 + 1, self.lives.len() as u64));
        }
        if self.life(v).phase != Phase::Absent {
            return Err(Refused::new("the vCPU is in the pool already", 0, 0, v.0 as u64));
        }
        self.policy.add(v, g, row, affinity, self.now)?;
        *self.lives.at_mut(v.index()) = Life { phase: Phase::Off, group: g, since: self.now, ..Life::ABSENT };
        Ok(())
    }

    fn do_remove(&mut self, v: Vcpu) -> Result<(), Refused> {
        let life = self.life(v);
        if !matches!(life.phase, Phase::Off | Phase::Blocked(_)) || life.unsaved.is_some() {
            return Err(Refused::new("only a vCPU that is blocked and saved can leave", 0, 0, v.0 as u64));
        }
        self.policy.remove(v, self.now)?;
        *self.lives.at_mut(v.index()) = Life::ABSENT;
        Ok(())
    }

    #[inline(always)]
    fn do_wake(&mut self, v: Vcpu) -> CpuSet {
        let now = self.now;
        let life = self.lives.at_mut(v.index());
        match life.phase {
            Phase::Absent => return CpuSet::EMPTY,
            Phase::Off | Phase::Blocked(_) => life.enter(Phase::Ready, now),
            Phase::Ready | Phase::Running(_) => {}
        }
        self.policy.wake(v, now)
    }

    fn do_block(&mut self, v: Vcpu, why: Why) -> CpuSet {
        let now = self.now;
        let life = self.lives.at_mut(v.index());
        if life.phase == Phase::Absent {
            return CpuSet::EMPTY;
        }
        life.enter(blocked(why), now);
        self.policy.block(v, why, now)
    }

    /// The choice for `cpu`; what it replaces stays there until it is saved.
    fn do_pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        let Some(before) = self.running.get(cpu.index()).copied() else { return Choice::default() };
        self.kicks = self.kicks.without(CpuSet::only(cpu));
        let choice = self.policy.pick(cpu, now);
        let (run, left) = self.carry_out(cpu, before, choice.run, now);
        if let Some(v) = left {
            self.lives.at_mut(v.index()).unsaved = Some(cpu);
        }
        Choice { run, ..choice }
    }

    /// The same after `leave`; what it replaces is in memory before anybody can ask for it.
    #[inline(always)]
    fn do_turn(&mut self, cpu: Cpu, leave: Option<Leave>, now: Instant) -> (Choice, Option<Instant>) {
        let Some(before) = self.running.get(cpu.index()).copied() else {
            return (Choice::default(), self.policy.alarm());
        };
        self.kicks = self.kicks.without(CpuSet::only(cpu));
        if let (Some(Leave::Block(why)), Some(v)) = (leave, before) {
            self.lives.at_mut(v.index()).enter(blocked(why), now);
        }
        let mut turn = self.policy.turn(cpu, before, leave, now);
        let wanted = turn.choice().run;
        if self.carry_out(cpu, before, wanted, now).0 != wanted {
            self.refuse(&mut turn, cpu, before, now);
        }
        (turn.choice(), turn.alarm())
    }

    /// What remains of `turn`, whose choice was refused, on `cpu`, which ran `before`.
    #[inline(never)]
    fn refuse(&mut self, turn: &mut Turn, cpu: Cpu, before: Option<Vcpu>, now: Instant) {
        let (mut choice, mut alarm) = (turn.choice(), turn.alarm());
        if let Some(v) = before
            && choice.run == before
        {
            // The policy does not know yet that it leaves.
            choice.kick = choice.kick.or(self.policy.saved(v, cpu, now));
            alarm = self.policy.alarm();
        }
        *turn = Turn::new(Choice { run: None, ..choice }, alarm);
    }

    /// Refuses a choice that would break isolation, and books the change. Says who runs on `cpu`, and who leaves it.
    #[inline(always)]
    fn carry_out(
        &mut self,
        cpu: Cpu,
        before: Option<Vcpu>,
        wanted: Option<Vcpu>,
        now: Instant,
    ) -> (Option<Vcpu>, Option<Vcpu>) {
        let mut run = wanted;
        if let Some(v) = wanted {
            let life = self.lives.at_mut(v.index());
            if !may_run(life, &self.running, v, cpu) {
                run = None;
                self.violations = self.violations.saturating_add(1);
            } else if life.phase == Phase::Ready {
                // It comes; or it blocked and was woken before this pick, and never left.
                life.enter(Phase::Running(cpu), now);
            }
        }
        if let Some(current) = self.running.get_mut(cpu.index()) {
            *current = run;
        }
        let left = before.filter(|_| before != run);
        if let Some(v) = left {
            let life = self.lives.at_mut(v.index());
            if life.phase == Phase::Running(cpu) {
                life.enter(Phase::Ready, now);
            }
        }
        (run, left)
    }
}

/// The phase of a vCPU that stops being ready.
#[inline(always)]
fn blocked(why: Why) -> Phase {
    if why == Why::Off { Phase::Off } else { Phase::Blocked(why) }
}

/// The laws of isolation in time, whatever the policy thinks: whether `v` with this `life` may run on `cpu`.
#[inline(always)]
fn may_run(life: &Life, running: &[Option<Vcpu>; Cpu::LIMIT], v: Vcpu, cpu: Cpu) -> bool {
    let free = match life.phase {
        Phase::Running(there) => there == cpu,
        // A vCPU that blocked and woke on another pCPU before that pCPU picked is still running there.
        Phase::Ready => {
            life.last.is_none_or(|there| there == cpu || running.get(there.index()).copied().flatten() != Some(v))
        }
        _ => false,
    };
    free && life.unsaved.is_none_or(|there| there == cpu)
}

#[cfg(test)]
mod tests;

//! A machine of a few pCPUs under one policy, where kicks, timers and saves come when an operation says so.
//!
//! It only carries out; what is right is judged elsewhere. The protocol is that of [`Pool`], so the suite
//! tests the pair that runs in the hypervisor.

use super::{Effect, Op, Subject};
use crate::{
    Affinity, Answer, Call, Change, Cpu, CpuSet, Duration, Instant, Life, NoLog, Phase, Pool, Scheduler, Vcpu,
};
use std::vec::Vec;

/// The largest number of pCPUs of a machine.
pub const MOST_CPUS: usize = 4;
/// The largest number of vCPUs of a machine.
pub const MOST_VCPUS: usize = 8;

/// A machine and its pool.
#[derive(Clone, Debug)]
pub struct Machine<'s, S: Subject> {
    pub(super) subject: &'s S,
    pub(super) pool: Pool<S::Policy, Vec<Life>>,
    pub(super) now: Instant,
    /// All pCPUs of the machine.
    pub(super) all: CpuSet,
    /// Those that the pool has at present.
    pub(super) members: CpuSet,
    pub(super) until: [Option<Instant>; MOST_CPUS],
    /// Since when a pCPU owes a pick.
    pub(super) kicked: [Instant; MOST_CPUS],
    /// Since when a vCPU waits to be saved.
    pub(super) left: [Instant; MOST_VCPUS],
    pub(super) affinity: [Affinity; MOST_VCPUS],
    pub(super) born: [Instant; MOST_VCPUS],
    pub(super) vcpus: u16,
}

impl<'s, S: Subject> Machine<'s, S> {
    /// A machine on which every vCPU is switched off and every pCPU has picked once.
    ///
    /// # Panics
    /// The sizes are above the largest ones, or the policy refuses a vCPU that its subject asks for.
    pub fn new(subject: &'s S, cpus: u8, vcpus: u16) -> Self {
        assert!(usize::from(cpus) <= MOST_CPUS && usize::from(vcpus) <= MOST_VCPUS, "the machine is small");
        let all = CpuSet::from_bits((1 << cpus) - 1);
        let policy = subject.build(all, vcpus);
        let mut machine = Self {
            subject,
            pool: Pool::new(policy, std::vec![Life::ABSENT; vcpus.into()], Instant::ZERO),
            now: Instant::ZERO,
            all,
            members: all,
            until: [None; MOST_CPUS],
            kicked: [Instant::ZERO; MOST_CPUS],
            left: [Instant::ZERO; MOST_VCPUS],
            affinity: [Affinity::ANY; MOST_VCPUS],
            born: [Instant::ZERO; MOST_VCPUS],
            vcpus,
        };
        for v in 0..vcpus {
            let affinity = subject.affinity(Vcpu(v));
            let effect = machine.add(v, v as u8, affinity);
            assert_eq!(effect.refused, None, "{} refuses its own sample {v}", subject.name());
        }
        for cpu in all.iter() {
            machine.pick(cpu);
        }
        machine
    }

    /// Carries out `op` if it can happen.
    pub fn perform(&mut self, op: Op) -> Effect {
        match op {
            Op::Wake(v) => self.call(Call::Wake { v: Vcpu(v) }),
            Op::Block(v, why) => self.call(Call::Block { v: Vcpu(v), why }),
            Op::Yield(v) if self.runs(v).is_some() => self.call(Call::Yield { v: Vcpu(v) }),
            Op::Pick(cpu) if self.all.contains(Cpu(cpu)) && !self.is_due(self.pool.alarm()) => self.pick(Cpu(cpu)),
            // A pCPU finishes one way of switching before it begins the other.
            Op::Turn(cpu, leave)
                if self.all.contains(Cpu(cpu)) && !self.is_due(self.pool.alarm()) && !self.saves(Cpu(cpu)) =>
            {
                self.decide(Cpu(cpu), Call::Turn { cpu: Cpu(cpu), leave })
            }
            Op::Saved(v) => match self.pool.life(Vcpu(v)).unsaved {
                Some(cpu) => self.call(Call::Saved { v: Vcpu(v), cpu }),
                None => Effect::SKIPPED,
            },
            Op::Expire if self.is_due(self.pool.alarm()) => self.call(Call::Expire),
            Op::Wait(length) => {
                self.now = self.now + length;
                Effect::default()
            }
            Op::Add(v, kind, hard) if v < self.vcpus && self.pool.life(Vcpu(v)).phase == Phase::Absent => {
                self.add(v, kind, Affinity::hard(CpuSet::from_bits(hard.into())))
            }
            Op::Remove(v) => self.call(Call::Remove { v: Vcpu(v) }),
            Op::Affinity(v, hard, soft) => {
                let [hard, soft] = [hard, soft].map(|bits| CpuSet::from_bits(bits.into()));
                self.change(Change::Affinity(Vcpu(v), Affinity { hard, soft }), crate::When::Now)
            }
            Op::Cpus(bits) => self.change(Change::Cpus(CpuSet::from_bits(bits.into()).and(self.all)), crate::When::Now),
            Op::Change(index, when) => match self.subject.changes().get(usize::from(index)) {
                Some(change) => self.change(*change, when),
                None => Effect::SKIPPED,
            },
            _ => Effect::SKIPPED,
        }
    }

    /// Where vCPU `v` runs.
    pub(super) fn runs(&self, v: u16) -> Option<Cpu> {
        self.all.iter().find(|cpu| self.pool.running(*cpu) == Some(Vcpu(v)))
    }

    /// Whether a context is still to be saved on `cpu`.
    fn saves(&self, cpu: Cpu) -> bool {
        (0..self.vcpus).any(|v| self.pool.life(Vcpu(v)).unsaved == Some(cpu))
    }

    /// Whether an event for which a timer was set should have happened.
    pub(super) fn is_due(&self, event: Option<Instant>) -> bool {
        event.is_some_and(|at| at <= self.now)
    }

    /// What `v` does.
    pub(super) fn phase(&self, v: u16) -> Phase {
        self.pool.life(Vcpu(v)).phase
    }

    /// Where `v` may run at present.
    pub(super) fn allowed(&self, v: u16) -> CpuSet {
        self.subject.allowed(self.affinity[usize::from(v)].hard, self.members)
    }

    /// Time passes by one tick, as long as nothing owed is late by `late` ticks already.
    pub(super) fn can_wait(&self, late: u64) -> bool {
        let limit = self.subject.tick().times(late);
        let early = |since: Instant| self.now.since(since) < limit;
        let timers = self.until.iter().copied().chain([self.pool.alarm()]).flatten();
        self.subject.may_wait(self.pool.policy(), self.now)
            && timers.filter(|at| *at <= self.now).all(early)
            && self.pool.kicks().iter().all(|cpu| early(self.kicked[cpu.index()]))
            && (0..self.vcpus).all(|v| self.pool.life(Vcpu(v)).unsaved.is_none() || early(self.left[usize::from(v)]))
    }

    /// The earliest instant for which a timer is set.
    pub(super) fn next_event(&self) -> Option<Instant> {
        self.until.iter().copied().chain([self.pool.alarm()]).flatten().min()
    }

    fn pick(&mut self, cpu: Cpu) -> Effect {
        self.decide(cpu, Call::Pick { cpu })
    }

    /// A call after which `cpu` knows what to run and until when.
    fn decide(&mut self, cpu: Cpu, call: Call<'_, S::Policy>) -> Effect {
        let before = self.pool.running(cpu);
        let effect = self.call(call);
        self.until[cpu.index()] = effect.choice.and_then(|choice| choice.until);
        if let Some(v) = before
            && self.pool.life(v).unsaved == Some(cpu)
        {
            self.left[v.index()] = self.now;
        }
        effect
    }

    fn add(&mut self, v: u16, kind: u8, affinity: Affinity) -> Effect {
        let (row, g) = (self.subject.params(kind), self.subject.group(Vcpu(v)));
        let effect = self.call(Call::Add { v: Vcpu(v), g, row, affinity });
        if effect.refused.is_none() {
            self.affinity[usize::from(v)] = affinity;
            self.born[usize::from(v)] = self.now;
        }
        effect
    }

    fn change(&mut self, change: Change<S::Policy>, when: crate::When) -> Effect {
        let effect = self.call(Call::Change { all: &[change], when });
        match change {
            _ if effect.refused.is_some() => {}
            Change::Affinity(v, affinity) => self.affinity[v.index()] = affinity,
            Change::Cpus(cpus) => self.members = cpus,
            _ => {}
        }
        effect
    }

    fn call(&mut self, call: Call<'_, S::Policy>) -> Effect {
        let picks = matches!(call, Call::Pick { .. } | Call::Turn { .. });
        let Answer { kick, fresh, choice, refused, .. } = self.pool.apply(call, self.now, &mut NoLog);
        for cpu in fresh.and(self.all).iter() {
            self.kicked[cpu.index()] = self.now;
        }
        let choice = if picks { Some(choice) } else { None };
        Effect { skipped: false, kick, choice, refused: refused.map(|refused| refused.rule) }
    }

    /// A copy of the policy to try something on.
    pub(super) fn policy(&self) -> S::Policy {
        self.pool.policy().clone()
    }

    /// One tick.
    pub(super) fn tick(&self) -> Duration {
        self.subject.tick()
    }

    /// What the policy asks for next.
    pub(super) fn alarm_of(policy: &S::Policy, now: Instant) -> bool {
        policy.alarm().is_some_and(|at| at <= now)
    }
}

//! Turns: a policy for these tests, and what can be wrong with it.
//!
//! vCPUs take turns of two ticks; one that yields to others rests for two ticks, which gives the pool an alarm.

use crate::conformance::{Digest, Law, Subject};
use crate::{
    Affinity, Change, Choice, Cpu, CpuSet, Duration, Group, Instant, NoRow, Params, Refused, Scheduler, Service, Vcpu,
    When, Why,
};
use core::hash::Hash;
use std::vec::Vec;

const TURN: Duration = Duration::from_nanos(20);
const NO: Refused = Refused::new("no", 0, 0, 0);

macro_rules! flaws {
    ($($flaw:ident breaks $law:ident: $what:literal;)+) => {
        /// What is wrong.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub(super) enum Flaw {
            /// Nothing.
            None,
            /// The normal form leaves out who is first.
            ForgetfulDigest,
            $(#[doc = $what] $flaw,)+
        }
        impl Flaw {
            /// Each with the law that it breaks.
            pub(super) const ALL: &[(Self, Law)] = &[$((Self::$flaw, Law::$law),)+];
        }
    };
}

flaws! {
    PicksRunning breaks OnePlace: "A vCPU that runs is picked by another pCPU too.";
    PicksUnsaved breaks SavedFirst: "A vCPU is picked before its context is saved.";
    PicksBlocked breaks OnlyReady: "A vCPU is picked though it blocked.";
    IgnoresAffinity breaks HardAffinity: "Hard affinity is ignored.";
    EndsNow breaks UntilAhead: "A turn may end when it begins.";
    KeepsAlarm breaks AlarmAhead: "An event stays due.";
    ExpiresAll breaks OneEvent: "All due events are handled at once.";
    KicksAll breaks KicksInPool: "pCPUs outside the pool are kicked.";
    WakesTwice breaks Idempotence: "A second wake goes to the end of the line.";
    ChangesHalf breaks AllOrNothing: "Changes before a bad one remain.";
    AddsTwice breaks Refusal: "A vCPU that exists can be added.";
    KicksForNobody breaks Nobody: "A wake of nobody kicks.";
    ForgetsMember breaks InForce: "A vCPU that is off is not known.";
    ServesTooMuch breaks Served: "Service is counted twice.";
    HeedsLate breaks Heeds: "A wake is to be delayed though it matters.";
    KicksForEver breaks Settles: "Every pick kicks.";
    Restless breaks Quiescence: "A pick takes turns before the turn is over.";
    RestsAlone breaks IdleYield: "Who yields rests, although nobody waits.";
    LosesWake breaks WorkConservation: "A wake kicks nobody.";
    NeverEnds breaks Forgotten: "Nobody ends a turn.";
    Indexes breaks NoPanic: "A number from outside is an index.";
}

/// A vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Member {
    ready: bool,
    affinity: Affinity,
    on: Option<Cpu>,
    unsaved: Option<Cpu>,
}

/// The policy.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Turns {
    flaw: Flaw,
    cpus: CpuSet,
    members: Vec<Option<Member>>,
    /// Who waits for a turn.
    line: Vec<u16>,
    /// Who rests after yielding, and until when.
    rests: Vec<(Instant, u16)>,
    runs: [Option<u16>; 4],
    start: [Instant; 4],
}

impl Turns {
    fn member(&mut self, v: Vcpu) -> Option<&mut Member> {
        self.members.get_mut(v.index())?.as_mut()
    }

    fn allowed(&self, v: u16) -> CpuSet {
        let hard = self.members[usize::from(v)].map_or(CpuSet::EMPTY, |member| member.affinity.hard);
        if self.flaw == Flaw::IgnoresAffinity { self.cpus } else { hard.and(self.cpus) }
    }

    fn rests(&self, v: u16) -> bool {
        self.rests.iter().any(|(_, other)| *other == v)
    }

    fn queue(&mut self, v: u16) -> CpuSet {
        self.line.push(v);
        if self.flaw == Flaw::LosesWake { CpuSet::EMPTY } else { self.allowed(v) }
    }

    /// The first in line that `cpu` may take.
    fn first_for(&self, cpu: Cpu) -> Option<u16> {
        let home =
            |v: u16| self.members[usize::from(v)].is_some_and(|member| member.unsaved.is_none_or(|at| at == cpu));
        let fits = |v: &&u16| self.allowed(**v).contains(cpu) && (home(**v) || self.flaw == Flaw::PicksUnsaved);
        let runner = self.runs.iter().flatten().next().filter(|_| self.flaw == Flaw::PicksRunning);
        self.line.iter().find(fits).or(runner).copied()
    }

    fn is_contested(&self, cpu: Cpu) -> bool {
        self.line.iter().any(|v| self.allowed(*v).contains(cpu))
    }

    fn stays(&self, v: u16, cpu: Cpu, now: Instant) -> bool {
        let ready = self.members[usize::from(v)].is_some_and(|member| member.ready) && !self.rests(v);
        let start = self.start[cpu.index()];
        let over = now >= start + TURN && self.first_for(cpu).is_some();
        let fidgets = self.flaw == Flaw::Restless && now == start;
        ready && self.allowed(v).contains(cpu) && !over && !fidgets
    }

    fn replace(&mut self, cpu: Cpu, now: Instant) -> Option<u16> {
        let next = self.first_for(cpu);
        self.line.retain(|v| Some(*v) != next);
        if let Some(v) = self.runs[cpu.index()]
            && let Some(member) = self.member(Vcpu(v))
        {
            (member.on, member.unsaved) = (None, Some(cpu));
            if member.ready && !self.rests(v) {
                self.line.push(v);
            }
        }
        if let Some(v) = next
            && let Some(member) = self.member(Vcpu(v))
        {
            (member.on, member.unsaved) = (Some(cpu), None);
        }
        (self.runs[cpu.index()], self.start[cpu.index()]) = (next, now);
        next
    }

    fn apply(&mut self, change: &Change<Self>) -> Result<CpuSet, Refused> {
        match *change {
            Change::Cpus(cpus) if cpus.is_empty() => Err(NO),
            Change::Cpus(cpus) => Ok(core::mem::replace(&mut self.cpus, cpus).or(cpus)),
            Change::Affinity(_, affinity) if affinity.hard.and(self.cpus).is_empty() => Err(NO),
            Change::Affinity(v, affinity) => {
                let member = self.member(v).ok_or(NO)?;
                member.affinity = affinity;
                Ok(member.on.map_or(CpuSet::EMPTY, CpuSet::only).or(self.allowed(v.0)))
            }
            Change::Vcpu(v, _) => self.member(v).map(|_| CpuSet::EMPTY).ok_or(NO),
            _ => Ok(CpuSet::EMPTY),
        }
    }
}

impl Params for Turns {
    type Pool = NoRow;
    type Group = NoRow;
    type Vcpu = NoRow;
    type Entry = NoRow;
}

impl Scheduler for Turns {
    fn add(&mut self, v: Vcpu, _: Group, _: NoRow, affinity: Affinity, _: Instant) -> Result<(), Refused> {
        let twice = self.member(v).is_some();
        if twice && self.flaw == Flaw::AddsTwice {
            return Ok(());
        }
        if twice || affinity.hard.and(self.cpus).is_empty() {
            return Err(NO);
        }
        *self.members.get_mut(v.index()).ok_or(NO)? = Some(Member { ready: false, affinity, on: None, unsaved: None });
        Ok(())
    }
    fn remove(&mut self, v: Vcpu, _: Instant) -> Result<(), Refused> {
        match self.member(v) {
            Some(Member { ready: false, on: None, unsaved: None, .. }) => self.members[v.index()] = None,
            _ => return Err(NO),
        }
        Ok(())
    }
    fn change(&mut self, all: &[Change<Self>], _: When, _: Instant) -> Result<CpuSet, Refused> {
        let before = self.clone();
        let done = all.iter().try_fold(CpuSet::EMPTY, |kick, change| Ok(kick.or(self.apply(change)?)));
        if done.is_err() && self.flaw != Flaw::ChangesHalf {
            *self = before;
        }
        done
    }
    fn wake(&mut self, v: Vcpu, _: Instant) -> CpuSet {
        let flaw = self.flaw;
        let Some(member) = self.member(v) else {
            return if flaw == Flaw::KicksForNobody { CpuSet::only(Cpu(0)) } else { CpuSet::EMPTY };
        };
        let again = core::mem::replace(&mut member.ready, true);
        if again && flaw == Flaw::WakesTwice && self.line.contains(&v.0) {
            self.line.retain(|other| *other != v.0);
            self.line.push(v.0);
        }
        if again || self.member(v).is_some_and(|member| member.on.is_some()) {
            return CpuSet::EMPTY;
        }
        let kick = self.queue(v.0);
        if flaw == Flaw::KicksAll { CpuSet::ALL } else { kick }
    }
    fn block(&mut self, v: Vcpu, _: Why, _: Instant) -> CpuSet {
        let Some(member) = self.member(v) else { return CpuSet::EMPTY };
        member.ready = false;
        let on = member.on;
        self.rests.retain(|(_, other)| *other != v.0);
        if self.flaw != Flaw::PicksBlocked {
            self.line.retain(|other| *other != v.0);
        }
        on.map_or(CpuSet::EMPTY, CpuSet::only)
    }
    fn yield_now(&mut self, v: Vcpu, now: Instant) -> CpuSet {
        let Some(Member { ready: true, on: Some(cpu), .. }) = self.member(v).copied() else { return CpuSet::EMPTY };
        if !self.rests(v.0) && (self.is_contested(cpu) || self.flaw == Flaw::RestsAlone) {
            self.rests.push((now + TURN, v.0));
        }
        CpuSet::only(cpu)
    }
    fn pick(&mut self, cpu: Cpu, now: Instant) -> Choice {
        if cpu.index() >= self.runs.len() && self.flaw != Flaw::Indexes {
            return Choice::default();
        }
        let run = match self.runs[cpu.index()] {
            Some(v) if self.stays(v, cpu, now) => Some(v),
            _ => self.replace(cpu, now),
        };
        let start = &mut self.start[cpu.index()];
        if now >= *start + TURN {
            *start = now;
        }
        let turn = if self.flaw == Flaw::EndsNow { Duration::ZERO } else { TURN };
        let (end, ends) = (*start + turn, self.flaw != Flaw::NeverEnds);
        let contested = self.is_contested(cpu);
        let kick = if self.flaw == Flaw::KicksForEver { CpuSet::only(cpu).and(self.cpus) } else { CpuSet::EMPTY };
        let until = run.filter(|_| ends && (contested || turn.is_zero())).map(|_| end);
        Choice { run: run.map(Vcpu), until, due: None, kick }
    }
    fn saved(&mut self, v: Vcpu, cpu: Cpu, _: Instant) -> CpuSet {
        match self.member(v) {
            Some(member) if member.unsaved == Some(cpu) => member.unsaved = None,
            _ => return CpuSet::EMPTY,
        }
        if self.line.contains(&v.0) { self.allowed(v.0) } else { CpuSet::EMPTY }
    }
    fn alarm(&self) -> Option<Instant> {
        self.rests.iter().map(|(at, _)| *at).min()
    }
    fn expire(&mut self, now: Instant) -> CpuSet {
        let mut kick = CpuSet::EMPTY;
        while let Some(first) = self.rests.iter().copied().min().filter(|(at, _)| *at <= now) {
            if self.flaw == Flaw::KeepsAlarm {
                break;
            }
            self.rests.retain(|rest| *rest != first);
            if self.member(Vcpu(first.1)).is_some_and(|member| member.on.is_none()) {
                kick = kick.or(self.queue(first.1));
            }
            if self.flaw != Flaw::ExpiresAll {
                break;
            }
        }
        kick
    }
    fn in_force(&self, v: Vcpu) -> Option<(NoRow, Affinity)> {
        let member = (*self.members.get(v.index())?)?;
        if self.flaw == Flaw::ForgetsMember && !member.ready { None } else { Some((NoRow, member.affinity)) }
    }
    fn service(&self, _: Vcpu, now: Instant) -> Service {
        let served = if self.flaw == Flaw::ServesTooMuch { now.since(Instant::ZERO).times(2) } else { Duration::ZERO };
        Service { served, ..Service::default() }
    }
    fn heeds(&self, _: Vcpu, now: Instant) -> Instant {
        if self.flaw == Flaw::HeedsLate { now + TURN } else { now }
    }
}

impl Subject for Flaw {
    type Policy = Turns;

    fn name(&self) -> &str {
        "turns"
    }
    fn build(&self, cpus: CpuSet, vcpus: u16) -> Turns {
        Turns {
            flaw: *self,
            cpus,
            members: std::vec![None; vcpus.into()],
            line: Vec::new(),
            rests: Vec::new(),
            runs: [None; 4],
            start: [Instant::ZERO; 4],
        }
    }
    fn params(&self, _: u8) -> NoRow {
        NoRow
    }
    fn tick(&self) -> Duration {
        Duration::from_nanos(10)
    }
    fn may_idle(&self, policy: &Turns, v: Vcpu, _: Cpu, _: Instant) -> bool {
        policy.rests(v.0)
    }
    fn digest(&self, policy: &Turns, now: Instant, into: &mut Digest) {
        (&policy.members, policy.runs, policy.cpus).hash(into);
        if *self == Self::ForgetfulDigest {
            return;
        }
        policy.line.hash(into);
        for cpu in 0..2 {
            // What an idle pCPU began last does not matter; a turn that is over is over.
            policy.runs[cpu].map(|_| now.since(policy.start[cpu]).min(TURN)).hash(into);
        }
        policy.rests.iter().for_each(|(at, v)| (at.since(now), now.since(*at), v).hash(into));
    }
}

//! What the world does to a pool: vCPUs come and go, are paused and notified, parameters change.
//!
//! Each of these is a call made by the first pCPU of the pool on somebody's behalf: it hosts the alarm that
//! results, and every pCPU that must pick, itself included, is kicked.

use super::{
    Load, Observer, Rng, Sim, Step,
    state::{Cause, Guest},
};
use crate::{Affinity, Answer, Call, Change, Group, Instant, Phase, Refused, Scheduler, Vcpu, When, Why};

/// A vCPU to be: what it does, and what the policy is told of it.
#[derive(Debug)]
pub struct NewVcpu<P> {
    params: P,
    load: Load,
    group: Option<Group>,
    affinity: Affinity,
    off: bool,
}

impl<P> NewVcpu<P> {
    /// A vCPU in a group of its own (of its own number) that may run anywhere.
    pub fn new(params: P, load: Load) -> Self {
        Self { params, load, group: None, affinity: Affinity::ANY, off: false }
    }

    /// In this group.
    pub fn group(self, group: u16) -> Self {
        Self { group: Some(Group(group)), ..self }
    }

    /// With this affinity.
    pub fn affinity(self, affinity: Affinity) -> Self {
        Self { affinity, ..self }
    }

    /// Off until it is started; its program begins only when it executes then, as at boot.
    pub fn off(self) -> Self {
        Self { off: true, ..self }
    }
}

impl<S: Scheduler, O: Observer> Sim<S, O> {
    /// Admits a vCPU that may run anywhere, in a group of its own; it starts at once unless its program waits.
    pub fn add(&mut self, params: S::Vcpu, load: Load) -> Vcpu {
        self.admit(NewVcpu::new(params, load)).expect("the policy refuses the vCPU")
    }

    /// Admits a vCPU into the lowest free slot.
    pub fn admit(&mut self, new: NewVcpu<S::Vcpu>) -> Result<Vcpu, Refused> {
        let free = |index: &usize| self.pool.life(Vcpu(*index as u16)).phase == Phase::Absent;
        let index = (0..self.guests.len()).find(free).unwrap_or(self.guests.len());
        let v = Vcpu(index as u16);
        let g = new.group.unwrap_or(Group(v.0));
        let answer = self.world(Call::Add { v, g, row: new.params, affinity: new.affinity });
        if let Some(refused) = answer.refused {
            return Err(refused);
        }
        let (now, rng) = (self.now, Rng::new(self.seed, u64::from(v.0) + 1));
        let mut guest = Guest::new(new.load, rng, new.affinity.hard);
        guest.off = new.off;
        let first = if new.off { None } else { Some(guest.ask(now)) };
        self.guests[index] = guest;
        first.into_iter().for_each(|first| self.begin_with(v, first));
        Ok(v)
    }

    /// The first step of a vCPU that is off so far.
    fn begin_with(&mut self, v: Vcpu, first: Step) {
        let cause = match first {
            Step::Sleep(at) if at > self.now => Cause::Sleep(at),
            Step::Event(at) if at > self.now => Cause::Event(at),
            Step::Wait => Cause::Wait,
            Step::Off => {
                self.guests[v.index()].off = true;
                return;
            }
            other => {
                self.guests[v.index()].first = Some(other);
                self.guests[v.index()].wanted = Some(self.now);
                self.world(Call::Wake { v });
                return;
            }
        };
        let at = if let Cause::Sleep(at) | Cause::Event(at) = cause { at } else { Instant::MAX };
        self.guests[v.index()].lie_down(at);
        self.set_wake(v, cause, at);
        self.settle_world(Answer::default());
    }

    /// Forgets `v`, which must be off, paused or waiting, and saved. Its measurements are forgotten too.
    pub fn remove(&mut self, v: Vcpu) -> Result<(), Refused> {
        self.world(Call::Remove { v }).refused.map_or(Ok(()), Err)?;
        self.timers.clear(v);
        self.guests[v.index()] = Guest::new(Load::idle(), Rng::new(0, 0), Affinity::ANY.hard);
        Ok(())
    }

    /// Pauses `v` wherever it is.
    pub fn pause(&mut self, v: Vcpu) {
        self.guests[v.index()].paused = true;
        if !self.guests[v.index()].off {
            self.world(Call::Block { v, why: Why::Pause });
        }
    }

    /// Lets `v` go on: it runs, or waits as it did before.
    pub fn unpause(&mut self, v: Vcpu) {
        let now = self.now;
        let guest = &mut self.guests[v.index()];
        if !core::mem::take(&mut guest.paused) || guest.off {
            return;
        }
        if guest.ready() {
            guest.wanted = Some(now);
            self.world(Call::Wake { v });
        } else {
            self.world(Call::Block { v, why: Why::Wait });
        }
    }

    /// An event for `v`: ends its wait, or keeps the next one from beginning.
    pub fn notify(&mut self, v: Vcpu) {
        if self.guests[v.index()].asleep.is_some() {
            self.arrive(v);
        } else {
            self.guests[v.index()].notified = true;
        }
    }

    /// The event that `v` waits for.
    pub(super) fn arrive(&mut self, v: Vcpu) {
        self.timers.clear(v);
        let fresh = self.rouse(self.first, v);
        self.settle_world(Answer { fresh, ..Answer::default() });
    }

    /// Switches `v` off, whatever it does; what it was doing is kept.
    pub fn switch_off(&mut self, v: Vcpu) {
        self.guests[v.index()].off = true;
        self.timers.clear(v);
        self.world(Call::Block { v, why: Why::Off });
    }

    /// Switches `v` on again: it goes on with what it was doing, or after its wait.
    pub fn start(&mut self, v: Vcpu) {
        let now = self.now;
        let guest = &mut self.guests[v.index()];
        guest.off = false;
        guest.asleep = None;
        if guest.ready() {
            guest.wanted = Some(now);
            self.world(Call::Wake { v });
        }
    }

    /// Changes parameters, affinity or pCPUs: all or nothing.
    pub fn change(&mut self, all: &[Change<S>], when: When) -> Result<(), Refused> {
        self.world(Call::Change { all, when }).refused.map_or(Ok(()), Err)?;
        for change in all {
            match *change {
                Change::Cpus(cpus) if when == When::Now => self.home = cpus,
                Change::Cpus(cpus) => self.home = self.home.or(cpus),
                Change::Affinity(v, a) => {
                    let guest = &mut self.guests[v.index()];
                    // Until the boundary the old one may hold.
                    guest.hard = if when == When::Now { a.hard } else { guest.hard.or(a.hard) };
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn world(&mut self, call: Call<'_, S>) -> Answer {
        let answer = self.call(self.first, call);
        self.settle_world(answer);
        answer
    }

    fn settle_world(&mut self, answer: Answer) {
        self.promise(self.first);
        for cpu in answer.fresh.iter() {
            self.send(cpu);
        }
    }
}

//! What is due and what is owed: wakes and alarms, the timer of each pCPU, and kicks.

use super::{Observer, Sim, events::What, state::Cause};
use crate::{Call, Cpu, CpuSet, Instant, Scheduler, Vcpu};

/// At most so many due timers, and so many due alarms, are handled in one visit.
const DUE_MAX: usize = 4;

impl<S: Scheduler, O: Observer> Sim<S, O> {
    /// Whatever ends the wait of `v` is on its way.
    pub(super) fn set_wake(&mut self, v: Vcpu, cause: Cause, at: Instant) {
        match cause {
            Cause::Sleep(_) if at != Instant::MAX => self.timers.set(v, self.pool.heeds(v, at)),
            Cause::Event(_) => self.events.push(at, What::Arrive(v, self.guests[v.index()].wait)),
            _ => {}
        }
    }

    /// Wakes whose time has come, and due events of the policy.
    pub(super) fn run_due(&mut self, cpu: Cpu) -> CpuSet {
        let mut kicks = CpuSet::EMPTY;
        for _ in 0..DUE_MAX {
            let Some(v) = self.timers.take_due(self.now) else { break };
            kicks = kicks.or(self.rouse(cpu, v));
        }
        for _ in 0..DUE_MAX {
            if self.pool.next_alarm() > self.now {
                break;
            }
            kicks = kicks.or(self.call(cpu, Call::Expire).fresh);
        }
        kicks
    }

    /// The wait of `v` is over; it becomes ready unless it is paused or off.
    pub(super) fn rouse(&mut self, cpu: Cpu, v: Vcpu) -> CpuSet {
        let now = self.now;
        let guest = &mut self.guests[v.index()];
        if guest.rise(now) && guest.ready() { self.call(cpu, Call::Wake { v }).fresh } else { CpuSet::EMPTY }
    }

    /// The end of a hold of the lock: hosts the pool's next event, sets the timer and sends `kicks`.
    pub(super) fn settle(&mut self, cpu: Cpu, kicks: CpuSet) {
        for other in kicks.without(CpuSet::only(cpu)).iter() {
            self.send(other);
        }
        if self.pool.kicks().contains(cpu) {
            self.cpus[cpu.index()].pending = true;
        }
        self.promise(cpu);
    }

    /// `cpu` reads the alarm and sets its timer.
    pub(super) fn promise(&mut self, cpu: Cpu) {
        self.host(cpu);
        self.arm(cpu);
    }

    /// Kicks `cpu`, if the machine has it.
    pub(super) fn send(&mut self, cpu: Cpu) {
        if cpu.index() < self.cpus.len() {
            let delay = self.costs.kick.draw(&mut self.rng);
            self.events.push(self.now + delay, What::Kick(cpu));
        }
    }

    /// Promises to handle the pool's next event, unless some pCPU will be there before.
    fn host(&mut self, cpu: Cpu) {
        let (now, event) = (self.now, self.next_event());
        let here = &mut self.cpus[cpu.index()];
        if here.hosting <= now {
            here.hosting = Instant::MAX;
        }
        if self.hosted <= now {
            self.hosted = Instant::MAX;
        }
        if event < self.hosted {
            self.hosted = event;
            here.hosting = event;
        }
    }

    /// Sets the timer of `cpu` to whatever comes first.
    fn arm(&mut self, cpu: Cpu) {
        let here = &mut self.cpus[cpu.index()];
        let at = here.until.min(here.hosting);
        if at == here.armed.0 {
            return;
        }
        here.armed = (at, here.armed.1.wrapping_add(1));
        let number = here.armed.1;
        if at != Instant::MAX {
            let late = self.costs.timer.draw(&mut self.rng);
            self.events.push(at.max(self.now) + late, What::Timer(cpu, number));
        }
    }

    /// The earliest instant at which the pool needs a pCPU's attention, beyond slices.
    pub(super) fn next_event(&self) -> Instant {
        self.pool.next_alarm().min(self.timers.first())
    }
}

//! What a pCPU does when it is in the hypervisor: the same as the hypervisor's own dispatch does.
//!
//! One visit is one hold of the pool's lock: tell the policy what the guest did, handle what is due, pick if
//! there is reason to, host the alarm, set the timer, kick others. It happens at one instant; the time it
//! costs comes after it, with interrupts masked, and the old context is saved only then.

use super::{
    Observer, Sim,
    events::What,
    observe::Tap,
    state::{Cause, Doing},
};
use crate::{Call, Cpu, CpuSet, Duration, Instant, Phase, Scheduler, Vcpu, Why};

/// At most so many due timers, and so many due alarms, are handled in one visit.
const DUE_MAX: usize = 4;

impl<S: Scheduler, O: Observer> Sim<S, O> {
    /// Carries out one call of the pool, made by `cpu`; its fresh kicks are owed from now on.
    pub(super) fn call(&mut self, cpu: Cpu, call: Call<'_, S>) -> crate::Answer {
        self.calls += 1;
        let tap = &mut Tap { cpu, observer: &mut self.observer };
        self.pool.apply(call, self.now, tap)
    }

    /// An interrupt at `cpu`: it waits while the pCPU is in the hypervisor.
    pub(super) fn interrupt(&mut self, cpu: Cpu) {
        let here = &mut self.cpus[cpu.index()];
        if here.busy {
            here.pending = true;
        } else {
            self.visit(cpu, Cause::Interrupt);
        }
    }

    /// Visits until the guest executes, the pCPU idles, or time must pass.
    pub(super) fn visit(&mut self, cpu: Cpu, cause: Cause) {
        let mut cause = Some(cause);
        while let Some(reason) = cause {
            self.count_visit();
            self.stop(cpu);
            let cost = self.step(cpu, reason);
            if !cost.is_zero() {
                let here = &mut self.cpus[cpu.index()];
                here.busy = true;
                here.tally.overhead += cost;
                self.events.push(self.now + cost, What::Through(cpu));
                return;
            }
            cause = self.leave(cpu);
        }
    }

    /// The time of a visit is over: the old context is in memory, and the guest goes on.
    pub(super) fn through(&mut self, cpu: Cpu) {
        self.cpus[cpu.index()].busy = false;
        if let Some(v) = self.cpus[cpu.index()].leaving.take() {
            let fresh = self.call(cpu, Call::Saved { v, cpu }).fresh;
            self.settle(cpu, fresh);
        }
        if let Some(cause) = self.leave(cpu) {
            self.visit(cpu, cause);
        }
    }

    /// The hypervisor is left: for an interrupt that waits, or for the guest; it may enter again at once.
    fn leave(&mut self, cpu: Cpu) -> Option<Cause> {
        if core::mem::take(&mut self.cpus[cpu.index()].pending) {
            return Some(Cause::Interrupt);
        }
        self.execute(cpu)
    }

    /// One visit; returns what it costs.
    fn step(&mut self, cpu: Cpu, cause: Cause) -> Duration {
        let mut cost = self.costs.decision.draw(&mut self.rng);
        let current = self.pool.running(cpu);
        self.cpus[cpu.index()].tally.visits += 1;
        let mut kicks = current.map_or(CpuSet::EMPTY, |v| self.tell(cpu, v, cause));
        if self.next_event() <= self.now {
            kicks = kicks.or(self.run_due(cpu));
        }
        let asked = cause == Cause::Yield || self.cpus[cpu.index()].until <= self.now || current.is_none();
        if asked || self.pool.kicks().contains(cpu) {
            let (fresh, switch) = self.pick(cpu);
            kicks = kicks.or(fresh);
            cost += switch;
        }
        self.settle(cpu, kicks);
        cost
    }

    /// Tells the policy what the guest on `cpu` did. If it may not run any more, it will tell again when it does.
    fn tell(&mut self, cpu: Cpu, v: Vcpu, cause: Cause) -> CpuSet {
        if cause == Cause::Yield {
            self.guests[v.index()].doing = Doing::Ask;
            return self.call(cpu, Call::Yield { v }).fresh;
        }
        if cause == Cause::Interrupt || self.pool.life(v).phase != Phase::Running(cpu) {
            return CpuSet::EMPTY;
        }
        let guest = &mut self.guests[v.index()];
        guest.doing = Doing::Ask;
        let at = match cause {
            Cause::Sleep(at) | Cause::Event(at) => at,
            _ => Instant::MAX,
        };
        if cause == Cause::Off {
            guest.off = true;
            self.timers.clear(v);
            return self.call(cpu, Call::Block { v, why: Why::Off }).fresh;
        }
        if at <= self.now || core::mem::take(&mut guest.notified) {
            return CpuSet::EMPTY;
        }
        guest.lie_down(at);
        self.set_wake(v, cause, at);
        self.call(cpu, Call::Block { v, why: Why::Wait }).fresh
    }

    /// Whatever ends the wait of `v` is on its way.
    pub(super) fn set_wake(&mut self, v: Vcpu, cause: Cause, at: Instant) {
        match cause {
            Cause::Sleep(_) if at != Instant::MAX => self.timers.set(v, self.pool.heeds(v, at)),
            Cause::Event(_) => self.events.push(at, What::Arrive(v, self.guests[v.index()].wait)),
            _ => {}
        }
    }

    /// Wakes whose time has come, and due events of the policy.
    fn run_due(&mut self, cpu: Cpu) -> CpuSet {
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

    /// Asks the policy; returns its fresh kicks and what the switch costs.
    fn pick(&mut self, cpu: Cpu) -> (CpuSet, Duration) {
        let before = self.pool.running(cpu);
        let answer = self.call(cpu, Call::Pick { cpu });
        self.check(cpu, &answer);
        let here = &mut self.cpus[cpu.index()];
        here.until = answer.choice.until.unwrap_or(Instant::MAX);
        here.tally.decisions += 1;
        if before == answer.choice.run {
            return (answer.fresh, Duration::ZERO);
        }
        self.book_switch(cpu, before, answer.choice.run);
        let cost = self.costs.switch.draw(&mut self.rng);
        match before {
            Some(v) if cost.is_zero() => {
                let fresh = self.call(cpu, Call::Saved { v, cpu }).fresh;
                (answer.fresh.or(fresh), cost)
            }
            _ => {
                self.cpus[cpu.index()].leaving = before;
                (answer.fresh, cost)
            }
        }
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
    fn next_event(&self) -> Instant {
        self.pool.next_alarm().min(self.timers.first())
    }
}

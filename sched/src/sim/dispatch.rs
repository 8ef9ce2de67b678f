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
use crate::{Answer, Call, Cpu, CpuSet, Duration, Instant, Leave, Phase, Scheduler, Vcpu, Why};

impl<S: Scheduler, O: Observer> Sim<S, O> {
    /// Carries out one call of the pool, made by `cpu`; its fresh kicks are owed from now on.
    pub(super) fn call(&mut self, cpu: Cpu, call: Call<'_, S>) -> Answer {
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
        let mut kicks = CpuSet::EMPTY;
        let mut leave = current.and_then(|v| self.leaves(cpu, v, cause));
        let asked = leave.is_some() || self.cpus[cpu.index()].until <= self.now || current.is_none();
        if self.next_event() <= self.now {
            // What the vCPU does came first; others are woken before the pCPU picks.
            kicks = self.tell(cpu, current, leave.take()).or(self.run_due(cpu));
        }
        if asked || self.pool.kicks().contains(cpu) {
            let (fresh, switch) = self.turn(cpu, current, leave);
            kicks = kicks.or(fresh);
            cost += switch;
        }
        self.cpus[cpu.index()].tally.visits += 1;
        self.settle(cpu, kicks);
        cost
    }

    /// How the guest on `cpu` leaves its turn, if it does. If it may not run any more, it will try again when it
    /// does.
    fn leaves(&mut self, cpu: Cpu, v: Vcpu, cause: Cause) -> Option<Leave> {
        let counts = self.pool.life(v).phase == Phase::Running(cpu);
        let guest = &mut self.guests[v.index()];
        let at = match cause {
            Cause::Interrupt => return None,
            Cause::Yield => Instant::MAX,
            _ if !counts => return None,
            Cause::Sleep(at) | Cause::Event(at) => at,
            Cause::Wait | Cause::Off => Instant::MAX,
        };
        guest.doing = Doing::Ask;
        match cause {
            Cause::Yield => return Some(Leave::Yield),
            Cause::Off => {
                guest.off = true;
                self.timers.clear(v);
                return Some(Leave::Block(Why::Off));
            }
            _ => {}
        }
        if at <= self.now || core::mem::take(&mut guest.notified) {
            return None;
        }
        guest.lie_down(at);
        self.set_wake(v, cause, at);
        Some(Leave::Block(Why::Wait))
    }

    /// Tells the policy what the guest on `cpu` does, apart from the turn that follows.
    fn tell(&mut self, cpu: Cpu, v: Option<Vcpu>, leave: Option<Leave>) -> CpuSet {
        match (v, leave) {
            (Some(v), Some(Leave::Yield)) => self.call(cpu, Call::Yield { v }).fresh,
            (Some(v), Some(Leave::Block(why))) => self.call(cpu, Call::Block { v, why }).fresh,
            _ => CpuSet::EMPTY,
        }
    }

    /// Asks the policy after `leave`; returns its fresh kicks and what the switch costs. A switch without cost is
    /// one call, as in the hypervisor; otherwise others see a context that is not saved yet.
    fn turn(&mut self, cpu: Cpu, before: Option<Vcpu>, leave: Option<Leave>) -> (CpuSet, Duration) {
        let cost = self.costs.switch.draw(&mut self.rng);
        let whole = cost.is_zero() && !self.stepwise;
        let (left, answer) = if whole {
            (CpuSet::EMPTY, self.call(cpu, Call::Turn { cpu, leave }))
        } else {
            let left = self.tell(cpu, before, leave);
            (left, self.call(cpu, Call::Pick { cpu }))
        };
        self.check(cpu, &answer);
        let here = &mut self.cpus[cpu.index()];
        here.until = answer.choice.until.unwrap_or(Instant::MAX);
        here.tally.decisions += 1;
        let mut kicks = left.or(answer.fresh);
        if before == answer.choice.run {
            return (kicks, Duration::ZERO);
        }
        self.book_switch(cpu, before, answer.choice.run);
        match before {
            Some(v) if cost.is_zero() && !whole => kicks = kicks.or(self.call(cpu, Call::Saved { v, cpu }).fresh),
            _ if !whole => self.cpus[cpu.index()].leaving = before,
            _ => {}
        }
        (kicks, cost)
    }
}

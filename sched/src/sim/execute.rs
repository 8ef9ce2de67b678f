//! Guests as they execute, and the books about who had which pCPU.

use super::{
    Mark, Observer, Sim, Step,
    events::What,
    measure::{Job, Run},
    state::{Cause, Doing, Open},
};
use crate::{Answer, Cpu, Duration, Instant, Phase, Scheduler, Vcpu};

/// A program may set so many marks, and take so many steps without time, between two that take time.
const TIMELESS_MAX: u32 = 10_000;
/// So many visits at one instant are no schedule any more.
const VISITS_MAX: u32 = 1_000_000;

impl<S: Scheduler, O: Observer> Sim<S, O> {
    /// Lets the guest on `cpu` execute; returns why it enters the hypervisor if it does so at once.
    pub(super) fn execute(&mut self, cpu: Cpu) -> Option<Cause> {
        let (v, now) = (self.pool.running(cpu)?, self.now);
        let counts = self.pool.life(v).phase == Phase::Running(cpu);
        let guest = &mut self.guests[v.index()];
        if let Some(wanted) = guest.wanted.take_if(|_| counts) {
            guest.tally.wakes.add(now.since(wanted));
        }
        for _ in 0..TIMELESS_MAX {
            let guest = &mut self.guests[v.index()];
            match guest.doing {
                // It was stopped from elsewhere, and its pCPU will soon be told: until then it does nothing.
                Doing::Enter(_) if !counts => return None,
                Doing::Enter(cause) => return Some(cause),
                Doing::Work(left) if !left.is_zero() => {
                    self.begin(cpu, now + left);
                    return None;
                }
                Doing::Spin(at) if at > now => {
                    self.begin(cpu, at);
                    return None;
                }
                _ => {
                    let step = guest.ask(now);
                    self.take_step(cpu, v, step);
                }
            }
        }
        panic!("the program of {v:?} takes no time at {now:?}");
    }

    fn begin(&mut self, cpu: Cpu, end: Instant) {
        let here = &mut self.cpus[cpu.index()];
        here.executing = Some(self.now);
        self.events.push(end, What::Worked(cpu, here.stretch));
    }

    fn take_step(&mut self, cpu: Cpu, v: Vcpu, step: Step) {
        let now = self.now;
        let guest = &mut self.guests[v.index()];
        guest.doing = match step {
            Step::Work(length) => Doing::Work(length),
            Step::Spin(at) => Doing::Spin(at),
            Step::Sleep(at) => Doing::Enter(Cause::Sleep(at)),
            Step::Event(at) => Doing::Enter(Cause::Event(at)),
            Step::Wait => Doing::Enter(Cause::Wait),
            Step::Yield => Doing::Enter(Cause::Yield),
            Step::Off => {
                self.observer.mark(cpu, v, now, &Mark::Off);
                Doing::Enter(Cause::Off)
            }
            Step::Note(words) => {
                self.observer.mark(cpu, v, now, &Mark::Note(words));
                Doing::Ask
            }
            Step::Start { release, deadline } => {
                guest.job = Some(Open { release, deadline, start: now });
                let job = guest.tally.jobs.count();
                self.observer.mark(cpu, v, now, &Mark::Start { job, release });
                Doing::Ask
            }
            Step::End => {
                if let Some(Open { release, deadline, start }) = guest.job.take() {
                    let job = guest.tally.jobs.count();
                    guest.tally.jobs.add(Job { release, start, completion: now, deadline }, self.history);
                    self.observer.mark(cpu, v, now, &Mark::Completion { job, deadline });
                }
                Doing::Ask
            }
        };
    }

    /// The guest on `cpu` does not execute any more.
    pub(super) fn stop(&mut self, cpu: Cpu) {
        let here = &mut self.cpus[cpu.index()];
        let Some(since) = here.executing.take() else { return };
        here.stretch = here.stretch.wrapping_add(1);
        let ran = self.now.since(since);
        let Some(v) = self.pool.running(cpu) else { return };
        let guest = &mut self.guests[v.index()];
        guest.tally.executed += ran;
        if let Doing::Work(left) = &mut guest.doing
            && *left != Duration::MAX
        {
            *left = left.saturating_sub(ran);
        }
    }

    /// The work of the guest on `cpu` is done: its next step.
    pub(super) fn worked(&mut self, cpu: Cpu) {
        self.stop(cpu);
        if let Some(cause) = self.execute(cpu) {
            self.visit(cpu, cause);
        }
    }

    /// What was chosen before on `cpu` ends now, and `after` begins.
    pub(super) fn book_switch(&mut self, cpu: Cpu, before: Option<Vcpu>, after: Option<Vcpu>) {
        let (now, here) = (self.now, &mut self.cpus[cpu.index()]);
        let from = core::mem::replace(&mut here.since, now);
        here.tally.switches += 1;
        match before {
            None => here.tally.idle += now.since(from),
            Some(v) => {
                let preempted = self.pool.life(v).phase == Phase::Ready;
                let tally = &mut self.guests[v.index()].tally;
                tally.held += now.since(from);
                tally.preemptions += u64::from(preempted);
                if self.history && from < now {
                    tally.runs.push(Run { cpu, from, to: now });
                }
            }
        }
        if let Some(v) = after {
            let guest = &mut self.guests[v.index()];
            guest.tally.dispatches += 1;
            guest.tally.migrations += u64::from(guest.last.replace(cpu).is_some_and(|last| last != cpu));
        }
    }

    /// The laws that no choice may break, whatever the policy.
    pub(super) fn check(&mut self, cpu: Cpu, answer: &Answer) {
        let stray = answer.choice.run.is_some_and(|v| !self.guests[v.index()].hard.and(self.home).contains(cpu));
        self.strays += u32::from(stray);
        if self.strict {
            let now = self.now;
            assert_eq!(self.pool.violations(), 0, "a choice for {cpu:?} at {now:?} breaks isolation");
            assert!(!stray, "{:?} runs outside its affinity or pool on {cpu:?} at {now:?}", answer.choice.run);
        }
    }

    pub(super) fn count_visit(&mut self) {
        let (at, count) = &mut self.visits;
        *count = if *at == self.now { *count + 1 } else { 0 };
        *at = self.now;
        assert!(*count < VISITS_MAX, "time stands still at {:?}: the policy always wants another visit", self.now);
    }
}

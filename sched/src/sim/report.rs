//! Questions about a run.

use super::{CpuTally, Jobs, Observer, Sim, Spread, Tally, measure::Run};
use crate::{Cpu, Duration, Instant, Pool, Scheduler, Vcpu};
use std::vec::Vec;

impl<S: Scheduler, O: Observer> Sim<S, O> {
    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The pool, with the policy in it.
    pub fn pool(&self) -> &Pool<S, Vec<crate::Life>> {
        &self.pool
    }

    /// The policy.
    pub fn policy(&self) -> &S {
        self.pool.policy()
    }

    /// What `cpu` runs.
    pub fn running(&self, cpu: u8) -> Option<Vcpu> {
        self.pool.running(Cpu(cpu))
    }

    /// Calls of the policy so far.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// Events of the simulation so far.
    pub fn events(&self) -> u64 {
        self.happened
    }

    /// Choices outside affinity or pool; only a machine that is not strict goes on after one.
    pub fn strays(&self) -> u32 {
        self.strays
    }

    /// What was counted of `v`.
    pub fn tally(&self, v: Vcpu) -> &Tally {
        &self.guests[v.index()].tally
    }

    /// The complete jobs of `v`.
    pub fn jobs(&self, v: Vcpu) -> &Jobs {
        &self.tally(v).jobs
    }

    /// From each wake-up of `v`, as it was asked for, to the first instruction after it.
    pub fn wakes(&self, v: Vcpu) -> &Spread {
        &self.tally(v).wakes
    }

    /// What was counted of `cpu`.
    pub fn cpu(&self, cpu: u8) -> &CpuTally {
        &self.cpus[usize::from(cpu)].tally
    }

    /// Time for which nothing was chosen on `cpu`.
    pub fn idle(&self, cpu: u8) -> Duration {
        let here = &self.cpus[usize::from(cpu)];
        let open = if self.running(cpu).is_none() { self.now.since(here.since) } else { Duration::ZERO };
        here.tally.idle + open
    }

    /// Time for which `v` had a pCPU, with the decisions and switches in it.
    pub fn cpu_time(&self, v: Vcpu) -> Duration {
        self.open_runs(v).fold(self.tally(v).held, |sum, run| sum + run.to.since(run.from))
    }

    /// The same between two instants; needs the history.
    pub fn cpu_time_between(&self, v: Vcpu, from: Instant, to: Instant) -> Duration {
        let runs = &self.tally(v).runs;
        let first = runs.partition_point(|run| run.to <= from);
        let closed = runs[first..].iter().take_while(|run| run.from < to).copied();
        closed.chain(self.open_runs(v)).fold(Duration::ZERO, |sum, run| sum + run.to.min(to).since(run.from.max(from)))
    }

    /// The same in every whole interval from the start on: `[k × length, (k + 1) × length)`.
    pub fn cpu_time_per(&self, v: Vcpu, length: Duration) -> Vec<Duration> {
        self.cpu_time_per_from(v, self.begin, length)
    }

    /// The same from `from` on.
    pub fn cpu_time_per_from(&self, v: Vcpu, from: Instant, length: Duration) -> Vec<Duration> {
        assert!(!length.is_zero(), "an interval needs a length");
        let mut all = Vec::new();
        let mut start = from;
        while start + length <= self.now {
            all.push(self.cpu_time_between(v, start, start + length));
            start = start + length;
        }
        all
    }

    /// CPU time of `v` since the start in percent of one pCPU.
    pub fn share(&self, v: Vcpu) -> f64 {
        percent(self.cpu_time(v), self.now.since(self.begin))
    }

    /// The same between two instants.
    pub fn share_between(&self, v: Vcpu, from: Instant, to: Instant) -> f64 {
        percent(self.cpu_time_between(v, from, to), to.since(from))
    }

    /// The stretches of `v` that are not yet over.
    fn open_runs(&self, v: Vcpu) -> impl Iterator<Item = Run> {
        let cpus = self.cpus.iter().enumerate().map(|(index, here)| (Cpu(index as u8), here.since));
        cpus.filter(move |(cpu, _)| self.pool.running(*cpu) == Some(v)).map(|(cpu, from)| Run {
            cpu,
            from,
            to: self.now,
        })
    }
}

fn percent(part: Duration, whole: Duration) -> f64 {
    100.0 * part.nanos() as f64 / whole.nanos() as f64
}

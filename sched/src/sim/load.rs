//! Ready-made programs: the workloads that schedulers are judged by.

mod arrivals;
mod script;

use super::{Program, Rng, Span, Step};
use crate::{Duration, Instant};
use arrivals::{Arrivals, Gaps};
use script::Script;
use std::{boxed::Box, vec::Vec};

pub use script::Act;

/// A workload.
pub struct Load(Box<dyn Program>);

impl Program for Load {
    fn next(&mut self, now: Instant, rng: &mut Rng) -> Step {
        self.0.next(now, rng)
    }
}

impl core::fmt::Debug for Load {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Load")
    }
}

/// A periodic task, released on the grid `phase + k × period`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Periodic {
    /// Distance of two releases; at least 1 ns.
    pub period: Duration,
    /// Execution time of a job.
    pub work: Span,
    /// The first release, from the epoch.
    pub phase: Duration,
    /// How much later than its place on the grid a release may be.
    pub jitter: Span,
    /// When a job must be complete, from its release.
    pub deadline: Duration,
    /// The number of jobs.
    pub jobs: u64,
}

impl Periodic {
    /// Fixed work in every period from the epoch on, complete before the next period.
    pub fn new(period: Duration, work: Duration) -> Self {
        let (work, jitter) = (Span::fixed(work), Span::ZERO);
        Self { period, work, phase: Duration::ZERO, jitter, deadline: period, jobs: u64::MAX }
    }

    /// The same, first released at `phase`.
    pub fn phase(self, phase: Duration) -> Self {
        Self { phase, ..self }
    }
}

impl Load {
    /// A program of your own.
    pub fn program(program: impl Program + 'static) -> Self {
        Self(Box::new(program))
    }

    /// Does nothing until it is notified, and then nothing again.
    pub fn idle() -> Self {
        Self::program(|_: Instant, _: &mut Rng| Step::Wait)
    }

    /// Executes for ever.
    pub fn hog() -> Self {
        Self::program(|_: Instant, _: &mut Rng| Step::Work(Duration::MAX))
    }

    /// Executes for `every`, then offers its pCPU, again and again.
    pub fn yielder(every: Duration) -> Self {
        Self::script(&[Act::Run(every.into()), Act::Yield])
    }

    /// A periodic task. A job that is complete only after the next release is followed by the next at once.
    pub fn periodic(task: Periodic) -> Self {
        let gaps = Gaps::Grid { period: task.period.nanos().max(1), jitter: task.jitter };
        Self::program(Arrivals {
            work: task.work,
            deadline: task.deadline,
            left: task.jobs,
            external: false,
            ..Arrivals::new(gaps, Instant::ZERO + task.phase)
        })
    }

    /// Jobs that come at least `gap` (drawn anew for each) after one another, announced from outside.
    pub fn sporadic(gap: impl Into<Span>, work: impl Into<Span>) -> Self {
        Self::program(Arrivals { work: work.into(), ..Arrivals::new(Gaps::Span(gap.into()), Instant::ZERO) })
    }

    /// A Poisson process of jobs with this mean distance, announced from outside.
    pub fn poisson(mean_gap: Duration, work: impl Into<Span>) -> Self {
        Self::program(Arrivals { work: work.into(), ..Arrivals::new(Gaps::Poisson(mean_gap), Instant::ZERO) })
    }

    /// Jobs as they were recorded: the time since the release before, and the execution time of each.
    pub fn recorded(jobs: impl IntoIterator<Item = (Duration, Duration)>) -> Self {
        let jobs: Vec<_> = jobs.into_iter().collect();
        let left = jobs.len() as u64;
        Self::program(Arrivals { left, ..Arrivals::new(Gaps::Recorded(jobs, 0), Instant::ZERO) })
    }

    /// Executes for `on`, then sleeps for `off`, again and again; the lengths are drawn anew.
    pub fn on_off(on: impl Into<Span>, off: impl Into<Span>) -> Self {
        Self::script(&[Act::Run(on.into()), Act::Sleep(off.into())])
    }

    /// These acts again and again.
    pub fn script(acts: &[Act]) -> Self {
        Self::program(Script::new(acts, true))
    }

    /// These acts once; then it is off.
    pub fn once(acts: &[Act]) -> Self {
        Self::program(Script::new(acts, false))
    }

    /// Evades a scheduler that charges whoever runs at its tick: executes until `margin` before every
    /// multiple of `tick`, sleeps across it, and comes back `margin` after it.
    pub fn evader(tick: Duration, margin: Duration) -> Self {
        Self::program(move |now: Instant, _: &mut Rng| {
            let next = now.next_on_grid(Instant::ZERO, tick);
            let hour = next - margin;
            if hour > now { Step::Spin(hour) } else { Step::Sleep(next + margin) }
        })
    }
}

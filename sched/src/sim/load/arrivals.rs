//! Jobs that are released whether or not the ones before are complete.

use crate::sim::{Program, Rng, Span, Step};
use crate::{Duration, Instant};
use std::vec::Vec;

/// How far apart releases are.
pub(super) enum Gaps {
    /// On a grid of so many ns, each by `jitter` later.
    Grid { period: u64, jitter: Span },
    /// Drawn from a range.
    Span(Span),
    /// Exponentially distributed with this mean.
    Poisson(Duration),
    /// From a list, with the work of each; the number is the next place in it.
    Recorded(Vec<(Duration, Duration)>, usize),
}

/// What the program does at present.
pub(super) enum Stage {
    /// The next release is not yet drawn.
    Draw,
    /// Waits until this release, of a job of so much work.
    Await(Instant, Duration),
    /// The job has started.
    Started(Duration),
    /// The job's work is done.
    Worked,
}

/// A source of jobs.
pub(super) struct Arrivals {
    pub(super) work: Span,
    /// From the release.
    pub(super) deadline: Duration,
    /// Jobs still to come.
    pub(super) left: u64,
    /// Whether releases are events from outside, or timers of the guest.
    pub(super) external: bool,
    pub(super) gaps: Gaps,
    /// The place on the grid of the next release, or the last release.
    pub(super) base: Instant,
    pub(super) stage: Stage,
}

impl Arrivals {
    /// Endless jobs without work or deadline, announced from outside.
    pub(super) fn new(gaps: Gaps, base: Instant) -> Self {
        let (work, deadline) = (Span::ZERO, Duration::MAX);
        Self { work, deadline, left: u64::MAX, external: true, gaps, base, stage: Stage::Draw }
    }

    /// The next release and its work.
    fn draw(&mut self, rng: &mut Rng) -> (Instant, Duration) {
        match &mut self.gaps {
            Gaps::Grid { period, jitter } => {
                let release = self.base + jitter.draw(rng);
                self.base = self.base + Duration::from_nanos(*period);
                return (release, self.work.draw(rng));
            }
            Gaps::Span(gap) => self.base = self.base + gap.draw(rng),
            Gaps::Poisson(mean) => self.base = self.base + rng.exponential(*mean),
            Gaps::Recorded(jobs, at) => {
                let (gap, work) = jobs.get(*at).copied().unwrap_or_default();
                *at += 1;
                self.base = self.base + gap;
                return (self.base, work);
            }
        }
        (self.base, self.work.draw(rng))
    }
}

impl Program for Arrivals {
    fn next(&mut self, now: Instant, rng: &mut Rng) -> Step {
        if let Stage::Draw = self.stage {
            if self.left == 0 {
                return Step::Off;
            }
            self.left -= 1;
            let (release, work) = self.draw(rng);
            self.stage = Stage::Await(release, work);
        }
        match self.stage {
            Stage::Await(release, _) if release > now => {
                if self.external {
                    Step::Event(release)
                } else {
                    Step::Sleep(release)
                }
            }
            Stage::Await(release, work) => {
                self.stage = Stage::Started(work);
                Step::Start { release, deadline: release + self.deadline }
            }
            Stage::Started(work) => {
                self.stage = Stage::Worked;
                Step::Work(work)
            }
            Stage::Worked | Stage::Draw => {
                self.stage = Stage::Draw;
                Step::End
            }
        }
    }
}

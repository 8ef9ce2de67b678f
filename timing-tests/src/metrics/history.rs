//! What became of a task over all its declarations, through all stretches of the measured time.
//!
//! Where events are missing, a stretch ends for a task as the run does, and what was undecided there is *unknown*. Behind
//! it the declaration is in doubt: it could have been made anew meanwhile. The first mark decides that, for the whole
//! stretch; if none comes, or one that does not fit, the jobs of the stretch are unknown.

use super::jobs::{Closed, Declared, Job};
use super::known::Known;
use super::{Spread, TaskReport};
use abi::hypercall::mark;
use sched::Instant;
use std::collections::BTreeMap;
use trace::Stretch;

/// From when on a job's marks are all there: one that is released right at the beginning of a stretch may have lost some.
fn behind(stretch: Stretch) -> u64 {
    stretch.from.nanos().saturating_add(1)
}

/// What became of a task over all its declarations.
#[derive(Default)]
pub(crate) struct History {
    /// The declaration in force and the jobs under it.
    current: Option<Declared>,
    jobs: BTreeMap<u64, Job>,
    /// The stretch of the measured time that has been reached, and from when on jobs are released there.
    stretch: usize,
    since: u64,
    /// Events are missing since the declaration, and nothing has shown yet that it holds.
    doubt: bool,
    closed: Vec<Closed>,
    last: Declared,
    due: u64,
    starts: u64,
    completions: u64,
    misses: u64,
    unknown: u64,
    contradictions: u64,
    latencies: Vec<(u64, u64)>,
    responses: Vec<(u64, u64)>,
}

impl History {
    /// Takes a mark that came at `now`, in the stretch that has been reached.
    pub(crate) fn mark(&mut self, now: Instant, kind: u64, [first, second, third]: [u64; 3]) {
        if kind == mark::TASK {
            self.close(now.nanos());
            self.last = Declared { period: first, first: second, deadline: third };
            self.current = Some(self.last);
        } else if !self.job_mark(now.nanos(), kind, first, second, third) {
            self.contradictions += 1;
        }
    }

    /// Takes the mark of a job; false if it cannot be true.
    fn job_mark(&mut self, now: u64, kind: u64, job: u64, stated: u64, at: u64) -> bool {
        let Some(declared) = self.current else { return self.doubt };
        if !declared.fits(now, kind == mark::START, job, stated, at) {
            if self.doubt {
                self.settle(declared, now, true);
                self.current = None;
            }
            return self.doubt;
        }
        self.doubt = false;
        if job < declared.due(self.since) {
            return true;
        }
        let known = self.jobs.entry(job).or_default();
        if kind == mark::START {
            let new = known.start.is_none() && known.completion.is_none();
            known.start = if new { Some(at) } else { known.start };
            return new;
        }
        let new = known.completion.is_none() && known.start.is_some_and(|start| start <= at);
        known.completion = if new { Some(at) } else { known.completion };
        new
    }

    /// Goes on to the stretch number `to` of the measured time.
    pub(crate) fn advance(&mut self, known: &Known, to: usize) {
        while self.stretch < to {
            if let (Some(here), Some(next)) = (known.get(self.stretch), known.get(self.stretch + 1)) {
                self.pass(here, behind(next));
            }
            self.stretch += 1;
        }
    }

    /// Leaves a stretch: nothing is known of the jobs that are released between it and `since`.
    fn pass(&mut self, here: Stretch, since: u64) {
        let last = here.to.nanos();
        if let Some(declared) = self.current {
            self.settle(declared, last, true);
            self.unknown = self.unknown.saturating_add(declared.due(since).saturating_sub(declared.due(last)));
        }
        (self.since, self.doubt) = (since, true);
    }

    /// Ends the declaration in force at `end`.
    pub(crate) fn close(&mut self, end: u64) {
        if let Some(declared) = self.current.take() {
            self.settle(declared, end, false);
        }
        (self.since, self.doubt) = (0, false);
    }

    /// Ends the run at `end`.
    pub(crate) fn finish(&mut self, known: &Known, end: u64) {
        while let Some(here) = known.get(self.stretch) {
            match known.get(self.stretch + 1) {
                Some(next) => self.pass(here, behind(next)),
                None if here.cut => self.pass(here, end),
                None => self.close(here.to.nanos()),
            }
            self.stretch += 1;
        }
    }

    /// Adds up the jobs released since this stretch began, up to `end`, where events are missing if it is `cut` there.
    fn settle(&mut self, declared: Declared, end: u64, cut: bool) {
        let jobs = std::mem::take(&mut self.jobs);
        let first = declared.due(self.since);
        let due = declared.due(end).max(first);
        if self.doubt {
            self.unknown = self.unknown.saturating_add(due - first);
            return;
        }
        let decided = if cut { declared.count(declared.deadline, end) } else { declared.decided(end) };
        let decided = decided.clamp(first, due);
        let (mut in_time, mut early) = (0, 0);
        for (&number, job) in &jobs {
            let release = declared.release(number).unwrap_or(0);
            if let Some(start) = job.start {
                self.starts += 1;
                self.latencies.push((start - release, number));
            }
            if let Some(completion) = job.completion {
                self.completions += 1;
                self.responses.push((completion - release, number));
                let held = completion - release <= declared.deadline;
                in_time += u64::from(held && number < decided);
                early += u64::from(held && (decided..due).contains(&number));
            }
        }
        self.due = self.due.saturating_add(due - first);
        self.misses = self.misses.saturating_add(decided - first - in_time);
        if cut {
            self.unknown = self.unknown.saturating_add(due - decided - early);
        }
        self.closed.push(Closed { declared, from: self.since, end, decided, jobs });
    }

    /// Its declarations, stretch by stretch.
    pub(crate) fn into_closed(self) -> Vec<Closed> {
        self.closed
    }

    /// What it amounts to.
    pub(crate) fn report(&self, vcpu: u16, task: u32) -> TaskReport {
        let latency = Spread::of(&self.latencies);
        TaskReport {
            vcpu,
            task,
            period: self.last.period,
            deadline: self.last.deadline,
            due: self.due,
            starts: self.starts,
            completions: self.completions,
            misses: self.misses,
            unknown: self.unknown,
            contradictions: self.contradictions,
            latency,
            jitter: latency.map(|latency| latency.max - latency.min),
            response: Spread::of(&self.responses),
        }
    }
}

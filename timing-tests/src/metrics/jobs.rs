//! Jobs: what a task declared, and when each of its jobs was released, completed or late.
//!
//! Only arithmetic on a declaration and its marks; which marks count is for [`tasks`](super::tasks) to say.

use std::collections::BTreeMap;
use std::ops::Range;

/// What a task declared.
#[derive(Clone, Copy, Default)]
pub(crate) struct Declared {
    pub(crate) period: u64,
    pub(crate) first: u64,
    pub(crate) deadline: u64,
}

impl Declared {
    /// The number of k ≥ 0 for which first + k × period + `after` < `limit`.
    pub(crate) fn count(&self, after: u64, limit: u64) -> u64 {
        match limit.checked_sub(self.first.saturating_add(after)) {
            None | Some(0) => 0,
            Some(span) => (span - 1).checked_div(self.period).map_or(1, |periods| periods.saturating_add(1)),
        }
    }

    /// Jobs released before `end`.
    pub(crate) fn due(&self, end: u64) -> u64 {
        self.count(0, end)
    }

    /// Jobs among them whose deadline lies not after `end`.
    pub(crate) fn decided(&self, end: u64) -> u64 {
        self.count(self.deadline, end.saturating_add(1)).min(self.due(end))
    }

    /// Whether a mark says what is true under this declaration: `stated` is the job's release (or its deadline, if it is
    /// no start), and `at` lies behind the release and not in the future.
    pub(crate) fn fits(&self, now: u64, is_start: bool, job: u64, stated: u64, at: u64) -> bool {
        self.release(job).is_some_and(|release| {
            let says = if is_start { release } else { release.saturating_add(self.deadline) };
            (release..=now).contains(&at) && stated == says
        })
    }

    pub(crate) fn release(&self, job: u64) -> Option<u64> {
        if self.period == 0 && job > 0 {
            return None;
        }
        self.first.checked_add(self.period.checked_mul(job)?)
    }
}

/// A job's marks.
#[derive(Clone, Copy, Default)]
pub(crate) struct Job {
    pub(crate) start: Option<u64>,
    pub(crate) completion: Option<u64>,
}

/// A declaration as far as it was measured at one stretch, and the marks of the jobs released there.
pub(crate) struct Closed {
    pub(crate) declared: Declared,
    /// Jobs released before count elsewhere.
    pub(crate) from: u64,
    /// The end of the declaration, or where events are missing.
    pub(crate) end: u64,
    /// The first job of which it is not known whether it missed.
    pub(crate) decided: u64,
    pub(crate) jobs: BTreeMap<u64, Job>,
}

impl Closed {
    /// When jobs were released, within `span`.
    pub(crate) fn releases(&self, span: &Range<u64>) -> impl Iterator<Item = u64> {
        let (from, to) = (self.declared.due(span.start.max(self.from)), self.declared.due(span.end.min(self.end)));
        (from..to).filter_map(|job| self.declared.release(job))
    }

    /// When jobs were completed, in time or late, within `span`.
    pub(crate) fn completions(&self, span: &Range<u64>) -> impl Iterator<Item = u64> {
        self.jobs.values().filter_map(|job| job.completion).filter(|at| span.contains(at))
    }

    /// The deadlines within `span` of jobs that were due.
    pub(crate) fn deadlines(&self, span: &Range<u64>) -> impl Iterator<Item = u64> {
        self.with_deadlines(span).map(|(_, at)| at)
    }

    /// The deadlines within `span` at which a job was not complete.
    pub(crate) fn misses(&self, span: &Range<u64>) -> impl Iterator<Item = u64> {
        let late = move |(job, at): &(u64, u64)| {
            let completion = self.jobs.get(job).and_then(|job| job.completion);
            completion.is_none_or(|completion| completion > *at)
        };
        self.with_deadlines(span).filter(late).map(|(_, at)| at)
    }

    /// Jobs that were due and whose deadlines lie within `span`, with these.
    fn with_deadlines(&self, span: &Range<u64>) -> impl Iterator<Item = (u64, u64)> {
        let Declared { deadline, .. } = self.declared;
        let from = self.declared.count(deadline, span.start).max(self.declared.due(self.from));
        let to = self.declared.count(deadline, span.end).min(self.decided);
        (from..to).filter_map(move |job| Some((job, self.declared.release(job)?.checked_add(deadline)?)))
    }
}

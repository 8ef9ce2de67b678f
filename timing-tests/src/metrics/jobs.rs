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
    fn count(&self, after: u64, limit: u64) -> u64 {
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

/// A declaration that ended at `end`, and the marks of its jobs.
pub(crate) struct Closed {
    pub(crate) declared: Declared,
    pub(crate) end: u64,
    pub(crate) jobs: BTreeMap<u64, Job>,
}

impl Closed {
    /// When jobs were released, within `span`.
    pub(crate) fn releases(&self, span: &Range<u64>) -> impl Iterator<Item = u64> {
        let (from, to) = (self.declared.due(span.start), self.declared.due(span.end.min(self.end)));
        (from..to).filter_map(|job| self.declared.release(job))
    }

    /// When jobs were completed, in time or late, within `span`.
    pub(crate) fn completions(&self, span: &Range<u64>) -> impl Iterator<Item = u64> {
        self.jobs.values().filter_map(|job| job.completion).filter(|at| span.contains(at))
    }

    /// The deadlines within `span` of jobs that were due.
    pub(crate) fn deadlines(&self, span: &Range<u64>) -> impl Iterator<Item = u64> {
        let Declared { deadline, .. } = self.declared;
        let to = self.declared.count(deadline, span.end).min(self.declared.decided(self.end));
        let jobs = self.declared.count(deadline, span.start)..to;
        jobs.filter_map(move |job| self.declared.release(job)?.checked_add(deadline))
    }

    /// The deadlines within `span` at which a job was not complete.
    pub(crate) fn misses(&self, span: &Range<u64>) -> impl Iterator<Item = u64> {
        let Declared { deadline, .. } = self.declared;
        let to = self.declared.count(deadline, span.end).min(self.declared.decided(self.end));
        let late = move |(job, at): &(u64, u64)| {
            let completion = self.jobs.get(job).and_then(|job| job.completion);
            completion.is_none_or(|completion| completion > *at)
        };
        let absolute = move |job| Some((job, self.declared.release(job)?.checked_add(deadline)?));
        (self.declared.count(deadline, span.start)..to).filter_map(absolute).filter(late).map(|(_, at)| at)
    }
}

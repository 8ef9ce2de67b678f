//! Guests' tasks: releases, starts, completions, misses, latency and response time.
//!
//! A task is what a partition declares with a mark. From then on job k is released at first release + k ×
//! period, until the task is declared anew, its partition stops, or the run ends. A job is *due* if its
//! release lies before that, and it *misses* if it is completed after its deadline, or not completed
//! although the deadline lies not after that. A job whose deadline lies behind the end is undecided.
//!
//! The declaration decides what is due; a mark that contradicts it is counted and otherwise ignored.
//!
//! What becomes of a task where events are missing is for [`history`](super::history) to say.

use super::history::History;
use super::jobs::{Closed, Job};
use super::{Run, TaskReport};
use abi::hypercall::mark;
use std::collections::BTreeMap;
use trace::{Event, event::LifeStep};

/// A task and the index of its partition.
pub(crate) struct Task {
    pub(crate) partition: usize,
    /// Its declarations, in order.
    pub(crate) closed: Vec<Closed>,
    pub(crate) report: TaskReport,
}

impl Task {
    /// The latency of each job that started, in the order of jobs.
    pub(crate) fn latencies(&self) -> Vec<u64> {
        self.since_release(|job| job.start)
    }

    /// The response time of each job that was completed, in the order of jobs.
    pub(crate) fn responses(&self) -> Vec<u64> {
        self.since_release(|job| job.completion)
    }

    fn since_release(&self, instant: impl Fn(&Job) -> Option<u64>) -> Vec<u64> {
        let jobs = self.closed.iter().flat_map(|closed| closed.jobs.iter().map(move |job| (closed.declared, job)));
        let since = jobs.filter_map(|(declared, (number, job))| instant(job)?.checked_sub(declared.release(*number)?));
        since.collect()
    }
}

/// All tasks, by partition, vCPU and number.
pub(crate) fn tasks(run: &Run<'_>) -> Vec<Task> {
    let mut found: BTreeMap<(u16, u16, u32), History> = BTreeMap::new();
    for event in &run.events {
        match *event {
            Event::Mark { now, partition, vcpu, kind, task, args } if u64::from(kind) < mark::VALUE => {
                let history = found.entry((partition, vcpu, task)).or_default();
                history.advance(&run.known, run.known.place(now).unwrap_or(0));
                history.mark(now, kind.into(), args);
            }
            Event::Life { now, partition, step, .. } if step != LifeStep::Started as u8 => {
                let of = found.range_mut((partition, 0, 0)..=(partition, u16::MAX, u32::MAX));
                of.for_each(|(_, history)| {
                    history.advance(&run.known, run.known.place(now).unwrap_or(0));
                    history.close(now.nanos());
                });
            }
            _ => {}
        }
    }
    let one = |((partition, vcpu, task), mut history): ((u16, u16, u32), History)| {
        history.finish(&run.known, run.recording.end().nanos());
        let report = history.report(vcpu, task);
        Task { partition: partition.into(), report, closed: history.into_closed() }
    };
    found.into_iter().map(one).collect()
}

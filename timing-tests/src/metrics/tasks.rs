//! Guests' tasks: releases, starts, completions, misses, latency and response time.
//!
//! A task is what a partition declares with a mark. From then on job k is released at first release + k ×
//! period, until the task is declared anew, its partition stops, or the run ends. A job is *due* if its
//! release lies before that, and it *misses* if it is completed after its deadline, or not completed
//! although the deadline lies not after that. A job whose deadline lies behind the end is undecided.
//!
//! The declaration decides what is due; a mark that contradicts it is counted and otherwise ignored.

use super::jobs::{Closed, Declared, Job};
use super::{Run, Spread, TaskReport};
use abi::hypercall::mark;
use sched::Instant;
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
                history.mark(now, kind.into(), args);
            }
            Event::Life { now, partition, step, .. } if step != LifeStep::Started as u8 => {
                let of = found.range_mut((partition, 0, 0)..=(partition, u16::MAX, u32::MAX));
                of.for_each(|(_, history)| history.close(now));
            }
            _ => {}
        }
    }
    let one = |((partition, vcpu, task), mut history): ((u16, u16, u32), History)| {
        history.close(run.until);
        let report = history.report(vcpu, task);
        Task { partition: partition.into(), report, closed: history.closed }
    };
    found.into_iter().map(one).collect()
}

/// What became of a task over all its declarations.
#[derive(Default)]
struct History {
    /// The declaration in force and the jobs under it.
    current: Option<Declared>,
    jobs: BTreeMap<u64, Job>,
    closed: Vec<Closed>,
    last: Declared,
    due: u64,
    starts: u64,
    completions: u64,
    misses: u64,
    contradictions: u64,
    latencies: Vec<(u64, u64)>,
    responses: Vec<(u64, u64)>,
}

impl History {
    fn mark(&mut self, now: Instant, kind: u64, [first, second, third]: [u64; 3]) {
        if kind == mark::TASK {
            self.close(now);
            self.last = Declared { period: first, first: second, deadline: third };
            self.current = Some(self.last);
        } else if !self.job_mark(now.nanos(), kind, first, second, third) {
            self.contradictions += 1;
        }
    }

    /// Takes the mark of a job; false if it cannot be true.
    fn job_mark(&mut self, now: u64, kind: u64, job: u64, stated: u64, at: u64) -> bool {
        let Some(declared) = self.current else { return false };
        let Some(release) = declared.release(job) else { return false };
        if at > now || at < release {
            return false;
        }
        let known = self.jobs.entry(job).or_default();
        if kind == mark::START {
            let new = known.start.is_none() && known.completion.is_none() && stated == release;
            known.start = if new { Some(at) } else { known.start };
            return new;
        }
        let after_start = known.start.is_some_and(|start| start <= at);
        let new = known.completion.is_none() && after_start && stated == release.saturating_add(declared.deadline);
        known.completion = if new { Some(at) } else { known.completion };
        new
    }

    /// Ends the declaration in force at `end` and adds up its jobs.
    fn close(&mut self, end: Instant) {
        let Some(declared) = self.current.take() else { return };
        let decided = declared.decided(end.nanos());
        let mut in_time = 0;
        let jobs = std::mem::take(&mut self.jobs);
        for (&number, job) in &jobs {
            let release = declared.release(number).unwrap_or(0);
            if let Some(start) = job.start {
                self.starts += 1;
                self.latencies.push((start - release, number));
            }
            if let Some(completion) = job.completion {
                self.completions += 1;
                self.responses.push((completion - release, number));
                in_time += u64::from(number < decided && completion - release <= declared.deadline);
            }
        }
        self.due = self.due.saturating_add(declared.due(end.nanos()));
        self.misses = self.misses.saturating_add(decided - in_time);
        self.closed.push(Closed { declared, end: end.nanos(), jobs });
    }

    fn report(&self, vcpu: u16, task: u32) -> TaskReport {
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
            contradictions: self.contradictions,
            latency,
            jitter: latency.map(|latency| latency.max - latency.min),
            response: Spread::of(&self.responses),
        }
    }
}

//! Time tables: for every window of every frame, the planned start against the actual one.
//!
//! Frame k of a table begins k major frames after the epoch. The first `Pick` on a pCPU inside a window is
//! its start; it says so itself by its `due`. Without `due` nobody of the partition was ready: the window
//! started idle. A window in which the pCPU did not pick at all was skipped. Only the schedule in force at boot counts.

use super::{Run, Slope, WindowReport};
use crate::plan::{Pool, Values};
use core::ops::Range;
use sched::{Cpu, Instant};
use trace::{Stretch, calls::Recorded, seam::Called};

/// The windows of all pools under a time table, in the order of the table, and of pCPUs in each.
pub(crate) fn windows(run: &Run<'_>) -> Vec<WindowReport> {
    with_errors(run).into_iter().map(|(report, _)| report).collect()
}

/// The same with the number of each frame in which the window was started, and how late it was there.
pub(crate) fn with_errors(run: &Run<'_>) -> Vec<(WindowReport, Vec<(u64, u64)>)> {
    let mut all = Vec::new();
    for (index, pool) in run.plan.pools.iter().enumerate() {
        let Some(frame) = pool.params.and_then(|params| params.get("major_frame")).filter(|frame| *frame > 0) else {
            continue;
        };
        let mut table = table(pool);
        let calls = run.calls.get(index).into_iter().flat_map(|calls| calls.all());
        for call in calls {
            follow(run, &mut table, frame, &call);
        }
        all.extend(table.into_iter().map(|window| (window.report(run, index, pool, frame), window.errors)));
    }
    all
}

/// One window on one pCPU.
struct Window {
    index: usize,
    cpu: Cpu,
    group: usize,
    start: u64,
    end: u64,
    /// The last frame in which it was started.
    frame: Option<u64>,
    /// Frames in which it was started, whether or not somebody was ready.
    seen: Vec<u64>,
    idle: u64,
    off_plan: u64,
    /// Frame, and actual − planned start.
    errors: Vec<(u64, u64)>,
}

fn table(pool: &Pool) -> Vec<Window> {
    let one = |(index, entry): (usize, &Values)| {
        let (start, length) = (entry.get("start").unwrap_or(0), entry.get("length").unwrap_or(0));
        let group = entry.get("partition").unwrap_or(0) as usize;
        let cpus = sched::CpuSet::from_bits(entry.get("cpus").unwrap_or(u64::MAX)).and(pool.cpus);
        let on = move |cpu| Window {
            index,
            cpu,
            group,
            start,
            end: start.saturating_add(length),
            frame: None,
            seen: Vec::new(),
            idle: 0,
            off_plan: 0,
            errors: Vec::new(),
        };
        cpus.iter().map(on).collect::<Vec<_>>()
    };
    pool.entries_in_force().flat_map(one).collect()
}

fn follow(run: &Run<'_>, table: &mut [Window], frame: u64, call: &Recorded) {
    let Some(Called::Pick(cpu) | Called::Turn(cpu, _)) = call.called else { return };
    let now = call.event.now.nanos();
    let phase = now % frame;
    let Some(stretch) = run.known.place(call.event.now).and_then(|index| run.known.get(index)) else { return };
    let inside = |window: &&mut Window| window.cpu == cpu && window.start <= phase && phase < window.end;
    if let Some(window) = table.iter_mut().find(inside) {
        // Behind a loss a window that has begun may have been started before.
        let planned = now - phase + window.start;
        if stretch.from == Instant::ZERO || planned > stretch.from.nanos() {
            window.pick(now / frame, planned, now, call.event.answer().choice.due);
        }
    }
}

impl Window {
    /// A pick inside this window, in frame number `frame`, where it should start at `planned`.
    fn pick(&mut self, frame: u64, planned: u64, now: u64, due: Option<Instant>) {
        if due.is_some_and(|due| due.nanos() != planned) {
            self.off_plan += 1;
        }
        if self.frame == Some(frame) {
            return;
        }
        self.frame = Some(frame);
        self.seen.push(frame);
        match due {
            None => self.idle += 1,
            Some(due) if due.nanos() == planned => self.errors.push((frame, now - planned)),
            Some(_) => {}
        }
    }

    /// The numbers of the frames in which this window lies wholly in `stretch`.
    fn frames(&self, frame: u64, stretch: Stretch) -> Range<u64> {
        let (from, to) = (stretch.from.nanos(), stretch.to.nanos());
        let first = match from {
            0 => 0,
            from => from.checked_sub(self.start).map_or(0, |span| span / frame + 1),
        };
        let end = to.checked_sub(self.end).map_or(0, |span| span / frame + 1);
        first..end.max(first)
    }

    /// The errors from the second frame on. The very first start follows the boot and not another window, so its
    /// path has another length, and that difference is no drift.
    fn settled(&self) -> &[(u64, u64)] {
        match self.errors.split_first() {
            Some(((0, _), settled)) => settled,
            _ => &self.errors,
        }
    }

    fn report(&self, run: &Run<'_>, index: usize, pool: &Pool, frame: u64) -> WindowReport {
        let whole = (0..).map_while(|index| run.known.get(index)).map(|stretch| self.frames(frame, stretch));
        let skipped = whole.map(|frames| {
            let seen = self.seen.partition_point(|number| *number < frames.end)
                - self.seen.partition_point(|number| *number < frames.start);
            (frames.end - frames.start).saturating_sub(seen as u64)
        });
        let owner =
            run.plan.partitions.iter().find(|partition| partition.pool == index && partition.group == self.group);
        let sum: u128 = self.errors.iter().map(|(_, error)| u128::from(*error)).sum();
        WindowReport {
            pool: pool.name.clone(),
            window: self.index,
            cpu: self.cpu.0,
            partition: owner.map(|partition| partition.name.clone()).unwrap_or_default(),
            start: self.start,
            started: self.errors.len() as u64,
            idle: self.idle,
            skipped: skipped.sum(),
            off_plan: self.off_plan,
            max_error: self.errors.iter().map(|(_, error)| *error).max(),
            mean_error: crate::human::mean_of(sum, self.errors.len() as u64),
            slope: Slope::of(self.settled()),
        }
    }
}

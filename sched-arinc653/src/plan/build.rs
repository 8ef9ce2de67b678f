//! A table as it is taken over, at boot only: checked, sorted and indexed.

use super::{Plan, run_length};
use crate::{PoolParams, SCHEDULES, Window};
use sched::{CpuSet, Duration, Group, Refused, Table};

impl<W: AsRef<[Window]> + AsMut<[Window]>> Plan<W> {
    // [ARINC-R-13]
    /// Takes a table over: checks, sorts and indexes it.
    pub(crate) fn new(windows: W, params: PoolParams, cpus: CpuSet) -> Result<Self, Refused> {
        crate::validate(&params, windows.as_ref())?;
        for (index, window) in windows.as_ref().iter().enumerate() {
            if window.cpus.and(cpus).is_empty() {
                let here = u16::try_from(index).unwrap_or(u16::MAX);
                let refused = Refused::new("the window has no pCPU of the pool", 3, cpus.bits(), window.cpus.bits());
                return Err(refused.between(here, here));
            }
        }
        let mut plan = Self {
            windows: Table::new(windows, Window::EMPTY),
            frame: params.major_frame,
            ranges: [(0, 0); SCHEDULES],
            active: params.schedule,
        };
        plan.sort();
        plan.index_schedules();
        plan.index_cpus();
        plan.index_groups();
        Ok(plan)
    }

    /// Sorts by schedule and start, by insertion: at boot only, and tables usually come sorted.
    fn sort(&mut self) {
        for end in 1..self.windows.len() {
            let mut at = end;
            while at > 0 && order(self.windows.at(at)) < order(self.windows.at(at - 1)) {
                let (lower, upper) = (*self.windows.at(at - 1), *self.windows.at(at));
                *self.windows.at_mut(at - 1) = upper;
                *self.windows.at_mut(at) = lower;
                at -= 1;
            }
        }
    }

    fn index_schedules(&mut self) {
        for (schedule, range) in (0u8..).zip(&mut self.ranges) {
            let windows = self.windows.as_slice();
            let place = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
            let start = windows.partition_point(|window| window.schedule < schedule);
            *range = (place(start), place(windows.partition_point(|window| window.schedule <= schedule)));
        }
    }

    fn index_cpus(&mut self) {
        let len = self.windows.len();
        for at in 0..len {
            let ahead = self.union(at, run_length(at, len));
            let run = run_length(at + 1, at + 1);
            let behind = self.union((at + 1).saturating_sub(run), run);
            let window = self.windows.at_mut(at);
            (window.ahead, window.behind) = (ahead, behind);
        }
    }

    fn union(&self, from: usize, count: usize) -> CpuSet {
        let run = self.windows.as_slice().iter().skip(from).take(count);
        run.fold(CpuSet::EMPTY, |cpus, window| cpus.or(window.cpus))
    }

    fn index_groups(&mut self) {
        let len = self.windows.len();
        for end in 0..len {
            self.windows.at_mut(end).sorted = u16::try_from(end).unwrap_or(u16::MAX);
            let mut at = end;
            while at > 0 && family(self.by_group(at)) < family(self.by_group(at - 1)) {
                let (lower, upper) = (self.windows.at(at - 1).sorted, self.windows.at(at).sorted);
                self.windows.at_mut(at - 1).sorted = upper;
                self.windows.at_mut(at).sorted = lower;
                at -= 1;
            }
        }
        let mut previous: Option<((u8, Group), Duration)> = None;
        for rank in 0..len {
            let window = *self.by_group(rank);
            let reach = match previous {
                Some((last, reach)) if last == family(&window) => reach.max(window.end()),
                _ => window.end(),
            };
            self.windows.at_mut(rank).reach = reach;
            previous = Some((family(&window), reach));
        }
    }
}

/// What the windows of one partition in one schedule have in common.
fn family(window: &Window) -> (u8, Group) {
    (window.schedule, window.group)
}

/// By what the table is sorted.
fn order(window: &Window) -> (u8, Duration) {
    (window.schedule, window.start)
}

//! A table of windows with its index: what is in force on a pCPU, what comes next, and when a partition
//! has its next window.
//!
//! The windows are sorted by schedule, then start. To find the next window *of a pCPU* among them without walking over
//! those of all others, each carries the OR of the pCPU sets of a run of windows whose length is a power
//! of two, as in Fenwick's binary indexed tree: `behind` of entry i covers the 2^k entries that end with
//! i, where 2^k is the largest power of two that divides i + 1; `ahead` covers the 2^k that begin with i,
//! where 2^k divides i. A search enters runs that hold the pCPU and leaps over the others: O(log² w).

use crate::{PoolParams, SCHEDULES, Window};
use core::ops::Range;
use sched::{Cpu, CpuSet, Duration, Group, Instant, Refused, Table};

/// A valid table with its index.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Plan<W> {
    windows: Table<Window, W>,
    frame: Duration,
    /// Where the windows of each schedule begin and end.
    ranges: [(u16, u16); SCHEDULES],
    active: u8,
}

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

    pub(crate) fn frame(&self) -> Duration {
        self.frame
    }

    /// The schedule in force.
    pub(crate) fn active(&self) -> u8 {
        self.active
    }

    /// Puts another schedule in force; all places in the frame have to be looked up again.
    pub(crate) fn activate(&mut self, schedule: u8) {
        self.active = schedule;
    }

    /// True if the schedule has windows.
    pub(crate) fn has(&self, schedule: u8) -> bool {
        !self.range(schedule).is_empty()
    }

    /// The entries of a schedule.
    fn range(&self, schedule: u8) -> Range<usize> {
        let (start, end) = self.ranges.get(usize::from(schedule)).copied().unwrap_or((0, 0));
        usize::from(start)..usize::from(end)
    }

    pub(crate) fn at(&self, index: u16) -> &Window {
        self.windows.at(usize::from(index))
    }

    /// The first window of `cpu` in the schedule in force, from entry `from` on.
    #[inline(never)]
    pub(crate) fn ahead(&self, from: usize, cpu: Cpu) -> Option<u16> {
        let (range, len) = (self.range(self.active), self.windows.len());
        let mut at = from.max(range.start);
        while at < range.end {
            let window = self.windows.at(at);
            if window.cpus.contains(cpu) {
                return u16::try_from(at).ok();
            }
            let leap = if window.ahead.contains(cpu) { 1 } else { run_length(at, len) };
            at = at.saturating_add(leap);
        }
        None
    }

    /// The last window of `cpu` in the schedule in force among the first `count` entries of the table.
    fn behind(&self, count: usize, cpu: Cpu) -> Option<u16> {
        let (mut at, least) = (count, self.range(self.active).start);
        while at > least {
            let window = self.windows.at(at - 1);
            if window.cpus.contains(cpu) {
                return u16::try_from(at - 1).ok();
            }
            let leap = if window.behind.contains(cpu) { 1 } else { run_length(at, at) };
            at = at.saturating_sub(leap);
        }
        None
    }

    /// The last window of `cpu` that starts at `phase` or before it.
    #[inline(never)]
    pub(crate) fn last_started(&self, phase: Duration, cpu: Cpu) -> Option<u16> {
        let range = self.range(self.active);
        let windows = self.windows.as_slice().get(range.clone()).unwrap_or_default();
        let count = windows.partition_point(|window| window.start <= phase);
        self.behind(range.start.saturating_add(count), cpu)
    }

    // [ARINC-R-03]
    /// The start of the major frame in which `now` lies, and the time since.
    pub(crate) fn phase(&self, now: Instant) -> (Instant, Duration) {
        let phase = Duration::from_nanos(now.nanos().checked_rem(self.frame.nanos()).unwrap_or(0));
        (now - phase, phase)
    }

    // [ARINC-R-07]
    /// `now` if it lies in a window of `group`, else the next start of one; never, without windows. Another
    /// schedule may come into force in between, so all of them count.
    pub(crate) fn next_in(&self, group: Group, now: Instant) -> Instant {
        let all = self.ranges.iter().map(|(start, end)| usize::from(*start)..usize::from(*end));
        let used = all.filter(|range| !range.is_empty());
        used.fold(Instant::MAX, |soonest, range| soonest.min(self.next_among(range, group, now)))
    }

    #[inline(never)]
    fn next_among(&self, range: Range<usize>, group: Group, now: Instant) -> Instant {
        let (start, phase) = self.phase(now);
        let count = self.rank_of(&range, group, phase, true);
        let last = self.windows.at(count.wrapping_sub(1));
        if count > range.start && self.by_group(count - 1).group == group && phase < last.reach {
            return now;
        }
        let next = self.by_group(count);
        if count < range.end && next.group == group {
            return start + next.start;
        }
        let first = self.rank_of(&range, group, Duration::ZERO, false);
        let again = self.by_group(first);
        if first < range.end && again.group == group { start + self.frame + again.start } else { Instant::MAX }
    }

    /// The window of entry `rank` of the table sorted by schedule, partition and start.
    fn by_group(&self, rank: usize) -> &Window {
        self.at(self.windows.at(rank).sorted)
    }

    /// Behind how many entries of that table (`group`, `phase`) lies in `range`, itself included or not.
    #[inline(never)]
    fn rank_of(&self, range: &Range<usize>, group: Group, phase: Duration, included: bool) -> usize {
        let entries = self.windows.as_slice().get(range.clone()).unwrap_or_default();
        let before = entries.partition_point(|entry| {
            let window = self.at(entry.sorted);
            let key = (window.group, window.start);
            key < (group, phase) || (included && key == (group, phase))
        });
        range.start.saturating_add(before)
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

/// The largest power of two that divides `at`; `all` for 0, which everything divides.
fn run_length(at: usize, all: usize) -> usize {
    if at == 0 { all.max(1) } else { at & at.wrapping_neg() }
}

/// What the windows of one partition in one schedule have in common.
fn family(window: &Window) -> (u8, Group) {
    (window.schedule, window.group)
}

/// By what the table is sorted.
fn order(window: &Window) -> (u8, Duration) {
    (window.schedule, window.start)
}

//! A table of windows with its index: what is in force on a pCPU, what comes next, and when a partition
//! has its next window.
//!
//! The windows are sorted by schedule, then start. To find the next window *of a pCPU* among them without walking over
//! those of all others, each carries the OR of the pCPU sets of a run of windows whose length is a power
//! of two, as in Fenwick's binary indexed tree: `behind` of entry i covers the 2^k entries that end with
//! i, where 2^k is the largest power of two that divides i + 1; `ahead` covers the 2^k that begin with i,
//! where 2^k divides i. A search enters runs that hold the pCPU and leaps over the others: O(log² w).

mod build;

use crate::{SCHEDULES, Window};
use core::ops::Range;
use sched::{Cpu, Duration, Group, Instant, Table};

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
}

/// The largest power of two that divides `at`; `all` for 0, which everything divides.
fn run_length(at: usize, all: usize) -> usize {
    if at == 0 { all.max(1) } else { at & at.wrapping_neg() }
}

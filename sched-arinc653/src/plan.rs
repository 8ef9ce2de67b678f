//! A table of windows with its index: what is in force on a pCPU, what comes next, and when a partition
//! has its next window.
//!
//! The windows are sorted by start. To find the next window *of a pCPU* among them without walking over
//! those of all others, each carries the OR of the pCPU sets of a run of windows whose length is a power
//! of two, as in Fenwick's binary indexed tree: `behind` of entry i covers the 2^k entries that end with
//! i, where 2^k is the largest power of two that divides i + 1; `ahead` covers the 2^k that begin with i,
//! where 2^k divides i. A search enters runs that hold the pCPU and leaps over the others: O(log² w).

use crate::{PoolParams, Window};
use sched::{Cpu, CpuSet, Duration, Group, Instant, Refused, Table};

/// A valid table with its index.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Plan<W> {
    windows: Table<Window, W>,
    frame: Duration,
}

impl<W: AsRef<[Window]> + AsMut<[Window]>> Plan<W> {
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
        let mut plan = Self { windows: Table::new(windows, Window::EMPTY), frame: params.major_frame };
        plan.sort();
        plan.index_cpus();
        plan.index_groups();
        Ok(plan)
    }

    pub(crate) fn frame(&self) -> Duration {
        self.frame
    }

    pub(crate) fn at(&self, index: u16) -> &Window {
        self.windows.at(usize::from(index))
    }

    /// The first window of `cpu` among the entries from `from` on.
    pub(crate) fn ahead(&self, from: usize, cpu: Cpu) -> Option<u16> {
        let (mut at, len) = (from, self.windows.len());
        while at < len {
            let window = self.windows.at(at);
            if window.cpus.contains(cpu) {
                return u16::try_from(at).ok();
            }
            let leap = if window.ahead.contains(cpu) { 1 } else { run_length(at, len) };
            at = at.saturating_add(leap);
        }
        None
    }

    /// The last window of `cpu` among the first `count` entries.
    fn behind(&self, count: usize, cpu: Cpu) -> Option<u16> {
        let mut at = count.min(self.windows.len());
        while at > 0 {
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
    pub(crate) fn last_started(&self, phase: Duration, cpu: Cpu) -> Option<u16> {
        let count = self.windows.as_slice().partition_point(|window| window.start <= phase);
        self.behind(count, cpu)
    }

    /// The start of the major frame in which `now` lies, and the time since.
    pub(crate) fn phase(&self, now: Instant) -> (Instant, Duration) {
        let phase = Duration::from_nanos(now.nanos().checked_rem(self.frame.nanos()).unwrap_or(0));
        (now - phase, phase)
    }

    /// `now` if it lies in a window of `group`, else the next start of one; never, without windows.
    pub(crate) fn next_in(&self, group: Group, now: Instant) -> Instant {
        let (start, phase) = self.phase(now);
        let count = self.rank_of(group, phase, true);
        let last = self.windows.at(count.wrapping_sub(1));
        if count > 0 && self.by_group(count - 1).group == group && phase < last.reach {
            return now;
        }
        let next = self.by_group(count);
        if count < self.windows.len() && next.group == group {
            return start + next.start;
        }
        let first = self.rank_of(group, Duration::ZERO, false);
        let again = self.by_group(first);
        if first < self.windows.len() && again.group == group { start + self.frame + again.start } else { Instant::MAX }
    }

    /// The window of entry `rank` of the table sorted by partition and start.
    fn by_group(&self, rank: usize) -> &Window {
        self.at(self.windows.at(rank).sorted)
    }

    /// How many entries of that table lie before (`group`, `phase`), itself included or not.
    fn rank_of(&self, group: Group, phase: Duration, included: bool) -> usize {
        self.windows.as_slice().partition_point(|entry| {
            let window = self.at(entry.sorted);
            let key = (window.group, window.start);
            key < (group, phase) || (included && key == (group, phase))
        })
    }

    /// Sorts by start, by insertion: at boot only, and tables usually come sorted.
    fn sort(&mut self) {
        let windows = self.windows.as_mut_slice();
        for end in 1..windows.len() {
            let mut at = end;
            while at > 0 && before(windows, at, |window| window.start.nanos()) {
                windows.swap(at, at - 1);
                at -= 1;
            }
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
            while at > 0 && self.by_group(at).group < self.by_group(at - 1).group {
                let (lower, upper) = (self.windows.at(at - 1).sorted, self.windows.at(at).sorted);
                self.windows.at_mut(at - 1).sorted = upper;
                self.windows.at_mut(at).sorted = lower;
                at -= 1;
            }
        }
        let mut previous: Option<(Group, Duration)> = None;
        for rank in 0..len {
            let window = *self.by_group(rank);
            let reach = match previous {
                Some((group, reach)) if group == window.group => reach.max(window.end()),
                _ => window.end(),
            };
            self.windows.at_mut(rank).reach = reach;
            previous = Some((window.group, reach));
        }
    }
}

/// The largest power of two that divides `at`; `all` for 0, which everything divides.
fn run_length(at: usize, all: usize) -> usize {
    if at == 0 { all.max(1) } else { at & at.wrapping_neg() }
}

/// True if entry `at` belongs before the one in front of it.
fn before(windows: &[Window], at: usize, key: impl Fn(&Window) -> u64) -> bool {
    match (windows.get(at.wrapping_sub(1)), windows.get(at)) {
        (Some(front), Some(here)) => key(here) < key(front),
        _ => false,
    }
}

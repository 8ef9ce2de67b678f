//! What a picture shows, still in nanoseconds: pools, their vCPUs, and what happened to each.

use super::SHAPES_MAX;
use super::svg::Mark;
use crate::metrics::Run;
use crate::metrics::running::Running;
use crate::metrics::tasks::{self, Task};
use crate::plan::{Partition, Pool};
use core::ops::Range;
use sched::Cpu;

/// A pool.
pub(crate) struct Block {
    pub(crate) heading: String,
    pub(crate) rows: Vec<Row>,
}

/// A vCPU. Everything lies within the stretch that is drawn.
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) bars: Vec<(Cpu, Range<u64>)>,
    pub(crate) windows: Vec<Range<u64>>,
    pub(crate) releases: Vec<u64>,
    pub(crate) completions: Vec<u64>,
    pub(crate) misses: Vec<u64>,
}

impl Row {
    pub(crate) fn places(&self, mark: Mark) -> &[u64] {
        match mark {
            Mark::Release => &self.releases,
            Mark::Done => &self.completions,
            Mark::Miss => &self.misses,
        }
    }
}

/// All pools within `span`; `None` if they have more shapes than a picture may have.
pub(crate) fn blocks(run: &Run<'_>, span: &Range<u64>) -> Option<Vec<Block>> {
    let tasks = tasks::tasks(run);
    let mut room = SHAPES_MAX;
    let mut blocks = Vec::new();
    for (index, pool) in run.plan.pools.iter().enumerate() {
        let running = Running::of(run, index);
        let mut rows = Vec::new();
        for (number, partition) in run.plan.partitions.iter().enumerate().filter(|(_, one)| one.pool == index) {
            let windows: Vec<_> = windows(pool, partition, span).take(room + 1).collect();
            for vcpu in 0..partition.vcpus.len() {
                let tasks =
                    tasks.iter().filter(|task| task.partition == number && usize::from(task.report.vcpu) == vcpu);
                let row = row(partition, vcpu, &running, &windows, tasks, span, &mut room)?;
                rows.push(row);
            }
        }
        blocks.push(Block { heading: format!("pool {} under {}", pool.name, pool.scheduler), rows });
    }
    Some(blocks)
}

fn row<'a>(
    partition: &Partition,
    vcpu: usize,
    running: &Running,
    windows: &[Range<u64>],
    tasks: impl Iterator<Item = &'a Task>,
    span: &Range<u64>,
    room: &mut usize,
) -> Option<Row> {
    let in_pool = usize::from(partition.first_vcpu) + vcpu;
    let ran = running.intervals(in_pool).iter();
    let bars = ran.filter_map(|ran| Some((ran.cpu, cut(ran.from.nanos()..ran.to.nanos(), span)?)));
    let closed: Vec<_> = tasks.flat_map(|task| &task.closed).collect();
    let row = Row {
        label: if partition.vcpus.len() == 1 { partition.name.clone() } else { format!("{}.{vcpu}", partition.name) },
        bars: fit(bars, room)?,
        windows: fit(windows.iter().cloned(), room)?,
        releases: fit(closed.iter().flat_map(|closed| closed.releases(span)), room)?,
        completions: fit(closed.iter().flat_map(|closed| closed.completions(span)), room)?,
        misses: fit(closed.iter().flat_map(|closed| closed.misses(span)), room)?,
    };
    Some(row)
}

/// Takes shapes as long as there is room; `None` if there are more. A declaration with a tiny period, or a tiny
/// major frame, must not fill the memory.
fn fit<T>(shapes: impl Iterator<Item = T>, room: &mut usize) -> Option<Vec<T>> {
    let taken: Vec<T> = shapes.take(*room + 1).collect();
    *room = room.checked_sub(taken.len())?;
    Some(taken)
}

/// The windows of a partition under the schedule in force at boot.
fn windows<'a>(
    pool: &'a Pool,
    partition: &'a Partition,
    span: &'a Range<u64>,
) -> impl Iterator<Item = Range<u64>> + 'a {
    let frame = pool.params.and_then(|params| params.get("major_frame")).filter(|frame| *frame > 0);
    let starts = frame.into_iter().flat_map(|frame| {
        let first = span.start / frame;
        (first..).map_while(move |number| number.checked_mul(frame)).take_while(|began| *began < span.end)
    });
    starts.flat_map(move |began| {
        let own = pool.entries_in_force().filter(|(_, entry)| entry.get("partition") == Some(partition.group as u64));
        own.filter_map(move |(_, entry)| {
            let from = began.saturating_add(entry.get("start")?);
            cut(from..from.saturating_add(entry.get("length")?), span)
        })
    })
}

/// The part of a time that lies within `span`, if any does.
fn cut(time: Range<u64>, span: &Range<u64>) -> Option<Range<u64>> {
    let cut = time.start.max(span.start)..time.end.min(span.end);
    (!cut.is_empty()).then_some(cut)
}

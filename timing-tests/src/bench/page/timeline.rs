//! A schedule over time: a line for each vCPU, bars where it ran, and what its tasks marked.
//!
//! Across, the drawing counts in nanoseconds and the page stretches it; so nothing is rounded, and moving or
//! enlarging it means to choose another part. Strokes keep their width, whatever the part: a bar is never invisible,
//! and a dot stays round.

use super::html::{escaped, more, short};
use super::{Shown, TRACES_MAX};
use crate::bench::Unit;
use crate::human;
use crate::metrics::{Run, tasks, unit_name};
use crate::picture::rows::{self, Block, Row};
use crate::picture::svg::colour;
use core::ops::Range;
use sched::CpuSet;

/// The height of a line, and of a bar in it.
const LINE: u64 = 30;
const BAR: u64 = 14;
/// The most lines of a timeline.
const LINES_MAX: usize = 64;
/// What is seen at first.
const FIRST: u64 = 40_000_000;
/// Marks of the time axis that stand there without a script.
const TICKS: u64 = 5;

/// The timelines of all traces.
pub(super) fn all(traces: &[Shown<'_>]) -> String {
    let timelines: String = traces.iter().take(TRACES_MAX).map(one).collect();
    timelines + &more(traces.len().saturating_sub(TRACES_MAX), "traces")
}

fn one(shown: &Shown<'_>) -> String {
    let run = Run::new(shown.recording, shown.plan);
    let heading = format!("<h3>{}</h3>\n", escaped(&shown.name));
    let Some((span, blocks)) = longest(&run) else {
        return format!("{heading}<p class=\"note\">There is nothing to be drawn in this trace.</p>\n");
    };
    let deadlines = deadlines(&run, &blocks, &span);
    let named = blocks.iter().flat_map(|block| block.rows.iter().map(move |row| (block.heading.as_str(), row)));
    let mut lines: Vec<(&str, &Row)> = named.collect();
    let left_out = more(lines.len().saturating_sub(LINES_MAX), "vCPUs");
    lines.truncate(LINES_MAX);
    let labels: String = lines.iter().map(|(pool, row)| label(pool, row)).collect();
    let shapes: String =
        lines.iter().zip(&deadlines).zip(0..).map(|(((_, row), due), at)| shapes(row, due, at)).collect();
    let (end, height) = (span.end, lines.len() as u64 * LINE);
    let first = end.min(FIRST);
    let until = short(end as f64, Unit::Ns);
    let shades = lines.iter().any(|(_, row)| !row.windows.is_empty());
    let shades = if shades { ", shades the windows of a time table" } else { "" };
    format!(
        "{heading}<p class=\"note\">The first {until} of the trace, in {unit}. Lines are vCPUs{shades}.</p>\n{legend}\
         <div class=\"timeline\" data-end=\"{end}\" data-line=\"{LINE}\">\n\
         <div class=\"tools\" hidden=\"hidden\"><button type=\"button\" data-do=\"in\" aria-label=\"enlarge\">+</button>\
         <button type=\"button\" data-do=\"out\" aria-label=\"reduce\">−</button>\
         <button type=\"button\" data-do=\"left\" aria-label=\"earlier\">←</button>\
         <button type=\"button\" data-do=\"right\" aria-label=\"later\">→</button>\
         <button type=\"button\" data-do=\"all\">all</button><output></output></div>\n\
         <div class=\"names\">{labels}</div>\n\
         <div class=\"view\"><svg class=\"plot\" viewBox=\"0 0 {first} {height}\" preserveAspectRatio=\"none\" \
         height=\"{height}\" tabindex=\"0\" role=\"img\"><title>{name}</title>\n{shapes}</svg>\n\
         <svg class=\"axis\" height=\"22\">{ticks}</svg></div>\n</div>\n{left_out}",
        legend = legend(&lines),
        unit = unit_name(shown.recording.unit),
        name = escaped(&shown.name),
        ticks = ticks(first),
    )
}

/// What the shapes mean; bars have the colours of their pCPUs.
fn legend(lines: &[(&str, &Row)]) -> String {
    let ran = lines.iter().flat_map(|(_, row)| &row.bars);
    let cpus = ran.fold(CpuSet::EMPTY, |set, (cpu, _)| set.or(CpuSet::only(*cpu)));
    let entry = |class: &str, text: &str| format!("<span><i class=\"dot {class}\"></i> {text}</span>");
    let on: String = cpus.iter().map(|cpu| entry(&colour(cpu), &format!("on pCPU {}", cpu.0))).collect();
    let marks = [("release", "release"), ("deadline", "deadline"), ("done", "completion"), ("miss", "deadline missed")];
    let marks = marks.map(|(class, text)| entry(class, text)).concat();
    format!("<p class=\"key\">{on}{marks}</p>\n")
}

/// The longest beginning of the trace, by halving, that has no more shapes than a picture may have.
fn longest(run: &Run<'_>) -> Option<(Range<u64>, Vec<Block>)> {
    let ends =
        core::iter::successors(Some(run.known.first_end().nanos()), |end| Some(end / 2)).take_while(|end| *end > 0);
    let mut spans = ends.map(|end| 0..end);
    spans.find_map(|span| rows::blocks(run, &span).map(|blocks| (span, blocks)))
}

/// The deadlines of each line, no more of them than it has releases.
fn deadlines(run: &Run<'_>, blocks: &[Block], span: &Range<u64>) -> Vec<Vec<u64>> {
    let tasks = tasks::tasks(run);
    let most = |row: &Row| row.releases.len();
    let of = |partition: usize, vcpu: usize, row: &Row| {
        let own = tasks.iter().filter(|task| task.partition == partition && usize::from(task.report.vcpu) == vcpu);
        let closed = own.flat_map(|task| &task.closed);
        closed.flat_map(|closed| closed.deadlines(span)).take(most(row)).collect()
    };
    let mut all = Vec::new();
    for (pool, block) in blocks.iter().enumerate() {
        let partitions = run.plan.partitions.iter().enumerate().filter(|(_, partition)| partition.pool == pool);
        let lines = partitions.flat_map(|(index, partition)| (0..partition.vcpus.len()).map(move |vcpu| (index, vcpu)));
        all.extend(lines.zip(&block.rows).map(|((partition, vcpu), row)| of(partition, vcpu, row)));
    }
    all
}

/// The name of a vCPU; its pool is in the title, or the lines would not stand at equal distances.
fn label(pool: &str, row: &Row) -> String {
    let name = escaped(&row.label);
    format!("<span title=\"{name}: {}\">{name}</span>", escaped(pool))
}

/// All shapes of one line.
fn shapes(row: &Row, deadlines: &[u64], line: u64) -> String {
    let (top, base) = (line * LINE, (line + 1) * LINE - 5);
    let mut text = format!("<g data-row=\"{}\">", escaped(&row.label));
    let mut path = |class: &str, path: String| {
        if !path.is_empty() {
            text += &format!("<path class=\"{class}\" d=\"{path}\"/>");
        }
    };
    let boxes = |spans: &mut dyn Iterator<Item = &Range<u64>>, y: u64, height: u64| -> String {
        spans.map(|span| format!("M{} {y}h{}v{height}H{0}z", span.start, span.end - span.start)).collect()
    };
    let lines = |places: &[u64], from: u64, to: u64| -> String {
        places.iter().map(|at| format!("M{at} {from}V{to}")).collect()
    };
    // A stroke of no length with a round end is a dot.
    let dots = |places: &[u64], y: u64| -> String { places.iter().map(|at| format!("M{at} {y}h0")).collect() };
    path("window", boxes(&mut row.windows.iter(), top + 1, LINE - 2));
    for cpu in CpuSet::ALL.iter() {
        let mut here = row.bars.iter().filter(|(at, _)| *at == cpu).map(|(_, ran)| ran);
        path(&format!("run {}", colour(cpu)), boxes(&mut here, base - BAR, BAR));
    }
    path("release", lines(&row.releases, top + 4, base + 3));
    path("deadline", lines(deadlines, top + 2, top + 9));
    path("done", dots(&row.completions, base - BAR / 2));
    path("miss", lines(&row.misses, top + 2, base + 3));
    text + "</g>\n"
}

/// Marks of the axis for the part that is seen at first.
fn ticks(first: u64) -> String {
    let one = |index: u64| {
        let (share, at) = (index * 100 / TICKS, u128::from(first) * u128::from(index) / u128::from(TICKS));
        let anchor = match index {
            0 => "start",
            TICKS => "end",
            _ => "middle",
        };
        format!(
            "<text x=\"{share}%\" y=\"15\" text-anchor=\"{anchor}\">{}</text>",
            human::duration(at as u64).replace("us", "µs")
        )
    };
    (0..=TICKS).map(one).collect()
}

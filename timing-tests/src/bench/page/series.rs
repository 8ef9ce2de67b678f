//! Latency over the number of the job, and the start error of windows over the number of the frame: whether
//! something grows, or comes back with a period.

use super::html::{count, escaped, more, short};
use super::plot::{BOTTOM, LEFT, Plot, RIGHT, TOP};
use super::scale::{Samples, Scale, place};
use super::{CHARTS_MAX, Shown};
use crate::bench::Unit;
use crate::metrics::{Run, WindowReport, tasks, windows};

/// Into how many columns a series is gathered; each shows its least and its largest sample.
const COLUMNS: u64 = 300;

/// A chart for each task and window of each trace; what never changes is a line of text.
pub(super) fn all(traces: &[Shown<'_>]) -> String {
    let (mut charts, mut constant) = (Vec::new(), Vec::new());
    for series in traces.iter().flat_map(of_trace) {
        match series.chart() {
            Some(chart) => charts.push(chart),
            None => constant.extend(series.sentence()),
        }
    }
    if charts.is_empty() && constant.is_empty() {
        return String::new();
    }
    let left_out = charts.len().saturating_sub(CHARTS_MAX) + constant.len().saturating_sub(CHARTS_MAX);
    let cards: String = charts.into_iter().take(CHARTS_MAX).collect();
    let mut text = format!("<div class=\"cards\">\n{cards}</div>\n");
    if !constant.is_empty() {
        let lines: String = constant.into_iter().take(CHARTS_MAX).collect();
        text += &format!("<p>Without any change:</p>\n<ul class=\"flat\">\n{lines}</ul>\n");
    }
    text + &more(left_out, "series")
}

/// Samples by their number.
struct Series<'a> {
    trace: &'a str,
    heading: String,
    /// What is numbered.
    over: &'static str,
    points: Vec<(u64, u64)>,
    unit: Unit,
}

fn of_trace<'a>(shown: &'a Shown<'_>) -> Vec<Series<'a>> {
    let run = Run::new(shown.recording, shown.plan);
    let unit = Unit::of_times(shown.recording.unit);
    let trace = shown.name.as_str();
    let task = |task: &tasks::Task| {
        let name = shown.plan.partition_name(task.partition);
        let heading = format!("latency of task {name}.{}.{}", task.report.vcpu, task.report.task);
        Series { trace, heading, over: "job", points: points(&task.latencies()), unit }
    };
    let window = |(window, points): (WindowReport, Vec<(u64, u64)>)| {
        let heading = format!("start error of window {} of {} on pCPU {}", window.window, window.partition, window.cpu);
        Series { trace, heading, over: "frame", points, unit }
    };
    let tasks = tasks::tasks(&run);
    tasks.iter().map(task).chain(windows::with_errors(&run).into_iter().map(window)).collect()
}

/// Samples with their numbers from 0.
fn points(samples: &[u64]) -> Vec<(u64, u64)> {
    (0..).zip(samples.iter().copied()).collect()
}

impl Series<'_> {
    /// The least and the largest sample; none without two samples.
    fn ends(&self) -> Option<(u64, u64)> {
        let values = || self.points.iter().map(|(_, value)| *value);
        values().min().zip(values().max()).filter(|_| self.points.len() > 1)
    }

    /// That all samples are the same.
    fn sentence(&self) -> Option<String> {
        let (value, n) = (count(self.ends()?.0), count(self.points.len() as u64));
        let (trace, heading) = (escaped(self.trace), escaped(&self.heading));
        Some(format!("<li>{trace}, {heading}: <b>{value}</b> {} in all {n} {}s</li>\n", self.unit, self.over))
    }

    /// A chart, unless nothing changes.
    fn chart(&self) -> Option<String> {
        let Self { trace, heading, over, points, unit } = self;
        let (least, most) = self.ends().filter(|(least, most)| least < most)?;
        let (first, last) = (points.first()?.0, points.last()?.0);
        let x = Scale::linear(first as f64, last as f64, LEFT, RIGHT);
        let y = Samples::new(least, most, BOTTOM, TOP);
        let up = |at| y.label(at, *unit);
        let mut plot = Plot::new(heading, (x, &|at| short(at, Unit::Count)), (y.scale, &up));
        let (mut ranges, mut dots) = (String::new(), String::new());
        for (number, low, high) in columns(points) {
            let [at, bottom, top] = [x.at(number as f64), y.at(low), y.at(high)].map(place);
            dots += &format!("M{at} {bottom}h0");
            if top != bottom {
                dots += &format!("M{at} {top}h0");
                ranges += &format!("M{at} {bottom}V{top}");
            }
        }
        plot.path("ranges", &ranges);
        plot.path("dots", &dots);
        Some(format!(
            "<figure class=\"card\">\n<figcaption><b>{}</b><small>{}: {} {over}s, {} to {} {unit}</small></figcaption>\n{}\
         </figure>\n",
            escaped(heading),
            escaped(trace),
            count(points.len() as u64),
            count(least),
            count(most),
            plot.finish()
        ))
    }
}

/// Points, ascending by number, in columns: where, the least, the largest.
fn columns(points: &[(u64, u64)]) -> Vec<(u64, u64, u64)> {
    let Some((first, last)) = points.first().zip(points.last()) else { return Vec::new() };
    let width = (last.0.abs_diff(first.0) / COLUMNS).max(1);
    let mut columns: Vec<(u64, u64, u64)> = Vec::new();
    for &(number, value) in points {
        let column = first.0 + number.saturating_sub(first.0) / width * width;
        match columns.last_mut() {
            Some((at, low, high)) if *at == column => (*low, *high) = (value.min(*low), value.max(*high)),
            _ => columns.push((column, value, value)),
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn few_points_stand_alone_and_many_in_columns_of_their_extremes() {
        assert_eq!(columns(&[(7, 5), (8, 6), (10, 4)]), [(7, 5, 5), (8, 6, 6), (10, 4, 4)]);
        let many: Vec<(u64, u64)> =
            (0..100_000).map(|at| (at, if at == 55_555 { 999 } else { 100 + at % 2 })).collect();
        let columns = columns(&many);
        assert!((250..=320).contains(&columns.len()), "{}", columns.len());
        assert_eq!(columns.iter().filter(|(_, _, high)| *high == 999).count(), 1);
        assert!(columns.iter().all(|(_, low, _)| *low == 100));
        assert_eq!(super::columns(&[]), []);
    }
}

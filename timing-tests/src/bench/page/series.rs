//! Latency over the number of the job, and the start error of windows over the number of the frame: whether
//! something grows, or comes back with a period.

use super::html::{count, escaped, more, short};
use super::plot::{BOTTOM, LEFT, Plot, RIGHT, TOP};
use super::scale::{Samples, Scale, place};
use super::{CHARTS_MAX, Shown};
use crate::bench::Unit;
use crate::metrics::{Run, tasks, windows};

/// Into how many columns a series is gathered; each shows its least and its largest sample.
const COLUMNS: u64 = 300;

/// A chart for each task and window of each trace.
pub(super) fn all(traces: &[Shown<'_>]) -> String {
    let charts: Vec<String> = traces.iter().flat_map(of_trace).collect();
    if charts.is_empty() {
        return String::new();
    }
    let left_out = more(charts.len().saturating_sub(CHARTS_MAX), "series");
    format!("<div class=\"cards\">\n{}</div>\n{left_out}", charts.into_iter().take(CHARTS_MAX).collect::<String>())
}

fn of_trace(shown: &Shown<'_>) -> Vec<String> {
    let run = Run::new(shown.recording, shown.plan);
    let unit = Unit::of_times(shown.recording.unit);
    let task = |task: &tasks::Task| {
        let name = shown.plan.partition_name(task.partition);
        let heading = format!("latency of task {name}.{}.{}", task.report.vcpu, task.report.task);
        chart(&shown.name, &heading, "job", &points(&task.latencies()), unit)
    };
    let window = |(window, errors): &(crate::metrics::WindowReport, Vec<(u64, u64)>)| {
        let heading = format!("start error of window {} of {} on pCPU {}", window.window, window.partition, window.cpu);
        chart(&shown.name, &heading, "frame", errors, unit)
    };
    let tasks = tasks::tasks(&run);
    let windows = windows::with_errors(&run);
    tasks.iter().filter_map(task).chain(windows.iter().filter_map(window)).collect()
}

/// Samples with their numbers from 0.
fn points(samples: &[u64]) -> Vec<(u64, u64)> {
    (0..).zip(samples.iter().copied()).collect()
}

/// A chart; none of less than two points.
fn chart(trace: &str, heading: &str, over: &str, points: &[(u64, u64)], unit: Unit) -> Option<String> {
    let (first, last) = (points.first()?.0, points.last().filter(|_| points.len() > 1)?.0);
    let least = points.iter().map(|(_, value)| *value).min()?;
    let most = points.iter().map(|(_, value)| *value).max()?;
    let x = Scale::linear(first as f64, last as f64, LEFT, RIGHT);
    let y = Samples::new(least, most, BOTTOM, TOP);
    let up = |at| y.label(at, unit);
    let mut plot = Plot::new(heading, (x, &|at| short(at, Unit::Count)), (y.scale, &up));
    let path = columns(points).into_iter().map(|(at, low, high)| {
        let (top, bottom) = (place(y.at(high)), place(y.at(low)));
        format!("M{} {bottom}{}", place(x.at(at as f64)), if top == bottom { "h0".into() } else { format!("V{top}") })
    });
    plot.path("dots", &path.collect::<String>());
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

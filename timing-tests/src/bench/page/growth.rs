//! What grows with the size of a system: cost against the number of vCPUs, partitions or pCPUs.
//!
//! A row takes part if its subject ends in " at N THINGS", for example "pick at 1000 vCPUs".

use super::CHARTS_MAX;
use super::html::{escaped, more, short};
use super::plot::{BOTTOM, LEFT, Plot, RIGHT, TOP};
use super::scale::{Scale, place};
use crate::bench::{Results, Row, Statistic, Unit};
use std::collections::BTreeMap;

/// How many lines of a chart have colours of their own.
const COLOURS: usize = 6;

/// The most lines of a chart, and points of a line.
const LINES_MAX: usize = 12;
const POINTS_MAX: usize = 500;

/// What a chart shows: architecture, scenario, subject without its number, things, quantity.
type Chart<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);
/// Its lines, by scheduler: number of things, the row.
type Lines<'a> = BTreeMap<&'a str, BTreeMap<u64, &'a Row>>;

/// A chart for each subject that was measured at two sizes or more.
pub(super) fn all(results: &Results) -> String {
    let mut charts: BTreeMap<Chart<'_>, Lines<'_>> = BTreeMap::new();
    for row in &results.rows {
        let Some((subject, number, things)) = sized(&row.key.subject) else { continue };
        let chart = (row.key.arch.as_str(), row.key.scenario.as_str(), subject, things, row.key.quantity.as_str());
        charts.entry(chart).or_default().entry(&row.key.scheduler).or_default().insert(number, row);
    }
    charts.retain(|_, lines| lines.values().any(|line| line.len() > 1));
    if charts.is_empty() {
        return String::new();
    }
    let cards: String = charts.iter().take(CHARTS_MAX).filter_map(|(chart, lines)| card(*chart, lines)).collect();
    format!("<div class=\"cards\">\n{cards}</div>\n{}", more(charts.len().saturating_sub(CHARTS_MAX), "charts"))
}

/// The parts of "SUBJECT at N THINGS".
pub(super) fn sized(subject: &str) -> Option<(&str, u64, &str)> {
    let (subject, size) = subject.rsplit_once(" at ")?;
    let (number, things) = size.split_once(' ')?;
    Some((subject, number.parse().ok()?, things))
}

fn card((arch, scenario, subject, things, quantity): Chart<'_>, lines: &Lines<'_>) -> Option<String> {
    let rows = || lines.values().flat_map(BTreeMap::values);
    let numbers = || lines.values().flat_map(BTreeMap::keys).copied();
    let unit = rows().next()?.unit;
    let most = rows().map(|row| largest(row)).reduce(f64::max)?;
    let x = Scale::log(numbers().min()?.max(1) as f64, numbers().max()? as f64, LEFT + 8.0, RIGHT);
    let y = Scale::linear(0.0, most * 1.08, BOTTOM, TOP);
    let title = format!("{subject}, {quantity} against {things}");
    let mut plot = Plot::new(&title, (x, &|at| short(at, Unit::Count)), (y, &|at| short(at, unit)));
    let mut legend = String::new();
    for (index, (scheduler, line)) in lines.iter().take(LINES_MAX).enumerate() {
        let colour = index % COLOURS;
        plot.path(&format!("line s{colour}"), &path(line, x, y, |row| row.figures.mean.value()));
        if line.values().any(|row| row.figures.order.is_some()) {
            plot.path(&format!("line s{colour} dashed"), &path(line, x, y, largest));
        }
        legend += &format!("<span><i class=\"dot s{colour}\"></i> {}</span>", escaped(scheduler));
    }
    let points = lines.values().map(|line| line.len().saturating_sub(POINTS_MAX)).sum();
    let left_out = more(lines.len().saturating_sub(LINES_MAX), "schedulers") + &more(points, "sizes");
    Some(format!(
        "<figure class=\"card\">\n<figcaption><b>{}</b><small>{} · {}; mean, dashed: max</small></figcaption>\n{}\
         <p class=\"key\">{legend}</p>\n{left_out}</figure>\n",
        escaped(&title),
        escaped(arch),
        escaped(scenario),
        plot.finish()
    ))
}

fn largest(row: &Row) -> f64 {
    row.figures.get(Statistic::Max).unwrap_or(row.figures.mean).value()
}

/// A line with a dot at each measurement.
fn path(line: &BTreeMap<u64, &Row>, x: Scale, y: Scale, figure: impl Fn(&Row) -> f64) -> String {
    let places =
        line.iter().take(POINTS_MAX).map(|(number, row)| (place(x.at(*number as f64)), place(y.at(figure(row)))));
    places.enumerate().map(|(at, (x, y))| format!("{}{x} {y}", if at == 0 { 'M' } else { 'L' })).collect()
}

#[cfg(test)]
mod tests {
    use super::sized;

    #[test]
    fn a_size_stands_at_the_end_of_a_subject() {
        assert_eq!(sized("pick at 1000 vCPUs"), Some(("pick", 1000, "vCPUs")));
        assert_eq!(sized("boot at noon at 3 partitions"), Some(("boot at noon", 3, "partitions")));
        for none in ["pick", "pick at 3", "pick at many vCPUs", "at 3 vCPUs", "pick at -1 vCPUs"] {
            assert_eq!(sized(none), None, "{none}");
        }
    }
}

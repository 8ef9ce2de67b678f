//! How samples are spread: a histogram, and the share of samples above each size, which shows the tail.

use super::CHARTS_MAX;
use super::html::{count, escaped, grouped, more, share, short};
use super::plot::{BOTTOM, Plot, TOP};
use super::plot::{LEFT, RIGHT};
use super::scale::{Scale, place};
use crate::bench::{Order, Results, Row, Unit};

/// A card for each row with more than one sample; those whose samples are all equal need no chart.
pub(super) fn all(results: &Results) -> String {
    let sampled = results.rows.iter().filter_map(|row| Some((row, row.figures.order.as_ref()?)));
    let (flat, spread): (Vec<_>, Vec<_>) =
        sampled.filter(|(row, _)| row.figures.n > 1).partition(|(_, order)| order.min == order.max);
    if flat.is_empty() && spread.is_empty() {
        return String::new();
    }
    let cards: String = spread.iter().take(CHARTS_MAX).map(|(row, order)| card(row, order)).collect();
    let constant: String = flat.iter().take(CHARTS_MAX).map(|(row, order)| constant(row, order)).collect();
    let left_out = spread.len().saturating_sub(CHARTS_MAX) + flat.len().saturating_sub(CHARTS_MAX);
    let mut text = format!("<div class=\"cards\">\n{cards}</div>\n");
    if !constant.is_empty() {
        text += &format!("<p>Without any spread:</p>\n<ul class=\"flat\">\n{constant}</ul>\n");
    }
    text + &more(left_out, "distributions")
}

fn constant(row: &Row, order: &Order) -> String {
    let n = count(row.figures.n);
    format!(
        "<li>{}: all {n} samples are <b>{}</b> {}</li>\n",
        escaped(&row.key.to_string()),
        count(order.max),
        row.unit
    )
}

fn card(row: &Row, order: &Order) -> String {
    let key = &row.key;
    let heading = format!("<b>{}</b> {}", escaped(&key.subject), escaped(&key.quantity));
    let place = [&key.arch, &key.scenario, &key.scheduler].map(|text| escaped(text)).join(" · ");
    let named = [("min", order.min), ("p50", order.p50), ("p99", order.p99), ("p99.9", order.p999), ("max", order.max)];
    let mut figures: String = named.iter().map(|(name, value)| figure(name, &count(*value))).collect();
    figures += &figure("mean", &grouped(row.figures.mean));
    figures += &figure("sd", &grouped(order.sd));
    figures += &figure("n", &count(row.figures.n));
    format!(
        "<figure class=\"card\">\n<figcaption>{heading}<small>{place}, {}</small></figcaption>\n{}{}\
         <dl class=\"figures\">{figures}</dl>\n</figure>\n",
        row.unit,
        histogram(row, order),
        tail(row, order)
    )
}

fn figure(name: &str, value: &str) -> String {
    format!("<div><dt>{name}</dt><dd>{value}</dd></div>")
}

fn histogram(row: &Row, order: &Order) -> String {
    let most = order.histogram.buckets().map(|(_, _, count)| count).max().unwrap_or(1);
    let x = Scale::fitting(order.min, order.max, LEFT, RIGHT);
    let y = Scale::log(0.7, most as f64 * 1.2, BOTTOM, TOP);
    let mut plot =
        Plot::new("Histogram: samples of each size", (x, &|at| short(at, row.unit)), (y, &|at| short(at, Unit::Count)));
    let bar = |(from, to, count): (u64, u64, u64)| {
        let (left, right) = (x.at(from as f64), x.at(to as f64));
        let (wide, top) = (place((right - left - 0.4).max(1.2)), place(y.at(count as f64)));
        format!("M{} {BOTTOM}V{top}h{wide}V{BOTTOM}z", place(left))
    };
    plot.path("bars", &order.histogram.buckets().map(bar).collect::<String>());
    limit(&mut plot, row);
    plot.finish()
}

/// The share of samples that are larger, by size, on a scale of ratios: what is rare becomes visible.
fn tail(row: &Row, order: &Order) -> String {
    let n = row.figures.n as f64;
    let x = Scale::fitting(order.min, order.max, LEFT, RIGHT);
    let y = Scale::log(0.5 / n, 1.0, BOTTOM, TOP);
    let mut plot = Plot::new("Share of the samples that are larger", (x, &|at| short(at, row.unit)), (y, &share));
    let mut line = format!("M{} {}", place(x.at(order.min as f64)), place(y.at(1.0)));
    let mut above = row.figures.n;
    for (_, to, count) in order.histogram.buckets() {
        above = above.saturating_sub(count);
        let end = to.saturating_sub(1).min(order.max) as f64;
        line += &format!("H{}V{}", place(x.at(end)), place(y.at(above as f64 / n)));
    }
    plot.path("line", &line);
    limit(&mut plot, row);
    plot.finish()
}

fn limit(plot: &mut Plot, row: &Row) {
    let Some(limit) = row.budget.map(|budget| budget.limit.value()) else { return };
    let most = row.figures.order.as_ref().map_or(0, |order| order.max) as f64;
    // A limit far away would lie about where it is.
    if limit <= most * 1.05 {
        plot.limit(limit);
    }
}

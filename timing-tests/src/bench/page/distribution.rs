//! How samples are spread: a histogram, and the share of samples above each size, which shows the tail.

use super::html::{count, escaped, grouped, more, share, short};
use super::plot::{BOTTOM, LEFT, Plot, RIGHT, TOP};
use super::scale::{Samples, Scale, place};
use super::{CHARTS_MAX, growth};
use crate::bench::{Order, Results, Row, Unit};

/// Fewer samples have no shape worth drawing.
const SAMPLES_MIN: u64 = 10;

/// A card for each row with [`SAMPLES_MIN`] samples or more; those whose samples are all equal need no chart, and
/// those of a size are in the charts about growth.
pub(super) fn all(results: &Results) -> String {
    let sampled = results.rows.iter().filter_map(|row| Some((row, row.figures.order.as_ref()?)));
    let (flat, spread): (Vec<_>, Vec<_>) = sampled.filter(is_shown).partition(|(_, order)| order.min == order.max);
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

fn is_shown((row, _): &(&Row, &Order)) -> bool {
    row.figures.n >= SAMPLES_MIN && growth::sized(&row.key.subject).is_none()
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
    let x = Samples::new(order.min, order.max, LEFT, RIGHT);
    let y = Scale::log(0.7, most as f64 * 1.2, BOTTOM, TOP);
    let whole = |at: f64| if at.fract() == 0.0 { short(at, Unit::Count) } else { String::new() };
    let across = |at| x.label(at, row.unit);
    let mut plot = Plot::new("Histogram: samples of each size", (x.scale, &across), (y, &whole));
    let bar = |(from, to, count): (u64, u64, u64)| {
        let [left, right] = [from, to].map(|distance| x.at(order.min.saturating_add(distance)));
        let wide = (right - left - 0.4).max(3.0);
        // A bar at the right end must not leave the axes.
        let left = left.min(RIGHT - wide);
        format!("M{} {BOTTOM}V{top}h{}V{BOTTOM}z", place(left), place(wide), top = place(y.at(count as f64)))
    };
    plot.path("bars", &order.histogram.buckets().map(bar).collect::<String>());
    limit(&mut plot, row, order, x);
    plot.finish()
}

/// The share of samples that are larger, by size, on a scale of ratios: what is rare becomes visible.
fn tail(row: &Row, order: &Order) -> String {
    let n = row.figures.n as f64;
    let x = Samples::new(order.min, order.max, LEFT, RIGHT);
    let y = Scale::log(0.5 / n, 1.0, BOTTOM, TOP);
    let across = |at| x.label(at, row.unit);
    let mut plot = Plot::new("Share of the samples that are larger", (x.scale, &across), (y, &share));
    let mut line = format!("M{} {}", place(x.at(order.min)), place(y.at(1.0)));
    let mut above = row.figures.n;
    for (_, to, count) in order.histogram.buckets() {
        above = above.saturating_sub(count);
        let end = order.min.saturating_add(to.saturating_sub(1)).min(order.max);
        line += &format!("H{}V{}", place(x.at(end)), place(y.at(above as f64 / n)));
    }
    plot.path("line", &line);
    limit(&mut plot, row, order, x);
    plot.finish()
}

/// Draws the budget, unless it is far away: then the axis would lie about where it is.
fn limit(plot: &mut Plot, row: &Row, order: &Order, x: Samples) {
    let limit = row.budget.map(|budget| budget.limit.0 / 1000);
    if let Some(limit) = limit.filter(|limit| (order.min..=order.max).contains(limit)) {
        plot.limit(x.at(limit));
    }
}

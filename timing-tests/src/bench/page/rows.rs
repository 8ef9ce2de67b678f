//! Every row in one table, and how to measure each again.

use super::ROWS_MAX;
use super::html::{brief, count, escaped, grouped, more};
use crate::bench::{Results, Row};
use std::collections::BTreeMap;

/// The most commands, and plans of each.
const COMMANDS_MAX: usize = 200;
const PLANS_MAX: usize = 8;

/// The table, folded, and below it the commands.
pub(super) fn table(results: &Results) -> String {
    if results.rows.is_empty() {
        return "<p>There are none.</p>\n".into();
    }
    let head: String = [
        "architecture",
        "scenario",
        "scheduler",
        "what",
        "unit",
        "n",
        "mean",
        "min",
        "p50",
        "p99",
        "p99.9",
        "max",
        "sd",
        "budget",
    ]
    .map(|name| format!("<th>{name}</th>"))
    .concat();
    let lines: String = results.rows.iter().take(ROWS_MAX).map(line).collect();
    format!(
        "<details><summary>{} rows</summary>\n<div class=\"scroll\"><table class=\"rows\">\n<thead><tr>{head}</tr></thead>\n\
         <tbody>\n{lines}</tbody>\n</table></div></details>\n{}{}",
        results.rows.len(),
        more(results.rows.len().saturating_sub(ROWS_MAX), "rows"),
        commands(&results.rows)
    )
}

fn line(row: &Row) -> String {
    let key = &row.key;
    let mut cells: String =
        [&key.arch, &key.scenario, &key.scheduler].map(|text| format!("<td>{}</td>", brief(text))).concat();
    cells += &format!("<td>{} {}</td><td>{}</td>", brief(&key.subject), brief(&key.quantity), row.unit);
    let number = |text: String| format!("<td class=\"number\">{text}</td>");
    cells += &number(count(row.figures.n));
    cells += &number(grouped(row.figures.mean));
    cells += &match &row.figures.order {
        Some(order) => {
            let ranks = [order.min, order.p50, order.p99, order.p999, order.max].map(|value| number(count(value)));
            ranks.concat() + &number(grouped(order.sd))
        }
        None => number(String::new()).repeat(6),
    };
    cells += &number(row.budget.map_or_else(String::new, |budget| grouped(budget.limit)));
    let class = match row.in_budget() {
        Some(true) => "good",
        Some(false) => "bad",
        None => "none",
    };
    format!("<tr class=\"{class}\">{cells}</tr>\n")
}

/// One line for each command, with the plans that it ran.
fn commands(rows: &[Row]) -> String {
    let mut plans: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows {
        let known = plans.entry(&row.command).or_default();
        if !known.contains(&row.config.as_str()) && known.len() < PLANS_MAX {
            known.push(&row.config);
        }
    }
    let line = |(command, plans): (&&str, &Vec<&str>)| {
        format!("<li><code>{}</code> <small>plan {}</small></li>\n", escaped(command), brief(&plans.join(", ")))
    };
    let lines: String = plans.iter().take(COMMANDS_MAX).map(line).collect();
    let left_out = more(plans.len().saturating_sub(COMMANDS_MAX), "commands");
    format!("<p>Measured by:</p>\n<ul class=\"commands\">\n{lines}</ul>\n{left_out}")
}

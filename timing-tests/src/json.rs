//! The report for programs.
//!
//! One JSON object whose keys are the fields of [`Report`], in their order; see there for their meaning.
//! Times are integers in ns of the run's unit, shares integers in parts per million of one pCPU, means are
//! texts with two decimals (exact, where a floating-point number would not be), a slope is a number. What
//! could not be measured is `null`. Equal recordings give equal bytes.
//!
//! `outcome` is "held", "broken" or "unknown"; `end` is "never started", "running", "poweroff", "down" or "idle".
#![doc = concat!("\n```json\n", include_str!("table/example.json"), "```")]

use crate::Report;

/// The report as JSON text, indented, with a line feed at the end.
pub fn render(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report).expect("every key is text and every value is finite");
    text.push('\n');
    text
}

/// The report as one line of JSON without a line feed, for files with one report in each line.
pub fn render_line(report: &Report) -> String {
    serde_json::to_string(report).expect("every key is text and every value is finite")
}

//! Results and traces as one HTML page that needs nothing else: no network, no fonts, no other file.
//!
//! All of it is written here, in full, before anybody looks at it; the little script at its end only moves what is
//! drawn. Names come from configurations and results and may be anything, so every text is escaped. Equal input
//! gives equal bytes. What a page has no room for is counted and said, never left out silently.

mod distribution;
mod growth;
mod html;
mod plot;
mod rows;
mod scale;
mod series;
mod summary;
mod timeline;

use super::{About, Results, Rivals};
use crate::Plan;
use html::{escaped, section};
use trace::Recording;

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");
/// The most timelines; with it and the following a page stays below 3 MB.
pub const TRACES_MAX: usize = 8;
/// The most charts of each kind, and rows in the table of all.
const CHARTS_MAX: usize = 60;
const ROWS_MAX: usize = 2_000;

/// A trace to be shown.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// What it is called, for example "demo under rtds".
    pub name: String,
    /// The trace.
    pub recording: &'a Recording,
    /// The plan that ran.
    pub plan: &'a Plan,
}

/// The page about `results`, against what is promised and what others take, with the schedules of `traces`.
pub fn page(results: &Results, traces: &[Shown<'_>], rivals: &Rivals) -> String {
    let mut results = results.clone();
    rivals.promise(&mut results);
    let parts = [
        ("budgets", "Budgets and others", summary::table(&results, rivals)),
        ("schedules", "Schedules", timeline::all(traces)),
        ("distributions", "Distributions", distribution::all(&results)),
        ("series", "Over time", series::all(traces)),
        ("growth", "Cost against size", growth::all(&results)),
        ("rows", "Every figure", rows::table(&results)),
        ("origin", "Where the figures come from", origin(&results.about, rivals)),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|(_, _, content)| !content.is_empty()).collect();
    let links: String = parts.iter().map(|(id, title, _)| format!("<a href=\"#{id}\">{title}</a>\n")).collect();
    let body: String = parts.iter().map(|(id, title, content)| section(id, title, content)).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <title>Majorframe: timing report, {commit}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>Majorframe <span>timing report</span></h1>\n{head}<nav>\n{links}</nav>\n</header>\n\
         <main>\n{body}</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        commit = escaped(&results.about.commit),
        head = summary::head(&results),
    )
}

/// Machine, commit, versions, and how others were measured.
fn origin(about: &About, rivals: &Rivals) -> String {
    let line = |name: &str, text: &str| format!("<dt>{}</dt><dd>{}</dd>\n", escaped(name), escaped(text));
    let own = [line("machine", &about.machine), line("commit", &about.commit)];
    let versions = about.versions.iter().map(|(tool, version)| line(tool, version));
    let others = rivals.sources.iter().map(|source| line(&source.name, &source.about));
    let lines: String = own.into_iter().chain(versions).chain(others).collect();
    format!(
        "<dl>\n{lines}</dl>\n<p class=\"note\">Percentiles are nearest ranks over all samples: values that really \
         occurred. Latency is from the nominal release of a job to its first instruction, jitter is the largest \
         latency less the smallest.</p>\n"
    )
}

#[cfg(test)]
mod tests;

//! The report as text for people, at most 100 columns wide with names of common length.

mod columns;
mod sections;

use crate::{Outcome, Report, human::duration};
pub(crate) use columns::{Columns, known};
use sections::{hypervisor, partitions, pools, servers, tasks, values, verdicts, windows};

/// The report as text.
pub fn render(report: &Report) -> String {
    let mut text = summary(report);
    let sections = [pools, partitions, servers, tasks, windows, values, hypervisor, verdicts];
    for section in sections.map(|section| section(report)).iter().filter(|section| !section.is_empty()) {
        text.push('\n');
        text.push_str(section);
    }
    text
}

fn summary(report: &Report) -> String {
    let orderly = if report.orderly { "orderly end" } else { "NOT ORDERLY: the system did not end as it should" };
    let replayable = match (report.replayable, report.dropped) {
        (true, _) => "replayable".into(),
        (false, 0) => "NOT REPLAYABLE: calls are missing".into(),
        (false, dropped) => {
            format!("NOT REPLAYABLE: {dropped} events dropped, {} not measured", duration(report.unmeasured))
        }
    };
    let outcome = match report.outcome() {
        Outcome::Held => "all expectations held",
        Outcome::Unknown => "NOT ALL EXPECTATIONS ARE KNOWN TO HAVE HELD",
        Outcome::Broken => "EXPECTATIONS BROKEN",
    };
    format!(
        "{} (plan {}): {} measured, times in {}\n{orderly}; {replayable}\n{outcome}\n",
        report.system,
        report.plan_hash,
        duration(report.measured),
        report.unit
    )
}

#[cfg(test)]
mod tests;

//! Whether what the plan expects of each partition held.
//!
//! An expectation holds only if the recording shows it: a partition that measured nothing, or a recording
//! with losses, leaves it unknown, which is no pass.

use super::{Outcome, PartitionReport, Run, Verdict, lives::end_name};
use crate::{human, plan::Expect};

/// Fills in the verdicts.
pub(crate) fn judge(run: &Run<'_>, reports: &mut [PartitionReport]) {
    for (report, partition) in reports.iter_mut().zip(&run.plan.partitions) {
        let mut verdicts = verdicts(report, &partition.expect);
        if let Some(reason) = reason_for_doubt(run) {
            verdicts.iter_mut().for_each(|verdict| doubt(verdict, reason));
        }
        report.verdicts = verdicts;
    }
}

fn verdicts(report: &PartitionReport, expect: &Expect) -> Vec<Verdict> {
    let mut all = Vec::new();
    if let Some(most) = expect.misses {
        all.push(misses(report, most));
    }
    if let Some(most) = expect.jitter {
        all.push(jitter(report, most.nanos()));
    }
    if let Some(end) = expect.end {
        let (wanted, name) = (end_name(end), &report.name);
        let held = report.end == wanted;
        let sentence = match held {
            true => format!("{name} ended \"{wanted}\" as expected"),
            false => format!("{name} should have ended \"{wanted}\" but ended \"{}\"", report.end),
        };
        all.push(verdict("end", held, sentence));
    }
    if let Some(least) = expect.restarts {
        let sentence = format!("{} was restarted {} times, at least {least} expected", report.name, report.restarts);
        all.push(verdict("restarts", report.restarts >= least, sentence));
    }
    all
}

fn verdict(about: &'static str, held: bool, sentence: String) -> Verdict {
    Verdict { about, outcome: if held { Outcome::Held } else { Outcome::Broken }, sentence }
}

fn misses(report: &PartitionReport, most: u64) -> Verdict {
    let (mut misses, mut due, mut contradictions) = (0_u64, 0_u64, 0_u64);
    for task in &report.tasks {
        misses = misses.saturating_add(task.misses);
        due = due.saturating_add(task.due);
        contradictions = contradictions.saturating_add(task.contradictions);
    }
    let name = &report.name;
    if misses <= most && contradictions > 0 {
        let sentence =
            format!("{name} gave {contradictions} marks that contradict its tasks, so its misses are not known");
        return Verdict { about: "misses", outcome: Outcome::Unknown, sentence };
    }
    if due == 0 {
        let sentence = format!("{name} had no job to do, so its misses are not known");
        return Verdict { about: "misses", outcome: Outcome::Unknown, sentence };
    }
    verdict("misses", misses <= most, format!("{name} missed {misses} of {due} deadlines, at most {most} allowed"))
}

fn jitter(report: &PartitionReport, most: u64) -> Verdict {
    let name = &report.name;
    let worst = report.tasks.iter().filter_map(|task| Some((task.jitter?, task.vcpu, task.task))).max();
    let Some((jitter, vcpu, task)) = worst else {
        let sentence = format!("{name} started no job, so its jitter is not known");
        return Verdict { about: "jitter", outcome: Outcome::Unknown, sentence };
    };
    let (has, allowed) = (human::duration(jitter), human::duration(most));
    verdict(
        "jitter",
        jitter <= most,
        format!("{name}: task {vcpu}.{task} has a jitter of {has}, at most {allowed} allowed"),
    )
}

/// Why the recording cannot show that something held.
fn reason_for_doubt(run: &Run<'_>) -> Option<&'static str> {
    if run.recording.dropped() > 0 {
        Some("the trace lost events")
    } else if !run.recording.ended {
        Some("the system did not end in an orderly way")
    } else {
        None
    }
}

/// What seems to hold is not known any more; what is broken stays broken, unless it is about the end.
fn doubt(verdict: &mut Verdict, reason: &str) {
    let final_only = matches!(verdict.about, "end" | "restarts");
    if verdict.outcome == Outcome::Held || (verdict.outcome == Outcome::Broken && final_only) {
        verdict.outcome = Outcome::Unknown;
        verdict.sentence = format!("{}, but {reason}", verdict.sentence);
    }
}

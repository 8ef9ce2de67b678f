//! Calls and answers as one reads them.

use crate::human::instant;
use sched::{Answer, CpuSet, Leave, Why};
use trace::{calls::Recorded, seam::Called};

/// A call with its instant: "pick on cpu0 at 1.000016 ms".
pub(super) fn call(recorded: &Recorded) -> String {
    let at = instant(recorded.event.now);
    let what = match recorded.called {
        Some(Called::Pick(cpu)) => format!("pick on cpu{}", cpu.0),
        Some(Called::Turn(cpu, None)) => format!("turn of cpu{}", cpu.0),
        Some(Called::Turn(cpu, Some(Leave::Yield))) => format!("yield and turn of cpu{}", cpu.0),
        Some(Called::Turn(cpu, Some(Leave::Block(why)))) => format!("block ({}) and turn of cpu{}", reason(why), cpu.0),
        Some(Called::Wake(v)) => format!("wake v{}", v.0),
        Some(Called::Block(v, why)) => format!("block v{} ({})", v.0, reason(why)),
        Some(Called::Yield(v)) => format!("yield of v{}", v.0),
        Some(Called::Saved(v, cpu)) => format!("saved v{} of cpu{}", v.0, cpu.0),
        Some(Called::Expire) => "expire".into(),
        Some(Called::Add { v, g, .. }) => format!("add v{} to group {}", v.0, g.0),
        Some(Called::Remove(v)) => format!("remove v{}", v.0),
        Some(Called::Change(items, when)) => format!("change of {items} parameters ({when:?})"),
        Some(Called::Row(_) | Called::Item(_)) | None => "unreadable call".into(),
    };
    format!("{what} at {at}")
}

fn reason(why: Why) -> &'static str {
    match why {
        Why::Wait => "waits",
        Why::Pause => "paused",
        Why::Off => "off",
    }
}

/// An answer: "run v2 until 1.2 ms kick cpu1 alarm 5 ms".
pub(super) fn answer(recorded: &Recorded, answer: &Answer) -> String {
    let mut parts = Vec::new();
    let choice = &answer.choice;
    if matches!(recorded.called, Some(Called::Pick(_) | Called::Turn(..))) {
        parts.push(choice.run.map_or_else(|| "run nobody".into(), |v| format!("run v{}", v.0)));
    }
    if answer.refused.is_some() {
        parts.push("refused".into());
    }
    parts.extend(choice.until.map(|until| format!("until {}", instant(until))));
    parts.extend(choice.due.map(|due| format!("due {}", instant(due))));
    if !answer.kick.is_empty() {
        parts.push(format!("kick {}", cpus(answer.kick)));
    }
    parts.extend(answer.alarm.map(|alarm| format!("alarm {}", instant(alarm))));
    if parts.is_empty() { "nothing".into() } else { parts.join(" ") }
}

fn cpus(set: CpuSet) -> String {
    set.iter().map(|cpu| format!("cpu{}", cpu.0)).collect::<Vec<_>>().join(",")
}

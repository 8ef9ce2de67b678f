//! What an event says, in words: its name, whom it is about, and the rest.

use super::names::vcpu;
use crate::Plan;
use abi::hypercall::mark;
use sched::{Change, Leave, When, Why};
use trace::Event;
use trace::event::{LifeStep, SeamEvent};
use trace::seam::Called;

/// An event in words.
pub(super) struct Said {
    pub(super) event: &'static str,
    /// A vCPU, a partition, or nobody (empty).
    pub(super) who: String,
    pub(super) detail: String,
}

/// What `event` says.
pub(super) fn said(plan: &Plan, event: &Event) -> Said {
    match *event {
        Event::Seam(ref event) => call(plan, event),
        Event::Mark { partition, vcpu, kind, task, args: [a, b, c], .. } => {
            let (event, detail) = mark_words(kind.into(), task, [a, b, c]);
            Said { event, who: format!("{}.{vcpu}", plan.partition_name(partition.into())), detail }
        }
        Event::Life { partition, step, detail, address, .. } => Said {
            event: "life",
            who: plan.partition_name(partition.into()),
            detail: format!("{} detail={detail} address={address:#x}", step_name(step)),
        },
        Event::Service { pool, v, service: s, .. } => Said {
            event: "service",
            who: vcpu(plan, pool.into(), v),
            detail: format!(
                "served={} shortfalls={} overruns={} worst_lateness={}",
                s.served.nanos(),
                s.shortfalls,
                s.overruns,
                s.worst_lateness.nanos()
            ),
        },
        Event::Times { pool, v, times: t, .. } => {
            let [running, ready, blocked, off] = [t.running, t.ready, t.blocked, t.off].map(|time| time.nanos());
            let detail = format!("running={running} ready={ready} blocked={blocked} off={off}");
            Said { event: "times", who: vcpu(plan, pool.into(), v), detail }
        }
        Event::Stat { stat, value, .. } => {
            Said { event: "statistic", who: String::new(), detail: format!("which={stat} value={value}") }
        }
    }
}

fn call(plan: &Plan, event: &SeamEvent) -> Said {
    let who = |v| vcpu(plan, event.pool.into(), v);
    let nobody = String::new();
    let refused = if event.answer().refused.is_some() { "refused" } else { "" };
    let (event, who, detail) = match event.called() {
        Some(Called::Pick(_)) => ("pick", event.answer().choice.run.map_or(nobody, who), String::new()),
        Some(Called::Turn(_, leave)) => {
            ("turn", event.answer().choice.run.map_or(nobody, who), leave.map_or("", leave_name).into())
        }
        Some(Called::Wake(v)) => ("wake", who(v), String::new()),
        Some(Called::Block(v, why)) => ("block", who(v), why_name(why).into()),
        Some(Called::Yield(v)) => ("yield", who(v), String::new()),
        Some(Called::Saved(v, cpu)) => ("saved", who(v), format!("cpu={}", cpu.0)),
        Some(Called::Expire) => ("expire", nobody, String::new()),
        Some(Called::Add { v, g, affinity }) => {
            let (hard, soft) = (affinity.hard.bits(), affinity.soft.bits());
            ("add", who(v), format!("group={} hard={hard:#x} soft={soft:#x} {refused}", g.0).trim_end().into())
        }
        Some(Called::Remove(v)) => ("remove", who(v), refused.into()),
        Some(Called::Change(items, when)) => {
            let when = if when == When::Now { "now" } else { "boundary" };
            ("change", nobody, format!("items={items} when={when} {refused}").trim_end().into())
        }
        Some(Called::Row(row)) => ("row", nobody, row_text(&row.0)),
        Some(Called::Item(change)) => {
            let (what, row) = match change {
                Change::Pool(row) => ("pool".into(), row.0),
                Change::Group(g, row) => (format!("group {}", g.0), row.0),
                Change::Vcpu(v, row) => (who(v), row.0),
                Change::Affinity(v, a) => {
                    (format!("affinity of {}", who(v)), [a.hard.bits(), a.soft.bits(), 0, 0, 0, 0])
                }
                Change::Cpus(set) => ("pCPUs".into(), [set.bits(), 0, 0, 0, 0, 0]),
            };
            ("item", nobody, format!("{what}: {}", row_text(&row)))
        }
        None => ("unreadable", nobody, row_text(&event.words)),
    };
    Said { event, who, detail }
}

fn mark_words(kind: u64, task: u32, [a, b, c]: [u64; 3]) -> (&'static str, String) {
    match kind {
        mark::TASK => ("task", format!("task={task} period={a} first={b} deadline={c}")),
        mark::START => ("start", format!("task={task} job={a} release={b} at={c}")),
        mark::COMPLETION => ("completion", format!("task={task} job={a} deadline={b} at={c}")),
        mark::VALUE => ("value", format!("which={a} total={b} iterations={c}")),
        _ => ("mark", format!("kind={kind} task={task} args={a} {b} {c}")),
    }
}

fn row_text(words: &[u64]) -> String {
    words.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}

fn step_name(step: u8) -> String {
    use LifeStep::{Faulted, Idle, PowerOff, Reset, Restarted, Started};
    let steps = [Started, PowerOff, Reset, Faulted, Restarted, Idle];
    let known = steps.into_iter().find(|known| *known as u8 == step);
    known.map_or_else(|| format!("step {step}"), |step| step.name().into())
}

const fn leave_name(leave: Leave) -> &'static str {
    match leave {
        Leave::Yield => "after a yield",
        Leave::Block(Why::Wait) => "after a block: waits",
        Leave::Block(Why::Pause) => "after a block: paused",
        Leave::Block(Why::Off) => "after a block: off",
    }
}

const fn why_name(why: Why) -> &'static str {
    match why {
        Why::Wait => "waits",
        Why::Pause => "paused",
        Why::Off => "off",
    }
}

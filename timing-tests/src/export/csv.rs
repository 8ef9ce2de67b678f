//! A recording as comma-separated values: a line for each event, in words and numbers.
//!
//! By RFC 4180, but lines end with a line feed alone. Instants are ns since the epoch, sets of pCPUs have bit n for
//! pCPU n; what an event does not have is empty.

use super::{names, words};
use crate::Plan;
use trace::event::SeamEvent;
use trace::recording::when;
use trace::{Event, Recording};

const HEAD: &str = "instant,cpu,pool,call,event,who,detail,until,due,kick,alarm\n";

/// All events of a recording in one order.
pub fn csv(recording: &Recording, plan: &Plan) -> String {
    let line = |(ring, event): &(usize, Event)| line(plan, *ring, event);
    HEAD.chars().chain(trace::merge(recording).iter().map(line).collect::<String>().chars()).collect()
}

fn line(plan: &Plan, ring: usize, event: &Event) -> String {
    let said = words::said(plan, event);
    let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
    let instant = |at: Option<sched::Instant>| number(at.map(|at| at.nanos()));
    let mut cells = vec![instant(when(event))];
    let (call, answer) = match event {
        Event::Seam(call @ SeamEvent { kind: 1..=9, .. }) => (Some(call), Some(call.answer())),
        Event::Seam(call) => (Some(call), None),
        _ => (None, None),
    };
    let cpu = call.map_or(ring as u64, |call| call.cpu.into());
    let pool = call.map_or_else(|| pool_of(plan, event), |call| names::pool(plan, call.pool.into()));
    cells.extend([cpu.to_string(), pool, number(call.map(|call| call.seq.into()))]);
    cells.extend([said.event.into(), said.who, said.detail]);
    let choice = answer.as_ref().map(|answer| answer.choice);
    cells.push(instant(choice.and_then(|choice| choice.until)));
    cells.push(instant(choice.and_then(|choice| choice.due)));
    cells.push(number(answer.as_ref().map(|answer| answer.kick.bits())));
    cells.push(instant(answer.as_ref().and_then(|answer| answer.alarm)));
    let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    quoted.join(",") + "\n"
}

/// The pool that a counter at the end is about.
fn pool_of(plan: &Plan, event: &Event) -> String {
    match event {
        Event::Service { pool, .. } | Event::Times { pool, .. } => names::pool(plan, (*pool).into()),
        _ => String::new(),
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.into() }
}

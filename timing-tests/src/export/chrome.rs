//! A recording as trace-event JSON, which Perfetto and the Chrome browser show.
//!
//! Process 1 has a track for each pCPU with what ran there and the calls into schedulers; process 2 + n is partition
//! n, with a track for each vCPU: when it ran, and what its guest marked. Times are microseconds with three decimals.

use super::{names, words};
use crate::Plan;
use crate::metrics::{Run, running::Running};
use core::fmt::Write;
use sched::Vcpu;
use serde_json::json;
use trace::recording::when;
use trace::{Event, Recording};

/// The process with the tracks of pCPUs.
const CPUS: usize = 1;
/// The most tracks of a process; there are 64 pCPUs and 8 vCPUs of a partition.
const TRACKS: usize = 100;
/// The process of the first partition.
const PARTITIONS: usize = 2;

/// The whole recording.
pub fn chrome(recording: &Recording, plan: &Plan) -> String {
    let mut events = Events(String::new());
    name_tracks(&mut events, recording, plan);
    runs(&mut events, recording, plan);
    for (ring, event) in trace::merge(recording) {
        instant(&mut events, plan, ring, &event);
    }
    // `unit` is for people: viewers know only real time.
    let unit = crate::metrics::unit_name(recording.unit);
    let data = json!({ "system": plan.name, "plan": format!("{:016x}", plan.hash), "unit": unit });
    format!("{{\"displayTimeUnit\":\"ns\",\"otherData\":{data},\"traceEvents\":[\n{}\n]}}\n", events.0)
}

/// Events that are being written, a line each.
struct Events(String);

impl Events {
    /// An event; `rest` begins with a comma if there is any. Viewers take a track's number for its own in all
    /// processes, so that it must not occur in two of them.
    fn add(&mut self, phase: &str, (process, track): (usize, usize), name: &str, rest: &str) {
        let track = process * TRACKS + track + 1;
        let (comma, name) = (if self.0.is_empty() { "" } else { ",\n" }, json!(name));
        // Writing to a string does not fail.
        let _ = write!(self.0, "{comma}{{\"ph\":\"{phase}\",\"pid\":{process},\"tid\":{track},\"name\":{name}{rest}}}");
    }

    /// The name of a process (`process_name`) or of one of its tracks (`thread_name`).
    fn call(&mut self, what: &str, place: (usize, usize), name: &str) {
        self.add("M", place, what, &format!(",\"args\":{}", json!({ "name": name })));
    }
}

fn name_tracks(events: &mut Events, recording: &Recording, plan: &Plan) {
    events.call("process_name", (CPUS, 0), "pCPUs");
    for cpu in 0..recording.rings.len() {
        let pool = plan.pools.iter().find(|pool| pool.cpus.iter().any(|own| own.index() == cpu));
        let of = pool.map_or_else(String::new, |pool| format!(" ({} under {})", pool.name, pool.scheduler));
        events.call("thread_name", (CPUS, cpu), &format!("pCPU {cpu}{of}"));
    }
    for (index, partition) in plan.partitions.iter().enumerate() {
        events.call("process_name", (PARTITIONS + index, 0), &partition.name);
        for vcpu in 0..partition.vcpus.len() {
            events.call("thread_name", (PARTITIONS + index, vcpu), &format!("vCPU {vcpu}"));
        }
    }
}

/// Each time in which a vCPU ran, on the track of its pCPU and on its own.
fn runs(events: &mut Events, recording: &Recording, plan: &Plan) {
    let run = Run::new(recording, plan);
    for (index, pool) in plan.pools.iter().enumerate() {
        let running = Running::of(&run, index);
        for v in 0..pool.vcpus {
            let v = Vcpu(v as u16);
            let all = running.intervals(v.index()).iter();
            for (ran, part) in all.flat_map(|ran| run.known.parts(ran.from, ran.to).map(move |part| (ran, part))) {
                let lasted = part.end.since(part.start).nanos();
                let span = format!(",\"ts\":{},\"dur\":{}", micros(part.start.nanos()), micros(lasted));
                events.add("X", (CPUS, ran.cpu.index()), &names::vcpu(plan, index, v), &span);
                if let Some((partition, own)) = names::place(plan, index, v) {
                    events.add("X", (PARTITIONS + partition, own), &format!("on pCPU {}", ran.cpu.0), &span);
                }
            }
        }
    }
}

/// A call, a mark or a step as a point in time; rows and items belong to the call before them.
fn instant(events: &mut Events, plan: &Plan, ring: usize, event: &Event) {
    let Some(at) = when(event) else { return };
    let place = match *event {
        Event::Seam(call) => (CPUS, call.cpu.into()),
        Event::Mark { partition, vcpu, .. } => (PARTITIONS + usize::from(partition), vcpu.into()),
        Event::Life { partition, .. } => (PARTITIONS + usize::from(partition), 0),
        _ => (CPUS, ring),
    };
    let said = words::said(plan, event);
    let mut args = json!({ "who": said.who, "detail": said.detail });
    if let Event::Seam(call) = event {
        let answer = call.answer();
        args["call"] = call.seq.into();
        args["kick"] = answer.kick.bits().into();
        args["until"] = answer.choice.until.map(|until| until.nanos()).into();
        args["due"] = answer.choice.due.map(|due| due.nanos()).into();
        args["alarm"] = answer.alarm.map(|alarm| alarm.nanos()).into();
    }
    events.add("i", place, said.event, &format!(",\"ts\":{},\"s\":\"t\",\"args\":{args}", micros(at.nanos())));
}

/// Nanoseconds as microseconds, exact.
fn micros(nanos: u64) -> String {
    format!("{}.{:03}", nanos / 1000, nanos % 1000)
}

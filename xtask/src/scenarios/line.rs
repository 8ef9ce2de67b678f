//! The trace over a serial line: the same run, read from the machine's memory and from its line.
//!
//! What the emulated machine wrote to its line goes through a pseudo-terminal, as it would through an adapter, into
//! the same code that `capture` runs; on the way a filter may drop, change and insert bytes.

use super::lab::Lab;
use super::terminal;
use super::{Scenario, quick};
use crate::console::{Format, Reader};
use crate::report::{self, Measured};
use crate::serial::{self, Captured, Limits, Line};
use crate::system::System;
use crate::trial::{self, Outcome, RAW};
use crate::units::Seconds;
use crate::workspace;
use anyhow::{Context, Result, ensure};
use serialport::TTYPort;
use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};
use timing_tests::{Report, metrics::TaskReport, replay::Ending};
use trace::{Recording, Unit};

/// Long enough for a few thousand events.
const STOP: Seconds = Seconds(300_000_000);
const BAUD: u32 = 115_200;
const LIMITS: Limits = Limits {
    whole: Duration::from_secs(60),
    byte: Duration::MAX,
    silence: Duration::from_secs(2),
    words: Duration::from_millis(300),
};

pub(super) fn all() -> Vec<Scenario> {
    vec![
        quick("the_trace_over_a_serial_line_is_the_one_in_memory", same),
        quick("a_serial_line_that_damages_bytes_costs_only_what_it_hits", lossy),
    ]
}

/// A run that was read from memory, and the bytes that came over its line.
fn run(lab: &Lab, name: &str) -> Result<(System, Outcome, Vec<u8>)> {
    let system = lab.system("demo")?;
    let mut request = lab.request(name, &system, Some("rtds"), STOP);
    request.boot.push_str(" dump=on");
    let outcome = trial::run(&request)?;
    let bytes = workspace::read(&trial::folder(&request.name)?.join(RAW))?;
    Ok((system, outcome, bytes))
}

fn same(lab: &Lab, name: &str) -> Result<()> {
    let (system, outcome, bytes) = run(lab, name)?;
    let (plan, memory) = (system.plan()?, outcome.orderly()?);
    let captured = over_a_terminal(lab, &system, bytes)?;
    let line = captured.outcome.orderly()?;
    ensure!(captured.losses.is_empty() && captured.losses.damaged == 0, "{}", captured.losses);
    ensure!(report::bytes(line, plan)? == report::bytes(memory, plan)?, "the traces differ");
    let tables = [line, memory].map(|recording| Measured::of(recording, plan).map(|measured| measured.table()));
    let [first, second] = tables;
    ensure!(first? == second?, "the tables differ");
    ensure!(captured.outcome.console == outcome.console, "the consoles differ");
    ensure!(line.rings.iter().map(|ring| ring.events.len()).sum::<usize>() > 500, "there was little to send");
    Ok(())
}

fn lossy(lab: &Lab, name: &str) -> Result<()> {
    let (system, outcome, bytes) = run(lab, name)?;
    let (plan, memory) = (system.plan()?, outcome.orderly()?);
    let whole = Measured::of(memory, plan)?.report;
    let mut seen = 0;
    for seed in 1..=4 {
        let captured = over_a_terminal(lab, &system, damaged(&bytes, seed))?;
        let line = captured.outcome.orderly().with_context(|| format!("seed {seed}"))?;
        seen += captured.losses.count();
        agrees(line, memory).with_context(|| format!("seed {seed}"))?;
        let found = Measured::of(line, plan)?;
        measures_alike(&found.report, &whole).with_context(|| format!("seed {seed}"))?;
        if captured.losses.is_empty() {
            continue;
        }
        let table = found.table();
        ensure!(table.contains(&line.dropped().to_string()), "the table does not say what is missing:\n{table}");
        for pool in report::replay(line, plan)? {
            ensure!(matches!(pool.ending, Ending::Gap(_) | Ending::Dropped(_)), "the replay says: {pool}");
        }
    }
    ensure!(seen > 0, "the filter did no harm to the trace");
    Ok(())
}

/// Every ring has the events of that in memory in their order but for those that it says are missing.
fn agrees(line: &Recording, memory: &Recording) -> Result<()> {
    for (index, (found, sent)) in line.rings.iter().zip(&memory.rings).enumerate() {
        let mut rest = sent.events.iter();
        let strange = found.events.iter().find(|event| !rest.any(|sent| sent == *event));
        ensure!(strange.is_none(), "ring {index} has an event that nobody sent: {strange:?}");
        let lacking = (sent.events.len() - found.events.len()) as u64;
        ensure!(found.dropped == sent.dropped + lacking, "ring {index} does not say how much is missing");
        let placed: u64 = found.losses.iter().map(|loss| loss.events).sum();
        ensure!(placed == lacking, "ring {index} does not say where events are missing");
    }
    ensure!(line.rings.len() == memory.rings.len(), "a ring is missing");
    Ok(())
}

/// Behind a loss the measuring goes on, and gives nothing that the whole trace does not have.
fn measures_alike(found: &Report, whole: &Report) -> Result<()> {
    let run = whole.measured + whole.unmeasured;
    ensure!(found.measured + found.unmeasured == run, "measured and unmeasured time are not the whole run");
    ensure!(found.unmeasured <= run / 4, "a few damaged bytes cost {} ns of {run}", found.unmeasured);
    for (found, whole) in found.partitions.iter().zip(&whole.partitions) {
        let name = &whole.name;
        ensure!(found.cpu_time <= whole.cpu_time, "{name} ran longer than it did");
        for found in &found.tasks {
            let same = |whole: &&TaskReport| (whole.vcpu, whole.task) == (found.vcpu, found.task);
            let whole = whole.tasks.iter().find(same).with_context(|| format!("{name} has no such task"))?;
            let lacks = [
                (found.starts, whole.starts),
                (found.completions, whole.completions),
                (found.misses, whole.misses),
                (found.contradictions, whole.contradictions),
            ];
            ensure!(lacks.iter().all(|(found, whole)| found <= whole), "{name} has jobs that the whole trace has not");
            ensure!(found.due + found.unknown >= whole.due, "{name} has jobs of which nothing is said");
            ensure!(found.jitter <= whole.jitter, "{name} has a jitter that the whole trace has not");
        }
    }
    Ok(())
}

/// Drops, changes or inserts about one byte of 40,000: what a seed does is always the same.
fn damaged(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        // Knuth's multiplicative generator (MMIX); its upper bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match next() % 120_000 {
            0 => {}
            1 => out.push(byte ^ (1 << (next() % 8))),
            2 => out.extend([*byte, next() as u8]),
            _ => out.push(*byte),
        }
    }
    out
}

/// Sends the bytes into one end of a pseudo-terminal and captures at the other.
fn over_a_terminal(lab: &Lab, system: &System, bytes: Vec<u8>) -> Result<Captured> {
    let (near, device) = terminal::pair()?;
    let mut port = Line { device, baud: BAUD }.open()?;
    // Not before: a pseudo-terminal refuses bytes that nobody could read.
    let sender = thread::spawn(move || send(near, &bytes));
    let console = Reader::new(Format::Frames, &lab.built.elf, &system.bundle)?;
    let captured = serial::follow(&mut port, LIMITS, console, false, Unit::Instructions);
    let sent = sender.join().unwrap_or_else(|_| Err(ErrorKind::Other.into()));
    let captured = captured?;
    sent.context("the bytes could not be sent")?;
    Ok(captured)
}

/// Sends everything, and keeps the line open until the other side has read it.
fn send(mut to: TTYPort, bytes: &[u8]) -> std::io::Result<()> {
    terminal::send(&mut to, bytes, Instant::now() + LIMITS.whole)?;
    thread::sleep(LIMITS.words + Duration::from_millis(500));
    Ok(())
}

//! What a run leaves behind: the console and the trace.

use super::{
    bench::{Bench, console},
    guest::Do,
    plans::{board, boot, boot_on, bundle, partition, pool, system},
};
use crate::arch::machine::Board;
use abi::hypercall as call;
use std::{string::String, vec::Vec};
use timing_tests::{Plan, replay, replay::Ending};
use trace::Event;

const MS: u64 = 1_000_000;

/// A console call with up to 40 bytes.
fn say(text: &str) -> Do {
    let mut arguments = [0; 8];
    (arguments[0], arguments[1]) = (call::CONSOLE, text.len() as u64);
    for (place, part) in arguments[2..7].iter_mut().zip(text.as_bytes().chunks(8)) {
        let mut word = [0; 8];
        word[..part.len()].copy_from_slice(part);
        *place = u64::from_le_bytes(word);
    }
    Do::Call(arguments)
}

/// Says `line` again and again in pieces, offering the pCPU between them.
fn speaker(line: &'static str, times: usize) -> Vec<Do> {
    let pieces = line.as_bytes().chunks(5).map(|part| core::str::from_utf8(part).expect("ASCII"));
    let once: Vec<Do> = pieces.flat_map(|part| [say(part), Do::Run(100), Do::call([call::YIELD])]).collect();
    let mut script = once.repeat(times);
    script.push(Do::Wait);
    script
}

#[test]
fn lines_of_two_writers_are_not_mixed() {
    let bench = boot(&system(1, "credit", &[partition("one", ""), partition("two", "")]));
    bench.script(0, 0, &speaker("the first partition has a word\n", 20));
    bench.script(1, 0, &speaker("and so has the second one\n", 20));
    bench.run_until(100 * MS);
    let text = console();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("majorframe: ")).collect();
    let count = |wanted: &str| lines.iter().filter(|line| **line == wanted).count();
    assert_eq!(count("one: the first partition has a word"), 20, "{text}");
    assert_eq!(count("two: and so has the second one"), 20, "{text}");
    assert_eq!(lines.len(), 40);
}

#[test]
fn what_the_console_cannot_take_is_dropped_and_counted() {
    let text = system(1, "rtds", &[partition("loud", "")]);
    let bench = boot_on(&Board { line: "stop=1ms", ..board(bundle(&text)) });
    let long = "0123456789012345678901234567890123456789";
    let mut script = [say(long)].repeat(100);
    script.push(Do::call([call::STATUS, call::status::CONSOLE_DROPS]));
    bench.script(0, 0, &script);
    bench.run_until(2 * MS);
    let values: Vec<u64> = bench.values(0, 0).iter().map(|(_, value)| *value).collect();
    let (drops, taken) = values.split_last().expect("values");
    assert_eq!(taken.iter().sum::<u64>() + drops, 4000);
    assert!(*drops > 0);
    let shown =
        console().lines().filter(|line| line.starts_with("loud: ")).map(|line| line.len() as u64 - 6).sum::<u64>();
    assert_eq!(shown + drops, 4000);
}

const GAPS: &str = r#"arinc653 = { major_frame = "1ms", windows = [
  { partition = "one", start = "0ms", length = "300us" },
  { partition = "two", start = "308us", length = "500us" } ] }"#;

/// Between the two windows there is no time for output, after the second one there is.
#[test]
fn an_idle_pcpu_begins_no_output_right_before_a_window() {
    let bench = boot(&pool(1, "arinc653", GAPS, &[partition("one", ""), partition("two", "")]));
    bench.script(0, 0, &[Do::Run(290_000), say("0123456789012345678901234567890123456789")]);
    let shown = || console().lines().filter(|line| line.starts_with("one: ")).map(|line| line.len() - 5).sum::<usize>();
    bench.run_until(307_000);
    assert!(shown() <= 16, "more than the writer's own visit: {}", console());
    bench.run_until(990_000);
    assert_eq!(shown(), 40);
}

#[test]
fn a_console_call_with_too_many_bytes_is_refused() {
    let bench = boot(&system(1, "rtds", &[partition("solo", "")]));
    bench.script(0, 0, &[Do::call([call::CONSOLE, 41]), Do::call([call::CONSOLE, u64::MAX])]);
    bench.run_until(MS);
    assert_eq!(bench.values(0, 0), [(0, call::INVALID), (0, call::INVALID)]);
}

/// Three partitions that compute, wait and yield; all schedulers can run them.
fn busy(line: &'static str) -> (Bench, &'static [u8]) {
    let windows = r#"arinc653 = { major_frame = "1ms", windows = [
      { partition = "one", cpus = [0], start = "0ms", length = "300us" },
      { partition = "two", cpus = [0], start = "300us", length = "600us" },
      { partition = "three", cpus = [1], start = "0us", length = "600us" } ] }"#;
    let text = pool(
        2,
        "rtds",
        windows,
        &[
            partition("one", "rtds = { period = \"1ms\", budget = \"200us\" }"),
            partition("two", "rtds = { period = \"700us\", budget = \"300us\" }"),
            partition("three", ""),
        ],
    );
    let bytes: &'static [u8] = bundle(&text);
    let bench = boot_on(&Board { line, ..board(bytes) });
    bench.program(0, 0, |view| {
        if view.step % 2 == 0 { Do::Run(70_000) } else { Do::call([call::WAIT_UNTIL, view.now + 90_000]) }
    });
    bench.program(1, 0, |view| if view.step % 3 == 0 { Do::Run(33_000) } else { Do::call([call::YIELD]) });
    (bench, bytes)
}

fn replayed(bench: &Bench, bytes: &[u8]) -> Vec<timing_tests::Replay> {
    let bundle = config::Bundle::read(bytes).expect("sound");
    let recording = bench.recording();
    let plan = Plan::read(bundle.plan_bytes(), &recording).expect("the plan that ran");
    replay(&recording, &plan)
}

#[test]
fn every_run_replays_without_a_difference() {
    for line in
        ["sched=arinc653 stop=20ms", "sched=credit stop=20ms", "sched=credit2 stop=20ms", "sched=rtds stop=20ms"]
    {
        let (bench, bytes) = busy(line);
        bench.run_until(30 * MS);
        assert!(bench.is_off());
        for pool in replayed(&bench, bytes) {
            assert!(pool.is_same() && pool.calls > 100, "{line}: {pool}");
        }
    }
}

#[test]
fn equal_runs_leave_equal_traces() {
    let events = || {
        let (bench, _) = busy("");
        bench.run_until(5 * MS);
        bench.recording().rings
    };
    assert_eq!(events(), events());
}

#[test]
fn a_full_trace_keeps_the_beginning_and_counts_the_rest() {
    let run = |line| {
        let (bench, bytes) = busy(line);
        bench.run_until(10 * MS);
        (bench.recording(), replayed(&bench, bytes))
    };
    let (whole, _) = run("");
    let (cut, replays) = run("trace=8KiB");
    assert!(cut.dropped() > 0);
    for (whole, cut) in whole.rings.iter().zip(&cut.rings) {
        let kept = cut.events.len();
        assert!((1..=64).contains(&kept), "{kept}");
        assert_eq!(cut.events[..], whole.events[..kept]);
        assert_eq!(cut.dropped as usize, whole.events.len() - kept);
    }
    assert!(!matches!(replays[0].ending, Ending::Same), "{}", replays[0]);
}

#[test]
fn a_full_trace_still_ends_with_the_summary() {
    let (bench, _) = busy("trace=8KiB stop=10ms");
    bench.run_until(20 * MS);
    let ring = &bench.recording().rings[0];
    assert!(ring.dropped > 0);
    assert_eq!(ring.events.iter().filter(|event| matches!(event, Event::Service { .. })).count(), 3);
    assert!(matches!(ring.events.last(), Some(Event::Stat { .. })));
}

#[test]
fn nothing_is_traced_when_the_trace_is_off() {
    let (bench, _) = busy("trace=off");
    bench.run_until(MS);
    let rings = bench.recording().rings;
    assert!(rings.iter().all(|ring| ring.events.is_empty() && ring.dropped > 0));
}

#[test]
fn the_trace_names_the_schedulers_that_ran() {
    let (bench, _) = busy("sched=credit2");
    assert_eq!(bench.recording().schedulers, ["credit2"].map(String::from));
}

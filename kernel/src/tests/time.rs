//! When guests run: waits, shares, windows, and no interrupt without a reason.

use super::{
    bench::{Span, console},
    guest::Do,
    plans::{board, boot, boot_on, bundle, partition, pool, system},
};
use crate::arch::machine::{self, Board};
use abi::hypercall as call;
use sched::Cpu;

const MS: u64 = 1_000_000;

fn lone() -> std::string::String {
    system(1, "rtds", &[partition("solo", "")])
}

#[test]
fn a_vcpu_wakes_exactly_at_the_instant_it_waited_for() {
    let bench = boot(&lone());
    bench.script(0, 0, &[Do::Run(100), Do::call([call::WAIT_UNTIL, 12_345]), Do::Run(7)]);
    bench.run_until(20_000);
    assert_eq!(bench.times(0, 0), [0, 100, 12_345, 12_352]);
    assert_eq!(bench.values(0, 0), [(12_345, call::SUCCESS)]);
    let solo = |from, to| Span { cpu: 0, partition: 0, vcpu: 0, from, to };
    assert_eq!(bench.spans(), [solo(0, 100), solo(12_345, 20_000)]);
}

#[test]
fn a_lone_runnable_guest_leaves_the_timer_off() {
    let bench = boot(&lone());
    bench.run_until(1_000 * MS);
    assert_eq!(bench.timer(0), None);
    assert_eq!(bench.cpu(0).exits.get(), 0);
    assert_eq!(bench.runs(0), Some((0, 0)));
}

#[test]
fn the_timer_never_fires_before_its_instant_whatever_the_frequency() {
    for frequency in [19_200_000, 54_000_000, 62_500_000] {
        let bench = boot_on(&Board { frequency, ..board(bundle(&lone())) });
        bench.script(0, 0, &[Do::call([call::WAIT_UNTIL, 12_345])]);
        bench.run_until(20_000);
        let woken = bench.values(0, 0)[0];
        assert_eq!(woken.1, call::SUCCESS);
        assert!((12_345..12_345 + 110).contains(&woken.0), "{frequency} Hz: {}", woken.0);
    }
}

#[test]
fn reservations_are_kept_in_every_period() {
    let bench = boot(&system(
        1,
        "rtds",
        &[
            partition("quick", "rtds = { period = \"1ms\", budget = \"400us\", extratime = false }"),
            partition("slow", "rtds = { period = \"2ms\", budget = \"1ms\", extratime = false }"),
        ],
    ));
    bench.run_until(20 * MS);
    for period in 0..20 {
        assert_eq!(bench.time_of(0, period * MS, (period + 1) * MS), 400_000, "period {period}");
    }
    for period in 0..10 {
        assert_eq!(bench.time_of(1, 2 * period * MS, 2 * (period + 1) * MS), MS, "period {period}");
    }
}

const WINDOWS: &str = r#"arinc653 = { major_frame = "1ms", windows = [
  { partition = "one", start = "0ms", length = "300us" },
  { partition = "two", start = "400us", length = "500us" } ] }"#;

fn windows() -> super::bench::Bench {
    boot(&pool(1, "arinc653", WINDOWS, &[partition("one", ""), partition("two", "")]))
}

#[test]
fn windows_begin_and_end_on_time() {
    let bench = windows();
    bench.run_until(3 * MS);
    let span = |partition, from, to| Span { cpu: 0, partition, vcpu: 0, from, to };
    let frame = |at| [span(0, at, at + 300_000), span(1, at + 400_000, at + 900_000)];
    assert_eq!(bench.spans(), [frame(0), frame(MS), frame(2 * MS)].concat());
}

#[test]
fn a_wake_up_outside_its_window_disturbs_nobody() {
    let bench = windows();
    bench.script(0, 0, &[Do::call([call::WAIT_UNTIL, 600_000])]);
    bench.run_until(800_000);
    // Its own window's begin and end, the other's begin: nothing at 600 us.
    let arms = machine::hardware(Cpu(0), |hardware| hardware.arms.clone());
    let at_600 = bench.system.clock.ticks(600_000);
    assert!(arms.iter().all(|(now, at)| *now != at_600 && *at != at_600), "{arms:?}");
    bench.run_until(2 * MS);
    assert_eq!(bench.values(0, 0), [(MS, call::SUCCESS)]);
}

#[test]
fn a_yield_with_nobody_else_ready_returns_at_once() {
    let bench = boot(&lone());
    bench.script(0, 0, &[Do::call([call::YIELD]), Do::Run(5), Do::call([call::YIELD])]);
    bench.run_until(1000);
    assert_eq!(bench.values(0, 0), [(0, call::SUCCESS), (5, call::SUCCESS)]);
}

#[test]
fn the_system_stops_at_its_instant_on_all_pcpus() {
    let text = system(2, "credit", &[partition("one", ""), partition("two", "")]);
    let bench = boot_on(&Board { line: "stop=1500us", ..board(bundle(&text)) });
    bench.run_until(10 * MS);
    assert!(bench.is_off());
    assert_eq!(bench.now(), 1_500_000);
    assert!(console().ends_with("the system stopped at 1500 us\n"), "{}", console());
    let recording = bench.recording();
    assert_eq!((recording.ended, recording.end_time.nanos()), (true, 1_500_000));
}

#[test]
fn waiting_ends_early_when_an_interrupt_comes() {
    let bench = boot(&system(2, "credit", &[partition("pair", "vcpus = 2")]));
    let mut first = super::interrupts::open(0);
    first.extend([Do::call([0xc400_0003, 1, abi::layout::RAM]), Do::call([call::WAIT_UNTIL, MS]), Do::Acknowledge]);
    bench.script(0, 0, &first);
    bench.script(0, 1, &[Do::Run(7000), Do::Send(super::interrupts::sgi(5, 0))]);
    bench.run_until(MS);
    assert_eq!(bench.values(0, 0)[1..], [(7000, call::INTERRUPTED), (7000, 5)]);
}

//! The life of partitions: switching vCPUs on and off, ends, restarts, faults.

use super::{
    bench::Bench,
    guest::Do,
    plans::{board, boot, boot_on, bundle, image, partition, system},
};
use crate::{arch::machine, devices::psci, memory::Range, system::partition::Stage};
use abi::{
    hypercall as call,
    layout::{GICD, GICR, RAM, UART, VIRTUAL_TIMER_IRQ},
};
use std::vec::Vec;

const MS: u64 = 1_000_000;
const CPU_ON: u64 = 0xc400_0003;
const CPU_OFF: u64 = 0x8400_0002;
const AFFINITY_INFO: u64 = 0xc400_0004;
const SYSTEM_OFF: u64 = 0x8400_0008;
const SYSTEM_RESET: u64 = 0x8400_0009;
const OFF: Do = Do::Call([SYSTEM_OFF, 0, 0, 0, 0, 0, 0, 0]);
const RESET: Do = Do::Call([SYSTEM_RESET, 0, 0, 0, 0, 0, 0, 0]);

/// A partition of two vCPUs on two pCPUs.
fn pair(more: &str) -> std::string::String {
    system(2, "credit", &[partition("pair", &std::format!("vcpus = 2\n{more}"))])
}

fn start_second() -> Do {
    Do::call([CPU_ON, 1, RAM + 64, 77])
}

/// The first start brings the second vCPU up; later ones only compute.
fn first_start(bench: &Bench, rest: &'static [Do]) {
    bench.program(0, 0, move |view| match (view.starts, view.step) {
        (1, 0) => start_second(),
        (1, step) => rest.get(step - 1).copied().unwrap_or(Do::FOREVER),
        _ => Do::FOREVER,
    });
}

fn memory(bench: &Bench, index: u16) -> Range {
    bench.partition(index).memory
}

#[test]
fn vcpus_are_switched_on_and_off_and_say_so() {
    let bench = boot(&pair(""));
    let info = Do::call([AFFINITY_INFO, 1, 0]);
    bench.script(
        0,
        0,
        &[
            info,
            start_second(),
            Do::Run(10),
            info,
            start_second(),
            Do::Run(100),
            info,
            Do::call([CPU_ON, 2, RAM]),
            Do::call([CPU_ON, 1, 0]),
        ],
    );
    bench.program(0, 1, |view| if view.step == 0 { Do::Run(50) } else { Do::call([CPU_OFF]) });
    bench.run_until(MS);
    let answers: Vec<i64> = bench.values(0, 0).iter().map(|(_, value)| *value as i64).collect();
    let wanted = [
        psci::AFFINITY_OFF,
        psci::SUCCESS,
        psci::AFFINITY_ON,
        psci::ALREADY_ON,
        psci::AFFINITY_OFF,
        psci::INVALID_PARAMETERS,
        psci::INVALID_ADDRESS,
    ];
    assert_eq!(answers, wanted);
    let start = bench.partition(0).vcpus()[1].context.start();
    assert_eq!((start.entry, start.argument, start.index), (RAM + 64, 77, 1));
    assert!(bench.is_idle(1));
}

#[test]
fn system_off_stops_all_vcpus() {
    let bench = boot(&pair(""));
    first_start(&bench, &[Do::Run(1000), OFF]);
    bench.run_until(MS);
    assert!(bench.is_idle(0) && bench.is_idle(1));
    assert_eq!(bench.partition(0).stage(), Stage::Stopped);
    assert_eq!(bench.time_of(0, 1000, MS), 0);
}

#[test]
fn a_vcpu_that_waits_just_after_its_partition_ended_stays_off() {
    let bench = boot(&pair(""));
    first_start(&bench, &[Do::Run(1000), OFF]);
    bench.script(0, 1, &[Do::Timer(1, Some(5000)), Do::Run(1000), Do::Wait]);
    bench.deafen(1, 4);
    bench.run_until(MS);
    assert!(bench.is_idle(0) && bench.is_idle(1));
    assert_eq!(bench.time_of(0, 1001, MS), 0);
}

#[test]
fn a_vcpu_cannot_bring_its_ended_partition_back() {
    let bench = boot(&pair(""));
    first_start(&bench, &[Do::Run(1000), OFF]);
    bench.script(0, 1, &[Do::Run(1000), Do::call([CPU_ON, 0, RAM])]);
    bench.deafen(1, 2);
    bench.run_until(MS);
    assert!(bench.is_idle(0) && bench.is_idle(1));
}

#[test]
fn a_reset_by_a_sibling_reaches_a_first_vcpu_that_runs_alone() {
    let bench = boot(&pair(""));
    first_start(&bench, &[]);
    bench.script(0, 1, &[Do::Run(1000), RESET]);
    bench.run_until(MS);
    assert_eq!(bench.partition(0).vcpus()[0].context.resets(), 2);
    assert_eq!(bench.partition(0).stage(), Stage::Normal);
    assert!(bench.is_idle(1));
}

#[test]
fn a_reset_is_not_lost_when_the_first_vcpu_waits_at_that_moment() {
    let bench = boot(&pair(""));
    first_start(&bench, &[Do::Run(1000), Do::Wait]);
    bench.script(0, 1, &[Do::Run(999), RESET]);
    bench.deafen(0, 3);
    bench.run_until(MS);
    assert_eq!(bench.partition(0).vcpus()[0].context.resets(), 2);
    assert_eq!(bench.runs(0), Some((0, 0)));
}

#[test]
fn a_reset_is_carried_out_although_a_sibling_waits_at_that_moment() {
    let bench = boot(&pair(""));
    first_start(&bench, &[Do::Run(1000), RESET]);
    bench.script(0, 1, &[Do::Run(1000), Do::Wait]);
    bench.deafen(1, 2);
    bench.run_until(MS);
    assert_eq!(bench.partition(0).stage(), Stage::Normal);
    assert_eq!(bench.partition(0).vcpus()[0].context.resets(), 2);
}

/// Lets the virtual timer through: distributor, group and enable of the redistributor.
fn open_timer() -> Vec<Do> {
    let id = u64::from(VIRTUAL_TIMER_IRQ);
    [Do::Write(GICD, 4, 2), Do::Write(GICR + 0x1_0080, 4, u64::from(u32::MAX)), Do::Write(GICR + 0x1_0100, 4, 1 << id)]
        .into()
}

/// What a lone guest acknowledges that resets itself after `first` and does `second` then.
fn acknowledged_after_reset(first: &[Do], second: &[Do]) -> Vec<u64> {
    let bench = boot(&system(1, "rtds", &[partition("solo", "")]));
    let mut before = open_timer();
    before.extend(first.iter().chain([&RESET]));
    let after = second.to_vec();
    bench.program(0, 0, move |view| {
        let list = if view.starts == 1 { &before } else { &after };
        list.get(view.step).copied().unwrap_or(Do::FOREVER)
    });
    bench.run_until(MS);
    assert_eq!(bench.partition(0).stage(), Stage::Normal);
    bench.values(0, 0).iter().map(|(_, value)| *value).collect()
}

#[test]
fn a_restart_out_of_a_timer_handler_leaves_the_timer_usable() {
    let id = u64::from(VIRTUAL_TIMER_IRQ);
    let handler = [Do::Timer(0, Some(5000)), Do::Run(6000), Do::Acknowledge];
    let mut second = open_timer();
    second.extend([Do::Timer(0, Some(50_000)), Do::Run(60_000), Do::Acknowledge]);
    assert_eq!(acknowledged_after_reset(&handler, &second), [id, id]);
}

#[test]
fn an_interrupt_of_the_old_life_does_not_reach_the_new_one() {
    let pending = [Do::Timer(0, Some(5000)), Do::Run(6000)];
    assert_eq!(acknowledged_after_reset(&pending, &[Do::Acknowledge]), [1023]);
}

#[test]
fn a_restart_loads_memory_in_pieces_and_the_neighbour_runs_meanwhile() {
    let text = system(
        1,
        "rtds",
        &[
            partition("faulty", "on_fault = \"restart\"\nrtds = { period = \"1ms\", budget = \"400us\" }"),
            partition("neighbour", "rtds = { period = \"1ms\", budget = \"500us\" }"),
        ],
    );
    let bench = boot_on(&machine::Board { load_ticks: 10_000, ..board(bundle(&text)) });
    bench.program(0, 0, |view| match (view.starts, view.step) {
        (1, 0) => Do::Run(1000),
        (1, _) => Do::Fault(0x200),
        _ => Do::FOREVER,
    });
    let memory = memory(&bench, 0);
    machine::store(memory.start + 5, b"dirt");
    machine::store(memory.end() - 8, b"dirt");
    bench.run_until(30 * MS);
    let content = machine::bytes(memory);
    let image = image();
    assert_eq!(content[..image.len()], image);
    assert!(content[image.len()..].iter().all(|byte| *byte == 0));
    // 512 pages and 4 pieces of the image, 10 us each, in 40 % of the time.
    for period in 0..30 {
        let had = bench.time_of(1, period * MS, (period + 1) * MS);
        assert!(had >= 480_000, "period {period}: {had} ns");
    }
    assert_eq!(bench.partition(0).stage(), Stage::Normal);
    assert_eq!(bench.partition(0).starts.load(core::sync::atomic::Ordering::Relaxed), 2);
}

#[test]
fn a_faulty_partition_that_shall_idle_stays_off() {
    let text = system(1, "rtds", &[partition("faulty", "on_fault = \"idle\""), partition("other", "")]);
    let bench = boot(&text);
    bench.script(0, 0, &[Do::Run(1000), Do::call([call::ABORT, 3])]);
    bench.run_until(MS);
    assert_eq!(bench.partition(0).stage(), Stage::Idle);
    assert_eq!(bench.runs(0), Some((1, 0)));
    assert_eq!(bench.timer(0), None);
}

#[test]
fn a_fault_may_stop_the_system() {
    let text = system(2, "credit", &[partition("faulty", "on_fault = \"stop\""), partition("other", "")]);
    let bench = boot(&text);
    bench.script(0, 0, &[Do::Run(1000), Do::Fault(0)]);
    bench.run_until(MS);
    assert!(bench.is_off());
    assert_eq!(bench.now(), 1000);
    let recording = bench.recording();
    assert!(recording.ended);
}

#[test]
fn the_uart_is_new_after_a_restart() {
    let bench = boot(&system(1, "rtds", &[partition("solo", "")]));
    bench.program(0, 0, |view| match (view.starts, view.step) {
        (1, 0) => Do::Write(UART + 0x38, 4, 0x7ff),
        (1, _) => RESET,
        (_, 0) => Do::Read(UART + 0x38, 4),
        _ => Do::FOREVER,
    });
    bench.run_until(MS);
    assert_eq!(bench.values(0, 0).iter().map(|(_, value)| *value).collect::<Vec<_>>(), [0]);
}

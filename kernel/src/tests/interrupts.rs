//! Interrupts of guests: through devices, between vCPUs, against waiting.

use super::{
    bench::Bench,
    guest::Do,
    plans::{boot, partition, system},
};
use crate::arch::{machine, send_interrupt};
use abi::layout::{GICD, GICR, GICR_SIZE, PHYSICAL_TIMER_IRQ, RAM, UART, UART_IRQ, VIRTUAL_TIMER_IRQ};
use sched::Cpu;
use std::{boxed::Box, vec::Vec};

const MS: u64 = 1_000_000;
const NOTHING: u64 = 1023;

/// What a vCPU does to have its private interrupts let through.
pub(crate) fn open(vcpu: u64) -> Vec<Do> {
    let frame = GICR + GICR_SIZE * vcpu + 0x1_0000;
    [Do::Write(GICD, 4, 0x12), Do::Write(frame + 0x80, 4, 0xffff_ffff), Do::Write(frame + 0x100, 4, 0xffff_ffff)].into()
}

/// ICC_SGI1R_EL1 for interrupt `id` to vCPU `to`.
pub(crate) fn sgi(id: u64, to: u64) -> u64 {
    id << 24 | 1 << to
}

fn with(mut script: Vec<Do>, rest: &[Do]) -> Vec<Do> {
    script.extend(rest);
    script
}

/// Two vCPUs of one partition on two pCPUs; the first starts the second, and waits `before` it goes on.
fn pair(before: u64, first: &[Do], second: &[Do]) -> Bench {
    let bench = boot(&system(2, "credit", &[partition("pair", "vcpus = 2")]));
    let start = [Do::call([0xc400_0003, 1, RAM]), Do::Run(before)];
    bench.script(0, 0, &with(with(open(0), &start), first));
    bench.script(0, 1, &with(open(1), second));
    bench
}

#[test]
fn a_wait_with_a_pending_interrupt_does_not_block() {
    let bench = boot(&system(1, "rtds", &[partition("solo", "")]));
    bench.script(
        0,
        0,
        &with(open(0), &[Do::Send(sgi(4, 0)), Do::Wait, Do::Acknowledge, Do::Complete(4), Do::Acknowledge]),
    );
    bench.run_until(MS);
    assert_eq!(bench.values(0, 0), [(0, 4), (0, NOTHING)]);
    assert_eq!(bench.runs(0), Some((0, 0)));
}

#[test]
fn an_interrupt_that_is_not_enabled_does_not_end_a_wait() {
    let bench = boot(&system(1, "rtds", &[partition("solo", "")]));
    let frame = GICR + 0x1_0000;
    bench.script(
        0,
        0,
        &with(open(0), &[Do::Write(frame + 0x180, 4, 1 << 4), Do::Send(sgi(4, 0)), Do::Wait, Do::Acknowledge]),
    );
    bench.run_until(MS);
    assert!(bench.is_idle(0));
    assert_eq!(bench.timer(0), None);
}

#[test]
fn an_sgi_wakes_a_blocked_sibling_on_another_pcpu() {
    let bench = pair(5000, &[Do::Send(sgi(3, 1))], &[Do::Wait, Do::Acknowledge]);
    bench.run_until(MS);
    assert_eq!(bench.values(0, 1), [(5000, 3)]);
    assert!(machine::kicks().contains(&(Cpu(0), Cpu(1))));
}

/// The second vCPU waits with its budget used up; its sibling, which nobody interrupts, wakes it in the same period.
#[test]
fn one_that_is_woken_without_budget_gets_its_next_one() {
    let own = "rtds = { period = \"1ms\", budget = \"200us\", extratime = false }";
    let vcpus = std::format!("vcpus = 2\n[[partition.vcpu]]\n[[partition.vcpu]]\n{own}");
    let bench = boot(&system(1, "rtds", &[partition("pair", &vcpus)]));
    let start = [Do::call([0xc400_0003, 1, RAM]), Do::Run(100_000), Do::Send(sgi(3, 1))];
    bench.script(0, 0, &with(open(0), &start));
    bench.script(0, 1, &with(open(1), &[Do::Run(200_000), Do::Wait, Do::Acknowledge]));
    bench.run_until(199_000);
    // Its wait and the end of its budget fall together, and the wait is seen first.
    bench.deafen(0, 1);
    bench.run_until(3 * MS);
    assert_eq!(bench.values(0, 1), [(MS, 3)]);
}

#[test]
fn an_sgi_reaches_a_sibling_that_runs() {
    let bench = pair(5000, &[Do::Send(sgi(3, 1))], &[Do::Run(6000), Do::Acknowledge]);
    bench.run_until(5000);
    let list = machine::hardware(Cpu(1), |hardware| hardware.list.lr[0]);
    assert_eq!(list & 0xffff_ffff, 3);
    bench.run_until(MS);
    assert_eq!(bench.values(0, 1), [(6000, 3)]);
}

#[test]
fn a_wake_up_between_the_last_look_and_the_block_is_not_lost() {
    let bench = pair(5000, &[], &[Do::Run(1000), Do::Wait, Do::Acknowledge]);
    bench.run_until(999);
    let (cpu, vcpu) = (bench.cpu(0), &bench.partition(0).vcpus()[0]);
    machine::set_meanwhile(Box::new(move || {
        machine::enter(Cpu(0));
        send_interrupt(cpu, vcpu, sgi(9, 1));
    }));
    bench.run_until(MS);
    assert_eq!(bench.values(0, 1), [(1000, 9)]);
}

#[test]
fn timers_wake_a_waiting_guest_and_fire_again_after_completion() {
    let bench = boot(&system(1, "rtds", &[partition("solo", "")]));
    let round = |which: usize, id: u32, at: u64| {
        [Do::Timer(which, Some(at)), Do::Wait, Do::Acknowledge, Do::Timer(which, None), Do::Complete(id.into())]
    };
    let mut script = open(0);
    for at in [3000, 4000, 5000] {
        script.extend(round(0, VIRTUAL_TIMER_IRQ, at));
        script.extend(round(1, PHYSICAL_TIMER_IRQ, at + 500));
    }
    bench.script(0, 0, &script);
    bench.run_until(MS);
    let (v, p) = (u64::from(VIRTUAL_TIMER_IRQ), u64::from(PHYSICAL_TIMER_IRQ));
    assert_eq!(bench.values(0, 0), [(3000, v), (3500, p), (4000, v), (4500, p), (5000, v), (5500, p)]);
}

#[test]
fn a_running_guest_gets_its_timer_without_a_dispatch() {
    let bench = boot(&system(1, "rtds", &[partition("solo", "")]));
    bench.script(0, 0, &with(open(0), &[Do::Timer(0, Some(2000)), Do::Run(5000), Do::Acknowledge]));
    bench.run_until(1999);
    let calls = bench.recording().rings[0].events.len();
    bench.run_until(MS);
    assert_eq!(bench.values(0, 0), [(5000, 27)]);
    assert_eq!(bench.recording().rings[0].events.len(), calls);
}

/// Known failing: a timer that is due keeps its guest from waiting, whether or not its interrupt is enabled.
#[test]
fn an_expired_timer_that_is_not_enabled_does_not_keep_a_guest_from_waiting() {
    let bench = boot(&system(1, "rtds", &[partition("solo", "")]));
    bench.script(0, 0, &[Do::Timer(0, Some(100)), Do::Run(200), Do::call([abi::hypercall::WAIT_UNTIL, 5000])]);
    bench.run_until(MS);
    assert_eq!(bench.values(0, 0), [(5000, abi::hypercall::SUCCESS)]);
}

/// The order of Linux's `irq-gic-v3.c`.
fn driver() -> Vec<Do> {
    let (rd, frame) = (GICR, GICR + 0x1_0000);
    let mut script: Vec<Do> = [Do::Read(GICD + 0xffe8, 4), Do::Read(GICD + 4, 4), Do::Write(GICD, 4, 0)].into();
    script.push(Do::Write(GICD + 0x84, 4, 0xffff_ffff));
    script.extend((0x408..0x410).step_by(4).map(|_| Do::Write(GICD + 0xc08, 4, 0)));
    script.extend((0x420..0x440).step_by(4).map(|at| Do::Write(GICD + at, 4, 0xa0a0_a0a0)));
    script.extend([
        Do::Write(GICD + 0x384, 4, 0xffff_ffff),
        Do::Write(GICD + 0x184, 4, 0xffff_ffff),
        Do::Write(GICD, 4, 0x12),
    ]);
    script.extend((32..64).map(|id| Do::Write(GICD + 0x6000 + 8 * id, 8, 0)));
    script.extend([Do::Read(rd + 0xffe8, 4), Do::Read(rd + 8, 8), Do::Write(rd + 0x14, 4, 0), Do::Read(rd + 0x14, 4)]);
    script.extend([Do::Write(frame + 0x80, 4, 0xffff_ffff), Do::Write(frame + 0x380, 4, 0xffff_ffff)]);
    script.extend((0x400..0x420).step_by(4).map(|at| Do::Write(frame + at, 4, 0xa0a0_a0a0)));
    script.extend([Do::Write(frame + 0x180, 4, 0xffff_0000), Do::Write(frame + 0x100, 4, 0x0000_ffff)]);
    script
}

#[test]
fn an_operating_system_brings_its_interrupts_up_and_takes_one_from_the_uart() {
    let bench = boot(&system(1, "rtds", &[partition("linux", "")]));
    let id = u64::from(UART_IRQ);
    let uart = [
        Do::Write(GICD + 0x104, 4, 1 << (UART_IRQ - 32)),
        Do::Write(UART + 0x38, 4, 0x20),
        Do::Write(UART, 1, 'x'.into()),
        Do::Wait,
        Do::Acknowledge,
        Do::Read(UART + 0x40, 4),
        Do::Write(UART + 0x44, 4, 0x20),
        Do::Complete(id),
        Do::Refresh,
        Do::Acknowledge,
    ];
    bench.script(0, 0, &with(driver(), &uart));
    bench.run_until(MS);
    let values: Vec<u64> = bench.values(0, 0).iter().map(|(_, value)| *value).collect();
    assert_eq!(values[0] >> 4 & 0xf, 3, "GICv3");
    assert_eq!(values[1] & 0x1f, 1, "64 interrupts");
    assert_eq!(values[3] & 1 << 4, 1 << 4, "the last redistributor");
    assert_eq!(values[4] & 4, 0, "awake");
    assert_eq!(values[5..], [id, 0x20, NOTHING]);
    assert_eq!(bench.aborts(0, 0), 0);
}

#[test]
fn more_interrupts_than_list_registers_all_arrive() {
    let bench = boot(&system(1, "rtds", &[partition("solo", "")]));
    let mut script = open(0);
    script.extend((0..8).map(|id| Do::Send(sgi(id, 0))));
    bench.program(0, 0, move |view| match view.step.checked_sub(script.len()) {
        None => script[view.step],
        Some(after) if after % 2 == 0 => Do::Acknowledge,
        Some(15) => Do::FOREVER,
        Some(_) => Do::Complete(view.value),
    });
    bench.run_until(MS);
    let mut taken: Vec<u64> = bench.values(0, 0).iter().map(|(_, value)| *value).collect();
    taken.sort_unstable();
    assert_eq!(taken, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn where_no_device_is_a_guest_gets_an_abort() {
    let bench = boot(&system(1, "rtds", &[partition("solo", "")]));
    let beyond = GICR + GICR_SIZE;
    bench.script(0, 0, &[Do::Read(beyond, 4), Do::Write(UART + 0x1000, 4, 1), Do::Read(0, 8)]);
    bench.run_until(MS);
    assert_eq!(bench.aborts(0, 0), 3);
}

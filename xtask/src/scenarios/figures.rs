//! Figures that must not get worse. Times are virtual: one nanosecond is one instruction.

use super::lab::{Done, Lab};
use super::{Scenario, long, quick};
use crate::arch::Arch;
use anyhow::{Context, Result, ensure};

/// A call that does nothing: the goals are 56 and 110.
fn null_hypercall(arch: Arch) -> f64 {
    match arch {
        Arch::Aarch64 => 56.0,
        Arch::X86_64 => 90.0,
    }
}

/// Other ways into the hypervisor and back, by the numbers under which the bench reports them: a register of the
/// interrupt controller and one of the serial port, the virtual timer to the guest's vector while the guest runs, and
/// out of WFI while others run. The goals are 150, 150, 200 and 900; what is reached must not be lost again. On a PC
/// the run is too short for them.
fn interrupts(arch: Arch) -> &'static [(u64, f64)] {
    match arch {
        Arch::Aarch64 => &[(17, 120.0), (18, 120.0), (19, 145.0), (22, 2_150.0)],
        Arch::X86_64 => &[],
    }
}

/// Two best-effort partitions that hand the pCPU to each other, by scheduler. The goals are 550 and 500; what is
/// reached must not be lost again.
fn yield_switch(arch: Arch) -> [(&'static str, f64); 3] {
    match arch {
        Arch::Aarch64 => [("rtds", 770.0), ("credit", 720.0), ("credit2", 770.0)],
        Arch::X86_64 => [("rtds", 750.0), ("credit", 700.0), ("credit2", 760.0)],
    }
}

/// Bytes of code: what is reached, and must not grow. The goal is 160,000.
fn text_bytes(arch: Arch) -> u64 {
    match arch {
        Arch::Aarch64 => 170 << 10,
        Arch::X86_64 => 188 << 10,
    }
}

const BYTES_PER_PARTITION: u64 = 48 << 10;
const BOOT_NANOS: u64 = 5_000_000;
const FRAMES: u64 = 10_000;
/// How late the choice for a window may come.
const START_NANOS: u64 = 300;
/// When the measurements of bench.toml are over. Its peer yields for ever, which fills a trace of usual size.
const BENCH_MILLIS: u64 = 500;
/// The same of switch.toml.
const SWITCH_MILLIS: u64 = 200;

pub(super) fn all() -> Vec<Scenario> {
    vec![
        long("major_frames_do_not_drift", frames),
        quick("hypercalls_are_short", hypercalls),
        quick("switches_are_short_under_each_sharing_scheduler", switches).only(Arch::Aarch64),
        quick("the_hypervisor_is_small_and_boots_fast", size).only(Arch::Aarch64),
        // The emulator is slow where guests leave often on a PC.
        long("switches_are_short_under_each_sharing_scheduler", switches).only(Arch::X86_64),
        long("the_hypervisor_is_small_and_boots_fast", size).only(Arch::X86_64),
    ]
}

/// The start of a window against its planned start, over many frames: the error does not grow.
fn frames(lab: &Lab, name: &str) -> Result<()> {
    let done = lab.run(name, "frame", Some("arinc653"), 10_100)?;
    ensure!(!done.report().windows.is_empty(), "no window was measured");
    for window in &done.report().windows {
        let about = format!("window {} of `{}`", window.window, window.partition);
        ensure!(window.started > FRAMES, "{about} began only {} times", window.started);
        let slope = window.slope.with_context(|| format!("{about} has no slope"))?;
        ensure!(slope.rise == 0, "{about} drifts by {slope} ns a frame over {} frames", window.started);
        ensure!(window.max_error <= Some(START_NANOS), "{about} began up to {:?} ns late", window.max_error);
        ensure!(window.skipped + window.off_plan == 0, "{about} was skipped {} times", window.skipped);
    }
    Ok(())
}

fn hypercalls(lab: &Lab, name: &str) -> Result<()> {
    // The emulator is slow where guests leave often on a PC, and the call is measured first.
    let millis = if lab.built.arch == Arch::X86_64 { 130 } else { BENCH_MILLIS };
    let done = lab.run_with(name, "bench", None, millis, " trace=256MiB")?;
    at_most(&done, abi::hypercall::value::NULL_HYPERCALL, null_hypercall(lab.built.arch))?;
    interrupts(lab.built.arch).iter().try_for_each(|(which, most)| at_most(&done, *which, *most))
}

fn switches(lab: &Lab, name: &str) -> Result<()> {
    for (sched, most) in yield_switch(lab.built.arch) {
        let done = lab.run(name, "switch", Some(sched), SWITCH_MILLIS)?;
        at_most(&done, abi::hypercall::value::YIELD_SWITCH, most).with_context(|| format!("under {sched}"))?;
    }
    Ok(())
}

fn at_most(done: &Done, which: u64, most: f64) -> Result<()> {
    let values = done.report().values.iter().filter(|value| value.which == which && value.iterations > 0);
    let means: Vec<f64> = values.map(|value| value.total as f64 / value.iterations as f64).collect();
    ensure!(!means.is_empty(), "measurement {which} is missing");
    ensure!(means.iter().all(|mean| *mean <= most), "measurement {which} takes {means:.1?} ns, more than {most}");
    Ok(())
}

fn size(lab: &Lab, name: &str) -> Result<()> {
    let most = text_bytes(lab.built.arch);
    ensure!(lab.built.code <= most, "the code has {} bytes", lab.built.code);
    let done = lab.run(name, "bench", None, 100)?;
    let own = &done.report().hypervisor;
    within("the code", own.text_bytes, most)?;
    within("the memory of a partition", own.bytes_per_partition, BYTES_PER_PARTITION)?;
    within("the time of the boot", own.boot_time, BOOT_NANOS)
}

fn within(what: &str, has: Option<u64>, most: u64) -> Result<()> {
    let has = has.with_context(|| format!("{what} was not measured"))?;
    ensure!(has <= most, "{what} is {has}, more than {most}");
    Ok(())
}

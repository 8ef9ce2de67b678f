//! Whatever is wrong at boot is refused with a sentence, and the machine stops.

use super::lab::{Lab, PROMPT};
use super::verbs::ourselves;
use super::{Scenario, quick};
use crate::console::Format;
use crate::run;
use crate::trial::{self, Request};
use crate::units::Seconds;
use anyhow::{Result, ensure};

const STOP: Seconds = Seconds(100_000_000);
/// The configuration whose boot is disturbed.
const CONFIG: &str = "bench";

pub(super) fn all() -> Vec<Scenario> {
    vec![
        quick("an_unknown_scheduler_is_refused_at_boot_with_the_list", unknown_scheduler),
        quick("an_unknown_scheduler_is_refused_by_run_with_the_list", unknown_scheduler_by_run),
        quick("an_unknown_boot_parameter_is_refused", |lab, name| {
            refused(lab, name, |request| request.boot.push_str(" colour=red"), &["colour"])
        }),
        quick("a_stop_that_is_no_time_is_refused", |lab, name| {
            refused(lab, name, |request| request.boot = "stop=banana".into(), &["stop", "banana"])
        }),
        quick("a_damaged_plan_is_refused", |lab, name| {
            refused(lab, name, |request| flip(&mut request.bundle, 64), &["bundle"])
        }),
        quick("a_damaged_image_is_refused", |lab, name| {
            refused(lab, name, |request| flip_last(&mut request.bundle), &["bundle", "checksum"])
        }),
        quick("a_bundle_that_is_none_is_refused", |lab, name| {
            refused(lab, name, |request| request.bundle = vec![0xa5; 4096], &["bundle"])
        }),
        quick("a_truncated_bundle_is_refused", |lab, name| {
            refused(lab, name, |request| request.bundle.truncate(request.bundle.len() / 2), &["bundle"])
        }),
        quick("too_little_memory_is_refused", |lab, name| {
            refused(lab, name, |request| request.memory = 16 << 20, &["memory"])
        }),
    ]
}

/// Disturbs the boot: the machine must stop by itself, with a sentence that has all these words.
pub(super) fn refused(lab: &Lab, name: &str, disturb: impl Fn(&mut Request), words: &[&str]) -> Result<()> {
    let system = lab.system(CONFIG)?;
    let mut request = lab.request(name, &system, None, STOP);
    request.limit = PROMPT;
    disturb(&mut request);
    let outcome = trial::run(&request)?;
    ensure!(!outcome.timed_out, "the machine did not stop by itself; it said:\n{}", outcome.console);
    ensure!(outcome.own_mistake().is_none(), "the hypervisor failed:\n{}", outcome.console);
    let own = outcome.console.lines().map(str::trim_start).filter(|line| line.starts_with("majorframe: "));
    let said = own.collect::<Vec<_>>().join("\n");
    let missing: Vec<_> = words.iter().filter(|word| !said.contains(**word)).collect();
    ensure!(missing.is_empty(), "the refusal lacks {missing:?}; it is:\n{}", outcome.console);
    ensure!(outcome.orderly().is_err(), "the system ran all the same");
    Ok(())
}

fn flip(bytes: &mut [u8], at: usize) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 0xff;
    }
}

fn flip_last(bytes: &mut [u8]) {
    flip(bytes, bytes.len().saturating_sub(1));
}

fn names() -> Vec<&'static str> {
    policies::REGISTRY.iter().map(|policy| policy.name).collect()
}

fn unknown_scheduler(lab: &Lab, name: &str) -> Result<()> {
    let list = lab.built.schedulers.join(", ");
    refuses_scheduler(lab, name, "nonsense", &format!("no scheduler is named `nonsense`; this image has {list}\n"))
}

/// The image of `lab` does not know `sched`, and says `sentence`.
pub(super) fn refuses_scheduler(lab: &Lab, name: &str, sched: &str, sentence: &str) -> Result<()> {
    let boot = run::boot_line(Some(sched), Some(STOP), Format::Frames);
    refused(lab, name, |request| request.boot.clone_from(&boot), &[sentence])
}

/// The emulator must not even start: the refusal comes at once.
fn unknown_scheduler_by_run(_: &Lab, _: &str) -> Result<()> {
    let finished = ourselves(&["run", "--sched", "nonsense"])?;
    ensure!(finished.code().is_some_and(|code| code != 0), "it did not fail");
    for word in names() {
        ensure!(finished.err.contains(word), "the refusal does not name `{word}`: {}", finished.err);
    }
    Ok(())
}

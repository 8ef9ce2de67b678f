//! What `image` writes boots without these tools.

use super::lab::{Lab, PROMPT};
use super::{Scenario, quick};
use crate::arch::Arch;
use crate::image;
use crate::process;
use crate::trial;
use crate::units::Seconds;
use crate::workspace;
use anyhow::{Result, ensure};
use std::process::Command;

const STOP: Seconds = Seconds(250_000_000);

pub(super) fn all() -> Vec<Scenario> {
    vec![
        quick("an_image_folder_boots_by_the_printed_command", boots),
        quick("the_image_boots_on_every_feature_that_the_emulator_has", boots_on_max),
        quick("a_processor_that_cannot_host_guests_is_refused", refuses_processor).only(Arch::X86_64),
    ]
}

/// What the emulated processor of a run by hand is.
fn processor(arch: Arch) -> &'static str {
    match arch {
        Arch::Aarch64 => "-cpu cortex-a72",
        Arch::X86_64 => "-cpu qemu64,+svm,+npt,+vgif",
    }
}

/// The reason is said, and what to do about it.
fn refuses_processor(lab: &Lab, name: &str) -> Result<()> {
    for (less, sentence) in [
        ("-cpu qemu64,-svm", "this machine has a processor without SVM (QEMU: -cpu qemu64,+svm,+npt)"),
        ("-cpu qemu64,+svm", "this machine has a processor without nested paging (QEMU: -cpu qemu64,+svm,+npt)"),
    ] {
        let out = typed_by_hand(lab, name, "faults", |printed| printed.replace(processor(lab.built.arch), less))?;
        ensure!(out.contains(sentence), "with {less} it does not say `{sentence}`:\n{out}");
        ensure!(!out.contains("pool 0"), "with {less} the system starts:\n{out}");
    }
    Ok(())
}

/// Guests see only what the hypervisor switches, however much the core can do, and that is each one's own.
fn boots_on_max(lab: &Lab, name: &str) -> Result<()> {
    let usual = processor(lab.built.arch);
    let out = typed_by_hand(lab, name, "vectors", |printed| printed.replace(usual, "-cpu max"))?;
    ensure!(out.contains("majorframe: the system stopped at"), "the system did not end:\n{out}");
    let kept = match lab.built.arch {
        Arch::Aarch64 => "vectors: 32 registers of 128 bits kept",
        Arch::X86_64 => "vectors: 16 registers of 256 bits kept",
    };
    ensure!(out.matches(kept).count() == 2, "not both partitions said that their registers kept their values:\n{out}");
    Ok(())
}

/// The printed command, with another scheduler and another end typed in their places.
fn boots(lab: &Lab, name: &str) -> Result<()> {
    let out = typed_by_hand(lab, name, "faults", |printed| printed.replace("sched=credit", "sched=rtds"))?;
    ensure!(out.contains("scheduler rtds"), "the console does not name the scheduler:\n{out}");
    Ok(())
}

/// Runs the printed command as `change` makes it, with an early end, and returns the console.
fn typed_by_hand(lab: &Lab, name: &str, config: &str, change: impl Fn(&str) -> String) -> Result<String> {
    let system = lab.system(config)?;
    let folder = trial::folder(&format!("test/{name}"))?;
    image::write(&lab.built, &system, Some("credit"), &folder, false)?;
    let text = String::from_utf8(workspace::read(&folder.join(image::README))?)?;
    let printed =
        text.lines().map(str::trim).find(|line| line.starts_with(lab.built.arch.emulator())).unwrap_or_default();
    let changed = change(printed);
    ensure!(changed != printed, "the printed command is odd: {printed}");
    let typed = changed.replace(&stop_word(image::stop(&system)), &stop_word(STOP));
    ensure!(typed.contains(&stop_word(STOP)), "the printed command is odd: {printed}");
    let finished = process::capture(Command::new("sh").args(["-c", &typed]).current_dir(&folder), PROMPT)?;
    ensure!(finished.ok(), "the emulator failed: {}", finished.err);
    Ok(finished.out)
}

fn stop_word(stop: Seconds) -> String {
    format!("stop={}", stop.boot_text())
}

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
    ]
}

/// Guests see only what the hypervisor switches, however much the core can do, and that is each one's own.
fn boots_on_max(lab: &Lab, name: &str) -> Result<()> {
    let usual = match lab.built.arch {
        Arch::Aarch64 => "-cpu cortex-a72",
        Arch::X86_64 => "-cpu qemu64,+svm,+npt,+vgif",
    };
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

//! What `image` writes boots without these tools.

use super::lab::{Lab, PROMPT};
use super::{Scenario, quick};
use crate::image;
use crate::process;
use crate::setup::QEMU;
use crate::trial;
use crate::units::Seconds;
use crate::workspace;
use anyhow::{Result, ensure};
use std::process::Command;

const STOP: Seconds = Seconds(250_000_000);

pub(super) fn all() -> Vec<Scenario> {
    vec![quick("an_image_folder_boots_by_the_printed_command", boots)]
}

/// The printed command, with another scheduler and another end typed in their places.
fn boots(lab: &Lab, name: &str) -> Result<()> {
    let system = lab.system("faults")?;
    let folder = trial::folder(&format!("test/{name}"))?;
    image::write(&lab.built, &system, Some("credit"), &folder)?;
    let text = String::from_utf8(workspace::read(&folder.join(image::README))?)?;
    let printed = text.lines().map(str::trim).find(|line| line.starts_with(QEMU)).unwrap_or_default();
    let typed =
        printed.replace("sched=credit", "sched=rtds").replace(&stop_word(image::stop(&system)), &stop_word(STOP));
    ensure!(typed.contains("sched=rtds") && typed.contains(&stop_word(STOP)), "the printed command is odd: {printed}");
    let finished = process::capture(Command::new("sh").args(["-c", &typed]).current_dir(&folder), PROMPT)?;
    ensure!(finished.ok(), "the emulator failed: {}", finished.err);
    ensure!(finished.out.contains("rtds"), "the console does not name the scheduler:\n{}", finished.out);
    Ok(())
}

fn stop_word(stop: Seconds) -> String {
    format!("stop={}", stop.boot_text())
}

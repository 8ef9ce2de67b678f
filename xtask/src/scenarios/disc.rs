//! A PC boots from a disc, by GRUB, whatever its firmware is, to the same run as by the emulator's own loader.

use super::lab::{Done, Lab};
use super::{Scenario, boot, long, quick, schedulers};
use crate::arch::Arch;
use crate::image;
use crate::trial::{self, Loader, Request};
use crate::workspace;
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// How long firmware and GRUB may take on the host, beside the run. EFI took 41 s, since instructions are counted there too.
const FIRMWARE: Duration = Duration::from_secs(300);

pub(super) fn all() -> Vec<Scenario> {
    [
        long("a_disc_boots_by_grub_from_efi", |lab, name| boots(lab, name, Loader::GrubByEfi)),
        long("a_disc_boots_by_grub_from_a_bios", |lab, name| boots(lab, name, Loader::GrubByBios)),
        quick("a_cut_off_bundle_on_a_disc_is_refused", |lab, name| {
            let disturb = |request: &mut Request| {
                request.loader = Loader::GrubByBios;
                request.bundle.truncate(request.bundle.len() / 2);
            };
            boot::refused(lab, name, disturb, &["bundle"])
        }),
        quick("a_wrong_boot_line_on_a_disc_is_refused", |lab, name| {
            let disturb = |request: &mut Request| {
                request.loader = Loader::GrubByBios;
                request.boot.push_str(" colour=red");
            };
            boot::refused(lab, name, disturb, &["colour"])
        }),
        quick("the_same_files_make_the_same_disc", same),
    ]
    .into_iter()
    .map(|one| one.only(Arch::X86_64))
    .collect()
}

fn boots(lab: &Lab, name: &str, loader: Loader) -> Result<()> {
    let direct = lab.run(&format!("{name}_directly"), "demo", Some("rtds"), 2000)?;
    let done = lab.run_changed(name, "demo", Some("rtds"), 2000, |request| {
        request.loader = loader;
        request.limit += FIRMWARE;
    })?;
    ensure!(done.console.contains("Majorframe'"), "GRUB did not say what it boots:\n{}", done.console);
    schedulers::on_time(&done)?;
    let (by_grub, directly) = (facts(&done)?, facts(&direct)?);
    ensure!(by_grub == directly, "by GRUB it ran {by_grub:?}, directly {directly:?}");
    Ok(())
}

/// Of each partition its name, jobs, misses and longest latency.
fn facts(done: &Done) -> Result<Vec<(String, u64, u64, u64)>> {
    let mut facts = Vec::new();
    for partition in &done.report().partitions {
        for task in &partition.tasks {
            let latency = task.latency.as_ref().context("a task never began")?;
            facts.push((partition.name.clone(), task.due, task.misses, latency.max));
        }
    }
    ensure!(facts.len() >= 2, "only {} tasks ran", facts.len());
    Ok(facts)
}

/// Two folders, made one after the other; nothing of the time or of their names may be in a disc.
fn same(lab: &Lab, name: &str) -> Result<()> {
    let system = lab.system("demo")?;
    let disc = |which: &str| {
        let folder = trial::folder(&format!("test/{name}"))?.join(which);
        image::write(&lab.built, &system, Some("rtds"), &folder, true)?;
        workspace::read(&folder.join(image::DISC))
    };
    let (one, other) = (disc("one")?, disc("another")?);
    let differs = one.iter().zip(&other).position(|(one, other)| one != other);
    ensure!(differs.is_none() && one.len() == other.len(), "the discs differ from byte {differs:?} on");
    Ok(())
}

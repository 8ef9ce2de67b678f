//! Images that have just one scheduler.

use super::lab::Lab;
use super::{Scenario, boot, long, quick};
use crate::build;
use crate::image;
use crate::trial;
use crate::workspace;
use anyhow::{Context, Result, ensure};

/// How long each runs, in ms.
const MILLIS: u64 = 100;

pub(super) fn all() -> Vec<Scenario> {
    let one = |name: &'static str| {
        let title = format!("an_image_with_{name}_alone_boots_and_refuses_the_others");
        let run = move |lab: &Lab, scenario: &str| alone(lab, scenario, name);
        // Each takes a build; one of them is quick enough.
        if name == "rtds" { quick(title, run) } else { long(title, run) }
    };
    policies::REGISTRY.iter().map(|policy| one(policy.name)).collect()
}

/// It is smaller than the usual image, keeps under its scheduler what every run must keep, and says what it has
/// when it is asked for another one.
fn alone(lab: &Lab, scenario: &str, name: &str) -> Result<()> {
    let built = build::only(lab.built.clone(), name)?;
    ensure!(built.code < lab.built.code, "it has {} bytes of code, the usual one {}", built.code, lab.built.code);
    let single = Lab::new(built);
    let done = single.run(scenario, "demo", Some(name), MILLIS)?;
    let ran = done.report().pools.first().map(|pool| pool.scheduler.as_str());
    ensure!(ran == Some(name), "the first pool ran {ran:?}");
    let other = if name == "rtds" { "credit" } else { "rtds" };
    let sentence = format!("no scheduler is named `{other}`; this image has {name}\n");
    boot::refuses_scheduler(&single, scenario, other, &sentence)?;
    says_what_is_in(&single, scenario, name)?;
    fits_only_what_it_can_run(&single, scenario, name)
}

/// Also the instructions beside the image name its scheduler and no other.
fn says_what_is_in(lab: &Lab, scenario: &str, name: &str) -> Result<()> {
    let folder = trial::folder(&format!("test/{scenario}"))?.join("image");
    image::write(&lab.built, &lab.system("demo")?, Some(name), &folder, false)?;
    let text = String::from_utf8(workspace::read(&folder.join(image::README))?)?;
    let line = format!("The schedulers in it: {name}\n");
    ensure!(text.contains(&line), "the instructions are odd:\n{text}");
    Ok(())
}

/// No folder is made of it for a system whose second pool has another scheduler.
fn fits_only_what_it_can_run(lab: &Lab, scenario: &str, name: &str) -> Result<()> {
    let folder = trial::folder(&format!("test/{scenario}"))?.join("pools");
    let system = lab.system("pools")?;
    let second = system.schedulers(Some(name)).nth(1).context("the configuration has one pool")?;
    let written = image::write(&lab.built, &system, Some(name), &folder, false);
    match written.err().map(|error| error.to_string()) {
        None => ensure!(second == name, "the folder was written without {second}"),
        Some(sentence) => ensure!(second != name && sentence.contains(second), "it was refused: {sentence}"),
    }
    Ok(())
}

//! Images that have just one scheduler.

use super::lab::{Lab, PROMPT};
use super::{Scenario, long, quick};
use crate::build;
use crate::trial;
use crate::units::Seconds;
use anyhow::{Context, Result, ensure};

const STOP: Seconds = Seconds(100_000_000);

pub(super) fn all() -> Vec<Scenario> {
    let one = |name: &'static str| {
        let title = format!("an_image_with_{name}_alone_boots_and_refuses_the_others");
        let run = move |lab: &Lab, scenario: &str| alone(lab, scenario, name);
        // Each takes a build; one of them is quick enough.
        if name == "rtds" { quick(title, run) } else { long(title, run) }
    };
    policies::REGISTRY.iter().map(|policy| one(policy.name)).collect()
}

/// It is smaller than the usual image, boots under its scheduler to an orderly end, and says what it has when it
/// is asked for another one.
fn alone(lab: &Lab, scenario: &str, name: &str) -> Result<()> {
    let built = build::only(lab.built.clone(), name)?;
    ensure!(built.code < lab.built.code, "it has {} bytes of code, the usual one {}", built.code, lab.built.code);
    let system = lab.system("demo")?;
    let mut request = lab.request(scenario, &system, Some(name), STOP);
    (request.image, request.symbols) = (built.image.clone(), built.elf.clone());
    let outcome = trial::run(&request)?;
    let said = format!("scheduler {name}");
    ensure!(outcome.console.contains(&said), "`{said}` is missing in\n{}", outcome.console);
    outcome.orderly().context("it did not end as it should")?;
    let other = if name == "rtds" { "credit" } else { "rtds" };
    request.boot = lab.request(scenario, &system, Some(other), STOP).boot;
    request.limit = PROMPT;
    let console = trial::run(&request)?.console;
    for said in [other, name, "the system does not start"] {
        ensure!(console.contains(said), "`{said}` is missing in\n{console}");
    }
    Ok(())
}

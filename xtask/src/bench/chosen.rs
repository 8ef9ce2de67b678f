//! A run of a scenario for another verb: what it would boot.

use super::scenario::Scenarios;
use crate::arch::Arch;
use crate::units::Seconds;
use crate::workspace;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// The folder of the filled configurations, below cargo's target folder.
const FOLDER: &str = "account";

/// What a run boots.
pub(crate) struct Chosen {
    /// The configuration.
    pub(crate) config: PathBuf,
    /// The scheduler of the first pool, if it is not the configuration's.
    pub(crate) sched: Option<String>,
    /// How long it runs.
    pub(crate) seconds: Seconds,
    /// Further boot parameters.
    pub(crate) boot: String,
}

/// The first run whose scenario, or whose own whole name, is this; under `sched` if that is given.
pub(crate) fn chosen(name: &str, arch: Arch, sched: Option<&str>) -> Result<Chosen> {
    let scenarios = Scenarios::load()?;
    let cases = scenarios.cases(&[arch])?;
    let fits = |scheduler: &str| sched.is_none_or(|sched| sched == scheduler);
    let is = |whole: String, scenario: &str| whole == name || scenario == name;
    let mut fitting = cases.iter().filter(|case| is(case.name(), &case.scenario.name) && fits(case.scheduler));
    let case = fitting.next().with_context(|| {
        format!("`{name}` is no scenario of {} under that scheduler; bench/scenarios.toml has them", arch.name())
    })?;
    let config = workspace::folder(FOLDER)?.join(&case.scenario.name).with_extension("toml");
    workspace::write(&config, case.config()?.as_bytes())?;
    let (sched, boot) = (Some(case.scheduler.into()), case.scenario.boot.clone());
    Ok(Chosen { config, sched, seconds: case.seconds, boot })
}

//! A configuration turned into what the machine boots.

use crate::build::Artifacts;
use crate::check;
use crate::images::Provider;
use crate::units::Seconds;
use crate::workspace;
use anyhow::{Context, Result, anyhow};
use config::Bundle;
use std::path::Path;

/// A system that is ready to boot.
pub(crate) struct System {
    /// The configuration's file name without its extension.
    pub(crate) name: String,
    /// Plan and images.
    pub(crate) bundle: Vec<u8>,
    /// The scheduler of the first pool.
    pub(crate) scheduler: String,
    /// The schedulers of all pools.
    schedulers: Vec<String>,
    /// How many pCPUs the machine needs.
    pub(crate) cpus: u32,
    /// When it stops by itself.
    pub(crate) stop: Option<Seconds>,
}

impl System {
    /// Checks and resolves a configuration; its warnings go to standard error.
    pub(crate) fn build(file: &Path, built: &Artifacts) -> Result<Self> {
        let mut images = Provider::new(built.arch, built.guests.clone())?;
        let loaded = config::load(file, &mut images).map_err(|report| {
            let text = check::text(&report);
            anyhow!("{} cannot be run because of {} errors:\n{text}", workspace::shown(file), report.errors())
        })?;
        eprint!("{}", check::text(&loaded.warnings));
        let bundle = config::write_bundle(&loaded.plan);
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let plan = read(&bundle)?;
        let (system, first) = (plan.system(), plan.pools().next().context("the configuration has no pool")?);
        let scheduler = first.scheduler.to_string();
        let schedulers = plan.pools().map(|pool| pool.scheduler.to_string()).collect();
        let cpus = system.cpus.iter().map(|cpu| u32::from(cpu.0) + 1).max().unwrap_or(1);
        let stop = system.stop.map(|stop| Seconds(stop.nanos()));
        Ok(Self { name, scheduler, schedulers, cpus, stop, bundle })
    }

    /// The schedulers of a run in which the first pool has `instead`, if that is given.
    pub(crate) fn schedulers<'a>(&'a self, instead: Option<&'a str>) -> impl Iterator<Item = &'a str> {
        let others = self.schedulers.iter().map(String::as_str).skip(usize::from(instead.is_some()));
        instead.into_iter().chain(others)
    }

    /// The plan's bytes, for the trace file.
    pub(crate) fn plan(&self) -> Result<&[u8]> {
        Ok(read(&self.bundle)?.plan_bytes())
    }
}

fn read(bundle: &[u8]) -> Result<Bundle<'_>> {
    Bundle::read(bundle).map_err(|bad| anyhow!("the bundle just written is refused: {bad}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheduler_on_the_boot_line_stands_for_that_of_the_first_pool_alone() {
        let schedulers = vec!["rtds".to_string(), "rr".to_string()];
        let (name, bundle, stop) = (String::new(), Vec::new(), None);
        let system = System { name, bundle, scheduler: "rtds".into(), schedulers, cpus: 2, stop };
        assert_eq!(system.schedulers(None).collect::<Vec<_>>(), ["rtds", "rr"]);
        assert_eq!(system.schedulers(Some("sedf")).collect::<Vec<_>>(), ["sedf", "rr"]);
    }
}

//! What is measured, as data: `bench/scenarios.toml` read, checked, and unfolded into single runs.
//!
//! Nothing here builds or runs anything.

use super::case::Case;
use crate::arch::Arch;
use crate::cli::Target;
use crate::units::Seconds;
use crate::workspace;
use anyhow::{Context, Error, Result, ensure};
use clap::ValueEnum;
use serde::Deserialize;
use std::collections::BTreeMap;
use timing_tests::bench::Unit;

/// The file, from the project's root.
const FILE: &str = "bench/scenarios.toml";

/// The file's content.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenarios {
    /// What the guests' own measurements are about, by their number.
    pub(super) values: BTreeMap<String, Value>,
    /// The scenarios, in the order in which their rows are shown.
    #[serde(rename = "scenario")]
    pub(super) all: Vec<Scenario>,
}

/// What a guest's measurement is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Value {
    /// The subject.
    pub(super) subject: String,
    /// The quantity.
    pub(super) quantity: String,
    /// The unit, if it is no time.
    pub(super) unit: Option<Unit>,
}

/// A configuration that is run, perhaps in several variants.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    /// The name in the rows.
    pub(super) name: String,
    /// What it is about, for people.
    pub(super) about: String,
    /// The configuration, from the project's root.
    pub(super) config: String,
    /// The schedulers of its first pool.
    pub(super) schedulers: Vec<String>,
    /// How long it runs.
    seconds: String,
    /// The same in real time, if it takes longer there [default: `seconds`].
    real_seconds: Option<String>,
    /// Further boot parameters.
    #[serde(default)]
    pub(super) boot: String,
    /// The machine's memory.
    #[serde(default = "usual_memory")]
    memory: String,
    /// What is put into the configuration in place of `$WORD`.
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
    /// How often the lines below `# each` are there; what the copies are is said by `things`.
    #[serde(default)]
    copies: Vec<u32>,
    /// What the copies are, for people.
    #[serde(default)]
    pub(super) things: String,
    /// How the subjects begin whose rows are kept [default: all].
    #[serde(default)]
    pub(super) subjects: String,
    /// What stands behind the subject of a guest's own measurement.
    #[serde(default)]
    pub(super) suffix: String,
    /// On which architectures it is run [default: each].
    archs: Option<Vec<String>>,
    /// Whether it belongs to the quick selection.
    #[serde(default)]
    pub(super) quick: bool,
    /// On which architectures it does not belong there after all: the emulator is slow where guests leave often.
    #[serde(default)]
    pub(super) slow_on: Vec<String>,
    /// Whether the simulator knows its guests.
    #[serde(default)]
    pub(super) sim: bool,
    /// Whether its trace is short enough to be sent over a serial line.
    #[serde(default)]
    pub(super) board: bool,
    /// Whether the page shows its schedule, of one run under each scheduler: the one with the first choice of each word
    /// and with the most copies.
    #[serde(default)]
    timeline: bool,
    /// Whether the shares of partitions are of interest.
    #[serde(default)]
    pub(super) shares: bool,
    /// Whether its boot and sizes are of interest: they are about the same in most scenarios.
    #[serde(default)]
    pub(super) own: bool,
    /// Whether each copy is a partition whose cost at boot is of interest.
    #[serde(default)]
    pub(super) fleet: bool,
    /// Whether the run is made under a log of the executed code, for the longest stretch with interrupts masked.
    #[serde(default)]
    pub(super) masked: bool,
    /// Whether Linux prints a histogram on its console.
    #[serde(default)]
    pub(super) linux: bool,
}

fn usual_memory() -> String {
    "2G".into()
}

impl Scenarios {
    /// Reads the file.
    pub(super) fn load() -> Result<Self> {
        let bytes = workspace::read(&workspace::root().join(FILE))?;
        let text = String::from_utf8(bytes).with_context(|| format!("{FILE} is no text"))?;
        toml::from_str(&text).with_context(|| format!("{FILE} says something that is not understood"))
    }

    /// Every run on these architectures, scenario by scenario.
    pub(super) fn cases(&self, archs: &[Arch]) -> Result<Vec<Case<'_>>> {
        let mut cases = Vec::new();
        for scenario in &self.all {
            for arch in archs.iter().filter(|arch| scenario.is_on(**arch)) {
                cases.extend(scenario.cases(*arch).with_context(|| format!("{FILE}, scenario `{}`", scenario.name))?);
            }
        }
        Ok(cases)
    }
}

impl Scenario {
    /// Whether a target can make its runs.
    pub(super) fn is_for(&self, target: &Target) -> bool {
        match target {
            Target::Qemu | Target::QemuRealtime => true,
            Target::Sim => self.sim,
            Target::Serial(_) => self.board,
        }
    }

    fn is_on(&self, arch: Arch) -> bool {
        self.archs.as_ref().is_none_or(|archs| archs.iter().any(|name| name == arch.name()))
    }

    fn cases(&self, arch: Arch) -> Result<Vec<Case<'_>>> {
        ensure!(self.copies.is_empty() || !self.things.is_empty(), "`things` must say what the copies are");
        let names = self.archs.iter().flatten().chain(&self.slow_on);
        for name in names {
            let known = Arch::value_variants().iter().any(|arch| arch.name() == name);
            ensure!(known, "`{name}` is no architecture");
        }
        ensure!(!self.about.is_empty(), "`about` must say what it is about");
        let seconds: Seconds = self.seconds.parse().map_err(Error::msg)?;
        let real = self.real_seconds.as_ref().map_or(Ok(seconds), |text| text.parse().map_err(Error::msg))?;
        let memory = self.memory.parse().map_err(Error::msg)?;
        let copies = if self.copies.is_empty() { vec![None] } else { self.copies.iter().copied().map(Some).collect() };
        let mut cases = Vec::new();
        for scheduler in &self.schedulers {
            for (choice, words) in self.choices().into_iter().enumerate() {
                let one = |copies: &Option<u32>| Case {
                    shown: self.timeline && choice == 0 && *copies == self.copies.iter().copied().max(),
                    scenario: self,
                    arch,
                    scheduler,
                    copies: *copies,
                    words: words.clone(),
                    seconds,
                    real,
                    memory,
                };
                cases.extend(copies.iter().map(one));
            }
        }
        Ok(cases)
    }

    /// Each word with each other one.
    fn choices(&self) -> Vec<Vec<(&str, &str)>> {
        let mut all = vec![Vec::new()];
        for (word, values) in &self.words {
            let before = std::mem::take(&mut all);
            for value in values {
                all.extend(
                    before.iter().map(|chosen| [chosen.as_slice(), &[(word.as_str(), value.as_str())]].concat()),
                );
            }
        }
        all
    }
}

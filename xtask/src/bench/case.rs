//! One run of a scenario: what it is called, and the configuration with its gaps filled.

use super::scenario::Scenario;
use super::template;
use crate::arch::Arch;
use crate::cli::Target;
use crate::units::{Memory, Seconds};
use crate::workspace;
use anyhow::{Context, Result};

/// One run of a scenario.
#[derive(Clone, Debug)]
pub(super) struct Case<'a> {
    /// Of which scenario.
    pub(super) scenario: &'a Scenario,
    /// On which architecture.
    pub(super) arch: Arch,
    /// Under which scheduler.
    pub(super) scheduler: &'a str,
    /// How many copies.
    pub(super) copies: Option<u32>,
    /// The words.
    pub(super) words: Vec<(&'a str, &'a str)>,
    /// Whether the page shows its schedule.
    pub(super) shown: bool,
    /// How long.
    pub(super) seconds: Seconds,
    /// How long in real time.
    pub(super) real: Seconds,
    /// The machine's memory.
    pub(super) memory: Memory,
}

impl Case<'_> {
    /// Whether it belongs to the quick selection.
    pub(super) fn is_quick(&self) -> bool {
        self.scenario.quick && !self.scenario.slow_on.iter().any(|name| name == self.arch.name())
    }

    /// What stands behind the subjects of its rows: what makes it different from the others of its scenario.
    pub(super) fn variant(&self) -> String {
        let words: String = self.words.iter().map(|(word, value)| format!(", {word} {value}")).collect();
        words + &self.copies.map(|copies| format!(" at {copies} {}", self.scenario.things)).unwrap_or_default()
    }

    /// How long it runs on a target.
    pub(super) fn seconds_on(&self, target: &Target) -> Seconds {
        match target {
            Target::Sim | Target::Qemu => self.seconds,
            Target::QemuRealtime | Target::Serial(_) => self.real,
        }
    }

    /// What people call it, made there.
    pub(super) fn title(&self, there: &str) -> String {
        format!("{} under {} on {there}{}", self.scenario.name, self.scheduler, self.variant())
    }

    /// Its name, which is one of a file too.
    pub(super) fn name(&self) -> String {
        let text = format!("{}-{}-{}{}", self.scenario.name, self.arch.name(), self.scheduler, self.variant());
        text.chars().filter(|c| *c != ',').map(|c| if c == ' ' { '-' } else { c }).collect()
    }

    /// Its configuration.
    pub(super) fn config(&self) -> Result<String> {
        let bytes = workspace::read(&workspace::root().join(&self.scenario.config))?;
        let text = String::from_utf8(bytes).with_context(|| format!("{} is no text", self.scenario.config))?;
        Ok(template::fill(&text, &self.words, self.copies.unwrap_or(0)))
    }
}

//! Measurements that outlive their run: what a benchmark found, in a form that can be kept, compared and shown.
//!
//! - [`Row`]: one quantity of one subject in one scenario; [`Results`]: the rows of a run and where it ran;
//! - [`figures`]: the statistics of a row, exact over all samples;
//! - [`measured`]: the rows that a recording gives;
//! - [`store`]: rows as lines of JSON;
//! - [`rivals`]: what is promised, and what others take;
//! - [`compare`](mod@compare): one run against another;
//! - [`page`](fn@page): results and traces as one HTML page.
//!
//! Nothing here runs anything: it may not read a clock, a file or a process. Who measures hands in samples, and
//! says with [`Unit`] and [`Row::exact`] what they are worth.

mod budget;
pub mod compare;
pub mod figures;
mod histogram;
pub mod measured;
mod page;
pub mod rivals;
pub mod store;
mod thousandths;
mod unit;

pub use budget::{Budget, Statistic};
pub use compare::{Comparison, compare};
pub use figures::{Figures, Order};
pub use histogram::Histogram;
pub use measured::{Setting, measured};
pub use page::{Shown, TRACES_MAX, page};
pub use rivals::Rivals;
pub use store::{LineError, Reading, read, write};
pub use thousandths::Thousandths;
pub use unit::Unit;

use core::fmt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The rows of one run of the benchmark.
#[derive(Clone, PartialEq, Debug)]
pub struct Results {
    /// Where and of what they were measured.
    pub about: About,
    /// The rows in the order in which they were measured; no two have the same [`Key`].
    pub rows: Vec<Row>,
}

/// Where and of what a run measured; rows of equal `About` belong together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The machine that ran the emulator, or the board, for people.
    pub machine: String,
    /// The commit that was measured, with "-dirty" behind it if files had changed since.
    pub commit: String,
    /// The versions of the tools, by name.
    pub versions: BTreeMap<String, String>,
}

/// One quantity of one subject in one scenario.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What is measured.
    pub key: Key,
    /// What the figures count.
    pub unit: Unit,
    /// Whether a larger figure is better or worse.
    pub better: Better,
    /// Whether a second run of the same files gives the same figures, so that any difference means something.
    pub exact: bool,
    /// The hash of the plan that ran, 16 hexadecimal digits.
    pub config: String,
    /// How to measure it again.
    pub command: String,
    /// What it must not exceed (or fall below, if more is better).
    pub budget: Option<Budget>,
    /// The figures.
    pub figures: Figures,
}

/// What identifies a row: two runs are compared where these are equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The architecture, for example "aarch64".
    pub arch: String,
    /// The scenario, for example "lone-task".
    pub scenario: String,
    /// The scheduler that ran.
    pub scheduler: String,
    /// What was measured, for example "null hypercall" or "task flight.0.0".
    pub subject: String,
    /// Of what kind the figures are, for example "latency" or "cost".
    pub quantity: String,
}

/// In which direction figures improve.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Less is better: times, memory, misses.
    Lower,
    /// More is better: how many partitions boot.
    Higher,
}

impl Row {
    /// Whether the budget is kept; `None` without a budget, or if only a mean is known and the budget is about
    /// something else.
    pub fn in_budget(&self) -> Option<bool> {
        let Budget { statistic, limit } = self.budget?;
        let has = self.figures.get(statistic)?;
        Some(match self.better {
            Better::Lower => has <= limit,
            Better::Higher => has >= limit,
        })
    }

    /// The same row with a budget.
    pub fn within(mut self, budget: Option<Budget>) -> Self {
        self.budget = budget;
        self
    }
}

impl Results {
    /// No rows yet.
    pub fn new(about: About) -> Self {
        Self { about, rows: Vec::new() }
    }

    /// Adds a row; one with the same key makes place for it.
    pub fn push(&mut self, row: Row) {
        match self.rows.iter_mut().find(|known| known.key == row.key) {
            Some(known) => *known = row,
            None => self.rows.push(row),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { arch, scenario, scheduler, subject, quantity } = self;
        write!(f, "{arch} {scenario} {scheduler} {subject} {quantity}")
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

//! What Majorframe promises of its own figures, and what is known about other hypervisors: data, with its source.
//!
//! Only what was measured in the same way stands beside ours: in virtual ns, by the same probes.

use super::{Better, Budget, Key, Results, Statistic, Thousandths, Unit};
use serde::Deserialize;

/// The data that belongs to this version.
const DATA: &str = include_str!("rivals.toml");

/// Promises and the figures of others.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rivals {
    /// The others, and how they were measured.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
    /// The figures, in the order in which they are shown.
    #[serde(rename = "figure")]
    pub figures: Vec<Promise>,
}

/// Another hypervisor.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name and version.
    pub name: String,
    /// Who measured it, and how.
    pub about: String,
}

/// A promise about some rows, and what others take for the same.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// What it is about, for people.
    pub title: String,
    /// The architecture.
    pub arch: String,
    /// The scenario, if it is about one only.
    pub scenario: Option<String>,
    /// The subject; " ..." or ", ..." may follow in the row's.
    pub subject: String,
    /// The quantity.
    pub quantity: String,
    /// Which figure is promised.
    pub statistic: Statistic,
    /// In which direction the figures improve.
    #[serde(default = "lower")]
    pub better: Better,
    /// The limit.
    pub budget: u64,
    /// The figures of others.
    pub others: Vec<Other>,
}

/// A figure of another hypervisor, in the unit of our row.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// The name of a [`Source`].
    pub by: String,
    /// The figure.
    pub value: u64,
    /// In which circumstances, if there are several.
    pub note: Option<String>,
}

const fn lower() -> Better {
    Better::Lower
}

impl Rivals {
    /// What is known to this version.
    pub fn known() -> Self {
        toml::from_str(DATA).expect("the tests read this very text")
    }

    /// The promise about a row: of several the one with the longest subject, which is the most exact.
    pub fn about(&self, key: &Key) -> Option<&Promise> {
        self.figures.iter().filter(|promise| promise.covers(key)).max_by_key(|promise| promise.subject.len())
    }

    /// Gives each row without a budget the one that is promised for it. Times of a real clock get none: what is
    /// promised counts instructions.
    pub fn promise(&self, results: &mut Results) {
        for row in results.rows.iter_mut().filter(|row| row.budget.is_none() && row.unit != Unit::Ns) {
            row.budget = self.about(&row.key).filter(|promise| promise.better == row.better).map(Promise::limit);
        }
    }
}

impl Promise {
    /// The promise as a budget.
    pub fn limit(&self) -> Budget {
        Budget { statistic: self.statistic, limit: Thousandths::whole(self.budget) }
    }

    /// Whether a row is what the promise is about.
    pub fn covers(&self, key: &Key) -> bool {
        let rest = key.subject.strip_prefix(self.subject.as_str());
        let subject = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ' ']));
        let scenario = self.scenario.as_ref().is_none_or(|scenario| *scenario == key.scenario);
        subject && scenario && self.arch == key.arch && self.quantity == key.quantity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::testing::{results, row};
    use crate::bench::{Figures, Row};

    fn of(subject: &str, quantity: &str) -> Row {
        row(subject, quantity, Figures::of_value(57))
    }

    #[test]
    fn every_figure_of_others_has_a_source_and_every_promise_a_title() {
        let known = Rivals::known();
        for promise in &known.figures {
            assert!(!promise.title.is_empty() && !promise.subject.is_empty());
            for other in &promise.others {
                assert!(known.sources.iter().any(|source| source.name == other.by), "{}", other.by);
            }
        }
        assert!(known.sources.iter().all(|source| source.about.starts_with("measured by us")));
    }

    #[test]
    fn no_two_promises_are_about_the_same() {
        let known = Rivals::known();
        for (at, one) in known.figures.iter().enumerate() {
            let same = |other: &&Promise| {
                (&other.arch, &other.scenario, &other.subject, &other.quantity)
                    == (&one.arch, &one.scenario, &one.subject, &one.quantity)
            };
            assert_eq!(known.figures[at + 1..].iter().find(same), None);
        }
    }

    #[test]
    fn the_most_exact_promise_counts() {
        let known = Rivals::known();
        let budget = |subject| known.about(&of(subject, "latency").key).map(|promise| promise.budget);
        assert_eq!(budget("timer, guest in WFI, solo.0"), Some(500));
        assert_eq!(budget("timer, guest in WFI, a hog on the pCPU, solo.0"), Some(900));
        assert_eq!(budget("timers"), None);
    }

    #[test]
    fn a_row_gets_the_budget_that_is_promised_unless_it_has_one() {
        let own = Some(Budget { statistic: Statistic::Mean, limit: Thousandths::whole(60) });
        let mut results = results(vec![
            of("null hypercall, solo.0", "cost"),
            of("null hypercall, other.0", "cost").within(own),
            of("null hypercalls", "cost"),
            Row { better: Better::Higher, ..of("null hypercall", "cost") },
            Row { unit: Unit::Ns, ..of("null hypercall, board.0", "cost") },
        ]);
        Rivals::known().promise(&mut results);
        let kept: Vec<_> = results.rows.iter().map(Row::in_budget).collect();
        assert_eq!(kept, [Some(false), Some(true), None, None, None]);
    }
}

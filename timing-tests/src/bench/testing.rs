//! Rows for tests, put together by hand.

use super::{About, Figures, Results, Row, Setting, Unit};

pub(crate) fn about() -> About {
    let versions = [("qemu", "7.2.19"), ("rustc", "1.90.0")].map(|(tool, version)| (tool.into(), version.into()));
    About { machine: "a PC".into(), commit: "0123abc".into(), versions: versions.into() }
}

pub(crate) fn setting(scenario: &str, scheduler: &str) -> Setting {
    Setting {
        arch: "aarch64".into(),
        scenario: scenario.into(),
        scheduler: scheduler.into(),
        command: format!("cargo xtask bench --only {scenario}"),
    }
}

/// A row of times in scenario "bench" under rtds.
pub(crate) fn row(subject: &str, quantity: &str, figures: Figures) -> Row {
    setting("bench", "rtds").row(0xfeed, subject, quantity, Unit::VirtualNs, figures)
}

pub(crate) fn samples(samples: &[u64]) -> Figures {
    Figures::of_samples(samples).unwrap()
}

pub(crate) fn results(rows: Vec<Row>) -> Results {
    Results { about: about(), rows }
}

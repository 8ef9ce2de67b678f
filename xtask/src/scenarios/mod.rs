//! Whole systems on the emulator, each with what must come out.
//!
//! A scenario is named after the behaviour that it proves. [`Lab::run`] holds every run to the same
//! standard: an orderly end, every `expect` of the configuration, and a replay without a difference.

mod boot;
mod change;
mod faults;
mod figures;
mod handover;
mod lab;
mod linux;
mod repeat;
mod schedulers;
mod shares;
mod single;
mod verbs;

pub(crate) use lab::Lab;

use anyhow::Result;

/// A scenario's code; it gets the scenario's name, for its files.
type Code = Box<dyn Fn(&Lab, &str) -> Result<()> + Send + Sync>;

/// A scenario.
pub(crate) struct Scenario {
    /// What it proves.
    pub(crate) name: String,
    /// Whether it takes only seconds.
    pub(crate) quick: bool,
    /// Fails with a sentence.
    pub(crate) run: Code,
}

/// A scenario that takes only seconds.
fn quick(name: impl Into<String>, run: impl Fn(&Lab, &str) -> Result<()> + Send + Sync + 'static) -> Scenario {
    Scenario { name: name.into(), quick: true, run: Box::new(run) }
}

/// A scenario that `test --quick` leaves out.
fn long(name: impl Into<String>, run: impl Fn(&Lab, &str) -> Result<()> + Send + Sync + 'static) -> Scenario {
    Scenario { quick: false, ..quick(name, run) }
}

/// All scenarios; the longest come first, so that none is left alone at the end.
pub(crate) fn all() -> Vec<Scenario> {
    let lists = [
        single::all(),
        shares::all(),
        figures::all(),
        linux::all(),
        schedulers::all(),
        faults::all(),
        repeat::all(),
        handover::all(),
        verbs::all(),
        boot::all(),
        change::all(),
    ];
    lists.into_iter().flatten().collect()
}

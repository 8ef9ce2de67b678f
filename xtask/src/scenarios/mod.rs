//! Whole systems on the emulator, each with what must come out.
//!
//! A scenario is named after the behaviour that it proves. [`Lab::run`] holds every run to the same
//! standard: an orderly end, every `expect` of the configuration, and a replay without a difference.

mod account;
mod board;
mod boot;
mod change;
mod disc;
mod faults;
mod figures;
mod handover;
mod lab;
mod line;
mod linux;
mod promised;
mod repeat;
mod schedulers;
mod shares;
mod single;
mod terminal;
mod verbs;

pub(crate) use lab::Lab;

use crate::arch::Arch;
use anyhow::Result;

/// A scenario's code; it gets the scenario's name, for its files.
type Code = Box<dyn Fn(&Lab, &str) -> Result<()> + Send + Sync>;

/// A scenario.
pub(crate) struct Scenario {
    /// What it proves.
    pub(crate) name: String,
    /// Whether it takes only seconds.
    pub(crate) quick: bool,
    /// On which architectures it runs.
    on: On,
    /// Fails with a sentence.
    pub(crate) run: Code,
}

/// Where a scenario has something to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum On {
    /// On every architecture.
    Each,
    /// Only there.
    Only(Arch),
}

impl Scenario {
    /// Only on this architecture: what it is about is not there elsewhere, or it does not boot a machine.
    fn only(self, arch: Arch) -> Self {
        Self { on: On::Only(arch), ..self }
    }
}

/// A scenario that takes only seconds.
fn quick(name: impl Into<String>, run: impl Fn(&Lab, &str) -> Result<()> + Send + Sync + 'static) -> Scenario {
    Scenario { name: name.into(), quick: true, on: On::Each, run: Box::new(run) }
}

/// A scenario that `test --quick` leaves out.
fn long(name: impl Into<String>, run: impl Fn(&Lab, &str) -> Result<()> + Send + Sync + 'static) -> Scenario {
    Scenario { quick: false, ..quick(name, run) }
}

/// All scenarios of an architecture, named after it if it is not the first one. The longest come first, so that none
/// is left alone at the end.
pub(crate) fn on(arch: Arch) -> Vec<Scenario> {
    let here = all().into_iter().filter(|one| one.on == On::Each || one.on == On::Only(arch));
    let suffix = if arch == Arch::Aarch64 { String::new() } else { format!("_on_{}", arch.name()) };
    here.map(|one| Scenario { name: one.name + &suffix, ..one }).collect()
}

fn all() -> Vec<Scenario> {
    let lists = [
        disc::all(),
        single::all(),
        shares::all(),
        figures::all(),
        linux::all(),
        promised::all(),
        schedulers::all(),
        faults::all(),
        repeat::all(),
        account::all(),
        handover::all(),
        verbs::all(),
        line::all(),
        board::all(),
        boot::all(),
        change::all(),
    ];
    lists.into_iter().flatten().collect()
}

//! Runs on a machine that nobody here can boot: for each one a folder with what is to be booted, then the wait for
//! its trace, one after the other.
//!
//! What was measured is saved after each run. A run whose trace the line damaged gives no rows, since nobody could
//! say which samples are missing.

use super::about;
use super::batch::Batch;
use super::case::Case;
use super::runner::{self, Found, Ready};
use super::scenario::Scenarios;
use crate::arch::Arch;
use crate::build::Artifacts;
use crate::cli::MeasureArgs;
use crate::console::{Format, Reader};
use crate::image::{self, Lines};
use crate::report;
use crate::serial::{self, Captured, Limits, Line};
use crate::workspace;
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;
use timing_tests::bench::{self, About, Results, Rivals};
use trace::{Recording, Unit};

/// The folder of the runs' files, below that of the results and below `target/run`.
const FOLDER: &str = "board";
/// What makes the hypervisor send its trace.
const DUMP: &str = "dump=on";
/// The trace, in the folder of a run.
const TRACE: &str = "trace.mft";
/// The boot line, in the folder of a run: to be copied to where the board's boot loader finds it.
pub(crate) const BOOT: &str = "boot.txt";

/// A board, and where its results go.
pub(super) struct Board<'a> {
    /// What the command line says.
    pub(super) arguments: &'a MeasureArgs,
    /// The line to it.
    pub(super) line: &'a Line,
}

impl Board<'_> {
    /// Makes all runs and saves them in `file`. Rows that are there stay, unless they are measured again.
    pub(super) fn all(
        &self,
        cases: &[Case<'_>],
        scenarios: &Scenarios,
        built: &[Artifacts],
        file: &Path,
    ) -> Result<Batch> {
        let about = about::about(&self.arguments.target, self.arguments.board.as_deref());
        let text = if file.exists() { workspace::read(file)? } else { Vec::new() };
        let (own, others) = known(&String::from_utf8_lossy(&text), about);
        let mut batch = Batch::new(own);
        for (number, case) in (1..).zip(cases) {
            eprintln!("\nrun {number} of {}: {}", cases.len(), case.name());
            let found = self.one(case, scenarios, built);
            if let Err(error) = &found {
                eprintln!("FAILED {}: {error:#}", case.name());
            }
            batch.add(case, found);
            Rivals::known().promise(&mut batch.results);
            let runs: String = others.iter().chain([&batch.results]).map(bench::write).collect();
            workspace::write(file, runs.as_bytes())?;
        }
        Ok(batch)
    }

    fn one(&self, case: &Case<'_>, scenarios: &Scenarios, built: &[Artifacts]) -> Result<Found> {
        let built = built.iter().find(|built| built.arch == case.arch).context("nothing was built for the board")?;
        let ready = runner::prepare(case, &self.arguments.target, built, FOLDER, DUMP)?;
        let folder = self.files(case, &ready)?;
        let console = Reader::new(Format::Frames, &ready.built.elf, &ready.system.bundle)?;
        let mut port = self.line.open()?;
        eprintln!("{}", self.asks(&ready, &folder));
        let captured = serial::follow(&mut port, self.limits(), console, true, Unit::RealTime)?;
        let recording = self.whole(&captured)?;
        let bytes = ready.system.plan()?;
        report::save(&folder.join(TRACE), recording, bytes)?;
        let ran = recording.schedulers.first().map_or("none", String::as_str);
        ensure!(ran == case.scheduler, "the board ran scheduler {ran}; boot it with the line that was shown");
        runner::found(case, scenarios, &self.arguments.target, &ready.system, &captured.outcome)
    }

    /// Writes what is to be booted, for a PC as a disc too.
    fn files(&self, case: &Case<'_>, ready: &Ready) -> Result<PathBuf> {
        let folder = self.arguments.out.join(FOLDER).join(case.name());
        let lines = Lines { typed: ready.boot.clone(), menu: ready.boot.clone() };
        image::folder(&ready.built, &ready.system, &lines, &folder, case.arch == Arch::X86_64)?;
        workspace::write(&folder.join(BOOT), format!("{}\n", ready.boot).as_bytes())?;
        Ok(folder)
    }

    /// What somebody at the board has to do.
    fn asks(&self, ready: &Ready, folder: &Path) -> String {
        let (image, bundle) = (image::IMAGE, image::bundle_name(&ready.system));
        let disc =
            if ready.built.arch == Arch::X86_64 { format!(", or the disc {}", image::DISC) } else { String::new() };
        format!(
            "boot {image} with {bundle}{disc} from {}\n  and the boot line in its {BOOT}: {}\n  ({} says how); waiting \
             for {} ...",
            workspace::shown(folder),
            ready.boot,
            image::README,
            self.line
        )
    }

    fn limits(&self) -> Limits {
        Limits { whole: Duration::MAX, byte: Duration::from_secs(self.arguments.wait), ..Limits::default() }
    }

    /// The recording, if all of it came.
    fn whole<'a>(&self, captured: &'a Captured) -> Result<&'a Recording> {
        let Captured { outcome, losses } = captured;
        match &outcome.recording {
            Err(error) if outcome.timed_out => bail!("{error}; no byte came for {} s", self.arguments.wait),
            Err(error) => bail!("{error}"),
            Ok(_) if !losses.is_empty() => {
                bail!("{losses}\nmeasure it again, over a shorter cable or at a lower speed")
            }
            Ok(_) => outcome.orderly(),
        }
    }
}

/// What is known about `about`, and the runs of others; a line without a row is said and lost.
fn known(text: &str, about: About) -> (Results, Vec<Results>) {
    let mut reading = bench::read(text);
    for error in &reading.errors {
        eprintln!("the results that were there, {error}");
    }
    let own = reading.runs.iter().position(|run| run.about == about).map(|at| reading.runs.remove(at));
    (own.unwrap_or_else(|| Results::new(about)), reading.runs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use timing_tests::bench::{Figures, Setting};

    #[test]
    fn rows_of_the_same_board_are_added_to_and_those_of_others_stay() {
        let about = |machine: &str| About { machine: machine.into(), ..About::default() };
        let row = |subject: &str| Setting::default().row(7, subject, "cost", bench::Unit::Ns, Figures::of_value(1));
        let run = |machine, subject| Results { about: about(machine), rows: vec![row(subject)] };
        let (mine, other) = (run("mine", "a call"), run("another", "a switch"));
        let text = bench::write(&mine) + &bench::write(&other) + "damaged\n";
        assert_eq!(known(&text, about("mine")), (mine.clone(), vec![other.clone()]));
        assert_eq!(known(&text, about("new")), (Results::new(about("new")), vec![mine, other]));
        assert_eq!(known("", about("new")), (Results::new(about("new")), Vec::new()));
    }
}

//! What `bench` takes.

use super::Target;
use crate::arch::Arch;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use timing_tests::bench::Thousandths;

/// What `bench` takes.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "The scenarios are data: bench/scenarios.toml. On the emulator time is counted in instructions, so a
second run gives the same figures. Results go to results.json and report.html in the folder.

Targets: `sim` is the simulator, as far as it knows the guests; `qemu` the emulator, whose time is
instructions; `qemu-realtime` the emulator, whose time is the host's; `serial:DEVICE,BAUD` a board
at a serial line. For a board each run gets a folder with what to boot; boot it, and the next run
follows when its trace has come. Rows are added to those that the same board has in results.json.

The exit status is 0 when every run was made and, with --check, every figure of
docs/SPECIFICATION.md holds; else 1.

Examples:
  cargo xtask bench
  cargo xtask bench --quick --check
  cargo xtask bench --filter task-and-hogs --arch aarch64
  cargo xtask bench --target sim
  cargo xtask bench --target serial:/dev/ttyUSB0,115200 --filter timer --board \"my board, 4 x A72\""
)]
pub(crate) struct BenchArgs {
    /// What to do instead of measuring
    #[command(subcommand)]
    pub(crate) verb: Option<BenchVerb>,
    /// How to measure
    #[command(flatten)]
    pub(crate) measure: MeasureArgs,
}

/// What `bench` takes when it measures.
#[derive(Args, Debug)]
pub(crate) struct MeasureArgs {
    /// Only the scenarios that take seconds
    #[arg(long)]
    pub(crate) quick: bool,
    /// Only the runs whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Only this architecture [default: each; of a board: aarch64]
    #[arg(long, value_enum)]
    pub(crate) arch: Option<Arch>,
    /// Where the runs are made: sim, qemu, qemu-realtime, or serial:DEVICE,BAUD
    #[arg(long, value_name = "TARGET", default_value = "qemu")]
    pub(crate) target: Target,
    /// What the board is, for people: board, processor and its speed, firmware [default: the target]
    #[arg(long, value_name = "TEXT")]
    pub(crate) board: Option<String>,
    /// After how many seconds without a byte from the board a run is given up
    #[arg(long, value_name = "N", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) wait: u64,
    /// The folder to write to
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    pub(crate) out: PathBuf,
    /// Fail when a figure of docs/SPECIFICATION.md does not hold
    #[arg(long)]
    pub(crate) check: bool,
}

/// The verbs of `bench`.
#[derive(Subcommand, Debug)]
pub(crate) enum BenchVerb {
    /// Write the figures of a run into the tables of the documents
    Tables(TablesArgs),
    /// Keep what a board measured, and write the table of all boards into the page about hardware
    Boards(BoardsArgs),
    /// Compare two runs row by row
    Compare(CompareArgs),
    /// Write a page about a run: budgets, distributions, schedules
    Report(ReportArgs),
}

/// What `bench compare` takes.
#[derive(Args, Debug)]
#[command(after_help = "Rows are paired by architecture, scenario, scheduler, subject and quantity. Of a file with
several runs the last one counts. What repeats exactly (virtual ns, bytes) may not be worse at all.

The exit status is 0 when no row is worse, 1 when one is, and 3 when that cannot be said: a row is
missing, was measured otherwise, or a line is damaged.

Example:
  cargo xtask bench compare old.json target/bench/results.json --tolerance 10")]
pub(crate) struct CompareArgs {
    /// The results to compare with
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The results to judge
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// By how many per cent a figure of real time may be worse
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = percent)]
    pub(crate) tolerance: u64,
}

/// What `bench report` takes.
#[derive(Args, Debug)]
#[command(after_help = "The page is one file that needs no network. Equal files give equal bytes. The exit status is 3
when lines of the results are damaged: the page then shows the others.

Example:
  cargo xtask bench report target/bench/results.json target/run/demo-rtds.mft --out report.html")]
pub(crate) struct ReportArgs {
    /// The results; of a file with several runs the last one
    #[arg(value_name = "RESULTS")]
    pub(crate) results: PathBuf,
    /// Traces whose schedules are to be shown
    #[arg(value_name = "TRACE")]
    pub(crate) traces: Vec<PathBuf>,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// What `bench tables` takes.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  cargo xtask bench tables target/bench/results.json")]
pub(crate) struct TablesArgs {
    /// The results; of a file with several runs the last one
    #[arg(value_name = "RESULTS")]
    pub(crate) results: PathBuf,
}

/// What `bench boards` takes.
#[derive(Args, Debug)]
#[command(after_help = "The rows go to docs/bench/boards, the table to docs/hardware.md.

Example:
  cargo xtask bench boards target/bench/results.json")]
pub(crate) struct BoardsArgs {
    /// What `bench --target serial:... --board TEXT` wrote; without it only the table is written
    #[arg(value_name = "RESULTS")]
    pub(crate) results: Option<PathBuf>,
}

/// Per cent, as parts per million.
fn percent(text: &str) -> Result<u64, String> {
    let most = Thousandths::whole(1000);
    let percent = Thousandths::parse(text).filter(|percent| *percent <= most);
    percent.map(|percent| percent.0 * 10).ok_or_else(|| "write per cent from 0 to 1000, for example 5 or 2.5".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cents_are_ten_thousand_parts_of_a_million() {
        assert_eq!(percent("2.5"), Ok(25_000));
        for wrong in ["-1", "1001", "5%", "NaN", ""] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }
}

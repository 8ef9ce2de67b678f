//! The command line.

mod account;
mod bench;
mod capture;
mod export;
mod target;

pub(crate) use account::AccountArgs;
pub(crate) use bench::{BenchArgs, BenchVerb, BoardsArgs, CompareArgs, MeasureArgs, ReportArgs, TablesArgs};
pub(crate) use capture::CaptureArgs;
pub(crate) use export::{ExportArgs, ExportFormat};
pub(crate) use target::Target;

use crate::arch::Arch;
use crate::console::Format;
use crate::units::{Memory, Seconds};
use crate::workspace;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use timing_tests::simulate::Costs;

/// Builds, runs and tests the Majorframe hypervisor
#[derive(Parser, Debug)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 110)]
#[command(after_help = "Examples:
  cargo xtask run                                  the demonstration, two virtual seconds
  cargo xtask run --sched rtds --seconds 0.5       another scheduler, a shorter run
  cargo xtask sim configs/demo.toml --sched bvt    the same system without an emulator, in a moment
  cargo xtask check configs/demo.toml              is this configuration sound?
  cargo xtask test --quick                         everything but the long scenarios")]
pub(crate) struct Cli {
    /// What to do
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Install what is missing on this machine (the other verbs do it by themselves)
    Setup,
    /// Build the hypervisor and the guests for the target
    Build(BuildArgs),
    /// Boot a system on the emulator, then print how its time was kept
    Run(RunArgs),
    /// Take the trace of a machine that runs elsewhere from a serial line, then print how its time was kept
    Capture(CaptureArgs),
    /// Write a folder that boots without these tools: image, bundle, instructions
    Image(ImageArgs),
    /// Check a configuration and print all its errors
    Check(CheckArgs),
    /// Run a system in the simulator, without emulator and images, and print how its time was kept
    Sim(SimArgs),
    /// Feed a trace to the same scheduler on this machine and compare every decision
    Replay(ReplayArgs),
    /// Draw who ran when from a trace, as SVG
    Draw(DrawArgs),
    /// Write a trace in a form that other programs open
    Export(ExportArgs),
    /// Measure what the hypervisor costs and how punctual it is; compare and show what was measured
    Bench(BenchArgs),
    /// Account for every instruction of the hypervisor in a run, by kind of exit and by function
    Account(AccountArgs),
    /// Run all tests: format, lints, unit tests, and whole systems on the emulator
    Test(TestArgs),
    /// Collect and judge the evidence about a scheduler crate
    Certify(CertifyArgs),
}

fn schedulers() -> PossibleValuesParser {
    PossibleValuesParser::new(policies::REGISTRY.iter().map(|policy| policy.name))
}

/// What `build` takes.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo xtask build
  cargo xtask build --only rtds")]
pub(crate) struct BuildArgs {
    /// The architecture to build for
    #[arg(long, value_enum, default_value = "aarch64")]
    pub(crate) arch: Arch,
    /// Build a hypervisor that has just this scheduler, beside the usual one
    #[arg(long, value_name = "NAME", value_parser = schedulers())]
    pub(crate) only: Option<String>,
}

/// What `run` takes.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Time is counted in instructions unless --realtime is given: one instruction is one
nanosecond, and two runs of the same files are identical to the byte. It is not the
time that hardware would need.

The exit status is 0 when the system ended in an orderly way and every `expect` of the
configuration held, else 1.

Examples:
  cargo xtask run
  cargo xtask run --config configs/frame.toml --seconds 10 --json frame.json
  cargo xtask run --sched credit2 --trace credit2.mft
  cargo xtask run --config configs/demo.toml --interactive")]
pub(crate) struct RunArgs {
    /// The system to run
    #[arg(long, value_name = "FILE", default_value_os_t = demo())]
    pub(crate) config: PathBuf,
    /// The scheduler of the first pool, instead of the one that the configuration names
    #[arg(long, value_name = "NAME", value_parser = schedulers())]
    pub(crate) sched: Option<String>,
    /// The architecture to run on
    #[arg(long, value_enum, default_value = "aarch64")]
    pub(crate) arch: Arch,
    /// How many pCPUs the machine has [default: as many as the configuration needs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) smp: Option<u32>,
    /// How long the system runs [default: as the configuration says, else 2]
    #[arg(long, value_name = "N")]
    pub(crate) seconds: Option<Seconds>,
    /// How much memory the machine has
    #[arg(long, value_name = "SIZE", default_value = "2G")]
    pub(crate) memory: Memory,
    /// Also write the measurements to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the trace to this file [default: target/run/CONFIG-SCHEDULER.mft]
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// Let time pass as on the host; runs then differ
    #[arg(long)]
    pub(crate) realtime: bool,
    /// Make the terminal the machine's console, without a time limit (implies --realtime)
    #[arg(long)]
    pub(crate) interactive: bool,
    /// What the serial line carries [default: frames, shown as text, with the hypervisor's log]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) console: Option<Format>,
    /// Keep the file with the machine's memory
    #[arg(long)]
    pub(crate) keep: bool,
}

/// What `image` takes.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  cargo xtask image --config configs/demo.toml --out /tmp/flight
  cat /tmp/flight/README.txt
  cargo xtask image --only rtds --out /tmp/certified
  cargo xtask image --arch x86_64 --iso --out /tmp/pc")]
pub(crate) struct ImageArgs {
    /// The system to boot
    #[arg(long, value_name = "FILE", default_value_os_t = demo())]
    pub(crate) config: PathBuf,
    /// The architecture to boot on
    #[arg(long, value_enum, default_value = "aarch64")]
    pub(crate) arch: Arch,
    /// The folder to write to; made when it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The scheduler in the printed commands
    #[arg(long, value_name = "NAME", value_parser = schedulers())]
    pub(crate) sched: Option<String>,
    /// Build a hypervisor that has just this scheduler, for the printed commands too
    #[arg(long, value_name = "NAME", value_parser = schedulers(), conflicts_with = "sched")]
    pub(crate) only: Option<String>,
    /// Write a disc with GRUB too, for PCs with BIOS or EFI, with CD drive or USB stick
    #[arg(long)]
    pub(crate) iso: bool,
}

/// What `check` takes.
#[derive(Args, Debug)]
#[command(after_help = "The exit status is 0 when there is no error, else 1. Nothing is built or fetched.

Example:
  cargo xtask check configs/demo.toml")]
pub(crate) struct CheckArgs {
    /// The configuration
    #[arg(value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// The architecture that it is meant for
    #[arg(long, value_enum, default_value = "aarch64")]
    pub(crate) arch: Arch,
}

/// What `sim` takes.
#[derive(Args, Debug)]
#[command(after_help = "The schedulers are those of the hypervisor, and so are parameters, protocol and trace. The
guests are not executed: a periodic task, a hog, `hello` and `chatter` are known by their
arguments, and --as says what another image does. Time is virtual; the machine's own doings
cost what --costs says, at first nothing:

  decision  a look of a pCPU at its pool        kick   until a pCPU hears another one
  switch    until the old context is saved      timer  how late a timer interrupts

Each is a time or a range (`timer=0..50us`, drawn anew by the seed). Two runs with the same
seed are identical.

The exit status is 0 when every `expect` of the configuration held, else 1.

Examples:
  cargo xtask sim configs/demo.toml
  cargo xtask sim configs/shares.toml --sched credit --seconds 100 --json shares.json
  cargo xtask sim configs/demo.toml --costs decision=500ns,switch=2us,timer=0..20us --seed 7
  cargo xtask sim configs/linux.toml --as \"linux=periodic period=10ms work=2ms jobs=50\"")]
pub(crate) struct SimArgs {
    /// The system to simulate
    #[arg(value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// The scheduler of the first pool, instead of the one that the configuration names
    #[arg(long, value_name = "NAME", value_parser = schedulers())]
    pub(crate) sched: Option<String>,
    /// How long the system runs [default: as the configuration says, else 2]
    #[arg(long, value_name = "N")]
    pub(crate) seconds: Option<Seconds>,
    /// What the machine's own doings cost
    #[arg(long, value_name = "COSTS", default_value = "", hide_default_value = true, value_parser = timing_tests::simulate::costs)]
    pub(crate) costs: Costs,
    /// On what all randomness depends
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// What a partition does, as a guest's name and arguments; may be given for several
    #[arg(long = "as", value_name = "PARTITION=WORKLOAD")]
    pub(crate) workloads: Vec<String>,
    /// Also write the measurements to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the trace to this file [default: target/sim/CONFIG-SCHEDULER.mft]
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
}

/// What `replay` takes.
#[derive(Args, Debug)]
#[command(after_help = "The exit status is 0 when every decision is the same, 1 when one differs, and 3 when
the trace has a gap, so that only its beginning could be compared.

Example:
  cargo xtask replay target/run/demo-rtds.mft")]
pub(crate) struct ReplayArgs {
    /// The trace that a run wrote
    #[arg(value_name = "TRACE")]
    pub(crate) trace: PathBuf,
}

/// What `draw` takes.
#[derive(Args, Debug)]
#[command(
    after_help = "A row is a vCPU and a bar a time in which it ran, in the colour of its pCPU. Shades are the windows
of a time table. Arrows, diamonds and crosses are releases, completions and missed deadlines that
tasks marked. Times count from the epoch. The same trace gives the same bytes.

Examples:
  cargo xtask draw target/run/demo-rtds.mft --out rtds.svg
  cargo xtask draw target/sim/demo-credit2.mft --out late.svg --from 1500ms --to 1520ms"
)]
pub(crate) struct DrawArgs {
    /// The trace that a run wrote, on the emulator or in the simulator
    #[arg(value_name = "TRACE")]
    pub(crate) trace: PathBuf,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Where the picture begins
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = time)]
    pub(crate) from: u64,
    /// Where it ends [default: 20 ms after its beginning]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) to: Option<u64>,
}

/// Nanoseconds.
fn time(text: &str) -> Result<u64, String> {
    let parsed = timing_tests::human::parse(text).map(|time| time.nanos());
    parsed.ok_or_else(|| "that is no time; write for example 250us, 20ms or 2s".into())
}

/// What `test` takes.
#[derive(Args, Debug)]
#[command(after_help = "The last line says how many passed and failed; the exit status is 0 when none failed.

Examples:
  cargo xtask test
  cargo xtask test --quick
  cargo xtask test --filter replay")]
pub(crate) struct TestArgs {
    /// Leave out what takes longer than a few seconds
    #[arg(long)]
    pub(crate) quick: bool,
    /// Run the scenarios on this architecture only [default: on each]
    #[arg(long, value_enum)]
    pub(crate) arch: Option<Arch>,
    /// Run only the steps and scenarios whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
}

/// What `certify` takes.
#[derive(Args, Debug)]
#[command(after_help = "The report lies below target/certify/CRATE: report.html, report.md, report.json and CSV
tables. The exit status is 0 when nothing is missing, else 1.

Examples:
  cargo xtask certify sched-rtds
  cargo xtask certify --all --quick
  cargo xtask certify sched-null --mutants")]
pub(crate) struct CertifyArgs {
    /// The crate, for example sched-rtds
    #[arg(value_name = "CRATE", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) name: Option<String>,
    /// Every scheduler crate of the workspace
    #[arg(long)]
    pub(crate) all: bool,
    /// Leave out coverage and work: traceability, code for the target and dependencies remain
    #[arg(long)]
    pub(crate) quick: bool,
    /// Mutation too, which takes long; results are kept while nothing changes
    #[arg(long, conflicts_with = "quick")]
    pub(crate) mutants: bool,
}

/// The demonstration, as one would type it here.
fn demo() -> PathBuf {
    workspace::shown(&workspace::root().join("configs/demo.toml")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_unknown_scheduler_is_refused_with_the_list() {
        let error = Cli::try_parse_from(["xtask", "run", "--sched", "nonsense"]).expect_err("refused");
        let text = error.to_string();
        for policy in policies::REGISTRY {
            assert!(text.contains(policy.name), "{text}");
        }
    }
}

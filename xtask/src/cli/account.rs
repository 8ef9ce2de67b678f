//! What `account` takes.

use super::{demo, schedulers};
use crate::arch::Arch;
use crate::units::Seconds;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What `account` takes.
#[derive(Args, Debug)]
#[command(
    after_help = "The run is made under a log of the executed code, which changes nothing in the machine: its trace is the
same, to the byte. On the host it takes about a second for each million of executed blocks.

A stretch with interrupts masked reaches from the exit out of a guest to the return into one, or to where the pCPU
sleeps or, with nothing to run, looks for interrupts. For each kind of stretch the text says how often it came, its least,
mean and largest number of instructions, and where those of its most frequent path go; then come the longest stretches.
The same is written to target/account/RUN.txt and RUN.json.

Examples:
  cargo xtask account --config bench/calls.toml --seconds 0.005
  cargo xtask account --scenario switch --sched credit --inlined
  cargo xtask account --config configs/faults.toml --arch x86_64 --seconds 0.1"
)]
pub(crate) struct AccountArgs {
    /// A scenario of bench/scenarios.toml (its first run), or the name of one of its runs as `bench` prints it
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    pub(crate) scenario: Option<String>,
    /// The system to run
    #[arg(long, value_name = "FILE", default_value_os_t = demo())]
    pub(crate) config: PathBuf,
    /// The scheduler of the first pool [default: the one of the configuration, the first of the scenario]
    #[arg(long, value_name = "NAME", value_parser = schedulers())]
    pub(crate) sched: Option<String>,
    /// The architecture to run on [default: aarch64; with --tables: each]
    #[arg(long, value_enum)]
    arch: Option<Arch>,
    /// How long the system runs [default: as the scenario says, else 0.05]
    #[arg(long, value_name = "N")]
    pub(crate) seconds: Option<Seconds>,
    /// Show inlined functions by themselves
    #[arg(long)]
    pub(crate) inlined: bool,
    /// How many kinds are shown
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) top: usize,
    /// Instead make the runs of bench/account.toml and write the tables of docs/src/timing.md anew
    #[arg(long, conflicts_with_all = ["scenario", "config", "sched", "seconds", "inlined", "top"])]
    pub(crate) tables: bool,
}

impl AccountArgs {
    /// The architecture of a single run.
    pub(crate) fn arch(&self) -> Arch {
        self.arch.unwrap_or(Arch::Aarch64)
    }

    /// The architectures of the tables.
    pub(crate) fn arch_or_each(&self) -> &[Arch] {
        self.arch.as_ref().map_or(Arch::value_variants(), std::slice::from_ref)
    }
}

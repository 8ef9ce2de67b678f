//! What `export` takes.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What `export` takes.
#[derive(Args, Debug)]
#[command(
    after_help = "chrome is the trace-event JSON that Perfetto (ui.perfetto.dev) and chrome://tracing open: a track for
each pCPU and each partition. csv has a line for each event. The same trace gives the same bytes.

Examples:
  cargo xtask export target/run/demo-rtds.mft --format chrome --out demo.json
  cargo xtask export target/sim/demo-rtds.mft --format csv --out demo.csv"
)]
pub(crate) struct ExportArgs {
    /// The trace that a run wrote, on the emulator or in the simulator
    #[arg(value_name = "TRACE")]
    pub(crate) trace: PathBuf,
    /// The form to write
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Forms of a trace for other programs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Trace-event JSON
    Chrome,
    /// Comma-separated values
    Csv,
}

//! What `capture` takes.

use super::demo;
use crate::arch::Arch;
use crate::serial::Line;
use clap::Args;
use std::path::PathBuf;

/// What `capture` takes.
#[derive(Args, Debug)]
#[command(after_help = "The machine must be booted with `dump=on` and a `stop=`, best with `console=frames`, and with
the bundle of the same configuration. Start this first, then the machine. Times come from the
machine's own clock. What the line damages is counted and named; the rest is used.

The exit status is 0 when the system ended in an orderly way and every `expect` held, 3 when
nothing is wrong but the line lost a part of the trace, else 1.

Example:
  cargo xtask capture --from serial:/dev/ttyUSB0,115200 --config configs/demo.toml")]
pub(crate) struct CaptureArgs {
    /// The serial line and its speed in bits per second
    #[arg(long, value_name = "serial:DEVICE,BAUD")]
    pub(crate) from: Line,
    /// The system that the machine runs
    #[arg(long, value_name = "FILE", default_value_os_t = demo())]
    pub(crate) config: PathBuf,
    /// The architecture of the machine
    #[arg(long, value_enum, default_value = "aarch64")]
    pub(crate) arch: Arch,
    /// How many seconds to wait for the end of the trace at most
    #[arg(long, value_name = "N", default_value_t = 600)]
    pub(crate) limit: u64,
    /// Also write the measurements to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the trace to this file [default: target/run/CONFIG-serial.mft]
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
}

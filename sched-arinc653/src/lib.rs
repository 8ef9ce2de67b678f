//! Time windows in a major frame: the partition scheduling of ARINC 653 part 1.
//!
//! A *major frame* repeats for ever from the epoch on. It holds *windows*: from `start` to `start + length`
//! in each frame, the pCPUs of the window belong to one partition. Each pCPU has its own row of windows,
//! so one partition can have several pCPUs at a time, and different ones can run side by side.
//!
//! - **No drift**: the instants of frame k are `k × major frame + start`, computed and not accumulated. A
//!   pick that comes late, even by many frames, finds the window in force then.
//! - **Isolation**: nobody runs outside its windows; time that a partition does not use stays idle; a wake
//!   outside the own window interrupts nobody, and `heeds` tells the caller to delay timers until then.
//! - Inside a window the ready vCPUs of the partition share its pCPUs in turns of [`SLICE`], as far as
//!   their affinity allows; turns exist only while one waits.
//! - A table can hold several *schedules*, of which one is in force. Another one takes over at the start of a
//!   frame, or at once.
//! - `slack` may give unused time to the partition of the next window, until the owner wakes.
//! - `due` reports the planned start of a window with the first pick inside it.
//!
//! `window` is a window and its parameters, `rules` what makes a table valid, `plan` finds windows in a
//! table, `seat` follows one pCPU through the frame, `line` holds the ready vCPUs, `choose` takes one of them,
//! `policy` is the seam.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod change;
mod choose;
mod line;
mod plan;
mod policy;
mod pool;
mod rules;
mod seat;
mod slot;
mod window;

pub use line::Arinc653;
pub use pool::{PoolParams, Slack};
pub use rules::validate;
pub use sched::NoRow;
pub use slot::Slot;
pub use window::Window;

use sched::Duration;

/// The name of the policy in configuration files and on the boot line.
pub const NAME: &str = "arinc653";

/// The largest number of windows in a table.
pub const MOST_WINDOWS: usize = 1024;

/// The largest number of schedules in a table.
pub const SCHEDULES: usize = 8;

/// A turn on a pCPU, while another vCPU of the same partition waits for it.
pub const SLICE: Duration = Duration::from_millis(1);

/// The parameters of a vCPU: none, the windows are its partition's.
pub type VcpuParams = NoRow;

#[cfg(test)]
mod tests;

//! Real-time deferrable servers under global EDF, after the model of Xen's RTDS (RT-Xen).
//!
//! A vCPU with a reservation has a *server*: `budget` of execution in every `period`. Among the vCPUs that
//! have budget left, the one with the earliest deadline (the end of its period) runs first, on any pCPU
//! it is allowed on. What reservations leave over goes to the *best-effort* level: vCPUs without a
//! reservation, and those with `extratime` whose budget is used up, in turns of [`SLICE`].
//!
//! - **A reservation is hard**: without `extratime`, a vCPU whose budget is used up waits for its
//!   replenishment. Running late past the end of a budget is a debt that the next budget pays, up to one
//!   whole budget, so shares are exact in the long run.
//! - **Two orders, two trees**: who runs (level, then deadline, then first come) and who is replenished
//!   next (deadline alone). A replenished vCPU pre-empts whoever it beats, at once.
//! - **Waking** follows `server`: `cbs` is the rule of the constant bandwidth server (Abeni and Buttazzo,
//!   *Integrating multimedia applications in hard real-time systems*, RTSS 1998), so a period starts when
//!   the vCPU wakes and never at a foreign phase; `deferrable` keeps budget and deadline, on a grid of
//!   periods that starts at the epoch plus `offset`.
//! - **Silence**: an event is armed only if it could change a choice. A lone vCPU that may go on anyhow is
//!   never interrupted; a blocked vCPU has no events at all: its server catches up in closed form.
//!
//! - **Admission**: what is reserved is tested when it is asked for, by a named test; see `admit` and `terms`. *Urgent*
//!   reservations go before all deadlines, as EDF-US does with heavy ones (Srinivasan and Baruah, *Deadline-based
//!   scheduling of periodic task systems on multiprocessors*, Information Processing Letters 84, 2002).
//!
//! `slot` is the state of one vCPU, `rank` its place among the others, `server` the rules of one server, `choose`
//! what a pCPU runs, `place` whom to interrupt, `offer` who yields to whom; `line` keeps both trees, `policy` is the
//! seam, `params` and `pool` are the parameters, `check` and `change` put others in force.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod admit;
mod change;
mod check;
mod choose;
mod line;
mod offer;
mod params;
mod place;
mod policy;
mod pool;
mod rank;
mod server;
mod slot;
mod terms;

pub use line::Rtds;
pub use params::VcpuParams;
pub use pool::{Admission, Placement, PoolParams, Server};
pub use sched::NoRow;
pub use slot::Slot;

use sched::Duration;

/// The name of the policy in configuration files and on the boot line.
pub const NAME: &str = "rtds";

/// A turn at the best-effort level, while others wait for one.
pub const SLICE: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests;

//! The scheduler seam of Majorframe.
//!
//! A scheduling policy is pure state for one pool of physical CPUs: time and events go in, decisions
//! come out. It reads no clock, sets no timer, takes no lock, allocates nothing, has no `unsafe`, cannot
//! panic and does bounded work. This crate holds what every policy and every user of a policy shares:
//!
//! - [`time`]: the one time type; [`id`]: names of vCPUs, groups, pCPUs and sets of them;
//! - [`param`]: typed parameters and their rows, the single form for file, bundle, hypercall and trace;
//! - [`scheduler`]: the [`Scheduler`] trait, which is the contract;
//! - [`table`] and [`tree`]: total slot access and the ordered structure policies build on;
//! - [`global`]: what policies with one line for the whole pool have in common;
//! - [`fair`]: what policies of weighted shares have in common;
//! - [`pool`]: the protocol around a policy, once for hypervisor, simulator and replay;
//! - [`timers`]: when blocked vCPUs want to be woken, for hypervisor and simulator;
//! - `sim` (feature `std`, for hosts): a simulated machine around a policy;
//! - `conformance` (a feature, for tests): what every policy must keep.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod fair;
pub mod global;
pub mod id;
pub mod param;
pub mod pool;
pub mod scheduler;
#[cfg(feature = "std")]
pub mod sim;
pub mod table;
pub mod time;
pub mod timers;
pub mod tree;

pub use id::{Affinity, Cpu, CpuSet, Group, Vcpu};
pub use param::{AnyRow, Change, Key, Kind, NoRow, Params, ROW_WORDS, Refused, Row};
pub use pool::{Answer, Call, Life, Log, NoLog, Phase, Pool, Times};
pub use scheduler::{Choice, Leave, Scheduler, Service, Turn, When, Why};
pub use table::Table;
pub use time::{Duration, Instant};

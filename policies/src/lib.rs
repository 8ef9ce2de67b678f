//! The compiled-in policies and their registry by name: the one place that knows them all.
//!
//! A policy crate is one cargo feature, one [`Descriptor`] in [`REGISTRY`] and one variant of [`Policy`].
//! Parameters travel as [`sched::AnyRow`]; each policy reads and validates its own.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

#[cfg(any(
    feature = "arinc653",
    feature = "atropos",
    feature = "bvt",
    feature = "credit",
    feature = "credit2",
    feature = "null",
    feature = "rr",
    feature = "rtds",
    feature = "sedf"
))]
mod policy;
mod registry;
mod storage;

#[cfg(any(
    feature = "arinc653",
    feature = "atropos",
    feature = "bvt",
    feature = "credit",
    feature = "credit2",
    feature = "null",
    feature = "rr",
    feature = "rtds",
    feature = "sedf"
))]
pub use policy::{BuildError, CHANGES_MAX, Policy, Spec, build};
pub use registry::{Descriptor, REGISTRY, RETIRED, find};
#[cfg(feature = "std")]
pub use storage::Heap;
pub use storage::Storage;

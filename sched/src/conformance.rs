//! The conformance suite: what every scheduling policy must keep, whatever it decides.
//!
//! A policy brings a [`Subject`]: how to build it, and sample parameters and changes. The suite puts it on a
//! [`Machine`] of a few pCPUs whose kicks, timers and saves may come late, and judges each call and each
//! state by the [`Law`]s:
//! - [`random`](fn@random) makes long random sequences of calls and shrinks one that breaks a law;
//! - [`explore`](fn@explore) goes through *all* sequences on a small grid of time, breadth first, to a
//!   fixpoint where the subject has a normal form.
//!
//! Both print the calls that lead to a breach. That every law can fail is shown by the suite's own tests:
//! a small policy that is right, and one deliberate flaw in it for each law.
//!
//! For hosts only: this code allocates and panics. It may not look into a policy; what it needs to know
//! about a policy's own rules, it asks the subject.

mod call;
mod digest;
mod explore;
mod hostile;
mod law;
mod machine;
mod op;
mod random;
mod rest;
mod state;
mod subject;

pub use digest::Digest;
pub use explore::{Explored, Goal, explore};
pub use law::{Breach, Law};
pub use machine::{MOST_CPUS, MOST_VCPUS, Machine};
pub use op::{Effect, Op, Trail};
pub use random::random;
pub use subject::{Subject, order};

#[cfg(test)]
mod tests;

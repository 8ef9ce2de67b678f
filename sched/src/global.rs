//! Global scheduling: one line of waiting vCPUs for all pCPUs of a pool, whatever the order in it.
//!
//! Policies that differ only in *who comes first* and *for how long* share everything else: who runs where, whose
//! context is not yet in memory, which pCPU to ask for a pick, when time alone changes something. That part is here,
//! once. A policy of this kind is a [`Rule`]: plain arithmetic on the state of one vCPU, without trees, pCPU sets or
//! the protocol. [`Global`] is the [`Scheduler`](crate::Scheduler) that a rule makes.
//!
//! - `slot` is the state of one vCPU, `line` the waiting line and the pCPUs, `place` finds whom to interrupt,
//!   `policy` is the seam, `change` changes parameters in force;
//! - `normal` is what exploration knows a state by, with the feature `conformance`;
//! - [`server`] is a server with a slice in every period, [`virtual_time`] what fair shares count in: two means that
//!   rules have in common.
//!
//! A pick always takes the first in line that is allowed on the pCPU, so a kick only has to reach the right one. With
//! m pCPUs and n vCPUs each call takes O(m + log n), if the rule's functions take O(1).

mod change;
mod line;
#[cfg(feature = "conformance")]
mod normal;
mod place;
mod policy;
pub mod server;
mod slot;
pub mod virtual_time;

pub use line::{Global, Memory};
pub use slot::{Own, Slot};

use crate::{Cpu, CpuSet, Duration, Instant, Row, Service, When};

/// A stretch of execution of one vCPU.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Where it ran.
    pub cpu: Cpu,
    /// From when.
    pub from: Instant,
    /// Until when; not earlier than `from`.
    pub to: Instant,
    /// Somebody waited for this pCPU when it last picked, so that an end was set.
    pub contested: bool,
}

impl Span {
    /// Its length.
    pub const fn length(&self) -> Duration {
        self.to.since(self.from)
    }
}

/// The choice of a vCPU by a pick.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a, O> {
    /// Where it runs now.
    pub cpu: Cpu,
    /// Where it might run.
    pub open: CpuSet,
    /// It did not run there before this pick.
    pub fresh: bool,
    /// The first in line for this pCPU.
    pub rival: Option<&'a O>,
    /// When it was chosen.
    pub now: Instant,
}

/// What tells one policy from another under global scheduling. The value itself holds what concerns the whole pool.
///
/// Every function is total, takes O(1) and changes only what it is given. A vCPU is *in line* while it is ready and
/// does not run.
pub trait Rule: Sized {
    /// Parameters of the pool.
    type Pool: Row;
    /// Parameters of a vCPU.
    type Vcpu: Row;
    /// What is kept for each vCPU.
    type Own: Own;

    /// The rule for a pool on `cpus`.
    fn new(params: Self::Pool, cpus: CpuSet) -> Self;

    /// Other parameters of the pool; all its pCPUs pick after this.
    fn set_pool(&mut self, params: Self::Pool);

    /// Another set of pCPUs.
    fn set_cpus(&mut self, cpus: CpuSet);

    /// A vCPU joins the pool, switched off.
    fn join(&mut self, params: Self::Vcpu) -> Self::Own;

    /// A vCPU leaves the pool.
    fn leave(&mut self, own: &Self::Own);

    /// Other parameters of a vCPU that is charged up to `now`.
    fn set(&mut self, own: &mut Self::Own, params: Self::Vcpu, when: When, now: Instant);

    /// The parameters in force.
    fn params(&self, own: &Self::Own) -> Self::Vcpu;

    /// It becomes ready and could run on `open`.
    fn wake(&mut self, own: &mut Self::Own, open: CpuSet, now: Instant);

    /// It stops being ready.
    fn block(&mut self, own: &mut Self::Own, now: Instant);

    /// It ran, maybe for no time at all.
    fn charge(&mut self, own: &mut Self::Own, span: Span);

    /// It comes into line, for one of `open`: at the end, or where it belongs.
    fn queue(&mut self, own: &mut Self::Own, open: CpuSet, now: Instant);

    /// Its place in the line, smaller first; equal ones keep the order of coming. `None`: it must not run at present.
    fn key(&self, own: &Self::Own) -> Option<u128>;

    /// When time alone changes its key while it is in line.
    fn event(&self, own: &Self::Own) -> Option<Instant>;

    /// That instant has come; the next one, if any, must be later than `now`.
    fn expire(&mut self, own: &mut Self::Own, now: Instant);

    /// A pick chose it.
    fn run(&mut self, own: &mut Self::Own, turn: Turn<'_, Self::Own>);

    /// Until when it may go on while `rival` is the first in line; not later than `now`: the rival takes its place.
    /// `None`: for ever. Time alone makes it no earlier. It must not be later for a rival with a smaller key, and for one who takes another's place
    /// it must be later than `now`.
    fn end(&self, own: &Self::Own, rival: Option<&Self::Own>, now: Instant) -> Option<Instant>;

    /// It offers its pCPU to the first in line. True if that one takes it: then `end` is `now` until the next pick, as
    /// long as a rival has no larger key.
    fn offer(&mut self, own: &mut Self::Own, rival: &Self::Own, now: Instant) -> bool;

    /// How its promise was kept, without the time for which it ran.
    fn service(&self, own: &Self::Own) -> Service;
}

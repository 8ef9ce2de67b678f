//! What a weight is worth: a slice in every 100 ms, out of what the reservations leave over.
//!
//! The sums cover all vCPUs of the pool, ready or not, and change only with parameters; so a slice is a promise. It
//! takes force with the next period.

use crate::VcpuParams;
use sched::global::server::Terms;
use sched::{CpuSet, Duration};

/// The period of shares by weight, in ns.
const PERIOD: u64 = 100_000_000;
/// What is never given away of it on each pCPU, in ns.
const SAFETY: u64 = 5_000_000;

/// The sums over the vCPUs of a pool.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Shares {
    cpus: u64,
    weights: u64,
    /// Reserved time, projected on 100 ms, in ns.
    reserved: u64,
}

impl Shares {
    pub(crate) fn new(cpus: CpuSet) -> Self {
        Self { cpus: cpus.len() as u64, weights: 0, reserved: 0 }
    }

    pub(crate) fn set_cpus(&mut self, cpus: CpuSet) {
        self.cpus = cpus.len() as u64;
    }

    pub(crate) fn add(&mut self, p: &VcpuParams) {
        self.weights = self.weights.saturating_add(weight(p));
        self.reserved = self.reserved.saturating_add(projected(p));
    }

    pub(crate) fn take(&mut self, p: &VcpuParams) {
        self.weights = self.weights.saturating_sub(weight(p));
        self.reserved = self.reserved.saturating_sub(projected(p));
    }

    // [SEDF-R-04]
    /// What a period of a vCPU with these parameters grants.
    pub(crate) fn terms(&self, p: &VcpuParams) -> Terms {
        if !p.by_weight() {
            return Terms { slice: p.slice(), period: p.period() };
        }
        let most = PERIOD - SAFETY;
        let free = most.saturating_mul(self.cpus).saturating_sub(self.reserved);
        // Two factors of 64 bits: the product fits.
        let share = (u128::from(free) * u128::from(weight(p))).checked_div(u128::from(self.weights)).unwrap_or(0);
        // Nobody runs on two pCPUs at once.
        let slice = u64::try_from(share).unwrap_or(most).min(most);
        Terms { slice: Duration::from_nanos(slice), period: Duration::from_nanos(PERIOD) }
    }
}

fn weight(p: &VcpuParams) -> u64 {
    if p.by_weight() { u64::from(p.weight()) } else { 0 }
}

fn projected(p: &VcpuParams) -> u64 {
    p.slice().nanos().saturating_mul(PERIOD).checked_div(p.period().nanos()).unwrap_or(0)
}

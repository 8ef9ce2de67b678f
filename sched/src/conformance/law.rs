//! The laws: each with a name and a sentence that says what a policy must keep.

use std::string::String;

/// What every policy must keep.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Law {
    /// A vCPU runs on one pCPU at a time.
    OnePlace,
    /// Until its context is saved, a vCPU runs only where it ran.
    SavedFirst,
    /// Only a vCPU that is ready is picked.
    OnlyReady,
    /// A vCPU is picked only where its hard affinity and the pool allow it.
    HardAffinity,
    /// The answer of a pick asks for the next one in the future.
    UntilAhead,
    /// After a bounded number of calls to `expire` the alarm lies in the future.
    AlarmAhead,
    /// One call to `expire` handles one event; without a due event it does nothing.
    OneEvent,
    /// Only pCPUs that belong to the pool, or still run one of its vCPUs, are kicked.
    KicksInPool,
    /// A second `wake` or `block` in a row changes nothing.
    Idempotence,
    /// A call that refuses changes nothing.
    AllOrNothing,
    /// A call that must be refused is refused.
    Refusal,
    /// A call about a vCPU or pCPU that does not exist does nothing.
    Nobody,
    /// The times in a vCPU's ledger add up to the time since it was added.
    Ledger,
    /// `in_force` knows exactly the vCPUs in the pool.
    InForce,
    /// No vCPU is served for longer than it has been in the pool.
    Served,
    /// `heeds` lies not before the instant asked for, and a wake before it kicks nobody.
    Heeds,
    /// Serving all that is owed at one instant comes to an end.
    Settles,
    /// At rest, a pick finds what runs already.
    Quiescence,
    /// At rest, what runs without an end yields in vain.
    IdleYield,
    /// At rest, no vCPU waits beside an idle pCPU that it may use, unless the policy's own rules say so.
    WorkConservation,
    /// At rest, whoever waits, waits for something: an alarm, or the end of a slice where it may run.
    Forgotten,
    /// No call panics.
    NoPanic,
}

impl Law {
    /// Every law.
    pub const ALL: [Self; 22] = [
        Self::OnePlace,
        Self::SavedFirst,
        Self::OnlyReady,
        Self::HardAffinity,
        Self::UntilAhead,
        Self::AlarmAhead,
        Self::OneEvent,
        Self::KicksInPool,
        Self::Idempotence,
        Self::AllOrNothing,
        Self::Refusal,
        Self::Nobody,
        Self::Ledger,
        Self::InForce,
        Self::Served,
        Self::Heeds,
        Self::Settles,
        Self::Quiescence,
        Self::IdleYield,
        Self::WorkConservation,
        Self::Forgotten,
        Self::NoPanic,
    ];

    /// The law as a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::OnePlace => "a vCPU runs on one pCPU at a time",
            Self::SavedFirst => "until its context is saved, a vCPU runs only where it ran",
            Self::OnlyReady => "only a vCPU that is ready is picked",
            Self::HardAffinity => "a vCPU is picked only where its hard affinity and the pool allow it",
            Self::UntilAhead => "the answer of a pick asks for the next one in the future",
            Self::AlarmAhead => "after a bounded number of calls to `expire` the alarm lies in the future",
            Self::OneEvent => "one call to `expire` handles one event, and without a due event it does nothing",
            Self::KicksInPool => "only pCPUs that belong to the pool, or still run one of its vCPUs, are kicked",
            Self::Idempotence => "a second `wake` or `block` in a row changes nothing",
            Self::AllOrNothing => "a call that refuses changes nothing",
            Self::Refusal => "a call that must be refused is refused",
            Self::Nobody => "a call about a vCPU or pCPU that does not exist does nothing",
            Self::Ledger => "the times in a vCPU's ledger add up to the time since it was added",
            Self::InForce => "`in_force` knows exactly the vCPUs in the pool",
            Self::Served => "no vCPU is served for longer than it has been in the pool",
            Self::Heeds => "`heeds` lies not before the instant asked for, and a wake before it kicks nobody",
            Self::Settles => "serving all that is owed at one instant comes to an end",
            Self::Quiescence => "at rest, a pick finds what runs already",
            Self::IdleYield => "at rest, what runs without an end yields in vain",
            Self::WorkConservation => "at rest, no vCPU waits beside an idle pCPU that it may use",
            Self::Forgotten => "at rest, whoever waits, waits for an alarm or the end of a slice",
            Self::NoPanic => "no call panics",
        }
    }
}

/// A law that was broken, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Breach {
    /// The law.
    pub law: Law,
    /// What was seen.
    pub seen: String,
}

impl core::fmt::Display for Breach {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?} ({}): {}", self.law, self.law.sentence(), self.seen)
    }
}

/// `Err` with the law and a formatted message unless the condition holds.
macro_rules! require {
    ($law:ident, $holds:expr, $($seen:tt)+) => {
        if !$holds {
            return Err($crate::conformance::Breach { law: $crate::conformance::Law::$law, seen: std::format!($($seen)+) });
        }
    };
}
pub(super) use require;

//! The registry: which policies there are, and what their parameters mean.

use sched::{AnyRow, Key, Params, Refused, Row};

/// A policy as the configuration and the reference see it.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor {
    /// Its name: in `sched=`, in `scheduler = "…"`, and as the key of its parameters.
    pub name: &'static str,
    /// Parameters of a pool.
    pub pool: &'static [Key],
    /// Parameters of a group (partition).
    pub group: &'static [Key],
    /// Parameters of a vCPU.
    pub vcpu: &'static [Key],
    /// The name of its table in the pool's parameters and the keys of an entry, if it has one.
    pub table: Option<(&'static str, &'static [Key])>,
    /// Validates a pool's row.
    pub check_pool: fn(&AnyRow) -> Result<(), Refused>,
    /// Validates a group's row.
    pub check_group: fn(&AnyRow) -> Result<(), Refused>,
    /// Validates a vCPU's row.
    pub check_vcpu: fn(&AnyRow) -> Result<(), Refused>,
    /// Validates one entry of the table.
    pub check_entry: fn(&AnyRow) -> Result<(), Refused>,
    /// Validates the table as a whole; `at` of the refusal names the entries that collide.
    #[cfg(feature = "std")]
    pub check_table: fn(&AnyRow, &[AnyRow]) -> Result<(), Refused>,
}

fn check<R: Row>(row: &AnyRow) -> Result<(), Refused> {
    R::read(&row.0).map(|_| ())
}

/// What every policy says about itself.
const fn describe<S: Params>(name: &'static str) -> Descriptor {
    Descriptor {
        name,
        pool: <S::Pool as Row>::KEYS,
        group: <S::Group as Row>::KEYS,
        vcpu: <S::Vcpu as Row>::KEYS,
        table: None,
        check_pool: check::<S::Pool>,
        check_group: check::<S::Group>,
        check_vcpu: check::<S::Vcpu>,
        check_entry: check::<S::Entry>,
        #[cfg(feature = "std")]
        check_table: |_, _| Ok(()),
    }
}

/// Every compiled-in policy, in alphabetical order.
pub const REGISTRY: &[Descriptor] = &[
    #[cfg(feature = "arinc653")]
    arinc653(),
    #[cfg(feature = "atropos")]
    describe::<sched_atropos::Atropos<[sched_atropos::Slot; 0]>>(sched_atropos::NAME),
    #[cfg(feature = "bvt")]
    describe::<sched_bvt::Bvt<[sched_bvt::Slot; 0]>>(sched_bvt::NAME),
    #[cfg(feature = "credit")]
    describe::<sched_credit::Credit<[sched_credit::Slot; 0], [sched_credit::GroupSlot; 0]>>(sched_credit::NAME),
    #[cfg(feature = "credit2")]
    describe::<sched_credit2::Credit2<[sched_credit2::Slot; 0], [sched_credit2::GroupSlot; 0]>>(sched_credit2::NAME),
    #[cfg(feature = "null")]
    describe::<sched_null::Null<[sched_null::Slot; 0]>>(sched_null::NAME),
    #[cfg(feature = "rr")]
    describe::<sched_rr::Rr<[sched_rr::Slot; 0]>>(sched_rr::NAME),
    #[cfg(feature = "rtds")]
    describe::<sched_rtds::Rtds<[sched_rtds::Slot; 0]>>(sched_rtds::NAME),
    #[cfg(feature = "sedf")]
    describe::<sched_sedf::Sedf<[sched_sedf::Slot; 0]>>(sched_sedf::NAME),
];

#[cfg(feature = "arinc653")]
const fn arinc653() -> Descriptor {
    use sched_arinc653::{Arinc653, NAME, Slot, Window};
    Descriptor {
        table: Some(("windows", <Window as Row>::KEYS)),
        #[cfg(feature = "std")]
        check_table: check_windows,
        ..describe::<Arinc653<[Slot; 0], [Window; 0]>>(NAME)
    }
}

#[cfg(all(feature = "arinc653", feature = "std"))]
fn check_windows(row: &AnyRow, entries: &[AnyRow]) -> Result<(), Refused> {
    use sched_arinc653::{PoolParams, Window, validate};
    let windows: std::vec::Vec<Window> =
        entries.iter().map(|entry| Window::read(&entry.0)).collect::<Result<_, Refused>>()?;
    validate(&PoolParams::read(&row.0)?, &windows)
}

/// The policies of the feature `retired`: in the tools, but only on request in an image.
pub const RETIRED: &[&str] = &["atropos", "bvt", "rr", "sedf"];

/// The policy with this name.
pub fn find(name: &str) -> Option<&'static Descriptor> {
    REGISTRY.iter().find(|policy| policy.name == name)
}

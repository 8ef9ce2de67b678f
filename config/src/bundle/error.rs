//! Why a bundle is refused, as a sentence for the console.

use core::fmt;

/// What is wrong with a bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadBundle {
    /// It ends too early; lengths in bytes.
    Short {
        /// How long it must be.
        needs: u64,
        /// How long it is.
        has: u64,
    },
    /// It does not begin with the magic word.
    NoBundle,
    /// It is of another version of the format.
    Version(u64),
    /// The plan part was changed after it was written.
    Checksum {
        /// What the header says.
        stored: u64,
        /// What the bytes give.
        computed: u64,
    },
    /// There is more of something than the hypervisor supports.
    TooMany {
        /// Of what.
        what: &'static str,
        /// The largest number allowed.
        limit: u64,
        /// How many the header names.
        has: u64,
    },
    /// The sections do not fill the plan part exactly; lengths in bytes.
    Layout {
        /// The length that the header gives the plan part.
        plan: u64,
        /// Where the sections end.
        ends: u64,
    },
    /// A record breaks a rule.
    Record {
        /// The kind of record: "partition".
        what: &'static str,
        /// Its index in the plan.
        index: usize,
        /// The rule that it breaks, as a clause: "its memory is not aligned to 2 MiB".
        rule: &'static str,
    },
}

impl fmt::Display for BadBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Short { needs, has } => {
                write!(f, "the bundle is cut off: it needs {needs} bytes and has {has}; copy it again")
            }
            Self::NoBundle => {
                write!(
                    f,
                    "this is no Majorframe bundle: it does not begin with MJFRBNDL; load one made by `cargo xtask image`"
                )
            }
            Self::Version(has) => write!(
                f,
                "the bundle has format version {has}, this hypervisor reads version {}; make it again with the matching tools",
                super::format::VERSION
            ),
            Self::Checksum { stored, computed } => write!(
                f,
                "the bundle is damaged: the plan's checksum is {computed:#018x}, the header says {stored:#018x}; copy it again"
            ),
            Self::TooMany { what, limit, has } => {
                write!(f, "the bundle has {has} {what}, at most {limit} are allowed")
            }
            Self::Layout { plan, ends } => write!(
                f,
                "the bundle is inconsistent: its plan is {plan} bytes long but its sections end at byte {ends}"
            ),
            Self::Record { what, index, rule } => {
                write!(f, "the bundle is inconsistent: {what} {index}: {rule}")
            }
        }
    }
}

impl core::error::Error for BadBundle {}

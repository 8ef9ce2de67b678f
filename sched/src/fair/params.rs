//! Parameters that all policies of fair shares know, with their ranges and defaults.

use crate::param::check_ranges;
use crate::{Duration, Key, Kind, Refused, Row};

const MS: u64 = 1_000_000;
const US: u64 = 1_000;

pub(super) const NO_PCPU: Refused = Refused::new("a pool needs a pCPU", 0, 1, 0);

/// The period of caps: 1 ms to 1 s, 10 ms by default.
pub const CAP_PERIOD: Key = Key {
    name: "cap_period",
    kind: Kind::Duration,
    min: MS,
    max: 1_000 * MS,
    default: Some(10 * MS),
    doc: "The period in which a capped partition may spend its budget.",
};

/// The rate limit: at most 500 ms, 1 ms by default; [`check_ratelimit`] has the rest of the rule.
pub const RATELIMIT: Key = Key {
    name: "ratelimit",
    kind: Kind::Duration,
    min: 0,
    max: 500 * MS,
    default: Some(MS),
    doc: "A vCPU runs at least this long before another pre-empts it; 0 = no limit, else 100 us to 500 ms.",
};

/// The weight of a vCPU: 0 (its group's) to 65535.
pub const VCPU_WEIGHT: Key = Key {
    name: "weight",
    kind: Kind::Number,
    min: 0,
    max: 65_535,
    default: Some(0),
    doc: "The weight of this vCPU; 0 = its partition's.",
};

/// Refuses a rate limit between 0 and 100 µs. `key`: its index in the row.
///
/// # Errors
/// Says what is needed.
pub fn check_ratelimit(key: u8, ns: u64) -> Result<(), Refused> {
    if ns != 0 && ns < 100 * US {
        return Err(Refused::new("a rate limit must be 0 or at least 100 us", key, 100 * US, ns));
    }
    Ok(())
}

/// Checks every rule of `row` by writing and reading it.
///
/// # Errors
/// What [`Row::read`] refuses.
pub fn check<R: Row>(row: &R) -> Result<(), Refused> {
    let mut words = [0; crate::ROW_WORDS];
    row.write(&mut words);
    R::read(&words).map(|_| ())
}

/// The words of a row that is read.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a>(pub &'a [u64]);

impl Words<'_> {
    /// Word `index`; 0 if it is missing.
    pub fn number(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    /// Word `index` as a weight or a percentage; ranges are checked before.
    pub fn small(&self, index: usize) -> u32 {
        u32::try_from(self.number(index)).unwrap_or(u32::MAX)
    }

    /// Word `index` as a length of time.
    pub fn time(&self, index: usize) -> Duration {
        Duration::from_nanos(self.number(index))
    }
}

/// Puts `words` into `row`, as far as they fit.
pub fn put<const N: usize>(row: &mut [u64], words: [u64; N]) {
    row.iter_mut().zip(words).for_each(|(to, from)| *to = from);
}

/// Parameters of a group.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GroupParams {
    /// The weight of each of its vCPUs; 1 to 65535.
    pub weight: u32,
    /// The most CPU time the group gets, in per cent of one pCPU; 0 = no cap.
    pub cap: u32,
}

impl GroupParams {
    /// Weight 256, no cap.
    pub const DEFAULT: Self = Self { weight: 256, cap: 0 };
}

impl Row for GroupParams {
    const KEYS: &'static [Key] = &[
        Key {
            name: "weight",
            kind: Kind::Number,
            min: 1,
            max: 65_535,
            default: Some(256),
            doc: "The share of each vCPU of the partition, in proportion to the weights of others.",
        },
        Key {
            name: "cap",
            kind: Kind::Number,
            min: 0,
            max: 6_400,
            default: Some(0),
            doc: "The most CPU time the partition gets, in per cent of one pCPU, at most 100 for each of its vCPUs; 0 = no cap.",
        },
    ];

    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let words = Words(row);
        Ok(Self { weight: words.small(0), cap: words.small(1) })
    }

    fn write(&self, row: &mut [u64]) {
        put(row, [u64::from(self.weight), u64::from(self.cap)]);
    }
}

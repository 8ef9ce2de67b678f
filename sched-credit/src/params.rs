//! Parameters: their names, ranges, defaults and flat form.

use sched::param::check_ranges;
use sched::{Duration, Key, Kind, Refused, Row};

const MS: u64 = 1_000_000;
const US: u64 = 1_000;

/// Parameters of the pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PoolParams {
    /// The time slice; 1 to 1000 ms.
    pub tslice: Duration,
    /// Nobody who has run for less than this is pre-empted; 0, or 100 µs to 500 ms, and at most a slice.
    pub ratelimit: Duration,
    /// The period in which a cap's budget is spent; 1 ms to 1 s.
    pub cap_period: Duration,
}

impl PoolParams {
    /// The defaults of Xen's credit, but for the period of caps, which there is the slice.
    pub const DEFAULT: Self = Self {
        tslice: Duration::from_millis(30),
        ratelimit: Duration::from_millis(1),
        cap_period: Duration::from_millis(10),
    };

    pub(crate) fn check(&self) -> Result<(), Refused> {
        let mut row = [0; 3];
        self.write(&mut row);
        Self::read(&row).map(|_| ())
    }
}

impl Row for PoolParams {
    const KEYS: &'static [Key] = &[
        Key {
            name: "tslice",
            kind: Kind::Duration,
            min: MS,
            max: 1_000 * MS,
            default: Some(30 * MS),
            doc: "The time slice.",
        },
        Key {
            name: "ratelimit",
            kind: Kind::Duration,
            min: 0,
            max: 500 * MS,
            default: Some(MS),
            doc: "A vCPU runs at least this long before another pre-empts it; 0 = no limit, else 100 us to 500 ms.",
        },
        Key {
            name: "cap_period",
            kind: Kind::Duration,
            min: MS,
            max: 1_000 * MS,
            default: Some(10 * MS),
            doc: "The period in which a capped partition may spend its budget.",
        },
    ];

    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let at = |index: usize| row.get(index).copied().unwrap_or(0);
        if at(1) != 0 && at(1) < 100 * US {
            return Err(Refused::new("a rate limit must be 0 or at least 100 us", 1, 100 * US, at(1)));
        }
        if at(1) > at(0) {
            return Err(Refused::new("the rate limit must not exceed the time slice", 1, at(0), at(1)));
        }
        let length = |index: usize| Duration::from_nanos(at(index));
        Ok(Self { tslice: length(0), ratelimit: length(1), cap_period: length(2) })
    }

    fn write(&self, row: &mut [u64]) {
        let words = [self.tslice.nanos(), self.ratelimit.nanos(), self.cap_period.nanos()];
        for (to, from) in row.iter_mut().zip(words) {
            *to = from;
        }
    }
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

    pub(crate) fn check(&self) -> Result<(), Refused> {
        Self::read(&[self.weight as u64, self.cap as u64]).map(|_| ())
    }
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
            doc: "The most CPU time the partition gets, in per cent of one pCPU; 0 = no cap.",
        },
    ];

    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let at = |index: usize| row.get(index).copied().unwrap_or(0) as u32;
        Ok(Self { weight: at(0), cap: at(1) })
    }

    fn write(&self, row: &mut [u64]) {
        for (to, from) in row.iter_mut().zip([self.weight as u64, self.cap as u64]) {
            *to = from;
        }
    }
}

/// Parameters of a vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct VcpuParams {
    /// Its weight; 0 = its group's.
    pub weight: u32,
}

impl VcpuParams {
    /// The group's weight.
    pub const DEFAULT: Self = Self { weight: 0 };

    pub(crate) fn check(&self) -> Result<(), Refused> {
        Self::read(&[self.weight as u64]).map(|_| ())
    }
}

impl Row for VcpuParams {
    const KEYS: &'static [Key] = &[Key {
        name: "weight",
        kind: Kind::Number,
        min: 0,
        max: 65_535,
        default: Some(0),
        doc: "The weight of this vCPU; 0 = its partition's.",
    }];

    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        Ok(Self { weight: row.first().copied().unwrap_or(0) as u32 })
    }

    fn write(&self, row: &mut [u64]) {
        if let Some(to) = row.first_mut() {
            *to = self.weight as u64;
        }
    }
}

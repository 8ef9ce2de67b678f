//! Parameters: their names, ranges, defaults and flat form.

use sched::param::check_ranges;
use sched::{Duration, Key, Kind, Refused, Row};

const MS: u64 = 1_000_000;
const US: u64 = 1_000;

/// Parameters of the pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PoolParams {
    /// A vCPU without a latency hint pre-empts nobody who has run for less than this; 0, or 100 µs to 500 ms.
    pub ratelimit: Duration,
    /// The period in which a cap's budget is spent; 1 ms to 1 s.
    pub cap_period: Duration,
}

impl PoolParams {
    /// The defaults of Xen's credit2.
    pub const DEFAULT: Self = Self { ratelimit: Duration::from_millis(1), cap_period: Duration::from_millis(10) };

    pub(crate) fn check(&self) -> Result<(), Refused> {
        let mut row = [0; 2];
        self.write(&mut row);
        Self::read(&row).map(|_| ())
    }
}

impl Row for PoolParams {
    const KEYS: &'static [Key] = &[
        Key {
            name: "ratelimit",
            kind: Kind::Duration,
            min: 0,
            max: 500 * MS,
            default: Some(MS),
            doc: "A vCPU runs at least this long before one without a latency hint pre-empts it; 0 = no limit, else 100 us to 500 ms.",
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
        if at(0) != 0 && at(0) < 100 * US {
            return Err(Refused::new("a rate limit must be 0 or at least 100 us", 0, 100 * US, at(0)));
        }
        Ok(Self { ratelimit: Duration::from_nanos(at(0)), cap_period: Duration::from_nanos(at(1)) })
    }

    fn write(&self, row: &mut [u64]) {
        for (to, from) in row.iter_mut().zip([self.ratelimit.nanos(), self.cap_period.nanos()]) {
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
    /// The delay it tolerates when it wakes within its share; 0 = no hint. At most 1 s.
    pub latency: Duration,
}

impl VcpuParams {
    /// The group's weight, no hint.
    pub const DEFAULT: Self = Self { weight: 0, latency: Duration::ZERO };

    pub(crate) fn check(&self) -> Result<(), Refused> {
        Self::read(&[self.weight as u64, self.latency.nanos()]).map(|_| ())
    }
}

impl Row for VcpuParams {
    const KEYS: &'static [Key] = &[
        Key {
            name: "weight",
            kind: Kind::Number,
            min: 0,
            max: 65_535,
            default: Some(0),
            doc: "The weight of this vCPU; 0 = its partition's.",
        },
        Key {
            name: "latency",
            kind: Kind::Duration,
            min: 0,
            max: 1_000 * MS,
            default: Some(0),
            doc: "A hint: while within its share it runs at once when it wakes, those with the shortest delay first; 0 = no hint.",
        },
    ];

    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let at = |index: usize| row.get(index).copied().unwrap_or(0);
        Ok(Self { weight: at(0) as u32, latency: Duration::from_nanos(at(1)) })
    }

    fn write(&self, row: &mut [u64]) {
        for (to, from) in row.iter_mut().zip([self.weight as u64, self.latency.nanos()]) {
            *to = from;
        }
    }
}

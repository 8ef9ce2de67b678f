//! A window of the major frame, and the parameters of the pool.

use sched::param::check_ranges;
use sched::{CpuSet, Duration, Group, Key, Kind, Refused, Row};

/// The longest major frame: a day.
const LONGEST: u64 = 86_400_000_000_000;
/// The shortest one.
const SHORTEST: u64 = 1_000;

/// A window: `group` has the pCPUs `cpus` from `start` to `start + length` in every major frame.
///
/// The rest is an index that the policy builds when it takes the table over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Window {
    pub(crate) group: Group,
    pub(crate) start: Duration,
    pub(crate) length: Duration,
    pub(crate) cpus: CpuSet,
    /// The pCPUs of a run of windows from this one on; see `plan`.
    pub(crate) ahead: CpuSet,
    /// The pCPUs of a run of windows up to this one; see `plan`.
    pub(crate) behind: CpuSet,
    /// Entry k of the table sorted by partition, then start, is window `sorted` of entry k.
    pub(crate) sorted: u16,
    /// The latest end among the windows of the partition of entry k, up to entry k.
    pub(crate) reach: Duration,
}

impl Window {
    /// A window without length, which no table may contain.
    pub const EMPTY: Self = Self::new(Group(0), Duration::ZERO, Duration::ZERO);

    /// A window on all pCPUs of the pool.
    pub const fn new(group: Group, start: Duration, length: Duration) -> Self {
        Self {
            group,
            start,
            length,
            cpus: CpuSet::ALL,
            ahead: CpuSet::EMPTY,
            behind: CpuSet::EMPTY,
            sorted: 0,
            reach: Duration::ZERO,
        }
    }

    /// The same window on these pCPUs only.
    pub const fn on(self, cpus: CpuSet) -> Self {
        Self { cpus, ..self }
    }

    /// The partition whose window it is.
    pub const fn group(&self) -> Group {
        self.group
    }

    /// Its start, from the start of the major frame.
    pub const fn start(&self) -> Duration {
        self.start
    }

    /// Its length.
    pub const fn length(&self) -> Duration {
        self.length
    }

    /// Its pCPUs; those outside the pool do not count.
    pub const fn cpus(&self) -> CpuSet {
        self.cpus
    }

    /// Its end, from the start of the major frame; saturates for lengths that no table accepts.
    pub(crate) fn end(&self) -> Duration {
        self.start + self.length
    }
}

impl Row for Window {
    const KEYS: &'static [Key] = &[
        Key {
            name: "partition",
            kind: Kind::Partition,
            min: 0,
            max: u16::MAX as u64,
            default: None,
            doc: "The partition whose window it is.",
        },
        Key {
            name: "start",
            kind: Kind::Duration,
            min: 0,
            max: LONGEST,
            default: None,
            doc: "Its start, counted from the start of the major frame.",
        },
        Key { name: "length", kind: Kind::Duration, min: 0, max: LONGEST, default: None, doc: "Its length." },
        Key {
            name: "cpus",
            kind: Kind::Cpus,
            min: 0,
            max: u64::MAX,
            default: Some(u64::MAX),
            doc: "The pCPUs that the partition has in this window; all of the pool if absent.",
        },
    ];

    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let word = |index: usize| row.get(index).copied().unwrap_or(0);
        let group = Group(u16::try_from(word(0)).unwrap_or(u16::MAX));
        let window = Self::new(group, Duration::from_nanos(word(1)), Duration::from_nanos(word(2)));
        Ok(window.on(CpuSet::from_bits(word(3))))
    }

    fn write(&self, row: &mut [u64]) {
        let words = [u64::from(self.group.0), self.start.nanos(), self.length.nanos(), self.cpus.bits()];
        row.iter_mut().zip(words).for_each(|(to, word)| *to = word);
    }
}

/// Parameters of the pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PoolParams {
    /// The length of the major frame, after which the windows repeat; 1 µs to a day.
    pub major_frame: Duration,
}

impl Row for PoolParams {
    const KEYS: &'static [Key] = &[Key {
        name: "major_frame",
        kind: Kind::Duration,
        min: SHORTEST,
        max: LONGEST,
        default: None,
        doc: "The length of the major frame, after which the windows repeat.",
    }];

    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        Ok(Self { major_frame: Duration::from_nanos(row.first().copied().unwrap_or(0)) })
    }

    fn write(&self, row: &mut [u64]) {
        if let Some(word) = row.first_mut() {
            *word = self.major_frame.nanos();
        }
    }
}

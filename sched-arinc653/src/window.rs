//! A window of the major frame.

use crate::SCHEDULES;
use crate::pool::LONGEST;
use sched::param::check_ranges;
use sched::{CpuSet, Duration, Group, Key, Kind, Refused, Row};

/// A window: `group` has the pCPUs `cpus` from `start` to `start + length` in every major frame.
///
/// The rest is an index that the policy builds when it takes the table over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Window {
    pub(crate) group: Group,
    pub(crate) start: Duration,
    pub(crate) length: Duration,
    pub(crate) cpus: CpuSet,
    pub(crate) schedule: u8,
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
            schedule: 0,
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

    /// The same window in this schedule, from 0 to [`crate::SCHEDULES`] − 1.
    pub const fn of(self, schedule: u8) -> Self {
        Self { schedule, ..self }
    }

    /// The schedule to which it belongs.
    pub const fn schedule(&self) -> u8 {
        self.schedule
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

// [ARINC-R-14]
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
        Key {
            name: "schedule",
            kind: Kind::Name,
            min: 0,
            max: SCHEDULES as u64 - 1,
            default: Some(0),
            doc: "The schedule to which it belongs, by name; the one in force at boot if absent.",
        },
    ];

    #[inline(never)]
    fn read(row: &[u64]) -> Result<Self, Refused> {
        check_ranges(Self::KEYS, row)?;
        let word = |index: usize| row.get(index).copied().unwrap_or(0);
        let group = Group(u16::try_from(word(0)).unwrap_or(u16::MAX));
        let window = Self::new(group, Duration::from_nanos(word(1)), Duration::from_nanos(word(2)));
        Ok(window.on(CpuSet::from_bits(word(3))).of(u8::try_from(word(4)).unwrap_or(u8::MAX)))
    }

    fn write(&self, row: &mut [u64]) {
        let [start, length, schedule] = [self.start.nanos(), self.length.nanos(), u64::from(self.schedule)];
        let words = [u64::from(self.group.0), start, length, self.cpus.bits(), schedule];
        row.iter_mut().zip(words).for_each(|(to, word)| *to = word);
    }
}

//! The bundle: a plan and its guests' images in one file, read without allocation and without trust.
//!
//! [`Bundle::read`] checks everything at once; afterwards every index and length that it hands out is in
//! range, and nothing panics whatever the bytes are. Indexes that do not exist give `None`. The bytes should
//! be 8-byte aligned (any page is): the checksums of images are then fastest.

mod check;
mod error;
pub(crate) mod format;
mod rows;
mod words;

use sched::{Affinity, CpuSet, Duration};

use crate::plan::{End, Expect, FaultAction, Load, Partition, Pool, System, Under, VcpuPlan};
use format::{blob, header, load, partition, pool, scheduler, vcpu};
use words::{Sections, Words};

pub use error::BadBundle;
pub use format::checksum;

/// A checked bundle, or a checked plan without images.
#[derive(Clone, Copy)]
pub struct Bundle<'a> {
    words: Words<'a>,
    sections: Sections,
    /// The whole bundle; empty when only the plan was read.
    bytes: &'a [u8],
}

impl<'a> Bundle<'a> {
    /// Checks a bundle. Bytes after its end are ignored (boot loaders pad).
    ///
    /// # Errors
    /// The first thing that is wrong. Images' checksums are not part of this, see [`Load::is_intact`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, BadBundle> {
        let plan = Self::read_plan(bytes)?;
        let needs = plan.words.at(header::TOTAL);
        let whole = usize::try_from(needs).ok().and_then(|length| bytes.get(..length));
        let bytes = whole.ok_or(BadBundle::Short { needs, has: bytes.len() as u64 })?;
        Ok(Self { bytes, ..plan })
    }

    /// Checks the plan part at the start of `bytes`, as [`Bundle::plan_bytes`] gives it; its loads have no bytes.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn read_plan(bytes: &'a [u8]) -> Result<Self, BadBundle> {
        let words = Words(check::plan_part(bytes)?);
        Ok(Self { words, sections: check::plan(&words)?, bytes: &[] })
    }

    /// The plan part alone, for the header of a trace.
    pub fn plan_bytes(&self) -> &'a [u8] {
        self.words.0
    }

    fn text(&self, word: usize) -> &'a str {
        self.words.text(word, self.sections.text).unwrap_or("")
    }

    /// What concerns the whole system.
    pub fn system(&self) -> System<'a> {
        let stop = self.words.at(header::STOP);
        System {
            name: self.text(header::NAME),
            hash: self.words.at(header::CRC),
            stop: (stop != 0).then_some(Duration::from_nanos(stop)),
            trace_bytes: self.words.at(header::TRACE),
            pools: self.sections.pools.count as u16,
            partitions: self.sections.partitions.count as u16,
            vcpus: self.sections.vcpus.count as u16,
            cpus: self.pools().fold(CpuSet::EMPTY, |all, pool| all.or(pool.cpus)),
        }
    }

    /// Pool `index` of the plan.
    pub fn pool(&self, index: u16) -> Option<Pool<'a>> {
        let record = self.sections.pools.record(index.into())?;
        let range = |n| self.words.quarter(record + pool::RANGES, n);
        let by = self.sections.schedulers.record(self.words.at(record + pool::SCHEDULER) as usize)?;
        Some(Pool {
            name: self.text(record + pool::NAME),
            cpus: CpuSet::from_bits(self.words.at(record + pool::CPUS)),
            scheduler: self.text(by + scheduler::NAME),
            first_partition: range(0),
            groups: range(1),
            first_vcpu: range(2),
            vcpus: range(3),
        })
    }

    /// All pools.
    pub fn pools(&self) -> impl Iterator<Item = Pool<'a>> + '_ {
        (0..self.sections.pools.count as u16).filter_map(|index| self.pool(index))
    }

    /// Partition `index` of the plan. Partitions are sorted by pool, then as in the file.
    pub fn partition(&self, index: u16) -> Option<Partition<'a>> {
        let record = self.sections.partitions.record(index.into())?;
        let place = |n| self.words.quarter(record + partition::PLACE, n);
        Some(Partition {
            name: self.text(record + partition::NAME),
            args: self.text(record + partition::ARGS),
            pool: place(0),
            group: place(1),
            first_vcpu: place(2),
            vcpus: place(3),
            memory_base: self.words.at(record + partition::MEMORY_BASE),
            memory_size: self.words.at(record + partition::MEMORY_SIZE),
            entry: self.words.at(record + partition::ENTRY),
            boot_arg: self.words.at(record + partition::BOOT_ARG),
            clock_text: self.words.at(record + partition::CLOCK_TEXT),
            loads: self.words.half(record + partition::LOADS, 1) as u16,
            on_fault: match self.words.byte(record + partition::FLAGS, 4) {
                0 => FaultAction::Restart,
                1 => FaultAction::Idle,
                _ => FaultAction::StopSystem,
            },
            exit_limit: self.words.half(record + partition::FLAGS, 0),
            control: u64::from(self.words.byte(record + partition::FLAGS, 7)) & partition::MAY_CONTROL != 0,
            expect: self.expectation(record),
        })
    }

    /// All partitions.
    pub fn partitions(&self) -> impl Iterator<Item = Partition<'a>> + '_ {
        (0..self.sections.partitions.count as u16).filter_map(|index| self.partition(index))
    }

    fn expectation(&self, record: usize) -> Expect {
        let given = u64::from(self.words.byte(record + partition::FLAGS, 6));
        let value = |bit, word| (given & bit != 0).then(|| self.words.at(record + word));
        Expect {
            misses: value(partition::HAS_MISSES, partition::MISSES),
            jitter: value(partition::HAS_JITTER, partition::JITTER).map(Duration::from_nanos),
            end: match self.words.byte(record + partition::FLAGS, 5) {
                1 => Some(End::PowerOff),
                2 => Some(End::Running),
                3 => Some(End::Idle),
                _ => None,
            },
            restarts: value(partition::HAS_RESTARTS, partition::RESTARTS),
            under: Under(self.words.at(record + partition::UNDER)),
        }
    }

    /// What is expected of partition `index` under `scheduler`; nothing if its expectation is limited to
    /// others.
    pub fn expect(&self, index: u16, scheduler: &str) -> Expect {
        let expect = self.partition(index).map(|partition| partition.expect).unwrap_or_default();
        match self.scheduler_index(scheduler) {
            Some(by) if expect.under.contains(by) => expect,
            None if expect.under == Under::ALL => expect,
            _ => Expect::default(),
        }
    }

    /// The pieces to load into a partition before it starts.
    pub fn loads(&self, index: u16) -> impl Iterator<Item = Load<'a>> + '_ {
        let record = self.sections.partitions.record(index.into());
        let range =
            |record| (self.words.half(record + partition::LOADS, 0), self.words.half(record + partition::LOADS, 1));
        let (first, count) = record.map(range).unwrap_or((0, 0));
        (first..first.saturating_add(count)).filter_map(|at| self.load(at as usize))
    }

    fn load(&self, index: usize) -> Option<Load<'a>> {
        let record = self.sections.loads.record(index)?;
        let image = self.sections.blobs.record(self.words.at(record + load::BLOB) as usize)?;
        let (offset, size) = (self.words.at(image + blob::OFFSET), self.words.at(image + blob::LENGTH));
        let range = offset as usize..(offset as usize).checked_add(size as usize)?;
        Some(Load {
            address: self.words.at(record + load::ADDRESS),
            bytes: self.bytes.get(range).unwrap_or(&[]),
            size,
            checksum: self.words.at(image + blob::CHECKSUM),
        })
    }

    /// vCPU `index` of pool `pool`.
    pub fn vcpu(&self, pool: u16, index: u16) -> Option<VcpuPlan> {
        let home = self.pool(pool).filter(|home| index < home.vcpus)?;
        let record = self.sections.vcpus.record(usize::from(home.first_vcpu) + usize::from(index))?;
        Some(VcpuPlan {
            affinity: Affinity {
                hard: CpuSet::from_bits(self.words.at(record + vcpu::HARD)),
                soft: CpuSet::from_bits(self.words.at(record + vcpu::SOFT)),
            },
        })
    }
}

impl core::fmt::Debug for Bundle<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Bundle({:?}, {:?})", self.system(), self.sections)
    }
}

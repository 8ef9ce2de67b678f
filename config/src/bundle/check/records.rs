//! The check of every record: indexes, ranges and what the hypervisor relies on across records.

use super::super::error::BadBundle;
use super::super::format::{blob, header, load, partition, pool, scheduler, vcpu};
use super::super::words::{Rows, Sections, Words};
use super::Checked;
use crate::plan::{
    ADDRESS_LIMIT, ARGS_BYTES, BLOB_ALIGN, CLOCK_TEXT_BYTES, ENTRIES_MAX, LOADS_MAX, MEMORY_ALIGN, NAME_BYTES,
    VCPUS_MAX,
};

/// Checks all records of a plan whose sections lie inside it.
pub(super) fn check(words: &Words, sections: &Sections) -> Checked {
    let check = Check { words, sections };
    check.system()?;
    check.blobs()?;
    check.pools()?;
    check.partitions()?;
    check.schedulers()
}

fn ensure(holds: bool, what: &'static str, index: usize, rule: &'static str) -> Checked {
    if holds { Ok(()) } else { Err(BadBundle::Record { what, index, rule }) }
}

/// The checks of records; the sections lie inside the plan part.
struct Check<'a> {
    words: &'a Words<'a>,
    sections: &'a Sections,
}

impl Check<'_> {
    fn name(&self, word: usize, what: &'static str, index: usize) -> Checked {
        let name = self.words.text(word, self.sections.text);
        let good =
            name.is_some_and(|name| (1..=NAME_BYTES).contains(&name.len()) && !name.chars().any(char::is_control));
        ensure(good, what, index, "its name is not 1 to 32 bytes of printable text")
    }

    fn system(&self) -> Checked {
        self.name(header::NAME, "system", 0)
    }

    fn blobs(&self) -> Checked {
        let total = self.words.at(header::TOTAL);
        let mut free = self.words.0.len() as u64;
        for index in 0..self.sections.blobs.count {
            let Some(record) = self.sections.blobs.record(index) else { break };
            let (offset, length) = (self.words.at(record + blob::OFFSET), self.words.at(record + blob::LENGTH));
            ensure(offset.is_multiple_of(BLOB_ALIGN), "image", index, "it does not begin at a multiple of 4 KiB")?;
            ensure(offset >= free, "image", index, "it overlaps what stands before it")?;
            free = offset.saturating_add(length);
            ensure(length > 0 && free <= total, "image", index, "it is empty or goes beyond the bundle's end")?;
        }
        Ok(())
    }

    fn pools(&self) -> Checked {
        let (mut partitions, mut vcpus, mut cpus) = (0, 0, 0);
        for index in 0..self.sections.pools.count {
            let Some(record) = self.sections.pools.record(index) else { break };
            let range = |n| usize::from(self.words.quarter(record + pool::RANGES, n));
            self.name(record + pool::NAME, "pool", index)?;
            let scheduler = self.words.at(record + pool::SCHEDULER);
            ensure(scheduler < self.sections.schedulers.count as u64, "pool", index, "its scheduler does not exist")?;
            let own = self.words.at(record + pool::CPUS);
            ensure(own != 0, "pool", index, "it has no pCPU")?;
            ensure(own & cpus == 0, "pool", index, "it shares a pCPU with another pool")?;
            cpus |= own;
            let joined = range(0) == partitions && range(2) == vcpus;
            ensure(joined, "pool", index, "its partitions or vCPUs do not follow those of the pool before it")?;
            (partitions, vcpus) = (partitions + range(1), vcpus + range(3));
        }
        let all = partitions == self.sections.partitions.count && vcpus == self.sections.vcpus.count;
        ensure(all, "system", 0, "the pools do not hold all partitions and vCPUs")
    }

    fn partitions(&self) -> Checked {
        let (mut index, mut first_vcpu, mut loads) = (0, 0, 0);
        for home in 0..self.sections.pools.count {
            let Some(record) = self.sections.pools.record(home) else { break };
            let range = |n| usize::from(self.words.quarter(record + pool::RANGES, n));
            let cpus = self.words.at(record + pool::CPUS);
            let mut in_pool = 0;
            for group in 0..range(1) {
                let vcpus = self.place(index, home, group, in_pool)?;
                self.affinities(index, first_vcpu, vcpus, cpus)?;
                loads = self.partition(index, loads)?;
                (index, first_vcpu, in_pool) = (index + 1, first_vcpu + vcpus, in_pool + vcpus);
            }
            ensure(in_pool == range(3), "pool", home, "it does not have the vCPUs of its partitions")?;
        }
        ensure(loads == self.sections.loads.count, "system", 0, "a load belongs to no partition")
    }

    /// Where a partition stands among the others; gives the number of its vCPUs.
    fn place(&self, index: usize, home: usize, group: usize, vcpu: usize) -> Checked<usize> {
        let record = self.sections.partitions.record(index).unwrap_or(0);
        let place = |n| usize::from(self.words.quarter(record + partition::PLACE, n));
        let good = place(0) == home && place(1) == group && place(2) == vcpu;
        ensure(good, "partition", index, "its pool, group or first vCPU is not the one that its place gives")?;
        ensure((1..=VCPUS_MAX).contains(&place(3)), "partition", index, "it does not have 1 to 8 vCPUs")?;
        Ok(place(3))
    }

    fn affinities(&self, index: usize, first: usize, count: usize, cpus: u64) -> Checked {
        for at in first..first.saturating_add(count) {
            let record = self.sections.vcpus.record(at);
            let (hard, soft) = match record {
                Some(record) => (self.words.at(record + vcpu::HARD), self.words.at(record + vcpu::SOFT)),
                None => (0, 0),
            };
            ensure(
                hard != 0 && hard & !cpus == 0,
                "partition",
                index,
                "a vCPU's affinity is empty or leaves the pool",
            )?;
            ensure(soft != 0 && soft & !hard == 0, "partition", index, "a vCPU prefers pCPUs that it may not run on")?;
        }
        Ok(())
    }

    /// A partition's own words; gives the index of the first load after its own.
    fn partition(&self, index: usize, first_load: usize) -> Checked<usize> {
        let record = self.sections.partitions.record(index).unwrap_or(0);
        let rule = |holds, rule| ensure(holds, "partition", index, rule);
        self.name(record + partition::NAME, "partition", index)?;
        let args = self.words.text(record + partition::ARGS, self.sections.text);
        rule(args.is_some_and(|args| args.len() <= ARGS_BYTES), "its arguments are not text of at most 1024 bytes")?;
        let (base, size) =
            (self.words.at(record + partition::MEMORY_BASE), self.words.at(record + partition::MEMORY_SIZE));
        let aligned = base.is_multiple_of(MEMORY_ALIGN) && size.is_multiple_of(MEMORY_ALIGN) && size > 0;
        rule(aligned, "its memory is empty or not aligned to 2 MiB")?;
        let end = base.saturating_add(size);
        rule(end <= ADDRESS_LIMIT, "its memory lies outside the guest-physical address range")?;
        let inside = |address: u64| (base..end).contains(&address);
        rule(inside(self.words.at(record + partition::ENTRY)), "its entry lies outside its memory")?;
        let boot_arg = self.words.at(record + partition::BOOT_ARG);
        rule(boot_arg == 0 || inside(boot_arg), "its device tree lies outside its memory")?;
        let clock = self.words.at(record + partition::CLOCK_TEXT);
        let fits = inside(clock) && end - clock >= CLOCK_TEXT_BYTES as u64;
        rule(clock == 0 || fits, "the text of its clock lies outside its memory")?;
        let (first, count) = (
            self.words.half(record + partition::LOADS, 0) as usize,
            self.words.half(record + partition::LOADS, 1) as usize,
        );
        rule(first == first_load && count <= LOADS_MAX, "its loads do not follow those of the partition before it")?;
        for at in first..first.saturating_add(count) {
            rule(self.load_fits(at, base, end), "a load is unknown or lies outside its memory")?;
        }
        let enums =
            self.words.byte(record + partition::FLAGS, 4) <= 2 && self.words.byte(record + partition::FLAGS, 5) <= 3;
        rule(enums, "its action on a fault or its expected end is unknown")?;
        Ok(first_load.saturating_add(count))
    }

    fn load_fits(&self, at: usize, base: u64, end: u64) -> bool {
        let Some(record) = self.sections.loads.record(at) else { return false };
        let image = usize::try_from(self.words.at(record + load::BLOB)).ok();
        let Some(image) = image.and_then(|index| self.sections.blobs.record(index)) else { return false };
        let address = self.words.at(record + load::ADDRESS);
        let last = address.checked_add(self.words.at(image + blob::LENGTH));
        address >= base && last.is_some_and(|last| last <= end)
    }

    fn schedulers(&self) -> Checked {
        for index in 0..self.sections.schedulers.count {
            let Some(record) = self.sections.schedulers.record(index) else { break };
            self.name(record + scheduler::NAME, "scheduler", index)?;
            let start = self.words.at(record + scheduler::ROWS) as usize;
            let rows = Rows::of(self.words, record, start, self.sections);
            let mut entries = 0;
            for home in 0..self.sections.pools.count {
                let word = rows.pools + home * (1 + rows.pool_words);
                let (given, count) = (self.words.byte(word, 0), self.words.half(word, 0) as usize >> 8);
                let joined = self.words.half(word, 1) as usize == entries && count <= ENTRIES_MAX && given <= 1;
                ensure(joined, "scheduler", index, "a pool's table entries do not follow those of the pool before it")?;
                entries += count;
                let own = self.sections.pools.record(home).map(|record| self.words.at(record + pool::SCHEDULER));
                let chosen = own == Some(index as u64);
                ensure(given == 1 || !chosen, "pool", home, "its scheduler has no parameters for it")?;
            }
            ensure(entries == rows.entry_count, "scheduler", index, "a table entry belongs to no pool")?;
        }
        Ok(())
    }
}

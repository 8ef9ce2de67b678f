//! From a resolved plan to the bytes of a bundle.

use std::collections::HashMap;
use std::string::String;
use std::vec::Vec;

use sched::AnyRow;

use crate::bundle::format::{self as layout, checksum, header, partition, plan_crc};
use crate::plan::BLOB_ALIGN;
use crate::resolved::{PoolRows, Resolved, ResolvedPartition, Shape};

/// The bundle of a plan. Identical images are stored once; the same plan gives the same bytes.
pub fn write_bundle(plan: &Resolved) -> Vec<u8> {
    let images = Images::of(plan);
    let mut writer = Writer::default();
    writer.header(plan, &images);
    writer.pools(plan);
    writer.partitions(plan);
    writer.vcpus(plan);
    writer.images(plan, &images);
    writer.schedulers(plan);
    writer.finish(&images)
}

/// The distinct images and which of them each load has.
struct Images<'a> {
    distinct: Vec<&'a [u8]>,
    of_load: Vec<usize>,
}

impl<'a> Images<'a> {
    fn of(plan: &'a Resolved) -> Self {
        let mut index = HashMap::new();
        let mut images = Self { distinct: Vec::new(), of_load: Vec::new() };
        for load in plan.partitions.iter().flat_map(|partition| &partition.loads) {
            let at = *index.entry(&*load.bytes).or_insert_with(|| {
                images.distinct.push(&load.bytes);
                images.distinct.len() - 1
            });
            images.of_load.push(at);
        }
        images
    }
}

#[derive(Default)]
struct Writer {
    words: Vec<u64>,
    text: String,
    /// The word index of the first blob's record.
    blobs: usize,
}

fn quarters(parts: [usize; 4]) -> u64 {
    parts.iter().rev().fold(0, |word, part| word << 16 | *part as u64)
}

impl Writer {
    fn text(&mut self, text: &str) -> u64 {
        let offset = self.text.find(text).unwrap_or_else(|| {
            self.text.push_str(text);
            self.text.len() - text.len()
        });
        offset as u64 | (text.len() as u64) << 32
    }

    fn header(&mut self, plan: &Resolved, images: &Images) {
        let vcpus = plan.partitions.iter().map(|partition| partition.vcpus.len()).sum();
        let name = self.text(&plan.name);
        self.words = [0; header::WORDS].to_vec();
        self.words[header::MAGIC] = layout::MAGIC;
        self.words[header::VERSION] = layout::VERSION;
        self.words[header::NAME] = name;
        self.words[header::STOP] = plan.stop.map_or(0, |stop| stop.nanos());
        self.words[header::TRACE] = plan.trace_bytes;
        self.words[header::COUNTS] = quarters([plan.pools.len(), plan.partitions.len(), vcpus, plan.schedulers.len()]);
        self.words[header::IMAGES] = images.of_load.len() as u64 | (images.distinct.len() as u64) << 32;
    }

    fn pools(&mut self, plan: &Resolved) {
        let (mut partition, mut vcpu) = (0, 0);
        for (index, pool) in plan.pools.iter().enumerate() {
            let own = plan.partitions.iter().filter(|partition| partition.pool == index);
            let (groups, vcpus) = own.fold((0, 0), |(groups, vcpus), own| (groups + 1, vcpus + own.vcpus.len()));
            let name = self.text(&pool.name);
            let ranges = quarters([partition, groups, vcpu, vcpus]);
            self.words.extend([name, pool.scheduler as u64, pool.cpus.bits(), ranges]);
            (partition, vcpu) = (partition + groups, vcpu + vcpus);
        }
    }

    fn partitions(&mut self, plan: &Resolved) {
        let (mut pool, mut group, mut vcpu, mut load) = (0, 0, 0, 0);
        for partition in &plan.partitions {
            if partition.pool != pool {
                (pool, group, vcpu) = (partition.pool, 0, 0);
            }
            let place = quarters([pool, group, vcpu, partition.vcpus.len()]);
            let loads = load as u64 | (partition.loads.len() as u64) << 32;
            self.partition(partition, place, loads);
            (group, vcpu, load) = (group + 1, vcpu + partition.vcpus.len(), load + partition.loads.len());
        }
    }

    fn partition(&mut self, own: &ResolvedPartition, place: u64, loads: u64) {
        let (name, args) = (self.text(&own.name), self.text(&own.args));
        let expect = own.expect;
        let given = [
            (expect.misses.is_some(), partition::HAS_MISSES),
            (expect.jitter.is_some(), partition::HAS_JITTER),
            (expect.restarts.is_some(), partition::HAS_RESTARTS),
        ];
        let given = given.iter().filter(|(given, _)| *given).fold(0, |bits, (_, bit)| bits | bit);
        let end = expect.end.map_or(0, |end| end as u64);
        let may = if own.control { partition::MAY_CONTROL } else { 0 };
        let flags = u64::from(own.exit_limit) | (own.on_fault as u64) << 32 | end << 40 | given << 48 | may << 56;
        self.words.extend([name, args, place, own.memory_base, own.memory_size, own.entry, own.boot_arg, loads, flags]);
        self.words.extend([
            expect.misses.unwrap_or(0),
            expect.jitter.map_or(0, |jitter| jitter.nanos()),
            expect.restarts.unwrap_or(0),
            expect.under.0,
            own.clock_text,
        ]);
    }

    fn vcpus(&mut self, plan: &Resolved) {
        for vcpu in plan.partitions.iter().flat_map(|partition| &partition.vcpus) {
            self.words.extend([vcpu.affinity.hard.bits(), vcpu.affinity.soft.bits()]);
        }
    }

    fn images(&mut self, plan: &Resolved, images: &Images) {
        let loads = plan.partitions.iter().flat_map(|partition| &partition.loads);
        for (load, image) in loads.zip(&images.of_load) {
            self.words.extend([load.address, *image as u64]);
        }
        self.blobs = self.words.len();
        for image in &images.distinct {
            self.words.extend([0, image.len() as u64, checksum(image)]);
        }
    }

    fn schedulers(&mut self, plan: &Resolved) {
        let mut rows = Vec::new();
        let start = self.words.len() + plan.schedulers.len() * layout::scheduler::WORDS;
        for (index, shape) in plan.schedulers.iter().enumerate() {
            let name = self.text(&shape.name);
            let at = start + rows.len();
            let entries = scheduler_rows(plan, index, shape, &mut rows);
            let widths = [shape.pool_words, shape.group_words, shape.vcpu_words, shape.entry_words];
            let widths = widths.iter().rev().fold(0, |word, width| word << 8 | *width as u64);
            self.words.extend([name, widths | (entries as u64) << 32, at as u64]);
        }
        self.words.extend(rows);
    }

    fn finish(mut self, images: &Images) -> Vec<u8> {
        let plan_bytes = self.words.len() * 8 + self.text.len().next_multiple_of(8);
        let mut end = plan_bytes as u64;
        for (index, image) in images.distinct.iter().enumerate() {
            let offset = end.next_multiple_of(BLOB_ALIGN);
            self.words[self.blobs + index * layout::blob::WORDS + layout::blob::OFFSET] = offset;
            end = offset + image.len() as u64;
        }
        self.words[header::TOTAL] = end;
        self.words[header::PLAN] = plan_bytes as u64;
        self.words[header::TEXT] = self.text.len() as u64;
        let mut bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend(self.text.bytes());
        bytes.resize(plan_bytes, 0);
        let crc = plan_crc(&bytes).to_le_bytes();
        bytes[header::CRC * 8..header::CRC * 8 + 8].copy_from_slice(&crc);
        for image in &images.distinct {
            bytes.resize(bytes.len().next_multiple_of(BLOB_ALIGN as usize), 0);
            bytes.extend_from_slice(image);
        }
        bytes
    }
}

/// Appends the rows of one scheduler; gives the number of its table entries.
fn scheduler_rows(plan: &Resolved, index: usize, shape: &Shape, rows: &mut Vec<u64>) -> usize {
    let cut = |row: &AnyRow, width: usize| row.0[..width].to_vec();
    let mut entries = 0;
    for pool in &plan.pools {
        let given = pool.rows[index].as_ref();
        let count = given.map_or(0, |rows| rows.entries.len());
        rows.push(u64::from(given.is_some()) | (count as u64) << 8 | (entries as u64) << 32);
        rows.extend(cut(&given.map_or(AnyRow::default(), |given| given.row), shape.pool_words));
        entries += count;
    }
    for partition in &plan.partitions {
        rows.extend(cut(&partition.rows[index], shape.group_words));
    }
    for vcpu in plan.partitions.iter().flat_map(|partition| &partition.vcpus) {
        rows.extend(cut(&vcpu.rows[index], shape.vcpu_words));
    }
    let tables = plan.pools.iter().filter_map(|pool| pool.rows[index].as_ref());
    for entry in tables.flat_map(|PoolRows { entries, .. }| entries) {
        rows.extend(cut(entry, shape.entry_words));
    }
    entries
}

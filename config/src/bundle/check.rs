//! The check of a whole bundle before anything of it is used.

mod records;

use super::error::BadBundle;
use super::format::{self, header, scheduler};
use super::words::{Rows, Sections, Words};
use crate::plan::{LOADS_MAX, PARTITIONS_MAX, POOLS_MAX, SCHEDULERS_MAX, VCPUS_TOTAL_MAX};

pub(super) type Checked<T = ()> = Result<T, BadBundle>;

/// Splits off the plan part after checking the header's lengths and the plan's checksum.
pub(crate) fn plan_part(bytes: &[u8]) -> Checked<&[u8]> {
    let words = Words(bytes);
    if words.at(header::MAGIC) != format::MAGIC {
        return Err(BadBundle::NoBundle);
    }
    if words.at(header::VERSION) != format::VERSION {
        return Err(BadBundle::Version(words.at(header::VERSION)));
    }
    let (needs, has) = (words.at(header::PLAN), bytes.len() as u64);
    let least = header::WORDS as u64 * 8;
    if needs < least || !needs.is_multiple_of(8) || needs > words.at(header::TOTAL) {
        return Err(BadBundle::Layout { plan: needs, ends: least });
    }
    let plan = usize::try_from(needs).ok().and_then(|length| bytes.get(..length));
    let plan = plan.ok_or(BadBundle::Short { needs, has })?;
    let (stored, computed) = (words.at(header::CRC), format::plan_crc(plan));
    if stored == computed { Ok(plan) } else { Err(BadBundle::Checksum { stored, computed }) }
}

/// Checks all of a plan part and finds its sections.
pub(crate) fn plan(words: &Words) -> Checked<Sections> {
    let mut sections = Sections::of(words);
    limits(&sections)?;
    rows(words, &mut sections)?;
    records::check(words, &sections)?;
    Ok(sections)
}

fn limits(sections: &Sections) -> Checked {
    let limit = |what, limit: usize, has: usize| match has > limit {
        true => Err(BadBundle::TooMany { what, limit: limit as u64, has: has as u64 }),
        false => Ok(()),
    };
    limit("pools", POOLS_MAX, sections.pools.count)?;
    limit("partitions", PARTITIONS_MAX, sections.partitions.count)?;
    limit("vCPUs", VCPUS_TOTAL_MAX, sections.vcpus.count)?;
    limit("schedulers", SCHEDULERS_MAX, sections.schedulers.count)?;
    limit("loads", PARTITIONS_MAX * LOADS_MAX, sections.loads.count)?;
    limit("images", sections.loads.count, sections.blobs.count)
}

/// Walks over the schedulers' rows, places the text behind them and checks that the plan ends there.
fn rows(words: &Words, sections: &mut Sections) -> Checked {
    let mut start = sections.rows;
    for index in 0..sections.schedulers.count {
        let record = sections.schedulers.record(index).unwrap_or(0);
        let bad = |rule| BadBundle::Record { what: "scheduler", index, rule };
        if words.at(record + scheduler::ROWS) != start as u64 {
            return Err(bad("its rows are not where they must be"));
        }
        if (0..4).any(|kind| usize::from(words.byte(record + scheduler::SHAPE, kind)) > sched::ROW_WORDS) {
            return Err(bad("its rows are too long"));
        }
        start = Rows::of(words, record, start, sections).end;
    }
    sections.text.0 = start.saturating_mul(8);
    let ends = sections.text.0.saturating_add(sections.text.1);
    let padded = ends.checked_next_multiple_of(8).unwrap_or(usize::MAX);
    let plan = words.0.len();
    if padded == plan { Ok(()) } else { Err(BadBundle::Layout { plan: plan as u64, ends: ends as u64 }) }
}

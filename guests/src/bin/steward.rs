//! Changes scheduling parameters of its pool at a given time, all of them or none, and says what became of it.
//!
//! Arguments: `at=` the time since the epoch; `changes=` a list, parted by `;`, of `pool::ROW`,
//! `group:PARTITION:ROW`, `vcpu:PARTITION.VCPU:ROW` and `affinity:PARTITION.VCPU:ROW`. PARTITION counts the
//! partitions of the pool from 0, a ROW has up to six numbers or durations parted by commas, in the order of
//! the scheduler's keys. `boundary` applies them at the scheduler's next boundary and not at once.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::hypercall::{self as number, change};
use guests::{Guest, Result, args, hypercall, say};

guests::program!(run);

const KINDS: &[&str] = &["pool", "group", "vcpu", "affinity"];
const WANTS: &str = "changes such as vcpu:1.0:10ms,8ms,0,0 parted by `;`";

fn run(guest: &Guest) -> Result {
    let args = guest.args().only(&["at", "changes", "boundary"])?;
    let at = args.duration("at")?.ok_or(args::Error::Missing("at"))?;
    let changes = args.text("changes")?.ok_or(args::Error::Missing("changes"))?;
    let boundary = args.flag("boundary")?;
    if changes.split(';').any(|text| Change::parse(text).is_none()) {
        return Err(args::Error::Value { key: "changes", value: changes, wants: WANTS });
    }
    hypercall::wait_until(at);
    for Change { what, partition, vcpu, row } in changes.split(';').filter_map(Change::parse) {
        let taken = hypercall::change(what, partition, vcpu, row);
        if taken != number::SUCCESS {
            say!("steward: a change is not taken: {}", taken as i64);
        }
    }
    match hypercall::apply(boundary) {
        [number::SUCCESS, ..] => say!("steward: applied"),
        [number::REFUSED, key, needs, has] => say!("steward: refused: key {key} needs {needs} and has {has}"),
        [other, ..] => say!("steward: not applied: {}", other as i64),
    }
    for Change { what, partition, vcpu, .. } in changes.split(';').filter_map(Change::parse) {
        if what == change::VCPU
            && let Some((row, hard)) = hypercall::parameters(partition, vcpu)
        {
            say!("steward: {partition}.{vcpu} has {row:?} on {hard:#x}");
        }
    }
    Ok(())
}

/// One change as the arguments say it.
struct Change {
    what: u64,
    partition: u64,
    vcpu: u64,
    row: [u64; 6],
}

impl Change {
    fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let (who, words) = rest.split_once(':')?;
        let what = KINDS.iter().position(|known| *known == kind)? as u64;
        let (partition, vcpu) = match what {
            change::POOL => (if who.is_empty() { 0 } else { return None }, 0),
            change::GROUP => (args::number(who)?, 0),
            _ => who.split_once('.').and_then(|(p, v)| Some((args::number(p)?, args::number(v)?)))?,
        };
        let mut row = [0; 6];
        let mut places = row.iter_mut();
        for word in words.split(',') {
            *places.next()? = args::number(word).or(args::duration(word))?;
        }
        Some(Self { what, partition, vcpu, row })
    }
}

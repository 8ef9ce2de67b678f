//! The documentation against the code: the reference page of the schedulers' parameters, and the example of
//! a new scheduler.
//!
//! `BLESS=1 cargo test -p policies --test reference` writes the page; read it before committing.

use policies::{REGISTRY, RETIRED, find};
use sched::{Affinity, Cpu, CpuSet, Group, Instant, Key, Kind, Life, NoLog, Pool, Row, Vcpu, Why};
use std::fmt::Write;
use std::{env, fs, path::Path};

#[path = "../../docs/examples/prio.rs"]
#[allow(dead_code, unreachable_pub)]
mod prio;

const PAGE: &str = "../docs/src/reference/schedulers.md";

const INTRODUCTION: &str = "\
<!-- Written by the test policies/tests/reference.rs from the code: do not edit. -->

# Parameters of the schedulers

Every key of every scheduler. The chapters about the [schedulers](../schedulers/README.md) say what the keys mean
for a system; [system.toml](../guide/system-toml.md) says how the file as a whole is built.

- *Pool* keys stand in the table `[pool.NAME]` of a pool, or in `NAME = { ... }` inside `[[pool]]`.
- *Partition* keys stand in `NAME = { ... }` inside `[[partition]]`.
- *vCPU* keys stand there too and then hold for each vCPU of the partition; in `NAME = { ... }` inside
  `[[partition.vcpu]]` they hold for one vCPU. A key that is also a partition key means the partition inside
  `[[partition]]` and the vCPU inside `[[partition.vcpu]]`.

`NAME` is the name of the scheduler. Ranges include both ends. A value out of its range is refused, and so is a
key that is not listed here.
";

#[test]
fn the_reference_page_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = page();
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == page,
        "{} is stale; write it anew: BLESS=1 cargo test -p policies --test reference",
        path.display()
    );
}

#[test]
fn the_registry_is_in_alphabetical_order_and_has_the_retired_ones() {
    assert!(REGISTRY.is_sorted_by_key(|policy| policy.name));
    assert!(RETIRED.iter().all(|name| find(name).is_some()));
}

fn page() -> String {
    let mut page = INTRODUCTION.to_string();
    for policy in REGISTRY {
        let _ = write!(page, "\n## {}\n", policy.name);
        let tables = [("Pool", policy.pool), ("Partition", policy.group), ("vCPU", policy.vcpu)];
        for (of, keys) in tables.into_iter().filter(|(_, keys)| !keys.is_empty()) {
            let _ = write!(page, "\n{of}:\n\n{}", table(keys));
        }
        if let Some((name, keys)) = policy.table {
            let _ = write!(page, "\nEach entry of the pool's list `{name}`, which must be given:\n\n{}", table(keys));
        }
        if tables.iter().all(|(_, keys)| keys.is_empty()) && policy.table.is_none() {
            page.push_str("\nNo parameters.\n");
        }
    }
    page
}

fn table(keys: &[Key]) -> String {
    let mut text = String::from("| key | type | range | default | meaning |\n|---|---|---|---|---|\n");
    for key in keys {
        let (kind, range) = kind(key);
        let default = match key.default {
            None => "must be given".into(),
            Some(_) if key.kind == Kind::Cpus => "all of the pool".into(),
            Some(word) => format!("`{}`", value(key, word)),
        };
        let _ = writeln!(text, "| `{}` | {kind} | {range} | {default} | {} |", key.name, key.doc);
    }
    text
}

/// The type and the range as people write them.
fn kind(key: &Key) -> (&'static str, String) {
    match key.kind {
        Kind::Duration => ("duration", format!("{} to {}", value(key, key.min), value(key, key.max))),
        Kind::Number => ("number", format!("{} to {}", key.min, key.max)),
        Kind::Flag => ("flag", "`true`, `false`".into()),
        Kind::Choice(words) => {
            ("word", words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", "))
        }
        Kind::Partition => ("name", "a partition of the pool".into()),
        Kind::Cpus => ("list of pCPUs", "0 to 63, of the pool".into()),
        Kind::Name => ("name", "any text".into()),
    }
}

fn value(key: &Key, word: u64) -> String {
    match key.kind {
        Kind::Duration => duration(word),
        Kind::Flag => (word != 0).to_string(),
        Kind::Choice(words) => format!("\"{}\"", words.get(word as usize).unwrap_or(&"?")),
        _ => word.to_string(),
    }
}

/// A duration in the largest unit that is not larger than it.
fn duration(ns: u64) -> String {
    let units = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)];
    let (unit, factor) = units.into_iter().find(|(_, factor)| ns >= *factor).unwrap_or(("ns", 1));
    let text = format!("{}.{:0digits$}", ns / factor, ns % factor, digits = factor.ilog10() as usize);
    format!(
        "{}{unit}",
        if factor == 1 { text.trim_end_matches(".0") } else { text.trim_end_matches('0') }.trim_end_matches('.')
    )
}

const CPU: Cpu = Cpu(0);

/// What the chapter "Adding a scheduler" promises of its example.
#[test]
fn the_example_scheduler_runs_the_lowest_level_and_equals_in_turn() {
    let policy = prio::Prio::new([prio::Slot::EMPTY; 3], CpuSet::only(CPU));
    let (mut pool, log) = (Pool::new(policy, [Life::ABSENT; 3], Instant::ZERO), &mut NoLog);
    for (v, level) in [(0, 5), (1, 5), (2, 1)] {
        let row = prio::VcpuParams::read(&[level]).expect("a valid level");
        pool.add(Vcpu(v), Group(v), row, Affinity::ANY, Instant::ZERO, log).expect("there is room");
    }
    let mut at = 0;
    let mut now = || {
        at += 1_000;
        Instant::from_nanos(at)
    };
    assert_eq!(pool.wake(Vcpu(0), now(), log).kick, CpuSet::only(CPU));
    assert_eq!(pool.pick(CPU, now(), log).choice.run, Some(Vcpu(0)));
    assert_eq!(pool.wake(Vcpu(1), now(), log).kick, CpuSet::EMPTY, "an equal interrupts nobody");
    assert_eq!(pool.wake(Vcpu(2), now(), log).kick, CpuSet::only(CPU));
    assert_eq!(pool.pick(CPU, now(), log).choice.run, Some(Vcpu(2)));
    pool.saved(Vcpu(0), CPU, now(), log);
    pool.block(Vcpu(2), Why::Wait, now(), log);
    assert_eq!(pool.pick(CPU, now(), log).choice.run, Some(Vcpu(1)), "who waited longer comes first");
    pool.saved(Vcpu(2), CPU, now(), log);
    pool.yield_now(Vcpu(1), now(), log);
    assert_eq!(pool.pick(CPU, now(), log).choice.run, Some(Vcpu(0)));
    pool.saved(Vcpu(1), CPU, now(), log);
    pool.block(Vcpu(0), Why::Wait, now(), log);
    assert_eq!(pool.pick(CPU, now(), log).choice.run, Some(Vcpu(1)));
    assert_eq!(pool.pick(CPU, now(), log).choice.run, Some(Vcpu(1)), "a spurious pick changes nothing");
    assert_eq!(pool.violations(), 0);
}

//! The parameters of a pool and the tables of schedules, such as the windows of a major frame.

use std::format;
use std::vec::Vec;

use policies::Descriptor;
use sched::{AnyRow, Key, Kind, Refused};

use super::document::{Document, PoolText};
use super::field::Field;
use super::names::one_of;
use super::problem::{Problem, Problems};
use super::rows::{Filled, Scope, show};
use super::schedulers;
use super::table::Table;
use crate::resolved::PoolRows;

/// In which pool each partition lies, and as which group.
pub(crate) struct Homes<'d, 'a> {
    pub(crate) document: &'d Document<'a>,
    /// For each partition its pool and group; `None` after a problem.
    pub(crate) of: Vec<Option<(usize, u64)>>,
}

/// The names that a pool's parameters can use.
struct PoolScope<'h, 'd, 'a> {
    homes: &'h Homes<'d, 'a>,
    pool: usize,
    free: Vec<std::string::String>,
}

impl Scope for PoolScope<'_, '_, '_> {
    fn group(&mut self, field: &Field, problems: &mut Problems) -> Option<u64> {
        let name = field.text(problems)?;
        let partitions = &self.homes.document.partitions;
        let Some(index) = partitions.iter().position(|partition| partition.name.value == name) else {
            let names = partitions.iter().map(|partition| partition.name.value);
            problems.push(field.problem(format!("there is no partition `{name}`")).remedy(one_of(name, names)));
            return None;
        };
        let (pool, group) = (*self.homes.of.get(index)?)?;
        if pool != self.pool {
            let pools = &self.homes.document.pools;
            let problem = field.problem(format!("partition `{name}` lies in another pool"));
            let problem =
                problem.with(partitions[index].place(), format!("it lies in pool `{}`", pools[pool].name.value));
            problems.push(problem.remedy(format!("name partitions of pool `{}` only", pools[self.pool].name.value)));
            return None;
        }
        Some(group)
    }

    fn name(&mut self, field: &Field, problems: &mut Problems) -> Option<u64> {
        let name = field.text(problems)?;
        let known = self.free.iter().position(|other| other == name);
        Some(known.unwrap_or_else(|| {
            self.free.push(name.into());
            self.free.len() - 1
        }) as u64)
    }
}

/// The rows of a pool under scheduler `index`; `None` if it cannot run the pool.
pub(crate) fn pool_rows(homes: &Homes, home: usize, index: usize, problems: &mut Problems) -> Option<PoolRows> {
    let (pool, scheduler) = (&homes.document.pools[home], &schedulers()[index]);
    let chosen = pool.scheduler.as_ref().filter(|at| at.value == index);
    let field = pool.tables.get(index).and_then(Option::as_ref);
    let Some(mut table) = field.and_then(|field| field.table(scheduler.name, problems)) else {
        let needy = scheduler.table.is_some() || scheduler.pool.iter().any(|key| key.default.is_none());
        if let (true, Some(chosen), None) = (needy, chosen, field) {
            problems.push(absent(pool, scheduler, &chosen.span));
        }
        let row = Filled::defaults(scheduler.pool, pool.place()).row;
        return (!needy).then_some(PoolRows { row, entries: Vec::new() });
    };
    let mut scope = PoolScope { homes, pool: home, free: Vec::new() };
    let mut row = Filled::defaults(scheduler.pool, &table.span);
    row.update(scheduler.pool, &[], &mut table, &mut scope, problems);
    row.complete(scheduler.pool, &format!("`{}`", scheduler.name), problems);
    row.check(scheduler.pool, scheduler.check_pool, scheduler.name, problems);
    let entries = entries(scheduler, &mut table, &mut scope, problems);
    table.finish(problems);
    let entries = entries?;
    if row.sound && entries.iter().all(|entry| entry.sound) {
        check_table(scheduler, &row, &entries, problems);
        if !entries.is_empty() {
            check_presence(homes, home, scheduler, chosen.is_some(), (&row, &entries), problems);
        }
    }
    Some(PoolRows { row: row.row, entries: entries.iter().map(|entry| entry.row).collect() })
}

fn absent(pool: &PoolText, scheduler: &Descriptor, chosen: &super::problem::Span) -> Problem {
    let keys = scheduler.pool.iter().filter(|key| key.default.is_none()).map(|key| key.name);
    let keys: Vec<_> = keys.chain(scheduler.table.map(|(name, _)| name)).map(|name| format!("{name} = ...")).collect();
    let sentence = format!("pool `{}` has no parameters for its scheduler `{}`", pool.name.value, scheduler.name);
    let remedy = format!("add `{} = {{ {} }}` to the pool", scheduler.name, keys.join(", "));
    Problem::new(chosen, sentence).remedy(remedy)
}

/// The entries of the scheduler's table; `None` if they cannot be read at all.
fn entries(
    scheduler: &Descriptor,
    table: &mut Table,
    scope: &mut PoolScope,
    problems: &mut Problems,
) -> Option<Vec<Filled>> {
    let Some((name, keys)) = scheduler.table else { return Some(Vec::new()) };
    let items = table.need(name, "[ { ... } ]", problems)?.list("[ { ... } ]", problems)?;
    let mut filled = Vec::new();
    for item in items {
        let mut entry = Filled::defaults(keys, &item.span);
        match item.table("an entry", problems) {
            Some(mut table) => {
                entry.update(keys, &[], &mut table, scope, problems);
                entry.complete(keys, "an entry", problems);
                entry.check(keys, scheduler.check_entry, scheduler.name, problems);
                table.finish(problems);
            }
            None => entry.sound = false,
        }
        filled.push(entry);
    }
    Some(filled)
}

/// Has the policy check the table; an entry at fault is left out and the rest checked again, so that all
/// are found.
fn check_table(scheduler: &Descriptor, row: &Filled, entries: &[Filled], problems: &mut Problems) {
    let keys = scheduler.table.map_or(&[][..], |(_, keys)| keys);
    let mut left: Vec<&Filled> = entries.iter().collect();
    loop {
        let rows: Vec<AnyRow> = left.iter().map(|entry| entry.row).collect();
        let Err(refused) = (scheduler.check_table)(&row.row, &rows) else { return };
        let (first, second) = (usize::from(refused.at.0), usize::from(refused.at.1));
        let (Some(other), Some(entry)) = (left.get(first), left.get(second)) else {
            // Else it would blame the file for what was left out here.
            if left.len() == entries.len() {
                problems.push(whole_table(scheduler, row, &refused));
            }
            return;
        };
        let problem = entry.refused(keys, &refused, scheduler.name);
        problems.push(match first == second {
            true => row
                .facts(scheduler.pool)
                .iter()
                .flatten()
                .fold(problem, |problem, (span, fact)| problem.with(span, fact)),
            false => collision(problem, other, &refused, keys),
        });
        left.remove(second);
    }
}

/// A refusal of the table as a whole.
fn whole_table(scheduler: &Descriptor, row: &Filled, refused: &Refused) -> Problem {
    let named = scheduler.pool.get(usize::from(refused.key)).filter(|key| key.kind == Kind::Name);
    match named {
        Some(key) => {
            let problem = row.refused(scheduler.pool, refused, scheduler.name).label("no entry has this name");
            problem.remedy(format!("write `{} = ...` with this name in the entries, or choose another", key.name))
        }
        None => Problem::new(row.place(), format!("{}: {}", scheduler.name, refused.rule))
            .remedy(format!("there are {}, the limit is {}", refused.has, refused.needs)),
    }
}

fn collision(problem: Problem, other: &Filled, refused: &Refused, keys: &[Key]) -> Problem {
    let problem = problem.with(other.place(), "it collides with this entry");
    match keys.get(usize::from(refused.key)) {
        Some(key) => problem.remedy(format!(
            "change one of the two: the limit of `{}` is {}",
            key.name,
            show(key, refused.needs)
        )),
        None => problem.remedy("change one of the two"),
    }
}

/// Every partition of the pool must stand in the table, or it would never run.
fn check_presence(
    homes: &Homes,
    home: usize,
    scheduler: &Descriptor,
    chosen: bool,
    (row, entries): (&Filled, &[Filled]),
    problems: &mut Problems,
) {
    let keys = scheduler.table.map_or(&[][..], |(_, keys)| keys);
    let Some(column) = keys.iter().position(|key| key.kind == Kind::Partition) else { return };
    for (partition, place) in homes.document.partitions.iter().zip(&homes.of) {
        let Some((pool, group)) = *place else { continue };
        if pool != home || entries.iter().any(|entry| entry.row.0[column] == group) {
            continue;
        }
        let sentence =
            format!("partition `{}` is in no entry of `{}`: it would never run", partition.name.value, scheduler.name);
        let problem = Problem::new(partition.place(), sentence).with(row.place(), "the entries are here");
        let problem = problem.remedy("give it an entry, or move it to another pool");
        problems.push(if chosen { problem } else { problem.warning() });
    }
}

//! From what the file says to the plan: names become indexes, defaults are filled in, rules across tables
//! are checked.

use std::format;
use std::string::ToString;
use std::vec::Vec;

use policies::Descriptor;
use sched::param::default_row;
use sched::{Affinity, AnyRow, CpuSet, Duration};

use super::document::{Document, PoolText};
use super::names::one_of;
use super::partition::PartitionText;
use super::problem::{Problem, Problems};
use super::rows::{Filled, NoScope};
use super::schedule::{self, Homes};
use super::{affinity, demand, memory, rules, schedulers};
use crate::images::{self, ImageText, Store};
use crate::resolved::{Resolved, ResolvedPartition, ResolvedPool, ResolvedVcpu, Shape};

/// The plan of a file; `None` if a problem leaves a hole in it.
pub(crate) fn resolve(document: &Document, store: &mut Store, problems: &mut Problems) -> Option<Resolved> {
    rules::check(document, problems);
    let homes = homes(document, problems);
    let pools: Vec<_> = (0..document.pools.len()).map(|index| pool(&homes, index, problems)).collect();
    let mut partitions = Vec::new();
    for (partition, home) in document.partitions.iter().zip(&homes.of) {
        let Some((pool, _)) = *home else { continue };
        let resolved = self::partition(partition, (pool, &document.pools[pool]), store, problems);
        partitions.push((partition.place(), resolved));
    }
    for (index, pool) in document.pools.iter().enumerate() {
        let own: Vec<_> = partitions.iter().filter(|(_, partition)| partition.pool == index).collect();
        demand::check(pool, pools[index].as_ref(), &own, problems);
    }
    let mut partitions: Vec<_> = partitions.into_iter().map(|(_, partition)| partition).collect();
    partitions.sort_by_key(|partition| partition.pool);
    Some(Resolved {
        name: document.name.to_string(),
        stop: document.stop.map(Duration::from_nanos),
        trace_bytes: document.trace,
        schedulers: schedulers().iter().map(shape).collect(),
        pools: pools.into_iter().collect::<Option<_>>()?,
        partitions,
    })
}

fn shape(scheduler: &Descriptor) -> Shape {
    Shape {
        name: scheduler.name.to_string(),
        pool_words: scheduler.pool.len(),
        group_words: scheduler.group.len(),
        vcpu_words: scheduler.vcpu.len(),
        entry_words: scheduler.table.map_or(0, |(_, keys)| keys.len()),
    }
}

fn homes<'d, 'a>(document: &'d Document<'a>, problems: &mut Problems) -> Homes<'d, 'a> {
    let mut groups: Vec<u64> = document.pools.iter().map(|_| 0).collect();
    let mut of = Vec::new();
    for partition in &document.partitions {
        let home = home(partition, &document.pools, problems);
        of.push(home.map(|pool| {
            groups[pool] += 1;
            (pool, groups[pool] - 1)
        }));
    }
    Homes { document, of }
}

fn home(partition: &PartitionText, pools: &[PoolText], problems: &mut Problems) -> Option<usize> {
    let names = pools.iter().map(|pool| pool.name.value);
    match (&partition.pool, pools.len()) {
        (None, 0) => None,
        (None, 1) => Some(0),
        (None, _) => {
            let sentence = format!("partition `{}` does not say in which pool it lies", partition.name.value);
            let remedy = format!("add `pool = \"...\"`: {}", one_of("", names));
            problems.push(Problem::new(partition.place(), sentence).remedy(remedy));
            None
        }
        (Some(name), _) => {
            let index = names.clone().position(|other| other == name.value);
            if index.is_none() {
                let problem = Problem::new(&name.span, format!("there is no pool `{}`", name.value));
                problems.push(problem.remedy(one_of(name.value, names)));
            }
            index
        }
    }
}

fn pool(homes: &Homes, index: usize, problems: &mut Problems) -> Option<ResolvedPool> {
    let pool = &homes.document.pools[index];
    let rows = (0..schedulers().len()).map(|at| schedule::pool_rows(homes, index, at, problems)).collect();
    Some(ResolvedPool {
        name: pool.name.value.to_string(),
        cpus: CpuSet::from_bits(pool.cpus.value),
        scheduler: pool.scheduler.as_ref()?.value,
        rows,
    })
}

fn partition(
    text: &PartitionText,
    (index, pool): (usize, &PoolText),
    store: &mut Store,
    problems: &mut Problems,
) -> ResolvedPartition {
    let affinities = affinity::affinities(text, pool, problems);
    let (groups, rows) = rows(text, problems);
    let vcpus = affinities.into_iter().zip(rows);
    let vcpus = vcpus.map(|(affinity, rows): (Affinity, Vec<AnyRow>)| ResolvedVcpu { affinity, rows }).collect();
    let memory = memory::place(text, store.arch(), problems);
    let placed = images::place(text, memory, store, problems);
    ResolvedPartition {
        name: text.name.value.to_string(),
        image: text.image.as_ref().map_or("", ImageText::reference).to_string(),
        args: text.args.to_string(),
        pool: index,
        memory_base: memory.base,
        memory_size: memory.size,
        entry: placed.entry,
        boot_arg: placed.boot_arg,
        clock_text: placed.clock_text,
        loads: placed.loads,
        on_fault: text.on_fault,
        exit_limit: text.exit_limit,
        control: text.control,
        expect: text.expect,
        rows: groups,
        vcpus,
    }
}

/// The rows of a partition's group for each scheduler, and of each of its vCPUs for each scheduler.
fn rows(text: &PartitionText, problems: &mut Problems) -> (Vec<AnyRow>, Vec<Vec<AnyRow>>) {
    let mut groups = Vec::new();
    let mut vcpus = std::vec![Vec::new(); text.vcpus];
    for index in 0..schedulers().len() {
        let (group, own) = scheduler_rows(text, index, problems);
        groups.push(group);
        vcpus.iter_mut().zip(own).for_each(|(rows, row): (&mut Vec<AnyRow>, AnyRow)| rows.push(row));
    }
    (groups, vcpus)
}

/// A key of a partition's table is the group's if the group has such a key, else it is meant for each vCPU;
/// `[[partition.vcpu]]` says it for one.
fn scheduler_rows(text: &PartitionText, index: usize, problems: &mut Problems) -> (AnyRow, Vec<AnyRow>) {
    let scheduler = &schedulers()[index];
    let mut group = Filled::defaults(scheduler.group, text.place());
    let mut common = Filled::defaults(scheduler.vcpu, text.place());
    let field = text.tables.get(index).and_then(Option::as_ref);
    if let Some(mut table) = field.and_then(|field| field.table(scheduler.name, problems)) {
        group.update(scheduler.group, &[], &mut table, &mut NoScope, problems);
        common.update(scheduler.vcpu, scheduler.group, &mut table, &mut NoScope, problems);
        table.finish(problems);
    }
    group.complete(scheduler.group, scheduler.name, problems);
    group.check(scheduler.group, scheduler.check_group, scheduler.name, problems);
    let single = |vcpu: usize| text.single.get(vcpu).and_then(|single| single.tables.get(index)?.as_ref());
    if (0..text.vcpus).any(|vcpu| single(vcpu).is_none()) {
        common.complete(scheduler.vcpu, scheduler.name, problems);
        common.check(scheduler.vcpu, scheduler.check_vcpu, scheduler.name, problems);
    }
    let mut rows = Vec::new();
    for vcpu in 0..text.vcpus {
        let mut own = common.clone();
        if let Some(mut table) = single(vcpu).and_then(|field| field.table(scheduler.name, problems)) {
            own.update(scheduler.vcpu, &[], &mut table, &mut NoScope, problems);
            own.complete(scheduler.vcpu, scheduler.name, problems);
            own.check(scheduler.vcpu, scheduler.check_vcpu, scheduler.name, problems);
            table.finish(problems);
        }
        // A refused row must not make a reservation that the file does not mean.
        rows.push(if own.sound { own.row } else { AnyRow(default_row(scheduler.vcpu)) });
    }
    (group.row, rows)
}

//! What the file says about the system and its pools, before names are resolved.

use std::format;
use std::vec::Vec;

use crate::plan::NAME_BYTES;

use super::field::Field;
use super::names::one_of;
use super::partition::PartitionText;
use super::problem::{At, Problem, Problems, Span};
use super::schedulers;
use super::table::Table;

/// The largest memory for traces.
const TRACE_MAX: u64 = 16 << 30;
/// The memory for traces when the file says nothing.
const TRACE_DEFAULT: u64 = 64 << 20;

/// The whole file.
pub(crate) struct Document<'a> {
    pub(crate) name: &'a str,
    pub(crate) stop: Option<u64>,
    pub(crate) trace: u64,
    pub(crate) pools: Vec<PoolText<'a>>,
    pub(crate) partitions: Vec<PartitionText<'a>>,
}

/// A pool.
pub(crate) struct PoolText<'a> {
    /// Its name, or its place if it has none.
    pub(crate) name: At<&'a str>,
    pub(crate) cpus: At<u64>,
    /// The index of its scheduler in the registry.
    pub(crate) scheduler: Option<At<usize>>,
    /// The parameters for each scheduler.
    pub(crate) tables: Vec<Option<Field<'a>>>,
}

impl<'a> Document<'a> {
    /// Reads the file's tables.
    pub(crate) fn read(mut root: Table<'a>, problems: &mut Problems) -> Self {
        let example = "at the top of the file: [system] with `name`";
        let system = match root.get("system") {
            Some(field) => field.table("[system]", problems),
            None => {
                problems
                    .push(Problem::new(&root.span, "the file needs a [system] table").remedy(format!("add {example}")));
                None
            }
        };
        let (name, stop, trace) = system.map_or(("", None, TRACE_DEFAULT), |table| system_table(table, problems));
        let pools = tables(&mut root, "pool", "a pool", problems);
        let pools = pools.into_iter().map(|table| PoolText::read(table, problems)).collect();
        let partitions = tables(&mut root, "partition", "a partition", problems);
        let partitions = partitions.into_iter().map(|table| PartitionText::read(table, problems)).collect();
        root.finish(problems);
        Self { name, stop, trace, pools, partitions }
    }
}

fn system_table<'a>(mut table: Table<'a>, problems: &mut Problems) -> (&'a str, Option<u64>, u64) {
    let name = name(&mut table, problems);
    let stop = table.get("stop").and_then(|field| {
        let stop = field.duration(problems)?;
        if stop == 0 {
            let problem = field.problem("`stop` must be longer than nothing");
            problems.push(problem.remedy("leave it out if the system should not stop by itself"));
        }
        Some(stop)
    });
    let trace = table.get("trace").and_then(|field| {
        let bytes = field.size(problems)?;
        if bytes > TRACE_MAX || !bytes.is_multiple_of(4096) {
            let problem = field.problem("`trace` must be a multiple of 4KiB and at most 16GiB");
            problems.push(problem.remedy("write for instance `trace = \"64MiB\"`"));
        }
        Some(bytes)
    });
    table.finish(problems);
    (name.value, stop, trace.unwrap_or(TRACE_DEFAULT))
}

/// The items of the list of tables `[[name]]`.
fn tables<'a>(root: &mut Table<'a>, name: &str, what: &'static str, problems: &mut Problems) -> Vec<Table<'a>> {
    let Some(field) = root.get(name) else {
        let problem = Problem::new(&root.span, format!("the file has no [[{name}]]"));
        problems.push(problem.remedy(format!("add at least one [[{name}]] table")));
        return Vec::new();
    };
    if !field.is_list() {
        let problem = field.problem(format!("`{name}` must be a list of tables"));
        problems.push(problem.remedy(format!("write its heading with two brackets: [[{name}]]")));
        return Vec::new();
    }
    let items = field.list("[]", problems).unwrap_or_default();
    items.iter().filter_map(|item| item.table(what, problems)).collect()
}

/// The `name` of a system, pool or partition; an empty one after a problem.
pub(crate) fn name<'a>(table: &mut Table<'a>, problems: &mut Problems) -> At<&'a str> {
    let field = table.need("name", "\"...\"", problems);
    let text = field.as_ref().and_then(|field| Some(At { value: field.text(problems)?, span: field.span.clone() }));
    let Some(name) = text else { return At { value: "", span: table.span.clone() } };
    let sentence = if name.value.is_empty() {
        "a name must not be empty"
    } else if name.value.len() > NAME_BYTES {
        "a name must not be longer than 32 bytes"
    } else if name.value.chars().any(char::is_control) {
        "a name must not have control characters"
    } else {
        return name;
    };
    let problem = Problem::new(&name.span, sentence).remedy("choose a short name of printable characters");
    let long = name.value.len() > NAME_BYTES;
    problems.push(if long { problem.label(format!("this has {} bytes", name.value.len())) } else { problem });
    At { value: "", ..name }
}

impl<'a> PoolText<'a> {
    fn read(mut table: Table<'a>, problems: &mut Problems) -> Self {
        let name = name(&mut table, problems);
        let cpus = table.need("cpus", "[0]", problems);
        let span = cpus.as_ref().map_or(table.span.clone(), |field| field.span.clone());
        let set = cpus.and_then(|field| field.cpus(problems));
        if set == Some(0) {
            problems.push(Problem::new(&span, "a pool needs at least one pCPU").remedy("write `cpus = [0]`"));
        }
        let scheduler = table.need("scheduler", "\"rtds\"", problems).and_then(|field| scheduler(&field, problems));
        let tables = schedulers().iter().map(|scheduler| table.get(scheduler.name)).collect();
        table.finish(problems);
        Self { name, cpus: At { value: set.unwrap_or(0), span }, scheduler, tables }
    }

    /// Where to point when the pool as a whole is meant.
    pub(crate) fn place(&self) -> &Span {
        &self.name.span
    }
}

/// A scheduler by name, as its index in the registry.
pub(crate) fn scheduler(field: &Field, problems: &mut Problems) -> Option<At<usize>> {
    let name = field.text(problems)?;
    let index = schedulers().iter().position(|scheduler| scheduler.name == name);
    if index.is_none() {
        let problem = field.problem(format!("there is no scheduler `{name}`"));
        problems.push(problem.remedy(one_of(name, schedulers().iter().map(|scheduler| scheduler.name))));
    }
    Some(At { value: index?, span: field.span.clone() })
}

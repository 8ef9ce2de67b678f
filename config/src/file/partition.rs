//! What the file says about a partition, before names are resolved.

use std::format;
use std::vec::Vec;

use crate::images::ImageText;
use crate::plan::{ARGS_BYTES, Expect, FaultAction, VCPUS_MAX};

use super::document::name;
use super::expect;
use super::field::Field;
use super::problem::{At, Problem, Problems, Span};
use super::table::Table;
use super::{memory, schedulers};

/// A partition.
pub(crate) struct PartitionText<'a> {
    /// Its name, or its place if it has none.
    pub(crate) name: At<&'a str>,
    pub(crate) pool: Option<At<&'a str>>,
    pub(crate) image: Option<ImageText<'a>>,
    pub(crate) args: &'a str,
    /// The size of its memory and where that is said; `None` after a problem.
    pub(crate) memory: Option<At<u64>>,
    /// Where it begins, if the file says so.
    pub(crate) memory_base: Option<At<u64>>,
    pub(crate) vcpus: usize,
    pub(crate) places: Places<'a>,
    pub(crate) on_fault: FaultAction,
    pub(crate) exit_limit: u32,
    pub(crate) control: bool,
    pub(crate) expect: Expect,
    /// The parameters for each scheduler.
    pub(crate) tables: Vec<Option<Field<'a>>>,
    /// What is said of single vCPUs, the first ones.
    pub(crate) single: Vec<VcpuText<'a>>,
}

/// Where vCPUs may run and prefer to run.
pub(crate) struct Places<'a> {
    pub(crate) affinity: Option<Field<'a>>,
    pub(crate) prefer: Option<Field<'a>>,
}

/// What is said of one vCPU.
pub(crate) struct VcpuText<'a> {
    pub(crate) places: Places<'a>,
    pub(crate) tables: Vec<Option<Field<'a>>>,
}

impl<'a> Places<'a> {
    fn read(table: &mut Table<'a>) -> Self {
        Self { affinity: table.get("affinity"), prefer: table.get("prefer") }
    }
}

impl<'a> PartitionText<'a> {
    /// Reads a `[[partition]]`.
    pub(crate) fn read(mut table: Table<'a>, problems: &mut Problems) -> Self {
        let name = name(&mut table, problems);
        let pool =
            table.get("pool").and_then(|field| Some(At { value: field.text(problems)?, span: field.span.clone() }));
        let image = table.need("image", "\"guests/hello\"", problems);
        let image = image.and_then(|field| ImageText::read(&field, problems));
        let args = table.get("args").and_then(|field| args(&field, problems));
        let memory = table.need("memory", "\"8MiB\"", problems).and_then(|field| memory::size(&field, problems));
        let memory_base = table.get("memory_base").and_then(|field| memory::base(&field, problems));
        let vcpus = table.get("vcpus").and_then(|field| field.integer(1..=VCPUS_MAX as u64, problems)).unwrap_or(1);
        let places = Places::read(&mut table);
        let on_fault = table.get("on_fault").and_then(|field| field.choice(&["restart", "idle", "stop"], problems));
        let limit = table.get("exit_limit").and_then(|field| field.integer(1..=u32::MAX.into(), problems));
        let control = table.get("control").and_then(|field| field.flag(problems));
        let expect = table.get("expect").map(|field| expect::read(&field, problems)).unwrap_or_default();
        let tables = schedulers().iter().map(|scheduler| table.get(scheduler.name)).collect();
        let single = single(&mut table, vcpus as usize, problems);
        table.finish(problems);
        Self {
            name,
            pool,
            image,
            args: args.unwrap_or(""),
            memory,
            memory_base,
            vcpus: vcpus as usize,
            places,
            on_fault: match on_fault {
                Some(1) => FaultAction::Idle,
                Some(2) => FaultAction::StopSystem,
                _ => FaultAction::Restart,
            },
            exit_limit: limit.unwrap_or(0) as u32,
            control: control.unwrap_or(false),
            expect,
            tables,
            single,
        }
    }

    /// Where to point when the partition as a whole is meant.
    pub(crate) fn place(&self) -> &Span {
        &self.name.span
    }
}

fn args<'a>(field: &Field<'a>, problems: &mut Problems) -> Option<&'a str> {
    let args = field.text(problems)?;
    if args.len() > ARGS_BYTES {
        let label = format!("this has {} bytes", args.len());
        let problem = field.problem("arguments must not be longer than 1024 bytes").label(label);
        problems.push(problem.remedy("shorten them"));
    }
    Some(args)
}

fn single<'a>(table: &mut Table<'a>, vcpus: usize, problems: &mut Problems) -> Vec<VcpuText<'a>> {
    let items = table.get("vcpu").and_then(|field| field.list("[{ ... }]", problems)).unwrap_or_default();
    if let Some(item) = items.get(vcpus) {
        let sentence = format!("there are {} [[partition.vcpu]] but `vcpus` is {vcpus}", items.len());
        problems.push(Problem::new(&item.span, sentence).remedy("raise `vcpus`, or leave this one out"));
    }
    let mut read = |item: &Field<'a>| {
        let mut table = item.table("a vCPU", problems)?;
        let places = Places::read(&mut table);
        let tables = schedulers().iter().map(|scheduler| table.get(scheduler.name)).collect();
        table.finish(problems);
        Some(VcpuText { places, tables })
    };
    items.iter().take(vcpus).filter_map(&mut read).collect()
}

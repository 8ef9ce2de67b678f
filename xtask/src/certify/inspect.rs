//! The code for the target: no panic, no allocation, no recursion, a bound for the stack, the size.
//!
//! The program `probe` is built with one policy and the profile of the image. [`program`] reads its symbols
//! and instructions, [`graph`] finds what each method of the seam can reach. The same inspection is applied
//! to faults on purpose; if it does not find each of them, it is not to be believed.

mod decode;
mod graph;
mod program;

use super::report::{Section, Table};
use super::subject::Subject;
use crate::arch::Arch;
use crate::process;
use crate::progress::Step;
use crate::setup;
use crate::workspace;
use anyhow::{Context, Result};
use graph::{Graph, Reach};
use program::Program;
use std::path::PathBuf;

const METHODS: [&str; 14] = [
    "seam_new",
    "seam_add",
    "seam_remove",
    "seam_change",
    "seam_wake",
    "seam_block",
    "seam_yield_now",
    "seam_pick",
    "seam_saved",
    "seam_alarm",
    "seam_expire",
    "seam_in_force",
    "seam_service",
    "seam_heeds",
];
/// Names that mean a panic or unwinding.
const PANICS: [&str; 6] =
    ["core::panicking", "rust_begin_unwind", "panic_fmt", "_Unwind", "unwrap_failed", "slice_index"];
/// Names that mean an allocator.
const ALLOCATORS: [&str; 6] = ["__rust_alloc", "__rust_dealloc", "__rust_realloc", "__rdl_", "__rg_", "alloc::"];

/// The linked program, and the command that made it.
pub(super) struct Built {
    pub(super) file: PathBuf,
    pub(super) command: String,
}

/// Builds the probe with this policy.
pub(super) fn build(policy: &str) -> Result<Built> {
    let folder = workspace::folder("certify")?.join("probe").join(policy);
    let mut command = setup::compiler(Arch::Aarch64)?.cargo(Arch::Aarch64, "build");
    command.args(["--quiet", "-p", "probe", "--profile", "image", "--features", &format!("policies/{policy}")]);
    command.arg("--target-dir").arg(&folder);
    // The sizes of stack frames are not stable in the compiler. The flag changes no instruction.
    command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zemit-stack-sizes");
    let _step = Step::begin(format!("Building {policy} for the target"));
    process::checked(&mut command, process::LONG).context("the policy cannot be built for the target")?;
    let file = folder.join(Arch::Aarch64.target()).join("image/probe");
    let line = format!("RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zemit-stack-sizes {}", process::line(&command));
    Ok(Built { file, command: line })
}

/// The section.
pub(super) fn section(subject: &Subject, built: &Built) -> Result<Section> {
    let program = Program::read(&workspace::read(&built.file)?)?;
    let graph = Graph::of(&program);
    let mut section = Section::new("code", "The code for the target")
        .says(format!(
            "{} as the target runs it, linked with the profile of the hypervisor's image, each method of the seam a \
             symbol of its own. What a method can reach follows from the branch instructions of the linked code; a jump \
             to an address that is only known at run time is a fault unless it is a jump table. Frames are those that \
             the compiler reports, or the sum of all moves of the stack pointer in functions for which it reports none.",
            subject.one.name
        ))
        .says(format!("Built by: {}", built.command));
    for sentence in canaries(&graph) {
        section.miss(sentence);
    }
    let head =
        ["method", "functions", "code (bytes)", "stack (bytes)", "panics", "allocation", "recursion", "indirect"];
    let mut table = Table::new("code", "What each method reaches", &head);
    for method in METHODS {
        let reach = graph.reach(method).with_context(|| format!("the program has no symbol `{method}`"))?;
        table.row(&[
            &method,
            &reach.functions.len(),
            &reach.code,
            &reach.stack.map_or("unbounded".into(), |bytes| bytes.to_string()),
            &yes_no(!named(&reach, &PANICS).is_empty()),
            &yes_no(!named(&reach, &ALLOCATORS).is_empty()),
            &yes_no(!reach.cycle.is_empty()),
            &yes_no(!reach.indirect.is_empty()),
        ]);
        faults(method, &reach).into_iter().for_each(|sentence| section.miss(sentence));
    }
    section.tables = vec![table, frames(&graph)];
    Ok(section)
}

fn yes_no(found: bool) -> &'static str {
    if found { "FOUND" } else { "none" }
}

/// Functions reached whose name has one of these parts.
fn named(reach: &Reach, parts: &[&str]) -> Vec<String> {
    let hit = |name: &&String| parts.iter().any(|part| name.contains(part));
    reach.functions.iter().filter(hit).cloned().collect()
}

fn faults(method: &str, reach: &Reach) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |what: &str, found: &[String]| {
        if !found.is_empty() {
            faults.push(format!("{method} can {what}: {}", found.join(", ")));
        }
    };
    fault("panic", &named(reach, &PANICS));
    fault("allocate", &named(reach, &ALLOCATORS));
    fault("call itself", &reach.cycle);
    fault("jump to an address that is only known at run time", &reach.indirect);
    if reach.stack.is_none() && reach.cycle.is_empty() {
        faults.push(format!("{method} has no bound for its stack: a frame depends on a value"));
    }
    faults
}

/// What the inspection must find in the faults on purpose.
fn canaries(graph: &Graph) -> Vec<String> {
    let seen = |name: &str, test: fn(&Reach) -> bool| graph.reach(name).is_some_and(|reach| test(&reach));
    let checks = [
        ("a panic", seen("canary_panic", |reach| !named(reach, &PANICS).is_empty())),
        ("recursion", seen("canary_recursion", |reach| !reach.cycle.is_empty())),
        ("an indirect call", seen("canary_indirect", |reach| !reach.indirect.is_empty())),
        ("a large frame", seen("canary_stack", |reach| reach.stack.is_some_and(|bytes| bytes >= 3200))),
    ];
    let unseen = checks.into_iter().filter(|(_, seen)| !seen);
    unseen
        .map(|(what, _)| format!("the inspection did not find {what} that is there on purpose; its tools are at fault"))
        .collect()
}

/// All functions that the seam reaches.
fn frames(graph: &Graph) -> Table {
    let mut table = Table::new("functions", "Functions", &["function", "code (bytes)", "frame (bytes)", "frame from"]);
    let mut names: Vec<String> =
        METHODS.iter().filter_map(|method| graph.reach(method)).flat_map(|reach| reach.functions).collect();
    names.sort();
    names.dedup();
    for name in &names {
        if let Some(function) = graph.function(name) {
            let frame = function.frame.map_or("unbounded".into(), |bytes| bytes.to_string());
            let source = if function.reported { "compiler" } else { "instructions" };
            table.row(&[name, &function.size, &frame, &source]);
        }
    }
    table
}

//! The verb `certify`: evidence about a scheduler crate, collected by tools and judged.
//!
//! Each section of the report is a module: it collects, it judges, and it says what is missing. Nothing
//! here decides by a name which policy it looks at; what is particular about a crate stands in the crate
//! (`requirements.toml`, `arguments.toml`). A section that cannot collect its evidence is a failure.

mod argued;
mod closing;
mod coverage;
mod crates;
mod decisions;
mod declared;
mod inspect;
mod matrix;
mod mutants;
mod origin;
mod ran;
mod report;
mod source;
mod subject;
mod work;

use crate::cli::CertifyArgs;
use crate::workspace;
use anyhow::{Result, bail};
use report::{Report, Section};
use std::process::ExitCode;
use subject::Subject;

pub(crate) use crates::{Crate, policies};
pub(crate) use source::test_functions;

/// How much is done.
#[derive(Clone, Copy, Debug)]
struct Depth {
    /// Leave out what takes long: coverage and work.
    quick: bool,
    /// Mutation too.
    mutants: bool,
}

/// The verb.
pub(crate) fn run(arguments: &CertifyArgs) -> Result<ExitCode> {
    let depth = Depth { quick: arguments.quick, mutants: arguments.mutants };
    let mut complete = true;
    for one in chosen(arguments)? {
        let report = certify(&one, depth)?;
        let folder = report::write(&report)?;
        print!("{}", report.summary());
        println!("report: {}\n", workspace::shown(&folder.join("report.html")));
        complete &= report.is_complete();
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a server runs for each change: every policy, without what takes long. Returns how many tests passed and how
/// many things are missing; those are told.
pub(crate) fn quick() -> Result<(u64, u64)> {
    let (mut passed, mut missing) = (0, 0);
    for one in crates::policies()? {
        let report = certify(&one, Depth { quick: true, mutants: false })?;
        report::write(&report)?;
        if !report.is_complete() {
            eprint!("{}", report.summary());
        }
        passed += report.tests;
        missing += report.missing();
    }
    Ok((passed, missing))
}

fn chosen(arguments: &CertifyArgs) -> Result<Vec<crates::Crate>> {
    let all = crates::policies()?;
    let Some(name) = &arguments.name else {
        return Ok(all);
    };
    let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
    let list = names.join(", ");
    match all.iter().position(|one| &one.name == name) {
        Some(at) => Ok(all.into_iter().skip(at).take(1).collect()),
        None => bail!("`{name}` is not a scheduler crate of the workspace; there are: {list}"),
    }
}

/// All sections of one crate. The order is that of the report.
fn certify(one: &crates::Crate, depth: Depth) -> Result<Report> {
    eprintln!("Certifying {}", one.name);
    let subject = Subject::gather(one, !depth.quick)?;
    let mut arguments = argued::Arguments::read(&one.folder)?;
    let mut sections = vec![matrix::section(&subject)];
    if depth.quick {
        sections.push(Section::left_out("coverage", "Structural coverage", "--quick leaves it out"));
    } else {
        sections.push(or_missing("coverage", "Structural coverage", coverage::section(&subject, &mut arguments)));
    }
    if depth.mutants {
        sections.push(or_missing("mutation", "Mutation", mutants::section(&subject, &mut arguments)));
    } else {
        sections.push(Section::left_out("mutation", "Mutation", "it takes long; ask for it with --mutants"));
    }
    let built = inspect::build(&one.policy);
    match &built {
        Ok(built) => sections.push(or_missing("code", "The code for the target", inspect::section(&subject, built))),
        Err(error) => sections.push(Section::failed("code", "The code for the target", error)),
    }
    match built {
        _ if depth.quick => sections.push(Section::left_out("work", "Work per call", "--quick leaves it out")),
        Ok(built) => sections.push(or_missing("work", "Work per call", work::section(&built))),
        Err(_) => sections.push(Section::left_out("work", "Work per call", "the program for the target was not built")),
    }
    sections.push(decisions::section(&subject));
    sections.push(or_missing("origin", "Sources, dependencies and tools", origin::section(&subject, depth.quick)));
    sections.push(arguments.section(depth.quick, depth.mutants));
    sections.push(closing::section());
    let tests = subject.ran.as_ref().map_or(0, |ran| ran.passed());
    Ok(Report { name: one.name.clone(), version: one.version.clone(), tests, sections })
}

fn or_missing(id: &'static str, title: &'static str, section: Result<Section>) -> Section {
    section.unwrap_or_else(|error| Section::failed(id, title, &error))
}

//! Traceability: requirement, code, test, without gaps either way.

use super::declared::{Declared, matches};
use super::ran::{Outcome, Ran};
use super::report::{Section, Table};
use super::source::{File, On, Tag};
use super::subject::Subject;
use std::collections::{BTreeMap, BTreeSet};

/// The section.
pub(super) fn section(subject: &Subject) -> Section {
    let mut section = Section::new("requirements", "Requirements, code and tests").says(
        "Requirements are those of requirements.toml. A tag in the source ties an item or a test to them. A test \
         counts when it ran and passed in this run.",
    );
    let (declared, ran) = match (&subject.declared, &subject.ran) {
        (Ok(declared), Ok(ran)) => (declared, ran),
        (declared, ran) => {
            section.missing.extend(declared.as_ref().err().map(|error| format!("{error:#}")));
            section.missing.extend(ran.as_ref().err().map(|error| format!("the tests could not be run: {error:#}")));
            return section;
        }
    };
    let strays = subject.strays.iter();
    section
        .missing
        .extend(strays.map(|file| format!("{file} is not part of the crate; remove it or declare its module")));
    let matrix = Matrix::of(declared, ran, &subject.files);
    section.missing.extend(matrix.missing);
    section.tables.extend(matrix.tables);
    section
}

/// What the three sides say together.
struct Matrix {
    missing: Vec<String>,
    tables: Vec<Table>,
}

impl Matrix {
    fn of(declared: &Declared, ran: &Ran, files: &[File]) -> Self {
        let links = Links::of(declared, ran, files);
        let mut missing = declared.faults();
        missing.extend(links.faults.iter().cloned());
        missing.extend(ran.broken.iter().cloned());
        let known: BTreeSet<&str> = declared.requirements.iter().map(|one| one.id.as_str()).collect();
        for id in links.ids().filter(|id| !known.contains(id)) {
            missing.push(format!("the tag {id} names no requirement ({})", links.places(id)));
        }
        for id in &known {
            if !links.code.contains_key(*id) {
                missing.push(format!("{id} has no tag in the code"));
            }
            let tests = links.tests.get(*id).into_iter().flatten();
            if !tests.clone().any(|test| ran.tests.get(test) == Some(&Outcome::Passed)) {
                missing.push(format!("{id} has no test that passed"));
            }
        }
        missing.extend(unaccounted(declared, ran, &links));
        Self { missing, tables: vec![requirements(declared, &links), tests(declared, ran, &links)] }
    }
}

/// Requirements by code and by test.
#[derive(Default)]
struct Links {
    code: BTreeMap<String, Vec<String>>,
    tests: BTreeMap<String, BTreeSet<String>>,
    faults: Vec<String>,
}

impl Links {
    fn of(declared: &Declared, ran: &Ran, files: &[File]) -> Self {
        let mut links = Self::default();
        for (file, tag) in files.iter().flat_map(|file| file.tags.iter().map(move |tag| (file, tag))) {
            links.add(file, tag);
        }
        for shared in &declared.shared {
            for id in &shared.requirements {
                links.code.entry(id.clone()).or_default().push(shared.file.clone());
            }
        }
        for generated in &declared.generated {
            for test in ran.tests.keys().filter(|test| matches(&generated.test, test)) {
                for id in &generated.requirements {
                    links.tests.entry(id.clone()).or_default().insert(test.clone());
                }
            }
        }
        links
    }

    fn add(&mut self, file: &File, Tag { id, line, on }: &Tag) {
        let place = format!("{}:{line}", file.path);
        match on {
            On::Code(name) => self.code.entry(id.clone()).or_default().push(format!("{name} ({place})")),
            On::Test(name) => drop(self.tests.entry(id.clone()).or_default().insert(name.clone())),
            On::Helper(name) => self.faults.push(format!("{place}: the tag {id} is on `{name}`, which is no test")),
            On::Nothing => self.faults.push(format!(
                "{place}: the tag {id} belongs to nothing; it needs a line of its own, above an item or in a function"
            )),
        }
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        let all: BTreeSet<&str> = self.code.keys().chain(self.tests.keys()).map(String::as_str).collect();
        all.into_iter()
    }

    fn places(&self, id: &str) -> String {
        let code = self.code.get(id).into_iter().flatten().cloned();
        let tests = self.tests.get(id).into_iter().flatten().cloned();
        code.chain(tests).collect::<Vec<_>>().join(", ")
    }

    /// The requirements that a test verifies.
    fn verified(&self, test: &str) -> Vec<&str> {
        let hit = self.tests.iter().filter(|(_, tests)| tests.contains(test));
        hit.map(|(id, _)| id.as_str()).collect()
    }
}

/// Tests without a purpose or without success, tags on tests that did not run, entries that match nothing.
fn unaccounted(declared: &Declared, ran: &Ran, links: &Links) -> Vec<String> {
    let mut missing = Vec::new();
    for (test, outcome) in &ran.tests {
        match outcome {
            Outcome::Failed => missing.push(format!("the test {test} failed")),
            Outcome::Ignored => missing.push(format!("the test {test} is ignored, so it shows nothing")),
            Outcome::Passed => {}
        }
        let supports = declared.supporting.iter().any(|one| matches(&one.test, test));
        match (links.verified(test).is_empty(), supports) {
            (true, false) => {
                missing.push(format!("the test {test} traces to no requirement and is not listed as supporting"))
            }
            (false, true) => {
                missing.push(format!("the test {test} is listed as supporting, and traces to a requirement"))
            }
            _ => {}
        }
    }
    let tagged: BTreeSet<&String> = links.tests.values().flatten().collect();
    let absent = tagged.into_iter().filter(|test| !ran.tests.contains_key(*test));
    missing.extend(absent.map(|test| format!("the test {test} has a tag but did not run")));
    let supporting = declared.supporting.iter().map(|one| &one.test);
    let patterns = supporting.chain(declared.generated.iter().map(|one| &one.test));
    let idle = patterns.filter(|pattern| !ran.tests.keys().any(|test| matches(pattern, test)));
    missing.extend(idle.map(|pattern| format!("no test matches `{pattern}` of requirements.toml")));
    missing
}

fn requirements(declared: &Declared, links: &Links) -> Table {
    let mut table = Table::new("traceability", "Requirements", &["id", "requirement", "source", "code", "tests"]);
    for one in &declared.requirements {
        let code = links.code.get(&one.id).map(|places| places.join("; ")).unwrap_or_default();
        let tests: Vec<&str> = links.tests.get(&one.id).into_iter().flatten().map(String::as_str).collect();
        table.row(&[&one.id, &one.text, &one.source, &code, &tests.join("; ")]);
    }
    table
}

fn tests(declared: &Declared, ran: &Ran, links: &Links) -> Table {
    let mut table = Table::new("tests", "Tests that ran", &["test", "outcome", "verifies"]);
    for (test, outcome) in &ran.tests {
        let supporting = declared.supporting.iter().find(|one| matches(&one.test, test));
        let purpose = match supporting {
            Some(one) => format!("supporting: {}", one.reason),
            None => links.verified(test).join(", "),
        };
        table.row(&[test, &format!("{outcome:?}").to_lowercase(), &purpose]);
    }
    table
}

#[cfg(test)]
mod tests;

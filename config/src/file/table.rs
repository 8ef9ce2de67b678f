//! Reading tables: each key is asked for by name, and what nobody asked for is unknown.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use toml::de::DeTable;

use super::field::Field;
use super::names::{listed, nearest};
use super::problem::{Problem, Problems, Span};

/// A table of the file, or an inline one.
pub(crate) struct Table<'a> {
    entries: &'a DeTable<'a>,
    /// What it is, for messages: "a partition".
    what: &'static str,
    /// Where it stands.
    pub(crate) span: Span,
    asked: Vec<String>,
}

impl<'a> Table<'a> {
    /// The table `entries`, which stands at `span`.
    pub(crate) fn new(entries: &'a DeTable<'a>, what: &'static str, span: Span) -> Self {
        Self { entries, what, span, asked: Vec::new() }
    }

    /// The value of a key that this table may have.
    pub(crate) fn get(&mut self, name: &str) -> Option<Field<'a>> {
        self.asked.push(name.to_string());
        let (key, value) = self.entries.iter().find(|(key, _)| key.get_ref() == name)?;
        Some(Field::new(key.get_ref(), value))
    }

    /// The value of a key that this table must have; `example` shows how to write it.
    pub(crate) fn need(&mut self, name: &str, example: &str, problems: &mut Problems) -> Option<Field<'a>> {
        let field = self.get(name);
        if field.is_none() {
            let problem = Problem::new(&self.span, format!("{} needs `{name}`", self.what));
            problems.push(problem.remedy(format!("add `{name} = {example}`")));
        }
        field
    }

    /// Complains about every key that nobody asked for.
    pub(crate) fn finish(self, problems: &mut Problems) {
        for (key, _) in self.entries.iter().filter(|(key, _)| !self.asked.iter().any(|name| key.get_ref() == name)) {
            let problem = Problem::new(&key.span(), format!("{} has no key `{}`", self.what, key.get_ref()));
            let near = nearest(key.get_ref(), self.asked.iter().map(String::as_str));
            problems.push(problem.remedy(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its keys are {}", listed(self.asked.iter().map(String::as_str))),
            }));
        }
    }
}

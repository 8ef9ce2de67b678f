//! Reading values: each kind of value has one method, which tells what is wrong with any other.

use std::format;
use std::ops::RangeInclusive;
use std::string::String;
use std::vec::Vec;

use toml::Spanned;
use toml::de::DeValue;

use super::names::one_of;
use super::problem::{Problem, Problems, Span};
use super::table::Table;
use super::units;

/// A value with the key (or the list) that it belongs to.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) span: Span,
    value: &'a DeValue<'a>,
}

impl<'a> Field<'a> {
    /// The value `value` of the key `name`.
    pub(crate) fn new(name: &'a str, value: &'a Spanned<DeValue<'a>>) -> Self {
        Self { name, span: value.span(), value: value.get_ref() }
    }

    fn kind(&self) -> &'static str {
        match self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }

    /// A problem with this value.
    pub(crate) fn problem(&self, sentence: impl Into<String>) -> Problem {
        Problem::new(&self.span, sentence)
    }

    fn wrong<T>(&self, expected: &str, example: &str, problems: &mut Problems) -> Option<T> {
        let problem = self.problem(format!("`{}` must be {expected}", self.name));
        problems.push(problem.label(format!("this is {}", self.kind())).remedy(format!("write {example}")));
        None
    }

    /// True if it is a list.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.value, DeValue::Array(_))
    }

    /// True if it is a table.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// True if it is text.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.value, DeValue::String(_))
    }

    /// Text.
    pub(crate) fn text(&self, problems: &mut Problems) -> Option<&'a str> {
        match self.value {
            DeValue::String(text) => Some(text),
            _ => self.wrong("text", &format!("`{} = \"...\"`", self.name), problems),
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, problems: &mut Problems) -> Option<bool> {
        match self.value {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong("true or false", &format!("`{} = true`", self.name), problems),
        }
    }

    /// A whole number in `range`.
    pub(crate) fn integer(&self, range: RangeInclusive<u64>, problems: &mut Problems) -> Option<u64> {
        let DeValue::Integer(number) = self.value else {
            return self.wrong("a whole number", &format!("`{} = {}`", self.name, range.start()), problems);
        };
        let digits = number.as_str();
        match u64::from_str_radix(digits, number.radix()).ok().filter(|value| range.contains(value)) {
            Some(value) => Some(value),
            None => {
                let (least, most) = (range.start(), range.end());
                let sentence = match *most {
                    u64::MAX => format!("`{}` must be at least {least} and less than 2^64", self.name),
                    _ => format!("`{}` must be between {least} and {most}", self.name),
                };
                problems.push(self.problem(sentence).label(format!("{number} is out of range")));
                None
            }
        }
    }

    fn measured(
        &self,
        read: fn(&str) -> Result<u64, String>,
        (what, example): (&str, &str),
        problems: &mut Problems,
    ) -> Option<u64> {
        match self.value {
            DeValue::String(text) => match read(text) {
                Ok(value) => Some(value),
                Err(sentence) => {
                    let problem = self.problem(format!("`{}`: {sentence}", self.name));
                    problems.push(problem.remedy(format!("write for instance `{} = \"10{example}\"`", self.name)));
                    None
                }
            },
            DeValue::Integer(number) => {
                let problem = self.problem(format!("`{}`: {what} needs a unit", self.name));
                problems.push(
                    problem.remedy(format!("write it as text with its unit: `{} = \"{number}{example}\"`", self.name)),
                );
                None
            }
            _ => self.wrong(&format!("{what} with a unit"), &format!("`{} = \"10{example}\"`", self.name), problems),
        }
    }

    /// A duration in ns.
    pub(crate) fn duration(&self, problems: &mut Problems) -> Option<u64> {
        self.measured(units::duration, ("a duration", "ms"), problems)
    }

    /// A size in bytes.
    pub(crate) fn size(&self, problems: &mut Problems) -> Option<u64> {
        self.measured(units::size, ("a size", "MiB"), problems)
    }

    /// An address: a number, or its hexadecimal digits as text.
    pub(crate) fn address(&self, problems: &mut Problems) -> Option<u64> {
        let DeValue::String(text) = self.value else {
            return self.integer(0..=u64::MAX, problems);
        };
        let digits = text.strip_prefix("0x").map(|digits| digits.replace('_', ""));
        match digits.and_then(|digits| u64::from_str_radix(&digits, 16).ok()) {
            Some(address) => Some(address),
            None => self.wrong("an address", &format!("`{} = 0x4000_0000`", self.name), problems),
        }
    }

    /// The items of a list.
    pub(crate) fn list(&self, example: &str, problems: &mut Problems) -> Option<Vec<Field<'a>>> {
        match self.value {
            DeValue::Array(items) => Some(items.iter().map(|item| Field::new(self.name, item)).collect()),
            _ => self.wrong("a list", &format!("`{} = {example}`", self.name), problems),
        }
    }

    /// A table; `what` it is, for messages.
    pub(crate) fn table(&self, what: &'static str, problems: &mut Problems) -> Option<Table<'a>> {
        match self.value {
            DeValue::Table(entries) => Some(Table::new(entries, what, self.span.clone())),
            _ => self.wrong("a table", &format!("`{} = {{ ... }}`", self.name), problems),
        }
    }

    /// A set of pCPUs, as bits; the problem is told.
    pub(crate) fn cpus(&self, problems: &mut Problems) -> Option<u64> {
        let mut set = 0_u64;
        for item in self.list("[0]", problems)? {
            let bit = 1 << item.integer(0..=63, problems)?;
            if set & bit != 0 {
                problems
                    .push(item.problem(format!("`{}` names a pCPU twice", self.name)).remedy("leave one of them out"));
            }
            set |= bit;
        }
        Some(set)
    }

    /// One of `words`, as its index.
    pub(crate) fn choice(&self, words: &[&str], problems: &mut Problems) -> Option<usize> {
        let text = self.text(problems)?;
        let index = words.iter().position(|word| *word == text);
        if index.is_none() {
            let problem = self.problem(format!("`{}` cannot be `{text}`", self.name));
            problems.push(problem.remedy(one_of(text, words.iter().copied())));
        }
        index
    }
}

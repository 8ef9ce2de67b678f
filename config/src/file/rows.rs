//! From keys and values to a scheduler's parameter rows.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use sched::param::default_row;
use sched::{AnyRow, Key, Kind, ROW_WORDS, Refused};

use super::field::Field;
use super::problem::{Problem, Problems, Span};
use super::show_duration;
use super::table::Table;

/// What partition names and free names mean here.
pub(crate) trait Scope {
    /// The group's index of the partition that the value names.
    fn group(&mut self, field: &Field, problems: &mut Problems) -> Option<u64>;
    /// The index of a free name, in the order of first appearance.
    fn name(&mut self, field: &Field, problems: &mut Problems) -> Option<u64>;
}

/// Where there is neither.
pub(crate) struct NoScope;

impl Scope for NoScope {
    fn group(&mut self, field: &Field, problems: &mut Problems) -> Option<u64> {
        problems.push(field.problem("a partition cannot be named here"));
        None
    }

    fn name(&mut self, field: &Field, problems: &mut Problems) -> Option<u64> {
        problems.push(field.problem("a name cannot stand here"));
        None
    }
}

/// A row and where its words come from.
#[derive(Clone)]
pub(crate) struct Filled {
    pub(crate) row: AnyRow,
    /// The place of each word that the file gives.
    given: [Option<Span>; ROW_WORDS],
    /// Where to point otherwise.
    whole: Span,
    /// True if no problem was found yet.
    pub(crate) sound: bool,
}

impl Filled {
    /// All defaults; `whole` is what a problem with them points to.
    pub(crate) fn defaults(keys: &[Key], whole: &Span) -> Self {
        let given = [const { None }; ROW_WORDS];
        Self { row: AnyRow(default_row(keys)), given, whole: whole.clone(), sound: true }
    }

    /// Takes over what `table` gives for `keys`, except those that `not` holds.
    pub(crate) fn update(
        &mut self,
        keys: &[Key],
        not: &[Key],
        table: &mut Table,
        scope: &mut dyn Scope,
        problems: &mut Problems,
    ) {
        self.whole = table.span.clone();
        for (index, key) in keys.iter().enumerate() {
            if not.iter().any(|other| other.name == key.name) {
                continue;
            }
            let Some(field) = table.get(key.name) else { continue };
            self.given[index] = Some(field.span.clone());
            match word(key, &field, scope, problems).filter(|word| in_range(key, &field, *word, problems)) {
                Some(word) => self.row.0[index] = word,
                None => self.sound = false,
            }
        }
    }

    /// Complains about mandatory keys that the file does not give.
    pub(crate) fn complete(&mut self, keys: &[Key], what: &str, problems: &mut Problems) {
        let missing = keys.iter().zip(&self.given).filter(|(key, given)| key.default.is_none() && given.is_none());
        for (key, _) in missing {
            let problem = Problem::new(&self.whole, format!("{what} needs `{}`", key.name));
            problems.push(problem.remedy(format!("add `{} = {}`: {}", key.name, example(key), key.doc)));
            self.sound = false;
        }
    }

    /// Has the policy check the row.
    pub(crate) fn check(
        &mut self,
        keys: &[Key],
        rule: fn(&AnyRow) -> Result<(), Refused>,
        name: &str,
        problems: &mut Problems,
    ) {
        if let (true, Err(refused)) = (self.sound, rule(&self.row)) {
            let problem = self.refused(keys, &refused, name);
            let causes = self.causes(keys, &refused);
            problems.push(causes.iter().fold(problem, |problem, (span, fact)| problem.with(span, fact)));
            self.sound = false;
        }
    }

    /// A refusal of this row, as a problem with the value at fault.
    pub(crate) fn refused(&self, keys: &[Key], refused: &Refused, name: &str) -> Problem {
        let index = usize::from(refused.key);
        let place = self.given.get(index).cloned().flatten().unwrap_or(self.whole.clone());
        let problem = Problem::new(&place, format!("{name}: {}", refused.rule));
        let Some(key) = keys.get(index) else { return problem };
        problem.label(format!("`{}` is {}", key.name, show(key, self.row.0[index]))).remedy(mend(key, refused))
    }

    /// The other values of the row that are just the limit: they are what the refused one is compared with.
    fn causes(&self, keys: &[Key], refused: &Refused) -> Vec<(Span, String)> {
        let others = self.facts(keys).into_iter().zip(self.row.0).enumerate();
        let others = others.filter(|(at, (_, word))| *at != usize::from(refused.key) && *word == refused.needs);
        others.filter_map(|(_, (fact, _))| fact).collect()
    }

    /// Each value that the file gives, with its place: "`period` is 10ms".
    pub(crate) fn facts(&self, keys: &[Key]) -> Vec<Option<(Span, String)>> {
        let values = keys.iter().zip(self.row.0).zip(&self.given);
        let fact = |((key, word), span): ((&Key, u64), &Option<Span>)| {
            Some((span.clone()?, format!("`{}` is {}", key.name, show(key, word))))
        };
        values.map(fact).collect()
    }

    /// Where it stands.
    pub(crate) fn place(&self) -> &Span {
        &self.whole
    }
}

fn word(key: &Key, field: &Field, scope: &mut dyn Scope, problems: &mut Problems) -> Option<u64> {
    match key.kind {
        Kind::Duration => field.duration(problems),
        Kind::Number => field.integer(key.min..=key.max, problems),
        Kind::Flag => field.flag(problems).map(u64::from),
        Kind::Choice(words) => field.choice(words, problems).map(|index| index as u64),
        Kind::Partition => scope.group(field, problems),
        Kind::Cpus => field.cpus(problems),
        Kind::Name => scope.name(field, problems),
    }
}

fn mend(key: &Key, refused: &Refused) -> String {
    let limit = show(key, refused.needs);
    match refused.has.cmp(&refused.needs) {
        _ if key.kind == Kind::Flag => format!("write `{} = {limit}`", key.name),
        std::cmp::Ordering::Less => format!("raise `{}`: the limit is {limit}", key.name),
        _ => format!("lower `{}`: the limit is {limit}", key.name),
    }
}

fn in_range(key: &Key, field: &Field, word: u64, problems: &mut Problems) -> bool {
    let good = (key.min..=key.max).contains(&word);
    if !good {
        let (least, most) = (show(key, key.min), show(key, key.max));
        let sentence = format!("`{}` must be between {least} and {most}", key.name);
        problems.push(field.problem(sentence).label(format!("this is {}", show(key, word))));
    }
    good
}

/// A word as the file writes it.
pub(crate) fn show(key: &Key, word: u64) -> String {
    match key.kind {
        Kind::Duration => show_duration(word),
        Kind::Flag => (word != 0).to_string(),
        Kind::Choice(words) => words.get(word as usize).unwrap_or(&"?").to_string(),
        Kind::Cpus => show_cpus(word),
        Kind::Number | Kind::Partition | Kind::Name => word.to_string(),
    }
}

/// A set of pCPUs as the file writes it.
pub(crate) fn show_cpus(bits: u64) -> String {
    let members: Vec<_> = sched::CpuSet::from_bits(bits).iter().map(|cpu| cpu.0.to_string()).collect();
    format!("[{}]", members.join(", "))
}

fn example(key: &Key) -> String {
    match key.kind {
        Kind::Duration => "\"10ms\"".to_string(),
        Kind::Number => key.min.to_string(),
        Kind::Flag => "true".to_string(),
        Kind::Choice(words) => format!("\"{}\"", words.first().unwrap_or(&"")),
        Kind::Partition | Kind::Name => "\"...\"".to_string(),
        Kind::Cpus => "[0]".to_string(),
    }
}

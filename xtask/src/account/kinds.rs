//! Stretches sorted into kinds: what began and ended them, and the functions that they passed.

use super::image::{End, Image};
use super::inlined::Inlined;
use super::reason::Reason;
use super::stretch::{Path, Stretches, Taken};
use std::collections::HashMap;
use timing_tests::bench::Thousandths;

/// A function's part of a path.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub(super) struct Part {
    /// Its name.
    pub(super) function: String,
    /// Its own instructions.
    pub(super) instructions: u64,
    /// How often it was entered from its beginning; of inlined ones, how often from another.
    pub(super) calls: u64,
}

/// Stretches of one kind.
#[derive(Debug)]
pub(super) struct Kind<'a> {
    /// What began them.
    pub(super) reason: Reason,
    /// What ended them.
    pub(super) end: End,
    /// The functions that they passed, in the order of their first instructions.
    pub(super) functions: Vec<&'a str>,
    /// Their paths, that which was taken most often first.
    pub(super) paths: Vec<(&'a Path, Taken)>,
    /// How often.
    pub(super) times: u64,
    /// Instructions of the shortest.
    pub(super) min: u64,
    /// Of the longest.
    pub(super) max: u64,
    /// Of all together.
    pub(super) total: u128,
}

/// All kinds, that with the most stretches first.
pub(super) fn kinds<'a>(stretches: &'a Stretches, image: &'a Image) -> Vec<Kind<'a>> {
    let mut kinds: HashMap<(Reason, End, Vec<&str>), Kind<'a>> = HashMap::new();
    for (path, taken) in &stretches.paths {
        let functions = passed(stretches, image, path);
        let length = stretches.length(&path.pieces);
        let (reason, end) = (path.reason, path.end);
        let kind = kinds.entry((reason, end, functions)).or_insert_with_key(|key| Kind {
            reason,
            end,
            functions: key.2.clone(),
            paths: Vec::new(),
            times: 0,
            min: length,
            max: length,
            total: 0,
        });
        kind.paths.push((path, *taken));
        kind.times += taken.times;
        (kind.min, kind.max) = (kind.min.min(length), kind.max.max(length));
        kind.total += u128::from(length) * u128::from(taken.times);
    }
    let mut kinds: Vec<Kind<'a>> = kinds.into_values().collect();
    for kind in &mut kinds {
        kind.paths.sort_by(|(one, often), (other, less)| less.times.cmp(&often.times).then(one.cmp(other)));
    }
    kinds.sort_by(|one, other| {
        (other.times, one.reason, &one.functions).cmp(&(one.times, other.reason, &other.functions))
    });
    kinds
}

impl Kind<'_> {
    /// The mean of their instructions.
    pub(super) fn mean(&self) -> Thousandths {
        Thousandths::ratio(self.total, self.times).unwrap_or(Thousandths::whole(0))
    }
}

/// The longest paths, with their lengths.
pub(super) fn longest(stretches: &Stretches, most: usize) -> Vec<(u64, &Path, Taken)> {
    let paths = stretches.paths.iter().map(|(path, taken)| (stretches.length(&path.pieces), path, *taken));
    let mut paths: Vec<_> = paths.collect();
    paths.sort_by(|one, other| (other.0, one.1).cmp(&(one.0, other.1)));
    paths.truncate(most);
    paths
}

/// The functions that a path passes, each once.
pub(super) fn passed<'a>(stretches: &Stretches, image: &'a Image, path: &Path) -> Vec<&'a str> {
    let mut functions: Vec<&str> = Vec::new();
    for at in stretches.addresses(&path.pieces) {
        let (name, _) = image.function(at);
        // The same function again and again is the usual case.
        if functions.last() != Some(&name) && !functions.contains(&name) {
            functions.push(name);
        }
    }
    functions
}

/// Where the instructions of a path go, by function; those inlined count for themselves if `inlined` is given.
pub(super) fn account(stretches: &Stretches, image: &Image, path: &Path, inlined: Option<&Inlined<'_>>) -> Vec<Part> {
    let mut parts: HashMap<String, (u64, u64)> = HashMap::new();
    let mut known: HashMap<u64, Option<String>> = HashMap::new();
    let mut before = String::new();
    for at in stretches.addresses(&path.pieces) {
        let (symbol, first) = image.function(at);
        let own = inlined.and_then(|inlined| known.entry(at).or_insert_with(|| inlined.own(at)).clone());
        let name = own.unwrap_or_else(|| symbol.to_string());
        let entered = if inlined.is_some() { name != before } else { first };
        let part = parts.entry(name.clone()).or_default();
        *part = (part.0 + 1, part.1 + u64::from(entered));
        before = name;
    }
    let part = |(function, (instructions, calls))| Part { function, instructions, calls };
    let mut parts: Vec<Part> = parts.into_iter().map(part).collect();
    parts.sort_by(|one, other| (other.instructions, &one.function).cmp(&(one.instructions, &other.function)));
    parts
}

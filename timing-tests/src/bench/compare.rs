//! Two runs of the benchmark side by side: row by row, and one verdict.
//!
//! Rows are paired by their [`Key`]. What repeats exactly may not be worse at all; real time may be worse by the
//! tolerance that is given. A row that cannot be judged (it is missing, or measured something else) keeps the whole
//! from being judged: silence is no success.

mod text;

pub use text::render;

use super::{Better, Key, Results, Row, Statistic, Thousandths};
use std::collections::BTreeMap;

/// What became of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// The same, or within the tolerance.
    Equal,
    /// Better by so many parts per million of the old figure.
    Better(u64),
    /// Worse by so many parts per million of the old figure.
    Worse(u64),
    /// Only the old run has it.
    Missing,
    /// Only the new run has it.
    New,
    /// The two measured different things.
    Different(Difference),
}

/// Why two rows with the same key cannot be compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Difference {
    /// They count in different units, or in different directions.
    Unit,
    /// The plans were different.
    Config,
    /// One has single samples and the other only a mean.
    Samples,
}

/// The figures of a row that are compared, and what became of them.
#[derive(Clone, PartialEq, Debug)]
pub struct Pair<'a> {
    /// Whose.
    pub key: &'a Key,
    /// The row in the old run.
    pub old: Option<&'a Row>,
    /// The row in the new run.
    pub new: Option<&'a Row>,
    /// Which figure decides: the one that changed most for the worse, else the one that changed most.
    pub decides: Statistic,
    /// The verdict.
    pub change: Change,
}

/// The verdict about all rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Every old row is there and none is worse.
    NoWorse,
    /// Some row is worse.
    Worse,
    /// No row is known to be worse, but some cannot be judged, or there is none.
    NotComparable,
}

/// A comparison.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison<'a> {
    /// The old run, for its heading.
    pub old: &'a Results,
    /// The new one.
    pub new: &'a Results,
    /// The tolerance for rows that do not repeat exactly, in parts per million.
    pub tolerance: u64,
    /// Whether all of both runs could be read; what could not may hide a row that is worse.
    pub whole: bool,
    /// The rows: those of the old run in its order, then new ones.
    pub pairs: Vec<Pair<'a>>,
}

/// Compares `new` with `old`. `tolerance` (ppm of the old figure) is for rows that do not repeat exactly.
pub fn compare<'a>(old: &'a Results, new: &'a Results, tolerance: u64) -> Comparison<'a> {
    let index = |results: &'a Results| -> BTreeMap<&'a Key, &'a Row> {
        results.rows.iter().map(|row| (&row.key, row)).collect()
    };
    let (before, after) = (index(old), index(new));
    let kept = old.rows.iter().map(|row| pair(Some(row), after.get(&row.key).copied(), tolerance));
    let added =
        new.rows.iter().filter(|row| !before.contains_key(&row.key)).map(|row| pair(None, Some(row), tolerance));
    Comparison { old, new, tolerance, whole: true, pairs: kept.chain(added).flatten().collect() }
}

impl Comparison<'_> {
    /// One verdict about all.
    pub fn verdict(&self) -> Verdict {
        let is = |wanted: fn(&Change) -> bool| self.pairs.iter().any(|pair| wanted(&pair.change));
        let judged = |change: &Change| matches!(change, Change::Equal | Change::Better(_) | Change::Worse(_));
        match () {
            () if is(|change| matches!(change, Change::Worse(_))) => Verdict::Worse,
            () if !self.whole => Verdict::NotComparable,
            () if is(|change| matches!(change, Change::Missing | Change::Different(_))) => Verdict::NotComparable,
            () if !self.pairs.iter().any(|pair| judged(&pair.change)) => Verdict::NotComparable,
            () => Verdict::NoWorse,
        }
    }
}

fn pair<'a>(old: Option<&'a Row>, new: Option<&'a Row>, tolerance: u64) -> Option<Pair<'a>> {
    let key = &old.or(new)?.key;
    let (decides, change) = match (old, new) {
        (Some(old), Some(new)) => judge(old, new, tolerance),
        (Some(_), None) => (Statistic::Mean, Change::Missing),
        _ => (Statistic::Mean, Change::New),
    };
    Some(Pair { key, old, new, decides, change })
}

fn judge(old: &Row, new: &Row, tolerance: u64) -> (Statistic, Change) {
    if let Some(difference) = difference(old, new) {
        return (Statistic::Mean, Change::Different(difference));
    }
    let tolerance = if old.exact && new.exact { 0 } else { tolerance };
    let one = |statistic| Some((statistic, step(old, new, statistic, tolerance)?));
    // Of equal changes the last one decides; what has no samples has only a mean.
    let all = [Statistic::Mean, Statistic::P99, Statistic::Max];
    let told = if old.figures.order.is_some() { &all[..] } else { &all[..1] };
    let steps: Vec<_> = told.iter().copied().filter_map(one).collect();
    let most = |rank: fn(&Change) -> Option<u64>| {
        steps.iter().filter_map(|step| Some((rank(&step.1)?, *step))).max_by_key(|(size, _)| *size)
    };
    let worse = most(|change| if let Change::Worse(by) = change { Some(*by) } else { None });
    let better = || most(|change| if let Change::Better(by) = change { Some(*by) } else { None });
    worse.or_else(better).map_or((Statistic::Mean, Change::Equal), |(_, step)| step)
}

fn difference(old: &Row, new: &Row) -> Option<Difference> {
    let samples = |row: &Row| row.figures.order.is_some();
    match () {
        () if old.unit != new.unit || old.better != new.better => Some(Difference::Unit),
        () if old.config != new.config => Some(Difference::Config),
        () if samples(old) != samples(new) => Some(Difference::Samples),
        () => None,
    }
}

/// How one figure changed. Without tolerance every thousandth counts.
fn step(old: &Row, new: &Row, statistic: Statistic, tolerance: u64) -> Option<Change> {
    let (before, after) = (old.figures.get(statistic)?, new.figures.get(statistic)?);
    let by = apart(before, after);
    let rises = after > before;
    Some(match old.better {
        _ if before == after || by <= tolerance => Change::Equal,
        Better::Lower if rises => Change::Worse(by),
        Better::Higher if !rises => Change::Worse(by),
        Better::Lower | Better::Higher => Change::Better(by),
    })
}

/// The distance in parts per million of `before`, rounded up: 0 only if they are equal. From 0 it is without end.
fn apart(before: Thousandths, after: Thousandths) -> u64 {
    let millionfold = u128::from(before.0.abs_diff(after.0)) * 1_000_000;
    match before.0 {
        0 if millionfold > 0 => u64::MAX,
        0 => 0,
        before => millionfold.div_ceil(before.into()).try_into().unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests;

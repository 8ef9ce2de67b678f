//! Holds results to `docs/SPECIFICATION.md`: the table there is the data.

use crate::workspace;
use anyhow::{Context, Result, bail, ensure};
use timing_tests::bench::{Better, Budget, Results, Row, Statistic, Thousandths};

/// The specification, from the project's root.
pub(super) const FILE: &str = "docs/SPECIFICATION.md";
/// The first cell of the table's head.
const HEAD: &str = "Architecture";
const CELLS: usize = 8;

/// A figure that is promised.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Promise {
    arch: String,
    scenario: String,
    scheduler: String,
    /// " ..." or ", ..." may follow in a row's.
    subject: String,
    quantity: String,
    statistic: Statistic,
    better: Better,
    limit: Thousandths,
}

/// How many figures hold, of those whose scenario was run; else a sentence with each row that does not.
pub(super) fn check(results: &Results) -> Result<usize> {
    let bytes = workspace::read(&workspace::root().join(FILE))?;
    judge(results, &read(&String::from_utf8_lossy(&bytes))?)
}

fn judge(results: &Results, promises: &[Promise]) -> Result<usize> {
    let (mut held, mut broken) = (0, Vec::new());
    for promise in promises.iter().filter(|promise| results.rows.iter().any(|row| promise.is_of(row))) {
        let rows: Vec<&Row> = results.rows.iter().filter(|row| promise.covers(row)).collect();
        if rows.is_empty() {
            broken.push(format!("{promise:?} was not measured though its scenario was run"));
        }
        let verdicts = rows.into_iter().map(|row| promise.verdict(row));
        for verdict in verdicts {
            match verdict {
                Ok(()) => held += 1,
                Err(sentence) => broken.push(sentence),
            }
        }
    }
    if !broken.is_empty() {
        bail!("{} figures of {FILE} do not hold:\n{}", broken.len(), broken.join("\n"));
    }
    ensure!(held > 0, "no figure of {FILE} was measured");
    Ok(held)
}

impl Promise {
    /// Whether the row is from the same runs.
    fn is_of(&self, row: &Row) -> bool {
        let key = &row.key;
        key.arch == self.arch
            && key.scenario == self.scenario
            && (self.scheduler == "each" || key.scheduler == self.scheduler)
    }

    fn covers(&self, row: &Row) -> bool {
        let rest = row.key.subject.strip_prefix(self.subject.as_str());
        let subject = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ' ']));
        self.is_of(row) && subject && row.key.quantity == self.quantity
    }

    fn verdict(&self, row: &Row) -> Result<(), String> {
        let (statistic, limit) = (self.statistic, self.limit);
        let judged = Row { better: self.better, ..row.clone() }.within(Some(Budget { statistic, limit }));
        if judged.in_budget() == Some(true) {
            return Ok(());
        }
        let has = row.figures.get(statistic).map_or("unknown".into(), |has| has.to_string());
        let name = statistic.name();
        Err(format!(
            "{}: the {name} is {has} {}, promised is {limit}; `{}` measures it",
            row.key, row.unit, row.command
        ))
    }
}

/// The rows of the table.
fn read(text: &str) -> Result<Vec<Promise>> {
    let lines = text.lines().enumerate().skip_while(|(_, line)| cells(line).first() != Some(&HEAD));
    let table = lines.skip(2).take_while(|(_, line)| line.starts_with('|'));
    let promises = table.map(|(at, line)| row(line).with_context(|| format!("{FILE}, line {}", at + 1)));
    let promises = promises.collect::<Result<Vec<_>>>()?;
    ensure!(!promises.is_empty(), "{FILE} has no table that begins with `{HEAD}`");
    Ok(promises)
}

fn row(line: &str) -> Result<Promise> {
    let cells: [&str; CELLS] = cells(line).try_into().ok().with_context(|| format!("a row has {CELLS} cells"))?;
    let [arch, scenario, scheduler, subject, quantity, statistic, limit, _unit] = cells;
    let [arch, scenario, scheduler, subject, quantity] =
        [arch, scenario, scheduler, subject, quantity].map(String::from);
    let statistic = match statistic {
        "mean" => Statistic::Mean,
        "p99" => Statistic::P99,
        "max" => Statistic::Max,
        other => bail!("`{other}` is no statistic; write mean, p99 or max"),
    };
    let (better, limit) = match (limit.strip_prefix("≤ "), limit.strip_prefix("≥ ")) {
        (Some(limit), _) => (Better::Lower, limit),
        (_, Some(limit)) => (Better::Higher, limit),
        _ => bail!("`{limit}` is no limit; write for example `≤ 56`"),
    };
    let limit = Thousandths::parse(limit).with_context(|| format!("`{limit}` is no number"))?;
    Ok(Promise { arch, scenario, scheduler, subject, quantity, statistic, better, limit })
}

fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|'));
    inner.map(|inner| inner.split('|').map(str::trim).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;

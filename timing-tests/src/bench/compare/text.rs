//! A comparison as text: a line for each row that changed, a count of those that did not, and the verdict.

use super::{Change, Comparison, Difference, Pair, Verdict};
use crate::bench::{About, Row};
use crate::human::percent;
use crate::table::{Columns, known};

/// The comparison as text, ended by a line feed. Rows that are equal are only counted.
pub fn render(comparison: &Comparison<'_>) -> String {
    let [old, new] = [comparison.old, comparison.new].map(|run| heading(&run.about));
    let mut text = format!("old: {old}\nnew: {new}\n\n");
    let headings = ["verdict", "scenario", "scheduler", "what", "figure", "old", "new", "by"];
    let mut columns = Columns::new(5, headings);
    comparison.pairs.iter().filter(|pair| pair.change != Change::Equal).for_each(|pair| columns.row(cells(pair)));
    let table = columns.render();
    if !table.is_empty() {
        text += &format!("{table}\n");
    }
    text + &sentence(comparison)
}

fn heading(about: &About) -> String {
    let versions: String = about.versions.iter().map(|(tool, version)| format!("; {tool} {version}")).collect();
    format!("commit {} on {}{versions}", about.commit, about.machine)
}

fn cells(pair: &Pair<'_>) -> [String; 8] {
    let key = pair.key;
    let figure = |row: Option<&Row>| known(row.and_then(|row| row.figures.get(pair.decides)));
    let unit = pair.new.or(pair.old).map_or("", |row| row.unit.name());
    let (verdict, by) = words(pair.change);
    [
        verdict,
        format!("{} {}", key.arch, key.scenario),
        key.scheduler.clone(),
        format!("{} {}", key.subject, key.quantity),
        format!("{} {unit}", pair.decides.name()),
        figure(pair.old),
        figure(pair.new),
        by,
    ]
}

fn words(change: Change) -> (String, String) {
    let share = |ppm| match ppm {
        u64::MAX => "from 0".into(),
        0..50 => "< 0.01 %".into(),
        ppm => percent(ppm),
    };
    match change {
        Change::Equal => ("equal".into(), String::new()),
        Change::Better(by) => ("better".into(), share(by)),
        Change::Worse(by) => ("WORSE".into(), share(by)),
        Change::Missing => ("MISSING".into(), String::new()),
        Change::New => ("new".into(), String::new()),
        Change::Different(Difference::Unit) => ("OTHER UNIT".into(), String::new()),
        Change::Different(Difference::Config) => ("OTHER PLAN".into(), String::new()),
        Change::Different(Difference::Samples) => ("OTHER METHOD".into(), String::new()),
    }
}

fn sentence(comparison: &Comparison<'_>) -> String {
    let count = |wanted: fn(&Change) -> bool| comparison.pairs.iter().filter(|pair| wanted(&pair.change)).count();
    let counts = format!(
        "{} equal, {} better, {} worse, {} missing, {} new, {} not comparable; real time may differ by {}",
        count(|change| matches!(change, Change::Equal)),
        count(|change| matches!(change, Change::Better(_))),
        count(|change| matches!(change, Change::Worse(_))),
        count(|change| matches!(change, Change::Missing)),
        count(|change| matches!(change, Change::New)),
        count(|change| matches!(change, Change::Different(_))),
        percent(comparison.tolerance),
    );
    let verdict = match comparison.verdict() {
        Verdict::NoWorse => "NO WORSE",
        Verdict::Worse => "WORSE",
        Verdict::NotComparable => "NOT COMPARABLE: what is missing, damaged or different cannot be judged",
    };
    format!("{counts}\n{verdict}\n")
}

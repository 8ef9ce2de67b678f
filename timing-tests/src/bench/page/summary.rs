//! What a reader wants to know first: whether the promises are kept, and how others do.

use super::html::{brief, count, escaped, grouped, more};
use super::scale::{Scale, place};
use crate::bench::rivals::{Other, Promise, Source};
use crate::bench::{Better, Key, Results, Rivals, Row, Unit};
use std::collections::BTreeMap;

/// The most lines of a promise.
const GROUPS_MAX: usize = 40;
/// The width of a comparison's drawing.
const STRIP: f64 = 150.0;

/// The head of the page: the verdict in large figures, and what virtual time is.
pub(super) fn head(results: &Results) -> String {
    let kept = results.rows.iter().filter(|row| row.in_budget() == Some(true)).count();
    let over = results.rows.iter().filter(|row| row.in_budget() == Some(false)).count();
    let tile = |class: &str, figure: String, what: &str| {
        format!("<p class=\"tile {class}\"><strong>{figure}</strong> {what}</p>\n")
    };
    let mut text = String::from("<div class=\"tiles\">\n");
    text += &tile("good", kept.to_string(), "budgets kept");
    text += &tile(if over > 0 { "bad" } else { "" }, over.to_string(), "over budget");
    text += &tile("", results.rows.len().to_string(), "figures measured");
    text += "</div>\n";
    if results.rows.iter().any(|row| row.unit == Unit::VirtualNs) {
        text += "<p class=\"warning\"><strong>virtual ns</strong> are instructions, not times of hardware: the emulator \
                 retires one instruction in each. They say how long paths are, and compare well with one another.</p>\n";
    }
    if results.rows.iter().any(|row| row.unit == Unit::Ns) {
        text += "<p class=\"warning\"><strong>ns</strong> are times of a real clock. Budgets and the figures of others count \
                 instructions, so times are not held to them.</p>\n";
    }
    text
}

/// Each promise with the rows that it is about, those of one setting together.
pub(super) fn table(results: &Results, rivals: &Rivals) -> String {
    if !results.rows.iter().any(|row| rivals.about(&row.key).is_some()) {
        return "<p class=\"note\">Nothing that has a budget was measured.</p>\n".into();
    }
    let heads: String = rivals.sources.iter().map(|source| format!("<th>{}</th>", escaped(&source.name))).collect();
    let mut text = format!(
        "{LEGEND}<div class=\"scroll\"><table class=\"budgets\">\n<thead><tr><th>what</th><th>where</th>\
         <th>Majorframe</th><th>budget</th><th></th>{heads}<th>on a scale of ratios</th></tr></thead>\n<tbody>\n"
    );
    let mut left_out = 0;
    for promise in &rivals.figures {
        let mut groups = worst(promise, results, rivals);
        left_out += groups.len().saturating_sub(GROUPS_MAX);
        groups.truncate(GROUPS_MAX);
        let title =
            |lines: usize| format!("<th scope=\"rowgroup\" rowspan=\"{lines}\">{}</th>", escaped(&promise.title));
        if groups.is_empty() {
            text += &line(promise, &title(1), None, rivals);
        }
        for (index, group) in groups.iter().enumerate() {
            let title = if index == 0 { title(groups.len()) } else { String::new() };
            text += &line(promise, &title, Some(*group), rivals);
        }
    }
    text + "</tbody>\n</table></div>\n" + &more(left_out, "settings")
}

const LEGEND: &str = "<p class=\"key\"><span><i class=\"dot own\"></i> Majorframe</span><span><i class=\"dot \
                      budget\"></i> its budget</span><span><i class=\"dot other0\"></i> Xen</span><span><i \
                      class=\"dot other1\"></i> KVM</span></p>\n";

/// For each architecture, scenario and scheduler with rows that a promise is about: the worst of them, and how many
/// there are.
fn worst<'a>(promise: &Promise, results: &'a Results, rivals: &Rivals) -> Vec<(&'a Row, usize)> {
    let about = |row: &&Row| rivals.about(&row.key).is_some_and(|one| core::ptr::eq(one, promise));
    let mut places = BTreeMap::new();
    let mut groups: Vec<(&Row, usize)> = Vec::new();
    for row in results.rows.iter().filter(about) {
        let Key { arch, scenario, scheduler, .. } = &row.key;
        let place = *places.entry((arch, scenario, scheduler)).or_insert(groups.len());
        let Some((known, count)) = groups.get_mut(place) else {
            groups.push((row, 1));
            continue;
        };
        let [has, next] = [*known, row].map(|row| row.figures.get(promise.statistic));
        let worse = if promise.better == Better::Lower { next > has } else { next < has };
        *known = if worse { row } else { *known };
        *count += 1;
    }
    groups
}

fn line(promise: &Promise, title: &str, group: Option<(&Row, usize)>, rivals: &Rivals) -> String {
    let figure = group.and_then(|(row, _)| row.figures.get(promise.statistic));
    // Real time has no place on a scale of instructions.
    let counted = figure.filter(|_| group.is_some_and(|(row, _)| row.unit != Unit::Ns));
    let (class, verdict) = match group.map(|(row, _)| row.in_budget()) {
        Some(Some(true)) => ("good", "kept"),
        Some(Some(false)) => ("bad", "over"),
        _ => ("none", ""),
    };
    let place = group.map_or_else(|| escaped(&promise.arch), |(row, count)| place_of(row, count));
    let own = match (figure, group) {
        (Some(figure), Some((row, _))) => {
            format!("<b>{}</b> <small>{} {}</small>", grouped(figure), row.unit, promise.statistic.name())
        }
        _ => "<small>not measured</small>".into(),
    };
    let other =
        |source: &Source| format!("<td data-head=\"{}\">{}</td>", escaped(&source.name), of(promise, &source.name));
    format!(
        "<tr class=\"{class}\">{title}<td>{place}</td><td class=\"number\" data-head=\"Majorframe\">{own}</td>\
         <td class=\"number\" data-head=\"budget\">{}</td><td class=\"verdict\">{verdict}</td>{}<td>{}</td></tr>\n",
        count(promise.budget),
        rivals.sources.iter().map(other).collect::<String>(),
        strip(promise, counted.map(|figure| figure.value()), rivals)
    )
}

fn place_of(row: &Row, count: usize) -> String {
    let Key { arch, scenario, scheduler, .. } = &row.key;
    let of = if count > 1 { format!(", the worst of {count}") } else { String::new() };
    format!("{}, {}<br/><small>{}{of}</small>", brief(arch), brief(scheduler), brief(scenario))
}

/// What one other takes.
fn of(promise: &Promise, name: &str) -> String {
    let figures = promise.others.iter().filter(|other| other.by == name);
    let one = |other: &Other| match &other.note {
        Some(note) => format!("{} <small>{}</small>", count(other.value), escaped(note)),
        None => count(other.value),
    };
    figures.map(one).collect::<Vec<_>>().join("<br/>")
}

/// All figures on one scale of ratios, each line with its own ends.
fn strip(promise: &Promise, own: Option<f64>, rivals: &Rivals) -> String {
    let others = promise.others.iter().map(|other| other.value as f64);
    let all: Vec<f64> = others.chain([promise.budget as f64]).chain(own).filter(|figure| *figure > 0.0).collect();
    let (Some(least), Some(most)) = (all.iter().copied().reduce(f64::min), all.iter().copied().reduce(f64::max)) else {
        return String::new();
    };
    let scale = Scale::log(least * 0.8, most * 1.25, 6.0, STRIP - 6.0);
    let mut shapes = format!("<path class=\"grid\" d=\"M6 11H{}\"/>", STRIP - 6.0);
    shapes += &format!("<path class=\"budget\" d=\"M{} 3V19\"/>", place(scale.at(promise.budget as f64)));
    for other in &promise.others {
        let which = rivals.sources.iter().position(|source| source.name == other.by).unwrap_or(0) % 2;
        shapes += &format!(
            "<circle class=\"other{which}\" cx=\"{}\" cy=\"11\" r=\"4\"/>",
            place(scale.at(other.value as f64))
        );
    }
    if let Some(own) = own {
        shapes += &format!("<circle class=\"own\" cx=\"{}\" cy=\"11\" r=\"5\"/>", place(scale.at(own)));
    }
    format!(
        "<svg class=\"strip\" viewBox=\"0 0 {STRIP} 22\" width=\"{STRIP}\" height=\"22\" role=\"img\"><title>{}</title>{shapes}</svg>",
        escaped(&promise.title)
    )
}

//! What a reader wants to know first: whether the promises are kept, and how others do.

use super::html::{count, escaped, grouped};
use super::scale::{Scale, place};
use crate::bench::rivals::Promise;
use crate::bench::{Results, Rivals, Row, Unit};

/// The width of a comparison's drawing.
const STRIP: f64 = 180.0;

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
    text
}

/// Each promise with the rows that it is about.
pub(super) fn table(results: &Results, rivals: &Rivals) -> String {
    let heads: String = rivals.sources.iter().map(|source| format!("<th>{}</th>", escaped(&source.name))).collect();
    let mut text = format!(
        "{LEGEND}<div class=\"scroll\"><table class=\"budgets\">\n<thead><tr><th>what</th><th>where</th>\
         <th>Majorframe</th><th>budget</th><th></th>{heads}<th>on a scale of ratios</th></tr></thead>\n<tbody>\n"
    );
    for promise in &rivals.figures {
        let about = |row: &&Row| rivals.about(&row.key).is_some_and(|one| core::ptr::eq(one, promise));
        let rows: Vec<&Row> = results.rows.iter().filter(about).collect();
        match rows.is_empty() {
            true => text += &line(promise, None, rivals),
            false => text.extend(rows.into_iter().map(|row| line(promise, Some(row), rivals))),
        }
    }
    text + "</tbody>\n</table></div>\n"
}

const LEGEND: &str = "<p class=\"key\"><span class=\"dot own\"></span> Majorframe <span class=\"dot budget\"></span> \
                      its budget <span class=\"dot other0\"></span> Xen <span class=\"dot other1\"></span> KVM</p>\n";

fn line(promise: &Promise, row: Option<&Row>, rivals: &Rivals) -> String {
    let figure = row.and_then(|row| row.figures.get(promise.statistic));
    let (class, verdict) = match row.map(|row| (row.in_budget(), row.unit)) {
        Some((Some(true), _)) => ("good", "kept"),
        Some((Some(false), _)) => ("bad", "over"),
        _ => ("none", ""),
    };
    let place = row.map_or_else(
        || escaped(&promise.arch),
        |row| {
            format!(
                "{}, {}<br/><small>{}</small>",
                escaped(&row.key.arch),
                escaped(&row.key.scheduler),
                escaped(&row.key.scenario)
            )
        },
    );
    let own = match (figure, row) {
        (Some(figure), Some(row)) => {
            format!("<b>{}</b> <small>{} {}</small>", grouped(figure), row.unit, promise.statistic.name())
        }
        _ => "<small>not measured</small>".into(),
    };
    let others: String =
        rivals.sources.iter().map(|source| format!("<td>{}</td>", of(promise, &source.name))).collect();
    format!(
        "<tr class=\"{class}\"><th scope=\"row\">{}</th><td>{place}</td><td class=\"number\">{own}</td>\
         <td class=\"number\">{}</td><td class=\"verdict\">{verdict}</td>{others}<td>{}</td></tr>\n",
        escaped(&promise.title),
        count(promise.budget),
        strip(promise, figure.map(|figure| figure.value()), rivals)
    )
}

/// What one other takes.
fn of(promise: &Promise, name: &str) -> String {
    let figures = promise.others.iter().filter(|other| other.by == name);
    let one = |other: &crate::bench::rivals::Other| match &other.note {
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

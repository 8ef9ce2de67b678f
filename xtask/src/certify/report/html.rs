//! The report as one HTML file that needs no other.

use super::{Report, Section, Table};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em;color:#222}\
table{border-collapse:collapse;margin:.5em 0 1.5em;font-size:13px}\
td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left;vertical-align:top}th{background:#f2f2f2}\
caption{text-align:left;font-weight:600;padding:.3em 0}\
.bad{color:#a00}.good{color:#070}.none{color:#666}pre{background:#f6f6f6;padding:.6em;overflow-x:auto}";

pub(super) fn render(report: &Report) -> String {
    let title = format!("Evidence about {} {}", report.name, report.version);
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title><style>{STYLE}</style></head>\
         <body>\n<h1>{0}</h1>\n<p class=\"{1}\">{2}</p>\n<table><tr><th>section</th><th>verdict</th></tr>\n",
        escaped(&title),
        if report.is_complete() { "good" } else { "bad" },
        report.verdict(),
    );
    for section in &report.sections {
        text += &format!(
            "<tr><td><a href=\"#{}\">{}</a></td><td class=\"{}\">{}</td></tr>\n",
            section.id,
            escaped(section.title),
            colour(section),
            section.verdict()
        );
    }
    text += "</table>\n";
    report.sections.iter().enumerate().for_each(|(index, section)| add(&mut text, index + 1, section));
    text + "</body></html>\n"
}

fn add(text: &mut String, number: usize, section: &Section) {
    *text += &format!("<h2 id=\"{}\">{number}. {}</h2>\n", section.id, escaped(section.title));
    if let Some(why) = &section.left_out {
        *text += &format!("<p class=\"none\">Not run: {}.</p>\n", escaped(why));
    }
    for paragraph in &section.text {
        *text += &format!("<p>{}</p>\n", escaped(paragraph));
    }
    if !section.missing.is_empty() {
        let items: String = section.missing.iter().map(|one| format!("<li>{}</li>\n", escaped(one))).collect();
        *text += &format!("<p class=\"bad\">Missing:</p>\n<ul class=\"bad\">\n{items}</ul>\n");
    }
    section.tables.iter().for_each(|table| add_table(text, table));
}

fn add_table(text: &mut String, table: &Table) {
    let row = |cells: &mut dyn Iterator<Item = &str>, tag: &str| -> String {
        let cells: String = cells.map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    *text += &format!("<table><caption>{}</caption>\n", escaped(&table.caption));
    *text += &row(&mut table.head.iter().copied(), "th");
    text.extend(table.rows.iter().map(|cells| row(&mut cells.iter().map(String::as_str), "td")));
    *text += "</table>\n";
}

fn colour(section: &Section) -> &'static str {
    match (&section.left_out, section.missing.is_empty()) {
        (Some(_), _) => "none",
        (None, true) => "good",
        (None, false) => "bad",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

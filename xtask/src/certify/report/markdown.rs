//! The report as Markdown.

use super::{Report, Section, Table};

pub(super) fn render(report: &Report) -> String {
    let mut text = format!("# Evidence about {} {}\n\n{}\n\n", report.name, report.version, report.verdict());
    text += "| section | verdict |\n|---|---|\n";
    for section in &report.sections {
        text += &format!("| {} | {} |\n", section.title, section.verdict());
    }
    report.sections.iter().enumerate().for_each(|(index, section)| add(&mut text, index + 1, section));
    text
}

fn add(text: &mut String, number: usize, section: &Section) {
    *text += &format!("\n## {number}. {}\n", section.title);
    if let Some(why) = &section.left_out {
        *text += &format!("\nNot run: {why}.\n");
    }
    for paragraph in &section.text {
        *text += &format!("\n{paragraph}\n");
    }
    if !section.missing.is_empty() {
        *text += "\nMissing:\n\n";
        text.extend(section.missing.iter().map(|sentence| format!("- {}\n", sentence.replace('\n', " "))));
    }
    section.tables.iter().for_each(|table| add_table(text, table));
}

fn add_table(text: &mut String, table: &Table) {
    *text += &format!("\n{}\n", table.caption);
    if table.rows.is_empty() {
        *text += "\nNone.\n";
        return;
    }
    *text += &format!("\n| {} |\n|{}\n", table.head.join(" | "), "---|".repeat(table.head.len()));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
        *text += &format!("| {} |\n", cells.join(" | "));
    }
}

//! Writing a report: the files below `target/certify/CRATE`.

use super::{Report, Table, html, markdown};
use crate::workspace;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Writes all forms; the folder.
pub(in crate::certify) fn write(report: &Report) -> Result<PathBuf> {
    let folder = workspace::folder("certify")?.join(&report.name);
    workspace::make(&folder)?;
    for file in std::fs::read_dir(&folder)?.flatten().map(|entry| entry.path()) {
        // A table of an earlier run that this one does not have would be taken for evidence.
        if file.extension().is_some_and(|extension| extension == "csv") {
            std::fs::remove_file(file)?;
        }
    }
    workspace::write(&folder.join("report.md"), markdown::render(report).as_bytes())?;
    workspace::write(&folder.join("report.html"), html::render(report).as_bytes())?;
    workspace::write(&folder.join("report.json"), &serde_json::to_vec_pretty(report)?)?;
    for table in report.sections.iter().flat_map(|section| &section.tables) {
        write_table(&folder, table)?;
    }
    Ok(folder)
}

fn write_table(folder: &Path, table: &Table) -> Result<()> {
    let head = line(table.head.iter().copied());
    let rows: String = table.rows.iter().map(|row| line(row.iter().map(String::as_str))).collect();
    workspace::write(&folder.join(format!("{}.csv", table.name)), (head + &rows).as_bytes())
}

/// A line by RFC 4180, but ended by a line feed alone.
pub(super) fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let quoted = |cell: &str| {
        if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_string() }
    };
    cells.map(quoted).collect::<Vec<_>>().join(",") + "\n"
}

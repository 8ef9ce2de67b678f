//! Aligned columns: text to the left, numbers to the right.

/// Rows of cells under a heading.
pub(crate) struct Columns {
    rows: Vec<Vec<String>>,
    /// How many columns from the left hold text.
    text: usize,
}

impl Columns {
    /// A table with these headings, of which the first `text` columns hold text.
    pub(crate) fn new<const N: usize>(text: usize, headings: [&str; N]) -> Self {
        Self { rows: vec![headings.map(String::from).to_vec()], text }
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// The table, each line ended by a line feed; nothing without rows.
    pub(crate) fn render(&self) -> String {
        if self.rows.len() < 2 {
            return String::new();
        }
        let mut widths = vec![0; self.rows[0].len()];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        self.rows.iter().map(|row| self.line(row, &widths)).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (column, (cell, &width)) in row.iter().zip(widths).enumerate() {
            line += if column == 0 { "" } else { "  " };
            line += &if column < self.text { format!("{cell:<width$}") } else { format!("{cell:>width$}") };
        }
        format!("{}\n", line.trim_end())
    }
}

/// A number, or a dash if it is not known.
pub(crate) fn known(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".into(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stands_left_and_numbers_right() {
        let mut columns = Columns::new(1, ["name", "n"]);
        columns.row(["a".into(), "1".into()]);
        columns.row(["longer".into(), "1000".into()]);
        assert_eq!(columns.render(), "name       n\na          1\nlonger  1000\n");
    }

    #[test]
    fn no_rows_no_table() {
        assert_eq!(Columns::new(1, ["name"]).render(), "");
    }
}

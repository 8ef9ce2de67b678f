//! A part of a document that `bench` makes.

use crate::marks;
use anyhow::Result;

/// The document with `made` between the mark that says what makes it and the next mark of an end.
pub(super) fn fill(document: &str, mark: &str, made: &str) -> Result<String> {
    let begin = format!("<!-- {mark} -->\n");
    marks::fill(document, (&begin, "<!-- end of the figures -->\n"), made)
}

//! A part of a document that is made, between two marks.

use anyhow::{Context, Result};

/// The document with `made` between the mark that says what makes it and the next mark of an end.
pub(super) fn fill(document: &str, mark: &str, made: &str) -> Result<String> {
    let begin = format!("<!-- {mark} -->\n");
    let end = "<!-- end of the figures -->\n";
    let (before, rest) = document.split_once(&begin).with_context(|| format!("it has no line `{}`", begin.trim()))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("it has no line `{}`", end.trim()))?;
    Ok(format!("{before}{begin}{made}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let document = "a\n<!-- m -->\nold\n<!-- end of the figures -->\nb\n";
        assert_eq!(fill(document, "m", "new\n").expect("marks"), document.replace("old", "new"));
        assert!(fill(document, "n", "new\n").is_err());
        assert!(fill("<!-- m -->\n", "m", "new\n").is_err());
    }
}

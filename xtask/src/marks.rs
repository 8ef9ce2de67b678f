//! Parts of documents that a command writes, between two lines that say so.

use anyhow::{Context, Result};

/// The document with `text` between the lines `begin` and `end`, each with its feed.
pub(crate) fn fill(document: &str, (begin, end): (&str, &str), text: &str) -> Result<String> {
    let (before, rest) = document.split_once(begin).with_context(|| format!("it has no line `{}`", begin.trim()))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("it has no line `{}`", end.trim()))?;
    Ok(format!("{before}{begin}{text}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let marks = ("begin\n", "end\n");
        assert_eq!(fill("a\nbegin\nold\nend\nb\n", marks, "new\n").expect("marks"), "a\nbegin\nnew\nend\nb\n");
        assert!(fill("a\n", marks, "new\n").is_err());
        assert!(fill("a\nbegin\n", marks, "new\n").is_err());
    }
}

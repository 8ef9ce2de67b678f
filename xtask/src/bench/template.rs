//! Configurations with gaps: words that are filled in, and lines that are there several times.

/// The line above those that are repeated, up to the next blank line.
const EACH: &str = "# each";

/// The text with `$WORD` replaced by each word's value, and the lines below `# each` there `copies` times, with the
/// number of the copy in place of `$n`.
pub(super) fn fill(text: &str, words: &[(&str, &str)], copies: u32) -> String {
    let mut filled = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == EACH {
            let repeated: String = lines.by_ref().take_while(|line| !line.is_empty()).map(with_feed).collect();
            (0..copies).for_each(|n| filled += &(repeated.replace("$n", &n.to_string()) + "\n"));
        } else {
            filled += &with_feed(line);
        }
    }
    words.iter().fold(filled, |text, (word, value)| text.replace(&format!("${word}"), value))
}

fn with_feed(line: &str) -> String {
    format!("{line}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a = \"$phase\"\n# each\n[[p]]\nname = \"hog$n\"\n\nb = 1\n";

    #[test]
    fn words_and_copies_are_filled_in() {
        let two = "a = \"3us\"\n[[p]]\nname = \"hog0\"\n\n[[p]]\nname = \"hog1\"\n\nb = 1\n";
        assert_eq!(fill(TEXT, &[("phase", "3us")], 2), two);
    }

    #[test]
    fn without_copies_nothing_of_them_is_left() {
        assert_eq!(fill(TEXT, &[("phase", "0")], 0), "a = \"0\"\nb = 1\n");
    }
}

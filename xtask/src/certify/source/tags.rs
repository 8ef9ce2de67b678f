//! Tags: comments that say which requirement an item implements or a test verifies.

use super::File;

/// A tag and what it belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::certify) struct Tag {
    pub(in crate::certify) id: String,
    pub(in crate::certify) line: usize,
    pub(in crate::certify) on: On,
}

/// What a tag belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::certify) enum On {
    /// Code of the product: the item's name.
    Code(String),
    /// A test, by the name under which it runs.
    Test(String),
    /// Code for tests that is not a test: it verifies nothing by itself.
    Helper(String),
    /// Nothing: no item follows or encloses it, or it shares its line with code.
    Nothing,
}

/// All tags of a file.
pub(super) fn find(file: &File) -> Vec<Tag> {
    let mut tags = Vec::new();
    for (index, text) in file.lines.iter().enumerate() {
        let line = index + 1;
        let Some((before, comment)) = text.split_once("//") else { continue };
        let Some(ids) = ids(comment) else { continue };
        let on = if before.trim().is_empty() { owner(file, line) } else { On::Nothing };
        tags.extend(ids.into_iter().map(|id| Tag { id, line, on: on.clone() }));
    }
    tags
}

/// The ids of a comment that has nothing but ids in brackets.
fn ids(comment: &str) -> Option<Vec<String>> {
    let one = |word: &str| Some(word.strip_prefix('[')?.strip_suffix(']')?.to_string()).filter(|id| is_id(id));
    let ids: Vec<String> = comment.split_whitespace().map(one).collect::<Option<_>>()?;
    if ids.is_empty() { None } else { Some(ids) }
}

/// `PREFIX-R-NN`.
pub(in crate::certify) fn is_id(text: &str) -> bool {
    let Some((prefix, number)) = text.split_once("-R-") else { return false };
    prefix.starts_with(|c: char| c.is_ascii_uppercase())
        && prefix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && number.len() >= 2
        && number.chars().all(|c| c.is_ascii_digit())
}

/// The item that begins below the line, else the innermost function around it.
fn owner(file: &File, line: usize) -> On {
    let below = (line + 1..=file.lines.len()).find(|next| {
        let text = file.text(*next);
        !text.is_empty() && (!text.starts_with("//") || text.starts_with("///"))
    });
    let starts = |start: usize| below == Some(start);
    if let Some(function) = file.functions.iter().find(|one| starts(one.lines.0)) {
        return of_function(function);
    }
    if let Some(item) =
        file.items.iter().find(|item| starts(item.lines.0) || (item.lines.0..item.lines.1).contains(&line))
    {
        return if item.for_tests { On::Helper(item.name.clone()) } else { On::Code(item.name.clone()) };
    }
    let around = file.functions.iter().filter(|one| (one.lines.0..=one.lines.1).contains(&line));
    around.min_by_key(|one| one.lines.1 - one.lines.0).map_or(On::Nothing, of_function)
}

fn of_function(function: &super::Function) -> On {
    match (&function.test, function.for_tests) {
        (Some(test), _) => On::Test(test.clone()),
        (None, true) => On::Helper(function.name.clone()),
        (None, false) => On::Code(function.name.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certify::source::parse_for_tests;

    #[test]
    fn only_comments_of_ids_are_tags() {
        assert_eq!(ids(" [RTDS-R-07] [A653-R-01]"), Some(vec!["RTDS-R-07".into(), "A653-R-01".into()]));
        for text in ["", " see [RTDS-R-07]", " [0, 1]", " [rtds-R-07]", " [RTDS-R-7]", "/ [RTDS-R-07]"] {
            assert_eq!(ids(text), None, "{text}");
        }
    }

    #[test]
    fn a_tag_belongs_to_what_follows_or_encloses_it() {
        let text = "\
// [X-R-01]
/// Doc.
#[inline]
pub(crate) fn one() {
    // [X-R-02]
    let _ = 1;
}
/// Doc.
// [X-R-03]
pub struct Two(u8); // [X-R-04]
#[cfg(test)]
mod tests {
    // [X-R-05]
    fn helper() {}
    proptest! {
        // [X-R-06]
        #[test]
        fn three(a in 0..3) { assert!(a < 3); }
    }
}
// [X-R-07]
";
        let file = parse_for_tests("src/a.rs", text, &["a"], false);
        let on: Vec<On> = file.tags.iter().map(|tag| tag.on.clone()).collect();
        assert_eq!(on[0], On::Code("one".into()));
        assert_eq!(on[1], On::Code("one".into()));
        assert_eq!(on[2], On::Code("Two (u8)".into()));
        assert_eq!(on[3], On::Nothing);
        assert_eq!(on[4], On::Helper("helper".into()));
        assert_eq!(on[5], On::Test("a::tests::three".into()));
        assert_eq!(on[6], On::Nothing);
        assert!(file.is_for_tests(14) && !file.is_for_tests(4));
    }

    #[test]
    fn the_token_unsafe_is_found_and_its_likes_are_not() {
        let text = "#![forbid(unsafe_code)]\n// unsafe\nfn a() { let s = \"unsafe\"; }\nunsafe fn b() {}\n";
        assert_eq!(parse_for_tests("src/a.rs", text, &[], false).unsafes, [4]);
    }
}

//! Whether a page is well-formed: every element is closed in its order, and no text holds a bracket.

/// What is wrong with a page. Style and script are no markup.
pub(super) fn check(page: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>\n").ok_or("it does not begin as HTML")?;
    while let Some((text, after)) = rest.split_once('<') {
        if text.contains('>') {
            return Err(format!("a bracket in the text {text:?}"));
        }
        let (tag, after) = after.split_once('>').ok_or("a tag without end")?;
        rest = after;
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or("");
        if tag.matches('"').count() % 2 != 0 || tag.contains('<') {
            return Err(format!("the tag {tag:?}"));
        }
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) if open.pop() != Some(name) => return Err(format!("{name} closes what is not open")),
            (false, false) => open.push(name),
            _ => {}
        }
        if ["style", "script"].contains(&name) && !tag.starts_with('/') {
            let end = format!("</{name}>");
            rest = rest.find(&end).map(|at| &rest[at..]).ok_or("raw text without end")?;
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} are not closed")) }
}

#[test]
fn the_checker_sees_what_is_wrong() {
    for wrong in ["<p>", "</p>", "<p></b>", "<p class=\"a></p>", "a > b<br/>", "<p"] {
        assert!(check(&format!("<!DOCTYPE html>\n{wrong}")).is_err(), "{wrong}");
    }
}

//! Names in messages: what there is, and what was probably meant.

use std::format;
use std::string::String;
use std::vec::Vec;

/// "did you mean …?" or the list of what there is.
pub(crate) fn one_of<'n>(name: &str, names: impl Iterator<Item = &'n str> + Clone) -> String {
    match nearest(name, names.clone()) {
        _ if names.clone().count() == 1 => format!("the only one is {}", listed(names)),
        Some(near) => format!("did you mean `{near}`? There are {}", listed(names)),
        None => format!("there are {}", listed(names)),
    }
}

/// The names in quotes.
pub(crate) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The name that was probably meant.
pub(crate) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let scored = names.map(|other| (strsim::damerau_levenshtein(name, other), other));
    let (distance, near) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= (name.len() / 3).max(1) && distance < name.len()).then_some(near)
}

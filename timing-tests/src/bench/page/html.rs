//! Pieces of HTML: text that cannot break out of its place, and numbers that can be read.

use crate::bench::{Thousandths, Unit};
use crate::picture::svg;

/// The most characters of a text in a table.
const BRIEF: usize = 80;

/// Text between tags and in attributes with double quotes. Control characters become spaces.
pub(super) fn escaped(text: &str) -> String {
    svg::escaped(text).replace('"', "&quot;").replace('\'', "&#39;")
}

/// The same of a text of which only the beginning is shown if it is long: in tables there are many of them.
pub(super) fn brief(text: &str) -> String {
    let shown: String = text.chars().take(BRIEF).collect();
    if shown.len() < text.len() { escaped(&shown) + "…" } else { escaped(&shown) }
}

/// A part of the page.
pub(super) fn section(id: &str, title: &str, content: &str) -> String {
    format!("<section id=\"{id}\">\n<h2>{title}</h2>\n{content}</section>\n")
}

/// A number with thin spaces between groups of three digits.
pub(super) fn grouped(number: Thousandths) -> String {
    let text = number.to_string();
    let (whole, decimals) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    decimals.map_or(grouped.clone(), |decimals| format!("{grouped}.{decimals}"))
}

/// The same of a whole number.
pub(super) fn count(number: u64) -> String {
    grouped(Thousandths::whole(number))
}

/// A number at an axis: short, with the unit if that is one of time.
pub(super) fn short(value: f64, unit: Unit) -> String {
    let scaled = |units: [&str; 4]| {
        let power = [1e9, 1e6, 1e3].iter().position(|power| value >= *power).map_or(0, |at| 3 - at);
        let number = format!("{:.2}", value / 1000_f64.powi(power as i32));
        format!("{}{}", number.trim_end_matches('0').trim_end_matches('.'), units[power])
    };
    match unit {
        Unit::VirtualNs | Unit::SimulatedNs | Unit::Ns => scaled([" ns", " µs", " ms", " s"]),
        Unit::Bytes | Unit::Ppm | Unit::Count => scaled(["", " k", " M", " G"]),
    }
}

/// A share as per cent.
pub(super) fn share(value: f64) -> String {
    let text = format!("{:.5}", value * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// What follows where there is no room for all.
pub(super) fn more(left_out: usize, what: &str) -> String {
    if left_out == 0 {
        return String::new();
    }
    format!("<p class=\"note\">{left_out} more {what} had no room on this page.</p>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out() {
        assert_eq!(escaped("<script>\"'&\u{0}\u{7f}"), "&lt;script&gt;&quot;&#39;&amp;  ");
    }

    #[test]
    fn long_texts_are_cut_before_they_are_escaped() {
        assert_eq!(brief("a<b"), "a&lt;b");
        assert_eq!(brief(&"ä".repeat(BRIEF)), "ä".repeat(BRIEF));
        assert_eq!(brief(&"<".repeat(BRIEF + 1)), "&lt;".repeat(BRIEF) + "…");
    }

    #[test]
    fn digits_stand_in_threes() {
        let of = |text: &str| grouped(Thousandths::parse(text).unwrap()).replace('\u{202f}', "_");
        assert_eq!(of("0"), "0");
        assert_eq!(of("999"), "999");
        assert_eq!(of("1000"), "1_000");
        assert_eq!(of("1234567.5"), "1_234_567.5");
    }

    #[test]
    fn axes_have_short_numbers() {
        assert_eq!(short(0.0, Unit::Ns), "0 ns");
        assert_eq!(short(1500.0, Unit::VirtualNs), "1.5 µs");
        assert_eq!(short(20_000_000.0, Unit::VirtualNs), "20 ms");
        assert_eq!(short(2e9, Unit::Count), "2 G");
    }
}

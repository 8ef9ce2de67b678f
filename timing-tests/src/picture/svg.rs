//! Writing SVG: a page with its style, text that cannot break out of it, and the shapes of marks.
//!
//! Colours stand in classes, so that a reader who prefers dark pages gets a dark picture. It has its own
//! background: a page around it may have chosen otherwise.

use core::fmt::Write;
use sched::Cpu;

/// How many colours there are for bars.
const COLOURS: usize = 6;

const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#24272c}.title{font-weight:600}.heading,.tick,.end,.legend{font-size:12px}
.label,.end{text-anchor:end}.tick{text-anchor:middle}.page{fill:#fff}.grid,.base{stroke:#d9dce1;fill:none}
.window{fill:#7d8796;fill-opacity:.25}.c0{fill:#3b78c2}.c1{fill:#d98a1f}.c2{fill:#35966a}.c3{fill:#8f65c2}
.c4{fill:#2b98a8}.c5{fill:#9b7653}.release{fill:none;stroke:#24272c}.done{fill:#fff;stroke:#24272c}
.miss{fill:none;stroke:#c8102e;stroke-width:2}
@media (prefers-color-scheme:dark){text{fill:#dcdfe4}.page{fill:#17191e}.grid,.base{stroke:#383c45}
.release{stroke:#dcdfe4}.done{fill:#17191e;stroke:#dcdfe4}.miss{stroke:#ff5c70}}";

/// A page that is being written.
pub(crate) struct Svg(String);

impl Svg {
    pub(crate) fn new(width: u64, height: u64, title: &str) -> Self {
        Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
             <path class=\"page\" d=\"M0 0h{width}v{height}h-{width}z\"/>\n",
            escaped(title)
        ))
    }

    /// Text at whole pixels.
    pub(crate) fn text(&mut self, class: &str, x: u64, y: u64, text: &str) {
        self.text_at(class, &x.to_string(), y, text);
    }

    /// Text at a place that is already written.
    pub(crate) fn text_at(&mut self, class: &str, x: &str, y: u64, text: &str) {
        self.line(&format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(text)));
    }

    /// A path, unless nothing is on it.
    pub(crate) fn path(&mut self, class: &str, path: &str) {
        if !path.is_empty() {
            self.line(&format!("<path class=\"{class}\" d=\"{path}\"/>"));
        }
    }

    fn line(&mut self, line: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{line}");
    }

    pub(crate) fn finish(mut self) -> String {
        self.line("</svg>");
        self.0
    }
}

/// What a task marked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mark {
    Release,
    Done,
    Miss,
}

impl Mark {
    /// In the order in which they are drawn.
    pub(crate) const ALL: [Self; 3] = [Self::Release, Self::Done, Self::Miss];

    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Done => "done",
            Self::Miss => "miss",
        }
    }

    /// Its shape at `x` (hundredths of a pixel), above the base line at `y`.
    pub(crate) fn shape(self, x: u64, y: u64) -> String {
        let x = hundredths(x);
        match self {
            Self::Release => format!("M{x} {y}v-25m-3 5l3 -5l3 5"),
            Self::Done => format!("M{x} {}l3 3l-3 3l-3 -3z", y - 3),
            Self::Miss => format!("M{x} {}m-5 -5l10 10m0 -10l-10 10", y - 9),
        }
    }

    /// Where its base line must be, so that it stands in the middle of text on `y`.
    pub(crate) fn base_of_sample(self, y: u64) -> u64 {
        match self {
            Self::Release => y + 8,
            Self::Done => y - 5,
            Self::Miss => y + 4,
        }
    }
}

/// The class of a pCPU's bars; there are fewer colours than pCPUs.
pub(crate) fn colour(cpu: Cpu) -> String {
    format!("c{}", usize::from(cpu.0) % COLOURS)
}

/// Hundredths of a pixel as a decimal number.
pub(crate) fn hundredths(value: u64) -> String {
    match (value / 100, value % 100) {
        (whole, 0) => whole.to_string(),
        (whole, rest) => format!("{whole}.{rest:02}").trim_end_matches('0').to_string(),
    }
}

/// Text between tags. Control characters, which XML cannot carry, become spaces.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

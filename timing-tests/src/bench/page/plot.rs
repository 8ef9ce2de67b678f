//! A chart: two axes with their grid, and shapes on them.

use super::html::escaped;
use super::scale::{Scale, place};

/// In pixels of the drawing, which the page scales.
pub(super) const WIDTH: f64 = 400.0;
pub(super) const HEIGHT: f64 = 190.0;
/// Where the axes are.
pub(super) const LEFT: f64 = 52.0;
pub(super) const RIGHT: f64 = WIDTH - 14.0;
pub(super) const TOP: f64 = 10.0;
pub(super) const BOTTOM: f64 = HEIGHT - 26.0;

/// How a number at an axis is written; there is no line where nothing is written.
pub(super) type Label<'a> = &'a dyn Fn(f64) -> String;

/// A chart that is being written.
pub(super) struct Plot {
    svg: String,
}

impl Plot {
    /// With these axes and how their numbers are written; `title` says for all what it shows.
    pub(super) fn new(title: &str, (x, across): (Scale, Label<'_>), (y, up): (Scale, Label<'_>)) -> Self {
        let mut plot = Self { svg: String::new() };
        plot.svg = format!("<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n");
        plot.svg += &format!("<title>{}</title>\n", escaped(title));
        let mut grid = String::new();
        let mut last = f64::MIN;
        for tick in x.ticks() {
            let at = x.at(tick);
            let label = across(tick);
            if label.is_empty() {
                continue;
            }
            grid += &format!("M{} {TOP}V{BOTTOM}", place(at));
            // Labels need room; a line without one is understood.
            if at - last >= 44.0 {
                plot.text("middle", at.min(RIGHT - 8.0), HEIGHT - 10.0, &label);
                last = at;
            }
        }
        for tick in y.ticks() {
            let (at, label) = (y.at(tick), up(tick));
            if label.is_empty() {
                continue;
            }
            grid += &format!("M{LEFT} {}H{RIGHT}", place(at));
            plot.text("end", LEFT - 6.0, at + 4.0, &label);
        }
        plot.path("grid", &grid);
        plot
    }

    /// A text whose anchor is "start", "middle" or "end".
    pub(super) fn text(&mut self, anchor: &str, x: f64, y: f64, text: &str) {
        let (x, y) = (place(x), place(y));
        self.svg += &format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>\n", escaped(text));
    }

    /// A path, unless nothing is on it.
    pub(super) fn path(&mut self, class: &str, path: &str) {
        if !path.is_empty() {
            self.svg += &format!("<path class=\"{class}\" d=\"{path}\"/>\n");
        }
    }

    /// A limit at a place of the x axis.
    pub(super) fn limit(&mut self, at: f64) {
        self.path("limit", &format!("M{} {TOP}V{BOTTOM}", place(at)));
    }

    pub(super) fn finish(self) -> String {
        self.svg + "</svg>\n"
    }
}

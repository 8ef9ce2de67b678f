//! A stretch of a recording as a picture: who ran when, as SVG.
//!
//! A row is a vCPU; a bar is a time in which it ran, in the colour of its pCPU. Arrows, diamonds and crosses are the
//! releases, completions and misses that its tasks marked, shades the windows of a time table. The same recording
//! gives the same bytes: nothing here rounds by floating point, and nothing depends on fonts or scripts. Bars are
//! at least half a pixel wide, or short jobs in a long stretch could not be seen.

mod legend;
pub(crate) mod rows;
pub(crate) mod svg;

use crate::metrics::{Run, unit_name};
use crate::{Plan, human};
use core::fmt;
use core::ops::Range;
use legend::Legend;
use rows::{Block, Row};
use sched::{CpuSet, Instant};
use svg::{Mark, Svg, colour, hundredths};
use trace::Recording;

/// The most shapes of a picture; nobody could tell more of them apart.
pub const SHAPES_MAX: usize = 5_000;
/// The most lines of the time axis.
const TICKS_MAX: u64 = 10;
/// Pixels: of a row, of a heading, of a letter at most, and of the time axis.
const ROW: u64 = 32;
const HEADING: u64 = 26;
const LETTER: u64 = 8;
const TIME: u64 = 840;
const MARGIN: u64 = 16;

/// Why there is no picture; its `Display` is a sentence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PictureError {
    /// The stretch ends before it begins.
    Empty,
    /// At this instant, where the stretch begins, events are missing or the run is over.
    Unknown(Instant),
    /// Calls are missing although no event was dropped.
    Gap,
    /// More than [`SHAPES_MAX`] shapes.
    Crowded,
}

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the stretch ends before it begins; give a later end or an earlier beginning"),
            Self::Unknown(at) => {
                let at = human::instant(*at);
                write!(f, "the trace lacks events at {at}, or the run was over; begin earlier or later")
            }
            Self::Gap => write!(f, "calls are missing in the trace; `cargo xtask replay` says where"),
            Self::Crowded => write!(f, "the picture would have more than {SHAPES_MAX} shapes; draw a shorter stretch"),
        }
    }
}

impl core::error::Error for PictureError {}

/// Draws the part of `span` (ns since the epoch) that the recording knows.
///
/// # Errors
/// Each [`PictureError`].
pub fn draw(recording: &Recording, plan: &Plan, span: Range<u64>) -> Result<String, PictureError> {
    if span.is_empty() {
        return Err(PictureError::Empty);
    }
    let run = Run::new(recording, plan);
    let known = run.known.place(Instant::from_nanos(span.start)).and_then(|index| run.known.get(index));
    let span = span.start..known.map_or(0, |known| span.end.min(known.to.nanos()));
    if span.is_empty() {
        return Err(PictureError::Unknown(Instant::from_nanos(span.start)));
    }
    if recording.dropped() == 0 && !run.is_complete() {
        return Err(PictureError::Gap);
    }
    let blocks = rows::blocks(&run, &span).ok_or(PictureError::Crowded)?;
    Ok(Sheet::new(&blocks, span).draw(&plan.name, unit_name(recording.unit), &blocks))
}

/// Where things are.
struct Sheet {
    span: Range<u64>,
    /// The left end of the time axis.
    left: u64,
    /// Its height from above.
    axis: u64,
}

impl Sheet {
    fn new(blocks: &[Block], span: Range<u64>) -> Self {
        let labels = blocks.iter().flat_map(|block| &block.rows).map(|row| row.label.chars().count() as u64);
        let heights = blocks.iter().map(|block| HEADING + ROW * block.rows.len() as u64);
        let left = MARGIN * 2 + LETTER * labels.max().unwrap_or(0);
        Self { span, left, axis: HEADING + heights.sum::<u64>() + 4 }
    }

    /// The place of an instant in hundredths of a pixel.
    fn x(&self, at: u64) -> u64 {
        let (since, whole) =
            (u128::from(at.saturating_sub(self.span.start)), u128::from(self.span.end - self.span.start));
        self.left * 100 + (since * u128::from(TIME * 100) / whole) as u64
    }

    fn draw(&self, name: &str, unit: &str, blocks: &[Block]) -> String {
        let Range { start, end } = self.span;
        let (from, to) = (human::duration(start), human::duration(end));
        let (title, width, below) = (format!("{name}, {from} to {to}"), self.left + TIME + MARGIN * 2, self.axis + 44);
        let legend = Legend::new(blocks, width);
        let mut svg = Svg::new(width, below + legend.height() + 4, &title);
        svg.text("title", MARGIN, 22, &title);
        self.grid(&mut svg);
        let mut y = HEADING;
        for block in blocks {
            svg.text("heading", MARGIN, y + 20, &block.heading);
            y += HEADING;
            for row in &block.rows {
                self.row(&mut svg, y, row);
                y += ROW;
            }
        }
        svg.text("end", self.left + TIME, self.axis + 36, &format!("time since the epoch, {unit}"));
        legend.draw(&mut svg, below);
        svg.finish()
    }

    /// Lines at round times.
    fn grid(&self, svg: &mut Svg) {
        let step = step(self.span.end - self.span.start);
        let first = self.span.start.div_ceil(step);
        for at in (first..).map_while(|number| number.checked_mul(step)).take_while(|at| *at <= self.span.end) {
            let x = hundredths(self.x(at));
            svg.path("grid", &format!("M{x} {}V{}", HEADING * 2, self.axis));
            svg.text_at("tick", &x, self.axis + 16, &human::duration(at));
        }
    }

    fn row(&self, svg: &mut Svg, y: u64, row: &Row) {
        svg.text("label", self.left - MARGIN / 2, y + 22, &row.label);
        svg.path("base", &format!("M{} {}h{TIME}", self.left, y + ROW - 4));
        self.bars(svg, "window", y + 2, ROW - 6, row.windows.iter());
        for cpu in CpuSet::ALL.iter() {
            let here = row.bars.iter().filter(|(at, _)| *at == cpu).map(|(_, ran)| ran);
            self.bars(svg, &format!("run {}", colour(cpu)), y + 10, ROW - 14, here);
        }
        for mark in Mark::ALL {
            let drawn: String = row.places(mark).iter().map(|at| mark.shape(self.x(*at), y + ROW - 4)).collect();
            svg.path(mark.class(), &drawn);
        }
    }

    /// Boxes of one kind as one path.
    fn bars<'a>(&self, svg: &mut Svg, class: &str, y: u64, height: u64, spans: impl Iterator<Item = &'a Range<u64>>) {
        let one = |span: &Range<u64>| {
            let (from, to) = (self.x(span.start), self.x(span.end));
            let wide = hundredths((to - from).max(50));
            format!("M{} {y}h{wide}v{height}h-{wide}z", hundredths(from))
        };
        svg.path(class, &spans.map(one).collect::<String>());
    }
}

/// The shortest of 1, 2, 5, 10, 20, 50, … ns that divides `whole` into no more than [`TICKS_MAX`] parts.
fn step(whole: u64) -> u64 {
    let decades = (0..20).filter_map(|power| 10_u64.checked_pow(power));
    let mut steps = decades.flat_map(|decade| [1, 2, 5].map(|factor| decade.saturating_mul(factor)));
    steps.find(|step| whole / step <= TICKS_MAX).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;

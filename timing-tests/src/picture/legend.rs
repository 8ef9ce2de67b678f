//! What the shapes of a picture mean: only those that are in it, in as many lines as they need.

use super::rows::Block;
use super::svg::{Mark, Svg, colour};
use super::{LETTER, MARGIN};
use sched::{Cpu, CpuSet};

/// Pixels: of a line, and of a sample with the space around it.
const LINE: u64 = 24;
const SAMPLE: u64 = 36;

/// What an entry explains.
#[derive(Clone, Copy)]
enum Shape {
    Ran(Cpu),
    Window,
    Mark(Mark),
}

impl Shape {
    fn meaning(self) -> String {
        match self {
            Self::Ran(cpu) => format!("on pCPU {}", cpu.0),
            Self::Window => "its window".into(),
            Self::Mark(Mark::Release) => "a job is released".into(),
            Self::Mark(Mark::Done) => "it is complete".into(),
            Self::Mark(Mark::Miss) => "its deadline is missed".into(),
        }
    }

    /// Draws it beside text whose base line is at `y`.
    fn sample(self, svg: &mut Svg, x: u64, y: u64) {
        let bar = format!("M{x} {}h14v10h-14z", y - 10);
        match self {
            Self::Ran(cpu) => svg.path(&format!("run {}", colour(cpu)), &bar),
            Self::Window => svg.path("window", &bar),
            Self::Mark(mark) => svg.path(mark.class(), &mark.shape((x + 7) * 100, mark.base_of_sample(y))),
        }
    }
}

/// The legend, with the place of each entry: x, and the line from 0.
pub(super) struct Legend {
    entries: Vec<(u64, u64, Shape)>,
}

impl Legend {
    /// For a page of this width.
    pub(super) fn new(blocks: &[Block], width: u64) -> Self {
        let (mut x, mut line, mut entries) = (MARGIN, 0, Vec::new());
        for shape in shapes(blocks) {
            let wide = SAMPLE + LETTER * shape.meaning().len() as u64;
            if x > MARGIN && x + wide > width {
                (x, line) = (MARGIN, line + 1);
            }
            entries.push((x, line, shape));
            x += wide;
        }
        Self { entries }
    }

    /// In pixels.
    pub(super) fn height(&self) -> u64 {
        self.entries.last().map_or(0, |(_, line, _)| (line + 1) * LINE)
    }

    /// Draws it below `top`.
    pub(super) fn draw(&self, svg: &mut Svg, top: u64) {
        for &(x, line, shape) in &self.entries {
            let y = top + line * LINE + LINE - 6;
            shape.sample(svg, x, y);
            svg.text("legend", x + 20, y, &shape.meaning());
        }
    }
}

fn shapes(blocks: &[Block]) -> Vec<Shape> {
    let rows = || blocks.iter().flat_map(|block| &block.rows);
    let ran = rows().flat_map(|row| &row.bars).fold(CpuSet::EMPTY, |set, (cpu, _)| set.or(CpuSet::only(*cpu)));
    let windows = rows().any(|row| !row.windows.is_empty()).then_some(Shape::Window);
    let marks = Mark::ALL.into_iter().filter(|mark| rows().any(|row| !row.places(*mark).is_empty()));
    ran.iter().map(Shape::Ran).chain(windows).chain(marks.map(Shape::Mark)).collect()
}

//! The quick part of the benchmark: its figures hold what the specification promises, and repeat.

use super::{Scenario, quick};
use crate::bench;

pub(super) fn all() -> Vec<Scenario> {
    vec![
        quick("the_figures_of_the_specification_hold", |lab, name| bench::holds(&lab.built, name)),
        quick("a_benchmark_gives_the_same_figures_twice", |lab, name| bench::repeats(&lab.built, name, "timer")),
    ]
}

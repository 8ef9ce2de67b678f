//! The verb `bench compare`: is a run worse than another?

use super::{UNKNOWN, load};
use crate::cli::CompareArgs;
use anyhow::Result;
use std::process::ExitCode;
use timing_tests::bench::compare::{Verdict, compare, render};

/// The verb.
pub(super) fn run(arguments: &CompareArgs) -> Result<ExitCode> {
    let (old, old_whole) = load(&arguments.old)?;
    let (new, new_whole) = load(&arguments.new)?;
    let mut comparison = compare(&old, &new, arguments.tolerance);
    comparison.whole = old_whole && new_whole;
    print!("{}", render(&comparison));
    Ok(ExitCode::from(status(comparison.verdict())))
}

const fn status(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NoWorse => 0,
        Verdict::Worse => 1,
        Verdict::NotComparable => UNKNOWN,
    }
}

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
    let comparison = compare(&old, &new, arguments.tolerance);
    print!("{}", render(&comparison));
    Ok(ExitCode::from(status(comparison.verdict(), old_whole && new_whole)))
}

/// Damaged lines may hide a row that is worse, but not one that is known to be.
fn status(verdict: Verdict, whole: bool) -> u8 {
    match verdict {
        Verdict::Worse => 1,
        Verdict::NoWorse if whole => 0,
        Verdict::NoWorse | Verdict::NotComparable => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worse_outweighs_what_is_unknown() {
        assert_eq!(status(Verdict::NoWorse, true), 0);
        assert_eq!(status(Verdict::NoWorse, false), UNKNOWN);
        assert_eq!(status(Verdict::NotComparable, true), UNKNOWN);
        assert_eq!(status(Verdict::Worse, false), 1);
    }
}

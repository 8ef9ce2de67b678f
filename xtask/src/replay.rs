//! The verb `replay`: the same calls through the same scheduler on this machine.

use crate::cli::ReplayArgs;
use crate::report;
use crate::workspace;
use anyhow::{Context, Result};
use std::process::ExitCode;
use timing_tests::Replay;
use timing_tests::replay::Ending;

/// The exit status of a trace of which only the beginning could be compared.
const GAP: u8 = 3;

/// The verb.
pub(crate) fn run(arguments: &ReplayArgs) -> Result<ExitCode> {
    let bytes = workspace::read(&arguments.trace)?;
    let loaded = trace::load(&mut bytes.as_slice());
    let (recording, plan) =
        loaded.with_context(|| format!("{} cannot be replayed", workspace::shown(&arguments.trace)))?;
    let pools = report::replay(&recording, &plan)?;
    for pool in &pools {
        println!("{pool}");
    }
    Ok(ExitCode::from(pools.iter().map(status).reduce(worse).unwrap_or(0)))
}

fn status(pool: &Replay) -> u8 {
    match pool.ending {
        Ending::Same => 0,
        Ending::Gap(_) | Ending::Dropped(_) => GAP,
        Ending::Different(_) | Ending::Unreadable(_) | Ending::NotBuilt(_) => 1,
    }
}

/// A difference is worse than a gap, and a gap is worse than nothing.
fn worse(one: u8, other: u8) -> u8 {
    if one == 1 || other == 1 { 1 } else { one.max(other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_hides_a_gap_but_a_gap_does_not_hide_a_difference() {
        assert_eq!([0, GAP, 0].into_iter().reduce(worse), Some(GAP));
        assert_eq!([GAP, 1, GAP].into_iter().reduce(worse), Some(1));
    }
}

//! Scheduling parameters that change while the system runs.

use super::lab::Lab;
use super::{Scenario, quick};
use anyhow::{Result, ensure};

pub(super) fn all() -> Vec<Scenario> {
    vec![quick("parameters_change_while_the_system_runs", change)]
}

/// Half a second with 20 % and half a second with 40 %; what is refused, and who may not ask, changes nothing.
fn change(lab: &Lab, name: &str) -> Result<()> {
    let done = lab.run(name, "change", Some("rtds"), 1000)?;
    let share = done.partition("load")?.share;
    ensure!((299_000..=303_000).contains(&share), "it got {share} millionths of the time");
    for said in [
        "steward: steward: applied",
        "steward: steward: 0.0 has [10000000, 4000000, 0, 0, 0, 0] on 0x1",
        "greedy: steward: refused: key 1 needs 10000000 and has 11000000",
        "greedy: steward: 1.0 has [10000000, 0, 1, 0, 0, 0] on 0x1",
        "greedy: steward: 0.0 has [10000000, 4000000, 0, 0, 0, 0] on 0x1",
        "stranger: steward: not applied: -4",
    ] {
        ensure!(done.console.contains(said), "`{said}` is missing in\n{}", done.console);
    }
    Ok(())
}

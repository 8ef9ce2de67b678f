//! Work per call: instructions counted on the emulator, against vCPUs, pCPUs and windows.
//!
//! The program is the one that was inspected. It reads the machine's instruction counter before and after
//! each call; under `-icount` the emulator keeps that counter exact, which the program proves with a hundred
//! instructions before it begins.

mod judge;

use super::inspect::Built;
use super::report::{Section, Table};
use crate::arch::Arch;
use crate::process;
use crate::progress::Step;
use crate::setup;
use anyhow::{Context, Result, bail, ensure};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(500);

/// The cost of one kind of call at one size.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Cost {
    vcpus: u64,
    pcpus: u64,
    windows: u64,
    call: String,
    calls: u64,
    instructions: u64,
    worst: u64,
}

impl Cost {
    fn mean(&self) -> f64 {
        if self.calls == 0 { 0.0 } else { self.instructions as f64 / self.calls as f64 }
    }
}

/// The section.
pub(super) fn section(built: &Built) -> Result<Section> {
    setup::emulator(Arch::Aarch64)?;
    let mut command = machine(built);
    let finished = {
        let _step = Step::begin("Counting instructions per call");
        process::checked(&mut command, LIMIT)?
    };
    let costs = read(&finished.out)?;
    let mut section = Section::new("work", "Work per call")
        .says(
            "Instructions of the target's code, counted one call at a time on the emulator. The calls are random with a \
             fixed seed, and meant to hurt: all wake at one instant, time stands still or jumps by an hour, timers are \
             late, parameters and affinities change. At each size the worst call and the mean are judged.",
        )
        .says(format!("Run by: {}", process::line(&command)));
    let head = ["vCPUs", "pCPUs", "windows", "call", "calls", "mean (instructions)", "worst (instructions)"];
    let mut table = Table::new("work", "Instructions per call", &head);
    for one in &costs {
        let mean = format!("{:.0}", one.mean());
        table.row(&[&one.vcpus, &one.pcpus, &one.windows, &one.call, &one.calls, &mean, &one.worst]);
    }
    let (growth, missing) = judge::growth(&costs);
    section.missing = missing;
    section.tables = vec![growth, table];
    Ok(section)
}

fn machine(built: &Built) -> Command {
    let mut command = Command::new(Arch::Aarch64.emulator());
    command.args(["-machine", "virt,gic-version=3", "-cpu", "cortex-a72", "-m", "512M"]);
    command.args(["-icount", "shift=0,sleep=off", "-display", "none", "-monitor", "none", "-serial", "stdio"]);
    command.args(["-nodefaults", "-no-reboot", "-kernel"]).arg(&built.file);
    command
}

/// Reads the program's output; anything but a complete and orderly run is an error.
fn read(output: &str) -> Result<Vec<Cost>> {
    let mut costs = Vec::new();
    let mut proved = false;
    for line in output.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["counter", hundred, _] => proved = hundred == "100",
            ["cost", vcpus, pcpus, windows, call, calls, instructions, worst] => costs.push(Cost {
                vcpus: vcpus.parse()?,
                pcpus: pcpus.parse()?,
                windows: windows.parse()?,
                call: call.to_string(),
                calls: calls.parse()?,
                instructions: instructions.parse()?,
                worst: worst.parse()?,
            }),
            ["end"] => {
                ensure!(
                    proved,
                    "the instruction counter is not exact: a hundred instructions were not counted as such"
                );
                ensure!(!costs.is_empty(), "the program counted nothing");
                return Ok(costs);
            }
            [] => {}
            _ => bail!("the program for the target says: {line}"),
        }
    }
    Err(anyhow::anyhow!("the program for the target did not come to its end")).context(output.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_run_is_read() {
        let costs = read("counter 100 5\ncost 10 4 16 wake 2 30 20\nend\n").expect("it is complete");
        assert_eq!((costs[0].vcpus, costs[0].worst, costs[0].mean()), (10, 20, 15.0));
    }

    #[test]
    fn a_run_that_is_not_orderly_is_refused() {
        for output in [
            "",
            "counter 100 5\ncost 10 4 16 wake 2 30 20\n",
            "counter 99 5\ncost 1 1 1 wake 2 30 20\nend\n",
            "counter 100 5\npanic\nend\n",
            "counter 100 5\nend\n",
            "counter 100 5\nviolations 3\nend\n",
        ] {
            assert!(read(output).is_err(), "{output}");
        }
    }
}

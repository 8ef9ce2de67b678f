//! Where and of what a run measured: the commit, the machine, the tools.

use crate::cli::Target;
use crate::process;
use crate::workspace;
use std::process::Command;
use std::time::Duration;
use timing_tests::bench::About;

const LIMIT: Duration = Duration::from_secs(20);
const UNKNOWN: &str = "unknown";
/// The tools whose versions decide what runs, with the name in the results.
const COMPILER: &[(&str, &str)] = &[("rustc", "rustc")];
const EMULATORS: &[(&str, &str)] = &[("qemu", "qemu-system-aarch64"), ("qemu x86-64", "qemu-system-x86_64")];

/// About this tree, measured on `target`, which people know as `board`.
pub(super) fn about(target: &Target, board: Option<&str>) -> About {
    let emulators = if matches!(target, Target::Qemu | Target::QemuRealtime) { EMULATORS } else { &[] };
    let versions = emulators.iter().chain(COMPILER).map(|(name, tool)| ((*name).into(), version(tool)));
    let machine = board.map_or_else(|| target.to_string(), String::from);
    About { machine, commit: commit(), versions: versions.collect() }
}

fn version(tool: &str) -> String {
    said(tool, &["--version"]).and_then(|text| text.lines().next().map(String::from)).unwrap_or_else(|| UNKNOWN.into())
}

/// The commit, with "-dirty" behind it if files differ from it; "unknown" without git.
fn commit() -> String {
    let Some(commit) = said("git", &["rev-parse", "--short=12", "HEAD"]) else { return UNKNOWN.into() };
    let changed = said("git", &["status", "--porcelain", "--untracked-files=no"]).is_none_or(|text| !text.is_empty());
    commit + if changed { "-dirty" } else { "" }
}

fn said(tool: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(tool);
    command.args(arguments).current_dir(workspace::root());
    let finished = process::capture(&mut command, LIMIT).ok().filter(process::Finished::ok)?;
    Some(finished.out.trim().to_string())
}

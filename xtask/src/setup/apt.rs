//! Installing Debian packages, as root or through sudo.

use crate::process;
use crate::progress::Step;
use crate::workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::process::Command;

const LISTS: &str = "/var/lib/apt/lists";
/// For how many seconds apt-get waits for another one to end.
const LOCK_PATIENCE: &str = "DPkg::Lock::Timeout=600";

/// Installs packages; apt's own lists are fetched when there are none or when they are too old.
pub(super) fn install(packages: &[&str]) -> Result<()> {
    let wanted = packages.join(" ");
    if workspace::program("apt-get").is_none() {
        bail!("missing: {wanted}; this host has no apt-get, so install the equivalent packages by hand");
    }
    let _step = Step::begin(format!("Installing {wanted}"));
    if !has_lists() {
        get(&["update"])?;
    }
    let arguments: Vec<&str> = ["install", "-y", "--no-install-recommends"].iter().chain(packages).copied().collect();
    if get(&arguments).is_ok() {
        return Ok(());
    }
    get(&["update"])?;
    get(&arguments).with_context(|| format!("cannot install {wanted}; try `apt-get install {wanted}` by hand"))
}

/// Runs apt-get with the rights it needs.
fn get(arguments: &[&str]) -> Result<()> {
    let mut command = if is_root()? {
        Command::new("apt-get")
    } else if workspace::program("sudo").is_some() {
        let mut command = Command::new("sudo");
        // Without a terminal a password cannot be asked for: then it fails at once.
        command.args(["--non-interactive", "apt-get"]);
        command
    } else {
        bail!("packages can be installed by root only and there is no sudo; as root: apt-get {}", arguments.join(" "))
    };
    // A fresh machine often updates itself in the background: wait until it is done.
    command.args(["-o", LOCK_PATIENCE]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    process::checked(&mut command, process::LONG).map(|_| ())
}

fn is_root() -> Result<bool> {
    Ok(process::checked(Command::new("id").arg("-u"), process::LONG)?.out.trim() == "0")
}

fn has_lists() -> bool {
    let mut entries = fs::read_dir(LISTS).into_iter().flatten().flatten();
    entries.any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
}

//! Which crates can be certified: the workspace members whose name begins with `sched-`.

use crate::process;
use crate::setup::toolchain;
use crate::workspace;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const PREFIX: &str = "sched-";

/// A scheduler crate.
#[derive(Clone, Debug)]
pub(crate) struct Crate {
    /// Its name: `sched-rtds`.
    pub(crate) name: String,
    /// The policy's name, which is also the feature of `policies`: `rtds`.
    pub(crate) policy: String,
    pub(crate) version: String,
    /// The folder of its `Cargo.toml`.
    pub(crate) folder: PathBuf,
}

/// All of them, by name.
pub(crate) fn policies() -> Result<Vec<Crate>> {
    let metadata = metadata(&["--no-deps"])?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let mut found: Vec<Crate> = packages.iter().filter_map(scheduler).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Files and folders that policies are made of though they lie in another crate, from the root of the workspace: what
/// `package.metadata.certify.parts` lists. A policy that executes one has to account for it.
pub(super) fn parts() -> Result<Vec<PathBuf>> {
    let metadata = metadata(&["--no-deps"])?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    Ok(packages.iter().flat_map(parts_of).collect())
}

fn parts_of(package: &Value) -> Vec<PathBuf> {
    let manifest = package["manifest_path"].as_str().map(Path::new);
    let folder = manifest.and_then(Path::parent).and_then(|folder| folder.strip_prefix(workspace::root()).ok());
    let parts = package["metadata"]["certify"]["parts"].as_array().into_iter().flatten();
    parts.filter_map(|part| Some(folder?.join(part.as_str()?))).collect()
}

/// What `cargo metadata` says about the workspace.
fn metadata(arguments: &[&str]) -> Result<Value> {
    let mut command = Command::new(toolchain::host_cargo());
    command.args(["metadata", "--format-version", "1", "--locked"]).args(arguments).current_dir(workspace::root());
    let finished = process::checked(&mut command, process::LONG)?;
    serde_json::from_str(&finished.out).context("the answer of `cargo metadata` cannot be read")
}

fn scheduler(package: &Value) -> Option<Crate> {
    let name = package["name"].as_str()?;
    let manifest = Path::new(package["manifest_path"].as_str()?);
    Some(Crate {
        name: name.to_string(),
        policy: name.strip_prefix(PREFIX)?.to_string(),
        version: package["version"].as_str()?.to_string(),
        folder: manifest.parent()?.to_path_buf(),
    })
}

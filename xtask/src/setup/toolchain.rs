//! The compiler for the bare-metal target: rustup's when it has the target, else the distribution's.
//!
//! A rustup toolchain with the target installed is used as it is. Where rustup cannot fetch the target,
//! Debian's compiler builds the core library from Debian's source package first.

use crate::arch::Arch;
use crate::process;
use crate::progress::Step;
use crate::workspace;
use anyhow::Result;
use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What the distribution's toolchain consists of.
pub(super) const DEBIAN_PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "lld"];

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
/// The distribution's linter.
pub(super) const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/core";
/// The oldest release that compiles the workspace: the `rust-version` of its manifest.
const OLDEST_MINOR: u32 = 90;
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// A way to compile for the target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Toolchain {
    /// The toolchain that runs us, with the target added by rustup.
    Rustup,
    /// The distribution's compiler, which builds the core library itself.
    Distribution,
}

impl Toolchain {
    /// For people.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Rustup => "rustup's, with the target installed",
            Self::Distribution => "the distribution's, which builds the core library itself",
        }
    }

    /// `cargo VERB` for the target of `arch`.
    pub(crate) fn cargo(self, arch: Arch, verb: &str) -> Command {
        let mut command = match (self, verb) {
            (Self::Rustup, _) => Command::new(host_cargo()),
            // Through cargo, rustup's linter would be found first, which knows nothing of this compiler.
            (Self::Distribution, "clippy") => Command::new(DEBIAN_CLIPPY),
            (Self::Distribution, _) => Command::new(DEBIAN_CARGO),
        };
        command.arg(verb).args(["--target", arch.target()]).current_dir(workspace::root());
        // Flags of the host's user are not meant for this target, which by itself is static and never
        // accesses memory unaligned (that faults as long as the MMU is off).
        command.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("RUSTFLAGS");
        if self == Self::Distribution {
            command.args(["-Z", "build-std=core,alloc,compiler_builtins"]);
            command.args(["-Z", "build-std-features=compiler-builtins-mem"]);
            command.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", DEBIAN_RUSTC).env("CARGO", DEBIAN_CARGO);
            command.env(arch.linker_variable(), "ld.lld");
        }
        command
    }
}

/// The cargo that runs us.
pub(crate) fn host_cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// A toolchain that is ready for use.
pub(super) fn find(arch: Arch) -> Result<Option<Toolchain>> {
    Ok(if rustup_has_target(arch)? {
        Some(Toolchain::Rustup)
    } else if distribution_is_complete()? {
        Some(Toolchain::Distribution)
    } else {
        None
    })
}

/// Asks rustup for the target, once: a refusal is remembered below the target folder.
pub(super) fn add_by_rustup(arch: Arch) -> Result<Option<Toolchain>> {
    let target = arch.target();
    let refusal = workspace::folder("setup")?.join(format!("rustup-refused-{target}"));
    if refusal.exists() || workspace::program("rustup").is_none() {
        return Ok(None);
    }
    let answer = {
        let _step = Step::begin(format!("Asking rustup for {target}"));
        process::capture(Command::new("rustup").args(["target", "add", target]), RUSTUP_LIMIT)?
    };
    if answer.ok() && rustup_has_target(arch)? {
        return Ok(Some(Toolchain::Rustup));
    }
    eprintln!("rustup cannot fetch the target; continuing with the distribution's compiler");
    workspace::write(&refusal, answer.err.as_bytes())?;
    Ok(None)
}

fn rustup_has_target(arch: Arch) -> Result<bool> {
    let mut command = Command::new("rustc");
    command.args(["--print", "target-libdir", "--target", arch.target()]);
    let answer = process::capture(&mut command, ANSWER_LIMIT)?;
    Ok(answer.ok() && Path::new(answer.out.trim()).is_dir())
}

fn distribution_is_complete() -> Result<bool> {
    let files = [DEBIAN_RUSTC, DEBIAN_CARGO, DEBIAN_SOURCE].iter().all(|file| Path::new(file).exists());
    if !files || workspace::program("ld.lld").is_none() {
        return Ok(false);
    }
    let answer = process::capture(Command::new(DEBIAN_RUSTC).arg("--version"), ANSWER_LIMIT)?;
    Ok(minor(&answer.out).is_some_and(|minor| minor >= OLDEST_MINOR))
}

/// The 96 of "rustc 1.96.0 (…)".
fn minor(version: &str) -> Option<u32> {
    version.split(' ').nth(1)?.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::minor;

    #[test]
    fn the_minor_release_is_read() {
        assert_eq!(minor("rustc 1.96.0 (abc 2026-05-25)\n"), Some(96));
        assert_eq!(minor("rustc"), None);
    }
}

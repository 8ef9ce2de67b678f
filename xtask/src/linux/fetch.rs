//! Fetching Debian packages of an architecture with a private apt state: the host's apt is not touched.

use super::Kernel;
use crate::arch::Arch;
use crate::process;
use crate::progress::Step;
use crate::setup;
use crate::workspace;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the unpacked files.
pub(super) const FILES: &str = "files";
/// User space: a shell, cyclictest and the libraries it is linked with.
const USER_PACKAGES: &[&str] = &["busybox-static", "rt-tests", "libc6", "libnuma1"];
const MIRROR: &str = "http://deb.debian.org/debian bookworm main";

/// Fetches and unpacks what is not there yet.
pub(super) fn ensure(folder: &Path, arch: Arch) -> Result<()> {
    let files = folder.join(FILES);
    if files.exists() {
        return Ok(());
    }
    setup::debian_tools()?;
    let _step = Step::begin(format!("Fetching Debian's Linux for {} (about 90 MB, once)", arch.debian()));
    let apt = Apt::prepare(&folder.join("apt"), arch)?;
    apt.run("apt-get", &["update"])?;
    let mut kernels = Vec::new();
    for kernel in Kernel::ALL {
        let name = kernel.package(arch);
        kernels.push((apt.current(&name)?, name));
    }
    let packages: Vec<&str> = kernels.iter().map(|(package, _)| package.as_str()).collect();
    apt.run("apt-get", &[&["download"], packages.as_slice(), USER_PACKAGES].concat())?;
    let unpacked = folder.join("unpacking");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).context("cannot remove an unfinished download")?;
    }
    workspace::make(&unpacked)?;
    apt.unpack(&kernels, &unpacked)?;
    // Only a complete set gets the name that later runs look for.
    fs::rename(&unpacked, &files).context("cannot rename the folder of the unpacked packages")
}

/// An apt whose state lies in a folder of ours.
struct Apt {
    folder: PathBuf,
    arch: Arch,
}

impl Apt {
    fn prepare(folder: &Path, arch: Arch) -> Result<Self> {
        for part in ["state/lists/partial", "cache/archives/partial", "packages"] {
            workspace::make(&folder.join(part))?;
        }
        workspace::write(&folder.join("status"), b"")?;
        let source = format!("deb [signed-by={}] {MIRROR}\n", setup::DEBIAN_KEYRING);
        workspace::write(&folder.join("sources.list"), source.as_bytes())?;
        Ok(Self { folder: folder.to_path_buf(), arch })
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(program);
        let name = self.arch.debian();
        for option in
            [&format!("APT::Architecture={name}"), &format!("APT::Architectures={name}"), "Acquire::Languages=none"]
        {
            command.args(["-o", option]);
        }
        for (option, place) in [
            ("Dir::State", "state"),
            ("Dir::State::status", "status"),
            ("Dir::Cache", "cache"),
            ("Dir::Etc::SourceList", "sources.list"),
            ("Dir::Etc::SourceParts", "none"),
        ] {
            let mut value = OsString::from(format!("{option}="));
            value.push(self.folder.join(place));
            command.arg("-o").arg(value);
        }
        // The folder may be closed to apt's own user.
        command.args(["-o", "APT::Sandbox::User=root"]);
        command.args(arguments).current_dir(self.folder.join("packages"));
        let finished = process::checked(&mut command, process::LONG).context(
            "Debian's packages cannot be fetched; is deb.debian.org reachable? Configurations without Linux do not \
             need it",
        )?;
        Ok(finished.out)
    }

    /// The name of the current kernel's package, on which `package` depends.
    fn current(&self, package: &str) -> Result<String> {
        let shown = self.run("apt-cache", &["show", package])?;
        dependency(&shown).with_context(|| format!("{package} names no kernel"))
    }

    /// Unpacks everything; kernels are pairs of a package and the name that its kernel gets.
    fn unpack(&self, kernels: &[(String, String)], into: &Path) -> Result<()> {
        for package in USER_PACKAGES {
            let file = self.package(package)?;
            process::checked(Command::new("dpkg-deb").arg("-x").arg(file).arg(into), process::LONG)?;
        }
        for (package, name) in kernels {
            unpack_boot(&self.package(package)?, into)?;
            let image = find(&into.join("boot"), "vmlinuz-").context("the kernel's package holds no kernel")?;
            fs::rename(image, into.join(name)).context("cannot move the kernel")?;
        }
        Ok(())
    }

    fn package(&self, name: &str) -> Result<PathBuf> {
        find(&self.folder.join("packages"), &format!("{name}_"))
            .with_context(|| format!("apt did not download the package {name}"))
    }
}

/// Unpacks the kernel alone: its modules are many and nobody loads them.
fn unpack_boot(package: &Path, into: &Path) -> Result<()> {
    let mut unpacker = Command::new("dpkg-deb").arg("--fsys-tarfile").arg(package).stdout(Stdio::piped()).spawn()?;
    let archive = unpacker.stdout.take().context("dpkg-deb has no output")?;
    let mut tar = Command::new("tar");
    tar.arg("-x").arg("-C").arg(into).args(["--wildcards", "./boot/vmlinuz-*"]).stdin(Stdio::from(archive));
    let status = tar.status().context("cannot start `tar`")?;
    if !unpacker.wait()?.success() || !status.success() {
        bail!("the package {} cannot be unpacked", workspace::shown(package));
    }
    Ok(())
}

/// The first file of a folder, in alphabetical order from the end, whose name begins so.
fn find(folder: &Path, prefix: &str) -> Option<PathBuf> {
    let names = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    names.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))).max()
}

/// The first package that a record of `apt-cache show` depends on.
fn dependency(record: &str) -> Option<String> {
    let depends = record.lines().find_map(|line| line.strip_prefix("Depends: "))?;
    depends.split([' ', ',']).next().map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::dependency;

    #[test]
    fn the_kernel_is_the_first_dependency() {
        let record = "Package: linux-image-arm64\nDepends: linux-image-6.1.0-50-arm64 (= 6.1.176-1)\nSize: 1\n";
        assert_eq!(dependency(record).as_deref(), Some("linux-image-6.1.0-50-arm64"));
        assert_eq!(dependency("Package: x\n"), None);
    }
}

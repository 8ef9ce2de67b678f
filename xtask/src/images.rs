//! What image references in a `system.toml` mean, apart from paths of files:
//! `guests/NAME` is a guest of this repository, `debian:linux`, `debian:cloud` and `linux/initramfs`
//! are [`linux`]'s.

use crate::arch::Arch;
use crate::build;
use crate::linux::{self, Kernel};
use crate::workspace;
use anyhow::{Result, bail};
use config::Images;
use std::path::PathBuf;

const GUEST: &str = "guests/";

/// The references that are known, whether or not their images are there yet.
pub(crate) fn names() -> Result<Vec<String>> {
    let guests = build::guest_names()?.into_iter().map(|name| format!("{GUEST}{name}"));
    let kernels = Kernel::ALL.into_iter().map(Kernel::reference);
    Ok(guests.chain(kernels.chain([linux::INITRAMFS]).map(str::to_string)).collect())
}

/// Reads images; Linux is fetched when it is asked for.
pub(crate) struct Provider {
    arch: Arch,
    names: Vec<String>,
    guests: PathBuf,
}

impl Provider {
    /// With the guests' ELF files in this folder.
    pub(crate) fn new(arch: Arch, guests: PathBuf) -> Result<Self> {
        Ok(Self { arch, names: names()?, guests })
    }

    fn open(&self, name: &str) -> Result<Vec<u8>> {
        if let Some(kernel) = Kernel::ALL.into_iter().find(|kernel| kernel.reference() == name) {
            return linux::kernel(kernel, self.arch);
        }
        match name {
            linux::INITRAMFS => linux::initramfs(self.arch),
            _ => match name.strip_prefix(GUEST) {
                Some(guest) => workspace::read(&self.guests.join(guest)),
                None => bail!("there is no image `{name}`; there are {}", self.names.join(", ")),
            },
        }
    }
}

impl Images for Provider {
    fn arch(&self) -> config::Arch {
        self.arch.of_images()
    }

    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn read(&mut self, reference: &str) -> Result<Vec<u8>, String> {
        self.open(reference).map_err(|error| format!("{error:#}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guest_of_the_repository_has_a_reference() {
        let names = names().expect("the guests can be listed");
        for name in ["guests/hello", "guests/periodic", "debian:linux"] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }

    #[test]
    fn an_unknown_reference_is_answered_with_the_list() {
        let provider = Provider::new(Arch::Aarch64, PathBuf::new()).expect("the guests can be listed");
        let error = provider.open("guest/hello").expect_err("a typing error").to_string();
        assert!(error.contains("guests/hello"), "{error}");
    }
}

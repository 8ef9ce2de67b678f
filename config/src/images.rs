//! Guest images: where their bytes come from, what kinds there are, and where they go in memory.

mod acpi;
mod elf;
mod linux;
mod pc;
mod place;
mod store;
mod text;
mod tree;

use std::string::String;
use std::vec::Vec;

pub(crate) use place::place;
pub(crate) use store::Store;
pub(crate) use text::ImageText;

/// An architecture, as far as images differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Arch {
    /// 64-bit Arm.
    #[default]
    Aarch64,
    /// 64-bit PCs.
    X86_64,
}

impl Arch {
    /// Where no partition's memory may lie.
    pub(crate) const fn devices(self) -> core::ops::Range<u64> {
        match self {
            Self::Aarch64 => abi::layout::DEVICES,
            Self::X86_64 => abi::layout::pc::DEVICES,
        }
    }
}

/// The caller's images: guests that it builds, kernels that it fetches.
pub trait Images {
    /// The architecture of the machine that boots them.
    fn arch(&self) -> Arch {
        Arch::Aarch64
    }

    /// The references that it knows: `guests/hello`, `debian:linux`.
    fn names(&self) -> Vec<String>;

    /// The bytes of one of them, as a file of its kind (ELF, Linux Image, raw, initramfs).
    ///
    /// # Errors
    /// Why there are none, as a sentence with its remedy.
    fn read(&mut self, reference: &str) -> Result<Vec<u8>, String>;
}

/// No images but files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Files;

impl Images for Files {
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn read(&mut self, reference: &str) -> Result<Vec<u8>, String> {
        Err(std::format!("`{reference}` is not known here"))
    }
}

/// Why an image cannot be had or does not fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Misfit {
    pub(crate) sentence: String,
    pub(crate) remedy: String,
    /// True if the size of the memory has to do with it.
    pub(crate) room: bool,
}

impl Misfit {
    fn new(sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), remedy: remedy.into(), room: false }
    }

    /// It does not fit in the memory.
    fn room(sentence: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { room: true, ..Self::new(sentence, remedy) }
    }
}

/// A partition's memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Memory {
    pub(crate) base: u64,
    pub(crate) size: u64,
}

impl Memory {
    pub(crate) const fn end(&self) -> u64 {
        self.base.saturating_add(self.size)
    }

    /// True if the `length` bytes at `address` lie inside.
    fn holds(&self, address: u64, length: u64) -> bool {
        address >= self.base && address.checked_add(length).is_some_and(|end| end <= self.end())
    }
}

/// What a device tree, or a PC's tables, say about the machine beside its memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine<'a> {
    pub(crate) arch: Arch,
    pub(crate) memory: Memory,
    pub(crate) vcpus: usize,
    pub(crate) cmdline: &'a str,
    /// What the seed of the guest's random numbers is derived from: its name.
    pub(crate) seed: &'a str,
}

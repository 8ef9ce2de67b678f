//! The architectures that the hypervisor is built for, and what each needs on the host.

use clap::ValueEnum;

/// An architecture.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, ValueEnum)]
pub(crate) enum Arch {
    /// 64-bit Arm.
    #[value(name = "aarch64")]
    Aarch64,
    /// 64-bit PCs.
    #[value(name = "x86_64")]
    X86_64,
}

impl Arch {
    /// As it is written on the command line and in names of folders.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Aarch64 => "aarch64",
            Self::X86_64 => "x86_64",
        }
    }

    /// The compiler's target for the hypervisor and its small guests.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Aarch64 => "aarch64-unknown-none-softfloat",
            Self::X86_64 => "x86_64-unknown-none",
        }
    }

    /// The emulator.
    pub(crate) fn emulator(self) -> &'static str {
        match self {
            Self::Aarch64 => "qemu-system-aarch64",
            Self::X86_64 => "qemu-system-x86_64",
        }
    }

    /// The emulator's package.
    pub(crate) fn emulator_package(self) -> &'static str {
        match self {
            Self::Aarch64 => "qemu-system-arm",
            Self::X86_64 => "qemu-system-x86",
        }
    }

    /// As images are told apart by it.
    pub(crate) fn of_images(self) -> config::Arch {
        match self {
            Self::Aarch64 => config::Arch::Aarch64,
            Self::X86_64 => config::Arch::X86_64,
        }
    }

    /// Debian's name for it.
    pub(crate) fn debian(self) -> &'static str {
        match self {
            Self::Aarch64 => "arm64",
            Self::X86_64 => "amd64",
        }
    }

    /// The variable that tells cargo the target's linker.
    pub(crate) fn linker_variable(self) -> String {
        format!("CARGO_TARGET_{}_LINKER", self.target().to_uppercase().replace('-', "_"))
    }

    /// Whether the boot loader takes the ELF file as it is, and no flat image.
    pub(crate) fn boots_elf(self) -> bool {
        self == Self::X86_64
    }
}

//! The emulator's command line.
//!
//! Deterministic runs count instructions (`-icount`) and take no input: the same files give the same run
//! to the byte. Semihosting stays off: it would let a guest reach the host's files.

use crate::arch::Arch;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the machine's serial line goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Serial {
    /// Into a file.
    File(PathBuf),
    /// To the terminal, input included, with a copy in a file.
    Terminal(PathBuf),
    /// To standard output, as one types it by hand.
    Plain,
}

/// What a machine boots from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// The emulator is the boot loader.
    Files {
        /// The hypervisor.
        image: PathBuf,
        /// The bundle, if one is given.
        bundle: Option<PathBuf>,
        /// The boot parameters.
        boot: String,
    },
    /// The machine's firmware starts the boot loader of a disc.
    Disc {
        /// The disc.
        disc: PathBuf,
        /// The firmware, if it is not the emulator's usual one.
        firmware: Option<PathBuf>,
    },
}

/// An emulated machine and what it boots.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// The kind of machine.
    pub(crate) arch: Arch,
    /// What it boots from.
    pub(crate) source: Source,
    /// The number of pCPUs.
    pub(crate) cpus: u32,
    /// Memory in bytes.
    pub(crate) memory: u64,
    /// The file that becomes the memory, for reading the trace afterwards.
    pub(crate) memory_file: Option<PathBuf>,
    /// The serial line.
    pub(crate) serial: Serial,
    /// Whether virtual time is instructions (deterministic) and not the host's clock.
    pub(crate) counted: bool,
    /// Code whose execution is logged on standard output, if it is.
    pub(crate) log: Option<Vec<Range<u64>>>,
}

impl Machine {
    /// The command that starts it.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(self.arch.emulator());
        command.args(self.arguments());
        command
    }

    /// Its arguments, for people and for [`Machine::command`].
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut option = |name: &str, value: String| words.extend([format!("-{name}"), value]);
        let backend = if self.memory_file.is_some() { ",memory-backend=ram" } else { "" };
        let (machine, cpu) = match self.arch {
            Arch::Aarch64 => ("virt,virtualization=on,gic-version=3,dtb-randomness=off", "cortex-a72"),
            Arch::X86_64 => ("q35", "qemu64,+svm,+npt,+vgif"),
        };
        option("machine", format!("{machine}{backend}"));
        option("cpu", cpu.into());
        option("smp", self.cpus.to_string());
        option("m", format!("{}M", self.memory >> 20));
        if let Some(file) = &self.memory_file {
            let size = self.memory >> 20;
            option("object", format!("memory-backend-file,id=ram,size={size}M,mem-path={},share=on", escaped(file)));
        }
        if self.counted {
            option("icount", "shift=0,sleep=off".into());
        }
        if let Some(code) = &self.log {
            // Blocks as they are executed, the instructions of each, and why a guest was left.
            option("d", "exec,nochain,in_asm,int".into());
            let ranges = code.iter().map(|code| format!("{:#x}..{:#x}", code.start, code.end.saturating_sub(1)));
            option("dfilter", ranges.collect::<Vec<_>>().join(","));
            option("D", "/dev/stdout".into());
        }
        option("rtc", "base=2000-01-01,clock=vm".into());
        option("seed", "1".into());
        self.source.arguments(&mut option);
        option("display", "none".into());
        option("monitor", "none".into());
        self.serial.arguments(&mut words);
        words.extend(["-nodefaults".into(), "-no-reboot".into()]);
        words
    }
}

impl Source {
    fn arguments(&self, option: &mut impl FnMut(&str, String)) {
        match self {
            Self::Files { image, bundle, boot } => {
                option("kernel", image.display().to_string());
                if let Some(bundle) = bundle {
                    option("initrd", bundle.display().to_string());
                }
                if !boot.is_empty() {
                    option("append", boot.clone());
                }
            }
            Self::Disc { disc, firmware } => {
                if let Some(firmware) = firmware {
                    option("bios", firmware.display().to_string());
                }
                option("cdrom", disc.display().to_string());
            }
        }
    }
}

impl Serial {
    fn arguments(&self, words: &mut Vec<String>) {
        let (device, serial) = match self {
            Self::File(file) => (format!("file,id=console,path={}", escaped(file)), "chardev:console"),
            Self::Terminal(file) => {
                let copy = escaped(file);
                (format!("stdio,id=console,mux=on,signal=off,logfile={copy}"), "chardev:console")
            }
            Self::Plain => (String::new(), "stdio"),
        };
        if !device.is_empty() {
            words.extend(["-chardev".into(), device]);
        }
        words.extend(["-serial".into(), serial.into()]);
    }
}

/// A path inside an option: the emulator wants commas doubled.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        Machine {
            arch: Arch::Aarch64,
            source: Source::Files {
                image: "majorframe.img".into(),
                bundle: Some("demo.bundle".into()),
                boot: "sched=rtds stop=2s".into(),
            },
            cpus: 1,
            memory: 2 << 30,
            memory_file: None,
            serial: Serial::Plain,
            counted: true,
            log: None,
        }
    }

    #[test]
    fn a_deterministic_run_counts_instructions_and_takes_no_input() {
        let mut machine = machine();
        machine.serial = Serial::File("a,b.log".into());
        let line = machine.arguments().join(" ");
        assert!(line.contains("-icount shift=0,sleep=off") && line.contains("path=a,,b.log"), "{line}");
        assert!(!line.contains("stdio") && !line.contains("semihosting"), "{line}");
    }

    #[test]
    fn a_log_is_of_the_given_code_alone() {
        let mut machine = machine();
        assert!(!machine.arguments().contains(&"-d".into()));
        machine.log = Some(vec![0x20_0000..0x20_1000, 0x20_2000..0x20_3000]);
        assert!(
            machine
                .arguments()
                .join(" ")
                .contains("-d exec,nochain,in_asm,int -dfilter 0x200000..0x200fff,0x202000..0x202fff -D /dev/stdout")
        );
    }

    #[test]
    fn the_memory_file_has_the_size_of_the_memory() {
        let mut machine = machine();
        machine.memory_file = Some("ram".into());
        let line = machine.arguments().join(" ");
        assert!(line.contains("-m 2048M") && line.contains("size=2048M,mem-path=ram,share=on"), "{line}");
    }
}

//! Why the system does not start, as one sentence each.

use super::line::Mistake;
use crate::arch;
use config::bundle::BadBundle;
use core::fmt;
use policies::{BuildError, REGISTRY};
use sched::Refused;

/// Why the system does not start.
#[derive(Debug)]
pub enum Refusal<'a> {
    /// The boot line is wrong.
    Line(Mistake<'a>),
    /// There is no bundle.
    NoBundle,
    /// The bundle is damaged, or not one.
    Bundle(BadBundle),
    /// An image in the bundle is damaged.
    Image(&'a str),
    /// No scheduler has this name.
    Scheduler(&'a str),
    /// The plan has no parameters for this scheduler in this pool.
    NoParameters(&'a str, &'a str),
    /// The scheduler refuses the parameters of this pool.
    Parameters(&'a str, Refused),
    /// The scheduler refuses a vCPU of this partition.
    Admission(&'a str, Refused),
    /// The plan needs a pCPU that the machine does not have.
    NoCpu(u8),
    /// The plan needs a pCPU beyond those that this image can use at all.
    CpuLimit(u8, usize),
    /// A pCPU did not start; the second number is PSCI's answer.
    CpuFailed(u8, i32),
    /// Memory for this purpose does not suffice: needed and left, bytes.
    Memory(&'a str, u64, u64),
    /// The memory of this partition lies where the machine's devices are.
    Devices(&'a str),
    /// The machine's description lacks something.
    Machine(&'static str),
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(mistake) => write!(f, "{mistake}"),
            Self::NoBundle => f.write_str(
                "there is no bundle; load one as initial ramdisk (QEMU: -initrd FILE, U-Boot: booti IMAGE BUNDLE:SIZE DTB, GRUB: module2 FILE)",
            ),
            Self::Bundle(bad) => write!(f, "the bundle is refused: {bad}"),
            Self::Image(name) => {
                write!(f, "the bundle is refused: an image of partition `{name}` does not match its checksum; load it again")
            }
            Self::Scheduler(name) => {
                write!(f, "no scheduler is named `{name}`; this image has")?;
                REGISTRY.iter().enumerate().try_for_each(|(at, policy)| {
                    write!(f, "{} {}", if at == 0 { "" } else { "," }, policy.name)
                })
            }
            Self::NoParameters(scheduler, pool) => write!(
                f,
                "pool `{pool}` cannot run under {scheduler}: the plan has no parameters for it; add `{scheduler} = {{ ... }}` to the pool",
            ),
            Self::Parameters(pool, refused) => write!(f, "pool `{pool}` is refused: {}", Because(refused)),
            Self::Admission(partition, refused) => write!(f, "partition `{partition}` is refused: {}", Because(refused)),
            Self::NoCpu(cpu) => {
                write!(f, "the plan uses pCPU {cpu}, which this machine does not have; start it with more (QEMU: -smp {})", cpu + 1)
            }
            Self::CpuLimit(cpu, limit) => {
                write!(f, "the plan uses pCPU {cpu}; this image can use {limit} pCPUs, numbered from 0")
            }
            Self::CpuFailed(cpu, answer) => write!(f, "pCPU {cpu} did not start: the firmware answered {answer}"),
            Self::Memory(purpose, needs, left) => write!(
                f,
                "memory does not suffice for {purpose}: it needs {} KiB and {} KiB are left; give the machine more or the plan less",
                needs / 1024,
                left / 1024
            ),
            Self::Devices(name) => {
                write!(f, "the memory of partition `{name}` lies where this architecture has devices; is the bundle for it?")
            }
            Self::Machine(what) => write!(f, "{} {what}", arch::MACHINE),
        }
    }
}

struct Because<'a>(&'a Refused);

impl fmt::Display for Because<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (needs {}, has {})", self.0.rule, self.0.needs, self.0.has)
    }
}

/// A policy that could not be built, in terms of the pool.
pub fn from_build<'a>(error: BuildError, name: &'a str, pool: &'a str) -> Refusal<'a> {
    match error {
        BuildError::Unknown => Refusal::Scheduler(name),
        BuildError::Memory => Refusal::Memory("the scheduler", 0, 0),
        BuildError::Refused(refused) => Refusal::Parameters(pool, refused),
    }
}

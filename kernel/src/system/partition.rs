//! A partition: its memory, its devices, its life.

use super::{Lock, LockGuard, PoolCell, VcpuCell, pool::Policy};
use crate::{arch, console::Output, memory::Range};
use config::plan::FaultAction;
use core::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use spin::once::Once;

/// Changes of scheduling parameters.
pub type Changes = heapless::Vec<sched::Change<Policy>, { abi::hypercall::CHANGES }>;

/// The life of a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Stage {
    /// Built, not yet started.
    Cold = 0,
    /// It runs.
    Normal = 1,
    /// It switched itself off.
    Stopped = 2,
    /// It was put to idle after a fault.
    Idle = 3,
    /// It is being loaded again.
    Reloading = 4,
}

/// A partition.
pub struct Partition {
    /// Its index in the plan.
    pub index: u16,
    /// Its index in its pool: the group that its vCPUs are for the scheduler.
    pub group: u16,
    /// Its name.
    pub name: &'static str,
    /// Its pool.
    pub pool: &'static PoolCell,
    /// Where its memory really lies.
    pub memory: Range,
    /// Where its info page really lies.
    pub info: Range,
    /// Where its memory begins for itself.
    pub base: u64,
    /// The first instruction and its argument.
    pub entry: (u64, u64),
    /// Its address space.
    pub space: arch::AddressSpace,
    /// Its interrupt controller; [`Partition::interrupts`] is the way to it.
    pub controller: Lock<arch::Controller>,
    /// A bit for each vCPU: clear while it is known that nothing is to be done for its interrupts.
    pub attention: AtomicU8,
    /// Its serial port.
    pub uart: Lock<arch::Serial>,
    /// What it wrote and nobody has seen yet.
    pub output: Output,
    /// What is loaded into its memory: offset from its beginning, and bytes of the bundle.
    pub loads: &'static [(u64, &'static [u8])],
    /// What happens when it faults.
    pub on_fault: FaultAction,
    /// Exits per second of each vCPU beyond which it counts as faulty; 0 = no limit.
    pub exit_limit: u32,
    /// Whether it may change the scheduling parameters of its pool.
    pub control: bool,
    /// The changes that it wants to make together.
    pub changes: Lock<Changes>,
    /// How often it was started.
    pub starts: AtomicU32,
    /// How far a reload has come, in bytes of its memory.
    pub reloaded: AtomicU64,
    /// Its vCPUs; filled once at boot.
    pub vcpus: Once<&'static [VcpuCell], arch::Relax>,
    stage: AtomicU8,
}

/// What a partition is made from.
pub struct Parts {
    /// See [`Partition::memory`].
    pub memory: Range,
    /// See [`Partition::info`].
    pub info: Range,
    /// See [`Partition::space`].
    pub space: arch::AddressSpace,
    /// See [`Partition::output`].
    pub output: Output,
    /// See [`Partition::loads`].
    pub loads: &'static [(u64, &'static [u8])],
    /// See [`Partition::pool`].
    pub pool: &'static PoolCell,
    /// See [`Partition::name`].
    pub name: &'static str,
}

impl Partition {
    /// A partition as the plan has it.
    pub fn new(index: u16, plan: &config::plan::Partition<'_>, parts: Parts) -> Self {
        Self {
            index,
            group: plan.group,
            name: parts.name,
            pool: parts.pool,
            memory: parts.memory,
            info: parts.info,
            base: plan.memory_base,
            entry: (plan.entry, plan.boot_arg),
            space: parts.space,
            controller: Lock::new(arch::Controller::new(plan.vcpus as usize)),
            attention: AtomicU8::new(u8::MAX),
            uart: Lock::new(arch::Serial::new()),
            output: parts.output,
            loads: parts.loads,
            on_fault: plan.on_fault,
            exit_limit: plan.exit_limit,
            control: plan.control,
            changes: Lock::new(Changes::new()),
            starts: AtomicU32::new(0),
            reloaded: AtomicU64::new(0),
            vcpus: Once::new(),
            stage: AtomicU8::new(Stage::Cold as u8),
        }
    }

    /// Its interrupt controller, for whoever may change something there: every vCPU has to look afterwards.
    #[inline(always)]
    pub fn interrupts(&self) -> LockGuard<'_, arch::Controller> {
        let controller = self.controller.lock();
        self.attention.store(u8::MAX, Ordering::Relaxed);
        controller
    }

    /// Its vCPUs.
    pub fn vcpus(&self) -> &'static [VcpuCell] {
        self.vcpus.get().copied().unwrap_or(&[])
    }

    /// The stage of its life.
    pub fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Acquire) {
            1 => Stage::Normal,
            2 => Stage::Stopped,
            3 => Stage::Idle,
            4 => Stage::Reloading,
            _ => Stage::Cold,
        }
    }

    /// Leaves the normal stage for another; false if somebody did that before.
    pub fn leave_normal(&self, stage: Stage) -> bool {
        let (from, to) = (Stage::Normal as u8, stage as u8);
        self.stage.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Enters a stage.
    pub fn set_stage(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Release);
    }
}

//! From the machine to the running system: reads the boot line and the bundle, carves everything that the
//! plan names, and lets the pCPUs go. After this nothing is allocated.

pub mod line;
mod partitions;
mod pools;
pub mod refusal;

use crate::{
    arch,
    console::{self, Voice},
    input::Input,
    loader, log,
    memory::{Carver, Directory, Ranges},
    say,
    system::{Partition, Pcpu, PoolCell, System},
};
use abi::Clock;
use config::bundle::Bundle;
use core::sync::atomic::{AtomicBool, AtomicU64};
use line::Line;
use refusal::Refusal;
use sched::{Cpu, CpuSet, Instant};
use trace::{area, event::Stat};

/// The epoch lies so far ahead of the end of the boot that every pCPU reaches its first decision in time.
const MARGIN_MICROSECONDS: u64 = 100;

/// What the architecture found out about the machine.
#[derive(Debug)]
pub struct Machine {
    /// All memory that is mapped and not yet used.
    pub free: Ranges,
    /// The bundle, if there is one.
    pub bundle: Option<&'static [u8]>,
    /// The boot line.
    pub line: &'static str,
    /// The pCPUs that exist.
    pub cpus: CpuSet,
    /// The counter at the first instruction.
    pub started: u64,
    /// The counter's frequency, Hz.
    pub frequency: u32,
    /// The length of the code, bytes.
    pub text_bytes: u64,
}

/// What the boot hands to the first dispatch.
#[derive(Clone, Copy)]
pub struct Ready {
    /// The pCPUs' own data, in the order of their numbers.
    pub cpus: &'static [Pcpu],
    /// Scrubbing and loading took so long, in ticks.
    pub scrub_ticks: u64,
}

/// Builds the system. On success the caller lets this pCPU dispatch; other pCPUs are running then.
pub fn build(mut machine: Machine) -> Result<Ready, Refusal<'static>> {
    let line = line::parse(machine.line).map_err(Refusal::Line)?;
    let bytes = machine.bundle.ok_or(Refusal::NoBundle)?;
    let bundle = Bundle::read(bytes).map_err(Refusal::Bundle)?;
    let plan = bundle.system();
    if let Some(absent) = plan.cpus.without(machine.cpus).first() {
        if absent.index() >= arch::CPUS_MAX {
            return Err(Refusal::CpuLimit(absent.0, arch::CPUS_MAX));
        }
        return Err(Refusal::NoCpu(absent.0));
    }
    let directory = trace_area(&mut machine, &plan, &line)?;
    let mut carver = Carver::new(machine.free);
    let before = carver.given();
    let pools = pools::build(&mut carver, &bundle, &line)?;
    let partitions = partitions::build(&mut carver, &bundle, pools, machine.frequency)?;
    partitions::build_vcpus(&mut carver, &bundle, pools, partitions)?;
    let partition_bytes = carver.given() - before;

    let loading = arch::ticks();
    partitions::check_images(&bundle)?;
    partitions.iter().for_each(loader::load_all);
    let scrub_ticks = arch::ticks() - loading;

    announce(Voice::new(line.frames), pools, partitions.len(), &plan, line.scheduler.is_some());
    let clock =
        Clock::new(arch::ticks() + machine.frequency as u64 * MARGIN_MICROSECONDS / 1_000_000, machine.frequency);
    let Some(mut place) = carver.slots::<System>(1) else {
        return Err(Refusal::Memory("the system", 0, carver.left()));
    };
    place.push(new_system(pools, partitions, clock, &line, &plan, directory));
    let Some(system) = place.finish().first() else { return Err(Refusal::Machine("does not fit the plan")) };
    if line.frames {
        log::start(clock);
        log_parts(system, carver.left());
    }
    partitions::write_info(system, &bundle);
    let cpus = pcpus(&mut carver, system)?;
    let Some(first) = cpus.first() else { return Err(Refusal::NoCpu(0)) };
    pools::admit(first, &bundle, system)?;
    for (what, value) in [
        (Stat::TextBytes, machine.text_bytes),
        (Stat::PartitionBytes, partition_bytes),
        (Stat::Partitions, partitions.len() as u64),
        (Stat::ScrubTime, clock.nanos(clock.epoch_ticks + scrub_ticks)),
    ] {
        crate::finish::stat(first, Instant::ZERO, what, value);
    }
    if line.input && !arch::listen(first.id) {
        return Err(Refusal::Machine("names no interrupt of its console; leave input=on away"));
    }
    start_others(cpus)?;
    Ok(Ready { cpus, scrub_ticks })
}

/// Refuses to start: says why, and ends the machine.
pub fn refuse(refusal: &Refusal<'_>) -> ! {
    say!("{refusal}");
    say!("the system does not start");
    arch::power_off()
}

#[inline(never)]
fn trace_area(
    machine: &mut Machine,
    plan: &config::plan::System<'_>,
    line: &Line<'_>,
) -> Result<Directory, Refusal<'static>> {
    let rings = plan.cpus.len() as u64;
    let bytes = line.trace.unwrap_or(plan.trace_bytes);
    let needs = bytes.saturating_add(area::DIRECTORY_BYTES as u64);
    let area = machine.free.take_last(needs).ok_or(Refusal::Memory("the trace", needs, machine.free.total()))?;
    Ok(Directory::carve(area, bytes, rings, plan.hash))
}

fn new_system(
    pools: &'static [PoolCell],
    partitions: &'static [Partition],
    clock: Clock,
    line: &Line<'_>,
    plan: &config::plan::System<'_>,
    directory: Directory,
) -> System {
    directory.set_clock(&clock);
    for (index, pool) in pools.iter().enumerate() {
        directory.set_scheduler(index, pool.scheduler);
    }
    System {
        pools,
        partitions,
        clock,
        stop_at: AtomicU64::new(line.stop.or(plan.stop.map(|stop| stop.nanos())).unwrap_or(u64::MAX)),
        console: console::Console::new(line.frames),
        input: Input::default(),
        dump: line.dump,
        stopping: AtomicBool::new(false),
        stopped: AtomicU64::new(0),
        directory,
        exits: AtomicU64::new(0),
    }
}

fn announce(voice: Voice, pools: &[PoolCell], partitions: usize, plan: &config::plan::System<'_>, chosen: bool) {
    voice.say(format_args!("{} on {} pCPU(s), {partitions} partition(s)", plan.name, plan.cpus.len()));
    for (index, pool) in pools.iter().enumerate() {
        let by = if chosen && index == 0 { " (boot line)" } else { "" };
        voice.say(format_args!("pool {index}: scheduler {}{by}", pool.scheduler));
    }
}

/// The first messages of the log; its clock has just been set.
fn log_parts(system: &System, left: u64) {
    for pool in system.pools {
        log!(info, "pool {=u8}: scheduler {=str}, {=usize} pCPU(s)", pool.index, pool.scheduler, pool.cpus.len());
    }
    for partition in system.partitions {
        let (memory, vcpus) = (partition.memory.size >> 10, partition.vcpus().len());
        log!(info, "partition {=str}: {=u64} KiB, {=usize} vCPU(s)", partition.name, memory, vcpus);
    }
    log!(info, "{=u64} KiB of memory are left", left >> 10);
}

#[inline(never)]
fn pcpus(carver: &mut Carver, system: &'static System) -> Result<&'static [Pcpu], Refusal<'static>> {
    let homes = || {
        (0..Cpu::LIMIT as u8)
            .filter_map(|id| system.pools.iter().find(|pool| pool.cpus.contains(Cpu(id))).map(|pool| (Cpu(id), pool)))
    };
    let Some((first, pool)) = homes().next() else { return Err(Refusal::NoCpu(0)) };
    // Two events for each vCPU and a few for the system.
    let vcpus: u64 = system.partitions.iter().map(|partition| partition.vcpus().len() as u64).sum();
    let reserve = 2 * vcpus + 16;
    let cpus = carver.slice_with(homes().count(), |index| {
        let (id, pool) = homes().nth(index).unwrap_or((first, pool));
        Pcpu::new(id, pool, system, system.directory.ring(index as u64, reserve))
    });
    cpus.map(|cpus| &*cpus).ok_or(Refusal::Memory("the pCPUs", 0, carver.left()))
}

fn start_others(cpus: &'static [Pcpu]) -> Result<(), Refusal<'static>> {
    for cpu in cpus.iter().filter(|cpu| cpu.id != arch::boot_cpu()) {
        arch::start_cpu(cpu).map_err(|answer| Refusal::CpuFailed(cpu.id.0, answer))?;
    }
    Ok(())
}

//! The end of the system: every pCPU stops, one of them writes the last words into the trace.

use crate::{
    arch, log,
    system::{Pcpu, System},
};
use core::sync::atomic::Ordering;
use sched::Instant;
use trace::{Event, event::Stat};

/// How often the last pCPU looks whether the others have stopped: each needs one interrupt's time.
const PATIENCE: u32 = 100_000_000;

/// Stops this pCPU. The first pCPU of the first pool ends the machine once all others have stopped.
#[cold]
#[inline(never)]
pub fn stop(cpu: &'static Pcpu) -> ! {
    let system = cpu.system;
    if !system.stopping.swap(true, Ordering::AcqRel) {
        system.stop();
    }
    if let Some(vcpu) = cpu.current.take() {
        arch::save(&vcpu.context);
    }
    cpu.ring.publish();
    if !is_last(cpu) {
        system.exits.fetch_add(cpu.exits.get(), Ordering::Relaxed);
    }
    system.stopped.fetch_add(1, Ordering::AcqRel);
    if !is_last(cpu) {
        arch::halt();
    }
    let all: u64 = system.pools.iter().map(|pool| pool.cpus.len() as u64).sum();
    for _ in 0..PATIENCE {
        if system.stopped.load(Ordering::Acquire) >= all {
            break;
        }
        <arch::Relax as spin::RelaxStrategy>::relax();
    }
    end(cpu, system)
}

/// Whether this pCPU is the one that ends the machine.
fn is_last(cpu: &Pcpu) -> bool {
    cpu.system.pools.first().and_then(|pool| pool.cpus.first()) == Some(cpu.id)
}

fn end(cpu: &'static Pcpu, system: &'static System) -> ! {
    let now = cpu.now();
    cpu.ring.open_reserve();
    system.console.flush(system);
    let mut drops = 0;
    for pool in system.pools {
        summarize_pool(cpu, pool, now);
    }
    for partition in system.partitions {
        drops += partition.output.drops();
    }
    stat(cpu, now, Stat::ConsoleDrops, drops);
    stat(cpu, now, Stat::Exits, system.exits().wrapping_add(cpu.exits.get()));
    cpu.ring.publish();
    system.directory.end(now);
    if system.dump {
        system.directory.dump();
    }
    let lost = log::drops();
    if lost > 0 {
        system.console.voice().say(format_args!("{lost} log messages were dropped"));
    }
    system.console.voice().say(format_args!("the system stopped at {} us", now.nanos() / 1000));
    arch::power_off()
}

fn summarize_pool(cpu: &Pcpu, pool: &crate::system::PoolCell, now: Instant) {
    let state = pool.state.lock();
    for vcpu in state.vcpus {
        crate::dispatch::life::count_exits(cpu, vcpu);
        let (v, pool) = (vcpu.id, pool.index);
        let service = state.pool.service(v, now);
        cpu.ring.push(Event::Service { pool, v, now, service }.encode(cpu.id.0));
        let times = state.pool.life(v).times(now);
        cpu.ring.push(Event::Times { pool, v, now, times }.encode(cpu.id.0));
    }
    stat(cpu, now, Stat::Violations, state.pool.violations().into());
}

/// Puts a measurement into the trace.
pub fn stat(cpu: &Pcpu, now: Instant, stat: Stat, value: u64) {
    cpu.ring.push(Event::Stat { now, stat: stat as u16, value }.encode(cpu.id.0));
}

//! Scheduling parameters that a partition changes while the system runs.
//!
//! Only a partition with `control` in the plan may, and only within its own pool. It collects changes and applies
//! them together: the policy takes all or none, and what it refuses it explains.

use crate::{
    arch,
    dispatch::Cause,
    system::{Partition, Pcpu, VcpuCell, pool::Policy},
};
use abi::hypercall::{self as call, change};
use sched::{Affinity, AnyRow, Change, CpuSet, Group, Refused, Vcpu, When};
use trace::Seam;

/// Carries out [`call::CHANGE`], [`call::APPLY`] and [`call::PARAMETERS`].
#[inline(never)]
pub fn carry_out(cpu: &'static Pcpu, vcpu: &'static VcpuCell, args: &mut [u64; 8]) -> Cause {
    let own = vcpu.partition;
    if !own.control {
        args[0] = call::DENIED;
        return Cause::Resume;
    }
    match args[0] {
        call::CHANGE => args[0] = collect(cpu, own, args),
        call::PARAMETERS => in_force(cpu, own, args),
        _ => return apply(cpu, own, args),
    }
    Cause::Resume
}

/// Puts one change on the caller's list.
fn collect(cpu: &'static Pcpu, own: &'static Partition, args: &[u64; 8]) -> u64 {
    let Some(change) = decode(cpu, own, args) else { return call::INVALID };
    match own.changes.lock().push(change) {
        Ok(()) => call::SUCCESS,
        Err(_) => call::FULL,
    }
}

fn decode(cpu: &'static Pcpu, own: &'static Partition, args: &[u64; 8]) -> Option<Change<Policy>> {
    let [_, what, row @ ..] = *args;
    let row = AnyRow(row);
    Some(match what & 0xffff {
        change::POOL if what >> 16 == 0 => Change::Pool(row),
        change::GROUP if what >> 32 == 0 => Change::Group(Group(partition(cpu, own, what)?.group), row),
        change::VCPU => Change::Vcpu(vcpu(cpu, own, what)?, row),
        change::AFFINITY => {
            let [hard, soft] = [row.0[0], row.0[1]].map(CpuSet::from_bits);
            Change::Affinity(vcpu(cpu, own, what)?, Affinity { hard, soft })
        }
        _ => return None,
    })
}

/// The partition of the caller's pool that `what` names.
fn partition(cpu: &'static Pcpu, own: &'static Partition, what: u64) -> Option<&'static Partition> {
    let first = own.index.checked_sub(own.group)?;
    let index = first.checked_add((what >> 16) as u16)?;
    cpu.system.partitions.get(usize::from(index)).filter(|other| core::ptr::eq(other.pool, own.pool))
}

/// The vCPU that `what` names.
fn vcpu(cpu: &'static Pcpu, own: &'static Partition, what: u64) -> Option<Vcpu> {
    let index = usize::try_from(what >> 32).ok()?;
    partition(cpu, own, what)?.vcpus().get(index).map(|vcpu| vcpu.id)
}

/// Applies the list. The caller goes through a dispatch, which looks at what the pool wants now.
fn apply(cpu: &'static Pcpu, own: &'static Partition, args: &mut [u64; 8]) -> Cause {
    let when = match args[1] {
        0 => When::Now,
        1 => When::Boundary,
        _ => {
            args[0] = call::INVALID;
            return Cause::Resume;
        }
    };
    let all = core::mem::take(&mut *own.changes.lock());
    let mut sink = &cpu.ring;
    let log = &mut Seam::new(cpu.id.0, own.pool.index, &mut sink);
    let answer = own.pool.state.lock().pool.change(&all, when, cpu.now(), log);
    answer.fresh.iter().for_each(arch::kick);
    args[0] = call::SUCCESS;
    if let Some(Refused { key, needs, has, .. }) = answer.refused {
        [args[0], args[1], args[2], args[3]] = [call::REFUSED, key.into(), needs, has];
    }
    Cause::Interrupt
}

/// What holds for a vCPU.
fn in_force(cpu: &'static Pcpu, own: &'static Partition, args: &mut [u64; 8]) {
    use sched::Scheduler;
    let found = vcpu(cpu, own, args[1] & !0xffff).and_then(|v| own.pool.state.lock().pool.policy().in_force(v));
    let Some((AnyRow(row), affinity)) = found else {
        args[0] = call::INVALID;
        return;
    };
    let [a, b, c, d, e, f] = row;
    *args = [call::SUCCESS, a, b, c, d, e, f, affinity.hard.bits()];
}

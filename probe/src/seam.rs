//! The seam: one symbol for each method, so that each can be inspected and counted alone.
//!
//! A body has nothing but the call. The policy is the one that the registry knows, built as the hypervisor
//! builds it, over memory that lives for ever.

use policies::{BuildError, Policy, Spec, Storage};
use sched::{Affinity, AnyRow, Change, Choice, Cpu, CpuSet, Group, Instant, Refused, Scheduler, Service, Vcpu};
use sched::{When, Why};

/// Memory that is handed out once and never taken back.
pub(crate) struct Arena {
    rest: &'static mut [u64],
}

impl Arena {
    pub(crate) fn new(memory: &'static mut [u64]) -> Self {
        Self { rest: memory }
    }
}

impl Storage for Arena {
    type Of<T: Copy + 'static> = &'static mut [T];

    fn take<T: Copy + 'static>(&mut self, count: usize, fill: T) -> Option<&'static mut [T]> {
        let words = size_of::<T>().checked_mul(count)?.div_ceil(size_of::<u64>());
        if align_of::<T>() > align_of::<u128>() {
            return None;
        }
        let skip = usize::from(!self.rest.as_ptr().addr().is_multiple_of(align_of::<u128>()));
        let (_, rest) = core::mem::take(&mut self.rest).split_at_mut_checked(skip)?;
        let (taken, rest) = rest.split_at_mut_checked(words)?;
        self.rest = rest;
        let start = taken.as_mut_ptr().cast::<T>();
        for index in 0..count {
            // SAFETY: the words were split off for this slice alone, suffice for it and are aligned.
            unsafe { start.add(index).write(fill) };
        }
        // SAFETY: as above, and all of it is written.
        Some(unsafe { core::slice::from_raw_parts_mut(start, count) })
    }
}

/// The policy under inspection.
pub(crate) type Subject = Policy<Arena>;

/// What a policy is built from.
pub(crate) struct Parts<'a> {
    pub(crate) row: AnyRow,
    pub(crate) table: &'a [AnyRow],
    pub(crate) cpus: CpuSet,
    pub(crate) vcpus: usize,
    pub(crate) groups: usize,
}

/// The name of the policy.
pub(crate) fn name() -> &'static str {
    policies::REGISTRY.first().map_or("", |policy| policy.name)
}

#[unsafe(no_mangle)]
#[inline(never)]
fn seam_new(arena: &mut Arena, parts: &Parts<'_>) -> Result<Subject, BuildError> {
    let spec = Spec {
        name: name(),
        row: parts.row,
        table: parts.table.iter().copied(),
        entries: parts.table.len(),
        cpus: parts.cpus,
        vcpus: parts.vcpus,
        groups: parts.groups,
        now: Instant::ZERO,
    };
    policies::build(arena, spec)
}

/// Defines the symbols; each is a call and nothing else.
macro_rules! seam {
    ($($symbol:ident => $method:ident($policy:ty $(, $argument:ident: $kind:ty)*) -> $answer:ty;)*) => {
        $(
            #[unsafe(no_mangle)]
            #[inline(never)]
            pub(crate) fn $symbol(policy: $policy $(, $argument: $kind)*) -> $answer {
                policy.$method($($argument),*)
            }

            // Some are trivial, and some the load never calls: without this they would not be linked.
            const _: () = {
                #[used]
                #[unsafe(link_section = ".seam")]
                static KEPT: fn($policy $(, $kind)*) -> $answer = $symbol;
            };
        )*
    };
}

seam! {
    seam_add => add(&mut Subject, v: Vcpu, g: Group, p: AnyRow, a: Affinity, now: Instant) -> Result<(), Refused>;
    seam_remove => remove(&mut Subject, v: Vcpu, now: Instant) -> Result<(), Refused>;
    seam_change => change(&mut Subject, all: &[Change<Subject>], when: When, now: Instant) -> Result<CpuSet, Refused>;
    seam_wake => wake(&mut Subject, v: Vcpu, now: Instant) -> CpuSet;
    seam_block => block(&mut Subject, v: Vcpu, why: Why, now: Instant) -> CpuSet;
    seam_yield_now => yield_now(&mut Subject, v: Vcpu, now: Instant) -> CpuSet;
    seam_pick => pick(&mut Subject, cpu: Cpu, now: Instant) -> Choice;
    seam_saved => saved(&mut Subject, v: Vcpu, cpu: Cpu, now: Instant) -> CpuSet;
    seam_alarm => alarm(&Subject) -> Option<Instant>;
    seam_expire => expire(&mut Subject, now: Instant) -> CpuSet;
    seam_in_force => in_force(&Subject, v: Vcpu) -> Option<(AnyRow, Affinity)>;
    seam_service => service(&Subject, v: Vcpu, now: Instant) -> Service;
    seam_heeds => heeds(&Subject, v: Vcpu, now: Instant) -> Instant;
}

/// Builds a policy.
pub(crate) fn build(arena: &mut Arena, parts: &Parts<'_>) -> Option<Subject> {
    seam_new(arena, parts).ok()
}

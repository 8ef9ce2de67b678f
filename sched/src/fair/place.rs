//! Where a vCPU that waits should run, and who has to make room for it.

use super::slot::NIL;
use super::{Core, Fair, Groups, Order, Slots, virtual_span};
use crate::{Cpu, CpuSet, Duration, Instant};

/// What it counts if a vCPU comes into its soft affinity, or displaces one that is outside its own: this much
/// credit.
const WISH: Duration = Duration::from_millis(10);

impl<O: Order, M: Slots, G: Groups> Fair<O, M, G> {
    /// Finds a pCPU inside `within` for `v`, which waits. Returns the pCPUs to kick.
    #[inline(never)]
    pub(super) fn place(&mut self, v: u16, fresh: bool, within: CpuSet, now: Instant) -> CpuSet {
        let core = &mut self.core;
        let mask = core.mask(v).and(within);
        if let Some(cpu) = free_pcpu::<O, M, G>(core, v, mask) {
            return core.promise(v, cpu);
        }
        let busy = mask.without(core.idle);
        core.settle_all(busy, now);
        let standing = O::standing(core, v, fresh, now);
        let (mut victim, mut soonest, mut most, mut alone) = (None, Instant::MAX, 0, CpuSet::EMPTY);
        for cpu in busy.iter() {
            if core.on(cpu).promise != NIL {
                continue;
            }
            core.calm_down(cpu, now);
            if core.on(cpu).is_lone() {
                alone = alone.or(CpuSet::only(cpu));
            }
            if let Some((at, gain)) = O::gain(core, v, standing, cpu, now) {
                let gain = core.weigh(v, cpu, gain);
                // The sooner, then the one that is beaten by more.
                if at < soonest || at == soonest && gain > most {
                    (victim, soonest, most) = (Some(cpu), at, gain);
                }
            }
        }
        match victim {
            Some(cpu) if soonest <= now => core.promise(v, cpu),
            Some(cpu) => alone.or(core.end_by(cpu, soonest, now)),
            None => alone,
        }
    }

    /// `v` is ready and has budget: it competes from now on, with a bounded claim on the past. `woken`: it comes of
    /// its own accord, rather than from want of budget.
    #[inline(never)]
    pub(super) fn enter(&mut self, v: u16, woken: bool, now: Instant) -> CpuSet {
        let core = &mut self.core;
        core.settle_all(core.allowed(v), now);
        core.adopt_weight(v);
        core.bound_lag(v, core.rules.sleeper);
        if woken {
            core.note_wake(v, now);
        }
        core.join(v);
        core.enqueue(v, core.mask(v));
        self.place(v, true, CpuSet::ALL, now)
    }
}

/// The free pCPU that suits `v` best: where it prefers to be, there where the order says.
fn free_pcpu<O: Order, M: Slots, G: Groups>(core: &Core<M, G>, v: u16, mask: CpuSet) -> Option<Cpu> {
    if mask.and(core.idle).is_empty() {
        return None;
    }
    let free = core.free(mask);
    let liked = free.and(core.preferred(v));
    O::seat(if liked.is_empty() { free } else { liked }, Cpu(core.slot(v).last))
}

impl<M: Slots, G: Groups> Core<M, G> {
    /// The gain of `v` on `cpu`, with what soft affinities add to it.
    fn weigh(&self, v: u16, cpu: Cpu, gain: u128) -> u128 {
        if self.wishes == 0 {
            return gain;
        }
        let wishes =
            u128::from(self.preferred(v).contains(cpu)) + u128::from(!self.preferred(self.on(cpu).run).contains(cpu));
        gain.saturating_add(virtual_span(WISH, self.slot(v).weight).saturating_mul(wishes))
    }

    /// Makes the slice on `cpu` end by `at`, but no sooner than a timer is worth setting.
    fn end_by(&mut self, cpu: Cpu, at: Instant, now: Instant) -> CpuSet {
        let at = at.max(now + self.rules.timer);
        let on = self.cpus.at_mut(cpu.index());
        on.end = on.end.min(at);
        if on.until <= at { CpuSet::EMPTY } else { CpuSet::only(cpu) }
    }

    /// True if `v`, which runs on `cpu` outside its soft affinity, could run inside.
    pub(super) fn would_rather_move(&self, v: u16, cpu: Cpu) -> bool {
        let liked = self.preferred(v);
        !liked.contains(cpu) && !self.free(liked).is_empty()
    }

    /// A pCPU whose vCPU would rather be on one that is free; asked whenever that may have become so.
    #[inline(always)]
    pub(super) fn invite(&self) -> CpuSet {
        if self.wishes == 0 { CpuSet::EMPTY } else { self.invite_one() }
    }

    #[inline(never)]
    fn invite_one(&self) -> CpuSet {
        let free = self.free(self.pool);
        let wants = |cpu: &Cpu| {
            let liked = self.preferred(self.on(*cpu).run);
            !liked.contains(*cpu) && !liked.and(free).is_empty()
        };
        self.pool.without(self.idle).iter().find(wants).map_or(CpuSet::EMPTY, CpuSet::only)
    }
}

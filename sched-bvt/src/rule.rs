//! The rule of BVT: effective virtual time, and when it makes a difference.
//!
//! Virtual time is execution in ns times `mcu_advance`, in 128 bits. It starts far above zero, so that no warp leads
//! below it.

use crate::params::MCU;
use crate::warp::Warp;
use crate::{PoolParams, VcpuParams};
use sched::global::virtual_time::{Lines, aged, reaches};
use sched::global::{self, Own, Span, Turn};
use sched::{CpuSet, Duration, Instant, Service, When};

/// Where virtual time starts.
const START: u128 = 1 << 96;
/// How many context-switch allowances, of its own time, a vCPU that holds a pCPU may stay behind the line.
const HOLDER: u64 = 10;

/// What concerns the whole pool.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rule {
    ctx_allow: Duration,
    lines: Lines,
}

/// The age of one vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Age {
    params: VcpuParams,
    /// The actual virtual time.
    actual: u128,
    /// By how much it counts as younger since it woke, until it is replaced.
    bonus: u128,
    /// By how much it counts as older after it offered its pCPU, until it runs again.
    delay: u128,
    pub(crate) warp: Warp,
    /// When it fell asleep.
    slept: Instant,
    /// It has run since it woke.
    ran: bool,
    /// It gave its pCPU away.
    over: bool,
}

impl Own for Age {
    const EMPTY: Self = Self {
        params: VcpuParams::DEFAULT,
        actual: START,
        bonus: 0,
        delay: 0,
        warp: Warp::Never,
        slept: Instant::ZERO,
        ran: false,
        over: false,
    };
}

impl Age {
    fn rate(&self) -> u64 {
        self.params.mcu_advance()
    }

    // [BVT-R-04]
    /// The effective virtual time.
    fn effective(&self) -> u128 {
        let warp = if self.warp.is_on() { aged(0, self.params.warp_value(), MCU) } else { 0 };
        self.actual.saturating_add(self.delay).saturating_sub(warp).saturating_sub(self.bonus)
    }
}

impl Rule {
    // [BVT-R-02]
    /// The context-switch allowance in the virtual time of `own`.
    fn allowance(&self, own: &Age) -> u128 {
        aged(0, self.ctx_allow, own.rate())
    }

    // [BVT-R-08]
    /// How far one that could run on `open` may stay behind: what it could not use is not saved up.
    fn floor(&self, own: &Age, open: CpuSet) -> u128 {
        self.lines.over(open).saturating_sub(aged(0, self.ctx_allow.times(HOLDER), own.rate()))
    }
}

impl global::Rule for Rule {
    type Pool = PoolParams;
    type Vcpu = VcpuParams;
    type Own = Age;

    fn new(params: PoolParams, _: CpuSet) -> Self {
        Self { ctx_allow: params.ctx_allow(), lines: Lines::new(START) }
    }

    // [BVT-R-09]
    fn set_pool(&mut self, params: PoolParams) {
        self.ctx_allow = params.ctx_allow();
    }

    fn set_cpus(&mut self, _: CpuSet) {}

    fn join(&mut self, params: VcpuParams) -> Age {
        Age { params, warp: Warp::new(&params), ..Age::EMPTY }
    }

    fn leave(&mut self, _: &Age) {}

    // [BVT-R-09]
    /// `Now` and `Boundary` are the same: nothing here has a boundary.
    fn set(&mut self, own: &mut Age, params: VcpuParams, _: When, _: Instant) {
        (own.params, own.warp) = (params, Warp::new(&params));
    }

    fn params(&self, own: &Age) -> VcpuParams {
        own.params
    }

    // [BVT-R-03] [BVT-R-17]
    fn wake(&mut self, own: &mut Age, open: CpuSet, now: Instant) {
        own.actual = own.actual.max(self.lines.over(open));
        own.warp = own.warp.slept(&own.params, own.slept, now);
        (own.bonus, own.ran) = (self.allowance(own), false);
    }

    fn block(&mut self, own: &mut Age, now: Instant) {
        (own.slept, own.delay, own.over) = (now, 0, false);
    }

    // [BVT-R-01] [BVT-R-07]
    fn charge(&mut self, own: &mut Age, span: Span) {
        own.warp = own.warp.ran(&own.params, span.from, span.to);
        // Alone it takes from nobody, so that costs it nothing.
        if span.contested {
            own.actual = aged(own.actual, span.length(), own.rate());
        }
    }

    // [BVT-R-03] [BVT-R-08]
    fn queue(&mut self, own: &mut Age, open: CpuSet, _: Instant) {
        own.actual = own.actual.max(self.floor(own, open));
        if own.ran {
            own.bonus = 0;
        }
    }

    // [BVT-R-02]
    fn key(&self, own: &Age) -> Option<u128> {
        Some(own.effective())
    }

    fn event(&self, own: &Age) -> Option<Instant> {
        if let Warp::Rests(end) = own.warp { Some(end) } else { None }
    }

    // [BVT-R-05]
    fn expire(&mut self, own: &mut Age, now: Instant) {
        own.warp = own.warp.slept(&own.params, now, now);
    }

    // [BVT-R-08] [BVT-R-03]
    fn run(&mut self, own: &mut Age, turn: Turn<'_, Age>) {
        (own.delay, own.over, own.ran) = (0, false, true);
        if !turn.fresh {
            // Never past the rival: what was decided stays.
            let floor = self.floor(own, turn.open);
            own.actual = own.actual.max(turn.rival.map_or(floor, |rival| floor.min(rival.effective())));
        }
        let served = turn.rival.map_or(own.actual, |rival| rival.actual.min(own.actual));
        self.lines.raise(turn.cpu, served);
    }

    // [BVT-R-02] [BVT-R-07] [BVT-R-05]
    /// When it is ahead of the rival by the allowance; a warp that ends before that is looked at.
    fn end(&self, own: &Age, rival: Option<&Age>, now: Instant) -> Option<Instant> {
        let rival = rival?;
        if own.over && rival.effective() <= own.effective() {
            return Some(now);
        }
        let target = rival.effective().saturating_add(self.allowance(own));
        let end = reaches(own.effective(), target, own.rate(), now);
        Some(own.warp.rest(&own.params).map_or(end, |left| end.min(now + left)))
    }

    // [BVT-R-06]
    /// It steps behind the rival until it runs again; that costs it nothing.
    fn offer(&mut self, own: &mut Age, rival: &Age, _: Instant) -> bool {
        own.over = true;
        own.bonus = 0;
        own.delay = rival.effective().saturating_sub(own.effective());
        true
    }

    // [BVT-R-11]
    fn service(&self, _: &Age) -> Service {
        Service::default()
    }
}

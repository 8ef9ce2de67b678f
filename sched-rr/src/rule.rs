//! The rule of round robin: the order of coming, and turns of one length.

use crate::PoolParams;
use sched::global::{self, Own, Span, Turn};
use sched::{CpuSet, Duration, Instant, NoRow, Service, When};

/// What concerns the whole pool.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rule {
    slice: Duration,
    /// The next place at the end of the line.
    ticket: u64,
}

/// The place of one vCPU in the line, and its turn.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Line {
    pub(crate) ticket: u64,
    /// When it went to the end of the line.
    pub(crate) queued: Instant,
    /// When it took the pCPU.
    pub(crate) started: Instant,
    /// It gave the rest of its turn away.
    pub(crate) over: bool,
}

impl Own for Line {
    const EMPTY: Self = Self { ticket: 0, queued: Instant::ZERO, started: Instant::ZERO, over: false };
}

impl global::Rule for Rule {
    type Pool = PoolParams;
    type Vcpu = NoRow;
    type Own = Line;

    fn new(params: PoolParams, _: CpuSet) -> Self {
        Self { slice: params.slice(), ticket: 0 }
    }

    // [RR-R-08]
    fn set_pool(&mut self, params: PoolParams) {
        self.slice = params.slice();
    }

    fn set_cpus(&mut self, _: CpuSet) {}

    fn join(&mut self, _: NoRow) -> Line {
        Line::EMPTY
    }

    fn leave(&mut self, _: &Line) {}

    fn set(&mut self, _: &mut Line, _: NoRow, _: When, _: Instant) {}

    fn params(&self, _: &Line) -> NoRow {
        NoRow
    }

    fn wake(&mut self, _: &mut Line, _: CpuSet, _: Instant) {}

    fn block(&mut self, _: &mut Line, _: Instant) {}

    fn charge(&mut self, _: &mut Line, _: Span) {}

    // [RR-R-01] [RR-R-03]
    fn queue(&mut self, own: &mut Line, _: CpuSet, now: Instant) {
        (own.ticket, own.queued) = (self.ticket, now);
        self.ticket = self.ticket.saturating_add(1);
    }

    fn key(&self, own: &Line) -> Option<u128> {
        Some(u128::from(own.ticket))
    }

    fn event(&self, _: &Line) -> Option<Instant> {
        None
    }

    fn expire(&mut self, _: &mut Line, _: Instant) {}

    // [RR-R-02]
    fn run(&mut self, own: &mut Line, turn: Turn<'_, Line>) {
        own.over = false;
        if turn.fresh {
            own.started = turn.now;
        }
    }

    // [RR-R-02] [RR-R-03] [RR-R-04]
    /// The end of the turn that was in progress when the rival came into the line. A rival that could not be seen at
    /// that end, because its context was still being saved, takes its place as soon as it can.
    fn end(&self, own: &Line, rival: Option<&Line>, now: Instant) -> Option<Instant> {
        let rival = rival?;
        if own.over {
            return Some(now);
        }
        let before = rival.queued.since(own.started).nanos();
        let turns = before.div_ceil(self.slice.nanos().max(1)).max(1);
        Some(own.started + self.slice.times(turns))
    }

    // [RR-R-05]
    fn offer(&mut self, own: &mut Line, _: &Line, _: Instant) -> bool {
        own.over = true;
        true
    }

    // [RR-R-13]
    fn service(&self, _: &Line) -> Service {
        Service::default()
    }
}

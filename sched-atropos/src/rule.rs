//! The rule of Atropos: slices by deadline, then slack for interrupted slices, then slack in turns.

use crate::{QUANTUM, VcpuParams};
use sched::global::server::Server;
use sched::global::{self, Own, Span, Turn};
use sched::{CpuSet, Duration, Instant, NoRow, Service, When};

/// The levels, in the order of running.
const SLICE: u8 = 0;
const UNBLOCKED: u8 = 1;
const XTRA: u8 = 2;

/// What concerns the whole pool.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rule {
    /// The next place at the end of the line for slack.
    ticket: u64,
}

/// The state of one vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Task {
    params: VcpuParams,
    /// Parameters that wait for the next period.
    next: Option<VcpuParams>,
    server: Server,
    /// It blocked within this period: what is left of the slice is for slack only.
    unblocked: bool,
    /// What is left of its turn in slack, and its place in that line.
    turn: Duration,
    ticket: u64,
    ready: bool,
    /// It offered its pCPU since the last pick.
    over: bool,
}

impl Own for Task {
    const EMPTY: Self = Self {
        params: VcpuParams::DEFAULT,
        next: None,
        server: Server::EMPTY,
        unblocked: false,
        turn: Duration::ZERO,
        ticket: 0,
        ready: false,
        over: false,
    };
}

impl Task {
    fn reserved(&self) -> bool {
        !self.params.slice().is_zero()
    }

    // [ATROPOS-R-03] [ATROPOS-R-04]
    /// The level at which it may run now.
    pub(crate) fn level(&self) -> Option<u8> {
        match self.server.left().is_zero() {
            false if self.unblocked => Some(UNBLOCKED),
            false => Some(SLICE),
            true if self.params.xtratime() => Some(XTRA),
            true => None,
        }
    }

    // [ATROPOS-R-08] [ATROPOS-R-03]
    /// True if time alone takes the pCPU away from it: it has no slack and its slice does not fill its periods.
    fn stops(&self, now: Instant) -> bool {
        let whole = self.params.slice() == self.params.period() && now + self.server.left() >= self.server.deadline();
        !self.params.xtratime() && !whole
    }

    // [ATROPOS-R-05]
    /// A period ends: parameters that waited for that take force.
    fn adopt(&mut self) {
        if let Some(next) = self.next.take() {
            self.params = next;
        }
    }
}

impl global::Rule for Rule {
    type Pool = NoRow;
    type Vcpu = VcpuParams;
    type Own = Task;

    fn new(_: NoRow, _: CpuSet) -> Self {
        Self { ticket: 0 }
    }

    fn set_pool(&mut self, _: NoRow) {}

    fn set_cpus(&mut self, _: CpuSet) {}

    fn join(&mut self, params: VcpuParams) -> Task {
        Task { params, ..Task::EMPTY }
    }

    fn leave(&mut self, _: &Task) {}

    // [ATROPOS-R-10]
    /// `Boundary` waits for the end of the period, if there is one to wait for.
    fn set(&mut self, own: &mut Task, params: VcpuParams, when: When, now: Instant) {
        if when == When::Boundary && own.ready && own.reserved() {
            own.next = Some(params);
            return;
        }
        (own.params, own.next, own.unblocked) = (params, None, false);
        if own.ready {
            own.server.begin(now, params.terms(params.period()));
        } else {
            own.server.end(now);
        }
    }

    fn params(&self, own: &Task) -> VcpuParams {
        own.params
    }

    // [ATROPOS-R-05] [ATROPOS-R-06] [ATROPOS-R-18]
    fn wake(&mut self, own: &mut Task, _: CpuSet, now: Instant) {
        (own.ready, own.turn) = (true, Duration::ZERO);
        own.unblocked = now < own.server.deadline();
        if !own.unblocked {
            own.adopt();
            own.server.begin(now, own.params.terms(own.params.latency()));
        }
    }

    fn block(&mut self, own: &mut Task, _: Instant) {
        (own.ready, own.over) = (false, false);
        own.server.interrupt(Duration::MAX);
    }

    // [ATROPOS-R-01] [ATROPOS-R-07]
    fn charge(&mut self, own: &mut Task, span: Span) {
        let had = !own.server.left().is_zero();
        // Slack is no debt, and nor is what it ran on because nobody wanted the pCPU.
        let hard = !own.params.xtratime() || (had && span.contested);
        let mut extra = span.length();
        if own.reserved() {
            if span.to >= own.server.deadline() {
                own.adopt();
                own.unblocked = false;
            }
            let (params, present) = (own.params, own.server.terms());
            extra = own.server.spend(span.from, span.to, hard, || params.after(present));
        }
        own.turn = own.turn.saturating_sub(extra);
    }

    // [ATROPOS-R-04]
    fn queue(&mut self, own: &mut Task, _: CpuSet, _: Instant) {
        // Whoever comes to the slack while it runs has no turn yet: it makes room for the first that waits for one.
        if own.turn.is_zero() && own.level() == Some(XTRA) {
            (own.turn, own.ticket) = (QUANTUM, self.ticket);
            self.ticket = self.ticket.saturating_add(1);
        }
    }

    // [ATROPOS-R-02] [ATROPOS-R-04]
    fn key(&self, own: &Task) -> Option<u128> {
        let level = own.level()?;
        let value = if level == XTRA { own.ticket } else { own.server.deadline().nanos() };
        Some(u128::from(level) << 64 | u128::from(value))
    }

    fn event(&self, own: &Task) -> Option<Instant> {
        if own.reserved() { Some(own.server.deadline()) } else { None }
    }

    // [ATROPOS-R-01]
    fn expire(&mut self, own: &mut Task, now: Instant) {
        own.adopt();
        own.unblocked = false;
        own.server.replenish(now, own.params.after(own.server.terms()));
    }

    // [ATROPOS-R-04]
    fn run(&mut self, own: &mut Task, turn: Turn<'_, Task>) {
        own.over = false;
        if turn.fresh && own.turn.is_zero() && own.level() == Some(XTRA) {
            own.turn = QUANTUM;
        }
    }

    // [ATROPOS-R-02] [ATROPOS-R-03] [ATROPOS-R-04] [ATROPOS-R-08]
    fn end(&self, own: &Task, rival: Option<&Task>, now: Instant) -> Option<Instant> {
        // Parameters that wait may make a difference.
        let pending = own.next.map_or(Instant::MAX, |_| own.server.deadline());
        let Some(rival) = rival else {
            let end = if own.stops(now) { own.server.slice_end(now) } else { pending };
            return (end != Instant::MAX).then_some(end);
        };
        let (mine, theirs) = (own.level(), rival.level());
        let (own_end, rival_end) = (own.server.deadline(), rival.server.deadline());
        match mine {
            _ if theirs < mine => Some(now),
            Some(XTRA) => Some(pending.min(now + own.turn)),
            _ if theirs == mine && (rival_end < own_end || (own.over && rival_end == own_end)) => Some(now),
            _ => Some(own.server.slice_end(now)),
        }
    }

    // [ATROPOS-R-09]
    /// Inside its slice it lets those with the same deadline go first, and loses nothing. In slack it gives its turn
    /// up.
    fn offer(&mut self, own: &mut Task, rival: &Task, _: Instant) -> bool {
        if own.level() == Some(XTRA) {
            own.turn = Duration::ZERO;
            return true;
        }
        own.over = own.level() == rival.level() && rival.server.deadline() == own.server.deadline();
        own.over
    }

    // [ATROPOS-R-12]
    fn service(&self, own: &Task) -> Service {
        own.server.service()
    }
}

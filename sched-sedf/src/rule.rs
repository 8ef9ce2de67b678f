//! The rule of SEDF: slices by deadline, then compensation, then extra time by age.

use crate::share::Shares;
use crate::{QUANTUM, VcpuParams};
use sched::global::server::Server;
use sched::global::virtual_time::{Lines, aged, reaches};
use sched::global::{self, Own, Span, Turn};
use sched::{CpuSet, Duration, Instant, NoRow, Service, When};

/// The levels, in the order of running.
const SLICE: u8 = 0;
const PENALTY: u8 = 1;
const EXTRA: u8 = 2;

/// How many quanta of its own time a vCPU that holds a pCPU in extra time may stay behind the line.
const HOLDER: u64 = 10;

/// What concerns the whole pool.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rule {
    shares: Shares,
    lines: Lines,
}

/// The state of one vCPU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Task {
    params: VcpuParams,
    /// Parameters that wait for the next period.
    next: Option<VcpuParams>,
    pub(crate) server: Server,
    /// What extra time it had, times its rate.
    age: u128,
    /// The compensation that is left for a slice lost by a short block.
    owed: Duration,
    /// The place among those who are owed: the smaller, the greater the loss.
    score: u64,
    ready: bool,
    /// It offered its pCPU since the last pick.
    over: bool,
}

impl Own for Task {
    const EMPTY: Self = Self {
        params: VcpuParams::BEST_EFFORT,
        next: None,
        server: Server::EMPTY,
        age: 0,
        owed: Duration::ZERO,
        score: 0,
        ready: false,
        over: false,
    };
}

impl Task {
    // [SEDF-R-03] [SEDF-R-05]
    /// The level at which it may run now.
    pub(crate) fn level(&self) -> Option<u8> {
        match self.params.extratime() {
            _ if self.params.served() && !self.server.left().is_zero() => Some(SLICE),
            true if !self.owed.is_zero() => Some(PENALTY),
            true => Some(EXTRA),
            false => None,
        }
    }

    // [SEDF-R-09] [SEDF-R-03]
    /// True if time alone takes the pCPU away from it: it has no extra time and its slice does not fill its periods.
    fn stops(&self, now: Instant) -> bool {
        let whole = self.params.slice() == self.params.period() && now + self.server.left() >= self.server.deadline();
        !self.params.extratime() && !whole
    }

    // [SEDF-R-07]
    /// Wakes within its period: what is left of the slice is lost.
    fn lose_slice(&mut self) {
        let lost = self.server.left();
        self.server.interrupt(Duration::ZERO);
        if !lost.is_zero() && self.params.extratime() {
            self.owed = QUANTUM;
            let period = self.params.period().nanos() << 10;
            self.score = period.checked_div(lost.nanos()).unwrap_or(u64::MAX);
        }
    }
}

impl Rule {
    // [SEDF-R-11]
    /// A period ends at `now` or before: parameters that waited for that take force.
    fn adopt(&mut self, own: &mut Task) {
        if let Some(next) = own.next.take() {
            self.replace(own, next);
        }
    }

    fn replace(&mut self, own: &mut Task, params: VcpuParams) {
        self.shares.take(&own.params);
        self.shares.add(&params);
        own.params = params;
    }

    // [SEDF-R-05]
    /// How far one that could run on `open` may stay behind the line.
    fn floor(&self, own: &Task, open: CpuSet) -> u128 {
        self.lines.over(open).saturating_sub(aged(0, QUANTUM.times(HOLDER), own.params.rate()))
    }

    // [SEDF-R-05] [SEDF-R-07] [SEDF-R-09]
    /// Execution beyond the slice: compensation first, then what ages.
    fn use_extra(own: &mut Task, ran: Duration, contested: bool) {
        let beyond = ran.saturating_sub(own.owed);
        own.owed = own.owed.saturating_sub(ran);
        // Alone it takes from nobody, so that costs it nothing.
        if contested {
            own.age = aged(own.age, beyond, own.params.rate());
        }
    }
}

impl global::Rule for Rule {
    type Pool = NoRow;
    type Vcpu = VcpuParams;
    type Own = Task;

    fn new(_: NoRow, cpus: CpuSet) -> Self {
        Self { shares: Shares::new(cpus), lines: Lines::new(0) }
    }

    fn set_pool(&mut self, _: NoRow) {}

    // [SEDF-R-11] [SEDF-R-04]
    fn set_cpus(&mut self, cpus: CpuSet) {
        self.shares.set_cpus(cpus);
    }

    fn join(&mut self, params: VcpuParams) -> Task {
        self.shares.add(&params);
        Task { params, ..Task::EMPTY }
    }

    fn leave(&mut self, own: &Task) {
        self.shares.take(&own.params);
    }

    // [SEDF-R-11]
    /// `Boundary` waits for the end of the period, if there is one to wait for.
    fn set(&mut self, own: &mut Task, params: VcpuParams, when: When, now: Instant) {
        if when == When::Boundary && own.ready && own.params.served() {
            own.next = Some(params);
            return;
        }
        own.next = None;
        self.replace(own, params);
        if own.ready {
            own.server.begin(now, self.shares.terms(&params));
        } else {
            own.server.end(now);
        }
    }

    fn params(&self, own: &Task) -> VcpuParams {
        own.params
    }

    // [SEDF-R-06] [SEDF-R-07] [SEDF-R-19]
    fn wake(&mut self, own: &mut Task, open: CpuSet, now: Instant) {
        own.ready = true;
        own.age = own.age.max(self.lines.over(open));
        if now < own.server.deadline() {
            own.lose_slice();
        } else if own.params.served() {
            self.adopt(own);
            own.server.begin(now, self.shares.terms(&own.params));
        }
    }

    fn block(&mut self, own: &mut Task, _: Instant) {
        (own.ready, own.over) = (false, false);
        own.server.interrupt(Duration::MAX);
    }

    // [SEDF-R-01] [SEDF-R-08]
    fn charge(&mut self, own: &mut Task, span: Span) {
        if !own.params.served() {
            return Self::use_extra(own, span.length(), span.contested);
        }
        let had = own.level() == Some(SLICE);
        // Extra time is no debt, and nor is what it ran on because nobody wanted the pCPU.
        let hard = !own.params.extratime() || (had && span.contested);
        if span.to >= own.server.deadline() {
            self.adopt(own);
        }
        let extra = own.server.spend(span.from, span.to, hard, || self.shares.terms(&own.params));
        Self::use_extra(own, extra, span.contested);
    }

    /// What it could not use is not saved up.
    fn queue(&mut self, own: &mut Task, open: CpuSet, _: Instant) {
        own.age = own.age.max(self.floor(own, open));
    }

    // [SEDF-R-02] [SEDF-R-05] [SEDF-R-07]
    fn key(&self, own: &Task) -> Option<u128> {
        let level = own.level()?;
        let value = match level {
            SLICE => u128::from(own.server.deadline().nanos()),
            PENALTY => u128::from(own.score),
            _ => own.age.min((1 << 120) - 1),
        };
        Some(u128::from(level) << 120 | value)
    }

    fn event(&self, own: &Task) -> Option<Instant> {
        if own.params.served() { Some(own.server.deadline()) } else { None }
    }

    // [SEDF-R-01] [SEDF-R-04]
    fn expire(&mut self, own: &mut Task, now: Instant) {
        self.adopt(own);
        own.server.replenish(now, self.shares.terms(&own.params));
    }

    // [SEDF-R-05]
    fn run(&mut self, own: &mut Task, turn: Turn<'_, Task>) {
        own.over = false;
        if own.level() == Some(EXTRA) {
            let served = turn.rival.filter(|rival| rival.level() == Some(EXTRA));
            // Never past the rival: what was decided stays.
            let floor = self.floor(own, turn.open);
            own.age = own.age.max(served.map_or(floor, |rival| floor.min(rival.age)));
            self.lines.raise(turn.cpu, served.map_or(own.age, |rival| rival.age.min(own.age)));
        }
    }

    // [SEDF-R-02] [SEDF-R-03] [SEDF-R-05] [SEDF-R-09]
    fn end(&self, own: &Task, rival: Option<&Task>, now: Instant) -> Option<Instant> {
        // Parameters that wait may make a difference.
        let pending = own.next.map_or(Instant::MAX, |_| own.server.deadline());
        let Some(rival) = rival else {
            let end = if own.stops(now) { own.server.slice_end(now) } else { pending };
            return (end != Instant::MAX).then_some(end);
        };
        let (mine, theirs) = (own.level(), rival.level());
        let earlier = rival.server.deadline() < own.server.deadline();
        match mine {
            _ if theirs < mine || (own.over && self.key(rival) <= self.key(own)) => Some(now),
            Some(SLICE) if theirs == mine && earlier => Some(now),
            Some(SLICE) => Some(own.server.slice_end(now)),
            Some(PENALTY) => Some(pending.min(now + own.owed)),
            _ => {
                let ahead = aged(rival.age, Duration::from_nanos(QUANTUM.nanos() / 2), own.params.rate());
                Some(pending.min(reaches(own.age, ahead, own.params.rate(), now)))
            }
        }
    }

    // [SEDF-R-10]
    /// Inside its slice it lets those with the same deadline go first, and loses nothing. In extra time it gives up
    /// its compensation and its lead.
    fn offer(&mut self, own: &mut Task, rival: &Task, _: Instant) -> bool {
        match (own.level(), rival.level()) {
            (Some(SLICE), Some(SLICE)) => own.over = rival.server.deadline() == own.server.deadline(),
            (Some(PENALTY | EXTRA), Some(EXTRA)) => {
                own.owed = Duration::ZERO;
                own.age = own.age.max(rival.age);
                own.over = true;
            }
            _ => {}
        }
        own.over
    }

    // [SEDF-R-13]
    fn service(&self, own: &Task) -> Service {
        own.server.service()
    }
}

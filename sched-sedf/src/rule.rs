//! The rule of SEDF: slices by deadline, then compensation, then extra time by age.

use crate::share::Shares;
use crate::task::{EXTRA, PENALTY, SLICE, Task};
use crate::{QUANTUM, VcpuParams};
use sched::global::virtual_time::{Lines, aged, reaches};
use sched::global::{self, Own as _, Span, Turn};
use sched::{CpuSet, Duration, Instant, NoRow, Service, When};

/// How many quanta of its own time a vCPU that holds a pCPU in extra time may stay behind the line.
const HOLDER: u64 = 10;

/// What concerns the whole pool.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rule {
    shares: Shares,
    lines: Lines,
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

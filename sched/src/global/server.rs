//! A server: a slice of execution in every period, for rules that make reservations.
//!
//! Everything is in closed form: whatever the distance to the last event, the cost is the same. What a vCPU runs over
//! its slice by a late timer is a debt that the next slice pays, up to one whole slice; so shares are exact in the long
//! run and a long stall of the machine is not paid for endlessly.

use crate::{Duration, Instant, Service};

/// What a server grants.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Terms {
    /// Execution in every period.
    pub slice: Duration,
    /// The length of a period; zero counts as 1 ns.
    pub period: Duration,
}

impl Terms {
    /// Nothing.
    pub const NONE: Self = Self { slice: Duration::ZERO, period: Duration::ZERO };

    fn period(&self) -> Duration {
        self.period.max(Duration::from_nanos(1))
    }
}

/// The state of a server.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Server {
    terms: Terms,
    /// What is left of the slice, ns; negative: a debt.
    left: i64,
    deadline: Instant,
    /// Its vCPU was ready from the start of the present period on.
    whole: bool,
    shortfalls: u64,
    overruns: u64,
    worst_lateness: Duration,
}

impl Server {
    /// A server whose first period has not begun: its deadline is the epoch.
    pub const EMPTY: Self = Self {
        terms: Terms::NONE,
        left: 0,
        deadline: Instant::ZERO,
        whole: false,
        shortfalls: 0,
        overruns: 0,
        worst_lateness: Duration::ZERO,
    };

    /// What is left of the slice; zero if it is used up.
    pub const fn left(&self) -> Duration {
        Duration::from_nanos(if self.left > 0 { self.left.unsigned_abs() } else { 0 })
    }

    /// When the slice or the period ends for a vCPU that runs from `now` on.
    pub fn slice_end(&self, now: Instant) -> Instant {
        (now + self.left()).min(self.deadline)
    }

    /// The end of the present period, when the slice is whole again.
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// What the present period grants.
    pub const fn terms(&self) -> Terms {
        self.terms
    }

    /// A period begins at `now`, because its vCPU wakes or its parameters changed. A debt stays.
    pub fn begin(&mut self, now: Instant, terms: Terms) {
        self.renew(now, terms);
        self.whole = true;
    }

    /// Ends the present period at `now`: the next one begins when its vCPU wakes. A debt stays.
    pub fn end(&mut self, now: Instant) {
        (self.left, self.deadline, self.whole) = (self.left.min(0), now, false);
    }

    /// Its vCPU is not ready throughout this period, which therefore can have no shortfall: it keeps at most `kept` of
    /// what is left of the slice.
    pub fn interrupt(&mut self, kept: Duration) {
        (self.left, self.whole) = (self.left.min(signed(kept)), false);
    }

    /// Its vCPU ran from `from` to `to`. `hard`: what exceeds the slice is a debt; if not, it is returned as extra
    /// time. `next` is what the periods grant that begin meanwhile, asked for only if one does.
    pub fn spend(&mut self, from: Instant, to: Instant, hard: bool, next: impl FnOnce() -> Terms) -> Duration {
        if to < self.deadline {
            return self.take(to.since(from), hard);
        }
        let mut extra = self.take(self.deadline.since(from), hard);
        self.count_shortfall();
        let next = next();
        // It ran throughout the periods that have passed entirely.
        let (start, passed) = self.present_period(to, next);
        let beyond = next.period().saturating_sub(next.slice).times(passed);
        if hard {
            self.left = self.left.min(0).saturating_sub(signed(beyond));
        } else {
            extra += beyond;
        }
        self.renew(start, next);
        self.whole = true;
        extra + self.take(to.since(start.max(from)), hard)
    }

    /// Time alone renews the slice of a vCPU that waits: its deadline is not later than `now`.
    pub fn replenish(&mut self, now: Instant, next: Terms) {
        self.worst_lateness = self.worst_lateness.max(now.since(self.deadline));
        self.count_shortfall();
        let (start, passed) = self.present_period(now, next);
        self.shortfalls = self.shortfalls.saturating_add(passed);
        self.renew(start, next);
        self.whole = true;
    }

    /// The counters of its promise.
    pub const fn service(&self) -> Service {
        Service {
            served: Duration::ZERO,
            shortfalls: self.shortfalls,
            overruns: self.overruns,
            worst_lateness: self.worst_lateness,
        }
    }

    /// Takes `ran` from the slice; returns what exceeds it if that is no debt.
    fn take(&mut self, ran: Duration, hard: bool) -> Duration {
        let before = self.left;
        let after = before.saturating_sub(signed(ran));
        if hard {
            self.left = after.max(-signed(self.terms.slice));
            self.overruns = self.overruns.saturating_add(u64::from(before > 0 && after < 0));
            return Duration::ZERO;
        }
        self.left = after.max(before.min(0));
        Duration::from_nanos(after.abs_diff(self.left))
    }

    fn count_shortfall(&mut self) {
        self.shortfalls = self.shortfalls.saturating_add(u64::from(self.whole && self.left > 0));
    }

    /// The start of the period in which `now` lies, if periods of `next` follow the deadline, and how many have
    /// passed entirely.
    fn present_period(&self, now: Instant, next: Terms) -> (Instant, u64) {
        let passed = now.since(self.deadline).nanos().checked_div(next.period().nanos()).unwrap_or(0);
        (self.deadline + next.period().times(passed), passed)
    }

    fn renew(&mut self, start: Instant, terms: Terms) {
        let slice = signed(terms.slice);
        self.left = slice.saturating_add(self.left.min(0).max(-slice));
        (self.terms, self.deadline) = (terms, start + terms.period());
    }
}

/// A length as a signed number of ns; lengths beyond 292 years pin to the end.
fn signed(length: Duration) -> i64 {
    i64::try_from(length.nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms { slice: Duration::from_nanos(4), period: Duration::from_nanos(10) };

    fn at(ns: u64) -> Instant {
        Instant::from_nanos(ns)
    }

    fn started() -> Server {
        let mut server = Server::EMPTY;
        server.begin(at(0), TERMS);
        server
    }

    #[test]
    fn running_over_is_a_debt_or_extra_time() {
        let mut hard = started();
        assert_eq!(hard.spend(at(0), at(5), true, || TERMS), Duration::ZERO);
        assert_eq!((hard.left().nanos(), hard.service().overruns), (0, 1));
        hard.replenish(at(10), TERMS);
        assert_eq!(hard.left().nanos(), 3);
        let mut soft = started();
        assert_eq!(soft.spend(at(0), at(7), false, || TERMS).nanos(), 3);
        soft.replenish(at(10), TERMS);
        assert_eq!(soft.left().nanos(), 4);
    }

    #[test]
    fn many_periods_cost_no_more_than_one_and_come_out_the_same() {
        for end in 1..200 {
            let (mut once, mut stepwise) = (started(), started());
            let at_once = once.spend(at(0), at(end), false, || TERMS).nanos();
            let steps: u64 = (0..end).map(|ns| stepwise.spend(at(ns), at(ns + 1), false, || TERMS).nanos()).sum();
            assert_eq!((at_once, once), (steps, stepwise), "until {end}");
        }
    }

    #[test]
    fn a_debt_is_never_more_than_one_slice() {
        let mut server = started();
        server.spend(at(0), at(1_000_003), true, || TERMS);
        server.replenish(at(1_000_010), TERMS);
        assert_eq!(server.left().nanos(), 1);
        server.replenish(at(1_000_020), TERMS);
        assert_eq!(server.left().nanos(), 4);
    }

    #[test]
    fn who_waits_through_a_period_has_a_shortfall_and_stays_on_the_grid() {
        let mut server = started();
        server.replenish(at(35), TERMS);
        assert_eq!((server.service().shortfalls, server.deadline()), (3, at(40)));
        assert_eq!(server.service().worst_lateness.nanos(), 25);
        server.interrupt(Duration::MAX);
        server.replenish(at(40), TERMS);
        assert_eq!((server.service().shortfalls, server.left().nanos()), (3, 4));
        server.interrupt(Duration::ZERO);
        assert_eq!(server.left(), Duration::ZERO);
    }
}

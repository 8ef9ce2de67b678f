//! The rules of one server: spending, replenishing, waking.
//!
//! Everything is in closed form: whatever the distance to the last event, the cost is the same.

use crate::{Server, Slot};
use sched::{Duration, Instant};

impl Slot {
    /// Charges execution up to `now`. `watched`: the pCPU was told to stop it at the end of its budget;
    /// if not, nobody wanted the pCPU, and going on beyond the budget was its right and no debt.
    // [RTDS-R-18]
    #[inline(always)]
    pub(crate) fn charge(&mut self, now: Instant, watched: bool) {
        let (began, ran) = (self.since, now.since(self.since));
        self.since = began.max(now);
        self.served += ran;
        if self.params.reserved() {
            self.charge_server(began, ran, now, watched);
        } else {
            self.slice = self.slice.saturating_sub(ran);
        }
    }

    #[inline(never)]
    fn charge_server(&mut self, began: Instant, ran: Duration, now: Instant, watched: bool) {
        if now < self.deadline {
            self.spend(ran, watched);
        } else {
            self.cross(self.deadline.since(began), now, watched);
        }
    }

    /// Spends `ran` of the budget, and of the turn at the best-effort level what exceeds it.
    // [RTDS-R-02] [RTDS-R-03]
    fn spend(&mut self, ran: Duration, watched: bool) {
        if self.left <= 0 {
            self.slice = self.slice.saturating_sub(ran);
            return;
        }
        let after = self.left.saturating_sub(signed(ran));
        if after > 0 {
            self.left = after;
            return;
        }
        self.joined = true;
        if watched {
            self.overruns = self.overruns.saturating_add(u64::from(after < 0));
            self.left = after.max(-signed(self.params.budget()));
        } else {
            self.left = 0;
            self.slice = self.slice.saturating_sub(Duration::from_nanos(after.unsigned_abs()));
        }
    }

    /// The deadline passed while it ran: `before` of the time was spent in the old period.
    // [RTDS-R-01] [RTDS-R-03]
    #[inline(never)]
    fn cross(&mut self, before: Duration, now: Instant, watched: bool) {
        self.spend(before, watched);
        if self.whole && self.left > 0 {
            self.shortfalls = self.shortfalls.saturating_add(1);
        }
        let passed = self.periods_passed(now);
        let start = self.deadline + self.params.period().times(passed.saturating_sub(1));
        // A server that should have been stopped ran through the periods in between.
        let excess = self.params.period().saturating_sub(self.params.budget()).times(passed.saturating_sub(1));
        if self.params.stops() {
            self.left = self.left.min(0).saturating_sub(signed(excess));
        }
        self.begin_period(start, passed == 1 || self.params.stops());
        self.renew_if_past(now);
        self.whole = true;
        self.spend(now.since(start), watched);
    }

    /// Time alone replenishes it: it is ready and does not run. Its deadline is not later than `now`.
    // [RTDS-R-01] [RTDS-R-18]
    #[inline(never)]
    pub(crate) fn replenish(&mut self, now: Instant) {
        self.worst_lateness = self.worst_lateness.max(now.since(self.deadline));
        let passed = self.periods_passed(now);
        let missed = passed.saturating_sub(1).saturating_add(u64::from(self.whole && self.left > 0));
        self.shortfalls = self.shortfalls.saturating_add(missed);
        let start = self.deadline + self.params.period().times(passed.saturating_sub(1));
        self.begin_period(start, passed == 1);
        self.renew_if_past(now);
        self.whole = true;
    }

    /// It becomes ready at `now`: brings the server up to date.
    // [RTDS-R-07] [RTDS-R-08]
    pub(crate) fn rouse(&mut self, now: Instant, server: Server) {
        self.since = now;
        self.slice = Duration::ZERO;
        if !self.params.reserved() {
            return;
        }
        match server {
            Server::ConstantBandwidth => {
                if now >= self.deadline || self.too_dense(now) {
                    self.begin_period(now, true);
                    self.whole = true;
                }
            }
            Server::Deferrable => {
                if now >= self.deadline {
                    let owes = self.periods_passed(now) == 1;
                    self.begin_period(now, owes);
                    self.deadline = self.grid_after(now);
                }
                self.whole = self.deadline - self.params.period() == now;
            }
        }
    }

    /// A fresh server at `now`, for new parameters; a debt stays.
    pub(crate) fn restart(&mut self, now: Instant, server: Server) {
        self.begin_period(now, true);
        if server == Server::Deferrable {
            self.deadline = self.grid_after(now);
        }
        self.whole = false;
    }

    /// A period starts at `start`, with the parameters that waited for it.
    // [RTDS-R-03] [RTDS-R-10]
    #[inline(always)]
    fn begin_period(&mut self, start: Instant, owes: bool) {
        if let Some(params) = self.next.take() {
            self.params = params;
        }
        let budget = signed(self.params.budget());
        let debt = if owes { self.left.min(0).max(-budget) } else { 0 };
        self.left = budget.saturating_add(debt);
        self.deadline = start + self.params.period();
        self.joined = false;
    }

    /// A new period that is shorter than the old one may be over already when it comes into force late.
    fn renew_if_past(&mut self, now: Instant) {
        if self.deadline <= now {
            self.deadline = now + self.params.period();
        }
    }

    /// Whether what is left, spent until the deadline, would exceed the reserved share of the time:
    /// left / (deadline − now) > budget / period.
    // [RTDS-R-07]
    fn too_dense(&self, now: Instant) -> bool {
        let Ok(left) = u64::try_from(self.left) else {
            return false;
        };
        let rest = u128::from(self.deadline.since(now).nanos());
        // Products of 64-bit factors: they fit.
        u128::from(left) * u128::from(self.params.period().nanos()) > rest * u128::from(self.params.budget().nanos())
    }

    /// How many deadlines have passed; at least 1 if `now` is not before the deadline.
    fn periods_passed(&self, now: Instant) -> u64 {
        let late = now.since(self.deadline).nanos();
        if late < self.params.period().nanos() {
            return 1;
        }
        late.checked_div(self.params.period().nanos()).unwrap_or(0).saturating_add(1)
    }

    // [RTDS-R-08]
    fn grid_after(&self, now: Instant) -> Instant {
        now.next_on_grid(Instant::ZERO + self.params.offset(), self.params.period())
    }
}

/// A length as a signed number of ns; lengths beyond 292 years pin to the end.
fn signed(length: Duration) -> i64 {
    i64::try_from(length.nanos()).unwrap_or(i64::MAX)
}

//! Virtual time: what fair shares count in.
//!
//! A vCPU ages by the time for which it runs times a rate, and the youngest runs first. Ages have 128 bits and never
//! wrap. Each pCPU keeps a *line*: how far it has served everybody who wants it. A vCPU that slept is at least as old
//! as the lines of the pCPUs it may use, so that nobody stores up a burst. There is a line for each pCPU and not one
//! for the pool, because where affinity splits a pool its parts age differently.

use crate::{Cpu, CpuSet, Duration, Instant, Table};

/// The lines of a pool.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Lines {
    ages: Table<u128, [u128; Cpu::LIMIT]>,
    /// One whose line is the furthest of all.
    furthest: Cpu,
}

impl Lines {
    /// All lines at `age`.
    pub fn new(age: u128) -> Self {
        Self { ages: Table::new([age; Cpu::LIMIT], age), furthest: Cpu(0) }
    }

    /// `cpu` has served everybody up to `age`.
    pub fn raise(&mut self, cpu: Cpu, age: u128) {
        if age > *self.ages.at(self.furthest.index()) {
            self.furthest = cpu;
        }
        let line = self.ages.at_mut(cpu.index());
        *line = (*line).max(age);
    }

    /// The furthest line of `cpus`: a newcomer belongs where the load is least, and there virtual time runs fastest.
    pub fn over(&self, cpus: CpuSet) -> u128 {
        let set = if cpus.contains(self.furthest) { CpuSet::only(self.furthest) } else { cpus };
        set.iter().fold(0, |line, cpu| line.max(*self.ages.at(cpu.index())))
    }
}

/// The age after running for `ran` at `rate`.
pub const fn aged(age: u128, ran: Duration, rate: u64) -> u128 {
    age.saturating_add(ran.nanos() as u128 * rate as u128)
}

/// When one of `age` that runs at `rate` from `now` on is as old as `target`; `now` if it is so already.
pub fn reaches(age: u128, target: u128, rate: u64, now: Instant) -> Instant {
    let rest = target.saturating_sub(age).div_ceil(u128::from(rate.max(1)));
    now + Duration::from_nanos(u64::try_from(rest).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_reached_when_that_time_was_spent_and_not_before() {
        for (age, target, rate) in [(0, 10, 3), (5, 5, 7), (9, 5, 7), (0, 1 << 90, 1 << 40)] {
            let now = Instant::from_nanos(100);
            let spent = reaches(age, target, rate, now).since(now);
            assert!(aged(age, spent, rate) >= target);
            let less = spent.saturating_sub(Duration::from_nanos(1));
            assert!(spent.is_zero() || aged(age, less, rate) < target);
        }
    }

    #[test]
    fn a_newcomer_stands_at_the_furthest_line_it_may_use() {
        let mut lines = Lines::new(10);
        lines.raise(Cpu(1), 30);
        lines.raise(Cpu(1), 20);
        assert_eq!(lines.over(CpuSet::only(Cpu(0))), 10);
        assert_eq!(lines.over(CpuSet::from_bits(3)), 30);
    }
}

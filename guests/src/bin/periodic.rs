//! A periodic task: released on an absolute grid, works, and marks what happened when.
//!
//! Arguments: `period=1ms work=100us` and, if wanted, `phase=0`, `deadline=` (the period), `task=0`,
//! `jobs=` (endless), `wait=call|timer` (call), `quiet`.
//!
//! The work is execution time: pre-emption makes the response longer, not the work shorter. A job that
//! completes after the next release is followed by the next job at once; none is left out.
#![cfg_attr(target_os = "none", no_std, no_main)]

use abi::Clock;
use abi::hypercall::mark;
use guests::args::Error;
use guests::grid::Grid;
use guests::stats::Summary;
use guests::work::Calibration;
use guests::{Args, Guest, Result, arch, hypercall, say, timer};

guests::program!(run);

const KEYS: &[&str] = &["period", "work", "phase", "deadline", "task", "jobs", "wait", "quiet"];

/// How a job waits for its release.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// By the hypercall WAIT_UNTIL.
    Call,
    /// By the virtual timer, WFI and the interrupt vector.
    Timer,
}

struct Plan {
    period: u64,
    work: u64,
    phase: u64,
    deadline: u64,
    task: u64,
    jobs: u64,
    wait: Wait,
}

fn read(args: Args<'static>) -> core::result::Result<Plan, Error<'static>> {
    let wait = args.choice("wait", &["call", "timer"], "`call` or `timer`")?;
    let period = args.duration("period")?.ok_or(Error::Missing("period"))?;
    if period == 0 {
        return Err(Error::Value { key: "period", value: "0", wants: "more than nothing" });
    }
    Ok(Plan {
        period,
        work: args.duration("work")?.unwrap_or(0),
        phase: args.duration("phase")?.unwrap_or(0),
        deadline: args.duration("deadline")?.unwrap_or(period),
        task: args.number("task")?.unwrap_or(0),
        jobs: args.number("jobs")?.unwrap_or(u64::MAX),
        wait: if wait == Some(1) { Wait::Timer } else { Wait::Call },
    })
}

fn run(guest: &Guest) -> Result {
    let args = guest.args().only(KEYS)?;
    let (plan, quiet) = (read(args)?, args.flag("quiet")?);
    let speed = Calibration::measure(guest);
    if !quiet {
        say!(
            "periodic: period {} work {} ns, {} ns per 1000 loops",
            plan.period,
            plan.work,
            speed.nanos_per_thousand()
        );
    }
    if plan.wait == Wait::Timer {
        arch::enable_interrupts();
    }
    let grid = Grid::from(plan.phase, plan.period, guest.now());
    hypercall::mark(mark::TASK, plan.task, plan.period, grid.first(), plan.deadline);
    let task = Task { iterations: speed.iterations(plan.work), clock: guest.clock(), plan, grid };
    let seen = task.run();
    if !quiet {
        seen.say();
    }
    Ok(())
}

struct Task {
    plan: Plan,
    grid: Grid,
    clock: Clock,
    iterations: u64,
}

struct Seen {
    latency: Summary,
    response: Summary,
    misses: u64,
}

impl Task {
    fn run(&self) -> Seen {
        let mut seen = Seen { latency: Summary::new(), response: Summary::new(), misses: 0 };
        let mut completion = 0;
        for job in 0..self.plan.jobs {
            let release = self.grid.release(job);
            let start = self.clock.nanos(self.wait(release, completion));
            hypercall::mark(mark::START, self.plan.task, job, release, start);
            arch::burn(self.iterations);
            completion = self.clock.nanos(arch::counter());
            let deadline = release.saturating_add(self.plan.deadline);
            hypercall::mark(mark::COMPLETION, self.plan.task, job, deadline, completion);
            seen.latency.add(start.saturating_sub(release));
            seen.response.add(completion.saturating_sub(release));
            seen.misses += u64::from(completion > deadline);
        }
        seen
    }

    /// Waits for `release`; returns the counter as the job's first instruction read it.
    #[inline(always)]
    fn wait(&self, release: u64, last_completion: u64) -> u64 {
        if last_completion >= release {
            return arch::counter();
        }
        match self.plan.wait {
            Wait::Call => hypercall::wait_until(release),
            Wait::Timer => timer::sleep_until(self.clock.ticks(release)),
        }
    }
}

impl Seen {
    fn say(&self) {
        let (latency, response) = (&self.latency, &self.response);
        say!("periodic: {} jobs, {} misses", latency.count, self.misses);
        say!("periodic: latency {} to {} ns, mean {}", latency.least(), latency.max, latency.mean());
        say!("periodic: response {} to {} ns, mean {}", response.least(), response.max, response.mean());
    }
}

//! What a partition demands of the scheduler, read off its image and arguments.
//!
//! Only guests whose demand their arguments state have a simulated form: what others do, their code alone knows.

use abi::hypercall::mark;
use guests::{Args, args::Error, grid::Grid};
use sched::sim::{Act, Load, Periodic, Program, Rng, Step};
use sched::{Duration, Instant};

/// How long the smallest guest runs before it switches itself off.
const HELLO: Duration = Duration::from_micros(10);
/// How long a hypercall of the storm of calls takes, with what the guest does around it.
const CALL: Duration = Duration::from_nanos(500);

/// The demand of a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Demand {
    /// It never starts anything.
    Nothing,
    /// A periodic task with its number, period, work, phase, relative deadline and number of jobs.
    Periodic {
        /// The task's number.
        task: u32,
        /// Period, work, phase and deadline.
        times: [Duration; 4],
        /// How many jobs there are.
        jobs: u64,
    },
    /// Every nanosecond that it gets.
    Hog,
    /// A little, then it powers off.
    Hello,
    /// Hypercalls at full speed: so many rounds of so many calls, with or without a yield among them.
    Storm {
        /// Calls in a round.
        calls: u32,
        /// Whether one of them is a yield.
        yields: bool,
        /// Rounds.
        rounds: u64,
    },
}

/// The demand of an image of this repository with these arguments.
///
/// # Errors
/// Why there is none, as a sentence.
pub fn demand(image: &str, args: &str) -> Result<Demand, String> {
    let words = Args::new(args);
    let read = match image.strip_prefix("guests/").unwrap_or(image) {
        "periodic" => periodic(words),
        "hog" => words.only(&["quiet"]).map(|_| Demand::Hog),
        "hello" => Ok(Demand::Hello),
        "chatter" => storm(words),
        _ => {
            return Err(format!(
                "what the image `{image}` does cannot be read off its arguments; say it with `--as PARTITION=WORKLOAD`, \
                 for example `--as linux=hog` or `--as \"linux=periodic period=10ms work=1ms\"`"
            ));
        }
    };
    read.map_err(|error| format!("its arguments are refused: {error}"))
}

fn periodic(args: Args<'_>) -> Result<Demand, Error<'_>> {
    let args = args.only(&["period", "work", "phase", "deadline", "task", "jobs", "wait", "quiet"])?;
    let time = |key| Ok(args.duration(key)?.map(Duration::from_nanos));
    let period = time("period")?.ok_or(Error::Missing("period"))?;
    if period.is_zero() {
        return Err(Error::Value { key: "period", value: "0", wants: "more than nothing" });
    }
    args.choice("wait", &["call", "timer"], "`call` or `timer`")?;
    let (work, phase) = (time("work")?.unwrap_or_default(), time("phase")?.unwrap_or_default());
    Ok(Demand::Periodic {
        task: args.number("task")?.unwrap_or(0) as u32,
        times: [period, work, phase, time("deadline")?.unwrap_or(period)],
        jobs: args.number("jobs")?.unwrap_or(u64::MAX),
    })
}

fn storm(args: Args<'_>) -> Result<Demand, Error<'_>> {
    const CALLS: &[&str] = &["version", "console", "yield", "status", "wait"];
    let args = args.only(&["calls", "count"])?;
    let set = args.choices("calls", CALLS, "a list of version, console, yield, status, wait")?.unwrap_or(0b1111);
    let rounds = args.number("count")?.unwrap_or(u64::MAX);
    Ok(Demand::Storm { calls: set.count_ones(), yields: set & 1 << 2 != 0, rounds })
}

impl Demand {
    /// The number of its task, for its marks.
    pub(super) fn task(&self) -> u32 {
        if let Self::Periodic { task, .. } = *self { task } else { 0 }
    }

    /// The program of its first vCPU.
    pub(super) fn load(&self) -> Load {
        match *self {
            Self::Nothing => Load::idle(),
            Self::Hog => Load::hog(),
            Self::Hello => Load::once(&[Act::Run(HELLO.into())]),
            Self::Periodic { times, jobs, .. } => Load::program(Task { times, jobs, begun: None }),
            Self::Storm { calls, yields, rounds } => storm_load(calls, yields, rounds),
        }
    }
}

fn storm_load(calls: u32, yields: bool, rounds: u64) -> Load {
    let (mut left, mut worked) = (rounds, false);
    Load::program(move |_: Instant, _: &mut Rng| {
        if worked && yields {
            worked = false;
            return Step::Yield;
        }
        if left == 0 || calls == 0 {
            return Step::Off;
        }
        left -= 1;
        worked = true;
        Step::Work(CALL.times(calls.into()))
    })
}

/// A periodic guest: it declares its task when it first executes, on the grid that it computes then.
struct Task {
    times: [Duration; 4],
    jobs: u64,
    begun: Option<Load>,
}

impl Program for Task {
    fn next(&mut self, now: Instant, rng: &mut Rng) -> Step {
        if let Some(jobs) = &mut self.begun {
            return jobs.next(now, rng);
        }
        let [period, work, phase, deadline] = self.times;
        let first = Grid::from(phase.nanos(), period.nanos(), now.nanos()).first();
        let task = Periodic::new(period, work).phase(Duration::from_nanos(first));
        self.begun = Some(Load::periodic(Periodic { deadline, jobs: self.jobs, ..task }));
        Step::Note([mark::TASK, period.nanos(), first, deadline.nanos()])
    }
}

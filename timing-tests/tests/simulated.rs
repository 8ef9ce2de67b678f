//! The configurations of this repository in the simulator, under every scheduler: the results can be replayed,
//! depend on the seed alone, and are right where the right result is known.

use config::Bundle;
use sched::Instant;
use std::path::Path;
use timing_tests::simulate::{Costs, Demand, Request, SimulateError, costs, demand, simulate};
use timing_tests::{Outcome, Plan, Report, measure, replay};
use trace::{Event, Recording};

/// A plan without images, and what its partitions do.
struct System {
    plan: Vec<u8>,
    demands: Vec<Demand>,
    schedulers: Vec<String>,
}

impl System {
    fn read(name: &str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs").join(name);
        let known = ["guests/periodic", "guests/hog", "guests/hello", "guests/chatter"];
        let resolved =
            config::check(&file, &known, config::Arch::default()).map_err(|report| report.to_string()).unwrap().plan;
        let bytes = config::write_bundle(&resolved);
        let bundle = Bundle::read(&bytes).unwrap();
        Self {
            plan: bundle.plan_bytes().to_vec(),
            demands: resolved.partitions.iter().map(|p| demand(&p.image, &p.args).unwrap()).collect(),
            schedulers: bundle.pools().map(|pool| pool.scheduler.to_string()).collect(),
        }
    }

    fn under(mut self, scheduler: &str) -> Self {
        self.schedulers[0] = scheduler.to_string();
        self
    }

    fn request(&self, millis: u64, costs: Costs, seed: u64) -> Request<'_> {
        let stop = Instant::from_nanos(millis * 1_000_000);
        Request { plan: &self.plan, demands: &self.demands, schedulers: self.schedulers.clone(), stop, costs, seed }
    }

    fn run(&self, millis: u64) -> (Recording, Report) {
        let recording = simulate(&self.request(millis, Costs::NONE, 1)).unwrap();
        let report = measure(&recording, &Plan::read(&self.plan, &recording).unwrap());
        (recording, report)
    }
}

fn share(report: &Report, partition: &str) -> u64 {
    report.partitions.iter().find(|p| p.name == partition).unwrap().share
}

#[test]
fn every_scheduler_replays_its_simulation_of_every_system_without_a_difference() {
    let some = costs("decision=300ns,switch=0..2us,kick=1us..3us,timer=0..20us").unwrap();
    let mut runs = 0;
    for (file, scheduler) in ["demo.toml", "shares.toml", "pools.toml"]
        .iter()
        .flat_map(|file| policies::REGISTRY.iter().map(move |known| (file, known.name)))
    {
        let system = System::read(file).under(scheduler);
        let recording = match simulate(&system.request(200, some, 3)) {
            Ok(recording) => recording,
            // Not every file has windows for the one scheduler that needs them.
            Err(SimulateError::Pool(_, sentence)) if scheduler == "arinc653" => {
                assert!(sentence.contains("no parameters of arinc653"), "{sentence}");
                continue;
            }
            Err(error) => panic!("{file} under {scheduler}: {error}"),
        };
        let plan = Plan::read(&system.plan, &recording).unwrap();
        for replayed in replay(&recording, &plan) {
            assert!(replayed.is_same() && replayed.calls >= 5, "{file} under {scheduler}: {replayed}");
        }
        let report = measure(&recording, &plan);
        assert_eq!((report.unit, report.replayable), ("virtual ns (simulated)", true));
        assert!(report.partitions.iter().all(|p| p.ledger_difference == Some(0)), "{file} under {scheduler}");
        runs += 1;
    }
    assert_eq!(runs, 3 * policies::REGISTRY.len() - 2, "all but two files without windows");
}

#[test]
fn the_demonstration_keeps_its_promises_to_the_nanosecond() {
    for scheduler in ["rtds", "arinc653"] {
        let (_, report) = System::read("demo.toml").under(scheduler).run(1000);
        assert_eq!(report.outcome(), Outcome::Held, "{scheduler}");
        let fast = &report.partitions[0].tasks[0];
        assert_eq!((fast.due, fast.completions, fast.misses, fast.jitter), (1000, 1000, 0, Some(0)), "{scheduler}");
        assert_eq!(fast.contradictions, 0);
        assert_eq!((share(&report, "fast"), share(&report, "slow")), (100_000, 100_000), "{scheduler}");
    }
}

#[test]
fn weights_and_budgets_are_what_hogs_get() {
    let (_, report) = System::read("shares.toml").under("rtds").run(2000);
    assert_eq!((share(&report, "light"), share(&report, "heavy")), (400_000, 600_000));
    for scheduler in ["credit", "credit2"] {
        let (_, report) = System::read("shares.toml").under(scheduler).run(9000);
        assert!(share(&report, "light").abs_diff(333_333) < 2_000, "{scheduler}: {}", share(&report, "light"));
    }
}

#[test]
fn a_late_timer_breaks_a_promise_that_leaves_no_room() {
    let system = System::read("demo.toml").under("arinc653");
    let late = costs("timer=900us").unwrap();
    let recording = simulate(&system.request(500, late, 1)).unwrap();
    let report = measure(&recording, &Plan::read(&system.plan, &recording).unwrap());
    assert_eq!(report.outcome(), Outcome::Broken);
    assert!(report.partitions[0].tasks[0].misses > 100);
}

#[test]
fn a_run_depends_on_the_seed_alone() {
    let system = System::read("demo.toml");
    let some = costs("timer=0..20us,switch=1us..2us").unwrap();
    let run = |seed| simulate(&system.request(100, some, seed)).unwrap();
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn what_happens_at_the_stop_itself_is_not_in_the_recording() {
    let (recording, report) = System::read("shares.toml").under("rtds").run(100);
    assert_eq!(report.measured, 100_000_000);
    let latest = recording.rings.iter().map(trace::Ring::latest).max().unwrap();
    assert!(latest < recording.end_time, "{latest:?}");
}

#[test]
fn a_guest_that_ends_powers_its_partition_off() {
    let mut system = System::read("shares.toml");
    system.demands = vec![demand("guests/periodic", "period=1ms work=100us jobs=3").unwrap(), Demand::Hello];
    let (recording, report) = system.run(50);
    assert_eq!(report.partitions.iter().map(|p| p.end).collect::<Vec<_>>(), ["poweroff", "poweroff"]);
    assert_eq!((report.partitions[0].tasks[0].completions, report.partitions[0].tasks[0].misses), (3, 0));
    let marks = recording.rings[0].events.iter().filter(|event| matches!(event, Event::Mark { .. })).count();
    assert_eq!(marks, 1 + 3 + 3);
}

#[test]
fn a_storm_of_yields_shares_with_a_like_one() {
    let mut system = System::read("shares.toml").under("rr");
    system.demands = vec![demand("guests/chatter", "calls=yield,status").unwrap(); 2];
    let (recording, report) = system.run(20);
    assert_eq!((share(&report, "light"), share(&report, "heavy")), (500_000, 500_000));
    let plan = Plan::read(&system.plan, &recording).unwrap();
    assert!(replay(&recording, &plan)[0].calls > 19_000, "a call every microsecond");
}

#[test]
fn arguments_that_a_guest_refuses_are_refused_here() {
    for args in ["", "period=0", "period=1ms wok=1us", "period=1ms wait=never"] {
        assert!(demand("guests/periodic", args).unwrap_err().contains("refused"), "{args}");
    }
    assert!(demand("debian:linux", "").unwrap_err().contains("--as"));
}

//! What the ready-made programs demand.

use super::*;

/// A machine with a pCPU for everybody: demand is all that counts.
fn alone(load: Load) -> (Sim<Turns>, Vcpu) {
    let mut sim = Sim::new(turns(1, Duration::MAX), Machine::new(1, 1).seed(3));
    let v = sim.add(NoRow, load);
    (sim, v)
}

#[test]
fn a_poisson_process_has_its_rate_and_the_waiting_time_of_theory() {
    // M/D/1 at load 1/2: mean wait = service / 2 (Pollaczek and Khinchine).
    let (mut sim, v) = alone(Load::poisson(ms(2), ms(1)));
    sim.run_for(ms(400_000));
    let jobs = sim.jobs(v);
    assert!((jobs.count() as f64 / 200_000.0 - 1.0).abs() < 0.01, "{}", jobs.count());
    let wait = jobs.latency.mean().nanos() as f64 / 1e6;
    assert!((wait - 0.5).abs() < 0.02, "{wait} ms");
}

#[test]
fn sporadic_jobs_keep_their_distance() {
    let (mut sim, v) = alone(Load::sporadic(Span::between(ms(4), ms(6)), ms(1)));
    sim.run_for(ms(10_000));
    let releases: Vec<_> = sim.jobs(v).list.iter().map(|job| job.release).collect();
    let gaps: Vec<_> = releases.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert!(gaps.iter().all(|gap| (ms(4)..=ms(6)).contains(gap)));
    assert!(gaps.iter().any(|gap| *gap < us(4100)) && gaps.iter().any(|gap| *gap > us(5900)));
}

#[test]
fn on_and_off_alternate() {
    let (mut sim, v) = alone(Load::on_off(us(500), us(9500)));
    sim.run_for(ms(1000));
    assert_eq!(sim.cpu_time(v), ms(50));
    assert_eq!((sim.tally(v).runs[1].from, sim.wakes(v).count), (at(10 * MS), 101));
}

#[test]
fn a_recording_is_played_back_and_then_ends() {
    let (mut sim, v) = alone(Load::recorded([(ms(3), ms(1)), (ms(1), ms(2)), (ms(10), us(1))]));
    sim.run_for(ms(100));
    let got: Vec<_> = sim.jobs(v).list.iter().map(|job| (job.release, job.start, job.completion)).collect();
    assert_eq!(
        got,
        [(3, 3, 4), (4, 4, 6)]
            .map(|(a, b, c)| (at(a * MS), at(b * MS), at(c * MS)))
            .into_iter()
            .chain([(at(14 * MS), at(14 * MS), at(14 * MS + 1000))])
            .collect::<Vec<_>>()
    );
    assert_eq!(sim.pool().life(v).phase, Phase::Off);
}

#[test]
fn a_script_runs_sleeps_yields_and_ends() {
    let mut sim = Sim::new(turns(1, ms(50)), Machine::new(1, 2));
    let acts = [Act::Run(ms(2).into()), Act::Yield, Act::Run(ms(1).into()), Act::Until(at(20 * MS)), Act::Off];
    let v = sim.add(NoRow, Load::once(&acts));
    let hog = sim.add(NoRow, Load::hog());
    sim.run_for(ms(200));
    // It yields at 2 ms; the hog's turn lasts to 52 ms.
    assert_eq!(sim.cpu_time_between(hog, at(2 * MS), at(52 * MS)), ms(50));
    assert_eq!((sim.cpu_time(v), sim.pool().life(v).phase), (ms(3), Phase::Off));
    assert_eq!(sim.tally(v).wakes.count, 1, "the sleep until 20 ms was over before it began");
}

#[test]
fn an_evader_never_executes_at_the_tick() {
    let (mut sim, v) = alone(Load::evader(ms(10), us(100)));
    sim.run_for(ms(1000));
    assert_eq!(sim.cpu_time(v), us(1_000_000 - 100 - 99 * 200));
    assert!(sim.tally(v).runs.iter().all(|run| run.from.nanos() / (10 * MS) == run.to.nanos() / (10 * MS)));
}

#[test]
fn a_program_of_ones_own_sees_the_time() {
    let mut count = 0;
    let (mut sim, v) = alone(Load::program(move |now: Instant, _: &mut Rng| {
        count += 1;
        if count % 2 == 1 { Step::Work(ms(1)) } else { Step::Sleep(now + ms(count)) }
    }));
    sim.run_for(ms(3 + 6));
    assert_eq!(sim.cpu_time(v), ms(3));
}

#[test]
fn randomness_is_as_even_as_it_says() {
    let mut rng = Rng::new(1, 1);
    let mut seen = [0_u32; 6];
    (0..60_000).for_each(|_| seen[rng.up_to(5) as usize] += 1);
    assert!(seen.iter().all(|count| (9_500..10_500).contains(count)), "{seen:?}");
    let sum: u64 = (0..100_000).map(|_| rng.exponential(us(1)).nanos()).sum();
    assert!((98_500_000..101_500_000).contains(&sum), "{sum}");
}

//! A whole picture as it is written, and what must not get into one.

use super::{LETTER, PictureError, SHAPES_MAX, draw, step, svg};
use crate::testing::{Script, at, complete, key, plan, recording, start, task, values};
use sched::{CpuSet, Key};
use trace::{Recording, Unit};

const POOL: &[Key] = &[key("major_frame")];
const ENTRY: &[Key] = &[key("partition"), key("start"), key("length")];

/// Two partitions in windows, on two pCPUs; the task of the first is released every 5 ms and late once.
fn example() -> (Recording, crate::Plan) {
    let mut plan = plan(&["flight", "linux"]);
    plan.pools[0].scheduler = "arinc653".into();
    plan.pools[0].cpus = CpuSet::from_bits(3);
    plan.pools[0].params = Some(values(POOL, &[10_000_000]));
    plan.pools[0].table = vec![values(ENTRY, &[0, 0, 4_000_000]), values(ENTRY, &[1, 4_000_000, 5_000_000])];
    let mut script = Script::default();
    for frame in 0..3 {
        let began = frame * 10_000_000;
        script.pick_due(began + 128, 0, Some(0), Some(began));
        script.pick(began + 1_000_000, 0, None);
        script.pick_due(began + 4_000_112, 1, Some(1), Some(began + 4_000_000));
        script.pick(began + 9_000_096, 1, None);
    }
    let mut events = vec![task(500, 5_000_000, 0, 5_000_000)];
    for (job, at) in [(0, 700_000), (1, 10_300_000), (2, 10_800_000), (3, 19_000_000)] {
        let release = job * 5_000_000;
        events.extend([start(job, release, release + 320), complete(job, release + 5_000_000, at)]);
    }
    events.extend(script.events());
    (recording(30_000_000, events), plan)
}

#[test]
fn a_picture_is_written_like_this() {
    let (recording, plan) = example();
    let picture = draw(&recording, &plan, 0..20_000_000).unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/picture/example.svg");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(file, &picture).unwrap();
    }
    assert_eq!(picture, std::fs::read_to_string(file).unwrap());
    assert_eq!(picture, draw(&recording, &plan, 0..20_000_000).unwrap());
}

#[test]
fn a_stretch_is_cut_at_both_ends_and_at_what_is_known() {
    let (recording, plan) = example();
    let whole = draw(&recording, &plan, 4_500_000..u64::MAX).unwrap();
    assert!(whole.contains("4.5 ms to 30 ms"), "{whole}");
    // From the left end on, the second partition runs in its window up to 9.000096 ms.
    let (left, right) = (80, 80 + 840);
    let wide = svg::hundredths(840 * 100 * 4_500_096 / 25_500_000);
    assert!(whole.contains(&format!("M{left} ")) && whole.contains(&format!("h{wide}v")), "{whole}");
    let numbers = whole.split(['M', 'h', 'v', 'V', ' ', '"']).filter_map(|word| word.parse::<f64>().ok());
    assert!(numbers.max_by(f64::total_cmp).is_some_and(|most| most < f64::from(right + 40)), "{whole}");
}

#[test]
fn a_late_job_and_one_that_is_never_complete_are_missed_at_their_deadlines() {
    let (recording, plan) = example();
    let misses = |from, to| {
        let picture = draw(&recording, &plan, from..to).unwrap();
        // One more explains it.
        picture.matches("m-5 -5l10 10m0 -10l-10 10").count().saturating_sub(1)
    };
    assert_eq!(misses(0, 10_000_000), 0, "the deadline of job 1 lies at the end, which is not in the stretch");
    assert_eq!(misses(10_000_000, 10_000_001), 1);
    assert_eq!(misses(10_000_001, 25_000_000), 0, "jobs 2 and 3 are in time");
    assert_eq!(misses(25_000_000, 30_000_000), 1, "nobody completed job 4");
}

#[test]
fn only_what_is_there_is_explained() {
    let (recording, mut plan) = example();
    let with = draw(&recording, &plan, 0..20_000_000).unwrap();
    for said in
        ["on pCPU 0", "on pCPU 1", "its window", "a job is released", "it is complete", "its deadline is missed"]
    {
        assert!(with.contains(said), "{said}");
    }
    plan.pools[0].params = None;
    let without = draw(&recording, &plan, 4_900_000..4_950_000).unwrap();
    assert!(without.contains("on pCPU 1"));
    for said in ["on pCPU 0", "its window", "released", "complete", "missed"] {
        assert!(!without.contains(said), "{said}");
    }
}

#[test]
fn names_cannot_break_out_of_the_text() {
    let (recording, mut plan) = example();
    plan.name = "a</title><script>&\u{1}".into();
    plan.partitions[0].name = "<b>".into();
    let picture = draw(&recording, &plan, 0..1_000_000).unwrap();
    assert!(picture.contains("<title>a&lt;/title&gt;&lt;script&gt;&amp; , 0 ns to 1 ms</title>"), "{picture}");
    assert!(picture.contains(">&lt;b&gt;</text>") && !picture.contains("<script") && !picture.contains('\u{1}'));
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let (recorded, plan) = example();
    assert_eq!(draw(&recorded, &plan, 5..5), Err(PictureError::Empty));
    assert_eq!(draw(&recorded, &plan, 30_000_000..40_000_000), Err(PictureError::Unknown(at(30_000_000))));
    let mut lacking = recorded.clone();
    lacking.rings[0].events.remove(12);
    assert_eq!(draw(&lacking, &plan, 0..1_000_000), Err(PictureError::Gap));
    // A guest that says nonsense: a period of a nanosecond.
    let crowded = recording(30_000_000, vec![task(0, 1, 0, 1)]);
    assert_eq!(draw(&crowded, &plan, 0..30_000_000), Err(PictureError::Crowded));
    // A release and a miss for each ns, but for the last deadline, and two windows.
    let most = SHAPES_MAX as u64 / 2;
    assert!(draw(&crowded, &plan, 1_000..1_000 + most - 1).is_ok());
    assert_eq!(draw(&crowded, &plan, 1_000..1_000 + most + 1), Err(PictureError::Crowded));
}

#[test]
fn the_unit_of_the_recording_stands_at_the_axis() {
    let (mut recording, plan) = example();
    for (unit, said) in [
        (Unit::Instructions, "time since the epoch, virtual ns (instructions)"),
        (Unit::RealTime, "time since the epoch, ns"),
        (Unit::Simulated, "time since the epoch, virtual ns (simulated)"),
    ] {
        recording.unit = unit;
        assert!(draw(&recording, &plan, 0..1_000_000).unwrap().contains(said));
    }
}

#[test]
fn lines_stand_at_round_times() {
    for (whole, expected) in
        [(1, 1), (10, 1), (11, 2), (20_000_000, 2_000_000), (50_000_001, 5_000_000), (55_000_000, 10_000_000)]
    {
        assert_eq!(step(whole), expected, "{whole}");
    }
    assert!(step(u64::MAX) >= u64::MAX / 10);
}

#[test]
fn a_legend_of_many_pcpus_stays_on_the_page() {
    let mut script = Script::default();
    (0..16).for_each(|cpu| script.pick(u64::from(cpu), cpu, Some(u16::from(cpu % 2))));
    let mut plan = plan(&["flight", "linux"]);
    plan.pools[0].cpus = CpuSet::ALL;
    let picture = draw(&recording(1_000, script.events()), &plan, 0..1_000).unwrap();
    let places = picture.split("class=\"legend\" x=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let places: Vec<u64> = places.map(|x| x.parse().unwrap()).collect();
    assert_eq!(places.len(), 16);
    assert!(places.iter().all(|x| x + 9 * LETTER <= 952), "{places:?}");
}

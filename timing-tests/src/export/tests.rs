//! Whole exports of a small run, and recordings that say nonsense.

use super::{chrome, csv};
use crate::Plan;
use crate::testing::{Script, complete, life, plan, recording, start, task, times};
use proptest::prelude::*;
use trace::event::LifeStep;
use trace::{Event, Recording, Ring};

fn example() -> (Recording, Plan) {
    let plan = plan(&["flight", "a \"quoted\", name"]);
    let mut script = Script::default();
    script.pick_due(1_000, 0, Some(0), Some(1_000));
    script.block(2_500, 0);
    script.pick(2_500, 0, Some(1));
    script.pick(4_000, 0, None);
    let mut events = vec![life(0, LifeStep::Started), task(100, 10_000, 1_000, 10_000)];
    events.extend([start(0, 1_000, 1_016), complete(0, 11_000, 2_400)]);
    events.extend(script.events());
    events.push(times(0, 5_000, [1_500, 0, 3_500, 0]));
    (recording(5_000, events), plan)
}

fn compare(name: &str, text: &str) {
    let file = format!("{}/src/export/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&file).unwrap());
}

#[test]
fn the_chrome_form_is_written_like_this() {
    let (recording, plan) = example();
    let text = chrome(&recording, &plan);
    serde_json::from_str::<serde_json::Value>(&text).unwrap();
    compare("example.chrome.json", &text);
}

#[test]
fn the_table_is_written_like_this() {
    let (recording, plan) = example();
    compare("example.csv", &csv(&recording, &plan));
}

#[test]
fn what_ran_is_there_to_the_nanosecond_on_both_tracks() {
    let (recording, plan) = example();
    let parsed: serde_json::Value = serde_json::from_str(&chrome(&recording, &plan)).unwrap();
    let events = parsed["traceEvents"].as_array().unwrap();
    let runs: Vec<_> = events.iter().filter(|event| event["ph"] == "X").collect();
    let first = |process: u64| {
        let run = runs.iter().find(|run| run["pid"] == process).unwrap();
        (run["ts"].as_f64().unwrap(), run["dur"].as_f64().unwrap())
    };
    assert_eq!((runs.len(), first(1), first(2)), (4, (1.0, 1.5), (1.0, 1.5)));
}

#[test]
fn what_never_ends_ends_with_the_recording() {
    let (mut recording, plan) = example();
    recording.end_time = crate::testing::at(3_000);
    let text = chrome(&recording, &plan);
    assert!(text.contains("\"ts\":2.500,\"dur\":0.500"), "{text}");
}

/// Fields of a line by RFC 4180.
fn fields(line: &str) -> usize {
    line.split('"').step_by(2).map(|outside| outside.matches(',').count()).sum::<usize>() + 1
}

proptest! {
    #[test]
    fn any_words_and_names_give_both_forms(
        words in prop::collection::vec((0_u64..32, any::<[u64; 7]>()), 0..30),
        name in "[^\n\r]{0,20}",
    ) {
        let decode = |(kind, [a, b, c, d, e, f, g]): &(u64, [u64; 7])| {
            Event::decode(&[kind | a << 8, *b, *c, *d, *e, *f, *g, 0])
        };
        let mut recording = recording(1_000_000, words.iter().filter_map(decode).collect());
        recording.rings.push(Ring::default());
        let plan = plan(&[&name, "other"]);
        let parsed = serde_json::from_str::<serde_json::Value>(&chrome(&recording, &plan));
        prop_assert!(parsed.is_ok(), "{parsed:?}");
        let table = csv(&recording, &plan);
        let events: usize = recording.rings.iter().map(|ring| ring.events.len()).sum();
        prop_assert_eq!(table.lines().count(), events + 1);
        prop_assert!(table.lines().all(|line| fields(line) == 11));
    }
}

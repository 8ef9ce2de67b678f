//! Short logs of a small image, and the stretches that they hold.

use super::super::image::{End, Image};
use super::super::stretch::Stretches;
use super::Follower;

const ERET: u32 = 0xd69f_03e0;
const WFI: u32 = 0xd503_207f;
const NOP: u32 = 0xd503_201f;

/// Vectors at 0x1000 with an ERET at 0x100c; WFI at 0x1018; a look at 0x1010, a choice at 0x1004, the end at 0x101c.
fn image() -> Image {
    Image::of_words(0x1000, &[NOP, NOP, NOP, ERET, NOP, NOP, WFI, NOP], &[0x1004], 0x101c)
}

fn followed(image: &Image, lines: &[&str]) -> Stretches {
    let mut follower = Follower::new(image, |at| at == 0x1010);
    lines.iter().for_each(|line| follower.take(line.as_bytes()));
    follower.end()
}

fn block(at: u64, length: u64) -> String {
    let instructions = (0..length).map(|n| format!("{:#x}:  d503201f  nop\n", at + 4 * n));
    format!("IN: \n{}{}", instructions.collect::<String>(), run(at))
}

fn run(at: u64) -> String {
    format!("Trace 0: 0x7f00 [0000000000000000/{at:016x}/00000061/ff000200] \n")
}

/// The lengths of all stretches of these blocks, after a boot.
fn lengths(texts: &[String]) -> Vec<(String, End, u64, u64)> {
    let image = image();
    let boot = block(0x1000, 4);
    let lines: Vec<&str> = boot.lines().chain(texts.iter().flat_map(|text| text.lines())).collect();
    let found = followed(&image, &lines);
    assert_eq!(found.boots, [(0, 4)]);
    let paths = found.paths.iter();
    let seen = paths.map(|(path, taken)| (path.reason.to_string(), path.end, found.length(&path.pieces), taken.times));
    let mut seen: Vec<_> = seen.collect();
    seen.sort();
    seen
}

fn called(end: End, length: u64, times: u64) -> Vec<(String, End, u64, u64)> {
    vec![("HVC".into(), end, length, times)]
}

const CALL: &str = "Taking exception 11 [Hypervisor Call] on CPU 0\n...with ESR 0x16/0x5a000000\n";

#[test]
fn a_stretch_reaches_from_the_vector_to_the_return() {
    let one = [CALL.into(), run(0x1000)];
    assert_eq!(lengths(&[&one[..], &one].concat()), called(End::Guest, 4, 2));
}

#[test]
fn a_block_that_was_stopped_does_not_count() {
    let stopped = "Stopped execution of TB chain before 0x7f00 [0000000000001000] vectors".to_string();
    assert_eq!(lengths(&[CALL.into(), run(0x1000), stopped, run(0x1000)]), called(End::Guest, 4, 1));
}

#[test]
fn a_block_that_was_rewound_counts_up_to_there() {
    let rewound = "cpu_io_recompile: rewound execution of TB to 0000000000001008".to_string();
    assert_eq!(lengths(&[CALL.into(), run(0x1000), rewound, block(0x1008, 2)]), called(End::Guest, 4, 1));
}

#[test]
fn a_look_and_a_sleep_end_a_stretch() {
    let found = lengths(&[CALL.into(), block(0x1000, 2), block(0x1008, 1), block(0x1010, 3)]);
    let after = ("after a look for interrupts".to_string(), End::Sleep, 3, 1);
    assert_eq!(found, [called(End::Look, 3, 1), vec![after]].concat());
}

#[test]
fn a_guest_at_our_addresses_is_not_ours() {
    assert_eq!(lengths(&[block(0x1010, 2), CALL.into(), run(0x1000)]), called(End::Guest, 4, 1));
}

#[test]
fn an_exit_of_a_pc_is_that_of_the_pcpu_that_enters_next() {
    let image = image();
    let on_second = |text: String| text.replace("Trace 0", "Trace 1");
    let exit = "vmexit(00000078, 0000000000000000, 0000000000000000, 0000000040002e0f)!\n".to_string();
    let text = [block(0x1000, 4), on_second(run(0x1000)), run(0x1000), exit, on_second(run(0x1000))].concat();
    let found = followed(&image, &text.lines().collect::<Vec<_>>());
    let mut said: Vec<_> = found.paths.iter().map(|(path, taken)| (path.reason.to_string(), taken.cpu)).collect();
    said.sort();
    assert_eq!(said, [("HLT".to_string(), 1), ("entry".to_string(), 0)]);
}

#[test]
fn the_end_of_the_system_is_apart() {
    let image = image();
    let text = [block(0x1000, 4), CALL.into(), block(0x1000, 1), block(0x101c, 1)].concat();
    let found = followed(&image, &text.lines().collect::<Vec<_>>());
    assert!(found.paths.is_empty());
    assert_eq!((found.last, found.longest()), (2, None));
}

#[test]
fn choices_are_counted_up_to_the_end_of_the_first_stretch() {
    let image = image();
    let text = [block(0x1000, 4), CALL.into(), run(0x1000)].concat();
    let found = followed(&image, &text.lines().collect::<Vec<_>>());
    assert_eq!(found.paths.values().map(|taken| taken.choices).collect::<Vec<_>>(), [2]);
}

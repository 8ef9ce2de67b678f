//! Every reason not to start, with its exact sentence.

use super::{
    bench::refusal,
    plans::{board, bundle, partition, pool, resolved, system},
};
use crate::arch::machine::{self, Board};
use crate::boot;
use sched::{Cpu, CpuSet};
use std::string::{String, ToString};

fn text() -> String {
    system(2, "rtds", &[partition("one", ""), partition("two", "")])
}

fn good() -> Board {
    board(bundle(&text()))
}

fn with_line(line: &'static str) -> String {
    refusal(&Board { line, ..good() })
}

#[test]
fn without_a_bundle() {
    assert_eq!(
        refusal(&Board { bundle: None, ..good() }),
        "there is no bundle; load one as initial ramdisk (QEMU: -initrd FILE, U-Boot: booti IMAGE BUNDLE:SIZE DTB, GRUB: module2 FILE)"
    );
}

#[test]
fn with_something_else_or_half_a_bundle() {
    let with = |bytes: &'static [u8]| refusal(&Board { bundle: Some(bytes), ..good() });
    let no_bundle = with(b"ELF");
    assert!(no_bundle.starts_with("the bundle is refused: this is no Majorframe bundle"), "{no_bundle}");
    let whole: &'static [u8] = bundle(&text());
    let half = with(&whole[..whole.len() / 2]);
    assert!(half.starts_with("the bundle is refused: the bundle is cut off: it needs "), "{half}");
}

#[test]
fn with_any_flipped_bit_in_the_plan() {
    let whole = bundle(&text());
    let length = config::Bundle::read(whole).expect("sound").plan_bytes().len();
    for byte in 0..length {
        let damaged = whole.to_vec().leak();
        damaged[byte] ^= 1 << (byte % 8);
        let sentence = refusal(&Board { memory: 4096, bundle: Some(damaged), ..good() });
        assert!(sentence.starts_with("the bundle is refused: "), "byte {byte}: {sentence}");
    }
}

#[test]
fn with_a_flipped_bit_in_an_image() {
    let damaged = bundle(&text());
    *damaged.last_mut().expect("not empty") ^= 4;
    assert_eq!(
        refusal(&board(damaged)),
        "the bundle is refused: an image of partition `one` does not match its checksum; load it again"
    );
}

#[test]
fn with_an_unknown_scheduler_or_one_without_parameters() {
    assert_eq!(
        with_line("sched=fifo"),
        "no scheduler is named `fifo`; this image has arinc653, atropos, bvt, credit, credit2, null, rr, rtds, sedf"
    );
    assert_eq!(
        with_line("sched=arinc653"),
        "pool `main` cannot run under arinc653: the plan has no parameters for it; add `arinc653 = { ... }` to the pool"
    );
}

#[test]
fn with_a_bad_boot_line() {
    assert_eq!(
        with_line("quiet"),
        "the boot line has the unknown parameter `quiet`; known are sched=, stop=, console=, trace=, input= and dump="
    );
    assert_eq!(
        with_line("stop=2"),
        "the boot parameter stop= has the value `2`, which should be a duration such as 2s, 500ms or 250us"
    );
}

#[test]
fn with_too_few_pcpus_or_a_broken_one() {
    assert_eq!(
        refusal(&Board { cpus: CpuSet::only(Cpu(0)), ..good() }),
        "the plan uses pCPU 1, which this machine does not have; start it with more (QEMU: -smp 2)"
    );
    let machine = machine::switch_on(&good());
    machine::break_cpu(Cpu(1), -9);
    let refusal = boot::build(machine).err().expect("a refusal");
    assert_eq!(refusal.to_string(), "pCPU 1 did not start: the firmware answered -9");
}

#[test]
fn with_too_little_memory_for_anything() {
    let enough = (1..2000).step_by(41).find(|pages| {
        let machine = machine::switch_on(&Board { memory: pages * 4096, line: "trace=off", ..good() });
        match boot::build(machine) {
            Ok(_) => true,
            Err(refusal) => {
                let sentence = refusal.to_string();
                assert!(sentence.starts_with("memory does not suffice for "), "{sentence}");
                false
            }
        }
    });
    assert!(enough.is_some_and(|pages| pages > 1024), "{enough:?}");
    let sentence = refusal(&Board { memory: 1 << 20, line: "trace=off", ..good() });
    let (begin, end) = sentence.split_once(" and ").expect("two numbers");
    assert_eq!(begin, "memory does not suffice for one: it needs 2048 KiB");
    assert!(end.ends_with(" KiB are left; give the machine more or the plan less"), "{end}");
}

#[test]
fn with_a_table_that_the_scheduler_refuses() {
    let windows = r#"arinc653 = { major_frame = "1ms", windows = [
      { partition = "one", start = "0ms", length = "300us" },
      { partition = "two", start = "400us", length = "500us" } ] }"#;
    let mut plan = resolved(&pool(1, "arinc653", windows, &[partition("one", ""), partition("two", "")]));
    let at = plan.pools[0].scheduler;
    let rows = plan.pools[0].rows[at].as_mut().expect("rows");
    rows.entries[1] = rows.entries[0];
    let bytes = config::write_bundle(&plan).leak();
    assert_eq!(
        refusal(&board(bytes)),
        "pool `main` is refused: two windows must not overlap on a pCPU (needs 300000, has 0)"
    );
}

#[test]
fn with_parameters_that_the_scheduler_refuses() {
    let mut plan = resolved(&system(
        1,
        "rtds",
        &[partition("one", ""), partition("two", "rtds = { period = \"1ms\", budget = \"400us\" }")],
    ));
    let at = plan.pools[0].scheduler;
    let row = &mut plan.partitions[1].vcpus[0].rows[at].0;
    let budget = row.iter_mut().find(|word| **word == 400_000).expect("the budget");
    *budget = 2_000_000;
    let bytes = config::write_bundle(&plan).leak();
    assert_eq!(
        refusal(&board(bytes)),
        "partition `two` is refused: the budget must not exceed the period (needs 1000000, has 2000000)"
    );
}

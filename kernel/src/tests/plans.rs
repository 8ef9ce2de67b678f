//! Bundles from small texts, made by the real tools.

use super::bench::Bench;
use crate::{
    arch::machine::{Board, switch_on},
    boot,
};
use sched::{Cpu, CpuSet};
use std::{
    format, fs,
    string::{String, ToString},
    sync::atomic::{AtomicU32, Ordering},
    vec::Vec,
};

/// What lies at the start of every partition's memory: three pieces of 4 KiB and a bit.
pub(crate) fn image() -> Vec<u8> {
    (0..3 * 4096 + 100_u32).map(|n| (n * 7 + n / 256) as u8 | 1).collect()
}

struct Images;

impl config::Images for Images {
    fn names(&self) -> Vec<String> {
        ["guests/any".to_string()].into()
    }

    fn read(&mut self, _: &str) -> Result<Vec<u8>, String> {
        Ok(image())
    }
}

/// The plan of `text` with its images.
pub(crate) fn resolved(text: &str) -> config::resolved::Resolved {
    static FILES: AtomicU32 = AtomicU32::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("majorframe-{}-{number}.toml", std::process::id()));
    fs::write(&path, text).expect("a place for files");
    let loaded = config::load(&path, &mut Images);
    let _ = fs::remove_file(&path);
    loaded.unwrap_or_else(|report| panic!("{report}")).plan
}

/// The bundle of `text`.
pub(crate) fn bundle(text: &str) -> &'static mut [u8] {
    config::write_bundle(&resolved(text)).leak()
}

/// A partition of 2 MiB with `more` keys.
pub(crate) fn partition(name: &str, more: &str) -> String {
    format!("[[partition]]\nname = \"{name}\"\nimage = \"guests/any\"\nmemory = \"2MiB\"\n{more}\n")
}

/// One pool of `cpus` pCPUs under `scheduler`, with `partitions`.
pub(crate) fn system(cpus: u8, scheduler: &str, partitions: &[String]) -> String {
    pool(cpus, scheduler, "", partitions)
}

/// The same with `more` keys of the pool.
pub(crate) fn pool(cpus: u8, scheduler: &str, more: &str, partitions: &[String]) -> String {
    let (list, all): (Vec<u8>, _) = ((0..cpus).collect(), partitions.concat());
    let head = "[system]\nname = \"test\"\ntrace = \"1MiB\"\n[[pool]]\nname = \"main\"";
    format!("{head}\ncpus = {list:?}\nscheduler = \"{scheduler}\"\n{more}\n{all}")
}

/// A machine with enough of everything for `bundle`.
pub(crate) fn board(bundle: &'static [u8]) -> Board {
    Board {
        memory: 16 << 20,
        cpus: CpuSet::from_bits(0xf),
        frequency: 1_000_000_000,
        load_ticks: 0,
        line: "",
        bundle: Some(bundle),
    }
}

/// Boots `text`.
pub(crate) fn boot(text: &str) -> Bench {
    boot_on(&board(bundle(text)))
}

/// Boots on this board.
pub(crate) fn boot_on(board: &Board) -> Bench {
    let ready = boot::build(switch_on(board)).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(ready.cpus.first().map(|cpu| cpu.id), Some(Cpu(0)));
    Bench::new(&ready)
}

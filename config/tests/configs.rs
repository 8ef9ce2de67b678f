//! Every shipped configuration is sound, resolves the same way twice and survives the bundle.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::KNOWN;
use config::{Bundle, Loaded, check, write_bundle};

fn configs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../configs");
    let files = fs::read_dir(folder).expect("the configurations are there").map(|file| file.expect("readable").path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    files
}

fn sound(file: &Path) -> Loaded {
    check(file, KNOWN, config::Arch::default()).unwrap_or_else(|report| panic!("{}:\n{report}", file.display()))
}

#[test]
fn every_shipped_configuration_is_sound() {
    let files = configs();
    for name in ["bench", "change", "demo", "faults", "frame", "intruder", "linux", "pools", "shares", "smp", "switch"]
    {
        assert!(files.iter().any(|file| file.file_stem().is_some_and(|stem| stem == name)), "{name}.toml is missing");
    }
    for file in files {
        let loaded = sound(&file);
        assert!(loaded.warnings.is_empty(), "{}:\n{}", file.display(), loaded.warnings);
        let bytes = write_bundle(&loaded.plan);
        let bundle = Bundle::read(&bytes).unwrap_or_else(|bad| panic!("{}: {bad}", file.display()));
        assert_eq!(Some(bundle.system().name), file.file_stem().and_then(|stem| stem.to_str()));
        assert_eq!(bytes, write_bundle(&sound(&file).plan));
    }
}

#[test]
fn every_row_is_one_that_its_scheduler_accepts() {
    for file in configs() {
        let bytes = write_bundle(&sound(&file).plan);
        let bundle = Bundle::read(&bytes).expect("valid");
        for scheduler in policies::REGISTRY {
            for (at, pool) in bundle.pools().enumerate() {
                let at = at as u16;
                if let Some(row) = bundle.pool_row(at, scheduler.name) {
                    assert_eq!((scheduler.check_pool)(&row.row), Ok(()));
                    let entries: Vec<_> =
                        (0..row.entries).filter_map(|n| bundle.entry(at, scheduler.name, n)).collect();
                    assert_eq!((scheduler.check_table)(&row.row, &entries), Ok(()));
                }
                for group in 0..pool.groups {
                    let row = bundle.group_row(at, scheduler.name, group).expect("in range");
                    assert_eq!((scheduler.check_group)(&row), Ok(()));
                }
                for vcpu in 0..pool.vcpus {
                    let row = bundle.vcpu_row(at, scheduler.name, vcpu).expect("in range");
                    assert_eq!((scheduler.check_vcpu)(&row), Ok(()));
                }
            }
        }
    }
}

//! Images end up where the guest expects them, and the bundle carries them unchanged.

mod common;

use std::path::{Path, PathBuf};
use std::{env, fs};

use common::{Fake, FakePc, elf, linux};
use config::plan::Load;
use config::{Bundle, write_bundle};
use dtoolkit::fdt::Fdt;

/// A system whose partitions are `partitions`, as a file of its own.
fn file(name: &str, partitions: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("writable");
    let head = "[system]\nname = \"x\"\n[[pool]]\nname = \"main\"\ncpus = [0, 1]\nscheduler = \"rtds\"\n";
    let file = folder.join("system.toml");
    fs::write(&file, format!("{head}{partitions}")).expect("writable");
    fs::write(folder.join("flat.bin"), [0x5a; 100]).expect("writable");
    fs::write(folder.join("own.elf"), elf(183, 0x4010_0000)).expect("writable");
    file
}

fn bundle(name: &str, partitions: &str) -> Vec<u8> {
    let loaded = config::load(&file(name, partitions), &mut Fake).unwrap_or_else(|report| panic!("{report}"));
    write_bundle(&loaded.plan)
}

/// What a PC's images come to, or everything that is wrong.
fn on_a_pc(name: &str, partitions: &str) -> Result<config::Loaded, String> {
    config::load(&file(name, partitions), &mut FakePc).map_err(|report| report.to_string())
}

fn sorted<'a>(bundle: &Bundle<'a>, index: u16) -> Vec<Load<'a>> {
    let mut loads: Vec<_> = bundle.loads(index).collect();
    loads.sort_by_key(|load| load.address);
    loads
}

#[test]
fn an_elf_file_is_loaded_at_its_addresses() {
    let partitions = "
        [[partition]]\nname = 'guest'\nimage = 'guests/hello'\nmemory = '2MiB'
        [[partition]]\nname = 'own'\nimage = 'own.elf'\nmemory = '2MiB'";
    let bytes = bundle("elf", partitions);
    let bundle = Bundle::read(&bytes).expect("valid");
    for (index, base) in [(0, 0x4000_0000), (1, 0x4010_0000)] {
        let partition = bundle.partition(index).expect("there");
        assert_eq!((partition.entry, partition.boot_arg, partition.loads), (base + 4, 0, 1));
        let load = bundle.loads(index).next().expect("a load");
        assert_eq!((load.address, load.bytes), (base, &b"sixteen bytes..."[..]));
    }
}

#[test]
fn a_flat_file_goes_to_the_base_or_where_the_file_says() {
    let partitions = "
        [[partition]]\nname = 'flat'\nimage = 'flat.bin'\nmemory = '2MiB'\nmemory_base = 0x8000_0000
        [[partition]]\nname = 'raw'\nmemory = '2MiB'
        image = { raw = 'flat.bin', load = '0x4008_0000', entry = '0x4008_0010', dtb = 0x4000_0000 }";
    let bytes = bundle("flat", partitions);
    let bundle = Bundle::read(&bytes).expect("valid");
    let flat = bundle.partition(0).expect("there");
    assert_eq!((flat.memory_base, flat.entry, flat.boot_arg), (0x8000_0000, 0x8000_0000, 0));
    let raw = bundle.partition(1).expect("there");
    assert_eq!((raw.entry, raw.boot_arg), (0x4008_0010, 0x4000_0000));
    let loads = sorted(&bundle, 1);
    assert!(Fdt::new(loads[0].bytes).is_ok());
    assert_eq!((loads[1].address, loads[1].bytes), (0x4008_0000, &[0x5a; 100][..]));
}

const LINUX: &str = "
    [[partition]]\nname = 'linux'\nmemory = '64MiB'\nvcpus = 2
    image = { kernel = 'debian:linux', initrd = 'linux/initramfs', cmdline = 'console=ttyAMA0' }
    [[partition]]\nname = 'bare'\nmemory = '64MiB'\nimage = 'debian:linux'";

#[test]
fn linux_gets_its_ram_disk_and_its_device_tree() {
    let bytes = bundle("linux", LINUX);
    let bundle = Bundle::read(&bytes).expect("valid");
    let (partition, loads) = (bundle.partition(0).expect("there"), sorted(&bundle, 0));
    assert_eq!(partition.entry, 0x4000_0000);
    assert_eq!((loads[0].address, loads[0].bytes), (0x4000_0000, &*linux()));
    assert_eq!((loads[1].bytes, loads[1].address % 4096), (&[7; 5000][..], 0));
    assert_eq!(loads[2].address, partition.boot_arg);
    assert!(loads[1].address >= 0x4000_0000 + (40 << 20));
    let bare = bundle.partition(1).expect("there");
    assert_eq!((bare.loads, bare.boot_arg), (2, 0x4400_0000 - 4096));
}

/// `BLESS=1 cargo test -p config --test images` writes the tree; read it before committing.
#[test]
fn the_device_tree_is_the_reviewed_one() {
    let bytes = bundle("tree", LINUX);
    let bundle = Bundle::read(&bytes).expect("valid");
    let tree = sorted(&bundle, 0)[2].bytes;
    let text = Fdt::new(tree).expect("a device tree").to_string();
    if env::var_os("BLESS").is_some() {
        fs::write("tests/linux.dts", &text).expect("writable");
    }
    assert_eq!(text, fs::read_to_string("tests/linux.dts").unwrap_or_default());
}

#[test]
fn two_partitions_share_an_image() {
    let partition = |name| format!("[[partition]]\nname = '{name}'\nimage = 'debian:linux'\nmemory = '64MiB'\n");
    let one = bundle("one", &partition("a")).len();
    let two = bundle("two", &(partition("a") + &partition("b"))).len();
    // The second one has a device tree of its own.
    assert!(two < one + 2 * 4096 + 1024, "{one} {two}");
}

#[test]
fn on_a_pc_linux_has_memory_from_the_first_byte_on() {
    let partitions = "
        [[partition]]\nname = 'linux'\nmemory = '64MiB'\nimage = { kernel = 'debian:linux', cmdline = 'quiet' }
        [[partition]]\nname = 'guest'\nimage = 'guests/hello'\nmemory = '2MiB'";
    let loaded = on_a_pc("pc", partitions).expect("sound");
    let bytes = write_bundle(&loaded.plan);
    let bundle = Bundle::read(&bytes).expect("valid");
    let (linux, guest) = (bundle.partition(0).expect("there"), bundle.partition(1).expect("there"));
    assert_eq!((linux.memory_base, linux.entry, guest.memory_base), (0, 0x100_0000, 0x4000_0000));
    let line = bundle.loads(0).find(|load| load.bytes.starts_with(b"tsc_early_khz=")).expect("a command line");
    assert_eq!(linux.clock_text, line.address + 14);
    assert_eq!(guest.clock_text, 0);
}

#[test]
fn on_a_pc_other_addresses_belong_to_devices() {
    let large = "[[partition]]\nname = 'linux'\nmemory = '4GiB'\nimage = { kernel = 'debian:linux' }";
    let said = on_a_pc("pc_large", large).expect_err("refused");
    assert!(said.contains("from 0xfe00_0000 below 0x1_0000_0000 to devices"), "{said}");
    let low = "[[partition]]\nname = 'flat'\nimage = 'flat.bin'\nmemory = '2MiB'\nmemory_base = 0";
    assert_eq!(on_a_pc("pc_low", low).expect("sound").plan.partitions[0].memory_base, 0);
    let tree = "[[partition]]\nname = 'raw'\nmemory = '2MiB'\nimage = { raw = 'flat.bin', dtb = 0x4000_0000 }";
    let said = on_a_pc("pc_tree", tree).expect_err("refused");
    assert!(said.contains("a PC has no device tree"), "{said}");
}

//! Hands the linker script to the bare-metal programs, wherever the sources lie.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=guest.ld");
    println!("cargo:rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR for build scripts");
        // Segments are loaded by pages of 4 KiB; the linker's default of 64 KiB would pad the files.
        println!("cargo:rustc-link-arg-bins=-zmax-page-size=4096");
        println!("cargo:rustc-link-arg-bins=-T{}", Path::new(&folder).join("guest.ld").display());
    }
}

//! Hands the linker script to the linker when the program is built for a bare machine.

fn main() {
    println!("cargo:rerun-if-changed=probe.ld");
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo:rustc-link-arg-bins=-zmax-page-size=4096");
        println!("cargo:rustc-link-arg-bins=-T{folder}/probe.ld");
    }
}

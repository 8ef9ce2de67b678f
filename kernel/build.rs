//! Hands the linker script, and the one that collects the log's texts, to the linker when the image is built for a bare machine.

fn main() {
    println!("cargo:rerun-if-changed=majorframe.ld");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo:rustc-link-arg-bins=-T{folder}/majorframe.ld");
        println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    }
}

//! Hands the linker script, and the one that collects the log's texts, to the linker when the image is built for a bare machine.

fn main() {
    println!("cargo:rerun-if-changed=aarch64.ld");
    println!("cargo:rerun-if-changed=x86_64.ld");
    let told = |name: &str| std::env::var(name).unwrap_or_default();
    if told("CARGO_CFG_TARGET_OS") == "none" {
        println!("cargo:rustc-link-arg-bins=-T{}/{}.ld", told("CARGO_MANIFEST_DIR"), told("CARGO_CFG_TARGET_ARCH"));
        println!("cargo:rustc-link-arg-bins=-Tdefmt.x");
    }
}

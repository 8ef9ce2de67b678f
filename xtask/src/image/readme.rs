//! The instructions beside an image: what each file is, and how it boots without these tools.

use super::{DISC, IMAGE, Lines, SYMBOLS, bundle_name, machine};
use crate::arch::Arch;
use crate::build::Artifacts;
use crate::process;
use crate::qemu::Source;
use crate::system::System;

/// The text.
pub(super) fn text(built: &Artifacts, system: &System, lines: &Lines, disc: bool) -> String {
    let command = process::line(&machine(built.arch, system, lines.typed.clone()).command());
    let (files, ways) = match built.arch {
        Arch::Aarch64 => (arm_files(built.code), u_boot(&lines.typed, &bundle_name(system))),
        Arch::X86_64 => (pc_files(built.code, disc), grub(system, &lines.menu, disc) + PC),
    };
    format!(
        "{files}{bundle:<20} the plan and its guests, given to the hypervisor as initial RAM disk

On QEMU, in this folder:

  {command}

{ways}
The schedulers in it: {schedulers}

Boot parameters: sched=NAME chooses one of them for the first pool;
stop=DURATION ends the system (2s, 500ms); without it, it runs until it is switched off.
",
        bundle = bundle_name(system),
        schedulers = built.schedulers.join(", "),
    )
}

fn arm_files(code: u64) -> String {
    format!(
        "{IMAGE:<20} the hypervisor, a flat arm64 boot image with {code} bytes of code
{SYMBOLS:<20} the same with symbols, for a debugger
"
    )
}

fn u_boot(boot: &str, bundle: &str) -> String {
    format!(
        "With U-Boot, from a card's first partition:

  load mmc 0:1 ${{kernel_addr_r}} {IMAGE}
  load mmc 0:1 ${{ramdisk_addr_r}} {bundle}
  setenv bootargs '{boot}'
  booti ${{kernel_addr_r}} ${{ramdisk_addr_r}}:${{filesize}} ${{fdt_addr_r}}
"
    )
}

fn pc_files(code: u64, disc: bool) -> String {
    let disc = if disc { format!("{DISC:<20} GRUB with both, for PCs with BIOS or EFI\n") } else { String::new() };
    format!(
        "{IMAGE:<20} the hypervisor, an ELF file for PVH and multiboot2 with {code} bytes of code, and with symbols
{disc}"
    )
}

fn grub(system: &System, line: &str, disc: bool) -> String {
    let bundle = bundle_name(system);
    let steps = format!(
        "With a GRUB that is there already, in its menu file or typed (with `boot` at the end):

  multiboot2 /{IMAGE} {line}
  module2 /{bundle}

"
    );
    if !disc {
        return steps;
    }
    let mut by_disc = machine(Arch::X86_64, system, String::new());
    by_disc.source = Source::Disc { disc: DISC.into(), firmware: None };
    let command = process::line(&by_disc.command());
    format!(
        "The disc on QEMU; for EFI in place of BIOS add `-bios /usr/share/ovmf/OVMF.fd`:

  {command}

The disc on a USB stick, which loses what is on it (`lsblk` tells its name, here sdX):

  sudo dd if={DISC} of=/dev/sdX bs=4M conv=fsync

{steps}"
    )
}

const PC: &str = "\
A PC needs an AMD processor with SVM and nested paging, not switched off in its set-up; Secure Boot off; and
a serial port at COM1 (port 0x3f8, 115200 baud, 8N1), which is the only console.
";

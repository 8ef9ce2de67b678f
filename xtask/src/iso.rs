//! A disc with GRUB, for PCs with BIOS and with EFI, that boots one system at once.
//!
//! GRUB's own maker of rescue discs does the work. The clock stands still for it, so that the same files give the same disc.

use crate::process;
use crate::setup;
use crate::workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// GRUB's modules that are needed: to find its folder however a disc or stick is divided, and to boot.
const MODULES: &str = "normal multiboot2 serial terminal terminfo iso9660 fat part_acorn part_amiga part_apple part_bsd \
                       part_dfly part_dvh part_gpt part_msdos part_plan part_sun part_sunpc boot search";
/// When every file of a disc was made.
const DATE: &str = "2000-01-01 00:00:00";
/// The same in seconds of Unix, for those who ask for it instead of the clock.
const EPOCH: &str = "946684800";
const LIMIT: Duration = Duration::from_secs(120);

/// Makes the disc `out` in the folder `work`: the ELF file `image`, the bundle and the boot line.
pub(crate) fn write(image: &[u8], bundle: &[u8], boot: &str, work: &Path, out: &Path) -> Result<()> {
    setup::disc_tools()?;
    let tree = work.join("disc");
    if tree.exists() {
        fs::remove_dir_all(&tree).with_context(|| format!("cannot remove {}", workspace::shown(&tree)))?;
    }
    workspace::make(&tree.join("boot/grub"))?;
    workspace::write(&tree.join("boot/majorframe"), image)?;
    workspace::write(&tree.join("boot/bundle"), bundle)?;
    workspace::write(&tree.join("boot/grub/grub.cfg"), menu(boot).as_bytes())?;
    let mut command = Command::new("faketime");
    command.args(["-f", DATE, "grub-mkrescue", "--fonts=", "--locales=", "--themes="]);
    command.arg(format!("--install-modules={MODULES}")).arg("-o").arg(out).arg(&tree);
    command.env("SOURCE_DATE_EPOCH", EPOCH).env("TZ", "UTC");
    process::checked(&mut command, LIMIT)?;
    fs::remove_dir_all(&tree).with_context(|| format!("cannot remove {}", workspace::shown(&tree)))
}

/// What GRUB is told. It speaks over the serial line only, as the hypervisor does.
fn menu(boot: &str) -> String {
    format!(
        "serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
set timeout=0
menuentry Majorframe {{
  multiboot2 /boot/majorframe {boot}
  module2 /boot/bundle
}}
"
    )
}

#[cfg(test)]
mod tests {
    use super::menu;

    #[test]
    fn the_boot_line_follows_the_hypervisor() {
        let text = menu("sched=rtds stop=2s");
        assert!(
            text.contains("\n  multiboot2 /boot/majorframe sched=rtds stop=2s\n  module2 /boot/bundle\n"),
            "{text}"
        );
    }
}

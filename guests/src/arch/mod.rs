//! The machine, on one screen. Each architecture offers exactly these functions:
//!
//! | function | what it does |
//! |---|---|
//! | [`hypercall`], [`wait_until`] | calls the hypervisor; the second reads the counter right after the return |
//! | [`counter`] | the free-running counter of [`abi::Clock`] |
//! | [`vcpu`], [`relax`], [`burn`], [`spin_forever`], [`stop`] | this vCPU, a waiting loop's hint, work, endless work, an end |
//! | [`timer_arm`], [`timer_off`] | the virtual timer, in ticks of the counter |
//! | [`doze`], [`open`], [`close`] | waits for an interrupt and takes it; lets interrupts in; masks them |
//! | [`gic_enable`], [`acknowledge`], [`end_of_interrupt`], [`send_sgi`] | the interrupt controller's CPU interface |
//! | [`mmio_read`], [`mmio_write`] | 32-bit device registers, with instructions that a hypervisor can decode |
//! | [`load`], [`store`], [`jump`], [`undefined`], ... | what [`crate::attack`] is made of |
//! | [`time_hypercalls`], [`time_reads`], [`time_nothing`] | loops of known length for measurements |
//! | [`secondary_entry`], [`image`], [`info_page`] | places |

#[cfg(all(target_os = "none", target_arch = "aarch64"))]
mod aarch64;
#[cfg(all(target_os = "none", target_arch = "aarch64"))]
pub use aarch64::*;

#[cfg(all(target_os = "none", not(target_arch = "aarch64")))]
compile_error!("the guests' runtime knows AArch64 only");

#[cfg(not(target_os = "none"))]
mod host;
#[cfg(not(target_os = "none"))]
pub use host::*;

#[cfg(test)]
mod tests {
    #[test]
    fn the_linker_script_and_the_layout_agree() {
        let start = std::format!(". = {:#x};", abi::layout::RAM);
        assert!(include_str!("../../guest.ld").contains(&start));
    }
}

//! The machine, on one screen. Each architecture offers exactly these functions:
//!
//! | function | what it does |
//! |---|---|
//! | [`hypercall`], [`wait_until`] | calls the hypervisor; the second reads the counter right after the return |
//! | [`counter`] | the free-running counter of [`abi::Clock`] |
//! | [`vcpu`], [`relax`], [`burn`], [`spin_forever`], [`stop`] | this vCPU, a waiting loop's hint, work, endless work, an end |
//! | [`timer_arm`], [`timer_off`] | the virtual timer, in ticks of the counter |
//! | [`doze`], [`open`], [`close`] | waits for an interrupt and takes it; lets interrupts in; masks them |
//! | [`enable_interrupts`], [`send_sgi`] | the interrupt controller of this vCPU; what comes is noted in [`crate::interrupts`] |
//! | [`flood`] | touches every register of every device |
//! | [`load`], [`store`], [`jump`], [`undefined`], ... | what [`crate::attack`] is made of |
//! | [`OWN_DEEDS`], [`perform_own`] | the same for what only this machine knows |
//! | [`time_hypercalls`], [`time_controller_reads`], [`time_uart_reads`], [`time_nothing`] | loops of known length for measurements |
//! | [`secondary_entry`], [`image`], [`info_page`] | places |

#[cfg(all(target_os = "none", target_arch = "aarch64"))]
mod aarch64;
#[cfg(all(target_os = "none", target_arch = "aarch64"))]
pub use aarch64::*;

#[cfg(all(target_os = "none", target_arch = "x86_64"))]
mod x86_64;
#[cfg(all(target_os = "none", target_arch = "x86_64"))]
pub use x86_64::*;

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

//! What a guest of Majorframe sees: hypercalls, the info page, the layout of its memory.
//!
//! Kernel and guests share this crate and nothing else. Everything a guest passes travels in registers;
//! the hypervisor never takes a guest pointer.
#![no_std]
#![forbid(unsafe_code)]

pub mod clock;
pub mod hypercall;
pub mod info;
pub mod layout;

pub use clock::Clock;
pub use info::InfoPage;

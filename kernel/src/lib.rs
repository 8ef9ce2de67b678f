//! The Majorframe hypervisor.
#![no_std]
#![deny(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod devices;

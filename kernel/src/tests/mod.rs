//! Whole systems on the software machine: booted from a real bundle, with guests that do as a test wants.

mod bench;
mod guest;
mod plans;

mod interrupts;
mod keyboard;
mod life;
mod records;
mod refusals;
mod time;

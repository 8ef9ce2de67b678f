//! Whole systems on the software machine: booted from a real bundle, with guests that do as a test wants.

mod bench;
mod control;
mod guest;
mod plans;

mod interrupts;
mod keyboard;
mod life;
mod records;
mod refusals;
mod time;

//! Emulated devices as pure state: what a guest reads and writes, tested on a PC.

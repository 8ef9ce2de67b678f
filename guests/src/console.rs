//! Text to the partition's console, in calls of up to 40 bytes.

use core::fmt::{self, Write};

use abi::hypercall::CONSOLE_BYTES;

use crate::hypercall;

/// How often what the console did not take is offered again before it is dropped.
const OFFERS: u32 = 8;

/// A writer that gathers text, so that a line costs few calls.
pub struct Console {
    text: [u8; CONSOLE_BYTES],
    used: usize,
}

impl Console {
    /// An empty one.
    pub const fn new() -> Self {
        Self { text: [0; CONSOLE_BYTES], used: 0 }
    }

    /// Sends what was gathered.
    pub fn flush(&mut self) {
        let mut rest = self.text.get(..self.used).unwrap_or_default();
        for _ in 0..OFFERS {
            rest = rest.get(hypercall::console(rest)..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            hypercall::yield_now();
        }
        self.used = 0;
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if let Some(place) = self.text.get_mut(self.used) {
                *place = byte;
                self.used += 1;
            }
            if self.used == CONSOLE_BYTES {
                self.flush();
            }
        }
        Ok(())
    }
}

/// Writes one line.
pub fn line(text: fmt::Arguments<'_>) {
    let mut console = Console::new();
    // The writer never fails.
    let _ = console.write_fmt(text);
    let _ = console.write_str("\n");
    console.flush();
}

/// Writes a line to the partition's console, as `println!` does.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => {
        $crate::console::line(core::format_args!($($text)*))
    };
}

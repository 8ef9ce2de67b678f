//! From the start code to the program: the info page, the arguments, the end.

use abi::{Clock, InfoPage};

use crate::args::Args;
use crate::hypercall::{self, code};
use crate::{arch, psci, say};

/// What a program knows of itself.
#[derive(Clone, Copy, Debug)]
pub struct Guest {
    info: InfoPage<'static>,
}

impl Guest {
    /// The guest that `info` describes.
    pub const fn new(info: InfoPage<'static>) -> Self {
        Self { info }
    }

    /// The info page.
    pub const fn info(&self) -> &InfoPage<'static> {
        &self.info
    }

    /// The arguments.
    pub const fn args(&self) -> Args<'static> {
        Args::new(self.info.args)
    }

    /// The system clock.
    pub const fn clock(&self) -> Clock {
        self.info.clock
    }

    /// Now, in nanoseconds since the epoch.
    #[inline]
    pub fn now(&self) -> u64 {
        self.info.clock.nanos(arch::counter())
    }
}

/// Runs `program` on the first vCPU; its return is the partition's end.
pub fn start(program: fn(&Guest) -> crate::Result) -> ! {
    let Some(info) = InfoPage::read(arch::info_page()) else {
        hypercall::abort(code::NO_INFO_PAGE);
    };
    if let Err(error) = program(&Guest::new(info)) {
        say!("{error}");
        hypercall::abort(code::ARGUMENTS);
    }
    psci::system_off()
}

#[cfg(target_os = "none")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    say!("{info}");
    hypercall::abort(code::PANIC)
}

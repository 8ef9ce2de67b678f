//! What the linker script knows about the image.

unsafe extern "C" {
    static __image_start: u8;
    static __code_end: u8;
    static __text_end: u8;
    static __rodata_end: u8;
    static __stacks_start: u8;
    static __image_end: u8;
    static trampoline: u8;
    static trampoline_end: u8;
}

/// The image's parts, as addresses.
#[derive(Clone, Copy)]
pub(super) struct Image {
    pub(super) text: (u64, u64),
    pub(super) rodata_end: u64,
    pub(super) stacks: u64,
    pub(super) end: u64,
}

/// Where the image lies.
pub(super) fn image() -> Image {
    Image {
        text: (&raw const __image_start as u64, &raw const __text_end as u64),
        rodata_end: &raw const __rodata_end as u64,
        stacks: &raw const __stacks_start as u64,
        end: &raw const __image_end as u64,
    }
}

/// The length of the code in bytes, without what fills its last page.
pub(super) fn code_bytes() -> u64 {
    &raw const __code_end as u64 - &raw const __image_start as u64
}

/// The first instructions of another pCPU, to be copied to low memory.
pub(super) fn trampoline_bytes() -> &'static [u8] {
    let first = &raw const trampoline;
    let length = &raw const trampoline_end as usize - first as usize;
    // SAFETY: both symbols lie in the image's code, in this order.
    unsafe { core::slice::from_raw_parts(first, length) }
}

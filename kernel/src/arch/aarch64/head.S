// First instructions of the hypervisor: the Linux Image header, the way to Rust, and the vectors.

    .section .text.head, "ax"
    .global _start
_start:
    b       primary
    .long   0
    .quad   0x200000                    // text_offset
    .quad   __image_size // image_size, with everything that is zeroed here
    .quad   0b0010                      // little-endian, 4 KiB pages
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

primary:
    mrs     x20, cntpct_el0             // the first instant that we can know
    mov     x19, x0                     // device tree
    mrs     x1, CurrentEL
    cmp     x1, #(2 << 2)
    b.ne    not_el2
    adrp    x1, __bss_start
    adrp    x2, __bss_end
0:  stp     xzr, xzr, [x1], #16
    cmp     x1, x2
    b.lo    0b
    adrp    x1, __stacks_start
    add     x1, x1, #0x10000             // guard + stack: the top of the first stack
    mov     sp, x1
    adr     x1, vectors
    msr     vbar_el2, x1
    mov     x0, x19
    mov     x1, x20
    bl      boot_primary
halt:
    wfe
    b       halt

// Without EL2 there is no hypervisor: say so on QEMU's console, the only one that can be guessed, and stop.
not_el2:
    adr     x1, text_not_el2
    mov     x2, #0x09000000
1:  ldrb    w3, [x1], #1
    cbz     w3, 2f
    str     w3, [x2]
    b       1b
2:  mov     w0, #8
    movk    w0, #0x8400, lsl #16
    cmp     x1, x1
    hvc     #0
    b       halt
text_not_el2:
    .asciz  "majorframe: this machine did not start us at EL2; enable virtualization (QEMU: -M virt,virtualization=on).\n"
    .align  2

// A secondary pCPU arrives here from PSCI CPU_ON with x0 = its number. The primary has published the
// translation registers; their order is that of `mmu::Registers`.
    .global secondary
secondary:
    adrp    x1, mmu_registers
    add     x1, x1, :lo12:mmu_registers
    ldp     x2, x3, [x1]
    ldp     x4, x5, [x1, #16]
    msr     mair_el2, x2
    msr     tcr_el2, x3
    msr     ttbr0_el2, x4
    tlbi    alle2
    dsb     nsh
    isb
    msr     sctlr_el2, x5
    isb
    adr     x1, vectors
    msr     vbar_el2, x1
    mov     x2, #0x10000
    adrp    x1, __stacks_start
    madd    x1, x0, x2, x1
    add     x1, x1, x2
    mov     sp, x1
    bl      boot_secondary
    b       halt

// Exits from a guest. sp is the frame of the running vCPU (see `context::Frame`), so the registers are
// saved without any other memory; then sp becomes the pCPU's stack.
.macro SAVE_SHORT
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x30, [sp, #144]
    ldr     x9, [sp, #FRAME_STACK]
    mov     x0, sp
    mov     sp, x9
    str     x0, [sp, #-16]!
.endm

.macro RESTORE_SHORT frame
    mov     sp, \frame
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x30, [sp, #144]
    ldp     x0, x1, [sp, #0]
.endm

    .equ    FRAME_LONG, 160             // x19 to x29
    .equ    FRAME_STACK, 248            // the top of the pCPU's stack

    .macro VECTOR target
    .align  7
    b       \target
    .endm

    .section .text.vectors, "ax"
    .align  11
    .global vectors
vectors:
    VECTOR  own_fault                   // current EL, SP0
    VECTOR  own_fault
    VECTOR  own_fault
    VECTOR  own_fault
    VECTOR  own_fault                   // current EL, SPx
    VECTOR  own_fault
    VECTOR  own_fault
    VECTOR  own_fault
    .align  7                           // lower EL, AArch64: synchronous
    SAVE_SHORT
    bl      exit_sync
    cbnz    x0, long_exit
    ldr     x1, [sp]
    RESTORE_SHORT x1
    eret
    .align  7                           // lower EL, AArch64: IRQ
    SAVE_SHORT
    bl      exit_irq
    cbnz    x0, long_exit
    ldr     x1, [sp]
    RESTORE_SHORT x1
    eret
    VECTOR  own_fault                   // FIQ: not routed to us
    VECTOR  guest_serror
    VECTOR  guest_aarch32               // lower EL, AArch32: cannot happen, HCR_EL2.RW is set
    VECTOR  guest_aarch32
    VECTOR  guest_aarch32
    VECTOR  guest_aarch32

guest_serror:
    SAVE_SHORT
    bl      exit_serror
    b       long_exit

guest_aarch32:
    b       own_fault

// The handler wants a dispatch: save the rest of the frame and let Rust choose who goes on.
long_exit:
    ldr     x1, [sp], #16
    stp     x19, x20, [x1, #FRAME_LONG]
    stp     x21, x22, [x1, #FRAME_LONG + 16]
    stp     x23, x24, [x1, #FRAME_LONG + 32]
    stp     x25, x26, [x1, #FRAME_LONG + 48]
    stp     x27, x28, [x1, #FRAME_LONG + 64]
    str     x29, [x1, #FRAME_LONG + 80]
    cmp     x0, #1                      // Cause::Trap: an access to a register that is saved only now
    b.eq    1f
    bl      exit_dispatch
    b       resume
1:  mov     x0, x1
    bl      exit_long
    .global resume
resume:                                 // x0 = frame of the vCPU to go on with
    ldp     x19, x20, [x0, #FRAME_LONG]
    ldp     x21, x22, [x0, #FRAME_LONG + 16]
    ldp     x23, x24, [x0, #FRAME_LONG + 32]
    ldp     x25, x26, [x0, #FRAME_LONG + 48]
    ldp     x27, x28, [x0, #FRAME_LONG + 64]
    ldr     x29, [x0, #FRAME_LONG + 80]
    RESTORE_SHORT x0
    eret

// A fault of the hypervisor itself. The stack may be the reason, so use the one of the emergency.
own_fault:
    adrp    x0, emergency_stack
    add     x0, x0, :lo12:emergency_stack
    add     x0, x0, #0x1000
    mov     sp, x0
    mrs     x0, esr_el2
    mrs     x1, elr_el2
    mrs     x2, far_el2
    bl      hypervisor_fault
    b       halt

// x0 = start, x1 = end, both multiples of 256 and x1 > x0: zero the memory and clean it to where a guest
// with its MMU off looks. The zeroing block is 64 bytes on every core we know; the caller checks.
    .section .text.memory, "ax"
    .global memory_zero
memory_zero:
0:  dc      zva, x0
    dc      civac, x0
    add     x2, x0, #64
    dc      zva, x2
    dc      civac, x2
    add     x3, x0, #128
    dc      zva, x3
    dc      civac, x3
    add     x2, x0, #192
    dc      zva, x2
    dc      civac, x2
    add     x0, x0, #256
    cmp     x0, x1
    b.lo    0b
    dsb     sy
    ret

// x0 = to, x1 = from, x2 = length, a multiple of 64 greater than 0: copy, clean, and forget old instructions.
    .global memory_copy
memory_copy:
    add     x2, x2, x0
0:  ldp     x4, x5, [x1], #16
    ldp     x6, x7, [x1], #16
    ldp     x8, x9, [x1], #16
    ldp     x10, x11, [x1], #16
    stp     x4, x5, [x0]
    stp     x6, x7, [x0, #16]
    stp     x8, x9, [x0, #32]
    stp     x10, x11, [x0, #48]
    dc      civac, x0
    add     x0, x0, #64
    cmp     x0, x2
    b.lo    0b
    dsb     sy
    ic      iallu
    dsb     sy
    isb
    ret

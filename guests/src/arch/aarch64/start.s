// The first instructions of a guest and its exception vectors.
// Entered at EL1h, MMU off, DAIF masked; nothing in memory is prepared but the image itself.

.section .text.start, "ax"
.global _start
_start:
    bl      prepare
    adrp    x1, __bss_start
    add     x1, x1, :lo12:__bss_start
    adrp    x2, __bss_end
    add     x2, x2, :lo12:__bss_end
1:  cmp     x1, x2
    b.hs    2f
    stp     xzr, xzr, [x1], #16
    b       1b
2:  bl      guest_entry
    b       dead

// A further vCPU, by PSCI CPU_ON: x0 is the function that it runs.
.global guest_secondary
guest_secondary:
    mov     x19, x0
    bl      prepare
    blr     x19
    ldr     w0, =0x84000002         // PSCI CPU_OFF
    hvc     #0
    b       dead

// Vectors and a stack for each vCPU, by its number. A vCPU without a stack stops.
prepare:
    adrp    x1, vectors
    add     x1, x1, :lo12:vectors
    msr     vbar_el1, x1
    isb
    mrs     x1, mpidr_el1
    and     x1, x1, #0xff
    cmp     x1, #{vcpus}
    b.hs    dead
    add     x1, x1, #1
    mov     x2, #{stack}
    adrp    x3, stacks
    add     x3, x3, :lo12:stacks
    madd    x1, x1, x2, x3
    mov     sp, x1
    ret

dead:
    wfi
    b       dead

.section .stacks, "aw", %nobits
.balign 16
stacks:
    .space  {vcpus} * {stack}

// An exception that nobody expects: the partition is faulty, the syndrome says why.
.macro unexpected
    .balign 128
    mrs     x1, esr_el1
    b       abort
.endm

.macro save
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x30, [sp, #144]
.endm

.macro leave
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x30, [sp, #144]
    ldp     x0, x1, [sp], #160
    eret
.endm

.section .text.vectors, "ax"
.balign 2048
vectors:
    .rept 4                         // EL1 with SP_EL0: never used
    unexpected
    .endr

    .balign 128                     // EL1, synchronous
    stp     x0, x1, [sp, #-160]!
    b       synchronous
    .balign 128                     // EL1, IRQ: the counter first, that is when the guest noticed
    stp     x0, x1, [sp, #-160]!
    mrs     x0, cntvct_el0
    b       interrupt
    .rept 2                         // EL1, FIQ and SError
    unexpected
    .endr

    .rept 8                         // EL0: never used
    unexpected
    .endr

    .balign 128
interrupt:
    save
    bl      {interrupt}
    leave

// In: syndrome, where it happened, the link register, the faulting address. Out: where to go on.
synchronous:
    save
    mrs     x0, esr_el1
    mrs     x1, elr_el1
    mov     x2, x30
    mrs     x3, far_el1
    bl      {exception}
    msr     elr_el1, x0
    leave

// x1: the code.
abort:
    movz    x0, #0xc600, lsl #16
    movk    x0, #0x0006
    hvc     #0
    b       dead

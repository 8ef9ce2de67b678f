// The first instructions of a guest on a PC, and its gates.
// Entered in 32-bit protected mode, flat, without paging; memory beyond the image is zero.

.section .text.start, "ax"
.code32
.global _start
_start:
    lea     esp, [stacks + {stack}]
    mov     eax, offset tables + 0x2003     // the first 4 GiB, each onto itself, in pages of 2 MiB
    mov     ecx, 4
    mov     edi, offset tables + 0x1000
1:  mov     [edi], eax
    add     eax, 0x1000
    add     edi, 8
    dec     ecx
    jnz     1b
    mov     dword ptr [tables], offset tables + 0x1003
    mov     eax, 0x83
    mov     edi, offset tables + 0x2000
    mov     ecx, 2048
2:  mov     [edi], eax
    add     eax, 0x200000
    add     edi, 8
    dec     ecx
    jnz     2b
    xor     ebx, ebx
    jmp     to_long_mode

// A further vCPU: ebx is the function that it runs.
.global guest_secondary
guest_secondary:
    mov     edi, ebx
    mov     eax, 1
    cpuid
    shr     ebx, 24
    mov     eax, ebx
    inc     eax
    imul    eax, eax, {stack}
    lea     esp, [stacks + eax]
    mov     ebx, edi

to_long_mode:
    mov     eax, offset tables
    mov     cr3, eax
    mov     eax, cr4
    or      eax, 1 << 5
    mov     cr4, eax
    mov     ecx, 0xc0000080
    rdmsr
    or      eax, 1 << 8
    wrmsr
    mov     eax, cr0
    or      eax, 1 << 31
    mov     cr0, eax
    lgdt    [gdt_pointer]
    mov     eax, offset start_64
    push    0x08
    push    eax
    retf

.code64
start_64:
    mov     eax, 0x10
    mov     ds, eax
    mov     es, eax
    mov     ss, eax
    lidt    [rip + idt_pointer]
    mov     ebx, ebx
    test    ebx, ebx
    jnz     3f
    lea     rdi, [rip + __bss_start]
    lea     rcx, [rip + __bss_end]
    sub     rcx, rdi
    xor     eax, eax
    rep stosb
    call    {gates}
    call    guest_entry
    jmp     dead
3:  call    rbx
    mov     eax, 0x84000002                 // PSCI CPU_OFF
    vmmcall
dead:
    cli
    hlt
    jmp     dead

.section .rodata.gdt, "a"
.balign 8
gdt:
    .quad   0
    .quad   0x00af9b000000ffff
    .quad   0x00cf93000000ffff
gdt_pointer:
    .word   23
    .quad   gdt
.global idt_pointer
idt_pointer:
    .word   256 * 16 - 1
    .quad   {idt}

.section .stacks, "aw", @nobits
.balign 4096
tables:
    .space  6 * 4096
.global stacks
stacks:
    .space  {vcpus} * {stack}

.section .text.vectors, "ax"

// Interrupts: the counter first, that is when the guest noticed. The stack stays aligned: five words by the
// processor and nine by us, and one more.
.macro ENTRY name, vector
    .global \name
    .balign 16
\name:
    push    rax
    push    rdx
    rdtsc
    push    \vector
    jmp     interrupt
.endm
    ENTRY   on_timer, 0x20
    ENTRY   on_software, 0x30
    .set    number, 1
    .rept   15
    .balign 16
    push    rax
    push    rdx
    rdtsc
    push    0x30 + number
    jmp     interrupt
    .set    number, number + 1
    .endr
interrupt:
    shl     rdx, 32
    or      rax, rdx
    pop     rdx                             // vector
    xchg    rax, [rsp]                      // rax = the old rdx, below it the counter
    push    rcx
    push    rax
    push    rsi
    push    rdi
    push    r8
    push    r9
    push    r10
    push    r11
    mov     rdi, [rsp + 64]
    mov     rsi, rdx
    push    rbp
    mov     rbp, rsp
    and     rsp, -16
    call    {interrupt}
    mov     rsp, rbp
    pop     rbp
    pop     r11
    pop     r10
    pop     r9
    pop     r8
    pop     rdi
    pop     rsi
    pop     rdx
    pop     rcx
    add     rsp, 8
    pop     rax
    iretq

// Exceptions: vector, error code, where, address. Those that are survived go on where the deed said.
.global exceptions
.balign 16
exceptions:
    .set    vector, 0
    .rept   32
    .balign 16
    .if     (vector == 8) | (vector >= 10 & vector <= 14) | (vector == 17) | (vector == 21) | (vector == 29) | (vector == 30)
    .else
    push    0
    .endif
    push    vector
    jmp     exception
    .set    vector, vector + 1
    .endr
exception:
    pop     rdi
    pop     rsi
    mov     rdx, [rsp]
    mov     rcx, cr2
    mov     rbp, rsp
    and     rsp, -16
    call    {exception}
    mov     rsp, rbp
    mov     rcx, [rip + {recover}]
    mov     [rsp], rcx                      // where the deed wants to go on
    mov     rcx, [rip + {recover} + 8]
    mov     [rsp + 24], rcx                 // with its stack
    iretq

// First instructions of the hypervisor on a PC, the way of other pCPUs from real mode, interrupts, and the
// world switch. Entered in 32-bit protected mode without paging, with what the loader hands over in ebx: by PVH
// (start info) or by multiboot2 (eax = its magic number, ebx = boot information).

    // The header by which GRUB finds out that this is for multiboot2 (its specification 2.0, section 3.1): among the first
    // 32 KiB of the file, no wishes. Entry and segments are those of the ELF file.
    .section .multiboot2, "a"
    .align  8
multiboot2:
    .long   0xe85250d6, 0, multiboot2_end - multiboot2, 0x17adaf2a - (multiboot2_end - multiboot2)
    .word   0, 0                        // the end of the tags
    .long   8
multiboot2_end:

    // The note by which QEMU and Xen find the 32-bit entry (Xen's PVH boot protocol, XEN_ELFNOTE_PHYS32_ENTRY).
    .section .note.pvh, "a", @note
    .align  4
    .long   4, 8, 18
    .asciz  "Xen"
    .quad   _start

    .section .text.head, "ax"
    .code32
    .global _start
_start:
    cli
    cld
    mov     esp, offset boot_stack
    mov     edi, ebx                    // what is handed over
    mov     ebp, eax                    // by which protocol
    rdtsc                               // the first instant that we can know
    push    edx
    push    eax
    mov     eax, 0x80000000
    cpuid
    cmp     eax, 0x80000001
    jb      no_long_mode
    mov     eax, 0x80000001
    cpuid
    test    edx, 1 << 29
    jz      no_long_mode

    // The first 4 GiB, each onto itself, in pages of 2 MiB.
    mov     eax, 0x83
    xor     ecx, ecx
1:  mov     [boot_directories + ecx], eax
    mov     dword ptr [boot_directories + ecx + 4], 0
    add     eax, 0x200000
    add     ecx, 8
    cmp     ecx, 4 * 4096
    jb      1b
    mov     dword ptr [boot_pointers], offset boot_directories + 3
    mov     dword ptr [boot_pointers + 8], offset boot_directories + 0x1003
    mov     dword ptr [boot_pointers + 16], offset boot_directories + 0x2003
    mov     dword ptr [boot_pointers + 24], offset boot_directories + 0x3003
    mov     dword ptr [boot_root], offset boot_pointers + 3
    mov     eax, offset boot_root
    call    to_long_mode
    pop     esi                         // the first instant
    pop     edx
    mov     eax, offset start_64
    push    0x08
    push    eax
    retf

// eax = the root of the tables: switches paging and long mode on. Keeps edi and ebp.
to_long_mode:
    mov     cr3, eax
    mov     eax, cr4
    or      eax, 1 << 5                 // PAE
    mov     cr4, eax
    mov     ecx, 0xc0000080             // EFER: LME, NXE
    rdmsr
    or      eax, 1 << 8 | 1 << 11
    wrmsr
    mov     eax, cr0
    or      eax, 1 << 31 | 1 << 16 | 1  // PG, WP, PE
    and     eax, 0x9fffffff             // caches on
    mov     cr0, eax
    lgdt    [boot_gdt_pointer]
    ret

no_long_mode:
    mov     esi, offset text_no_long_mode
    mov     dx, 0x3f8
2:  lodsb
    test    al, al
    jz      3f
    out     dx, al
    jmp     2b
3:  hlt
    jmp     3b
text_no_long_mode:
    .asciz  "majorframe: this processor has no 64-bit mode.\n"

    .code64
start_64:
    xor     eax, eax
    mov     ds, eax
    mov     es, eax
    mov     ss, eax
    mov     esi, esi
    shl     rdx, 32
    or      rsi, rdx
    mov     edi, edi
    mov     edx, ebp
    lea     rsp, [rip + __stacks_start]
    add     rsp, 0x10000                // guard and stack: the top of the first one
    call    boot_primary
4:  hlt
    jmp     4b

// Another pCPU begins here in real mode, copied to `TRAMPOLINE`; its number lies in the ticket at the end.
    .code16
    .global trampoline
    .global trampoline_end
trampoline:
    cli
    xor     ax, ax
    mov     ds, ax
    // lgdt from the copy: the assembler takes one symbol in an address, and this is a difference of two.
    .byte   0x0f, 0x01, 0x16
    .word   {TRAMPOLINE} + trampoline_gdt - trampoline
    mov     eax, cr0
    or      al, 1
    mov     cr0, eax
    // A far jump to a 32-bit address in a 32-bit segment.
    .byte   0x66, 0xea
    .long   secondary_32
    .word   0x18
    .align  4
trampoline_gdt:
    .word   boot_gdt_end - boot_gdt - 1
    .long   boot_gdt
trampoline_end:

    .code32
secondary_32:
    mov     ax, 0x10
    mov     ds, ax
    mov     es, ax
    mov     ss, ax
    mov     esp, offset boot_stack
    mov     eax, [secondary_root]
    call    to_long_mode
    mov     eax, offset secondary_64
    push    0x08
    push    eax
    retf
    .code64
secondary_64:
    xor     eax, eax
    mov     ds, eax
    mov     es, eax
    mov     ss, eax
    mov     edi, [rip + secondary_number]
    lea     eax, [rdi + 1]
    shl     rax, 16
    lea     rsp, [rip + __stacks_start]
    add     rsp, rax
    call    boot_secondary
5:  hlt
    jmp     5b

    .section .rodata.gdt, "a"
    .align  8
boot_gdt:
    .quad   0
    .quad   0x00af9b000000ffff          // 64-bit code
    .quad   0x00cf93000000ffff          // data
    .quad   0x00cf9b000000ffff          // 32-bit code
boot_gdt_end:
boot_gdt_pointer:
    .word   boot_gdt_end - boot_gdt - 1
    .quad   boot_gdt

    .section .bss.boot, "aw", @nobits
    .align  4096
boot_root:
    .skip   4096
boot_pointers:
    .skip   4096
boot_directories:
    .skip   4 * 4096
    .skip   256
boot_stack:

// Physical interrupts are only noted here: `apic::take` deals with them. gs is this pCPU's own data.
    .section .text.vectors, "ax"
.macro NOTE name, bit
    .global \name
\name:
    or      byte ptr gs:[{PENDING}], \bit
    iretq
.endm
    NOTE    note_timer, 1
    NOTE    note_kick, 2
    NOTE    note_input, 4
    NOTE    note_nudge, 8
    .global note_nothing
note_nothing:
    iretq

// A fault of the hypervisor itself, on the emergency stack. Each entry is 16 bytes long.
    .global faults
    .align  16
faults:
    .set    vector, 0
    .rept   32
    .align  16
    .if     (vector == 8) | (vector >= 10 & vector <= 14) | (vector == 17) | (vector == 21) | (vector == 29) | (vector == 30)
    .else
    push    0
    .endif
    push    vector
    jmp     own_fault
    .set    vector, vector + 1
    .endr
own_fault:
    pop     rdi                         // vector
    pop     rsi                         // error code
    mov     rdx, [rsp]                  // where
    mov     rcx, cr2
    and     rsp, -16
    call    hypervisor_fault

// Runs guests for ever. rdi = the vCPU to begin with, which starts with its block; rsi = the pCPU's own block for
// vmsave and vmload. Interrupts stay held off by the global flag; the interrupt flag lets them end the guest's turn.
// Nothing of the hypervisor is in registers while a guest runs but rsp and rax, which the processor keeps.
    .global run_guests
run_guests:
    push    rsi
    mov     rax, rdi
1:  cmp     byte ptr [rax + {WANTS}], 0
    jne     3f
2:  mov     rdi, [rax + {FRAME} + 8]
    mov     rsi, [rax + {FRAME} + 16]
    mov     rdx, [rax + {FRAME} + 24]
    mov     rcx, [rax + {FRAME} + 32]
    mov     r8, [rax + {FRAME} + 40]
    mov     r9, [rax + {FRAME} + 48]
    mov     r10, [rax + {FRAME} + 56]
    mov     rbx, [rax + {FRAME} + 64]
    mov     rbp, [rax + {FRAME} + 72]
    mov     r11, [rax + {FRAME} + 80]
    mov     r12, [rax + {FRAME} + 88]
    mov     r13, [rax + {FRAME} + 96]
    mov     r14, [rax + {FRAME} + 104]
    mov     r15, [rax + {FRAME} + 112]
    clgi
    sti
    vmload  rax
    vmrun   rax
    vmsave  rax
    cli
    mov     [rax + {FRAME} + 8], rdi
    mov     [rax + {FRAME} + 16], rsi
    mov     [rax + {FRAME} + 24], rdx
    mov     [rax + {FRAME} + 32], rcx
    mov     [rax + {FRAME} + 40], r8
    mov     [rax + {FRAME} + 48], r9
    mov     [rax + {FRAME} + 56], r10
    mov     [rax + {FRAME} + 64], rbx
    mov     [rax + {FRAME} + 72], rbp
    mov     [rax + {FRAME} + 80], r11
    mov     [rax + {FRAME} + 88], r12
    mov     [rax + {FRAME} + 96], r13
    mov     [rax + {FRAME} + 104], r14
    mov     [rax + {FRAME} + 112], r15
    mov     rdi, rax
    mov     rax, [rsp]
    vmload  rax
    stgi
    call    end_of_turn                 // says who goes on
    jmp     1b
3:  mov     rbx, rax
    mov     rdi, rax
    call    before_turn
    mov     rax, rbx
    jmp     2b

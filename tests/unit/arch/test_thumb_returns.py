# SPDX-License-Identifier: MIT
"""Cortex-M, pure half: which functions use their return address for more than to return. By
hand, and over newlib and libgcc."""
import pytest

from pure import OK, REFUSED, check_by_hand, refusals
from test_thumb import MULTILIBS, THUMB, library

AGENT_SEES = 64  # bytes

# (instructions, may it be hooked?)
BY_HAND = [
    ("bx lr", OK),
    ("mov pc, lr", OK),
    ("push {r4, lr}; bl 1f; pop {r4, pc}", OK),
    ("push {r4, lr}; bl 1f; mov r0, lr; pop {r4, pc}", OK),  # no more the return address
    ("push {r4, lr}; mov r0, lr; pop {r4, pc}", REFUSED),
    ("str lr, [sp, #-4]!; ldr pc, [sp], #4", OK),
    ("strd r3, lr, [sp, #-8]!; ldrd r3, lr, [sp], #8; bx lr", OK),
    ("stmdb sp!, {r3, lr}; b 1f", OK),
    ("vpush {s16}; bx lr", OK),
    ("sub sp, #8; str lr, [sp, #4]; mov lr, r0; mov r1, lr", OK),
    ("movw r0, #0xe000; movt r0, #0xe00e; bx lr", OK),  # 14 where a register would be
    ("movs r0, #14; lsls r0, r1, #14; b 1f; mov r0, lr", OK),  # behind a tail call
    ("bx lr; mov r0, lr", OK),
    ("cbz r0, 2f; push {r4, lr}; bl 1f; mov r0, lr; pop {r4, pc}; 2: bx lr", OK),
    ("cbz r0, 2f; bx lr; 2: mov r0, lr", REFUSED),
    ("beq.w 2f; push {lr}; bl 1f; pop {pc}; 2: tst lr, #4; bx lr", REFUSED),
    ("b.w 2f; nop; 2: mov r0, lr", REFUSED),
    ("it eq; bxeq lr; mov r1, lr", REFUSED),
    ("ittt eq; moveq r0, r1; moveq lr, r1; moveq r2, r1; mov r1, lr", REFUSED),
    ("tst lr, #4", REFUSED),
    ("tst lr, r0", REFUSED),
    ("mov r12, lr", REFUSED),
    ("add lr, r0", REFUSED),
    ("add r0, lr", REFUSED),
    ("cmp r0, lr", REFUSED),
    ("adds.w r0, lr, #1", REFUSED),
    ("subw r0, lr, #2", REFUSED),
    ("ubfx r0, lr, #2, #1", REFUSED),
    ("orr r0, r1, lr", REFUSED),
    ("lsl r0, r1, lr", REFUSED),
    ("mul r0, r1, lr", REFUSED),
    ("mla r0, r1, r2, lr", REFUSED),
    ("umull r0, r1, r2, lr", REFUSED),
    ("blx lr", REFUSED),
    ("blx r3; mov r0, lr", OK),
    ("ldr r0, [lr, #-2]", REFUSED),
    ("ldrb r0, [r1, lr]", REFUSED),
    ("str r0, [lr]", REFUSED),
    ("str lr, [r0]", REFUSED),
    ("strd r1, lr, [r0]", REFUSED),
    ("stmia r0!, {r4, r5, lr}", REFUSED),
    ("stmia lr!, {r4, r5}", REFUSED),
    ("strex r0, lr, [sp]", REFUSED),
    ("tbb [pc, lr]", REFUSED),
    ("msr psp, lr", REFUSED),
    ("mrs lr, psp; mov r0, lr", OK),
    ("vmov s0, lr", REFUSED),
    ("vmov s0, s1, lr, r0", REFUSED),
    ("vmov lr, s0; mov r0, lr", OK),
    ("vldr s0, [lr]", REFUSED),
    ("ldmia r0, {r1, lr}; mov r0, lr", OK),
    # a context switch that keeps LR in its stack
    ("mrs r0, psp; stmdb r0!, {r4-r11}; push {r3, lr}; bl 1f; pop {r3, lr}; bx lr", OK),
    ("mrs r0, psp; isb; stmdb r0!, {r4-r11, lr}", REFUSED),  # and one that does not
]


@pytest.fixture(scope="session")
def ask():
    return THUMB.build_query()


def test_by_hand(ask):
    """Each as a section of its own, `1:` being far away."""
    lines = [".syntax unified", ".cpu cortex-m7", ".fpu fpv5-d16", ".thumb"]
    for i, (code, _) in enumerate(BY_HAND):
        lines += [f'.section .t{i}, "ax"'] + [part.strip().replace("1f", "elsewhere")
                                              for part in code.split(";")]
    assembled = THUMB.assemble("returns", [*lines, '.section .u, "ax"', ".set elsewhere, 0x200000"])
    check_by_hand(ask, "armv7e-m", THUMB.disassemble(assembled), BY_HAND)


def functions(elf):
    """[(name, address, bytes)] of the functions that say how long they are, one of each address."""
    found = {}
    for line in THUMB.run_tool("nm", "-S", elf).splitlines():
        fields = line.split()
        if len(fields) == 4 and fields[2] in "TtWw" and int(fields[1], 16):
            at = int(fields[0], 16) & ~1
            found[at] = fields[3], at, int(fields[1], 16)
    return list(found.values())


@pytest.mark.parametrize("multilib", MULTILIBS)
def test_libraries(ask, multilib):
    """Of newlib's and libgcc's functions those are refused that deserve it, by all of their code
    and by what the agent sees of it."""
    isa, options = MULTILIBS[multilib]
    total, refused = 0, set()
    for name in ("libc", "libm", "libgcc"):
        elf = THUMB.link_library(library(options, name), THUMB.out / "returns.elf")
        names, by_all, by_agent = refusals(ask, isa, THUMB.disassemble(elf), functions(elf),
                                           AGENT_SEES)
        total += len(names)
        refused |= by_all
        assert by_agent <= by_all
    print(f"\n{multilib}: {total} functions, refused: {' '.join(sorted(refused))}")
    assert total > 2000
    expected = {f"__gnu_thumb1_case_{kind}" for kind in ("si", "shi", "uhi", "sqi", "uqi")}
    if isa != "armv6-m":  # there it does not say how long it is
        expected.add("setjmp")
    assert refused == expected

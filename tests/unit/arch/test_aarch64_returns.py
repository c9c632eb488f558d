# SPDX-License-Identifier: MIT
"""AArch64, pure half: which functions' returns can be hooked. By hand, and over picolibc and
libgcc."""
import re

import pytest

from pure import OK, REFUSED, check_by_hand, refusals
from test_aarch64 import A64, ISA, libraries, link

AGENT_SEES = 160  # bytes

# (instructions, may it be hooked?); `1f` is far away
BY_HAND = [
    ("ret", OK),
    ("br x0", OK),
    ("b 1f", OK),
    ("retaa", OK),
    ("br x30", REFUSED),  # who knows what else it does meanwhile
    ("mov x9, x30; ret x9", REFUSED),
    ("mov x0, x30; ret", REFUSED),
    ("ret; mov x0, x30", OK),
    ("br x0; mov x0, x30", OK),
    # no more the return address
    ("stp x29, x30, [sp, #-16]!; bl 1f; mov x0, x30; ldp x29, x30, [sp], #16; ret", OK),
    ("str x30, [sp, #-16]!; blr x1; ldr x30, [sp], #16; ret", OK),
    ("stp x29, x30, [sp, #-16]!; mov x0, x30; ret", REFUSED),
    ("sub sp, sp, #32; stp x19, x30, [sp, #16]; bl 1f; ret", OK),
    # as GCC has it: at the bottom of a frame, as far as the agent looks
    ("sub sp, sp, #4080; stp x29, x30, [sp]; bl 1f; ret", OK),
    ("sub sp, sp, #1, lsl #12; stp x29, x30, [sp]; bl 1f; ret", OK),
    ("sub sp, sp, #1, lsl #12; stp x29, x30, [sp, #-16]!; bl 1f; ret", REFUSED),
    ("sub sp, sp, #2, lsl #12; str x30, [sp, #4096]; bl 1f; ret", OK),
    ("mov x9, #20000; sub sp, sp, x9; stp x29, x30, [sp]; bl 1f; ret", REFUSED),
    ("stp d8, d9, [sp, #-64]!; stp x29, x30, [sp, #16]; bl 1f; ret", OK),
    ("str x30, [sp, #8]; ret", REFUSED),  # the caller's frame
    ("cbz x0, 2f; sub sp, sp, #8, lsl #12; ret; 2: stp x29, x30, [sp, #-16]!; bl 1f; ret", OK),
    ("str x30, [x0]; ret", REFUSED),
    ("str x0, [x30]; ret", REFUSED),
    ("stp x0, x30, [x19]; ret", REFUSED),
    ("ldr x30, [x0]; mov x0, x30", OK),
    ("ldr x0, [x30]; ret", REFUSED),
    ("ldp x29, x30, [sp], #16; ret", REFUSED),  # within a function
    ("cbz x0, 2f; stp x29, x30, [sp, #-16]!; 2: cbz x1, 3f; bl 1f; 3: ldp x29, x30, [sp], #16; ret",
     OK),
    ("b 2f; mov x0, x30; 2: ret", OK),
    ("b 2f; ret; 2: mov x0, x30", REFUSED),
    ("cbz x0, 2f; ret; 2: mov x0, x30", REFUSED),
    ("tbnz x0, #3, 2f; ret; 2: mov x0, x30", REFUSED),
    ("b.eq 2f; ret; 2: mov x0, x30", REFUSED),
    ("cbz x30, 2f; 2: ret", REFUSED),
    ("blr x30", REFUSED),
    ("blr x0; mov x0, x30", OK),
    ("add x0, x0, x30", REFUSED),
    ("add x30, x30, #4", REFUSED),
    ("madd x0, x1, x2, x30", REFUSED),
    ("csel x0, x30, x1, eq", REFUSED),
    ("ccmp x30, #1, #2, eq", REFUSED),
    ("extr x0, x1, x30, #3", REFUSED),
    ("bfi x30, x0, #1, #2", REFUSED),
    ("movk x30, #1", REFUSED),
    ("movz x30, #1; mov x0, x30", OK),
    ("adrp x30, 1f; mov x0, x30", OK),
    ("msr tpidr_el0, x30", REFUSED),
    ("mrs x30, tpidr_el0; mov x0, x30", OK),
    ("fmov d0, x30", REFUSED),
    ("scvtf d0, x30", REFUSED),
    ("fmov x30, d0; mov x0, x30", OK),
    ("fcvtzs x30, d0; mov x0, x30", OK),
    ("dup v0.2d, x30", REFUSED),
    ("umov x30, v0.d[0]; mov x0, x30", OK),
    ("fmadd d30, d30, d30, d30; ldr q30, [x0]; ret", OK),
    ("ldr x0, [x1, x30]", REFUSED),
    ("str x0, [x1], #8; ret", OK),
    ("ldxr x30, [x0]; mov x0, x30", OK),
    ("stxr w0, x30, [x1]", REFUSED),
    ("paciasp; stp x29, x30, [sp, #-16]!; bl 1f; ldp x29, x30, [sp], #16; autiasp; ret", OK),
    ("xpaclri; mov x0, x30", REFUSED),
    ("pacia x30, x0", REFUSED),
    ("mov x0, x9; ret", REFUSED),
    ("mov x0, x8; mov x1, x18; ret", OK),  # a result's address, a nested function's frame
    ("mov x9, #1; mov x0, x9; ret", OK),
    ("cbz x0, 2f; mov x9, #1; 2: ret", OK),
    # trap handlers
    ("stp x8, x9, [sp, #-16]!; mrs x9, esr_el1; bl 1f; eret", REFUSED),
    ("sub sp, sp, #16; str x0, [sp]; mov x0, #1; eret", REFUSED),
    ("udf #0; mov x0, x30", OK),
]


@pytest.fixture(scope="session")
def ask():
    return A64.build_query()


def test_by_hand(ask):
    """Each as a section of its own."""
    lines = []
    for i, (code, _) in enumerate(BY_HAND):
        code = code.replace("1f", "elsewhere")
        lines += [f'.section .t{i}, "ax"', *(part.strip() for part in code.split(";"))]
    assembled = A64.assemble("returns", lines, "-march=armv8.3-a")
    elf = A64.out / "returns.elf"
    A64.run_tool("ld", "-Ttext-segment=0x100000", "-e0", "--defsym=elsewhere=0x180000", "-o",
                 elf, assembled)
    check_by_hand(ask, ISA, A64.disassemble(elf), BY_HAND)


def functions(elf):
    """[(name, address, bytes)] of code."""
    found = {}
    for line in A64.run_tool("readelf", "-sW", elf).splitlines():
        if m := re.match(
            r" *\d+: ([0-9a-f]+) +(\S+) FUNC +(GLOBAL|WEAK|LOCAL) +\S+ +\d+ "
            r"([A-Za-z_]\S*)$", line):
            found[m[4]] = m[4], int(m[1], 16), int(m[2], 0)
    return list(found.values())


def test_libraries(ask):
    """Of picolibc's and libgcc's functions those are refused that deserve it, by all of their
    code and by what the agent sees of it."""
    there, refused = [], set()
    for path in libraries().values():
        elf = link(path, A64.out / "returns.elf")
        names, by_all, by_agent = refusals(ask, ISA, A64.disassemble(elf), functions(elf),
                                           AGENT_SEES)
        there += names
        refused |= by_all
        assert by_agent <= by_all
    print(f"\n{len(there)} functions, refused: {' '.join(sorted(refused))}")
    assert len(there) > 900
    assert {name for name in refused if not re.match("_Unwind_|uw_", name)} == {"setjmp"}

# SPDX-License-Identifier: MIT
"""RISC-V, pure half: which functions' returns can be hooked. By hand, and over picolibc and
libgcc, as gcc makes them in two ways."""
import re

import pytest

from pure import OK, REFUSED, check_by_hand, refusals
from test_riscv import EXTENSIONS, PICOLIBC, RISCV, emulation, isa_of, link, multilibs

AGENT_SEES = 160  # bytes

# (instructions, may it be hooked?); WORD stands for w or d, `1f` is far away
BY_HAND = [
    ("ret", OK),
    ("jalr x0, 0(ra)", OK),
    ("jalr x0, 4(ra)", REFUSED),
    ("jr a0", OK),
    ("tail 1f", OK),
    ("mv t0, ra; jr t0", REFUSED),  # who knows what else it does meanwhile
    ("mv a0, ra; ret", REFUSED),
    ("ret; mv a0, ra", OK),
    ("jr a0; mv a0, ra", OK),
    # no more the return address
    ("addi sp, sp, -16; sWORD ra, 8(sp); call 1f; mv a0, ra; lWORD ra, 8(sp); addi sp, sp, 16; ret",
     OK),
    ("addi sp, sp, -16; sWORD ra, 8(sp); mv a0, ra; ret", REFUSED),
    ("addi sp, sp, -1024; addi sp, sp, -1024; sWORD ra, 1000(sp); li a0, 4096; sub sp, sp, a0; "
     "jalr a1; ret", OK),
    ("sWORD ra, 0(a0); ret", REFUSED),
    ("sWORD a0, 0(ra); ret", REFUSED),
    ("sWORD ra, 8(s0); ret", REFUSED),
    ("lWORD ra, 8(s0); ret", OK),
    ("lWORD a0, 0(ra); ret", REFUSED),
    ("lWORD ra, 8(sp); addi sp, sp, 16; ret", REFUSED),  # within a function, or __riscv_restore_*
    ("beqz a0, 2f; sWORD ra, 8(sp); 2: beqz a1, 3f; call 1f; 3: lWORD ra, 8(sp); ret", OK),
    ("j 2f; mv a0, ra; 2: ret", OK),
    ("j 2f; ret; 2: mv a0, ra", REFUSED),
    ("beqz a0, 2f; ret; 2: mv a0, ra", REFUSED),
    ("bltu a0, a1, 2f; ret; 2: mv a0, ra", REFUSED),
    (".option norvc; beqz a0, 2f; ret; 2: mv a0, ra", REFUSED),
    ("beqz a0, 2f; sWORD ra, 8(sp); call 1f; mv a0, ra; ret; 2: ret", OK),
    ("beq a0, ra, 2f; 2: ret", REFUSED),
    ("bgeu ra, a0, 2f; 2: ret", REFUSED),
    ("jalr ra", REFUSED),
    ("jalr t0, 0(ra)", REFUSED),
    ("jal a1, 1f; mv a0, ra", REFUSED),  # links elsewhere: ra is what it was
    ("jalr a1, 0(a0); mv a0, ra", REFUSED),
    ("jal 1f; mv a0, ra", OK),
    ("add a0, a0, ra", REFUSED),
    ("add ra, ra, a0", REFUSED),
    ("sub a0, ra, a1", REFUSED),
    ("mul a0, a1, ra", REFUSED),
    ("addi a0, ra, 4", REFUSED),
    ("addi ra, ra, 4", REFUSED),
    ("slli ra, ra, 2", REFUSED),
    ("li ra, 0; mv a0, ra", OK),
    ("lui ra, 5; mv a0, ra", OK),
    ("auipc ra, 5; mv a0, ra", OK),
    ("mv ra, a0; mv a0, ra", OK),
    ("csrw mscratch, ra", REFUSED),
    ("csrr ra, mscratch; mv a0, ra", OK),
    ("csrwi mscratch, 1; ret", OK),  # 1 where a register would be
    ("slli a0, a0, 1; lw a0, 1(a0); ecall; fence; ret", OK),
    ("amoadd.w a0, ra, (a1)", REFUSED),
    ("amoadd.w a0, a1, (ra)", REFUSED),
    ("amoadd.w ra, a0, (a1); mv a0, ra", OK),
    ("fld ft0, 0(ra)", REFUSED),
    ("fsd ft0, 0(ra)", REFUSED),
    ("fld ft1, 0(a0); fsd ft1, 0(a0); fadd.d ft1, ft1, ft1; fmadd.s ft1, ft1, ft1, ft1; fsgnj.d "
     "ft1, ft1, ft1; ret", OK),
    ("fcvt.s.w ft0, ra", REFUSED),
    ("fmv.w.x ft0, ra", REFUSED),
    ("fmv.x.w ra, ft0; mv a0, ra", OK),
    ("feq.d ra, ft0, ft0; mv a0, ra", OK),
    ("fcvt.w.s ra, ft0; mv a0, ra", OK),
    ("jal t0, 1f; call 2f; 2: ret", OK),  # -msave-restore
    ("jal t0, 1f; mv a0, ra; ret", REFUSED),
    ("jal t0, 1f; j 2f; 2: lWORD ra, 8(sp); ret", OK),
    ("auipc t0, 1; jalr t0, 4(t0); call 1f", OK),  # the same, not relaxed
    ("addi sp, sp, -16; sWORD ra, 8(sp); jr t0", REFUSED),  # __riscv_save_*
    ("mv a0, t0; ret", REFUSED),
    ("mv a0, t2; ret", OK),  # a nested function's frame
    ("li t0, 1; mv a0, t0; ret", OK),
    ("lui t0, 1; jr t0", OK),  # a jump table
    ("beqz a0, 2f; li t1, 1; 2: ret", OK),
    # a trap handler that calls
    ("addi sp, sp, -64; sWORD t0, 8(sp); csrr t0, mcause; call 1f; mret", REFUSED),
    # and one that does not
    ("addi sp, sp, -16; sWORD a0, 8(sp); li a0, 1; lWORD a0, 8(sp); mret", REFUSED),
    ("csrrw sp, mscratch, sp; sWORD ra, 0(sp); sWORD t6, 8(sp); call 1f; mret", REFUSED),
    ("sret", REFUSED),
    ("unimp; mv a0, ra", OK),
]


@pytest.fixture(scope="session")
def ask():
    return RISCV.build_query()


@pytest.mark.parametrize("isa", ["rv32", "rv64"])
def test_by_hand(ask, isa):
    """Each as a section of its own."""
    lines, word = [".option norelax"], {"rv32": "w", "rv64": "d"}[isa]
    for i, (code, _) in enumerate(BY_HAND):
        code = code.replace("WORD", word).replace("1f", "elsewhere")
        lines += [f'.section .t{i}, "ax"', ".option push",
                  *(part.strip() for part in code.split(";")), ".option pop"]
    assembled = RISCV.assemble("returns", [*lines, ".set elsewhere, 0x180000"],
                               f"-march={isa}{EXTENSIONS}")
    elf = RISCV.out / "returns.elf"
    RISCV.run_tool("ld", *emulation(isa), "-Ttext-segment=0x100000", "-e0", "-o", elf, assembled)
    check_by_hand(ask, isa, RISCV.disassemble(elf), BY_HAND)


def functions(elf):
    """[(name, address, bytes)] of code; some of libgcc's does not say how long it is, nor that
    it is a function."""
    found = {}
    for line in RISCV.run_tool("readelf", "-sW", elf).splitlines():
        if m := re.match(
            r" *\d+: ([0-9a-f]+) +(\S+) (FUNC|NOTYPE) +(GLOBAL|WEAK|LOCAL) +\S+ +\d+ "
            r"([A-Za-z_]\S*)$", line):
            found[m[5]] = m[5], int(m[1], 16), int(m[2], 0)
    return list(found.values())


# What gcc calls by t0; routines for a core without a divider, which move ra to t0; what unwinds the
# stack, and so begins with ra.
MILLICODE = {f"__riscv_{what}_{n}" for what in ("save", "restore") for n in range(13)}
KEEP_IT = re.compile(r"__u?(div|mod)[sd]i3$|_Unwind_|uw_")


@pytest.mark.parametrize("folder", multilibs())
def test_libraries(ask, folder):
    """Of picolibc's and libgcc's functions those are refused that deserve it, by all of their
    code and by what the agent sees of it."""
    options = multilibs()[folder]
    isa, there, refused = isa_of(options), [], set()
    libgcc = RISCV.run_tool("gcc", *options, "-print-libgcc-file-name").strip()
    for path in PICOLIBC / folder / "libc.a", libgcc:
        elf = link(path, isa, RISCV.out / "returns.elf")
        names, by_all, by_agent = refusals(ask, isa, RISCV.disassemble(elf), functions(elf),
                                           AGENT_SEES)
        there += names
        refused |= by_all
        assert by_agent <= by_all
    print(f"\n{folder}: {len(there)} functions, refused: {' '.join(sorted(refused))}")
    assert len(there) > 900
    assert "__riscv_save_0" in refused and refused >= MILLICODE & set(there)
    assert {name for name in refused - MILLICODE if not KEEP_IT.match(name)} == {"setjmp"}

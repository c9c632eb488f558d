# SPDX-License-Identifier: MIT
"""Cortex-M, pure half: which functions use their return address for more than to return. By hand, and over newlib and libgcc."""
import os
import subprocess

import pytest

from test_thumb import ERRORS, MULTILIBS, OUT, PURE, ROOT, build, disassemble, library, link

OK, REFUSED = 0, ERRORS["ERETURN"]
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
    ("mrs r0, psp; stmdb r0!, {r4-r11}; push {r3, lr}; bl 1f; pop {r3, lr}; bx lr", OK),  # a context switch that keeps LR in its stack
    ("mrs r0, psp; isb; stmdb r0!, {r4-r11, lr}", REFUSED),  # and one that does not
]


@pytest.fixture(scope="session")
def ask():
    program = build("thumb_query", [ROOT / "tests/unit/thumb_query.c", *PURE])

    def run(isa, lines):
        done = subprocess.run([program, isa], input="\n".join(lines) + "\n", capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return [int(line) for line in done.stdout.split()]

    return run


def text_line(data):
    low, high = min(data), max(data) + 1
    return "T %x %s" % (low, bytes(data.get(a, 0) for a in range(low, high)).hex())


def test_by_hand(ask):
    """Each as a section of its own, `1:` being far away."""
    OUT.mkdir(parents=True, exist_ok=True)
    source = OUT / "returns.s"
    lines = [".syntax unified", ".cpu cortex-m7", ".fpu fpv5-d16", ".thumb"]
    for i, (code, _) in enumerate(BY_HAND):
        lines += [f'.section .t{i}, "ax"'] + [part.strip().replace("1f", "elsewhere") for part in code.split(";")]
    source.write_text("\n".join([*lines, '.section .u, "ax"', ".set elsewhere, 0x200000", ""]))
    subprocess.run(["arm-none-eabi-as", source, "-o", OUT / "returns.o"], check=True)
    sections = {name.split(":.t")[1]: data for name, data, _ in disassemble(OUT / "returns.o") if ":.t" in name}
    asked = []
    for i in range(len(BY_HAND)):
        asked += [text_line(sections[str(i)]), "R %x %x" % (min(sections[str(i)]), len(sections[str(i)]))]
    got = ask("armv7e-m", asked)
    assert [(code, answer) for (code, _), answer in zip(BY_HAND, got)] == BY_HAND


def functions(elf):
    """{address: (name, bytes)} of the functions that say how long they are."""
    found = {}
    for line in subprocess.run(["arm-none-eabi-nm", "-S", elf], capture_output=True, text=True, check=True).stdout.splitlines():
        fields = line.split()
        if len(fields) == 4 and fields[2] in "TtWw" and int(fields[1], 16):
            found[int(fields[0], 16) & ~1] = fields[3], int(fields[1], 16)
    return found


@pytest.mark.parametrize("multilib", MULTILIBS)
def test_libraries(ask, multilib):
    """Of newlib's and libgcc's functions those are refused that deserve it, by all of their code and by what the agent sees of it."""
    isa, options = MULTILIBS[multilib]
    total, refused = 0, set()
    for name in ("libc", "libm", "libgcc"):
        elf = link(library(options, name), OUT / "returns.elf")
        listed, lines = functions(elf), []
        names = []
        for _, data, _ in filter(lambda section: section[1], disassemble(elf)):
            lines.append(text_line(data))
            for at, (function, size) in listed.items():
                if at in data and at + size <= max(data) + 1:
                    lines += ["R %x %x" % (at, size), "R %x %x" % (at, min(size, AGENT_SEES))]
                    names.append(function)
        got = ask(isa, lines)
        total += len(names)
        refused |= {function for function, error in zip(names, got[::2]) if error}
        assert refused >= {function for function, error in zip(names, got[1::2]) if error}
    print(f"\n{multilib}: {total} functions, refused: {' '.join(sorted(refused))}")
    assert total > 2000
    expected = {f"__gnu_thumb1_case_{kind}" for kind in ("si", "shi", "uhi", "sqi", "uqi")}
    if isa != "armv6-m":  # there it does not say how long it is
        expected.add("setjmp")
    assert refused == expected

# SPDX-License-Identifier: MIT
"""AArch64, pure half: the decode table, slots and simulation, natively under sanitizers and against
objdump.

The programs are built under $O (build). objdump is the other opinion: on random encodings of every
row, and on picolibc and libgcc as the compiler made them. What is simulated is compared with a
second simulation, made here of what objdump prints.
"""

import collections
import pathlib
import random
import re

import pytest

from pure import (ERRORS, LEAVES, NAMES, SIMULATE, Arch, ask_sections, isa_of_elf, report,
                  trapline)

A64 = Arch("aarch64", "aarch64-linux-gnu-",
           r"[01.]{8} [01.]{8} [01.]{6} [01.]{5} [01.]{5}", objdump=("-M", "no-aliases"),
           knows_data=True)
ISA = "aarch64"
PICOLIBC = pathlib.Path("/usr/lib/picolibc/aarch64-linux-gnu/lib")

Answer = collections.namedtuple("Answer", "len verdict flags op error states")


@pytest.fixture(scope="session")
def query():
    ask = A64.build_query()
    return lambda isa, lines: [parse_answer(line) for line in ask(isa, lines)]


def parse_answer(line):
    numbers = line.split(maxsplit=5)
    return Answer(*map(int, numbers[:5]), "".join(numbers[5:]))


def test_patterns():
    """The pattern beside each row says what its mask and match say."""
    assert len(A64.check_patterns()) > 100


@pytest.mark.parametrize("name", ["decode", "simulate", "onward"])
def test_native(name):
    A64.run_native(name)


# ---- objdump ----

# Those of system registers are told by name, in code that the assembler has made.
TRAP_STATE = {"elr_el1", "spsr_el1", "esr_el1", "far_el1"}
# What objdump knows of, and we do not, since no row says that it leaves the PC alone.
NOT_DECODED = re.compile(r"udf|dcps[123]|drps|tstart|tcancel|add[hv]a|[bfsu]mop[as]|[us]umop[as]|"
                         r"zero|mova|rdsvl|addsvl|addspl")
EXCLUSIVE = re.compile(r"(ld|st)(a|l)?x[rp][bh]?$")
TORN = re.compile(r"movprfx|cpyf?[pme]|sete?[gpme]|setg[pme]|blra[ab]z?")
PC_SIMULATED = re.compile(r"adrp?|bc?\.\w+|bl?|cbn?z|tbn?z|blr")


def is_literal(insn):
    return re.match(r"ldr(sw)?$|prfm$", insn.mnemonic) and re.search(
        r", [0-9a-f]+( <.*>)?$", insn.operands)


def is_known(insn):
    """s0_…: what only looks like a register of the system's."""
    return not insn.mnemonic.startswith(".") and not re.search(r"undefined|\bs0_", insn.operands)


def expected_error(insn):
    """What objdump says that decode() of this instruction, alone in its text, comes to; None: what
    is allocated to nothing may be either undefined, or run in a slot, to fault there."""
    if not is_known(insn):
        return None
    if NOT_DECODED.match(insn.mnemonic) or insn.code >> 25 & 0x4F == 0x40:  # SME
        return "EUNDEF"
    if insn.mnemonic in ("brk", "hlt"):
        return "EBRK"
    if EXCLUSIVE.match(insn.mnemonic):
        return "EEXCL"
    if TORN.match(insn.mnemonic):
        return "EINSN"
    if insn.mnemonic.startswith("eret"):
        return "ETRAP"
    if insn.mnemonic == "mrs" and insn.operands.split(", ")[1] in TRAP_STATE:
        return "ETRAP"
    return "OK"


CONDITIONS = {
    "eq": lambda n, z, c, v: z, "cs": lambda n, z, c, v: c, "mi": lambda n, z, c, v: n,
    "vs": lambda n, z, c, v: v, "hi": lambda n, z, c, v: c and not z,
    "ge": lambda n, z, c, v: n == v, "gt": lambda n, z, c, v: n == v and not z,
    "al": lambda n, z, c, v: True, "nv": lambda n, z, c, v: True,
}
INVERSE = {"ne": "eq", "cc": "cs", "pl": "mi", "vc": "vs", "ls": "hi", "lt": "ge", "le": "gt"}
MASK = (1 << 64) - 1


def holds(name, cpsr):
    flags = [bool(cpsr >> bit & 1) for bit in (31, 30, 29, 28)]
    if name in INVERSE:
        return not CONDITIONS[INVERSE[name]](*flags)
    return CONDITIONS[name](*flags)


def memory(addr, size):
    return int.from_bytes(bytes((a * 31 + (a >> 8) * 17) & 255 for a in range(addr, addr + size)),
                          "little")


def simulate(insn, state):
    """(where it goes on, {register: value})"""
    values = [(0, x * 0x01010101, -x, x * 0x9E3779B97F4A7C15 ^ x << 31)[state % 4] & MASK
              for x in range(32)]
    changes = {}

    def get(name):
        if name in ("xzr", "wzr"):
            return 0
        return values[int(name[1:])] & (MASK if name[0] == "x" else 0xFFFFFFFF)

    def put(name, value):
        if name not in ("xzr", "wzr") and value & MASK != values[int(name[1:])]:
            changes[int(name[1:])] = value & MASK

    after = insn.addr + 4
    operands = insn.operands.split(" <")[0].split("  //")[0].split(", ")
    name, target = insn.mnemonic, operands[-1].removeprefix("#")
    if name in ("adr", "adrp"):
        put(operands[0], int(target, 16))
    elif name in ("ldr", "ldrsw"):
        size = 8 if name == "ldr" and operands[0][0] == "x" else 4
        value = memory(int(target, 16), size)
        put(operands[0], value - (1 << 32) if name == "ldrsw" and value >> 31 else value)
    elif name in ("b", "bl"):
        after, link = int(target, 16), after
        if name == "bl":
            put("x30", link)
    elif name in ("br", "blr", "ret"):
        after, link = get(operands[0] or "x30"), after
        if name == "blr":
            put("x30", link)
    elif name in ("cbz", "cbnz"):
        after = int(target, 16) if (get(operands[0]) == 0) == (name == "cbz") else after
    elif name in ("tbz", "tbnz"):
        bit = get(operands[0]) >> int(operands[1].removeprefix("#"), 0) & 1
        after = int(target, 16) if bit == (name == "tbnz") else after
    else:
        after = int(target, 16) if holds(name.split(".")[1], state << 28) else after
    return after & MASK, changes


def model(insn, state):
    """What aarch64_query prints of a simulation, from objdump's text instead."""
    at, changes = simulate(insn, state)
    return ",".join([f"{at:x}", *(f"{x}={value:x}" for x, value in sorted(changes.items()))])


def disagreement(insn, answer):
    """Where objdump knows better, or None."""
    expected = expected_error(insn)
    if expected is None:
        undefined = answer.error == ERRORS["EUNDEF"]
        return None if undefined or answer.verdict != SIMULATE and not answer.flags else "not data"
    if answer.error != (ERRORS[expected] if expected != "OK" else 0):
        return f"not {expected}"
    return None if answer.error else wrong_step(insn, answer)


def wrong_step(insn, answer):
    in_fp = is_literal(insn) and insn.mnemonic != "ldrsw" and insn.operands[0] not in "wx"
    simulated = answer.verdict == SIMULATE
    moves_pc = PC_SIMULATED.fullmatch(insn.mnemonic) and "[" not in insn.operands  # SVE has an adr
    if simulated != bool(moves_pc or is_literal(insn) and not in_fp):
        return "the PC in a slot" if not simulated else "simulated, no PC"
    if bool(in_fp) != (answer.op in (2, 3)):
        return "another literal"
    leaves = bool(re.fullmatch(r"bra?[ab]?z?|reta?[ab]?|svc", insn.mnemonic))
    if leaves != bool(answer.flags & LEAVES):
        return "leaves"
    if (simulated or insn.mnemonic in ("br", "ret")) and answer.states != " ".join(
        model(insn, state) for state in range(16)):
        return "simulated otherwise"
    return None


def ask_encodings(query, values):
    """Each encoding alone in its text."""
    code = A64.assemble("encodings", [f".inst {v:#x}" for v in values])
    [(_, _, insns)] = [s for s in A64.disassemble(code) if s[2]]
    # objdump has lost those that it takes for data
    assert len(insns) > len(values) / 2
    lines = []
    for insn in insns:
        lines += [f"T {insn.addr:x} {insn.code.to_bytes(4, 'little').hex()}", f"I {insn.addr:x}"]
    return list(zip(insns, query(ISA, lines), strict=True))


def require_all(rows, values):
    """Every row decides about one of the values at least."""
    unused = {row.where for row in rows}
    for value in values:
        unused.discard(next((row.where for row in rows if value & row.mask == row.match), None))
    assert not unused


def test_random(query):
    rng = random.Random(1)
    rows = A64.table_rows()
    values = {row.match | rng.getrandbits(32) & ~row.mask for row in rows for _ in range(300)}
    while len(values) < 60_000:
        values.add(rng.getrandbits(32))
    values = sorted(values)
    wrong = [(why, i, a) for i, a in ask_encodings(query, values) if (why := disagreement(i, a))]
    assert not wrong, report(wrong)
    require_all(rows, values)


def test_system_registers(query):
    """All that the assembler names in the way of traps, and others like them."""
    names = [*TRAP_STATE, "vbar_el1", "daif", "sp_el0", "tpidr_el1", "elr_el2", "spsel"]
    source = [f"{line}; nop" for name in names for line in (f"mrs x3, {name}", f"msr {name}, x3")]
    code = A64.assemble("registers", source)
    [(_, data, insns)] = [s for s in A64.disassemble(code) if s[2]]
    for insn, answer in ask_sections(query, ISA, [("", data, insns)]):
        name = insn.operands.split(", ")[insn.mnemonic == "mrs"]
        if insn.mnemonic == "mrs" and name in TRAP_STATE:
            assert answer.error == ERRORS["ETRAP"], insn


# ---- real code ----


def libraries():
    libgcc = A64.run_tool("gcc", "-print-libgcc-file-name").strip()
    return {"picolibc": PICOLIBC / "libc.a", "libgcc": libgcc}


def link(path, elf):
    return A64.link_library(path, elf)


@pytest.mark.parametrize("name", ["picolibc", "libgcc"])
def test_libraries(query, name):
    """Targets and verdicts over whole libraries; what is refused is counted, with the reasons."""
    count = collections.Counter()
    sections = A64.disassemble(link(libraries()[name], A64.out / "library.elf"))
    for insn, answer in ask_sections(query, ISA, sections):
        wrong = disagreement_in_context(insn, answer)
        assert not wrong, (wrong, insn, answer)
        count[NAMES[answer.error] if answer.error else ("", "in a slot",
                                                        "rewritten")[answer.verdict]] += 1
    total = count.total()
    print(f"\n{name}: {total} instructions,",
          ", ".join(f"{n} {what}" for what, n in sorted(count.items())))
    refused = {what: n for what, n in count.items() if what in ERRORS}
    assert total > 1500
    assert set(refused) <= {"EEXCL", "EBRK", "EUNDEF", "ETRAP"}, refused
    assert sum(refused.values()) <= 0.04 * total, refused  # libgcc has atomics of all kinds


def disagreement_in_context(insn, answer):
    """As disagreement(), but that an instruction may lie in a window."""
    if answer.error in (ERRORS["EEXCL"], ERRORS["ETRAP"]) and expected_error(insn) == "OK":
        return None
    return disagreement(insn, answer)


# ---- the host ----

MACROS = """
	.text
	.macro function name
	.globl \\name
	.type \\name, %function
	\\name:
	.endm
	.macro end name
	.size \\name, . - \\name
	.endm
"""


def assemble(source, name):
    """Assembles and links; returns the ELF."""
    elf = A64.out / f"{name}.elf"
    assembled = A64.assemble(name, [MACROS + source])
    A64.run_tool("ld", "-Ttext=0x40010000", "-e0", "-o", elf, assembled)
    return elf


def test_host():
    """The host knows the ELF by its machine, and judges without a port."""
    elf = assemble("""
	function plain
	add x0, x0, #1
	cbnz x0, plain
	msr vbar_el1, x0
	ret
	blr x30
	end plain
    """, "host")
    assert isa_of_elf(elf) == ISA
    checked = trapline("check", "-e", elf, *(f"plain+{at}" for at in range(0, 20, 4))).stdout
    verdicts = re.findall(r"4 bytes  (\w+)  accepted", checked)
    assert verdicts == ["slot", "slot", "slot", "slot", "simulated"], checked
    assert "not an instruction boundary" in trapline("check", "-e", elf, "plain+2").stderr


SAVES = """
	function saves
	sub sp, sp, #32			// no: the state is in the core
	mrs x0, elr_el1			// no
	mrs x1, spsr_el1		// no
	bl handle			// yes
	msr spsr_el1, x1		// yes
	msr elr_el1, x0			// no, but for ELR: SPSR is back
	bl restore			// no
	add sp, sp, #32			// no
	eret				// no
	add sp, sp, #16			// no: where does it go on?
	end saves
"""
KEEPS = """
	function keeps
	sub sp, sp, #32			// no
	bl work				// no
	.rept 50
	nop				// no: farther than the decoder looks
	.endr
	eret				// no
	end keeps
	function work
	nop				// no: called by keeps
	b deeper			// no
	end work
	function deeper
	nop				// no: jumped to by work
	ret				// no
	end deeper
"""
REST = """
	function handle
	nop				// yes
	ret				// yes
	end handle
	function restore
	nop				// RESTORE
	ret				// RESTORE
	end restore
	function other
	nop				// yes
	msr daifset, #2			// yes
	mrs x0, daif			// yes
	bl handle			// yes
	msr daif, x0			// yes
	ret				// yes
	end other
"""


@pytest.mark.parametrize("handler", ["saves", "keeps"])
def test_handlers(handler):
    """A trap handler is refused where it has the state of its trap in the core, and so is all
    that it calls there."""
    source = {"saves": SAVES, "keeps": KEEPS}[handler] + REST
    source = source.replace("RESTORE", "no" if handler == "saves" else "yes")
    expected = []
    for line in source.splitlines():
        if ".rept" in line:
            start = len(expected)
        elif ".endr" in line:
            expected += expected[start:] * 49
        elif m := re.search(r"// (yes|no)", line):
            expected.append(m[1])
    elf = assemble(source, handler)
    [(_, _, insns)] = A64.disassemble(elf)
    checks = [trapline("check", "-e", elf, f"{insn.addr:#x}") for insn in insns]
    assert ["no" if "handler still needs" in c.stderr else c.stderr or "yes"
            for c in checks] == expected

# SPDX-License-Identifier: MIT
"""RISC-V, pure half: the decode tables, slots and simulation, natively under sanitizers and against
objdump.

The programs are built under $O (build). objdump is the other opinion: on every 16-bit encoding, on
random 32-bit ones of every row, and on picolibc and libgcc as the compiler made them, for each
multilib. What is simulated is compared with a second simulation, made here of what objdump prints.
"""

import collections
import pathlib
import random
import re

import pytest

from pure import ERRORS, LEAVES, NAMES, SIMULATE, Arch, ask_sections, isa_of_elf, report, trapline

WIDE = r"[01.]{7} [01.]{5} [01.]{5} [01.r]{3} [01.]{5} [01.]{7}"
NARROW = r"[01.]{3} [01.] [01.]{5} [01.]{5} [01.]{2}"
RISCV = Arch("riscv", "riscv64-unknown-elf-", f"{WIDE}|{NARROW}",
             objdump=("-M", "no-aliases,numeric"))

PICOLIBC = pathlib.Path("/usr/lib/picolibc/riscv64-unknown-elf/lib")
EXTENSIONS = "imafdc_zicsr_zifencei_zba_zbb_zbs"

# RV32 and RV64 in machine mode, and in supervisor mode.
ISAS = pytest.mark.parametrize("isa", ["rv32", "rv64", "rv32s", "rv64s"])


def xlen_of(isa):
    return isa[:4]


def mode_of(isa):
    return "s" if isa.endswith("s") else "m"


Answer = collections.namedtuple("Answer", "len verdict flags op error states")


@pytest.fixture(scope="session")
def query():
    ask = RISCV.build_query()
    return lambda isa, lines: [parse_answer(line) for line in ask(isa, lines)]


def parse_answer(line):
    numbers = line.split(maxsplit=5)
    return Answer(*map(int, numbers[:5]), "".join(numbers[5:]))


def test_patterns():
    """The pattern beside each row says what its mask and match say, and names the field that it
    checks."""
    rows = RISCV.check_patterns()
    assert len(rows) > 120
    for row in rows:
        assert ("r" in row.pattern) == (row.check == "RM"), row.where


@pytest.mark.parametrize("name", ["decode", "simulate", "onward"])
def test_native(name):
    RISCV.run_native(name)


# ---- objdump ----


def ask_encodings(query, isa, values):
    """Each encoding alone in its text."""
    source = [f".insn {4 if v & 3 == 3 else 2}, {v:#x}" for v in values]
    code = RISCV.assemble("encodings", source, f"-march={xlen_of(isa)}{EXTENSIONS}")
    [(_, _, insns)] = [s for s in RISCV.disassemble(code) if s[2]]
    lines = []
    for insn in insns:
        lines += [f"T {insn.addr:x} {insn.code.to_bytes(insn.size, 'little').hex()}",
                  f"I {insn.addr:x}"]
    assert [insn.code for insn in insns] == list(values)
    return list(zip(insns, query(isa, lines), strict=True))


# What objdump knows of, and we do not: drafts, and what only a debugger's mode has.
DRAFTS = re.compile(r"[uhd]ret|sfence\.vm$")
# A shift of RV32C by 32 and more belongs to the core's maker, as do these opcodes.
CUSTOM = re.compile(r"c\.s[rl][la]i")
LONG_SHIFT = re.compile(r"s[rl][la]i|b(clr|set|inv|ext)i|rori")
CUSTOM_OPCODES = (0x0B, 0x2B, 0x5B, 0x7B)


def expected_error(isa, insn):
    """What objdump says that decode() of this instruction, alone in its text, comes to."""
    is_32 = xlen_of(isa) == "rv32"
    if insn.code & 3 == 3 and insn.code & 0x7F in CUSTOM_OPCODES:
        return "EINSN"
    if is_32 and insn.code & 3 != 3 and CUSTOM.match(insn.mnemonic) and insn.code & 0x1000:
        return "EINSN"
    if insn.code & 0x607F == 0x000F:  # whatever else is in a fence, cores ignore
        return "OK"
    # exact, so that any rounding does
    if insn.code & 0xFFF0007F == 0x42000053 or insn.code & 0xFFE0007F == 0xD2000053:
        return "EUNDEF" if insn.code >> 12 & 7 in (5, 6) else "OK"
    # reserved
    if insn.code == 0x6101 or is_32 and insn.code >> 25 & 1 and LONG_SHIFT.fullmatch(
        insn.mnemonic):
        return "EUNDEF"
    if insn.mnemonic.startswith(
        ".") or "unknown" in insn.operands or insn.mnemonic == "c.unimp" or DRAFTS.match(
            insn.mnemonic):
        return "EUNDEF"
    if insn.mnemonic in ("ebreak", "c.ebreak"):
        return "EBRK"
    if re.match(r"lr\.|sc\.", insn.mnemonic):
        return "EEXCL"
    if insn.mnemonic == f"{mode_of(isa)}ret" or reads_trap_state(isa, insn):
        return "ETRAP"
    return "OK"


def reads_trap_state(isa, insn):
    m = re.match(r"csrr(w|s|c)i?$", insn.mnemonic)
    if not m:
        return False
    d, csr, source = insn.operands.split(",")
    if csr not in [mode_of(isa) + name for name in ("epc", "cause", "tval")]:
        return False
    return d != "x0" or m[1] != "w" and source not in ("x0", "0")


BRANCHES = {
    "beq": lambda a, b, signed: a == b,
    "bne": lambda a, b, signed: a != b,
    "blt": lambda a, b, signed: signed(a) < signed(b),
    "bge": lambda a, b, signed: signed(a) >= signed(b),
    "bltu": lambda a, b, signed: a < b,
    "bgeu": lambda a, b, signed: a >= b,
}


def moves_pc(insn):
    return insn.mnemonic == "auipc" or re.fullmatch(r"c?\.?(jalr?|jr?|beqz|bnez)",
                                                    insn.mnemonic) or insn.mnemonic in BRANCHES


def model(isa, insn, state):
    """What riscv_query prints of a simulation, from objdump's text instead."""
    at, changes = simulate(isa, insn, state)
    return ",".join([f"{at:x}", *(f"{x}={value:x}" for x, value in changes.items())])


def simulate(isa, insn, state):
    """(where it goes on, {register: value})"""
    xlen = int(xlen_of(isa)[2:])
    mask = (1 << xlen) - 1
    registers = [(0, x * 0x01010101, -x,
                  x * 0x9E3779B97F4A7C15 ^ x << 31)[state] & 0xFFFFFFFFFFFFFFFF & mask
                 for x in range(32)]
    get = lambda name: registers[int(name[1:])] if name != "x0" else 0
    signed = lambda value: value - (1 << xlen) if value >> (xlen - 1) else value
    changes = {}

    def put(name, value):
        if name != "x0" and value & mask != get(name):
            changes[int(name[1:])] = value & mask

    after = insn.addr + insn.size & mask
    *operands, last = insn.operands.split(" <")[0].split(" #")[0].split(",")
    name = insn.mnemonic.removeprefix("c.")
    if name == "auipc":
        upper = int(last, 16) << 12
        put(operands[0], insn.addr + (upper - (1 << 32) if upper >> 31 else upper))
        return after, changes
    if name in ("j", "jal"):
        put(operands[0] if operands else "x1" if name == "jal" else "x0", after)
        return int(last, 16), changes
    if name in ("jr", "jalr"):
        m = re.fullmatch(r"(?:(-?\d+)\()?(x\d+)\)?", last)
        target = get(m[2]) + int(m[1] or 0) & ~1 & mask
        put(operands[0] if operands else "x1" if name == "jalr" else "x0", after)
        return target, changes
    if name in ("beqz", "bnez"):
        operands.append("x0")
        name = name[:-1]
    return (int(last, 16) if BRANCHES[name](*map(get, operands), signed) else after), changes


def disagreement(isa, insn, answer):
    """Where objdump knows better, or None."""
    if answer.len != insn.size:
        return "length"
    expected = expected_error(isa, insn)
    if answer.error != (ERRORS[expected] if expected != "OK" else 0):
        return f"not {expected}"
    if answer.error:
        return None
    return wrong_step(isa, insn, answer)


def wrong_step(isa, insn, answer):
    simulated = answer.verdict == SIMULATE or answer.flags == LEAVES
    if bool(moves_pc(insn)) != simulated:
        return "the PC in a slot" if not simulated else "simulated, no PC"
    if simulated and answer.states != " ".join(model(isa, insn, state) for state in range(4)):
        return "simulated otherwise"
    links = insn.mnemonic in ("jal",
                              "jalr") and not insn.operands.startswith("x0,") or insn.mnemonic in (
                                  "c.jal", "c.jalr")
    if answer.flags & LEAVES and (links or not re.match(r"(c\.)?j|ecall|[ms]ret", insn.mnemonic)):
        return "leaves"
    return None


def disagreements(query, isa, values):
    asked = ask_encodings(query, isa, values)
    return [(why, i, a) for i, a in asked if (why := disagreement(isa, i, a))]


def rows_of(isa, table):
    """In the order of search."""
    return [row for file in (xlen_of(isa), "common") for row in RISCV.table_rows()
            if (row.file, row.table) == (file, table)]


def require_all(rows, values):
    """Every row decides about one of the values at least."""
    unused = {row.where for row in rows}
    for value in values:
        unused.discard(next((row.where for row in rows if value & row.mask == row.match), None))
    assert not unused


@ISAS
def test_every_narrow(query, isa):
    values = [v for v in range(0x10000) if v & 3 != 3]
    wrong = disagreements(query, isa, values)
    assert not wrong, report(wrong)
    require_all(rows_of(isa, "narrow"), values)


@ISAS
def test_random_wide(query, isa):
    rng = random.Random(1)
    rows = rows_of(isa, "wide")
    values = {row.match | rng.getrandbits(32) & ~row.mask for row in rows for _ in range(300)}
    while len(values) < 60_000:
        values.add(rng.getrandbits(32) | 3)
    values = sorted(v for v in values if v & 0x1C != 0x1C)
    wrong = disagreements(query, isa, values)
    assert not wrong, report(wrong)
    require_all(rows, values)


# ---- real code ----


def multilibs():
    """{folder: the options that select it}, of those with compressed instructions: without them
    a core has no c.ebreak."""
    listed = dict(line.split(";")
                  for line in RISCV.run_tool("gcc", "--print-multi-lib").splitlines())
    listed["."] = "@march=rv64imafdc@mabi=lp64d"
    return {folder: options.replace("@", " -").split() for folder, options in listed.items()
            if re.match(r"@march=\w*c@", options)}


def emulation(isa):
    return "-m", f"elf{xlen_of(isa)[2:]}lriscv"


def link(path, isa, elf):
    return RISCV.link_library(path, elf, *emulation(isa))


def isa_of(options):
    return options[0].removeprefix("-march=")[:4]


@pytest.mark.parametrize("folder", multilibs())
def test_libraries(query, folder):
    """Lengths, targets and verdicts over whole libraries; what is refused is counted, with the
    reasons."""
    options = multilibs()[folder]
    isa = isa_of(options)
    libgcc = RISCV.run_tool("gcc", *options, "-print-libgcc-file-name").strip()
    for name, path in ("picolibc", PICOLIBC / folder / "libc.a"), ("libgcc", libgcc):
        count = compare_library(query, isa, path)
        total = count.pop("instructions")
        print(f"\n{folder} {name}: {total} instructions,",
              ", ".join(f"{n} {what}" for what, n in sorted(count.items())))
        refused = {what: n for what, n in count.items() if what in ERRORS}
        assert total > 1500
        assert set(refused) <= {"EEXCL", "EBRK", "EUNDEF"}, refused
        assert sum(refused.values()) <= 0.01 * total, refused


def compare_library(query, isa, path):
    sections = RISCV.disassemble(link(path, isa, RISCV.out / "library.elf"))
    count = collections.Counter()
    for insn, answer in ask_sections(query, isa, sections):
        wrong = disagreement_in_context(isa, insn, answer)
        assert not wrong, (wrong, insn, answer, path)
        count["instructions"] += 1
        count[NAMES[answer.error] if answer.error else ("", "in a slot",
                                                        "simulated")[answer.verdict]] += 1
    return count


def disagreement_in_context(isa, insn, answer):
    """As disagreement(), but that an instruction may lie in a window."""
    if answer.error in (ERRORS["EEXCL"], ERRORS["ETRAP"]) and expected_error(isa, insn) == "OK":
        return None if answer.len == insn.size else "length"
    return disagreement(isa, insn, answer)


# ---- the host ----

MACROS = """
	.option arch, +zicsr, +zbb
	.text
	.macro function name
	.globl \\name
	.type \\name, @function
	\\name:
	.endm
	.macro end name
	.size \\name, . - \\name
	.endm
"""


def assemble(isa, source, name):
    """Assembles and links; returns the ELF. For supervisor mode with its registers, and with what
    says that such an agent is in it."""
    elf = RISCV.out / f"{name}-{isa}.elf"
    if mode_of(isa) == "s":
        source = re.sub(r"\bm(?=(epc|status|tvec|ret)\b)", "s", source)
        source += f"\n.globl tl_arch_riscv_{isa}\n tl_arch_riscv_{isa} = 0x1000\n"
    assembled = RISCV.assemble(name, [MACROS + source], f"-march={xlen_of(isa)}imafdc")
    RISCV.run_tool("ld", *emulation(isa), "-Ttext=0x20010000", "-e0", "-o", elf, assembled)
    return elf


@ISAS
def test_host(isa):
    """The host picks the variant by the ELF's class and by the agent in it, and judges without a
    port."""
    elf = assemble(isa, """
	function plain
	addi a0, a0, 1
	clz a0, a0
	bnez a0, plain
	csrw mtvec, a0
	ret
	jalr ra, 0(ra)
	end plain
    """, "host")
    assert isa_of_elf(elf) == isa
    checked = trapline("check", "-e", elf, "plain", "plain+2", "plain+6", "plain+8",
                       "plain+0xc", "plain+0xe").stdout
    verdicts = re.findall(r"(\d) bytes  (\w+)  accepted", checked)
    assert verdicts == [("2", "slot"), ("4", "slot"), ("2", "slot"), ("4", "slot"),
                        ("2", "slot"), ("4", "simulated")], checked
    assert "in the middle of the 4-byte instruction" in \
        trapline("check", "-e", elf, "plain+4").stderr


SAVES = """
	function saves
	addi sp, sp, -32		# no: the state is in the core
	csrr a0, mepc			# no
	csrr a1, mstatus		# no
	call handle			# yes
	csrw mstatus, a1		# yes
	csrw mepc, a0			# no, but for mepc: mstatus is back
	call restore			# no
	addi sp, sp, 32			# no
	mret				# no
	addi sp, sp, 16			# no: where does it go on?
	end saves
"""
SETS = """
	function sets
	csrr a0, mepc			# no
	call handle			# yes
	csrw mepc, a0			# yes
	csrs mstatus, a1		# no: mepc is back
	mret				# no
	end sets
"""
KEEPS = """
	function keeps
	addi sp, sp, -32		# no
	call work			# no
	.rept 50
	nop				# no: farther than the decoder looks
	.endr
	mret				# no
	end keeps
	function work
	nop				# no: called by keeps
	tail deeper			# no
	end work
	function deeper
	nop				# no: jumped to by work
	ret				# no
	end deeper
"""
REST = """
	function handle
	nop				# yes
	ret				# yes
	end handle
	function restore
	nop				# RESTORE
	ret				# RESTORE
	end restore
	function other
	nop				# yes
	csrrci a0, mstatus, 8		# yes
	call handle			# yes
	csrw mstatus, a0		# yes
	ret				# yes
	end other
"""


@ISAS
@pytest.mark.parametrize("handler", ["saves", "sets", "keeps"])
def test_handlers(isa, handler):
    """A trap handler is refused where it has the state of its trap in the core, and so is all
    that it calls there."""
    source = {"saves": SAVES, "sets": SETS, "keeps": KEEPS}[handler] + REST
    source = source.replace("RESTORE", "no" if handler == "saves" else "yes")
    expected = []
    for line in source.splitlines():
        if ".rept" in line:
            start = len(expected)
        elif ".endr" in line:
            expected += expected[start:] * 49
        elif m := re.search(r"# (yes|no)", line):
            expected.append(m[1])
    elf = assemble(isa, source, handler)
    [(_, _, insns)] = RISCV.disassemble(elf)
    checks = [trapline("check", "-e", elf, f"{insn.addr:#x}") for insn in insns]
    assert ["no" if "handler still needs" in c.stderr else c.stderr or "yes"
            for c in checks] == expected

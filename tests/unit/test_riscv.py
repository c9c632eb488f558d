# SPDX-License-Identifier: MIT
"""RISC-V, pure half: the decode tables, slots and simulation, natively under sanitizers and against objdump.

The programs are built under $O (build). objdump is the other opinion: on every 16-bit encoding, on random 32-bit ones of every
row, and on picolibc and libgcc as the compiler made them, for each multilib. What is simulated is compared with a second
simulation, made here of what objdump prints.
"""

import collections
import os
import pathlib
import random
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = (ROOT / os.environ.get("O", "build")).resolve() / "tests" / "riscv"
CFLAGS = "-std=c11 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all".split()
INCLUDES = [f"-I{ROOT}/arch", f"-I{ROOT}/protocol"]
TABLES = [ROOT / "arch" / "riscv" / f"{f}.c" for f in ("common", "rv32", "rv64")]
DECODE = [ROOT / "arch" / "riscv" / "decode.c"]
PURE = [ROOT / "arch" / "riscv" / f"{f}.c" for f in ("isa", "trap_state", "slot", "simulate")] + TABLES
TOOL = "riscv64-unknown-elf-"

PICOLIBC = pathlib.Path("/usr/lib/picolibc/riscv64-unknown-elf/lib")

EXTENSIONS = "imafdc_zicsr_zifencei_zba_zbb_zbs"
REJECT, SLOT, SIMULATE = range(3)
LEAVES, NO_TRAP = 1, 8

Answer = collections.namedtuple("Answer", "len verdict flags op error states")
Insn = collections.namedtuple("Insn", "addr code mnemonic operands")
Row = collections.namedtuple("Row", "isa table pattern text macro mask match check where")

ERRORS = {
    name: int(value, 16)
    for name, value in re.findall(r"TL_ERROR\((\w+), +(0x\w+)", (ROOT / "protocol" / "errors.def").read_text())
}
NAMES = {value: name for name, value in ERRORS.items()}


def run(*command, **how):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True, **how).stdout


def build(name, sources):
    OUT.mkdir(parents=True, exist_ok=True)
    program = OUT / name
    subprocess.run([os.environ.get("HOSTCC", "gcc"), *CFLAGS, *INCLUDES, "-o", program, *sources], check=True)
    return program


@pytest.fixture(scope="session")
def query():
    program = build("riscv_query", [ROOT / "tests/unit/riscv_query.c", *DECODE, *PURE])
    return lambda isa, lines: [parse_answer(line) for line in run(program, isa, input="\n".join(lines) + "\n").splitlines()]


def parse_answer(line):
    numbers = line.split(maxsplit=5)
    return Answer(*map(int, numbers[:5]), "".join(numbers[5:]))


# ---- the tables ----

WIDE = r"[01.]{7} [01.]{5} [01.]{5} [01.r]{3} [01.]{5} [01.]{7}"
NARROW = r"[01.]{3} [01.] [01.]{5} [01.]{5} [01.]{2}"
ROW = re.compile(rf"/\* ({WIDE}|{NARROW})  (\S.*?) *\*/ (\w+)\((\w+), (\w+), ([^,]*?)[,)]")


def table_rows():
    """The rows of all tables with the patterns beside them."""
    rows, table = [], None
    for file in TABLES:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            where = f"{file.name}:{number}"
            if start := re.match(r"const struct riscv_(narrow|wide) \w+\[\]", line):
                table = start[1]
            elif line.startswith("};"):
                table = None
            elif table and (m := ROW.search(line)):
                pattern = m[1].replace(" ", "")
                rows.append(Row(file.stem, table, pattern, m[2], m[3], int(m[4], 16), int(m[5], 16), m[6], where))
            elif table and "(0" in line:
                pytest.fail(f"{where}: a row without its pattern")
    return rows


def test_patterns():
    """The pattern beside each row says what its mask and match say, and names the field that it checks."""
    rows = table_rows()
    assert len(rows) > 120
    for row in rows:
        assert len(row.pattern) == (32 if row.table == "wide" else 16), row.where
        assert int("".join("1" if c in "01" else "0" for c in row.pattern), 2) == row.mask, row.where
        assert int("".join(c if c == "1" else "0" for c in row.pattern), 2) == row.match, row.where
        assert ("r" in row.pattern) == (row.check == "RM"), row.where


@pytest.mark.parametrize("name", ["decode", "simulate"])
def test_native(name):
    sources = [*PURE, *(DECODE if name != "decode" else [])]  # which the test includes
    out = subprocess.run([build(f"test_riscv_{name}", [ROOT / f"tests/unit/test_riscv_{name}.c", *sources])],
                         capture_output=True, text=True)
    assert out.returncode == 0 and "not ok" not in out.stdout and "ok" in out.stdout, out.stdout + out.stderr


# ---- objdump ----


def disassemble(path):
    """Sections of a file: [(name, {addr: byte}, [Insn])] as objdump sees them."""
    sections = []
    for line in run(f"{TOOL}objdump", "-d", "-z", "-M", "no-aliases,numeric", path).splitlines():
        if m := re.match(r"Disassembly of section (.*):", line):
            sections.append((m[1], {}, []))
        elif m := re.match(r" *([0-9a-f]+):\t([0-9a-f ]+?) *\t([^\t]*)(?:\t(.*))?$", line):
            addr, code = int(m[1], 16), int(m[2], 16)
            raw = code.to_bytes(len(m[2]) // 2, "little")
            sections[-1][1].update({addr + i: byte for i, byte in enumerate(raw)})
            sections[-1][2].append(Insn(addr, code, m[3].strip(), m[4] or ""))
    return sections


def ask_sections(query, isa, sections):
    """Every instruction of every section, with the section as its text: [(Insn, Answer)]."""
    lines, insns = [], []
    for _, data, listed in sections:
        if not listed:
            continue
        base, end = min(data), max(data) + 1
        lines.append(f"T {base:x} " + bytes(data.get(a, 0) for a in range(base, end)).hex())
        lines += [f"I {insn.addr:x}" for insn in listed]
        insns += listed
    return list(zip(insns, query(isa, lines), strict=True))


def ask_encodings(query, isa, values):
    """Each encoding alone in its text."""
    OUT.mkdir(parents=True, exist_ok=True)
    source, elf = OUT / "encodings.s", OUT / "encodings.o"
    source.write_text("".join(f".insn {4 if v & 3 == 3 else 2}, {v:#x}\n" for v in values))
    run(f"{TOOL}as", f"-march={isa}{EXTENSIONS}", "-o", elf, source)
    [(_, _, insns)] = [s for s in disassemble(elf) if s[2]]
    lines = []
    for insn in insns:
        size = 4 if insn.code & 3 == 3 else 2
        lines += [f"T {insn.addr:x} {insn.code.to_bytes(size, 'little').hex()}", f"I {insn.addr:x}"]
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
    if insn.code & 3 == 3 and insn.code & 0x7F in CUSTOM_OPCODES:
        return "EINSN"
    if isa == "rv32" and insn.code & 3 != 3 and CUSTOM.match(insn.mnemonic) and insn.code & 0x1000:
        return "EINSN"
    if insn.code & 0x607F == 0x000F:  # whatever else is in a fence, cores ignore
        return "OK"
    if insn.code & 0xFFF0007F == 0x42000053 or insn.code & 0xFFE0007F == 0xD2000053:  # exact, so that any rounding does
        return "EUNDEF" if insn.code >> 12 & 7 in (5, 6) else "OK"
    if insn.code == 0x6101 or isa == "rv32" and insn.code >> 25 & 1 and LONG_SHIFT.fullmatch(insn.mnemonic):  # reserved
        return "EUNDEF"
    if insn.mnemonic.startswith(".") or "unknown" in insn.operands or insn.mnemonic == "c.unimp" or DRAFTS.match(insn.mnemonic):
        return "EUNDEF"
    if insn.mnemonic in ("ebreak", "c.ebreak"):
        return "EBRK"
    if re.match(r"lr\.|sc\.", insn.mnemonic):
        return "EEXCL"
    if insn.mnemonic == "mret" or reads_trap_state(insn):
        return "ETRAP"
    return "OK"


def reads_trap_state(insn):
    m = re.match(r"csrr(w|s|c)i?$", insn.mnemonic)
    if not m:
        return False
    d, csr, source = insn.operands.split(",")
    if csr not in ("mepc", "mcause", "mtval"):
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
    return insn.mnemonic == "auipc" or re.fullmatch(r"c?\.?(jalr?|jr?|beqz|bnez)", insn.mnemonic) or insn.mnemonic in BRANCHES


def model(isa, insn, state):
    """What riscv_query prints of a simulation, from objdump's text instead."""
    at, changes = simulate(isa, insn, state)
    return ",".join([f"{at:x}", *(f"{x}={value:x}" for x, value in changes.items())])


def simulate(isa, insn, state):
    """(where it goes on, {register: value})"""
    xlen = int(isa[2:])
    mask = (1 << xlen) - 1
    registers = [(0, x * 0x01010101, -x, x * 0x9E3779B97F4A7C15 ^ x << 31)[state] & 0xFFFFFFFFFFFFFFFF & mask for x in range(32)]
    get = lambda name: registers[int(name[1:])] if name != "x0" else 0
    signed = lambda value: value - (1 << xlen) if value >> (xlen - 1) else value
    changes = {}

    def put(name, value):
        if name != "x0" and value & mask != get(name):
            changes[int(name[1:])] = value & mask

    size = 4 if insn.code & 3 == 3 else 2
    after = insn.addr + size & mask
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
    if answer.len != (4 if insn.code & 3 == 3 else 2):
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
    links = insn.mnemonic in ("jal", "jalr") and not insn.operands.startswith("x0,") or insn.mnemonic in ("c.jal", "c.jalr")
    if answer.flags & LEAVES and (links or not re.match(r"(c\.)?j|ecall|sret", insn.mnemonic)):
        return "leaves"
    return None


def report(wrong):
    return "\n".join(f"{why}: {i.code:x} {i.mnemonic} {i.operands} {a}" for why, i, a in wrong[:60]) + f"\n{len(wrong)}"


def disagreements(query, isa, values):
    asked = ask_encodings(query, isa, values)
    return [(why, i, a) for i, a in asked if (why := disagreement(isa, i, a))]


def rows_of(isa, table):
    """In the order of search."""
    return [row for stem in (isa, "common") for row in table_rows() if (row.isa, row.table) == (stem, table)]


def require_all(rows, values):
    """Every row decides about one of the values at least."""
    unused = {row.where for row in rows}
    for value in values:
        unused.discard(next((row.where for row in rows if value & row.mask == row.match), None))
    assert not unused


@pytest.mark.parametrize("isa", ["rv32", "rv64"])
def test_every_narrow(query, isa):
    values = [v for v in range(0x10000) if v & 3 != 3]
    wrong = disagreements(query, isa, values)
    assert not wrong, report(wrong)
    require_all(rows_of(isa, "narrow"), values)


@pytest.mark.parametrize("isa", ["rv32", "rv64"])
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
    """{folder: the options that select it}, of those with compressed instructions: without them a core has no c.ebreak."""
    listed = dict(line.split(";") for line in run(f"{TOOL}gcc", "--print-multi-lib").splitlines())
    listed["."] = "@march=rv64imafdc@mabi=lp64d"
    return {folder: options.replace("@", " -").split() for folder, options in listed.items() if re.match(r"@march=\w*c@", options)}


def link(path, isa, elf):
    """All of a library at its addresses, so that branches have targets; what others would define is at 0x200000."""
    options = ["-m", f"elf{isa[2:]}lriscv", "-Ttext=0x100000", "-e0", "--allow-multiple-definition", "--noinhibit-exec", "-w"]
    undefined = re.findall(r" U (\S+)", run(f"{TOOL}nm", "-u", path))
    options += {f"--defsym={name}=0x200000" for name in undefined}
    run(f"{TOOL}ld", *options, "-o", elf, "--whole-archive", path)
    return elf


@pytest.mark.parametrize("folder", multilibs())
def test_libraries(query, folder):
    """Lengths, targets and verdicts over whole libraries; what is refused is counted, with the reasons."""
    options = multilibs()[folder]
    isa = options[0].removeprefix("-march=")[:4]
    libgcc = run(f"{TOOL}gcc", *options, "-print-libgcc-file-name").strip()
    for name, path in ("picolibc", PICOLIBC / folder / "libc.a"), ("libgcc", libgcc):
        count = compare_library(query, isa, path)
        total = count.pop("instructions")
        print(f"\n{folder} {name}: {total} instructions,", ", ".join(f"{n} {what}" for what, n in sorted(count.items())))
        refused = {what: n for what, n in count.items() if what in ERRORS}
        assert total > 1500
        assert set(refused) <= {"EEXCL", "EBRK", "EUNDEF"} and sum(refused.values()) <= 0.01 * total, refused


def compare_library(query, isa, path):
    sections = disassemble(link(path, isa, OUT / "library.elf"))
    count = collections.Counter()
    for insn, answer in ask_sections(query, isa, sections):
        wrong = disagreement_in_context(isa, insn, answer)
        assert not wrong, (wrong, insn, answer, path)
        count["instructions"] += 1
        count[NAMES[answer.error] if answer.error else ("", "in a slot", "simulated")[answer.verdict]] += 1
    return count


def disagreement_in_context(isa, insn, answer):
    """As disagreement(), but that an instruction may lie in a window."""
    if answer.error in (ERRORS["EEXCL"], ERRORS["ETRAP"]) and expected_error(isa, insn) == "OK":
        return None if answer.len == (4 if insn.code & 3 == 3 else 2) else "length"
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
    """Assembles and links; returns the ELF."""
    OUT.mkdir(parents=True, exist_ok=True)
    path, elf = OUT / f"{name}.s", OUT / f"{name}-{isa}.elf"
    path.write_text(MACROS + source)
    run(f"{TOOL}as", f"-march={isa}imafdc", "-o", OUT / f"{name}.o", path)
    run(f"{TOOL}ld", "-m", f"elf{isa[2:]}lriscv", "-Ttext=0x20010000", "-e0", "-o", elf, OUT / f"{name}.o")
    return elf


def trapline(*arguments):
    return subprocess.run([OUT.parents[1] / "trapline", *arguments], capture_output=True, text=True)


@pytest.mark.parametrize("isa", ["rv32", "rv64"])
def test_host(isa):
    """The host picks the variant by the ELF's class, and judges without a port."""
    elf = assemble(isa, """
	function plain
	addi a0, a0, 1
	clz a0, a0
	bnez a0, plain
	csrw mtvec, a0
	ret
	end plain
    """, "host")
    info = trapline("info", "-e", elf).stdout
    assert re.search(r"^elf-isa +(\S+)$", info, re.M)[1] == isa
    checked = trapline("check", "-e", elf, "plain", "plain+2", "plain+6", "plain+8", "plain+0xc").stdout
    verdicts = re.findall(r"(\d) bytes  (\w+)  accepted", checked)
    assert verdicts == [("2", "slot"), ("4", "slot"), ("2", "simulated"), ("4", "slot"), ("2", "slot")], checked
    assert "in the middle of the 4-byte instruction" in trapline("check", "-e", elf, "plain+4").stderr


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


@pytest.mark.parametrize("isa", ["rv32", "rv64"])
@pytest.mark.parametrize("handler", ["saves", "sets", "keeps"])
def test_handlers(isa, handler):
    """A trap handler is refused where it has the state of its trap in the core, and so is all that it calls there."""
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
    [(_, _, insns)] = disassemble(elf)
    checks = [trapline("check", "-e", elf, f"{insn.addr:#x}") for insn in insns]
    assert ["no" if "handler still needs" in c.stderr else c.stderr or "yes" for c in checks] == expected

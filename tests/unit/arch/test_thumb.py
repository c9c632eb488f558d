# SPDX-License-Identifier: MIT
"""Cortex-M, pure half: the decode tables, slots and simulation, natively under sanitizers and
against objdump.

The programs are built under $O (build). objdump is the other opinion: on every 16-bit encoding, on
random 32-bit ones of every row, and on newlib and libgcc as the compiler made them, for each
variant and multilib.
"""

import collections
import os
import random
import re
import subprocess

import pytest

from pure import (ERRORS, LEAVES, PREDICATED, REJECT, SIMULATE, SLOT, Arch, ask_sections,
                  isa_of_elf, report)

HALF = r"[01.ntdm]{4}(?: [01.ntdm]{4}){3}"
THUMB = Arch("thumb", "arm-none-eabi-", f"{HALF}(?:  {HALF})?", knows_data=True, code_bit=1)

# What the assembler calls the variants, with all that they may have.
CPUS = {
    "armv6-m": ("cortex-m0", None),
    "armv7-m": ("cortex-m3", None),
    "armv7e-m": ("cortex-m7", "fpv5-d16"),
    "armv8-m.main": ("cortex-m33", "fpv5-d16"),
}
MULTILIBS = {
    "v6-m/nofp": ("armv6-m", "-mcpu=cortex-m0 -mfloat-abi=soft"),
    "v7-m/nofp": ("armv7-m", "-mcpu=cortex-m3 -mfloat-abi=soft"),
    "v7e-m/nofp": ("armv7e-m", "-mcpu=cortex-m4 -mfloat-abi=soft"),
    "v7e-m+fp/softfp": ("armv7e-m", "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=softfp"),
    "v7e-m+fp/hard": ("armv7e-m", "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard"),
    "v7e-m+dp/softfp": ("armv7e-m", "-mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=softfp"),
    "v7e-m+dp/hard": ("armv7e-m", "-mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard"),
    "v8-m.main/nofp": ("armv8-m.main", "-march=armv8-m.main -mfloat-abi=soft"),
    "v8-m.main+fp/softfp": ("armv8-m.main", "-march=armv8-m.main+fp -mfloat-abi=softfp"),
    "v8-m.main+fp/hard": ("armv8-m.main", "-march=armv8-m.main+fp -mfloat-abi=hard"),
    "v8-m.main+dp/softfp": ("armv8-m.main", "-march=armv8-m.main+fp.dp -mfloat-abi=softfp"),
    "v8-m.main+dp/hard": ("armv8-m.main", "-march=armv8-m.main+fp.dp -mfloat-abi=hard"),
}

Answer = collections.namedtuple("Answer", "len verdict flags op error next read regs rewritten")


@pytest.fixture(scope="session")
def query():
    ask = THUMB.build_query()
    return lambda isa, lines: [parse_answer(line) for line in ask(isa, lines)]


def parse_answer(line):
    *numbers, nexts, reads, regs, rewritten = line.split()

    def hexes(text):
        return [int(value, 16) for value in text.split(",")] if text != "-" else []

    changed = dict(pair.split("=") for pair in regs.split(",")) if regs != "-" else {}
    return Answer(*map(int, numbers), hexes(nexts), hexes(reads),
                  {r: int(v, 16) for r, v in changed.items()}, int(rewritten))


def assembler(isa):
    """Its options."""
    cpu, fpu = CPUS[isa]
    return [f"-mcpu={cpu}", *([f"-mfpu={fpu}"] if fpu else []), "-mthumb"]


def encode(isa, values):
    """Assembles encodings, each far from the influence of an IT before it, and disassembles them
    again."""
    source = [".syntax unified", ".thumb", ".text"]
    for value in values:
        source.append(f".inst.{'w' if value >> 16 else 'n'} {value:#x}")
        if value >> 8 == 0xBF and value & 15:
            source += ["nop"] * 4
    assembled = THUMB.assemble("encodings", source, *assembler(isa))
    listed = {insn.code: insn for _, _, insns in THUMB.disassemble(assembled) for insn in insns}
    return [listed[value] for value in values]


def in_doubt(isa, value):
    """Coprocessors: objdump knows some that no Cortex-M has, and the core that has none faults
    in the slot as in place."""
    fp = value & 0xE00 == 0xA00 and CPUS[isa][1]
    return value & 0xEC000000 == 0xEC000000 and not fp and isa != "armv6-m"


def ask_encodings(query, isa, values):
    values = [v for v in values if not in_doubt(isa, v)]
    lines = []
    for value in values:
        halves = [value >> 16, value & 0xFFFF] if value >> 16 else [value]
        lines += ["T 8000 " + b"".join(h.to_bytes(2, "little") for h in halves).hex() + "00" * 8,
                  "I 8000"]
    return list(zip(encode(isa, values), query(isa, lines), strict=True))


BRANCH = re.compile(
    r"(b|bl|blx|bx|bxns|cbn?z|tb[bh]|b(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le))(\.[nw])?$")


# Assembled without a warning, although unpredictable (add pc, pc), of another profile (setend) or
# not of Armv6-M (cps f).
LENIENT = (0x44FF, 0xB650, 0xB658)
LENIENT_V6M = (0xB661, 0xB663, 0xB671, 0xB673)

# Assembled for -mfpu=fpv5-d16, although Advanced SIMD.
SIMD = re.compile(r"v(ld|st)[1-4]")

# Hints of other profiles, with which objdump names what is a NOP or a barrier here; and those of
# which few encodings assemble.
NOT_AGAIN = re.compile(
    r"nop|sevl|csdb|esb|pac.*|aut.*|bti|dfb|p?ssbb|tsb|clrbhb|pldw|rbit|rev(16|sh)?|it[te]*")


def disagreement(insn, answer):
    """Where objdump knows better, or None."""
    operands = re.split("[;@]", insn.operands)[0]
    fp = insn.code & 0xEC000E00 == 0xEC000A00
    # as which it also shows undefined FP
    coprocessor = re.match(r"m(cr|rr?c)|ldc|stc|cdp", insn.mnemonic)
    undefined = re.search(r"undefined|^udf", insn.mnemonic + insn.operands,
                          re.I) or fp and coprocessor
    if answer.len != insn.size:
        return "length"
    # the core decides, in the slot as in place
    if undefined and answer.error != ERRORS["EUNDEF"] and not fp:
        return "accepted, undefined"
    # with writeback, unpredictable
    if re.match(r"pl[di]", insn.mnemonic) and re.search(r"!|\],", operands):
        return None if answer.error == ERRORS["EUNDEF"] else "accepted, unpredictable"
    if answer.error == ERRORS["EUNDEF"] and not undefined:
        return None if insn.code in LENIENT or fp and "pc" in operands else "refused"
    if (answer.error == ERRORS["EBRK"]) != (insn.mnemonic == "bkpt"):
        return "bkpt"
    exclusive = re.match(r"ldrex|strex|ldaex|stlex", insn.mnemonic)
    if (answer.error == ERRORS["EEXCL"]) != bool(exclusive) and not undefined and not answer.error:
        return "exclusive"
    if answer.error:
        return None
    moves_pc = re.search(r"\bpc\b", operands) or BRANCH.match(insn.mnemonic)
    # an unallocated hint, shown as a load
    if insn.code & 0xFF50F000 == 0xF910F000 and insn.mnemonic.startswith("ldrsh"):
        return None
    if moves_pc and answer.verdict == SLOT and not answer.flags & LEAVES and \
            not insn.mnemonic.startswith("vldr"):
        return "the PC in a slot"
    if not moves_pc and (answer.verdict == SIMULATE or answer.flags & LEAVES):
        if not re.match(r"(it|adr|add|sub|ldr|pl[di]|tb)", insn.mnemonic):
            return "simulated, no PC"
    return None


def assembles(isa, insns):
    """Those of `insns` that the assembler takes for the variant, without a warning, and turns
    into the same bits."""
    lines = [f"{i.mnemonic} " + re.split("[;@<]", i.operands)[0] for i in insns]
    for _ in range(2):  # without those that it complained about
        source, again = THUMB.out / "again.s", THUMB.out / "again.o"
        source.write_text(".syntax unified\n" + "".join(f"{line}\n" for line in lines))
        command = [f"{THUMB.tool}as", *assembler(isa), "-o", again, source]
        out = subprocess.run(command, capture_output=True, text=True)
        for number in re.findall(r"again.s:(\d+): ", out.stderr):
            lines[int(number) - 2] = "nop"
    assert out.returncode == 0, out.stderr
    taken = {insn.code for _, _, listed in THUMB.disassemble(again) for insn in listed}
    return {insn for insn in insns if insn.code in taken}


def disagreements(query, isa, values):
    """
    objdump knows instructions of every architecture; what we call undefined is one of ours only if
    it assembles. And of every mnemonic that we accept for the variants that lack much, something
    assembles.
    """
    asked = ask_encodings(query, isa, values)
    wrong = [(why, i, a) for i, a in asked if (why := disagreement(i, a))]
    lenient = LENIENT_V6M if isa == "armv6-m" else ()
    ours = assembles(isa,
                     [i for why, i, _ in wrong if why == "refused" and i.code not in lenient
                      and not SIMD.match(i.mnemonic)])
    wrong = [(why, i, a) for why, i, a in wrong if why != "refused" or i in ours]
    if isa not in ("armv6-m", "armv7-m"):
        return wrong
    accepted = [(i, a) for i, a in asked
                if not a.error and not re.search("undefined|unpredictable|<", str(i), re.I)]
    accepted = [(i, a) for i, a in accepted if not NOT_AGAIN.fullmatch(name_of(i))]
    known = {name_of(i) for i in assembles(isa, [i for i, _ in accepted])}
    foreign = {name_of(i): (i, a) for i, a in accepted if name_of(i) not in known}
    return wrong + [("of another variant", i, a) for i, a in foreign.values()]


def name_of(insn):
    return re.split(r"[. ]", insn.mnemonic)[0]


@pytest.mark.parametrize("name", ["decode", "simulate", "onward"])
def test_native(name):
    THUMB.run_native(name)


def test_patterns():
    """The pattern beside each row says what its mask and match say, and names the fields that it
    checks."""
    for row in THUMB.check_patterns():
        checked = {c.lower() for c in row.check.split(" | ")} & set("ntdm")
        for letter, low in zip("ntdm", (16, 12, 8, 0)):
            field = row.pattern[28 - low : 32 - low]
            assert (field == 4 * letter) == (letter in checked), f"{row.where}: field {letter}"


@pytest.mark.parametrize("isa", CPUS)
def test_every_narrow(query, isa):
    wrong = disagreements(query, isa, range(0xE800))
    assert not wrong, report(wrong)


@pytest.mark.parametrize("isa", CPUS)
def test_random_wide(query, isa):
    rng = random.Random(1)
    values = set()
    for row in THUMB.table_rows():
        if row.table == "wide" and row.mask:
            values.update(row.match | rng.getrandbits(32) & ~row.mask for _ in range(200))
    while len(values) < 50_000:
        values.add(rng.randrange(0xE8000000, 0x100000000))
    wrong = disagreements(query, isa, sorted(values))
    assert not wrong, report(wrong)


def library(options, name):
    return THUMB.run_tool("gcc", "-mthumb", *options.split(), f"-print-file-name={name}.a").strip()


@pytest.mark.parametrize("options", ["-mcpu=cortex-m0", "-mcpu=cortex-m23", "-mcpu=cortex-m3",
                                     "-mcpu=cortex-m4", "-mcpu=cortex-m55"])
def test_variant_of_elf(options):
    """The host picks the variant by the file's build attributes."""
    wanted = {"m0": "armv6-m", "m23": "armv8-m.main", "m3": "armv7-m", "m4": "armv7e-m",
              "m55": "armv8-m.main"}[options.split("-")[-1]]
    source, elf = THUMB.out / "variant.c", THUMB.out / "variant.elf"
    source.write_text("void _start(void) {}\n")
    THUMB.run_tool("gcc", "-mthumb", options, "-nostdlib", "-o", elf, source)
    assert isa_of_elf(elf) == wanted


def lanes(insns):
    """Addresses that an IT covers."""
    covered, left, end = set(), 0, None
    for insn in insns:
        if left and insn.addr == end:
            covered.add(insn.addr)
            left -= 1
        else:
            left = 0
        if re.match(r"it[te]*$", insn.mnemonic):
            left = len(insn.mnemonic) - 1
        end = insn.addr + insn.size
    return covered


@pytest.mark.parametrize("multilib", MULTILIBS)
def test_libraries(query, multilib):
    isa, options = MULTILIBS[multilib]
    paths = [library(options, name) for name in ("libc", "libm", "libgcc")]
    assert all(f"/thumb/{multilib}/" in path for path in paths), paths
    for path in paths:
        count = compare_library(query, isa, path)
        total = count["instructions"]
        print(f"\n{multilib} {os.path.basename(path)}:",
              ", ".join(f"{count[k]} {k} ({100 * count[k] / total:.2f} %)" for k in count))
        assert total > 3000
        assert count["refused"] <= 0.02 * total
        # IT and what stands behind it, tables of branches
        assert count["rewritten"] >= 0.7 * count["simulated"]
        # b.w to just before looks like an IT
        assert count["predicated"] - count["covered"] <= 0.005 * total


def compare_library(query, isa, path):
    sections = THUMB.disassemble(THUMB.link_library(path, THUMB.out / "library.elf"))
    answers = ask_sections(query, isa, sections)
    count = collections.Counter()
    position = 0
    for name, _, insns in sections:
        covered = lanes(insns)
        for insn, answer in answers[position : position + len(insns)]:
            check_library_insn(insn, answer, insn.addr in covered, name)
            count["instructions"] += 1
            count["refused"] += answer.verdict == REJECT
            count["simulated"] += answer.verdict == SIMULATE
            count["rewritten"] += answer.rewritten
            count["covered"] += insn.addr in covered
            count["predicated"] += bool(answer.flags & PREDICATED)
        position += len(insns)
    return count


def check_library_insn(insn, answer, covered, where):
    where = insn, answer, where
    assert answer.len == insn.size, where
    if answer.error:
        assert answer.error != ERRORS["EUNDEF"] or "undefined" in insn.operands.lower() or \
            "udf" in insn.mnemonic, where
        return
    assert answer.flags & PREDICATED or not covered, where
    base = insn.mnemonic.split(".")[0]
    moves_pc = re.search(r"\bpc\b", insn.operands.split(";")[0].split("@")[0])
    if m := re.match(r"(?:r\d+, )?([0-9a-f]+)(?: <|$)", insn.operands):
        if re.match(r"b(l|x|lx)?|cbn?z",
                    base) and base not in ("bic", "bics", "bfi", "bfc", "bkpt"):
            target = int(m[1], 16)
            conditional = BRANCH.match(base) and BRANCH.match(
                base)[2] and not covered or base.startswith("cb")
            fall = insn.addr + answer.len
            expected = {target}
            if conditional and not base.startswith("cb"):
                expected.add(fall)
            if base.startswith("cb"):  # the register is 0
                expected = {target} if base == "cbz" else {fall}
            assert set(answer.next) == expected, where
            assert ("lr" in answer.regs) == (base.startswith("bl")
                                             and base not in ("ble", "blt", "bls")), where
    if re.match(r"v?ldr", base) and "[pc" in insn.operands:
        literal = int(re.search(r"[@;] \(?([0-9a-f]+)\b", insn.operands)[1], 16)
        assert set(answer.read) == ({literal, literal + 4} if base.startswith("ldrd")
                                    else {literal}), where
        if base.startswith("vldr"):
            assert answer.verdict == SLOT, where
            return
    if m := re.match(r"(r\d+|[a-z]+), pc, #(\d+)", insn.operands):  # adr
        offset = -int(m[2]) if base.startswith("sub") else int(m[2])
        assert answer.regs == {m[1].replace("sl", "r10").replace("fp", "r11"): (insn.addr + 4 & ~3)
                               + offset}, where
    if moves_pc or BRANCH.match(base):
        assert answer.verdict == SIMULATE or answer.flags & LEAVES, where

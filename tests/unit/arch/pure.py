# SPDX-License-Identifier: MIT
"""What the tests of the pure half of every architecture share: it is built natively, under
sanitizers, and asked about text (isa_query.h); objdump is asked about the same text. test_<arch>.py
says what is particular to its Arch.
"""

import collections
import dataclasses
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BUILD = (ROOT / os.environ.get("O", "build")).resolve()
CFLAGS = ("-std=c11 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined "
          "-fno-sanitize-recover=all").split()
INCLUDES = [f"-I{ROOT / d}" for d in ("arch", "protocol", "tests/unit", "tests/unit/arch")]
TEST_SOURCES = [HERE / "isa_test.c", HERE / "isa_rows.c", HERE.parent / "unit.c"]

REJECT, SLOT, SIMULATE = range(3)
LEAVES, LOADS, PREDICATED, NO_TRAP = 1, 2, 4, 8

Insn = collections.namedtuple("Insn", "addr size code mnemonic operands")
Row = collections.namedtuple("Row", "file table pattern mask match check where")

ERRORS = {
    name: int(value, 16)
    for name, value in re.findall(r"TL_ERROR\((\w+), +(0x\w+)",
                                  (ROOT / "protocol" / "errors.def").read_text())
}
NAMES = {value: name for name, value in ERRORS.items()}


def run(*command, **how):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **how)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    return done.stdout


def trapline(*arguments):
    return subprocess.run([BUILD / "trapline", *arguments], capture_output=True, text=True)


def isa_of_elf(elf):
    """As the host tells it."""
    return re.search(r"^elf-isa +(\S+)$", trapline("info", "-e", elf).stdout, re.M)[1]


@dataclasses.dataclass(frozen=True)
class Arch:
    name: str  # its folder in arch/
    tool: str  # what the names of its compiler's programs begin with
    pattern: str  # of the bits that stand beside a row
    objdump: tuple = ()  # options
    # objdump tells data in text; else a directive is an instruction that it does not know
    knows_data: bool = False
    code_bit: int = 0  # of the address of a function

    @property
    def out(self):
        folder = BUILD / "tests" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def sources(self):
        makefile = ROOT / "arch" / self.name / "arch.mk"
        text = makefile.read_text().replace("\\\n", "")
        names = re.search(rf"^{self.name}\.pure = (.*)$", text, re.M)[1].split()
        return [makefile.parent / f"{name}.c" for name in names]

    def build(self, name, sources):
        program, fresh = self.out / name, self.out / f"{name}.{os.getpid()}"
        run(os.environ.get("HOSTCC", "gcc"), *CFLAGS, *INCLUDES, "-o", fresh, *sources)
        return fresh.rename(program)

    def build_query(self):
        """ask(isa, lines) -> lines"""
        program = self.build(f"{self.name}_query",
                             [HERE / "isa_query.c", HERE / f"{self.name}_query.c", *self.sources])
        return lambda isa, lines: run(program, isa, input="\n".join(lines) + "\n").splitlines()

    def run_native(self, name):
        """Builds and runs test_<arch>_<name>.c, which may include one of the sources."""
        test = HERE / f"test_{self.name}_{name}.c"
        included = re.findall(r'#include "(\S+\.c)"', test.read_text())
        sources = [s for s in self.sources if f"{self.name}/{s.name}" not in included]
        out = run(self.build(test.stem, [test, *TEST_SOURCES, *sources]))
        assert re.fullmatch(r"(ok - .*\n)+", out), out

    # ---- tables ----

    def table_rows(self):
        """The rows of all tables with the patterns above them."""
        shape = re.compile(rf"/\* ({self.pattern})  \S.*? *\*/\s+\w+\((\w+), (\w+), ([^,]*?)[,)]")
        rows, table = [], None
        for file in self.sources:
            above = ""
            for number, line in enumerate(file.read_text().splitlines(), 1):
                where, row, above = f"{file.name}:{number}", above + line, line
                if start := re.match(r"const struct tl_(narrow|wide) \w+\[\]", line):
                    table = start[1]
                elif line.startswith("};"):
                    table = None
                elif table and (m := shape.search(row)):
                    rows.append(Row(file.stem, table, m[1].replace(" ", ""), int(m[2], 16),
                                    int(m[3], 16), m[4], where))
                elif table and re.search(r"\(0[x,]", line):
                    pytest.fail(f"{where}: a row without its pattern")
        return rows

    def check_patterns(self):
        """The pattern beside each row says what its mask and match say. Returns the rows."""
        rows = self.table_rows()
        assert len(rows) > 100
        for row in rows:
            assert len(row.pattern) == (32 if row.table == "wide" else 16), row.where
            assert int("".join("1" if c in "01" else "0" for c in row.pattern),
                       2) == row.mask, row.where
            assert int("".join(c if c == "1" else "0" for c in row.pattern),
                       2) == row.match, row.where
        return rows

    # ---- its compiler's programs ----

    def run_tool(self, program, *arguments):
        return run(f"{self.tool}{program}", *arguments)

    def assemble(self, name, lines, *options):
        """Returns the object."""
        source, to = self.out / f"{name}.s", self.out / f"{name}.o"
        source.write_text("\n".join([*lines, ""]))
        self.run_tool("as", *options, "-o", to, source)
        return to

    def link_library(self, path, elf, *options):
        """All of a library at its addresses, so that branches have targets; what others would
        define is at 0x200000."""
        undefined = set(re.findall(r" U (\S+)", self.run_tool("nm", "-u", path)))
        defined = [f"--defsym={name}={0x200000 | self.code_bit:#x}" for name in sorted(undefined)]
        self.run_tool("ld", *options, "-Ttext=0x100000", "-e0", "--allow-multiple-definition",
                      "--noinhibit-exec", "-w",
                      *defined, "-o", elf, "--whole-archive", path)
        return elf

    def disassemble(self, path):
        """Sections of a file: [(name, {addr: byte}, [Insn])] as objdump sees them."""
        sections = []
        for line in self.run_tool("objdump", "-d", "-z", *self.objdump, path).splitlines():
            if m := re.match(r"Disassembly of section (.*):", line):
                sections.append((m[1], {}, []))
            elif m := re.match(r" *([0-9a-f]+):\t([0-9a-f ]+?) *\t([^\t]*)(?:\t(.*))?$", line):
                addr, code, mnemonic = int(m[1], 16), m[2], m[3].strip()
                raw = b"".join(int(unit, 16).to_bytes(len(unit) // 2, "little")
                               for unit in code.split())
                sections[-1][1].update({addr + i: byte for i, byte in enumerate(raw)})
                if not (self.knows_data and mnemonic.startswith(".")):
                    sections[-1][2].append(Insn(addr, len(raw), int(code.replace(" ", ""), 16),
                                                mnemonic, m[4] or ""))
        return sections


# ---- questions and answers ----


def text_line(data):
    low, high = min(data), max(data) + 1
    return f"T {low:x} " + bytes(data.get(a, 0) for a in range(low, high)).hex()


def ask_sections(query, isa, sections):
    """Every instruction of every section, with the section as its text: [(Insn, answer)]."""
    lines, insns = [], []
    for _, data, listed in sections:
        if listed:
            lines += [text_line(data), *(f"I {insn.addr:x}" for insn in listed)]
            insns += listed
    return list(zip(insns, query(isa, lines), strict=True))


def report(wrong):
    return "\n".join(f"{why}: {i.code:x} {i.mnemonic} {i.operands} {a}"
                     for why, i, a in wrong[:60]) + f"\n{len(wrong)}"


# ---- returns ----

OK, REFUSED = 0, ERRORS["ERETURN"]


def ask_returns(ask, isa, lines):
    return [int(answer) for answer in ask(isa, lines)]


def check_by_hand(ask, isa, sections, cases):
    """Cases of (instructions, OK or REFUSED): each in a section .t<number> of its own."""
    data_of, asked = {name: data for name, data, _ in sections}, []
    for i in range(len(cases)):
        data = data_of[f".t{i}"]
        asked += [text_line(data), f"R {min(data):x} {len(data):x}"]
    assert [(code, answer)
            for (code, _), answer in zip(cases, ask_returns(ask, isa, asked), strict=True)] == cases


def refusals(ask, isa, sections, functions, agent_sees):
    """
    Of functions, [(name, address, bytes)]: (names, those refused by all of their code, by as many
    bytes as the agent sees). A function that does not say how long it is goes on to the next.
    """
    lines, names = [], []
    starts = sorted({at for _, at, _ in functions})
    for _, data, _ in filter(lambda section: section[1], sections):
        lines.append(text_line(data))
        end = max(data) + 1
        for name, at, size in functions:
            size = size or next((a for a in starts if a > at), end) - at
            if at in data and at + size <= end:
                lines += [f"R {at:x} {size:x}", f"R {at:x} {min(size, agent_sees):x}"]
                names.append(name)
    got = ask_returns(ask, isa, lines)
    refused = [{name for name, error in zip(names, answers, strict=True) if error}
               for answers in (got[::2], got[1::2])]
    return names, *refused

# SPDX-License-Identifier: MIT
"""The agent's expressions against GDB's own evaluation of them, on a Cortex-M3 and an RV64 in QEMU.

GDB compiles each expression to bytecode and evaluates it itself, on a halted program's registers
and memory; the agent's code, built natively under sanitizers, runs the bytecode on copies of them.
Values, errors and printed text must agree.
"""
import collections
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys

import expressions
import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = (ROOT / os.environ.get("O", "build")).resolve() / "tests" / "bytecode"
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
VALUES, SEED = 1500, 1
WORD = (1 << 64) - 1

ERRORS = {name: int(value, 16)
          for name, value in re.findall(r"TL_ERROR\((\w+), +(0x\w+)",
                                        (ROOT / "protocol" / "errors.def").read_text())}
# What must have been asked often.
OPERATORS = "+ - * / % << >> & | ^ ~ ! == != < > <= >= && || ? , . -> [ sizeof".split()
CODE = """add sub mul div_signed div_unsigned rem_signed rem_unsigned lsh rsh_signed
    rsh_unsigned log_not bit_and bit_or bit_xor bit_not equal less_signed less_unsigned ref8
    ref16 ref32 ref64 if_goto goto const8 const16 const32 reg end dup pop swap""".split() + [
        f"{op} {bits}" for op in ("ext", "zero_ext") for bits in (8, 16, 32, 64)]

Target = collections.namedtuple("Target", "compiler base bits qemu registers")
TARGETS = {
    "cortex-m3": Target(
        ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-Wl,--section-start=.vectors=0"],
        0x20000000, 32,
        "qemu-system-arm -M mps2-an385",
        {i: f"r{i}" for i in range(13)} | {13: "sp", 14: "lr", 15: "pc", 25: "xpsr"}),
    "rv64": Target(
        ["riscv64-unknown-elf-gcc", "-march=rv64imac", "-mabi=lp64", "-mcmodel=medany",
         "-Wl,--no-relax"], 0x80000000, 64,
        "qemu-system-riscv64 -M virt -bios none", {i: f"x{i}" for i in range(32)} | {32: "pc"}),
}


def run(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=1800, **more)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


@pytest.fixture(scope="session")
def query():
    OUT.mkdir(parents=True, exist_ok=True)
    program = OUT / "query"
    run(["cc", "-std=gnu11", "-g", "-O1", "-fsanitize=address,undefined",
         "-fno-sanitize-recover=all", *WARNINGS,
         *(f"-I{ROOT / d}" for d in ("protocol", "arch", "agent", "tests/unit")), "-o", program,
         HERE / "query.c", ROOT / "tests/unit/bytecode_asm.c",
         *(ROOT / "agent/expr" / f"{f}.c"
           for f in ("bytecode", "bytecode_check", "format", "wide"))])
    return program


def compile_program(target, elf):
    run([*target.compiler, "-g", "-O0", "-ffreestanding", "-nostdlib", *WARNINGS,
         f"-Wl,-Ttext={target.base:#x},-e,outer,--no-warn-rwx-segments",
         HERE / "program.c", "-o", elf])


def in_gdb(script, elf, remote, asked, **environment):
    """What a script asked of GDB, with `remote` as its target on a pipe."""
    to, out = elf.with_suffix(".asked"), elf.with_suffix(".answered")
    out.unlink(missing_ok=True)
    to.write_text(json.dumps(asked))
    said = run(["gdb-multiarch", "-q", "-nx", "-l", "60", "-batch", "-ex", "set pagination off",
                "-ex", f"target remote | exec timeout 1500 {remote}",
                "-x", HERE / script, elf], stdin=subprocess.DEVNULL,
               env=os.environ | {"EXPRESSIONS": str(to), "OUT": str(out)} | environment)
    assert out.exists(), said[-4000:]
    return json.loads(out.read_text())


@pytest.fixture(scope="session", params=TARGETS)
def compared(request, query):
    """What GDB answered, each with what the agent made of its bytecode: [(answer, check, run,
    fault, value, text)]."""
    target, name = TARGETS[request.param], request.param
    elf = OUT / f"{name}.elf"
    compile_program(target, elf)
    line = next(i for i, text in enumerate((HERE / "program.c").read_text().splitlines(), 1)
                if "nop" in text)
    gdb = in_gdb("in_gdb.py", elf,
                 f"{target.qemu} -display none -monitor none -serial none -S -gdb stdio -kernel "
                 f"{elf}",
                 {"values": expressions.values(VALUES, SEED),
                  "prints": expressions.split(expressions.PRINTS)},
                 LOCATION=f"program.c:{line}",
                 REGISTERS=",".join(f"{n}={r}" for n, r in target.registers.items()))
    memory = OUT / f"{name}.memory"
    memory.write_bytes(bytes.fromhex(gdb["memory"]))
    answers = gdb["values"] + gdb["prints"]
    lines = run([query, str(target.bits), hex(gdb["base"]), memory,
                 *(f"{n}={v & WORD:x}" for n, v in gdb["regs"].items())],
                input="".join(a["code"] + "\n" for a in answers)).splitlines()
    assert len(lines) == len(answers)
    result = []
    for answer, line in zip(answers, lines):
        check, ran, _, fault, value, text, _ = line.split()
        result.append((answer, int(check), int(ran), int(fault, 16), int(value, 16),
                       bytes.fromhex(text.strip("-")).decode("latin1")))
    return result


def wanted(answer):
    """The error, the address at fault and the value that the agent should come to."""
    if "error" not in answer:
        return 0, 0, answer["value"] & WORD
    at = re.search("^Cannot access memory at address (0x[0-9a-f]+)", answer["error"])
    assert at or answer["error"] == "Division by zero", answer
    return (ERRORS["EFAULT"], int(at[1], 16), 0) if at else (ERRORS["EDIVIDE"], 0, 0)


def test_values(compared):
    wrong = [f"{answer['text']}: {check}, {got}, not {wanted(answer)}: {answer['code']}"
             for answer, check, *got, _ in compared
             if "printed" not in answer and (check, *got) != (0, *wanted(answer))]
    assert not wrong, f"{len(wrong)} of {len(compared)}:\n" + "\n".join(wrong[:40])


def test_prints(compared):
    wrong = [(answer["text"], check, ran, text, answer["printed"])
             for answer, check, ran, _, _, text in compared
             if "printed" in answer and (check, ran, text) != (0, 0, answer["printed"])]
    assert not wrong


def test_everything_was_asked(compared):
    """Every operator, every width of every kind, and each instruction that GDB makes of them,
    often enough to count."""
    asked = [answer for answer, *_ in compared if "printed" not in answer]
    operators = collections.Counter(token for answer in asked
                                    for token in re.findall(
                                        r"sizeof|<<|>>|->|[=!<>]=|&&|\|\||[^\w\s()]",
                                        answer["text"]))
    widths = collections.Counter((answer["size"], answer["signed"]) for answer in asked
                                 if "size" in answer)
    code = collections.Counter(op for answer in asked
                               for op in re.findall(r"(?:zero_)?ext (?:8|16|32|64)|[a-z_]+\d*",
                                                    answer["code"]))
    rare = {what: n for what, n in [
        *((o, operators[o]) for o in OPERATORS),
        *((w, widths[w]) for w in itertools.product((1, 2, 4, 8), (True, False))),
        *((c, code[c]) for c in CODE)] if n < 10}
    assert not rare and sum(1 for answer in asked if "error" in answer) >= 10


def test_bytes(query):
    """The numbers of the instructions are GDB's: on the wire it sends the very bytes that its
    own text assembles to here."""
    elf, log = OUT / "wire.elf", OUT / "wire.log"
    compile_program(TARGETS["cortex-m3"], elf)
    asked = {"conditions": expressions.values(400, SEED), "collected": expressions.COLLECTED}
    answer = in_gdb("wire_gdb.py", elf, f"{sys.executable} {HERE / 'wire_stub.py'} {log}", asked)
    lines = run([query, "32", "0", "/dev/null"],
                input="".join(a + "\n"
                              for a in answer["conditions"] + answer["collected"])).splitlines()
    assembled = [line.split()[-1] for line in lines]
    conditions = len(asked["conditions"])
    assert len(assembled) == conditions + len(asked["collected"])
    sent = log.read_text().splitlines()
    on_wire = [line.split(";X")[1].split(",")[1] for line in sent if line.startswith("Z0")]
    assert on_wire == assembled[:conditions]
    collected = [action for line in sent if line.startswith("QTDP")
                 for action in re.findall("X[0-9A-F]+,([0-9a-f]+)", line)]
    assert collected == assembled[conditions:]

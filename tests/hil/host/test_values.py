# SPDX-License-Identifier: MIT
"""Expressions over variables, without a target and with one: what trapline prints of them against
what GDB prints, on ELFs of several compilers."""
import csv
import json
import os
import pathlib
import re
import subprocess

import pytest

from conftest import EACH_ARCH, ONE_BOARD, cross, isa, make_variable
from elfs import build, clang_relax, clang_target, run, tmp  # noqa: F401
from rsp import PATIENCE

HERE = pathlib.Path(__file__).parent
FULL = os.environ.get("FULL") == "1"

PLAIN = """schar uchar letter newline int16 uint16 int32 uint32 word uword int64 uint64 i8 u8 byte
yes no single tiny real huge colour minus none_of_them two none odd power origin line bits packed
text full string nowhere matrix second first list handle operations sealed anything limit later
hidden use::calls""".split()
MADE = """int32+1 uint32+1 int16*2 -letter ~u8 !yes !no int32/7 int32%7 uint32>>4 int32>>4 uint32<<3
uint64/3 int64/3 int64%1000 real*2 single+1 real/3 single*single -real int32*1.0 uchar+schar
int32<0 uint32>int32 uint32==4123456789 int64<uint64 schar<uchar word<uword real<0 single>=1.5
colour==BLUE colour+1 two&WRITE two&4 power?1:2 yes&&no yes||no no?int32:int16
origin.x origin.y+1 line[1] line[1].x line[2].y &line[1] &line[1].y *line *&origin
bits.a bits.b bits.c bits.d bits.wide bits.e bits.tail bits.b*2 bits.wide+1
packed.word packed.half packed.real packed.tag number.real number.word
text[0] text[6] *string string[3] full[2] matrix[1] matrix[1][2] *matrix raw[7]
list->next list->next->name list->next->at[1].y first.inner second.other first.deep
first.level.deeper second.deep list->colour list->run (*handle)->name *list->next **handle
operations[0] later[1] &later[1]-&later[0] &line[2]-line line+1 *(line+2) (list->at+1)->x
(int)real (uint8_t)int32 (int8_t)uchar (float)real (double)single (char)65 (unsigned)-1
(long)int32 (uint64_t)int32 (int64_t)uint32 (unsigned)int16 (unsigned)schar
(struct point*)anything *(struct point*)anything
((struct point*)anything)->y (enum)colour sizeof(bits) sizeof(struct.node) sizeof(int) sizeof(line)
&origin &int32 (bool)int32 &hidden list==handle[0] string!=0 list&&1 0x10+010 'a'+1 1.5e2 3>2>1
1<<31 1?2:3 7-2-1 2+3*4 (2+3)*4 6/4*2 -7/2 -7%2 1-2-3 ~0 !0 5&3|8^2 1<2==1""".split()
CLASSES = """drive::left drive::left.speed drive::left.mode drive::left.id drive::Motor::count
drive::total drive::inner::total drive::alias ring ring.items[1] ring.head
drive::left.gain""".split()

COMPILERS = [("gcc", "-O0"), ("gcc", "-Og"), ("gcc", "-O2"), ("gcc", "-Os"), ("gcc", "-O2 -flto"),
             ("gcc", "-O2 -gdwarf-4 -fdebug-types-section"),
             ("gcc", "-O2 -gdwarf-2 -gstrict-dwarf"),
             ("clang-19", "-O2"), ("clang-19", "-O0 -gdwarf-4")]
SAMPLE = [("gcc", "-O2"), ("clang-19", "-O2")]


def compile_values(board, compiler, flags, out, source="values.c"):
    """An ELF that is only linked, never run: any C library would do, and none is needed."""
    machine = make_variable(f"{isa(board)}.flags").split()
    if compiler.startswith("clang"):
        subprocess.run([compiler, f"--target={clang_target(isa(board))}", *machine,
                        *clang_relax(isa(board)), *flags.split(), "-g", "-c", "-fno-exceptions",
                        "-ffreestanding", "-Wno-unused-command-line-argument", HERE / source, "-o",
                        f"{out}.o"], check=True)
        objects = [f"{out}.o"]
    else:
        objects = ["-ffreestanding", *flags.split(), "-fno-exceptions", HERE / source]
    return build(board, out, "-Wl,-emain", *(["-g"] if "-gdwarf" not in flags else []), *objects,
                 language="g++" if source.endswith("cc") else "gcc")


def spelled(expression):
    """Dots stand for spaces in the lists above, where a word is before them."""
    return re.sub(r"\b(struct|sizeof)\.", r"\1 ", expression).replace("(enum)", "(enum colour)")


def gdb_prints(elf, expressions):
    """What GDB prints of each; None: it has none."""
    commands = ["set print null-stop on", "set print repeats unlimited", "set print symbol on",
                "set width 0", "set print elements 200"]
    # uint8_t is a number to us
    lines = [f"echo @@{i}\\n\nprint {e}" for i, e in enumerate(expressions)]
    script = elf.with_suffix(".gdb")
    script.write_text("\n".join(commands + lines) + "\n")
    # GDB leaves a script at the first error: one command each
    argv = ["gdb-multiarch", "-nx", "-batch", *(a for c in commands for a in ("-ex", c))]
    for i, e in enumerate(expressions):
        argv += ["-ex", f"echo @@{i}\\n", "-ex", f"print {e}"]
    out = subprocess.run([*argv, elf], capture_output=True, text=True, timeout=PATIENCE).stdout
    parts = re.split(r"^@@(\d+)$", out, flags=re.M)[1:]
    answers = {int(n): a.strip() for n, a in zip(parts[::2], parts[1::2])}
    values = [re.sub(r"^\$\d+ = ", "", answers.get(i, "")) for i in range(len(expressions))]
    return [v if answers.get(i, "").startswith("$") and v != "<optimized out>" else None
            for i, v in enumerate(values)]


def normal(value):
    """Both without what they say in different words: types of pointers, symbols of data, numbers
    that GDB shows as characters, flags."""
    value = re.sub(r"<[^>]*>", "", value)
    value = re.sub(r"\((?:const )?@?[\w: ]+ (?:const )?[*&]+\) |\(operation\) ", "", value)
    value = re.sub(r"\([\w ]+ \(\*\)\([^)]*\)\) |\{[\w ]+ \([\w, ]*\)\} ", "", value)
    value = re.sub(r"@0x[0-9a-f]+: |static \w+ = [^,}]*, |\b[A-Za-z]\w*::", "", value)
    value = re.sub(r"(-?\d+) '(\\[^']*|[^'])'", r"\1", value)
    value = re.sub(r"\((\w+(?: \| [\w: ]+)+)\)", lambda m: m[1].replace(" | ", "|"), value)
    value = re.sub(r"unknown: (0x[0-9a-f]+)", r"\1", value)
    value = re.sub(r"(0x[0-9a-f]+) +\{…\}", r"\1", value)
    return re.sub(r"\s+", " ", value).strip()


def compare(elf, expressions):
    """{expression: (ours, GDB's)} of those that differ; how many both have, and GDB alone has."""
    result = run("print", "-f", "jsonl", "-e", elf, "1")  # it opens
    assert result.returncode == 0, result.stderr
    theirs = gdb_prints(elf, expressions)
    ours, why = [], {}
    for e in expressions:
        r = run("print", "-q", "-e", elf, "--depth", 20, "--", e)
        ours.append(r.stdout.split(" = ", 1)[1].strip() if r.returncode == 0 else None)
        why[e] = r.stderr
    both = [(e, o, g) for e, o, g in zip(expressions, ours, theirs) if o is not None and g]
    alone = {e: why[e] for e, o, g in zip(expressions, ours, theirs) if o is None and g}
    return {e: (o, g) for e, o, g in both if normal(o) != normal(g)}, len(both), alone


@EACH_ARCH
@pytest.mark.parametrize("compiler, flags", COMPILERS if FULL else SAMPLE)
def test_as_gdb_has_them(board, tmp, compiler, flags):
    elf = compile_values(board, compiler, flags,
                         tmp / f"{board}-{compiler}{flags.replace(' ', '')}")
    expressions = [spelled(e) for e in PLAIN + MADE]
    differ, both, alone = compare(elf, expressions)
    assert not differ
    assert not alone or "-flto" in flags and set(alone) == {"sizeof(line)"}
    assert both > 170 or "-flto" in flags  # that knows that nobody writes them


@EACH_ARCH
@pytest.mark.parametrize("compiler, flags", COMPILERS if FULL else SAMPLE[:1])
def test_classes_as_gdb_has_them(board, tmp, compiler, flags):
    elf = compile_values(board, compiler, flags,
                         tmp / f"{board}-{compiler}{flags.replace(' ', '')}-classes", "values.cc")
    differ, both, alone = compare(elf, CLASSES)
    assert not differ
    assert not alone
    assert both == len(CLASSES) or "-flto" in flags


MESSAGES = [
    ("int33", "no variable 'int33'", "did you mean 'int32'?", 0, 5),
    ("first.nam", "no such member in 'struct node'", "did you mean 'name'?", 6, 3),
    ("origin.z", "no such member in 'struct point'", "its members: x, y", 7, 1),
    ("int32.x", "members are of a struct or a union, not of 'int'", None, 6, 1),
    ("sealed->x", "nothing tells what is in 'struct opaque'", None, 8, 1),
    ("*int32", "only pointers have something behind them, not 'int'", None, 0, 1),
    ("*anything", "there is no value behind a 'void *'", None, 0, 1),
    ("int32[0]", "only arrays and pointers have elements, not 'int'", None, 5, 3),
    ("line[real]", "an index is an integer, not 'double'", None, 5, 4),
    ("line[0..9999]", "a slice has its first element in front, and 4096 at most", None, 4, 9),
    ("line[int32..3]", "the ends of a slice are numbers", None, 4, 10),
    ("&bits.a", "that has no address", None, 6, 1),
    ("&(1+2)", "that has no address", None, 3, 1),
    ("real%2", "this operator is of integers, not of 'double'", None, 4, 1),
    ("origin+1", "this operator is of numbers and pointers, not of 'struct point'", None, 6, 1),
    ("list*2", "this operator is not of 'struct node *'", None, 4, 1),
    ("~real", "this operator is of a number, not of 'double'", None, 0, 1),
    ("(struct point)origin", "only numbers and pointers can be cast, not 'struct point'", None, 0,
     14),
    ("(struct pint*)anything", "no type 'struct pint'", None, 0, 14),
    ("add(1)", "calls are not possible: the firmware runs on meanwhile. Expected an operator, "
               "not '('", None, 3, 1),
    ("1+", "expected a value, and the expression ends there", None, 2, 1),
    ("(1", "expected ')', and the expression ends there", None, 2, 1),
    ("line[1", "expected ']', and the expression ends there", None, 6, 1),
    ("a=1", "expected an operator (== compares), not '='", None, 1, 1),
    ("int32 uint32", "expected an operator or the end, not 'uint32'", None, 6, 6),
    ("0x12g", "'0x12g' is no number", None, 0, 5),
    ("99999999999999999999", "'99999999999999999999' is no number", None, 0, 20),
    ("'ab'", "expected one character in quotes, not ''ab''", None, 0, 4),
    ("%r0", "registers have a value at a probe only", "trapline watch 'PLACE %r0' shows it", 0, 3),
    ("$retval", "no '$retval': it is known at a probe only", None, 0, 7),
    ("yes?1", "expected ':' of '? :', and the expression ends there", None, 5, 1),
    ("yes?list:origin", "both sides of ':' must be of one kind, and one is 'struct node *'", None,
     3,
     1),
    ("calls", "no variable 'calls'", "static ones of functions are FUNC::NAME", 0, 5),
    ("(" * 100 + "1" + ")" * 100, "brackets are too deep", None, 64, 1),
    ("1+" * 2000 + "1", "it is longer than 1000 characters", None, 0, 1),
]


@ONE_BOARD
@pytest.mark.parametrize("text, error, hint, at, length", MESSAGES,
                         ids=[m[0][:20] for m in MESSAGES])
def test_messages(board, tmp, text, error, hint, at, length):
    """Each says what is wrong, and a caret where."""
    elf = tmp / f"{board}-messages"
    if not elf.exists():
        compile_values(board, "gcc", "-O1", elf)
    result = run("print", "-q", "-e", elf, "--", text)
    lines = result.stderr.splitlines()
    assert result.returncode == 5 and not result.stdout
    assert lines[0] == f"error: {error}"
    assert lines[1:3] == [f"  {text}", "  " + " " * at + "^" + "~" * (length - 1)]
    assert (hint in lines[3]) if hint else len(lines) == 3


@ONE_BOARD
def test_no_value(board, tmp):
    elf = tmp / f"{board}-none"
    compile_values(board, "gcc", "-O1", elf)
    for text, why in (("1/(int32-int32)", "it divides by zero"),
                      ("*(int *)0x40000000", "nothing can be read at 0x40000000"),
                      ("list->next->next->name", "nothing can be read at 0x"),
                      ("1<<uint32", "it shifts by more bits than there are")):
        result = run("print", "-q", "-e", elf, text)
        assert result.returncode == 4, result
        assert f"error: '{text}' has no value: {why}" in result.stderr


@ONE_BOARD
def test_no_types(board, tmp):
    """An ELF without debug information says so."""
    elf = tmp / f"{board}-stripped"
    compile_values(board, "gcc", "-O1", elf)
    subprocess.run([f"{cross(board)}strip", "-g", elf], check=True)
    result = run("print", "-q", "-e", elf, "int32")
    assert result.returncode == 5
    assert "error: no variable 'int32'" in result.stderr and "debug information" in result.stderr


@ONE_BOARD
def test_how_values_are_shown(board, tmp):
    """What differs from GDB on purpose, and what is cut short."""
    elf = tmp / f"{board}-shown"
    compile_values(board, "gcc", "-O1", elf)

    def shown(*args):
        return run("print", "-q", "-e", elf, *args, check=0).stdout.splitlines()

    assert shown("raw", "both", "three", "empty", "number.bytes") == [
        "raw = {1, 2, 3, 4, 250, 251, 252, 253}", "both = BOTH", "three = HEAD|LIGHTS",
        "empty = {}", "number.bytes = {0, 0, 32, 64}"]
    assert shown("--elements", 3, "raw", "text", "string")[:2] == ["raw = {1, 2, 3, …}",
                                                                   'text = "hel"…']
    assert shown("--depth", 1, "first.at")[0] == "first.at = {{…}, {…}}"
    assert shown("-f", "csv", "origin", "text") == [
        "expr,type,value", '"origin","struct point","{x = 3, y = -4}"',
        '"text","char [16]","""hello\\tworld"""']
    rows = [json.loads(row) for row in shown("-f", "jsonl", "first.at", "int64", "yes", "single",
                                             "two", "text", "&origin", "line[0..1]", "bits.d")]
    assert [(r["type"], r["value"]) for r in rows] == [
        ("struct point [2]", [{"x": -1, "y": -2}, {"x": -3, "y": -4}]),
        ("long long int", -1234567890123456789), ("_Bool", True), ("float", 1.5),
        ("enum flags", "READ|EXEC"), ("char [16]", "hello\tworld"),
        ("struct point *", rows[6]["value"]), ("struct point [2]",
                                               [{"x": 1, "y": 2}, {"x": 3, "y": 4}]),
        ("enum colour", "BLUE")]


@EACH_ARCH
def test_on_a_target(machine):
    """Values of a target are those in its memory, and what is set gets there."""
    at = machine.elf["interrupts"]
    for value, stored in ((7, 7), ("0xffffffff", 0xffffffff), ("2*0x10", 32), ("'a'", 97)):
        machine.trapline("set", "interrupts", str(value), check=0)
        result = machine.trapline("print", "-q", "interrupts", check=0)
        assert result.stdout == f"interrupts = {stored}\n"
    assert machine.trapline("read", "interrupts", "1", "-f", "jsonl",
                            check=0).stdout == f'{{"addr":"{at:#x}","bytes":"61"}}\n'
    for value, why in (("4294967296", "4294967296 does not fit"), ("(-1)", "(-1) does not fit"),
                       ("1.5", "1.5 does not fit"),
                       ("1/(interrupts-97)", "divides by zero")):
        result = machine.trapline("set", "interrupts", value)
        assert result.returncode == 4 and why in result.stderr
    result = machine.trapline("set", f"*(int *){machine.elf['tl_table']:#x}", "1")
    assert result.returncode == 4 and "the agent" in result.stderr
    assert machine.trapline("print", "-q", "interrupts", check=0).stdout == "interrupts = 97\n"
    result = machine.trapline("print", f"*(int *){machine.elf['place_unmapped']:#x}")
    assert result.returncode == 4 and "nothing can be read at" in result.stderr


def signed(text):
    value = int(text, 16) & 0xffffffff
    return value - (1 << 32) if value >> 31 else value


@EACH_ARCH
def test_parameters_and_results(boot, regs):
    """What a hit shows by name is what its registers hold, where calls pass it."""
    machine = boot("demo")
    first, second = regs.args[:2]
    out = machine.trapline("watch", "-f", "jsonl", "-n", "3", "pid_step", "pid_step%return",
                           "again=pid_step measured d=measured-2500 $arg2 (uint8_t)measured "
                           f"%{second}+1", check=0).stdout
    hits = [json.loads(line) for line in out.splitlines() if '"values"' in line]
    calls = [h for h in hits if h["name"] == "pid_step"]
    returns = [h for h in hits if h["name"] == "pid_step%return"]
    args = [h for h in hits if h["name"] == "again"]
    assert len(calls) == len(returns) == len(args) == 3
    for h in calls:
        assert h["values"] == {"pid": h["regs"][first], "measured": signed(h["regs"][second])}
        assert 1500 < h["values"]["measured"] < 3500
    for h in returns:
        assert h["values"] == {"$retval": signed(h["regs"][first])}
    for h in args:
        measured = signed(h["regs"][second])
        assert h["values"] == {"measured": measured, "d": measured - 2500, "$arg2": measured,
                               "(uint8_t)measured": measured & 255, f"%{second}+1": measured + 1}


@ONE_BOARD
def test_values_as_text(boot):
    machine = boot("demo")
    out = machine.trapline("watch", "-n", "1", "pid_step", check=0).stdout
    assert re.search(r"^ +[\d.]+ pid_step\(pid=0x[0-9a-f]+ \{…\}, measured=\d+\)  lr=main\+0x\w+$",
                     out, re.M)
    out = machine.trapline("watch", "-n", "1", "pid_step%return", check=0).stdout
    assert re.search(r"^ +[\d.]+ pid_step%return = \d+  took \d+ ticks \(.*\)$", out, re.M)
    out = machine.trapline("watch", "-n", "1", "pid_step m=measured*2 %r1", check=0).stdout
    line = re.search(r"^ +[\d.]+ pid_step m=(\d+)  r1=(0x\w+)$", out, re.M)
    assert int(line[1]) == 2 * int(line[2], 16)
    out = machine.trapline("watch", "-f", "csv", "-n", "1", "pid_step", check=0).stdout
    header, row = list(csv.reader(out.splitlines()))[:2]
    assert re.fullmatch(r"\(pid=0x[0-9a-f]+ \{…\}, measured=\d+\)", row[header.index("values")])


@ONE_BOARD
def test_what_a_hit_cannot_show(boot):
    """An ARG that cannot be shown is an error before anything is armed."""
    machine = boot("demo")
    for args, status, why in (
            (("watch", "pid_step measurd"), 5, "did you mean 'measured'?"),
            (("watch", "pid_step $retval"), 5, "no '$retval'"),
            (("watch", "pid_step%return $arg1"), 5, "no '$arg1'"),
            (("watch", "pid_step+4 $arg1"), 5, "no '$arg1'"),
            (("watch", "pid_step measured+"), 5, "expected a value"),
            (("watch", "pid_step %r99+1"), 5, "no register 'r99'"),
            (("count", "pid_step measured"), 2, "shows no hits"),
            (("add", "pid_step measurd"), 5, "did you mean 'measured'?"),
            (("add", "pid_step measured", "--count"), 2, "trapline watch shows values")):
        result = machine.trapline(*args)
        assert (result.returncode, why in result.stderr) == (status, True), result
    assert machine.trapline("list", "-f", "jsonl", check=0).stdout == ""

# SPDX-License-Identifier: MIT
"""Places by line: each line of programs by several compilers, against what readelf decodes of the
line table, and against GDB. FULL=1: every level of optimisation, every version of DWARF."""
import collections
import itertools
import json
import os
import pathlib
import re
import subprocess

import pytest

from conftest import EACH_ARCH, ONE_BOARD, ROOT, TRAPLINE, clean_env, cross
from elfs import (SOURCES, WAYS, built, motor, places, run, symbols, tmp,  # noqa: F401: fixtures
                  twins)
from rsp import PATIENCE

pytestmark = EACH_ARCH
FULL = os.environ.get("FULL")
FILES = {"twin_a.c": 76, "twin_b.c": 56, "twins.h": 42}  # their last lines
SAMPLE = ["O0", "O2", "lto", "sections", "clang"]
def rows(board, elf):
    """The sequences of the line table, by readelf: [(address, file, line, is it a statement)]."""
    text = subprocess.run([cross(board) + "readelf", "--debug-dump=decodedline", "-W", elf],
                          capture_output=True, text=True, check=True).stdout
    sequence = []
    for file, line, address, statement in re.findall(
            r"^(\S+) +(\d+|-) +(0x[0-9a-f]+|0)(?: +\d+)?(?: +(x))? *$", text, re.M):
        sequence.append((int(address, 16), file, None if line == "-" else int(line),
                         bool(statement)))
        if line == "-":
            yield sequence
            sequence = []


def blocks(sequence):
    """Where blocks of a line's code begin: the first statement of each run of its addresses."""
    for i, (address, file, line, statement) in enumerate(sequence):
        if not statement or not line:
            continue
        for j in range(i - 1, -1, -1):
            if sequence[j][1:3] == (file, line):
                if sequence[j][3]:
                    break  # of a block that has begun
            elif sequence[j][0] != sequence[j + 1][0]:
                yield file, line, address
                break
        else:
            yield file, line, address


def expected(board, elf):
    """(file, line) -> addresses, of what the linker kept: its functions are symbols."""
    listing = subprocess.run(["nm", elf], capture_output=True, text=True, check=True).stdout
    starts = {int(address, 16) for address in re.findall(r"^([0-9a-f]+) [tTW] ", listing, re.M)}
    by_line, starts = collections.defaultdict(set), {at & ~1 for at in starts}
    for sequence in rows(board, elf):
        if sequence[0][0] in starts and (sequence[0][0] or is_kept(sequence)):
            for file, line, address in blocks(sequence):
                by_line[file, line].add(address)
    return by_line


def is_kept(sequence):
    """Of what is at 0: main() alone is there."""
    line = (SOURCES / "twin_b.c").read_text().splitlines().index("int main(void)") + 1
    return sequence[0][1] == "twin_b.c" and sequence[0][2] in (line, line + 1)


def found(elf, files):
    """The same, by `check`; refused ones, which it names on stderr, with them."""
    by_line = collections.defaultdict(set)
    points = [f"{name}:{n}" for name, last in files.items() for n in range(1, last + 1)]
    result = run("check", "-e", elf, "--all", "-f", "jsonl", *points)
    for row in map(json.loads, result.stdout.splitlines()):
        file, line = re.match(r"(.*):(\d+)", row["name"]).groups()
        by_line[file, int(line)].add(int(row["addr"], 16))
    return by_line, result.stderr


@pytest.mark.parametrize("way", WAYS if FULL else SAMPLE)
def test_each_line(board, twins, way):
    elf = twins(way)
    wanted = {key: at for key, at in expected(board, elf).items() if key[0] in FILES}
    got, stderr = found(elf, FILES)
    assert len(wanted) > 25
    for key in sorted(wanted.keys() | got.keys()):
        missing = wanted.get(key, set()) - got[key]
        assert not got[key] - wanted.get(key, set()), (key, got[key], wanted.get(key))
        for address in missing:  # only what the host's own check refuses
            run("check", "-e", elf, f"{address:#x}", check=4)
    without = {f"{name}:{n}" for name, last in FILES.items() for n in range(1, last + 1)
               if (name, n) not in wanted}
    assert set(re.findall(
        r"^error: (?:no code of a source file )?'?(\S+?)'? (?:has no code )?in ", stderr,
        re.M)) == {name for name in without
                   if name.split(":")[0] in {file for file, _ in wanted}} | (
                       set(FILES) - {file for file, _ in wanted})


@pytest.mark.parametrize("way", [way for way in (WAYS if FULL else ("O2", "lto", "clang"))
                                 if way != "sections"])
def test_as_gdb(board, twins, way):
    """Its places are among ours. Where we have more, it is for one of these: GDB has one in each
    block of the source's, we one in each block of code; it forgets a statement of which there is
    nothing before another file's code begins, and one behind code of its line that is none. (Of
    lines that were thrown away, at 0, it has places where other code is: that way is not asked.)"""
    elf = twins(way)
    forgotten = {row[:3] for sequence in rows(board, elf) for i, row in enumerate(sequence)
                 for after in itertools.takewhile(lambda r: r[0] == row[0], sequence[i + 1:])
                 if row[1] != after[1]}
    forgotten |= {row[:3] for sequence in rows(board, elf)
                  for before, row in zip(sequence, sequence[1:])
                  if before[1:3] == row[1:3] and row[3] and not before[3]}
    got, _ = found(elf, FILES)
    script = pathlib.Path(__file__).with_name("lines_in_gdb.py")
    addresses = sorted({address for at in got.values() for address in at})
    result = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-ex", f"python files = {FILES}",
                             "-ex", f"python addresses = {addresses}", "-ex", f"source {script}",
                             elf], capture_output=True, text=True, timeout=PATIENCE)
    theirs = json.loads(re.search(r"^JSON(.*)", result.stdout, re.M)[1])
    for where, at in theirs["lines"].items():
        file, _, line = where.rpartition(":")
        ours = got[file, int(line)]
        assert {pc for pc, _ in at} <= ours, (where, ours, at)
        for address in ours - {pc for pc, _ in at}:
            assert (address, file, int(line)) in forgotten or \
                theirs["blocks"][str(address)] in [block for _, block in at], (where, ours, at)


# -- what is typed, and what is said --


def number(file, text):
    """The line of a source that has this text."""
    return next(n for n, line in enumerate((SOURCES / file).read_text().splitlines(), 1)
                if text in line)


def test_lines_of_functions(board, twins):
    """FUNC:RLN counts from the function's first line, and is that line of the file; paths fit by
    their end, in whole names."""
    elf = twins("O0")
    first, line = number("twin_a.c", "int first("), number("twin_a.c", "calls++;")
    [(name, where)] = places(elf, f"first:{line - first}")
    assert name == f"first:{line - first}"
    for typed in (f"twin_a.c:{line}", f"names/twin_a.c:{line}", f"./names/../names/twin_a.c:{line}",
                  f"{SOURCES}/twin_a.c:{line}", f"names\\twin_a.c:{line}",
                  f"first@twin_a.c:{line - first}", f'"first":{line - first}'):
        assert [at for _, at in places(elf, typed)] == [where], typed
    assert places(elf, f"mine=twin_a.c:{line} every=3") == [("mine", where)]
    for typed in (f"win_a.c:{line}", f"other/twin_a.c:{line}", f"/twin_a.c:{line}"):
        assert "no code of a source file" in run("check", "-e", elf, typed, check=5).stderr
    assert "did you mean 'twin_a.c' (" in run("check", "-e", elf, "twin_s.c:3", check=5).stderr
    empty = number("twin_a.c", "int total = 0") + 1
    result = run("check", "-e", elf, f"twin_a.c:{empty}", f"first:{empty - first}", check=5)
    assert f"twin_a.c:{empty} has no code in" in result.stderr
    assert (f"hint:  the nearest lines with code: twin_a.c:{empty - 1} (first), "
            f"twin_a.c:{empty + 1} (first)\n") in result.stderr
    assert f"code: first:{empty - first - 1} (twin_a.c:{empty - 1}), first:" in result.stderr
    assert "did you mean 'first' (" in run("check", "-e", elf, "frist:3", check=5).stderr


def test_namesakes(board, twins):
    """Static functions of one name are told apart by their files, as places, by line, in globs."""
    elf = twins("O2")
    result = run("check", "-e", elf, "helper", check=5)
    assert "2 functions are named 'helper' in" in result.stderr
    assert "helper@twin_" in result.stderr and "--all" in result.stderr
    first, second = (places(elf, f"helper@twin_{unit}.c")[0][1] for unit in "ab")
    assert {first, second} == {at for _, at in places(elf, "helper", "--all")}
    assert places(elf, "helper@names/twin_b.c") == [("helper@names/twin_b.c", second)]
    assert places(elf, "h=helper@twin_b.c%return limit=3") == [("h", second)]
    after = json.loads(run("check", "-e", elf, "-f", "jsonl", "helper@twin_a.c",
                           check=0).stdout)["length"]
    assert places(elf, f"helper@twin_a.c+{after}") == [(f"helper@twin_a.c+{after}", first + after)]
    assert second in {at for _, at in places(elf, "helper@twin_b.c:1", "--all")}
    assert [at for _, at in places(elf, "help*@twin_a.c")] == [first]
    result = run("check", "-e", elf, "helper@twins.h", "second@twin_a.c", "*@nowhere.c", check=5)
    assert "no function 'helper' of a file 'twins.h' in" in result.stderr
    assert "hint:  there is helper, twin_" in result.stderr
    assert "no function 'second' of a file 'twin_a.c'" in result.stderr
    assert "no function of a file 'nowhere.c' matches '*'" in result.stderr


def test_copies(board, twins):
    """A function that is inlined is at each of its places, with who calls it and where; a line of
    it has all of them."""
    elf = twins("O2")
    result = run("check", "-e", elf, "mix", check=5)
    assert "no function 'mix' in" in result.stderr and "inlined, at twins.h:" in result.stderr
    called = number("twin_a.c", "int step = mix(")
    assert re.search(rf"hint:  0x[0-9a-f]{{8}}  first\+\S+  called at twin_a.c:{called}\n",
                     result.stderr), result.stderr
    taken = places(elf, "mix", "--all")
    assert len(taken) >= 3 and all(re.match(r"mix at (first|second|unused|main)", name)
                                   for name, _ in taken)
    line = number("twins.h", "int sum =")
    result = run("check", "-e", elf, f"twins.h:{line}", check=5)
    assert re.search(rf"twins.h:{line} has \d+ places in", result.stderr)
    assert "--all" in result.stderr
    assert f"mix called at twin_b.c:{number('twin_b.c', 'mix(')}" in result.stderr
    by_line = {at for _, at in places(elf, f"twins.h:{line}", "--all")}
    assert len(by_line) >= 3
    assert by_line == {at for _, at in places(elf, f"mix:{line - number('twins.h', 'int mix(')}",
                                              "--all")}
    result = run("check", "-e", elf, "mix%return", "--all", check=4)
    assert "only the entry of a function has returns" in result.stderr


def test_funcs(board, twins):
    """Functions of a file; with a glob those too that are only within others."""
    elf = twins("O2")
    assert run("funcs", "-e", elf, "helper@twin_a.c", check=0).stdout.count("helper") == 1
    listing = run("funcs", "-e", elf, "*@twin_b.c", check=0).stdout
    assert re.findall(r"^0x\S+ +\d+  (\S+)", listing, re.M)[0] in ("helper", "main", "second")
    assert "first" not in listing and "mix" not in listing
    listing = run("funcs", "-e", elf, "m*x", check=0).stdout
    assert re.fullmatch(rf"inlined +\d  mix +twins.h:{number('twins.h', 'int mix(')}  "
                        r"\(into .*first.*\)\n", listing), listing
    assert "no function 'nothing@twin_a.c'" in run("funcs", "-e", elf, "nothing@twin_a.c",
                                                   check=5).stderr


def test_completion(board, twins):
    """Files, and lines with code of files and functions; bash gets what is missing of the word."""
    elf = twins("O0")
    complete = lambda word: run("complete", "-e", elf, "watch", word,  # noqa: E731
                                check=0).stdout.split()
    assert complete("twin_") == ["twin_a.c:", "twin_b.c:"]
    assert complete("n=twin_b") == ["n=twin_b.c:"]
    with_code = {line for (file, line), _ in expected(board, elf).items() if file == "twin_a.c"}
    assert complete("twin_a.c:") == [f"twin_a.c:{line}" for line in sorted(with_code)]
    assert complete("twin_a.c:1") == [f"twin_a.c:{line}" for line in sorted(with_code)
                                      if str(line).startswith("1")]
    start = number("twin_a.c", "int first(")
    assert complete("first:")[0] == f"first:{min(n for n in with_code if n >= start) - start}"
    assert complete("first") == ["first"] and complete("nothing:") == []
    script = run("completion", "bash").stdout + """
COMP_LINE="trapline watch twin_a.c:"; COMP_POINT=${#COMP_LINE}
COMP_WORDS=(trapline watch twin_a.c :); COMP_CWORD=3; _trapline
echo "${COMPREPLY[0]}"
"""
    env = {**clean_env(), "TRAPLINE_ELF": str(elf),
           "PATH": f"{TRAPLINE.parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=env)
    assert done.stdout == f"{min(with_code)}\n" and done.stderr == ""


def test_clones(board, built):
    """A copy that the compiler changed is a copy of its function: its lines are places, too."""
    elf = built("clones", "-O2", "-Wl,-ework", SOURCES / "inlined.c")
    line = number("inlined.c", "sink = s;")
    [(_, where)] = places(elf, f"inlined.c:{line}")
    start = symbols(elf)["scale.constprop.0"]
    assert start < where < start + 0x40
    below = line - number("inlined.c", "int scale(")
    assert places(elf, f"scale:{below}") == [(f"scale:{below}", where)]


def test_templates(motor):
    """Functions of one template share their lines: FUNC:RLN is of one of them."""
    line = number("motor.cpp", "T clamp3(T a")
    both = {at for _, at in places(motor, f"motor.cpp:{line}", "--all")}
    one = {at for _, at in places(motor, "clamp3<int>:0", "--all")}
    other = {at for _, at in places(motor, "clamp3<long long>:0", "--all")}
    assert one and other and not one & other and one | other == both
    [(name, _)] = places(motor, "drive::Motor::get:0")
    assert name == "drive::Motor::get:0"
    assert places(motor, "drive::Motor::get:0") != places(motor, "drive::limit_of:0")


def test_on_a_target(boot):
    """A line of the demo's control law is reached once a call."""
    machine = boot("demo")
    source = (ROOT / "board/demo/pid.c").read_text().splitlines()
    line = next(n for n, text in enumerate(source, 1) if "pid->last_error = error" in text)
    first = next(n for n, text in enumerate(source, 1) if text.startswith("int32_t pid_step("))
    result = machine.trapline("count", "pid_step", f"pid.c:{line}", "-n", "40", "-f", "jsonl",
                              check=0)
    called, reached = json.loads(result.stdout)["probes"]
    assert reached["name"] == f"pid.c:{line}" and reached["recorded"] >= 19
    assert abs(called["hits"] - reached["hits"]) <= 1
    result = machine.trapline("watch", "-n", "2", "-f", "jsonl", f"pid_step:{line - first}",
                              check=0)
    hits = [json.loads(row) for row in result.stdout.splitlines() if '"seq"' in row]
    where = dict(places(machine.elf.path, f"pid.c:{line}"))[f"pid.c:{line}"]
    assert {int(hit["pc"], 16) for hit in hits} == {where} and len(hits) == 2


@ONE_BOARD
def test_what_is_said(board, twins, tmp_path):
    elf, bare, stripped = twins("O0"), tmp_path / "bare.elf", tmp_path / "stripped.elf"
    for typed, said in (("first:2+4", "'first:2': a line has no offset"),
                        ("twin_a.c:34%return", "a return is hooked at the entry"),
                        ("twin_a.c:x", "'x': not a line"),
                        ('"first":2:3', "behind the name in quotes")):
        assert said in run("check", "-e", elf, typed, check=2).stderr, typed
    assert "a return has no offset" in run("check", "-e", elf, "first%return+2", check=2).stderr
    subprocess.run([cross(board) + "strip", "-g", "-o", bare, elf], check=True)
    result = run("check", "-e", bare, "twin_a.c:40", check=5)
    assert "bare.elf has no source lines: it was compiled without -g" in result.stderr
    assert "--debug-file" in result.stderr
    result = run("check", "-e", bare, "first:2", check=5)
    assert "nothing is known of the lines of first: it was compiled without -g" in result.stderr
    assert "first" in run("check", "-e", bare, "first+0", check=0).stdout
    assert places(bare, "--debug-file", elf, "first:1") == places(elf, "first:1")
    subprocess.run([cross(board) + "strip", "-o", stripped, elf], check=True)
    assert "has no symbols (it was stripped)" in run("check", "-e", stripped, "first:2",
                                                     check=5).stderr
    assert "has no source lines" in run("check", "-e", stripped, "twin_a.c:40", check=5).stderr


@ONE_BOARD
def test_split_off(board, tmp, twins):
    """Lines of a file need no .dwo; lines of a function do, and then it is named."""
    elf, line = twins("split"), number("twin_a.c", "calls++;")
    before, below = places(elf, f"twin_a.c:{line}"), line - number("twin_a.c", "int first(")
    assert {at for _, at in places(elf, f"first:{below}")} == {at for _, at in before}
    for dwo in elf.parent.glob(f"*{board}-twins-split*.dwo"):
        dwo.rename(dwo.with_suffix(".gone"))
    try:
        assert places(elf, f"twin_a.c:{line}") == before
        result = run("check", "-e", elf, f"first:{below}", check=5)
        assert re.search(r"the lines of first cannot be told: "
                         r"its debug information is in \S+\.dwo, "
                         r"which is not there", result.stderr), result.stderr
    finally:
        for gone in elf.parent.glob("*.gone"):
            gone.rename(gone.with_suffix(".dwo"))

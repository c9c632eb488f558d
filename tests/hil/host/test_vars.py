# SPDX-License-Identifier: MIT
"""Variables at a place, and the lines of a function: what the host tells from the ELF alone.
FULL=1: by every compiler and level of optimisation that there is."""
import collections
import csv
import io
import json
import os
import pathlib
import re
import subprocess

import pytest

from conftest import EACH_ARCH, ONE_BOARD, TRAPLINE, clean_env, cross
from elfs import (SOURCES, WAYS, built, motor, places, run, symbols, tmp,  # noqa: F401: fixtures
                  twins)
from rsp import PATIENCE

pytestmark = EACH_ARCH
FULL = os.environ.get("FULL")


def variables(elf, *where):
    """address -> rows of `vars`."""
    result = run("vars", "-e", elf, "-f", "jsonl", *where, check=0)
    rows = collections.defaultdict(list)
    for row in map(json.loads, result.stdout.splitlines()):
        rows[int(row["addr"], 16)].append(row)
    return rows


def instructions(elf, *functions):
    """Addresses of the instructions of functions."""
    listing = run("funcs", "-e", elf, "-v", *functions, check=0).stdout
    return [int(at, 16) for at in re.findall(r"^  (0x[0-9a-f]{8})  .*  (?:slot|simul|boost|no:)",
                                             listing, re.M)]


def in_gdb(elf, addresses):
    script = pathlib.Path(__file__).with_name("vars_in_gdb.py")
    result = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-ex",
                             f"python addresses = {addresses}", "-ex", f"source {script}", elf],
                            capture_output=True, text=True, timeout=PATIENCE)
    return {int(pc): said for pc, said in
            json.loads(re.search(r"^JSON(.*)", result.stdout, re.M)[1]).items()}


def frames(board, elf):
    """[(address, CFA's register, its offset)] in order of address, by readelf."""
    text = subprocess.run([cross(board) + "readelf", "--debug-dump=frames-interp", "-W", elf],
                          capture_output=True, text=True, check=True).stdout
    return sorted((int(at, 16), register, int(off)) for at, register, off in
                  re.findall(r"^([0-9a-f]{8,16}) (\S+?)([+-]\d+) ", text, re.M))


REGISTERS = {"r13": "sp", "r14": "lr", "r15": "pc", "fp": "s0",
             **{f"v{n}": f"d{n}" for n in range(32)}}


def of_scope(text):
    """name -> the texts that `info scope` has of variables of that name."""
    found = collections.defaultdict(list)
    for name, said in re.findall(r"^Symbol (\S+) is (.*?)(?=^Symbol |\Z)", text, re.M | re.S):
        found[name].append(said)
    return found


def expected(said, pc, cfa):
    """What GDB's text means for us there: (state, where), where None is anything."""
    if said.startswith("multi-location"):
        for low, high, at in re.findall(r"Range (0x\w+)-(0x\w+): (.*?)(?=^  Range |^, length|\Z)",
                                        said, re.M | re.S):
            if int(low, 16) <= pc < int(high, 16):
                return expected(at, pc, cfa)
        empty = all(low == high for low, high in re.findall(r"Range (0x\w+)-(0x\w+)", said))
        return ("optimised out" if empty else "elsewhere", "")
    said = re.sub(r",? length \d+\.\s*$", "", said.strip()).strip().rstrip(",")
    if re.search("DW_OP_(GNU_)?(entry_value|parameter_ref)", said):
        return ("entry", None)
    if "optimized out" in said:
        return ("optimised out", "")
    if match := re.fullmatch(r"a variable in \$(\S+)", said):
        return ("here", REGISTERS.get(match[1], match[1]))
    if match := re.fullmatch(r"the constant (-?\d+)", said):
        return ("here", f"= {match[1]}")
    if match := re.match(r"static storage at address (0x[0-9a-f]+)", said):
        return ("here", f"[0x{int(match[1], 16):08x}]")
    operations = re.findall(r"DW_OP_\w+.*", said)
    if len(operations) == 1 and (match := re.match(r"DW_OP_fbreg (-?\d+)", operations[0])) and cfa:
        return ("here", address(cfa[1], cfa[2] + int(match[1])))
    if len(operations) == 1 and (match := re.match(r"DW_OP_breg\d+ (-?\d+) \[\$(\w+)\]",
                                                   operations[0])):
        return ("here", address(match[2], int(match[1])))
    return ("here", None)


def plain(type_):
    """GDB calls `long long int` so, and `long long` too."""
    return re.sub(r"\b(long|short|unsigned)( unsigned)? int\b", r"\1\2", type_)


def address(register, off):
    register = REGISTERS.get(register, register)
    return f"[{register}{off:+d}]" if off else f"[{register}]"


def cfa_at(cfas, pc):
    return next((row for row in reversed(cfas) if row[0] <= pc), None)


def stored_later(rows, pc):
    """Where a parameter is from where on, if the function has not stored it there yet."""
    for row in rows:
        if row["kind"] == "parameter" and row["state"] == "elsewhere" and len(row["ranges"]) == 1:
            stretch = row["ranges"][0]
            if int(stretch["from"], 16) > pc and stretch["where"].startswith("["):
                return int(stretch["from"], 16), stretch["where"]
    return None


@pytest.mark.parametrize("way", WAYS if FULL else ("O0", "O2", "lto", "clang"))
def test_as_gdb(board, twins, way):
    """At every few instructions: the same variables of the innermost function, of the same types,
    and each where GDB has it, or not there. GDB also has those of blocks that the address is not
    in, as optimised out, where a copy has its blocks nested otherwise than its abstract instance:
    they are not asked for."""
    if way == "split" and "riscv" in cross(board):
        return  # gcc's .dwo files have no addresses of functions there: test_what_is_said()
    elf, cfas = twins(way), frames(board, twins(way)) if way != "sections" else []
    addresses = instructions(elf, "first", "second", "main", "helper", "wide*", "blend*",
                             "tail*")[::1 if FULL else 3]
    theirs, ours = in_gdb(elf, addresses), variables(elf, *map(hex, addresses))
    compared = yet = 0
    for pc, said in theirs.items():
        if not said:
            continue
        function, found, text = said
        scope = of_scope(text)
        mine = collections.defaultdict(list)
        for row in ours[pc]:
            if row["function"] == function.rpartition("::")[2]:
                mine[row["name"]].append(row)
        cfa = cfa_at(cfas, pc)
        for name, type_, is_parameter in found:
            if any("optimized out" in one for one in scope[name]):
                continue
            assert (plain(type_), is_parameter) in [
                (plain(row["type"]), row["kind"] == "parameter") for row in mine[name]], \
                (hex(pc), name, type_, mine[name])
        for name, texts in scope.items():
            if texts[0].startswith("a function"):
                continue
            wanted = [expected(one, pc, cfa) for one in texts]
            got = [(row["state"], row["where"]) for row in mine[name]]
            later = way == "O0" and stored_later(mine[name], pc)
            if later:  # GDB has it there already
                wanted = [expected(one, later[0], cfa_at(cfas, later[0])) for one in texts]
                got = [("here", later[1])]
                yet += 1
            wanted = [w for w in wanted if w[0] != "optimised out"] or (wanted if got else [])
            for state, where in wanted:
                assert any(state == s and where in (None, w) for s, w in got), \
                    (hex(pc), name, texts, got)
                compared += 1
    assert compared > 100 and (yet > 0) == (way == "O0")


def test_places_where_it_is(board, twins):
    """What is not there is shown with the nearest stretches where it is; each begins at a place
    where `vars` has it, and so says."""
    elf, seen = twins("O2"), 0
    for pc, rows in variables(elf, *map(hex, instructions(elf, "first")[::4])).items():
        for row in rows:
            if row["state"] not in ("elsewhere", "entry") or not row["ranges"]:
                continue
            one = row["ranges"][0]
            assert not int(one["from"], 16) <= pc < int(one["to"], 16)
            there = [r for r in variables(elf, one["from"])[int(one["from"], 16)]
                     if (r["name"], r["function"]) == (row["name"], row["function"])]
            assert ("here", one["where"]) in [(r["state"], r["where"]) for r in there] or \
                row["function"] != "first", (hex(pc), row, there)
            seen += 1
    assert seen > 5
    text = run("vars", "-e", elf, hex(instructions(elf, "first")[-1]), check=0).stdout
    assert re.search(r"param  mode +enum mode +\S+", text)
    assert re.search(r"^ +\S.* from first(\+\S+)? \(twin\S+:\d+\) to ", text, re.M), text


def test_types(twins, motor):
    """As C and C++ write them."""
    elf = twins("O0")
    rows = {row["name"]: row for rows in variables(elf, "first:10").values() for row in rows}
    assert {name: row["type"] for name, row in rows.items()} == {
        "p": "struct packet *", "mode": "enum mode", "text": "char [12]", "corner": "struct point",
        "total": "int", "i": "int", "step": "int"}
    assert {row["state"] for row in rows.values()} == {"here"}
    [(_, rows)] = variables(elf, "second").items()
    assert ("p", "const struct packet *") in [(row["name"], row["type"]) for row in rows]
    [(_, rows)] = variables(motor, "drive::Motor::set(int)").items()
    assert ("this", "drive::Motor *const") in [
        (row["name"], row["type"].replace("Motor", "drive::Motor", 1)
         if not row["type"].startswith("drive::") else row["type"]) for row in rows], rows
    [(_, rows)] = variables(motor, "later").items()
    assert ("f", "int (*)(int)") in [(row["name"], row["type"]) for row in rows]
    rows = list(csv.DictReader(io.StringIO(run("vars", "-e", elf, "-f", "csv", "helper@twin_a.c",
                                               check=0).stdout)))
    [last] = [row for row in rows if row["name"] == "last"]
    at = next(at for name, at in symbols(elf).items() if re.match("last", name))
    assert last["where"] == f"[0x{at:08x}]"


def test_inlined(board, twins):
    """The callee's variables first, then its caller's, with the line of the call; what an inner
    block hides is said to be hidden."""
    elf = twins("O2")
    where = next(at for name, at in places(elf, "mix", "--all") if name.startswith("mix at first"))
    text = run("vars", "-e", elf, hex(where), check=0).stdout
    rows = variables(elf, hex(where))[where]
    functions = [row["function"] for row in rows]
    if functions[0] == "mix":
        assert " mix, inlined, called at twin_a.c:41" in text and "\n first\n" in text
        assert functions == sorted(functions, reverse=True)
    elf = twins("O0")
    line = (SOURCES / "twin_b.c").read_text().splitlines().index("\t\tsink = copy + 1;") + 1
    text = run("vars", "-e", elf, f"twin_b.c:{line}", check=0).stdout
    assert re.search(r"local  copy +int +\S+  \(hidden by another one\)", text), text
    assert re.search(r"local  copy +volatile int +\S+$", text, re.M), text


def test_lines(board, twins):
    """The source with relative and absolute numbers; * where `check` takes the line."""
    elf = twins("O2")
    source = (SOURCES / "twin_a.c").read_text().splitlines()
    result = run("lines", "-e", elf, "first", check=0)
    head, _, *lines = result.stdout.splitlines()
    start = source.index("int first(struct packet *p, enum mode mode)") + 1
    assert re.fullmatch(rf"first  \S*twin_a.c:{start}", head)
    assert len(lines) > 20
    for n, line in enumerate(lines):
        number = start + n
        match = re.fullmatch(rf" +{n} +{number}(?:  ([ *-]) (?:(0x\w+)(?: \+(\d+))?)?(.*))?", line)
        assert match, line
        if source[number - 1]:
            assert line.endswith(source[number - 1].expandtabs(8))
        checked = run("check", "-e", elf, "--all", "-f", "jsonl", f"twin_a.c:{number}")
        addresses = {json.loads(row)["addr"] for row in checked.stdout.splitlines()}
        assert bool(addresses) == (match[1] == "*"), (line, checked.stderr)
        if addresses:
            assert hex(int(match[2], 16)) in addresses
            assert len(addresses) <= 1 + int(match[3] or 0)
    rows = [json.loads(row) for row in run("lines", "-e", elf, "-f", "jsonl", "mix",
                                           check=0).stdout.splitlines()]
    assert {row["function"] for row in rows} == {"mix"} and len({row["addr"] for row in rows}) > 3
    assert "mix called at twin_b.c:" in run("lines", "-v", "-e", elf, "mix", check=0).stdout
    both = run("lines", "-e", elf, "helper", check=0).stdout
    assert "twin_a.c" in both and "twin_b.c" in both
    assert "twin_a.c" not in run("lines", "-e", elf, "helper@twin_b.c", check=0).stdout


@ONE_BOARD
def test_source_elsewhere(board, built, tmp_path):
    """A source that is not where it was compiled is looked for below the current folder; where it
    is not at all that is said, and lines are shown without."""
    copy = tmp_path / "src/inlined.c"
    copy.parent.mkdir()
    copy.write_bytes((SOURCES / "inlined.c").read_bytes())
    elf = built("moved", "-O1", "-Wl,-ework", copy)
    assert "return four(v);" in run("lines", "-e", elf, "compute", check=0).stdout
    copy.rename(tmp_path / "inlined.c")
    result = run("lines", "-e", elf, "compute", check=0)
    assert "the source of compute is not here" in result.stderr and "four(v)" not in result.stdout
    assert re.search(r"^ +\d+ +\d+  \* 0x", result.stdout, re.M)
    for folder in (tmp_path, tmp_path / "src"):  # from here it is a file below, by its name
        done = subprocess.run([TRAPLINE, "lines", "-e", elf, "compute"], cwd=folder,
                              capture_output=True, text=True, env=clean_env(), check=True)
        assert ("return four(v);" in done.stdout) == (folder == tmp_path), done.stderr


@ONE_BOARD
def test_what_is_said(board, tmp, twins, tmp_path):
    elf, bare = twins("O0"), tmp_path / "bare.elf"
    subprocess.run([cross(board) + "strip", "-g", "-o", bare, elf], check=True)
    for command in ("vars", "lines"):
        result = run(command, "-e", bare, "first", check=5)
        assert "nothing is known of the" in result.stderr and "without -g" in result.stderr
        assert "did you mean 'first'" in run(command, "-e", elf, "frist", check=5).stderr
        assert run(command, "-e", elf, check=2).stderr.startswith("error: usage: trapline")
    assert "2 functions are named 'helper'" in run("vars", "-e", elf, "helper", check=5).stderr
    split = twins("split")
    for dwo in elf.parent.glob(f"*{board}-twins-split*.dwo"):
        dwo.rename(dwo.with_suffix(".away"))
    try:
        for command, what in (("vars", "variables"), ("lines", "lines")):
            result = run(command, "-e", split, "first", check=5)
            assert re.search(rf"the {what} of first cannot be told: its debug information is in "
                             rf"\S+\.dwo, which is not there", result.stderr), result.stderr
    finally:
        for away in elf.parent.glob("*.away"):
            away.rename(away.with_suffix(".dwo"))

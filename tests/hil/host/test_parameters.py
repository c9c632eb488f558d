# SPDX-License-Identifier: MIT
"""Parameters at a function's entry, by the calling convention and behind its prologue: on firmware
that calls every function with the same values, as several compilers make it."""
import itertools
import json
import pathlib

import pytest

from conftest import EACH_ARCH, ONE_BOARD, Machine, isa, run
from elfs import firmware

HERE = pathlib.Path(__file__).parent
SOURCE = HERE / "parameters.c"
WAYS = {"gcc-O0": ("gcc", "-O0"), "gcc-O2": ("gcc", "-O2"), "clang-O0": ("clang-19", "-O0"),
        "clang-O2": ("clang-19", "-O2")}

VALUES = {
    "words": {"a": -5, "b": 60000, "c": -70000},
    "wide": {"a": 1, "b": -5000000000, "c": 200, "d": 1 << 40, "e": -300},
    "many": dict(zip("abcdefghijk", [1, 2, 3, 4, 5, 6, 7, 8, 9, -10, -5000000000])),
    "structs": {"p": {"x": -7, "y": 8}, "n": 42, "t": {"a": 1000000, "b": -2000000, "c": 3000000},
                "q": {"x": 100, "y": -200}},
    "floats": {"a": 1.5, "b": -0.1, "n": 9, "p": {"x": 0.5, "y": -2.25}, "c": 100.25},
    "made": {"n": 17},
}


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    """linked(board, way): the firmware's ELF in a folder of the board's name, made once."""
    made = {}

    def elf(board, way):
        if (board, way) not in made:
            folder = tmp_path_factory.mktemp(way)
            made[board, way] = folder / board / "parameters.elf"
            firmware(board, *WAYS[way], made[board, way], SOURCE)
        return made[board, way]
    return elf


@pytest.fixture(params=[way for way in WAYS if way != "clang-O2"])
def machine(request, board, linked, tmp_path_factory):
    elf = linked(board, request.param)
    m = Machine(board, "parameters", tmp_path_factory.mktemp("m"), build=elf.parent.parent)
    m.way, m.isa = request.param, isa(board)
    yield m
    m.stop()


def hits(machine, *points):
    """The values of one hit of each, by where it was, and what was said."""
    result = machine.trapline("watch", "-f", "jsonl", "-n", str(len(points)),
                              *(f"{point} limit=1" for point in points), check=0)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    seen = {r["name"]: r for r in rows if "seq" in r}
    assert len(seen) == len(points), result.stderr
    return seen, result.stderr


@EACH_ARCH
def test_as_called(machine):
    """Without ARGs, and by name, every parameter that is asked for is what the call passed: where
    it was passed, or, in code that was not optimised, where the function has stored it, which is
    said."""
    unoptimised = machine.way.endswith("O0")
    plain, said = hits(machine, *VALUES)
    for name, values in VALUES.items():
        found = next(h for h in plain.values() if h["name"].split("+")[0] == name)
        for k, v in values.items():
            assert found["values"][k] == v, (machine.way, name, k, found)
    points = [f"{name} {' '.join(values)}" for name, values in VALUES.items()]
    named, said = hits(machine, *points)
    for name, values in VALUES.items():
        found = next(h for h in named.values() if h["name"].split("+")[0] == name)
        assert {k: found["values"][k] for k in values} == values, (machine.way, name, found)
        assert (int(found["pc"], 16) != machine.elf[name]) == unoptimised, found
        assert (found["name"] != name) == unoptimised
    assert said.count("moved behind the prologue") == (len(points) if unoptimised else 0), said


@EACH_ARCH
def test_first_instruction(machine):
    """FUNC+0 stays where it is, and a parameter is there as it was passed."""
    points = [f"{name}+0 {' '.join(VALUES[name])}" for name in ("words", "wide", "many", "structs")]
    found, said = hits(machine, *points)
    for h in found.values():
        name = h["name"].split("+")[0]
        assert h["values"] == VALUES[name] and int(h["pc"], 16) == machine.elf[name], h
    assert "moved" not in said


@EACH_ARCH
def test_words(machine):
    """$params and $vars are what has a value there, $cycles goes on, $task is the kernel's."""
    out = machine.trapline("watch", "-q", "-f", "jsonl", "-n", "5", "words $params limit=1",
                           "made+0 v=n $vars limit=1", "wide at=$cycles who=$task $task limit=3",
                           check=0).stdout
    found = [json.loads(line) for line in out.splitlines() if '"seq"' in line]
    of = {name: [h["values"] for h in found if h["name"].split("+")[0] == name]
          for name in ("words", "made", "wide")}
    assert all(list(v) == ["a", "b", "c", "d"] and v["a"] == -5 and v["d"] for v in of["words"])
    assert all(v["v"] == v["n"] == 17 for v in of["made"])
    assert all(v["who"] == v["$task"] == "blinky" for v in of["wide"])
    times = [v["at"] for v in of["wide"]]
    assert len(set(times)) == len(times) == 3
    for word, passes in (("task=blinky", True), ("task=blink", False), ('task="blinky"', True),
                         ("if $task == \"blinky\" && n == 17 task=blinky", True),
                         ("task=blinky if n == 16", False), ("if $task != \"blinky\"", False)):
        out = machine.trapline("watch", "-f", "jsonl", "-n", "3", f"p=made+0 n {word}", "made+0 n",
                               check=0).stdout
        found = [json.loads(line) for line in out.splitlines()]
        assert any(h.get("name") == "p" for h in found if "seq" in h) == passes, (word, out)
    for word, why in (("task=", "needs the name of a task"), ('task="', "needs the name of a task"),
                      ('task=""', "needs the name of a task"),
                      ("task=much-longer-than-the-names", "has ")):
        result = machine.trapline("check", f"made+0 {word}")
        assert result.returncode in (2, 5) and why in result.stderr, result.stderr
    for word, why in (("x=$vars", "stand alone"), ("$vars+1", "stand alone"),
                      ("$what", "no '$what'")):
        result = machine.trapline("check", f"words {word}")
        assert result.returncode == 5 and why in result.stderr, result.stderr
    result = machine.trapline("check", "wide if $cycles > 5")
    assert result.returncode == 2 and "error: " in result.stderr
    result = machine.trapline("check", "words%return $vars")
    assert result.returncode == 5 and "no '$vars'" in result.stderr


def instructions(elf, name):
    """Addresses in a function at which probes can be."""
    found = []
    for off in range(0, 40, 2):
        result = run("check", "-f", "jsonl", "-e", elf, f"{name}+{off}")
        found += [json.loads(line)["addr"] for line in result.stdout.splitlines()]
    return found


def computed(machine):
    """Descriptions with types of their own, and pointers to what has no address: * of them has a
    value, themselves they have none. At each instruction where they can be shown they are right."""
    elf, tried = machine.elf.path, {}
    x, y = ((n + 0x8000) % 0x10000 - 0x8000 for n in (-70000, -69999))
    for name, words, values in (
            ("narrow", "low half large",
             {"low": -70000 % 256 - 256, "half": -70000 % 65536, "large": -70000}),
            ("pointed", "*p p->y x=p->x+1", {"*p": {"x": x, "y": y}, "p->y": y, "x": x + 1})):
        at = [a for a in instructions(elf, name)
              if run("check", "-e", elf, f"{a} {words}").returncode == 0]
        tried[name] = at
        if at:
            # not each is run: what is behind the return may look like an instruction
            out = machine.trapline("watch", "-f", "jsonl", "-n", "20",
                                   *(f"{a} {words}" for a in at), check=0).stdout
            seen = [json.loads(row) for row in out.splitlines() if '"seq"' in row]
            assert len(seen) >= 20 and all(h["values"] == values for h in seen), seen
    for a in tried["pointed"]:
        result = run("check", "-e", elf, f"{a} p")
        assert result.returncode == 0 or "*p has one" in result.stderr, result.stderr
    return tried


@EACH_ARCH
@pytest.mark.parametrize("machine", ["gcc-O2"], indirect=True)
def test_computed(machine):
    tried = computed(machine)
    assert tried["narrow"]
    assert tried["pointed"] or machine.isa.startswith("arm")


@ONE_BOARD
@pytest.mark.parametrize("machine", ["clang-O2"], indirect=True)
def test_computed_by_clang(machine):
    assert computed(machine)["narrow"]
    found, _ = hits(machine, "known n minus more")
    assert [h["values"] for h in found.values()] == [{"n": -70000, "minus": -77, "more": 5}]


def test_where_it_lives(linked, board="mps2-an385"):
    """What is not kept at a place is an error that says where it is."""
    elf = linked(board, "gcc-O2")
    said = []
    for name, off in itertools.product(VALUES, range(2, 40, 2)):
        result = run("check", "-e", elf, f"{name}+{off} {' '.join(VALUES[name])}")
        if "has no value there" in result.stderr:
            said.append(result.stderr)
            sizes = " ".join(f"sizeof({v})" for v in VALUES[name])
            sizes = run("check", "-e", elf, f"{name}+{off} {sizes}")
            assert sizes.returncode == 0, sizes.stderr  # they need no value
    assert said and all("hint:  it is " in s or "at the function's entry" in s
                        for s in said), said
    result = run("check", "-e", elf, "words $task")
    assert result.returncode == 0, result.stderr


@EACH_ARCH
def test_added(machine):
    """A probe that was added shows later what it was added for, where the place has moved, too."""
    unoptimised = machine.way.endswith("O0")
    added = machine.trapline("add", "words a d if a < 0", "made if n == 17 limit=2", check=0)
    assert added.stderr.count("moved behind the prologue") == (2 if unoptimised else 0)
    rows = machine.trapline("list", "-f", "jsonl", check=0).stdout.splitlines()
    assert [json.loads(row)["words"] for row in rows] == ["a d if a < 0", "if n == 17"]
    out = machine.trapline("watch", "-q", "-f", "jsonl", "-n", "2", "1", "2", check=0).stdout
    found = [json.loads(line) for line in out.splitlines() if '"seq"' in line]
    values = {name: [h["values"] for h in found if h["name"].split("+")[0] == name]
              for name in ("words", "made")}
    assert len(values["words"]) + len(values["made"]) == len(found) >= 2, out
    assert all(list(v) == ["a", "d"] and v["a"] == -5 for v in values["words"])
    assert all(v["n"] == 17 for v in values["made"])

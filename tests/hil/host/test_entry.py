# SPDX-License-Identifier: MIT
"""Values of parameters at the function's entry, from the caller's call site: against GDB stopped at
the same hits, and where nothing tells them."""
import json
import pathlib
import re
import signal
import subprocess

import pytest

from conftest import EACH_ARCH, ROOT, Machine, arch_of, clean_env, make_variable, run
from rsp import PATIENCE

pytestmark = EACH_ARCH

HERE = pathlib.Path(__file__).parent
SOURCE = HERE / "entry.c"
LINES = {m[1]: f"entry.c:{n}" for n, line in enumerate(SOURCE.read_text().splitlines(), 1)
         if (m := re.search(r"/\* here: (\w+) \*/", line))}
ARGS = {"gone": ["a", "b", "a+1", "p->len", "p->sign", "p->at[2]", "s", "*s", "a@entry"],
        "changed": ["b", "a@entry", "b@entry"], "wide": ["b"], "again": ["n"]}
STOPS = 12  # of each place: more than two rounds


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    """linked(board): the folder that has the firmware, made once a board."""
    made = {}

    def folder(board):
        if board not in made:
            made[board] = tmp_path_factory.mktemp("entry")
            out = made[board] / board / "entry.elf"
            out.parent.mkdir()
            place = ROOT / "board" / (make_variable(f"{board}.like") or board)
            support = [ROOT / o for o in make_variable(f"{board}.support").split()]
            subprocess.run([*make_variable(f"{board}.cc").split(), "-nostartfiles", "-O2", "-g",
                            "-Wl,--gc-sections,--build-id=sha1,--no-warn-rwx-segments",
                            f"-L{place}", "-T", place / "link.ld", SOURCE, *support,
                            ROOT / make_variable(f"{make_variable(f'{board}.isa')}.library"), "-o",
                            out], cwd=ROOT, check=True)
        return made[board]
    return folder


@pytest.fixture
def machine(board, linked, tmp_path_factory):
    m = Machine(board, "entry", tmp_path_factory.mktemp("m"), build=linked(board))
    yield m
    m.stop()


def address(machine, place):
    done = run("check", "-f", "jsonl", "-e", machine.elf.path, place)
    return int(json.loads(done.stdout)["addr"], 16)


def listen(machine):
    process = machine.start_trapline(
        "gdb", "-f", "jsonl", "--stack", "-l", f"{machine.tmp}/gdb",
        *(f"{LINES[name]} {' '.join(args)} limit={STOPS}" for name, args in ARGS.items()),
        "main")  # never hit: without it the session would end
    err = ""
    while "target remote" not in err:
        line = process.stderr.readline()
        assert line, err
        err += line
    return process, re.search(r"target remote (\S+)'", err)[1]


def caller(record):
    return record["stack"][1]["function"].split("+")[0]


def test_as_in_gdb(machine):
    """Every value is GDB's; those that only GDB has are of a caller whose frame is gone."""
    points = {address(machine, LINES[name]): args for name, args in ARGS.items()}
    process, remote = listen(machine)
    done = subprocess.run(
        ["gdb-multiarch", "-q", "-nx", "-l", "60", "-batch", machine.elf.path, "-ex",
         f"target remote {remote}", "-ex", f"python points, stops = {points}, {STOPS}", "-ex",
         f"source {HERE / 'entry_in_gdb.py'}"], capture_output=True, text=True, timeout=PATIENCE,
        stdin=subprocess.DEVNULL, env=clean_env())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    stops = [json.loads(line[4:]) for line in done.stdout.splitlines() if line[:4] == "STOP"]
    assert len(stops) == len(points) * STOPS, done.stdout[-2000:] + done.stderr[-2000:] + err
    records = [json.loads(line) for line in out.splitlines() if '"seq"' in line]
    hits = {(int(r["pc"], 16), r["seq"]): r for r in records}
    seen, compared, more = {}, 0, set()
    for pc, values in stops:
        seen[pc] = seen.get(pc, 0) + 1
        record = hits.get((pc, seen[pc]))  # what a halt cuts off on the line is lost
        for name, theirs in values.items() if record else ():
            ours = number(record["values"][name])
            if ours is None:
                assert record["unavailable"][name]
                more |= {caller(record)} if theirs is not None else set()
            else:
                compared += 1
                assert ours == theirs, (name, record, values)
    assert compared >= 50
    assert more <= {"by_jump"}, more


def number(value):
    """Of a pointer the address, of a character its code."""
    if isinstance(value, dict):
        value = value["address"]
    return int(value, 0) if isinstance(value, str) else value


def watch(machine, *args):
    machine.trapline("set", "go", "1", check=0)
    done = machine.trapline("watch", "-f", "jsonl", "--stack", *args, check=0)
    return [json.loads(line) for line in done.stdout.splitlines() if '"seq"' in line]


def test_by_caller(machine):
    """What each kind of caller tells; what none does is null, with the reason."""
    args = "a b p->len p->at[2] s *s"  # eight calls a round, of which each hit is the next
    hits = {caller(h): h for h in watch(machine, f"{LINES['gone']} {args} every=9 limit=8")}
    found = {name: {k: v for k, v in h["values"].items() if k != "s"} for name, h in hits.items()}
    assert found["by_constants"] == {"a": 5, "b": -3, "p->len": 77, "p->at[2]": 3, "*s": ord("t")}
    assert 300 <= found["by_frame"]["a"] <= 302
    assert (found["by_frame"]["p->len"], found["by_frame"]["p->at[2]"]) == (300, 302)
    assert found["by_entry"]["a"] == 42
    assert found["by_memory"]["a"] is None and found["by_memory"]["b"] == 1
    for name, why in {"by_memory": "its caller's call site does not tell it",
                      "by_jump": "the call went to another function, which has left it to this "
                                 "one"}.items():
        assert hits[name]["unavailable"]["a"] == why
    assert set(found["by_jump"].values()) == {None}
    for hit in watch(machine, f"{LINES['again']} n limit=2"):
        assert hit["values"] == {"n": None}
        assert hit["unavailable"] == {"n": "the function may have come back to its beginning by a "
                                           "jump"}


def test_all_of_them(board, machine):
    """$params and $vars have what callers tell; what was changed since goes by the name that says
    so. A window that ends before the caller's frame gives none, and an instruction of the function
    before its parameters are gone does without."""
    for hit in watch(machine, f"{LINES['changed']} $params limit=2",
                     f"{LINES['gone']} $vars limit=2"):
        assert set(hit["values"]) == ({"a", "b", "p", "s"} if LINES["gone"] == hit["name"] else
                                      {"a@entry", "b"})
        if caller(hit) == "by_constants" and "a@entry" in hit["values"]:
            # GCC for AArch64 does not tell of this one
            b = None if arch_of(board) == "aarch64" else 4000000000
            assert hit["values"] == {"a@entry": 1000, "b": b}
    hits = watch(machine, "--frames", "1", f"{LINES['gone']} p->len b limit=4",
                 "gone a a@entry limit=2")
    assert any(h["values"].get("p->len") == 300 for h in hits)
    for hit in hits:
        if hit["name"] == "gone":
            assert hit["values"]["a"] == hit["values"]["a@entry"]
    machine.trapline("set", "go", "1", check=0)
    done = machine.trapline("watch", "--stack=8", f"{LINES['gone']} p->len limit=2", check=0)
    assert re.search("p->len=<(the stack that the hit has brought ends before the caller's|nothing "
                     "can be read at 0x[0-9a-f]+)>", done.stdout), done.stdout


def refused(machine, *point, stack=()):
    done = machine.trapline("watch", *stack, " ".join(point), check=None)
    assert done.returncode in (2, 5), done
    return done.stderr


def test_refused(machine, board):
    """Without --stack, and in conditions, which are the target's, with what would show them; and
    where no caller tells."""
    said = refused(machine, LINES["gone"], "a")
    assert "error: 'a' has no value there: only its value at the function's entry is known" in said
    assert "hint:  with --stack it is found where the function is called; it is in " in said
    said = refused(machine, LINES["changed"], "a")
    assert "error: 'a' has no value there: it is optimised out" in said
    assert "hint:  with --stack a@entry is what was passed; it is " in said
    said = refused(machine, LINES["changed"], "a", stack=["--stack"])
    assert "optimised out" in said and "hint:  a@entry is what was passed" in said
    said = refused(machine, LINES["changed"], "a@entry")
    assert "'a@entry' has no value there: only who called tells it" in said and "--stack" in said
    said = refused(machine, LINES["gone"], "if a > 3", stack=["--stack"])
    assert "only its value at the function's entry is known" in said
    assert "hint:  in an ARG, and with --stack, it is found where the function is called" in said
    said = refused(machine, LINES["wide"], "a")
    assert "only its value at the function's entry" in said
    assert ("--stack" in said) == board.endswith("64"), said  # in two registers no call tells it
    said = refused(machine, LINES["gone"], "q@entry", stack=["--stack"])
    assert "no 'q@entry' there: it is no parameter of the function there" in said
    said = refused(machine, LINES["gone"], "a@exit", stack=["--stack"])
    assert "expected NAME@entry" in said

# SPDX-License-Identifier: MIT
"""Registers that no snapshot has, in values, results and conditions of hits: of an FPU, at entries
and returns, in handlers that interrupt code which uses it; and a Cortex-M's two stack pointers. On
firmware whose values never change, and which counts what a probe has spoilt."""
import json
import pathlib
import subprocess

import pytest

from conftest import ROOT, Machine, arch_of, isa, make_variable

SOURCE = pathlib.Path(__file__).with_name("fp_values.c")
BOARDS = ["mps2-an386", "mps2-an505", "virt-rv32", "virt-rv64", "virt-aarch64"]
pytestmark = pytest.mark.parametrize("board", BOARDS)

ENTRY = {"gain": 0.75, "offset": -0.1, "n": 9, "p": {"x": 4.5, "y": -2.25}}
THERE = {"gain": -8.5, "offset": 0.1, "n": 4}
RESULTS = {"scale": 2.5, "half": 40.75, "turned": {"x": -2.5, "y": 1.5}, "scale_there": -8.5}


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    """linked(board, *flags): the folder that has the firmware, made once of a kind."""
    made = {}

    def folder(board, *flags):
        if (board, flags) not in made:
            made[board, flags] = tmp_path_factory.mktemp("fp")
            out = made[board, flags] / board / "fp_values.elf"
            support = [ROOT / o for o in make_variable(f"{board}.support").split()]
            scripts = ROOT / "board" / (make_variable(f"{board}.like") or board)
            out.parent.mkdir()
            subprocess.run([*make_variable(f"{board}.cc").split(), "-nostartfiles", "-O2", "-g",
                            *flags, "-Wl,--gc-sections,--build-id=sha1,--no-warn-rwx-segments",
                            f"-L{scripts}", "-T", scripts / "link.ld", SOURCE, *support,
                            ROOT / make_variable(f"{make_variable(f'{board}.isa')}.library"),
                            "-o", out], cwd=ROOT, check=True)
        return made[board, flags]
    return folder


@pytest.fixture
def machine(request, board, linked, tmp_path_factory):
    flags = getattr(request, "param", ())
    m = Machine(board, "fp_values", tmp_path_factory.mktemp("m"), build=linked(board, *flags))
    m.arm = isa(board).startswith("arm")
    m.a64 = arch_of(board) == "aarch64"
    m.first = "%s0" if m.arm or m.a64 else "%fa0"
    m.status = "%fpcr" if m.a64 else "%fcsr"
    yield m
    assert m.moves("rounds") and m.moves("ticks")
    assert m.peek("wrong") == 0
    m.stop()


def values(machine, *points):
    """What each hit of a point shows, and its counters, by the point's name."""
    out = machine.trapline("watch", "-q", "-f", "jsonl", "-n", str(4 * len(points)),
                           *(f"{point} limit=4" for point in points), check=0).stdout
    found = [json.loads(line) for line in out.splitlines()]
    hits = {}
    for h in found:
        if "seq" in h:
            hits.setdefault(h["name"], []).append(h["values"])
    assert found[-1]["end"]
    return hits, {p["name"]: p for p in found[-1]["probes"]}


def same(shown, wanted):
    return len(shown) == 4 and all(v == wanted for v in shown)


def check_parameters(machine):
    hits, _ = values(machine, "scale", "scale_there", "named=scale twice=gain*2 p.y offset",
                     "there=scale_there gain")
    assert same(hits["scale"], ENTRY), hits
    assert same(hits["scale_there"], THERE), hits
    assert same(hits["named"], {"twice": 1.5, "p.y": -2.25, "offset": -0.1}), hits
    assert same(hits["there"], {"gain": -8.5}), hits


def test_parameters(machine):
    """Where they were passed, in the main loop and in a handler that has interrupted it."""
    check_parameters(machine)


def test_registers(machine):
    """By their own names; a float and a double in one register are told apart by their values."""
    if machine.arm:
        here, there = "%s0 %d1 %s4 %s5 x=%s5*2", "%s0 %d1"
        wanted = {"s0": 0.75, "d1": -0.1, "s4": 4.5, "s5": -2.25, "x": -4.5}
        handler = {"s0": -8.5, "d1": 0.1}
    elif machine.a64:
        here, there = "%s0 %d1 %s2 %s3 x=%s3*2", "%s0 %d1"
        wanted = {"s0": 0.75, "d1": -0.1, "s2": 4.5, "s3": -2.25, "x": -4.5}
        handler = {"s0": -8.5, "d1": 0.1}
    else:
        here, there = "%fa0 %fa1 %fa2 %fa3 x=%fa3*2", "%fa0 %fa1"
        wanted = {"fa0": 0.75, "fa1": -0.1, "fa2": 4.5, "fa3": -2.25, "x": -4.5}
        handler = {"fa0": -8.5, "fa1": 0.1}
    hits, _ = values(machine, f"scale {here}", f"scale_there {there}")
    assert same(hits["scale"], wanted) and same(hits["scale_there"], handler), hits


def test_results(machine):
    hits, _ = values(machine, *(f"{name}%return" for name in RESULTS),
                     "named=half%return x=$retval/2 $retval")
    for name, value in RESULTS.items():
        assert same(hits[f"{name}%return"], {"$retval": value}), hits
    assert same(hits["named"], {"x": 20.375, "$retval": 40.75}), hits


def check_conditions(machine, passing, dropping):
    """Of points: all of whose hits pass, and none."""
    points = [f"c{i}={point} limit=4" for i, point in enumerate(passing)]
    points += [f"d{i}={point}" for i, point in enumerate(dropping)]
    out = machine.trapline("watch", "-q", "-f", "jsonl", "-n", str(4 * len(passing)), *points,
                           check=0).stdout
    counters = {p["name"]: p for p in json.loads(out.splitlines()[-1])["probes"]}
    for name, c in counters.items():
        if name.startswith("c"):
            assert (c["recorded"], c["filtered"]) == (4, 0), (name, c)
        else:
            assert c["filtered"] == c["hits"] > 0, (name, c)


def test_conditions(machine):
    check_conditions(machine, ["scale gain if gain > 0.5", "scale n if gain >= 0.75 && p.y < -2",
                               "scale_there n if gain == -8.5",
                               "scale%return $retval if $retval < 3"],
                     ["scale gain if gain > 0.75", "scale_there n if gain > -8.5",
                      "scale%return $retval if $retval < 2.5"])
    check_conditions(machine, ["half if whole > 80", "half%return if $retval >= 40.75"],
                     ["half if whole > 81.5", "half%return if $retval > 40.75"])


def test_not_live(machine):
    """A handler that has not used the FPU has none of its registers: the interrupted code's are not
    shown in their place. RISC-V's belong to all."""
    hits, _ = values(machine, f"no_floats n f={machine.first}",
                     f"i=no_floats if {'%s0 > 0' if machine.arm else machine.status + ' >= 0'}")
    assert all(v["n"] == 3 and (v["f"] is None) == machine.arm for v in hits["no_floats"]), hits


def test_stack_pointers(machine):
    """In code on the one and on the other, and in a handler."""
    if not machine.arm:
        pytest.skip("one stack pointer is all that RISC-V has")
    hits, _ = values(machine, "on_psp %msp %psp p=%sp", "half %msp %psp p=%sp",
                     "no_floats %msp %psp p=%sp", "top=on_psp top=*(unsigned*)%psp if %psp == %sp")
    other = machine.peek("other_stack")
    for v in hits["on_psp"]:
        assert v["psp"] == v["p"] and v["msp"] == other != v["psp"], (v, other)
    for v in hits["half"] + hits["no_floats"]:
        assert v["msp"] == v["p"] != v["psp"], v
    assert hits["on_psp"][0]["psp"] == hits["half"][0]["psp"]
    assert len(hits["top"]) == 4 and hits["top"][0]["top"] is not None


@pytest.mark.parametrize("machine", [("-DOUTSIDE",)], indirect=True, ids=["outside"])
def test_outside_the_trap(machine):
    """Where programs run in the place of the interrupted code, behind a C handler that uses FP."""
    check_parameters(machine)
    hits, _ = values(machine, *(f"{name}%return" for name in RESULTS))
    for name, value in RESULTS.items():
        assert same(hits[f"{name}%return"], {"$retval": value}), hits
    if machine.arm:
        hits, _ = values(machine, "on_psp %msp %psp p=%sp")
        assert all(v["psp"] == v["p"] and v["msp"] == machine.peek("other_stack")
                   for v in hits["on_psp"]), hits


def test_refused(machine, board):
    """A register that there is not, by whom it comes to."""
    result = machine.trapline("check", "half %fa8" if machine.first == "%fa0" else "half %s32")
    assert result.returncode == 2 and "has no register" in result.stderr, result.stderr
    assert ("fa0 to fa7" if machine.first == "%fa0" else "s0 to s31") in result.stderr
    result = machine.trapline("live", machine.first)
    assert result.returncode != 0 and "at a probe only" in result.stderr, result.stderr

# SPDX-License-Identifier: MIT
"""Comparators as points: probes where text takes no breakpoint. By the triggers of a RISC-V core,
which QEMU has, in the flash of sifive_e; and on Cortex-M by a model of the FPB in the test firmware
(check_fpb_thumb.c), to which all of its text is ROM."""
import re

import pytest

from conftest import self_test, variant
from gdb import gdb
from rsp import TargetError
from torture import torture

COUNT, COMPARATOR = 0, 4  # kind, and a bit of its step
FLASH = pytest.mark.parametrize("board", ["sifive_e"])
MODELS = {"mps2-an385": "-DTL_FPB_MODEL=64 -DTL_COMPARATORS=64",
          "mps2-an505": "-DTL_FPB_MODEL=64 -DTL_COMPARATORS=64 -DTL_FPB_VERSION=2"}


def model(board, program):
    return variant(board, "fpb", MODELS[board], program=program)


@pytest.fixture
def flashed(boot):
    """The demo, whose printf() is in flash."""
    machine = boot("demo")
    assert machine.elf["printf"] >> 24 == 0x20
    return machine


def comparators(target):
    """How many there are, are in use, and whether a debugger has them."""
    return [int(field, 16) for field in target.command("qTl.comparators")]


@FLASH
def test_in_flash(flashed):
    """Hits are counted, text is as it was, and what is deleted gives its comparator back."""
    target = flashed.connect()
    at = flashed.elf["printf"]
    text = target.raw(at, 4)
    count, used, taken = comparators(target)
    assert (count, used, taken) == (2, 0, 0)
    assert int(target.check(at)[0], 16) & COMPARATOR and comparators(target)[1] == 0
    assert target.add(1, at, COUNT)[0] & COMPARATOR
    assert comparators(target)[1] == 1 and target.raw(at, 4) == text
    target.until(lambda: target.counters(1)["hits"] > 2)
    assert target.counters(1)["step"] & COMPARATOR
    target.add(2, flashed.elf["vfprintf"], COUNT)
    with pytest.raises(TargetError, match="E0e"):
        target.add(3, flashed.elf["puts"] if "puts" in flashed.elf.symbols
                   else flashed.elf["strlen"], COUNT)
    target.command("QTl.arm", 0)
    assert comparators(target)[1] == 2, "what is disarmed for a while keeps its own"
    hits = target.counters(1)["hits"]
    number = flashed.samples()
    target.until(lambda: flashed.samples() > number + 200)  # it has printed meanwhile
    assert target.counters(1)["hits"] == hits
    target.command("QTl.arm", 1)
    target.until(lambda: target.counters(1)["hits"] > hits)
    target.command("QTl.del", 1)
    assert comparators(target)[1] == 1
    target.command("QTl.del", 2)
    assert comparators(target) == [2, 0, 0]


@FLASH
def test_commands(flashed):
    """What a user sees of it, and what is said where there is none left."""
    shown = flashed.trapline("watch", "printf", "printf%return", "-n", "4", check=0).stdout
    assert len(re.findall(r"^ +[\d.]+ printf\(fmt=.*\{", shown, re.M)) == 2
    assert len(re.findall(r"^ +[\d.]+ .*printf.*(?:returned|= )", shown, re.M)) >= 2
    flashed.trapline("add", "printf", "vfprintf", check=0)
    assert re.search(r"^comparators +2 of 2 in use$", flashed.trapline("info", check=0).stdout,
                     re.M)
    listed = flashed.trapline("list", check=0).stdout
    assert len(re.findall(r"  comparator  +enabled", listed)) == 2
    refused = flashed.trapline("add", "strnlen", check=4)
    assert re.search(r"error: strnlen: memory did not take the write.*\n"
                     r"hint:  2 of 2 comparators are in use: delete a probe", refused.stderr)
    flashed.trapline("del", "all", check=0)
    assert re.search(r"^comparators +0 of 2 in use$", flashed.trapline("info", check=0).stdout,
                     re.M)


@FLASH
def test_shared_with_gdb(flashed):
    """Breakpoints and steps in flash. Watchpoints have the same two: who comes first has one."""
    said = gdb(flashed, "break printf", "continue", "stepi", "stepi", "x/i $pc", "watch head",
               "continue", "break vfprintf", "continue")
    assert "Breakpoint 1, printf (fmt=" in said
    assert re.search(r"^=> 0x[0-9a-f]+ <printf\+[24]>:", said, re.M)
    assert "Hardware watchpoint 2: head" in said and "Old value = " in said
    assert "Could not insert hardware" in said and "Breakpoint 3, " not in said
    assert re.search(r"^comparators +0 of 2 in use$", flashed.trapline("info", check=0).stdout,
                     re.M)


@pytest.mark.parametrize("board, program, checks",
                         [(board, *program) for board in MODELS
                          for program in (("kprobes", 80), ("returns", 40), ("traps", 1),
                                          ("fp", 1))])
def test_model(boot, board, program, checks):
    """The firmware that tests itself, as if it ran from flash."""
    self_test(boot(program, build=model(board, program)), program, checks)


@pytest.mark.parametrize("board", MODELS)
def test_model_torture(board):
    """newlib's instructions, likewise."""
    run = torture(board, limit=400, interrupts=True, seed=7, build=model(board, "torture"))
    assert not list(run.verdict())
    assert run.listed == 400 and run.hits > 400


@pytest.mark.parametrize("board", MODELS)
def test_model_runs_out(boot, board, steps):
    """As many as the unit has, and no more; version 1 has both halves of a word in one."""
    build = variant(board, "fpb2", MODELS[board].replace("MODEL=64", "MODEL=2"))
    machine = boot(build=build)
    target = machine.connect()
    work = machine.elf["work"]
    assert comparators(target) == [2, 0, 0]
    taken = 0
    for offset in steps[:-1]:
        try:
            target.add(taken + 1, work + offset, COUNT)
            taken += 1
        except TargetError as error:
            assert error.code == 0x0E
    words = {(target.counters(i + 1)["addr"]) // 4 for i in range(taken)}
    assert comparators(target)[1] == 2
    assert len(words) == 2 if board == "mps2-an385" else taken == 2
    target.write(b"run 5\n")
    target.until(lambda: target.counters(taken)["hits"] == 5)
    assert {target.counters(i + 1)["hits"] for i in range(taken)} == {5}

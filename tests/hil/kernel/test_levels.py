# SPDX-License-Identifier: MIT
"""AArch64 as kernels have it: entered from every exception level, with the MMU off, text that takes
no writes, or those of another mapping, landing pads (BTI) and signed return addresses (PAC)."""
import json
import pathlib
import re
import subprocess

import pytest

from conftest import ROOT, Machine, instructions, make_variable, self_test, variant
from rsp import TargetError

BOARD = "virt-aarch64"
pytestmark = pytest.mark.parametrize("board", [BOARD])
COUNT, COMPARATOR = 0, 4  # kind, and a bit of its step
PROGRAMS = [("kprobes", 87), ("traps", 18), ("returns", 45), ("fp", 26), ("watches", 48)]
SELF_TESTS = pytest.mark.parametrize("program, checks", PROGRAMS)
MAX = ("-cpu", "max")


@pytest.mark.parametrize("program, checks", PROGRAMS[:2])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_entered_from(boot, program, checks, level):
    machine = {1: "virt", 2: "virt,virtualization=on", 3: "virt,virtualization=on,secure=on"}[level]
    machine = boot(program, extra=("-M", machine))
    machine.until(lambda: machine.peek("tl_a64_entered") == level)
    self_test(machine, program, checks)


@SELF_TESTS
def test_newest_core(boot, program, checks):
    self_test(boot(program, extra=MAX), program, checks)


@SELF_TESTS
def test_without_mmu(boot, board, program, checks):
    build = variant(board, "a64-no-mmu", "-DTL_A64_MMU=0", program)
    self_test(boot(program, build=build), program, checks)


@pytest.mark.parametrize("program, checks", [PROGRAMS[0], PROGRAMS[2]])
def test_signed(boot, board, program, checks):
    """Hooked calls return though their return addresses are signed, and calls that were left are
    told from others."""
    build = variant(board, "a64-signed",
                    "-DTL_A64_SIGNED=1 -march=armv8.3-a -mbranch-protection=pac-ret", program)
    self_test(boot(program, build=build, extra=MAX), program, checks)


def test_guarded(boot, board):
    """Every instruction of functions that interrupts and main call by landing pads is probed, and
    their returns."""
    build = variant(board, "a64-guarded", "-DTL_A64_GUARDED=1 -DTL_A64_SIGNED=1 -march=armv8.5-a "
                    "-mbranch-protection=standard", "demo")
    machine = boot("demo", build=build, extra=MAX)
    target = machine.connect()
    text = machine.elf["pid_step"]
    page = machine.elf["level_3"] + 8 * (text >> 12 & 511)
    assert machine.peek(page, 8) >> 50 & 1, "the page is guarded"
    places = [at for name in ("pid_step", "sample_isr", "filter_update")
              for at, _ in instructions(machine, board, name)]
    names = {name for _, name in instructions(machine, board, "pid_step")}
    assert "paciasp" in names
    refused = 0
    for probe, at in enumerate(places[:60], 1):
        try:
            target.add(probe, at, COUNT)
        except TargetError:
            refused += 1
    assert refused == 0
    number = machine.samples()
    target.until(lambda: machine.samples() > number + 100)
    assert target.counters(1)["hits"] > 50
    machine = boot("demo", build=build, extra=MAX)
    shown = machine.trapline("watch", "pid_step%return", "sample_isr%return", "-n", "20",
                             check=0).stdout
    assert len(re.findall(r"pid_step%return = ", shown)) > 5


def test_read_only_text(boot, board):
    """The debug registers hold what text does not take: hits are counted, in an interrupt's
    handler, too, text is as it was, and what is deleted gives its own back."""
    machine = boot("demo", build=variant(board, "a64-read-only", "-DTL_A64_READ_ONLY=1", "demo"))
    target = machine.connect()
    count, used, taken = [int(f, 16) for f in target.command("qTl.comparators")]
    assert count == 6 and (used, taken) == (0, 0)
    places = [machine.elf[name] for name in ("pid_step", "sample_isr", "filter_update")]
    texts = [target.raw(at, 4) for at in places]
    for probe, at in enumerate(places, 1):
        assert target.add(probe, at, COUNT)[0] & COMPARATOR
    number = machine.samples()
    target.until(lambda: machine.samples() > number + 20)
    assert all(target.counters(probe)["hits"] > 10 for probe in (1, 2, 3))
    assert [target.raw(at, 4) for at in places] == texts
    for probe in range(4, 7):
        target.add(probe, places[0] + 4 * (probe - 3), COUNT)
    with pytest.raises(TargetError, match="E0e"):
        target.add(7, places[0] + 16, COUNT)
    target.command("QTl.del", 1)
    target.add(7, places[0] + 16, COUNT)
    target.until(lambda: target.counters(7)["hits"] > 2)


@pytest.fixture
def pages(board, tmp_path):
    """pages.c, on a board whose text takes no writes."""
    build = variant(board, "a64-read-only", "-DTL_A64_READ_ONLY=1", "demo")
    settings, scripts = ("DEFINES=-DTL_A64_READ_ONLY=1", f"O={build}"), ROOT / "board" / board
    out = tmp_path / board / "pages.elf"
    out.parent.mkdir()
    made = [ROOT / o for name in (f"{board}.support", f"{make_variable(f'{board}.isa')}.library")
            for o in make_variable(name, *settings).split()]
    subprocess.run([*make_variable(f"{board}.cc", *settings).split(), "-nostartfiles", "-O2", "-g",
                    "-Wl,--gc-sections,--build-id=sha1,--no-warn-rwx-segments", f"-L{scripts}",
                    "-T", scripts / "link.ld",
                    pathlib.Path(__file__).with_name("pages.c"), *made, "-o", out],
                   cwd=ROOT, check=True)
    machine = Machine(board, "pages", tmp_path, build=tmp_path)
    yield machine
    machine.stop()


def test_written_by_another_mapping(pages):
    """tl_port.write_text: no debug register is taken, by the firmware or by a host."""
    self_test(pages, "pages", 13)
    out = pages.trapline("watch", "-q", "-f", "jsonl", "-n", "6", "on_tick", "work%return",
                         check=0).stdout
    names = {json.loads(line).get("name") for line in out.splitlines()}
    assert {"on_tick", "work%return"} <= names, out
    shown = pages.trapline("check", "work", check=0).stdout
    assert "boosted slot  accepted by the target" in shown, shown

# SPDX-License-Identifier: MIT
"""With an RTOS: slots of deleted probes are free again, whoever polls, and only when no task is
in them (tests/target/rtos.c)."""
import json
import os
import re
import tempfile

import pytest

from conftest import ARCH_BOARDS, BUILD, DEFAULT_BOARD, Machine, make_variable, variant, wait_for
from rsp import PATIENCE

RTOS_BOARDS = sorted({*ARCH_BOARDS, "mps2-an505"})
# how much of the probed code runs between two interrupts is not this machine's matter
COUNTED = ("-icount", "shift=2,sleep=off")


def thumb(board):
    return make_variable(f"{make_variable(f'{board}.isa')}.arch") == "thumb"


@pytest.fixture
def rtos(tmp_path):
    machines = []

    def start(board, build=BUILD, extra=COUNTED):
        machines.append(Machine(board, "rtos", tempfile.mkdtemp(dir=tmp_path), build=build,
                                extra=extra))
        return machines[-1]

    yield start
    for machine in machines:
        machine.stop()


def go(target, way, n=600):
    before = len(target.console)
    target.write(b"go %s %d\n" % (way.encode(), n))
    wait_for(target, b"%s: done " % way.encode(), timeout=PATIENCE)
    target.pump(0.2)
    line = re.search(rb"%s: (done .*)" % way.encode(), target.console[before:])[1]
    counts = {name.decode(): int(n) for name, n in re.findall(rb"(\w+) (\d+)", line)}
    assert not counts["wrong"], (way, counts)
    assert counts["rounds"] > 100, (way, counts)
    return counts


def test_freertos(rtos):
    """board/rtos/freertos.c, where there is no FPU: free by the tasks that it tells of; not when
    there are more than it has room for."""
    for defines in ("", "-DTL_POINTS=1 -DTL_PROBES=1 -DTL_GDB=0"):
        build = variant(DEFAULT_BOARD, "one-point", defines, "rtos") if defines else BUILD
        target = rtos(DEFAULT_BOARD, build=build).connect()
        counts = go(target, "freertos")
        assert counts["done"] == 600 and counts["handled"] >= 150, counts
        counts = go(target, "crowded")
        assert counts["done"] <= counts["points"] and counts["refused"] >= 300, counts


def all_ways(target, board):
    """600 addresses, one after another, polled by a task, in the switch between two, in a
    timer's interrupt, in one amid another."""
    for way in ("task", "switch", *(("tick", "nested") if thumb(board) else ())):
        counts = go(target, way)
        assert counts["done"] == 600 and counts["handled"] >= 150, (way, counts)
        assert not counts["refused"] or \
            counts["points"] < 64, ("some slot is always free where there are many", way, counts)
    counts = go(target, "quiescent")
    assert counts["done"] == 600 and counts["quiescent"] >= 600 // counts["points"] - 1, counts
    for way in ("unknown", "pcless", *(() if thumb(board) else ("tick",))):
        counts = go(target, way)
        assert counts["done"] <= counts["points"], ("what is not known is not free", way, counts)
        assert counts["refused"] >= 300, ("what is not known is not free", way, counts)


@pytest.mark.parametrize("board", RTOS_BOARDS)
def test_ways(rtos, board):
    all_ways(rtos(board).connect(), board)


@pytest.mark.parametrize("board", ARCH_BOARDS)
def test_slot_just_left(rtos, board):
    """The only point's slot is wanted anew at once, where a task may still be in it."""
    build = variant(board, "one-point", "-DTL_POINTS=1 -DTL_PROBES=1 -DTL_GDB=0", "rtos")
    all_ways(rtos(board, build=build).connect(), board)


@pytest.mark.parametrize("board", ARCH_BOARDS)
def test_more_points(rtos, board):
    """No power of two, and an index of more than a byte."""
    build = variant(board, "300-points", "-DTL_POINTS=300", "rtos")
    target = rtos(board, build=build).connect()
    assert target.points == 300
    counts = go(target, "unknown")
    assert counts["done"] == 300, counts
    counts = go(target, "task")
    assert counts["done"] == 600 and not counts["refused"], counts


def test_ways_v6m(rtos):
    build = variant(DEFAULT_BOARD, "armv6-m", program="rtos", isa="armv6-m")
    all_ways(rtos(DEFAULT_BOARD, build=build).connect(), DEFAULT_BOARD)


@pytest.mark.parametrize("board", ARCH_BOARDS)
def test_calls_that_are_left(rtos, board):
    """A task leaves calls by longjmp while others are preempted amid theirs: returns go on to be
    seen, and none goes astray."""
    machine = rtos(board)
    target = machine.connect()
    target.add(1, machine.elf["climb"], kind=2)
    seen = []
    for _ in range(2):
        before = target.counters(1)
        target.console = b""
        target.write(b"leave 300\n")
        wait_for(target, b"wrong", timeout=PATIENCE)
        target.pump(0.2)
        returned, wrong = map(int, re.search(rb"left: (\d+) calls returned, wrong (\d+)",
                                             target.console).groups())
        now = target.counters(1)
        assert not wrong and returned > 1000
        seen.append((now["recorded"] - before["recorded"]) / returned)
    assert min(seen) > 0.1, f"the share of returns that was seen: {seen}"


def test_over_the_line(rtos):
    """A host does it, too: a task polls."""
    machine = rtos(DEFAULT_BOARD, extra=())
    target = machine.connect()
    target.write(b"tasks\n")
    for i in range(2 * target.points + 2):
        target.add(1, machine.elf["code_long"] + 2 * i, kind=0)
        assert target.command("QTl.del", 1)[0] == "1", "the text is as it was"
    assert machine.moves("rounds") and not machine.peek("wrong")


@pytest.mark.parametrize("rarely", [True, False])
def test_polls_rarely(rtos, rarely):
    """The host says so, once; and not of a target that polls often."""
    machine = rtos(DEFAULT_BOARD, extra=())
    target = machine.connect()
    target.write(b"rarely\n" if rarely else b"tasks\n")
    target.pump(0.5)
    os.close(target.fd)
    machine.targets.remove(target)
    result = machine.trapline("count", "main", "-d", "3s", check=0)
    assert result.stderr.count("tl_poll() only every") == rarely, result.stderr
    found = [json.loads(line) for line in machine.trapline("doctor", "-f", "jsonl",
                                                           check=0).stdout.splitlines()]
    polls = next(row for row in found if row.get("check") == "polls")
    assert polls["verdict"] == ("warn" if rarely else "ok"), polls
    assert ("README, With an RTOS" in result.stderr) == rarely, result.stderr

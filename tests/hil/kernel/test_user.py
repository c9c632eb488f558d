# SPDX-License-Identifier: MIT
"""Unprivileged code: hosts' probes in it, and records that say so, where they can."""
import csv
import json

import pytest

from conftest import isa, wait_for
from tap import Tap
from rsp import PATIENCE

SUM, ARGUMENT = 55, 10


def tells(board):
    return isa(board).startswith("rv")


def hits(target, probe):
    return [(r["user"], r["args"][0]) for r in target.stream.records if r["probe"] == probe]


def test_task(machine, board, target):
    """A task hits probes beside privileged code; the target takes its traps on the task's stack."""
    target.add(1, machine.elf["code_sum"])
    target.add(2, machine.elf["work"])
    target.write(b"task %d\nrun 3\n" % ARGUMENT)
    wait_for(target, b"ran 3")
    target.quiet()
    assert b"task sum %d" % SUM in target.console
    assert hits(target, 1) == [(tells(board), ARGUMENT)]
    assert hits(target, 2) == [(False, n) for n in (1, 2, 3)]


def test_protected(boot, board):
    """The same under memory protection, where traps have a stack of their own: counted,
    recorded, every N-th."""
    machine = boot("user")
    if "run_as_user" not in machine.elf.symbols:
        pytest.skip("no memory protection in the tests of this architecture")
    target = machine.connect()
    wait_for(target, b"done, 0 failed")
    target.add(1, machine.elf["code_sum"])
    target.add(2, machine.elf["code_sum"] + 2, 0)
    target.add(3, machine.elf["code_sum"] + 4, every=5)
    target.write(b"uu")
    wait_for(target, b"user %d" % SUM)
    target.quiet()
    assert target.console.count(b"user %d" % SUM) == 2
    assert [(r["user"], r["sp"]) for r in target.stream.records
            if r["probe"] == 1] == [(True, machine.elf["user_stack_end"])] * 2
    assert [r["user"] for r in target.stream.records if r["probe"] == 3] == [True] * 4
    assert [target.counters(n)["hits"] for n in (1, 2, 3)] == [2, 20, 20]


@pytest.mark.parametrize("form", ["text", "jsonl", "csv"])
def test_shown(machine, board, form):
    tap = Tap(machine)
    host = tap.start("watch", "code_sum", "-n", "1", "-f", form)
    tap.wait_armed()
    tap.type(f"task {ARGUMENT}")
    out, err = host.communicate(timeout=PATIENCE)
    assert host.returncode == 0, err
    if form == "text":
        said = out.splitlines()[2].endswith("  user")
    elif form == "jsonl":
        said = json.loads(out.splitlines()[0]).get("user", False)
    else:
        said = next(csv.DictReader(out.splitlines()))["user"] == "1"
    assert said == tells(board)
    tap.close()

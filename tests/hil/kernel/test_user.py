# SPDX-License-Identifier: MIT
"""Unprivileged code: hosts' probes in it, and records that say so, where they can."""
import csv
import json
import signal

import pytest

from conftest import isa, wait_for
from tap import Tap
from rsp import PATIENCE

SUM, ARGUMENT = 55, 10


def tells(board):
    return isa(board).startswith(("rv", "aarch64"))


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


@pytest.mark.parametrize("words, of_task, of_others", [
    ("user", 1, 0), ("kernel", 0, 3), ("if $user && $arg1 == 2", 0, 0),
    ("if $arg1 == 2 user", 0, 0), ("kernel if $arg1 == 2", 0, 1), ("is=$user", 1, 3)])
def test_filtered(machine, board, words, of_task, of_others):
    """What is not let pass is counted as filtered. A task calls code_sum(), and privileged code
    work(), with 1 to 3. QEMU's Cortex-M0 is always privileged."""
    unprivileged = isa(board) != "armv6-m"
    if not unprivileged and words in ("user", "kernel"):
        of_task = 1 - of_task
    tap = Tap(machine)
    host = tap.start("watch", "-f", "jsonl", f"code_sum $arg1 {words}",
                     f"work $arg1 {words}")
    tap.wait_armed(2)
    tap.type(f"task {ARGUMENT}")
    tap.wait_text(f"task sum {SUM}")
    tap.type("run 3")
    tap.wait_text("ran 3")
    host.send_signal(signal.SIGINT)
    out, err = host.communicate(timeout=PATIENCE)
    assert host.returncode == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    hits = {name: [row for row in rows if row.get("name") == name and "seq" in row]
            for name in ("code_sum", "work")}
    assert [len(hits["code_sum"]), len(hits["work"])] == [of_task, of_others], out
    counters = {p["name"]: p for row in rows for p in row.get("probes", [])}
    assert [(p["hits"], p["filtered"]) for p in (counters["code_sum"], counters["work"])] == \
        [(1, 1 - of_task), (3, 3 - of_others)]
    if "is=" in words:
        assert {h["values"]["is"] for h in hits["code_sum"]} == {unprivileged}
        assert {h["values"]["is"] for h in hits["work"]} == {False}
    tap.close()


def test_not_at_a_return(machine):
    result = machine.trapline("check", "work%return user")
    assert result.returncode == 5 and "no '$user'" in result.stderr


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

# SPDX-License-Identifier: MIT
"""A kernel in supervisor mode (kernel.c): pages, text that takes no writes, a trap handler of its
own that calls the agent's, programs in user mode. On the target, from a host, and by GDB."""
import json
import pathlib
import subprocess

import pytest

from conftest import ROOT, Machine, make_variable, self_test
from gdb import gdb

HERE = pathlib.Path(__file__).parent
pytestmark = pytest.mark.parametrize("board", ["virt-rv32-s", "virt-rv64-s"])


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    """linked(board, writable): the folder that has the kernel, made once of a kind."""
    made = {}

    def folder(board, writable):
        if (board, writable) not in made:
            made[board, writable] = tmp_path_factory.mktemp("kernel")
            out = made[board, writable] / board / "kernel.elf"
            scripts = ROOT / "board" / (make_variable(f"{board}.like") or board)
            out.parent.mkdir()
            subprocess.run([*make_variable(f"{board}.cc").split(), "-nostartfiles", "-O2", "-g",
                            f"-DWRITABLE={writable}", "-Wl,--gc-sections,--build-id=sha1",
                            "-Wl,--no-warn-rwx-segments", f"-L{scripts}", "-T",
                            scripts / "link.ld", HERE / "kernel.c", HERE / "kernel.S",
                            *(ROOT / o for o in make_variable(f"{board}.support").split()),
                            ROOT / make_variable(f"{make_variable(f'{board}.isa')}.library"),
                            "-o", out], cwd=ROOT, check=True)
        return made[board, writable]
    return folder


@pytest.fixture
def kernel(request, board, linked, tmp_path):
    writable = getattr(request, "param", 1)
    m = Machine(board, "kernel", tmp_path, build=linked(board, writable))
    yield m
    assert m.moves("ticks") and m.moves("calls")
    m.stop()


def test_on_target(kernel):
    self_test(kernel, "kernel", 16)


def test_host(kernel):
    """What a program has the kernel do, by names and types; and who has called."""
    out = kernel.trapline("watch", "-q", "-f", "jsonl", "-n", "40", "call=system_call",
                          "done=system_call%return", check=0).stdout
    found = [json.loads(line) for line in out.splitlines()]
    calls, ends = ({h["seq"]: h["values"] for h in found if h.get("name") == name and "seq" in h}
                   for name in ("call", "done"))
    pairs = [(calls[n]["arg"], ends[n]["$retval"]) for n in calls.keys() & ends.keys()]
    assert len(pairs) >= 10 and all(a * a == b for a, b in pairs), pairs
    assert {a for a, _ in pairs} <= set(range(1, 11)) and len(set(pairs)) > 1
    stack = kernel.trapline("watch", "-q", "-n", "1", "on_tick", "--stack", check=0).stdout
    assert "kernel_trap+" in stack and "is a trap handler" in stack, stack


def test_refused(kernel):
    """What runs before the agent in a trap."""
    done = kernel.trapline("count", "-d", "1s", "kernel_trap")
    assert done.returncode and "inside the agent, or code that it runs on" in done.stderr


@pytest.mark.parametrize("kernel", [0], indirect=True)
def test_text_without_writes(kernel):
    done = kernel.trapline("count", "-d", "1s", "system_call")
    assert done.returncode == 4 and "memory did not take the write" in done.stderr, done.stderr


def test_gdb(kernel):
    said = gdb(kernel, "break system_call", "continue", "print arg", "backtrace", "p/x $scause",
               "p $satp != 0", "delete", "detach")
    assert "Breakpoint 1, system_call (number=1, arg=" in said, said
    assert "on_user (" in said and "in tl_vectors ()" in said, said
    assert "$2 = 0x3" in said and "$3 = 1" in said, said

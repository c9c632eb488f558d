# SPDX-License-Identifier: MIT
"""LLDB on the agent's line: registers, memory, breakpoints, steps, by value. It is given
addresses: on bare metal it cannot always run expressions."""
import re
import subprocess

import pytest

from conftest import EACH_ARCH, isa, word_of
from rsp import PATIENCE

pytestmark = EACH_ARCH

# What the ELF does not say. A triple of RISC-V would hide that it has compressed instructions: half
# of the callers would be missed.
ARCH = {"armv7-m": "--arch thumbv7m-none-eabi", "rv64": "", "aarch64": ""}


@pytest.fixture
def machine(boot):
    return boot("debug", transport="tcp")


def lldb(machine, board, *commands):
    """What it prints to each command, in order: [(command, text)]."""
    setup = [f"target create {ARCH[isa(board)]} {machine.elf.path}",
             f"gdb-remote {machine.port.removeprefix('tcp:')}"]
    args = ["lldb-19", "--no-lldbinit", "--batch", "-o",
            "settings set plugin.process.gdb-remote.packet-timeout 5"]
    for command in (*setup, *commands):
        args += ["-o", command]
    run = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=PATIENCE)
    parts = re.split(r"^\(lldb\) (.*)\n", run.stdout, flags=re.M)[1:]
    return list(zip(parts[::2], parts[1::2]))[-len(commands):]


def write(machine, board, symbol, value, size=None):
    size = size or word_of(board)
    return f"memory write --size {size} {machine.elf[symbol]:#x} {value:#x}"


def shown_pc(text):
    return int(re.search(r"pc = (0x[0-9a-f]+)", text)[1], 16)


def test_lldb(machine, board):
    word = word_of(board)
    argument = {"armv7-m": "r0", "rv64": "a0", "aarch64": "x0"}[isa(board)]
    out = lldb(machine, board,
               "register read pc",
               f"memory read --format d --size {word} --count 1 {machine.elf['word']:#x}",
               write(machine, board, "late", 7, 4),
               "breakpoint set -n factorial",
               write(machine, board, "job", machine.elf["job_factorial"]),
               "continue",
               f"register read {argument} --format d",
               "bt",
               "register read pc",
               "thread step-inst",
               "register read pc",
               "breakpoint delete 1",
               "thread step-out",
               f"register read {argument} --format d",
               f"register write {argument} 99",
               "process detach")
    texts = [text for _, text in out]
    assert machine.elf["main"] <= shown_pc(texts[0]) < machine.elf["main"] + 256
    assert re.search(r": 41$", texts[1], re.M)
    assert "breakpoint 1.1" in texts[5]
    assert re.search(r"= 5\b", texts[6])
    assert re.findall(r"`(\w+)(?:\(.*\))? at debug.c",
                      texts[7])[:3] == ["factorial", "job_factorial", "main"]
    assert 2 <= shown_pc(texts[10]) - shown_pc(texts[8]) <= 4
    assert re.search(r"= 120\b", texts[13])
    while not machine.peek("done"):
        pass
    assert machine.peek("late") == 7 and machine.peek("result") == 99
    assert machine.moves("rounds")

# SPDX-License-Identifier: MIT
"""Stock GDB: watchpoints, by comparators of the core where QEMU has them (RISC-V,
AArch64), else by GDB's
own stepping."""
import re

import pytest
from conftest import DEFAULT_BOARD
from gdb import gdb

COMPARED = pytest.mark.parametrize("board", ["virt-rv32", "virt-rv64", "virt-aarch64"])


@pytest.fixture
def demo(boot):
    return boot("demo")


@COMPARED
def test_write(demo, board):
    """It stops behind the write, with the value there; and again at the next."""
    text = gdb(demo, "watch head", "continue", "continue", "info watchpoints")
    assert "Hardware watchpoint 1: head" in text and "breakpoint already hit 2 times" in text, text
    values = [int(v) for v in re.findall(r"(?:Old|New) value = (\d+)", text)]
    assert values == [values[0], values[0] + 1, values[0] + 1, values[0] + 2], text
    assert text.count("in sample_isr ()") + text.count("sample_isr () at") >= 2, text


@COMPARED
def test_read_and_access(demo, board):
    text = gdb(demo, "rwatch tail", "continue", "delete", "awatch head", "continue", "continue")
    assert re.search(r"Hardware read watchpoint 1: tail\n\nValue = \d+", text), text
    assert len(
        re.findall(r"Hardware access \(read/write\) watchpoint 2: head\n\n(?:Value|Old value) = ",
                   text)) == 2, text


@COMPARED
def test_deleted_watchpoint_stops_nothing(demo, board):
    """Nor does one that an earlier GDB has left."""
    text = gdb(demo, "watch head", "continue", "delete", "tbreak pid_step", "continue")
    assert "Temporary breakpoint 2, pid_step" in text, text
    text = gdb(demo, "tbreak pid_step", "continue")
    assert "Temporary breakpoint 1, pid_step" in text, text


@COMPARED
def test_more_than_there_are(demo, board):
    """The reason is GDB's words for E04; those that fit go on working."""
    text = gdb(demo, *(f"watch queue[{i}].number" for i in range(9)), "continue", "delete",
               "watch head", "continue")
    assert "Could not insert hardware watchpoint" in text, text
    assert re.search(r"Hardware watchpoint 10: head\n\nOld value", text), text


@pytest.mark.parametrize("board", [DEFAULT_BOARD])
def test_by_stepping(demo, board):
    """No comparators: GDB steps instruction by instruction, in a call that changes the value."""
    text = gdb(demo, "break pid_step if pid->setpoint - measured != pid->last_error", "continue",
               "watch pid->last_error", "continue")
    assert "Watchpoint 2: pid->last_error" in text and "Hardware" not in text, text
    old, new = re.search(r"Old value = (-?\d+)\nNew value = (-?\d+)", text).groups()
    assert old != new, text

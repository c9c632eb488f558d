# SPDX-License-Identifier: MIT
"""Stock GDB: an RTOS's tasks as threads."""
import re

import pytest
from conftest import EACH_ARCH
from gdb import gdb

pytestmark = EACH_ARCH


@pytest.fixture
def tasks(boot):
    """Its time is counted in instructions: tasks get their turn, and GDB its answers, whatever
    else the host does."""
    return boot("threads", extra=("-icount", "shift=5,sleep=off"))


def threads(text):
    """Of each `info threads`: name and, with a star, whether it is the one that GDB looks at."""
    lists = re.split(r"^  Id .*$", text, flags=re.M)[1:]
    return [{m[3]: m[1] == "*" for m in re.finditer(r"^([* ]) \d+ +Thread (\d+) \((\w+)\)", part,
                                                    re.M)} for part in lists]


def test_list(tasks):
    """Main polls the agent, so it is the one that an attach stops."""
    text = gdb(tasks, "info threads")
    assert threads(text) == [{"main": True, "left": False, "right": False}], text


def test_stop_in_a_task(tasks):
    """A breakpoint stops the task that reaches it; then the others are where they were, and none
    of them counts."""
    text = gdb(tasks, "break work if task == 2", "continue", "info threads", "print task",
               "print counts[1]", "shell sleep 0.2", "print counts[1]",
               "continue", "print counts[1]")
    assert threads(text) == [{"main": False, "left": False, "right": True}], text
    values = [int(v) for v in re.findall(r"^\$\d+ = (\d+)$", text, re.M)]
    assert values[0] == 2 and values[1] == values[2] <= values[3], text


def test_registers_of_a_suspended_task(tasks, board):
    """Each stands on its own stack, where the switcher left it; they can be read, and not
    written."""
    text = gdb(tasks, "break work if task == 1", "continue",
               *(f"thread apply {n} output/x (unsigned long)$sp" for n in (1, 2, 3)),
               "thread 3", "print $pc != 0", "print $sp = 0", "bt 1")
    shown = "\n".join(re.findall(r"^Thread \d.*?\n(0x\w+)", text, re.M | re.S))
    stacks = [int(v, 16) for v in re.findall(r"0x[0-9a-f]+(?=\n|$)", shown)]
    assert len(set(stacks)) == 3, text
    assert "$1 = 1" in text and "Could not write register" in text, text


def test_thread_that_is_not_there(tasks):
    text = gdb(tasks, "thread 9", "maint packet T63", "maint packet Hg63")
    assert "Unknown thread 9" in text or "Invalid thread ID" in text, text
    assert text.count('received: "E02"') == 2, text

# SPDX-License-Identifier: MIT
"""The C API on the target: runs the firmware that tests itself and reads its verdicts."""
import os
import re
import select
import time

import pytest

from conftest import BOARDS, make_variable, variant
from rsp import PATIENCE

PROGRAMS = pytest.mark.parametrize("program, checks",
                                   [("kprobes", 80), ("returns", 40), ("async", 31), ("fp", 1),
                                    ("traps", 1), ("user", 1), ("expressions", 13), ("fast", 1),
                                    ("seen", 20), ("watches", 2)])


@PROGRAMS
def test_self(boot, program, checks):
    check(boot(program), program, checks)


@PROGRAMS
@pytest.mark.parametrize("board, isa",
                         [(board, isa) for board in BOARDS
                          for isa in make_variable(f"{board}.also").split()])
def test_other_isa(boot, board, isa, program, checks):
    """What is built for the other instruction sets that the board's core runs."""
    check(boot(program, build=variant(board, isa, program=program, isa=isa)), program, checks)


def check(machine, program, checks):
    head = f"# {program} on ".encode()
    line = machine.open()
    machine.reset()  # what it printed before the line was open is lost
    text, end = b"", time.monotonic() + PATIENCE
    while b"\ndone, " not in text.partition(head)[2] and time.monotonic() < end:
        if select.select([line], [], [], 0.5)[0]:
            text = (text + os.read(line, 4096)).rpartition(head)
            text = text[1] + text[2]
    os.close(line)
    text = text.decode()
    assert "\ndone, " in text, text[-600:]
    assert not re.findall(r"^not ok .*", text, re.M), text
    assert len(re.findall(r"^ok ", text, re.M)) >= checks

# SPDX-License-Identifier: MIT
"""The C API on the target: runs the firmware that tests itself and reads its verdicts."""
import pytest

from conftest import BOARDS, make_variable, self_test, variant

PROGRAMS = pytest.mark.parametrize("program, checks",
                                   [("kprobes", 80), ("returns", 40), ("async", 31), ("fp", 1),
                                    ("traps", 1), ("user", 1), ("expressions", 13), ("fast", 1),
                                    ("seen", 20), ("watches", 2), ("kinds", 40)])


@PROGRAMS
def test_self(boot, program, checks):
    self_test(boot(program), program, checks)


@PROGRAMS
@pytest.mark.parametrize("board, isa",
                         [(board, isa) for board in BOARDS
                          for isa in make_variable(f"{board}.also").split()])
def test_other_isa(boot, board, isa, program, checks):
    """What is built for the other instruction sets that the board's core runs."""
    self_test(boot(program, build=variant(board, isa, program=program, isa=isa)), program, checks)

# SPDX-License-Identifier: MIT
"""A sample of `make torture`: thousands of instructions of newlib and libgcc, drawn by function."""
import pytest

from torture import torture


@pytest.mark.parametrize("interrupts", [False, True], ids=["quiet", "interrupts"])
def test_sample(board, interrupts):
    run = torture(board, limit=2500, interrupts=interrupts, seed=2 + interrupts)
    assert run.divergences == 0
    assert run.armed + sum(run.refused.values()) == run.listed == 2500
    assert sum(run.refused.values()) <= run.listed // 50, run.refused
    assert run.hits > 10000 and len(run.silent) < run.armed, "the workload runs through what is probed"

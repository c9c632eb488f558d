# SPDX-License-Identifier: MIT
"""A sample of `make torture`: thousands of instructions of newlib and libgcc, drawn by function."""
import pytest

from torture import torture


@pytest.mark.parametrize("interrupts", [False, True], ids=["quiet", "interrupts"])
def test_sample(board, interrupts):
    run = torture(board, limit=2500, interrupts=interrupts, seed=2 + interrupts)
    assert not list(run.verdict())
    assert run.listed == 2500 and run.hits > 10000
    assert len(run.executed & set(run.armed)) > 500, "the workload runs through what is probed"

# SPDX-License-Identifier: MIT
"""A sample of `make torture`: thousands of instructions of newlib and libgcc, drawn by function."""
import pytest

from torture import builds, torture


@pytest.mark.parametrize("interrupts", [False, True], ids=["quiet", "interrupts"])
def test_sample(board, interrupts):
    for name, build in builds(board):
        run = torture(board, limit=2500, interrupts=interrupts, seed=2 + interrupts, build=build)
        assert not list(run.verdict()), name
        assert run.listed == 2500 and run.hits > 1000
        assert len(run.executed & set(run.armed)) > 300, "the workload runs through what is probed"

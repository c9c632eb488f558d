# SPDX-License-Identifier: MIT
"""A sample of `make torture`: thousands of instructions of newlib and libgcc, drawn by function."""
import pytest

from conftest import DEFAULT_BOARD, sampled_boards, skip_unless_fits
from torture import builds, torture


@pytest.mark.parametrize("interrupts", [False, True], ids=["quiet", "interrupts"])
def test_sample(board, interrupts):
    skip_unless_fits(board, "torture")
    limit = 2500 if board == DEFAULT_BOARD else 800 if board in sampled_boards() else 250
    for name, (build, *_) in builds(board, most=1):
        run = torture(board, limit=limit, interrupts=interrupts, seed=2 + interrupts, build=build)
        assert not list(run.verdict()), name
        assert run.listed == limit and run.hits > limit
        assert len(
            run.executed & set(run.armed)) > limit // 20, "the workload runs through what is probed"

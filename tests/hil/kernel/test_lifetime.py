# SPDX-License-Identifier: MIT
"""A sample of the part of `make torture` in which an interrupt registers and removes probes in
code that is running."""
import pytest

from conftest import BUILD, skip_unless_sampled, variant
from torture import lifetime

# Time is counted in instructions: else how much of the probed code runs between two interrupts
# would be the host's matter.
COUNTED = ("-icount", "shift=2,sleep=off")


@pytest.mark.parametrize("small", [False, True], ids=["roomy", "small"])
def test_sample(board, small):
    if small:
        skip_unless_sampled(board)
    build = variant(board, "small-table", "-DTL_POINTS=32 -DTL_GDB=0",
                    "lifetime") if small else BUILD
    counts = lifetime(board, 10000, build, COUNTED)
    assert counts["cycles"] == 10000
    assert not counts["wrong"] and not counts["refused"] and not counts["leaked"], counts
    assert counts["hits"] > 20000 and counts["rounds"] > 1000, counts
    assert not counts["waited"] or \
        counts["points"] < 64, "slots are handed on only where they are few"

# SPDX-License-Identifier: MIT
"""A sample of what `make differential` does with every compiler: differential.py says what."""
import pytest

from conftest import EACH_ARCH
from differential import Build, Result


@EACH_ARCH
@pytest.mark.parametrize("flags", ["-O2"])
def test_as_gdb(board, flags, tmp_path_factory):
    """None differs; what trapline has no value of has a reason, and is little."""
    result = Result(Build(board, None, "gcc", flags, tmp_path_factory.mktemp("d")), n=20, most=6)
    assert not result.differ
    assert result.pairs >= 70
    assert 8 * len(result.none) <= result.pairs, result.none


@EACH_ARCH
def test_in_pieces(board, tmp_path_factory):
    """Structs that are taken apart: members in registers, some of a few bits, while others, or what
    is between them, are nowhere."""
    build = Build(board, None, "gcc", "-Os", tmp_path_factory.mktemp("d"))
    result = Result(build, n=12, most=8, of=["fill", "grown"])
    assert not result.differ
    assert result.pairs >= 60
    none = {pair: why for pair, why in result.none.items() if pair[1] not in ("b", "result")}
    assert 12 * len(none) <= result.pairs, none

# SPDX-License-Identifier: MIT
"""Return probes on calls that are left by longjmp: misses are bounded, and the probe goes on
seeing later calls."""
import re
import time

import pytest

from conftest import EACH_ARCH, ONE_BOARD
from rsp import PATIENCE, TargetError

pytestmark = EACH_ARCH
RETURN = 2


@pytest.fixture
def machine(boot):
    return boot("leaves")


def say(target, text, answer, timeout=PATIENCE):
    """Types a line; what the firmware says to it."""
    target.console = b""
    target.write(text.encode() + b"\n")
    end = time.monotonic() + timeout
    while not re.search(answer, target.console):
        assert time.monotonic() < end, (text, target.console)
        target.pump(0.05)
        target.command("qTl.ping")
    return re.search(answer, target.console)


def test_goes_on_seeing_calls(machine, target):
    """As often as before, however many calls were left: half of all are, and a few are missed
    beside each sixteen of those."""
    target.add(1, machine.elf["field"], kind=RETURN)
    seen = []
    for _ in range(3):
        before = target.counters(1)
        calls = int(say(target, "leave 150", rb"left, (\d+) calls")[1])
        now = target.counters(1)
        assert now[
            "hits"] + 16 >= calls, ("every call is accounted for, but for those still taken for "
                                    "under way")
        seen.append(now["recorded"] - before["recorded"])
    assert min(seen) > 0.4 * 600, f"of 600 calls 300 return; seen: {seen}"


def test_stack_within_the_stack(machine, target):
    """A call that was taken for left, since it is lower in the stack, returns as if it had not
    been hooked."""
    # few, so that it is soon short of them
    target.command("QTl.add", 1, machine.elf["field"], RETURN, 0, 0, 0, 0, 4)
    target.add(2, machine.elf["held"], kind=RETURN)
    say(target, "hold 0", rb"holding")
    say(target, "leave 100", rb"left, \d+ calls")
    say(target, "resume 0", rb"held 42\s+resumed")
    assert (target.counters(2)["recorded"], target.counters(2)["missed"]) == (0, 1)
    say(target, "hold 0", rb"holding")
    say(target, "resume 0", rb"held 42\s+resumed")
    assert target.counters(2)["recorded"] == 1


def test_maxactive(machine, target):
    target.command("QTl.add", 1, machine.elf["field"], RETURN, 0, 0, 0, 0, 3)
    say(target, "leave 1", rb"left, 4 calls")  # four deep
    counters = target.counters(1)
    assert (counters["recorded"], counters["missed"]) == (3, 1)
    with pytest.raises(TargetError, match="E21"):
        target.command("QTl.add", 2, machine.elf["field"], RETURN, 0, 0, 0, 0, 1000)


@ONE_BOARD
def test_maxactive_on_the_command_line(machine):
    machine.trapline("add", "field%return maxactive=3", check=0)
    listed = machine.trapline("list", check=0).stdout
    assert re.search(r"maxactive 3$", listed, re.M), listed
    refused = machine.trapline("add", "field%return maxactive=1000", check=4)
    assert "more calls under way than the agent has room for" in refused.stderr
    assert "hint:  say a smaller maxactive=N" in refused.stderr
    for wrong, error in (("field maxactive=3",
                          "maxactive= bounds the calls under way whose return is hooked"),
                         ("field%return maxactive=x", "not a number above 0")):
        assert error in machine.trapline("add", wrong, check=2).stderr

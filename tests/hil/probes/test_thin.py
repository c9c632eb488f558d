# SPDX-License-Identifier: MIT
"""A thin agent by the command line: the host decodes for it, and says what it cannot."""
import re

import pytest

from conftest import EACH_ARCH, thin_build, variant
from rsp import TargetError

pytestmark = EACH_ARCH


@pytest.fixture
def machine(boot, board):
    return boot("demo", build=thin_build(board, "demo"))


def test_session(machine):
    """Probes are armed, hit and removed as on any agent; it says what it is."""
    assert re.search("^features +thin$", machine.trapline("info", check=0).stdout, re.M)
    done = machine.trapline("watch", "-n", "4", "pid_step", check=0)
    assert re.search(r"^probe  1 pid_step  0x%08x .*boosted slot, 1 of" % machine.elf["pid_step"],
                     done.stdout, re.M), done.stdout
    assert "original bytes verified" in done.stdout
    counted = machine.trapline("count", "--hits", "20", "pid_step", check=0).stdout
    assert re.search(r"^pid_step +20 +20 +0 +0 +0$", counted, re.M), counted
    added = machine.trapline("add", "pid_step every=2", check=0).stdout
    assert "boosted slot" in added
    assert "pid_step" in machine.trapline("list", check=0).stdout
    machine.trapline("del", "1", check=0)


def test_smallest(boot, board, regs):
    """Its profile's packets do not hold all registers, its ring hardly a snapshot of them: both
    come whole."""
    machine = boot("demo", build=variant(board, "smallest", program="demo", profile="thin"))
    shown = machine.trapline("regs", check=0).stdout
    assert set(regs.all) <= set(re.findall(r"^(\w+) +", shown, re.M)), shown
    done = machine.trapline("watch", "-n", "1", "-f", "jsonl", "pid_step %sp", check=0)
    assert '"seq": 1' in done.stdout.replace('"seq":1', '"seq": 1'), done.stdout


def test_refusals(machine):
    """What it cannot has a reason and a hint, and nothing is left behind."""
    def refused(*command, elf=True):
        done = machine.trapline(*command, check=4, elf=elf)
        assert re.search("^error: .*\nhint:  ", done.stderr, re.M), done.stderr
        return done.stderr

    at = f"{machine.elf['pid_step']:#x}"
    assert "no return probes" in refused("watch", "pid_step%return")
    without = refused("watch", at, "--force", elf=False)
    assert "leaves decoding to the host" in without and "-e FILE" in without
    assert "inside the agent" in refused("watch", f"{machine.elf['tl_trap']:#x}", "--force")
    assert machine.trapline("list", check=0).stdout == ""


def test_other_text(machine):
    """Text that is not what the ELF says is not touched."""
    at = machine.elf["pid_step"]
    target = machine.connect()
    error, fields = target.given(target.hello[1], at, int(target.command("qTl.slot", at)[0], 16),
                                 0, target.read(at, 8))
    assert not error
    fields = fields[0].split(",")
    before = target.raw(at, 8)

    def add(wrong):
        now = [*fields[:wrong[0]], wrong[1], *fields[wrong[0] + 1:]] if wrong else fields
        return target.command("QTl.add", 1, at, 0, 0, 0, 0, 0, 0, ",".join(now))

    slot, text = int(fields[0], 16), int(fields[3], 16)
    for wrong, code in (((3, f"{text ^ 1:x}"), 0x22), ((0, f"{slot + 16:x}"), 0x23),
                        ((2, "0"), 1), ((2, "5"), 1), ((4, "0"), 1), ((1, "100"), 1),
                        ((6, fields[6] + "00"), 1), ((6, "zz"), 1)):
        with pytest.raises(TargetError) as refused:
            add(wrong)
        assert refused.value.code == code, wrong
        assert target.raw(at, 8) == before and target.command("qTl.next", 0) == ["0"]
    assert add(None)[0] == "0" and target.raw(at, 8) != before
    target.until(lambda: target.counters(1)["hits"] > 3)
    assert target.command("QTl.del", 1) == ["1"] and target.raw(at, 8) == before

# SPDX-License-Identifier: MIT
"""Watches: probes of data, by the triggers that QEMU's RISC-V cores have, and by AArch64's debug
registers. What handlers are promised the firmware tests itself (tests/target/watches.c)."""
import json
import re

import pytest

from conftest import DEFAULT_BOARD, arch_of
from gdb import gdb
from rsp import TargetError
from test_comparators import comparators

COUNT, WRITE, READ, WATCH = 0, 8, 16, 3  # kinds, and a step
WATCHED = pytest.mark.parametrize("board", ["virt-rv32", "virt-rv64", "sifive_e", "virt-aarch64"])
ONE_WATCHED = pytest.mark.parametrize("board", ["virt-rv64"])


@pytest.fixture
def demo(boot):
    return boot("demo")


def hits(machine, *args):
    done = machine.trapline("watch", *args, "-f", "jsonl", check=0)
    return [hit for hit in map(json.loads, done.stdout.splitlines()) if "values" in hit]


@WATCHED
def test_each_write(demo):
    """The firmware's own count: each value is one more than the one before, which the record has,
    and none is left out."""
    seen = hits(demo, "write:head", "-n", "30")
    values = [hit["values"]["head"] for hit in seen]
    assert values == list(range(values[0], values[0] + 30))
    assert [hit["values"]["was"] for hit in seen] == [value - 1 for value in values]
    assert {hit["regs"]["pc"] for hit in seen} == {hit["pc"] for hit in seen}
    for hit in seen:
        assert 0 <= int(hit["pc"], 16) - demo.elf["sample_isr"] < 256


@WATCHED
def test_by_condition(demo):
    """On the target, of the values before and after."""
    seen = hits(demo, "w=write:head $old new=head*2 if head != $old + 1 || !(head & 7)", "-n", "5")
    assert [hit["name"] for hit in seen] == ["w"] * 5
    assert all(hit["values"]["new"] == 2 * (hit["values"]["$old"] + 1) for hit in seen)
    assert all((hit["values"]["new"] // 2) % 8 == 0 for hit in seen)


@WATCHED
def test_members_and_reads(demo):
    shown = demo.trapline("watch", "read:queue[3].temperature", "access:queue[2].number", "-n", "6",
                          check=0).stdout
    assert re.search(r"^probe +1 read:queue\[3\]\.temperature +0x\w+ +watchpoint of 4 bytes$",
                     shown, re.M)
    reads = re.findall(r"read:queue\[3\]\.temperature queue\[3\]\.temperature=\d+  pc=(\w+)", shown)
    either = re.findall(r"access:queue\[2\]\.number queue\[2\]\.number=(\d+) was=(\d+)  pc=(\w+)",
                        shown)
    assert reads and either and set(reads) <= {"main", "sample_get"}
    assert {function for _, _, function in either} <= {"main", "sample_get", "sample_isr"}
    assert shown.endswith("; watches removed\n")


@WATCHED
def test_read_by_a_probe(demo):
    """A hit elsewhere whose program reads what is watched: that is no hit, and neither is hurt."""
    before = demo.samples()
    seen = hits(demo, "read:queue[0].number", "sample_get queue[0].number head if head != 0", "-n",
                "120")
    reads = [hit for hit in seen if hit["name"].startswith("read:")]
    assert reads and len(reads) < len(seen)
    for hit in reads:
        assert not 0 <= int(hit["pc"], 16) - demo.elf["tl_poll"] < 64
    demo.until(lambda: demo.samples() > before + 50)


@WATCHED
def test_of_another_size(demo):
    """A part of what is watched has a comparator of its own."""
    demo.trapline("add", "write:head", check=0)
    demo.trapline("check", "write:*(uint8_t *)&head", check=0)
    demo.trapline("count", "write:*(uint8_t *)&head", "-n", "3", check=0)
    listed = demo.trapline("list", "-f", "jsonl", check=0).stdout
    before = json.loads(listed)
    assert (before["bytes"], before["step"]) == (4, "watchpoint")
    demo.until(lambda: json.loads(demo.trapline("list", "-f", "jsonl", check=0).stdout)["hits"] >
               before["hits"] + 5)
    assert "no probe 'write:" in demo.trapline("del", "write:*(uint8_t *)&head", check=4).stderr
    demo.trapline("del", "write:head", check=0)
    assert "no probes" in demo.trapline("list", check=0).stderr
    demo.trapline("add", "read:queue[0].number", check=0)
    assert "no probe 'write:queue[0].number'" in demo.trapline("del", "write:queue[0].number",
                                                               check=4).stderr
    demo.trapline("del", "read:queue[0].number", check=0)
    assert "no probes" in demo.trapline("list", check=0).stderr


@WATCHED
def test_registers(demo):
    """Those of who made the access, asked for by name or in an expression."""
    for hit in hits(demo, "write:head sp=%sp+0 up=%sp+16", "-n", "3"):
        assert hit["values"]["up"] == hit["values"]["sp"] + 16
    shown = demo.trapline("watch", "write:head %sp", "-n", "1", check=0).stdout
    assert re.search(r" sp=0x[1-9a-f]\w* pc=sample_isr", shown) or \
        re.search(r" sp=0x[1-9a-f]\w*.* pc=sample_isr", shown), shown


@WATCHED
def test_by_packets(board, demo):
    """Counted, disabled, disarmed, deleted; the pool is shared, and what is refused takes none."""
    target = demo.connect()
    one = arch_of(board) != "aarch64"  # there watches have registers of their own
    head = demo.elf["head"]
    count, used, taken = comparators(target)
    assert count >= 2 and (used, taken) == (0, 0)
    assert int(target.command("qTl.check", head, COUNT | WRITE, 4)[0], 16) == WATCH
    assert comparators(target)[1] == 0
    fields = target.command("QTl.add", 1, head, COUNT | WRITE, 0, 1, 0, 0, 4)
    assert [int(f, 16) for f in fields[:2]] == [WATCH, 4]
    assert comparators(target)[1] == one
    target.until(lambda: target.counters(1)["hits"] > 20)
    target.command("QTl.arm", 0)
    before = target.counters(1)["hits"]
    samples = demo.samples()
    target.until(lambda: demo.samples() > samples + 20)
    assert target.counters(1)["hits"] == before
    assert comparators(target)[1] == one, "what is disarmed for a while keeps its own"
    target.command("QTl.arm", 1)
    target.until(lambda: target.counters(1)["hits"] > before)
    target.command("QTl.enable", 1, 0)
    assert comparators(target)[1] == 0
    for address, kind, size in ((head, WRITE, 3), (head + 1, WRITE, 4), (head, WRITE, 16),
                                (head, WRITE, 0)):
        with pytest.raises(TargetError, match="E01"):
            target.command("QTl.add", 2, address, kind, 0, 1, 0, 0, size)
        with pytest.raises(TargetError, match="E01"):
            target.command("qTl.check", address, kind, size)
    with pytest.raises(TargetError, match="E06"):
        target.command("QTl.add", 2, demo.elf["tl_table"], COUNT | READ, 0, 1, 0, 0, 1)
    target.command("QTl.del", 1)
    assert comparators(target) == [count, 0, 0]


@ONE_WATCHED
def test_commands(demo):
    """Added, listed by name, watched later; and what is said when there is none left."""
    added = demo.trapline("add", "H=write:head", check=0).stdout
    assert re.search(r"^probe +1 H +0x\w+ +watchpoint of 4 bytes$", added, re.M)
    listed = demo.trapline("list", check=0).stdout
    assert re.search(r" 1 H +0x\w+ +snapshot +watchpoint +enabled .*, 4 bytes$", listed, re.M)
    assert re.search(r"^ .* H head=\d+ was=\d+ +pc=sample_isr",
                     demo.trapline("watch", "H", "-n", "2", check=0).stdout, re.M)
    refused = demo.trapline("count", "write:tail", "read:head", "-d", "1s", check=4).stderr
    assert re.search(r"error: read:head .*: all that the target has to watch data is in use\n"
                     r"hint:  delete a watch", refused)
    counted = demo.trapline("count", "write:tail", "-n", "5", check=0).stdout
    assert re.search(r"^write:tail +\d+", counted, re.M)
    demo.trapline("del", "all", check=0)
    assert "comparators    0 of 2 in use" in demo.trapline("info", check=0).stdout
    hinted = demo.trapline("watch", "head", check=5).stderr
    assert "to see it change: trapline watch 'write:head'" in hinted
    assert "'write:head' is data" in demo.trapline("regs", "write:head", check=2).stderr


@ONE_WATCHED
def test_backtrace(demo):
    shown = demo.trapline("watch", "write:head", "--stack", "-n", "2", check=0).stdout
    assert len(re.findall(r"#0  sample_isr\+0x\w+  sensor.c:\d+", shown)) == 2


@ONE_WATCHED
def test_beside_gdb(demo):
    """GDB watches what a probe that stays does: both see it, and none gets in the other's way."""
    demo.trapline("add", "H=write:head", check=0)
    said = gdb(demo, "watch head", "continue", "continue", "delete", "tbreak pid_step", "continue")
    old, new = re.findall(r"(?:Old|New) value = (\d+)", said)[:2]
    assert int(new) == int(old) + 1 and "Temporary breakpoint 2, pid_step" in said
    listed = demo.trapline("list", check=0).stdout
    counts = re.search(r"(\d+) hits, (\d+) missed, \d+ dropped", listed)
    assert int(counts[1]) > int(counts[2]) >= 2, "those that GDB stopped at are missed"


@pytest.mark.parametrize("board", [DEFAULT_BOARD])
def test_without(demo):
    """No comparators of data that the agent knows."""
    refused = demo.trapline("watch", "write:head", "-n", "1", check=4).stderr
    assert re.search(r"error: write:head .*: the target cannot watch data\nhint:  its core must",
                     refused)
    assert "accepted by the host" in demo.trapline("check", "write:head", check=4).stdout

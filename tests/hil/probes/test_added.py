# SPDX-License-Identifier: MIT
"""Probes that were added with more than a place: ARGs, a condition, a stack. The target keeps what
for, and whoever comes later reads their records by that."""
import csv
import io
import json
import os
import signal

import pytest

from conftest import EACH_ARCH
from fetch import program
from rsp import PATIENCE

ONE_BOARD = pytest.mark.parametrize("board", ["mps2-an385"])
STAYS, DISABLED = 1, 2
POINT = "pid_step pid->integral measured if measured > 100"


@pytest.fixture
def demo(boot):
    return boot("demo")


def rows(text):
    return [json.loads(line) for line in text.splitlines()]


def hits(machine, *args):
    """Hits by the probe's name, in order."""
    found = {}
    done = machine.trapline("watch", "-q", "-f", "jsonl", *args, check=0)
    for row in rows(done.stdout):
        if "seq" in row:
            found.setdefault(row["name"], []).append(row)
    return found


def listed(machine):
    return {row["name"]: row for row in rows(machine.trapline("list", "-f", "jsonl",
                                                              check=0).stdout)}


@EACH_ARCH
def test_values_and_condition(demo):
    """What was added shows what the same point shows that is watched beside it, hit by hit."""
    demo.trapline("add", f"kept={POINT}", "none=pid_step measured if measured < 0",
                  "rare=pid_step x=measured*2 %sp every=3", check=0)
    found = {"kept": [], "rare": [], "beside": []}
    process = demo.start_trapline("watch", "-q", "-f", "jsonl", "kept", "rare", f"beside={POINT}")
    while len(found["beside"]) < 12:  # what the ring held before comes first
        row = json.loads(process.stdout.readline())
        if "seq" in row:
            found[row["name"]].append(row)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    kept = [hit["values"] for hit in found["kept"]]
    beside = [hit["values"] for hit in found["beside"]]
    assert set(beside[0]) == {"pid->integral", "measured"}
    assert sum(values in kept for values in beside) > len(beside) - 3, (kept, beside)
    for hit in found["rare"]:
        assert "sp" in hit["regs"] and hit["values"]["x"] % 2 == 0
    probes = listed(demo)
    assert probes["none"]["filtered"] == probes["none"]["hits"] > 0
    assert probes["kept"]["words"] == POINT.removeprefix("pid_step ")
    assert probes["rare"]["words"] == "%sp x=measured*2"
    assert probes["rare"]["filtered"] >= probes["rare"]["recorded"] * 2 - 2


@EACH_ARCH
def test_list(demo):
    demo.trapline("add", "plain=pid_step", f"kept={POINT}", "none=pid_step if measured < 0",
                  check=0)
    text = demo.trapline("list", check=0).stdout
    assert text.count(";") == 2
    assert "; pid->integral measured if measured > 100\n" in text
    assert "; if measured < 0\n" in text
    table = list(csv.DictReader(io.StringIO(demo.trapline("list", "-f", "csv", check=0).stdout)))
    assert [row["words"] for row in table] == ["", POINT.removeprefix("pid_step "),
                                               "if measured < 0"]
    assert "words" not in listed(demo)["plain"]


@EACH_ARCH
def test_stack(demo):
    demo.trapline("add", "--stack=256", "kept=pid_step measured", "plain=pid_step", check=0)
    found = hits(demo, "kept", "plain", "-n", "6")
    for name in ("kept", "plain"):
        assert found[name]
        for hit in found[name]:
            frames = [frame["function"].split("+")[0] for frame in hit["stack"]]
            assert frames[:2] == ["pid_step", "main"]
    assert set(found["kept"][0]["values"]) == {"measured"}
    assert {row["stack"] for row in listed(demo).values()} == {256}


@EACH_ARCH
def test_return(demo):
    demo.trapline("add", "r=pid_step%return $retval twice=$retval*2", check=0)
    for hit in hits(demo, "r", "-n", "5")["r"]:
        assert hit["values"]["twice"] == 2 * hit["values"]["$retval"] and hit["elapsed"] >= 0


@pytest.mark.parametrize("board", ["virt-rv32", "virt-rv64", "virt-aarch64"])
def test_watch_of_data(demo):
    """Its value is shown without being asked for; its type is that of the data."""
    demo.trapline("add", "write:head", "w=write:head new=head*2 was=$old if !(head & 1)", check=0)
    found = hits(demo, "1", "w", "-n", "20")
    plain, named = found["write:head"], found["w"]
    assert plain and all(h["values"]["head"] == h["values"]["was"] + 1 for h in plain)
    assert named
    for hit in named:
        assert hit["values"]["new"] == 2 * hit["values"]["was"] + 2
        assert hit["values"]["new"] % 4 == 0
    for hit in plain + named:  # who it was
        assert 0 <= int(hit["pc"], 16) - demo.elf["sample_isr"] < 256
    assert listed(demo)["w"]["words"] == "new=head*2 was=$old if !(head & 1)"
    assert listed(demo)["write:head"]["words"] == ""


@ONE_BOARD
def test_words_as_they_were_written(demo):
    """Brackets may hold spaces, tabs and ends of lines, a character constant a quote."""
    demo.trapline("add", "a=pid_step %sp (measured +\n\t1) if (measured > 3\n && measured)",
                  "b=pid_step %sp c=measured!='\\''", check=0)
    found = hits(demo, "a", "b", "-n", "6")
    assert all(len(hit["values"]) == 1 and "sp" in hit["regs"] for hit in found["a"] + found["b"])
    assert all(hit["values"]["c"] == 1 for hit in found["b"])
    assert listed(demo)["a"]["words"] == "%sp (measured +  1) if (measured > 3  && measured)"


def unreadable(hits_of_one):
    return {"unreadable" in json.dumps(hit) for hit in hits_of_one}


@ONE_BOARD
def test_device_memory_stays(demo):
    """What --io has opened to a probe that stays no later command closes, and it goes with it."""
    uart, io = "s=*(unsigned*)0x40004004", "0x40004000,0x100"
    demo.trapline("add", "--io", io, f"kept=pid_step {uart}", check=0)
    assert listed(demo)["kept"]["io"] == io
    assert f", --io {io}; {uart}\n" in demo.trapline("list", check=0).stdout
    for other in (("count", "-n", "2", "pid_step if measured > 1"),
                  ("watch", "-n", "1", "pid_step pid->integral"),
                  ("add", "x=pid_step pid->integral")):
        demo.trapline(*other, check=0)
    for wrong in (("--io", "0xf0000000,0x100"), ("--io", io, "--io", "0xf0000000,0x100")):
        refused = demo.trapline("watch", "-n", "1", *wrong, "pid_step pid->kp")
        assert refused.returncode == 4 and "--io 0xf0000000" in refused.stderr, refused
    for name in ("kept", "x"):
        assert unreadable(hits(demo, name, "-n", "3")[name]) == {False}
    demo.trapline("del", "all", check=0)
    assert unreadable(hits(demo, f"mine=pid_step {uart}", "-n", "2")["mine"]) == {True}
    assert unreadable(hits(demo, f"mine=pid_step {uart}", "-n", "2", "--io", io)["mine"]) == {False}
    assert unreadable(hits(demo, f"mine=pid_step {uart}", "-n", "2")["mine"]) == {True}


@ONE_BOARD
def test_disabled_meanwhile(demo):
    demo.trapline("add", f"kept={POINT}", check=0)
    demo.trapline("disable", "kept", check=0)
    before = listed(demo)["kept"]["hits"]
    demo.trapline("enable", "kept", check=0)
    assert hits(demo, "kept", "-n", "3")["kept"][-1]["values"]["measured"] > 100
    assert listed(demo)["kept"]["hits"] > before
    demo.trapline("del", "kept", check=0)
    assert not listed(demo)
    demo.trapline("add", f"kept={POINT}", check=0)  # its program has gone with it
    assert hits(demo, "kept", "-n", "1")["kept"]


@ONE_BOARD
def test_what_nobody_can_tell(demo):
    """Programs that were not added by the same trapline with the same ELF are not guessed at."""
    fetch = program("", ("REG 1 ADD1 1 PUT4", 4))
    behind = {7: b"", 8: b" measured", 9: b" \x1b[2J\xc2\x9bnope", 10: b" a=b=c if if"}
    target = demo.connect()
    for probe, text in behind.items():
        target.add(probe, demo.elf["pid_step"], stay=STAYS | DISABLED)
        target.command("QTl.fetch", probe, len(fetch + text), (fetch + text).hex())
    os.close(demo.targets.pop().fd)
    for probe, why in ((7, "nothing says what for"), (8, "the ELF and the trapline"),
                       (9, "?[2J??nope"), (10, "error:")):
        result = demo.trapline("watch", str(probe), "-n", "1")
        assert result.returncode != 0 and why in result.stderr, result
        assert not set("\x1b\x9b") & set(result.stderr + result.stdout)
    assert set(listed(demo)) >= {"pid_step"}
    demo.trapline("del", "all", check=0)


@ONE_BOARD
def test_what_cannot_be_added(demo):
    """Says why, and leaves nothing behind."""
    long = " ".join(f"a{i}=measured+{i}" for i in range(60))
    for args, status, why in (
            (("pid_step nope",), 5, "no variable 'nope'"),
            (("pid_step measured if nope > 1",), 5, "no variable 'nope'"),
            ((f"pid_step {long}",), 4, "no room for its fetch program"),
            (("pid_step", "--stack", "--count"), 2, "--count records nothing"),
            (("pid_step", "--stack=32000"), 4, "ring"),
            (("pid_step measured", "--frames=3"), 2, "--frames"),
            (("sample_get", "pid_step *pid nope"), 5, "no variable 'nope'")):
        result = demo.trapline("add", *args)
        assert result.returncode == status and why in result.stderr, (args, result)
        assert len(listed(demo)) == (args[0] == "sample_get")  # what came before it

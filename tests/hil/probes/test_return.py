# SPDX-License-Identifier: MIT
"""Return probes of hosts, by the protocol and by the command line: results, elapsed time,
filters, what is refused, what sessions leave."""
import csv
import json
import re

import pytest

from conftest import EACH_ARCH, SAMPLED, variant, wait_for
from rsp import PATIENCE, Target, TargetError
from tap import Tap

pytestmark = SAMPLED

COUNT, SNAPSHOT, RETURN = 0, 1, 2
FULL = 1 << 32


def run(target, command, answer):
    target.console = b""
    target.write(command.encode() + b"\n")
    wait_for(target, answer.encode())
    target.settle()


def run_whole(target, command, answer):
    """The same, with a record of each hit: once more, where this reader was too slow for the ring.
    The stream's records are those of the last run."""
    def dropped():
        return sum(c["dropped"] for c in target.all_counters())

    while True:
        before = dropped()
        target.stream.records.clear()
        run(target, command, answer)
        if dropped() == before:
            break


def results(n):
    """What work(1), work(2) … return, each fed to the next."""
    total, out = 0, []
    for i in range(1, n + 1):
        total = (total * 31 + i) % FULL
        out.append(total)
    return out


def test_records(machine, target):
    """The result, where it goes, and how long it took; the entry's record beside it."""
    work = machine.elf["work"]
    target.add(1, work)
    target.add(2, work, SNAPSHOT | RETURN)
    run_whole(target, "run 20", "ran 20")
    entries = [r for r in target.stream.records if r["probe"] == 1]
    returns = [r for r in target.stream.records if r["probe"] == 2]
    assert len(entries) == len(returns) == 20
    assert [r["args"][0] % FULL for r in returns] == results(20)
    assert all(r["elapsed"] is None for r in entries)
    for before, after in zip(entries, returns):
        assert after["pc"] == before["lr"] & ~1, "at the return address that the entry saw"
        assert after["sp"] == before["sp"], "with the stack pointer of the entry"
        # The entry's own record is taken a moment before the return is hooked.
        assert 0 < after["elapsed"] <= after["time"] - before["time"]
    assert target.counters(2)["kind"] == SNAPSHOT | RETURN


def test_counts(machine, target):
    """Every return is counted, with filters and from interrupts too; bytes are back in the end."""
    work, tick = machine.elf["work"], machine.elf["tick"]
    before = target.raw(work, 8)
    target.add(1, work, COUNT | RETURN)
    target.add(2, work, SNAPSHOT | RETURN, every=7)
    target.add(3, work, SNAPSHOT | RETURN, limit=4)
    target.add(4, tick, COUNT | RETURN)
    run(target, "run 100", "ran 100")
    one, two, three = (target.counters(i) for i in (1, 2, 3))
    assert (one["hits"], one["recorded"], one["missed"]) == (100, 100, 0)
    assert (two["hits"], two["recorded"], two["filtered"]) == (100, 14, 86)
    assert (three["hits"], three["recorded"], three["enabled"]) == (4, 4, 0)
    run(target, "isr 1000", "interrupts at")
    runs = 100
    while target.counters(4)["recorded"] <= 5:
        run(target, "run 1000", "ran 1000")
        runs += 1000
    run(target, "isr 1", "interrupts at")
    target.command("QTl.enable", 4, 0, 1)
    one, four = target.counters(1), target.counters(4)
    assert four["missed"] == 0
    # The interrupt calls it once.
    assert one["hits"] == runs + four["hits"]
    for i in range(1, 5):
        target.command("QTl.del", i)
    assert target.raw(work, 8) == before


def test_refusals(machine, target):
    keeps = machine.elf["code_keeps"]
    for kind in (COUNT | RETURN, SNAPSHOT | RETURN):
        for command in (["qTl.check", keeps, kind], ["QTl.add", 9, keeps, kind, 0, 0, 0, 0]):
            with pytest.raises(TargetError) as error:
                target.command(*command)
            assert error.value.code == 0x16
    assert target.command("qTl.check", keeps, COUNT)
    assert target.command("qTl.check", machine.elf["work"], RETURN)


def test_session_ends(machine):
    """A session's return probes go with it, while the firmware calls the function."""
    first = machine.connect(session=1)
    run(first, "isr 5000", "interrupts at")
    for _ in range(5):
        first.add(1, machine.elf["work"], COUNT | RETURN)
        first.add(2, machine.elf["tick"], COUNT | RETURN)
        first.until(lambda: first.counters(2)["hits"])
        first.command("QTl.bye", 0)
        first = Target(first.fd, session=1)
        assert not first.counters(1) and not first.counters(2)
    run(first, "run 20", "ran 20, sum %08x" % results(20)[-1])


# ---- the command line ----

@pytest.fixture
def tool(machine):
    """tool(console command, arguments…) -> status, output, errors of the host tool; the command
    is typed when it has armed its probes."""
    tap = Tap(machine)

    def run_tool(command, *args, probes=1):
        process = tap.start(*args)
        tap.wait_armed(probes)
        tap.type(command)
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, out, err

    yield run_tool
    tap.close()


def test_text(machine, tool):
    info = json.loads(machine.trapline("info", "-f", "jsonl", check=0).stdout)
    status, out, err = tool("run 5", "watch", "work", "work%return", "-n", "10", probes=2)
    assert status == 0, err
    lines = [line for line in out.splitlines() if " work%return " in line and "took" in line]
    assert len(lines) == 5
    for line, result in zip(lines, results(5)):
        found = re.fullmatch(
            r" *\d+\.\d{6} work%return = (\d+)  took (\d+) ticks "
            r"\((\d+(?:\.\d+)?) (ns|us|ms|s)\)", line)
        assert found and int(found[1]) == result, line
        seconds = float(found[3]) * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[found[4]]
        assert seconds == pytest.approx(int(found[2]) / info["tick-rate"], rel=0.01)
    assert "work%return  5 hits, 0 missed, 0 dropped" in out


def test_registers(tool, regs):
    low, high = regs.args[:2]
    """Those that are asked for; a name of one's own."""
    status, out, err = tool("run 3", "watch", f"back=work%return %{low} %{high} %pc", "-n", "3")
    assert status == 0, err
    assert len(
        re.findall(
            rf" back  {low}=0x[0-9a-f]+ {high}=0x[0-9a-f]+ pc=run\+0x[0-9a-f]+  took \d+ ticks",
            out)) == 3


def test_jsonl(tool, machine, regs):
    status, out, err = tool("run 5", "watch", "work%return", "-f", "jsonl", "-n", "5")
    assert status == 0, err
    *hits, end = [json.loads(line) for line in out.splitlines()]
    assert [int(h["regs"][regs.ret], 16) % FULL for h in hits] == results(5)
    assert all(h["name"] == "work%return" and h["elapsed"] > 0
               and h["pc"] == hex(machine.elf["work"]) for h in hits)
    assert end["probes"][0] == {"probe": 1, "name": "work%return", "hits": 5, "recorded": 5,
                                "filtered": 0, "missed": 0, "dropped": 0}


def test_csv(tool):
    status, out, err = tool("run 5", "watch", "work", "work%return", "-f", "csv", "-n", "10",
                            probes=2)
    assert status == 0, err
    rows = list(csv.DictReader(out.splitlines()))
    assert all(int(r["elapsed"]) > 0 for r in rows if r["name"] == "work%return")
    assert all(r["elapsed"] == "" for r in rows if r["name"] == "work")


def test_probes_that_stay(machine):
    """add, list, disable, del by the name that list shows; the entry's probe keeps its own."""
    machine.trapline("add", "work", "work%return", check=0)
    machine.trapline("add", "--count", "work%return", check=0)
    kinds = [line.split()[1:4:2]
             for line in machine.trapline("list", check=0).stdout.splitlines()[1:]]
    assert kinds == [["work", "snapshot"], ["work%return", "snapshot"], ["work%return", "count"]]
    machine.trapline("disable", "work%return", check=0)
    listed = [json.loads(line)
              for line in machine.trapline("list", "-f", "jsonl", check=0).stdout.splitlines()]
    assert [p["enabled"] for p in listed] == [True, False, False]
    machine.trapline("del", "work%return", check=0)
    assert [line.split()[1]
            for line in machine.trapline("list", check=0).stdout.splitlines()[1:]] == ["work"]
    gone = machine.trapline("del", "work%return", check=4)
    assert "no probe 'work%return' on the target" in gone.stderr
    machine.trapline("del", "all", check=0)


def test_count(machine):
    result = machine.trapline("count", "-d", "300ms", "work%return", "tick%return", check=0)
    assert re.search(r"^work%return +\d+ +\d+ +0 +0 +0$", result.stdout, re.M)
    assert "probes removed, original bytes verified" in result.stdout


def test_check(machine):
    result = machine.trapline("check", "work%return", "code_keeps%return", "work+4%return")
    assert result.returncode == 4
    assert re.search(r"^work%return  0x[0-9a-f]+  \d bytes .* accepted by the host$", result.stdout,
                     re.M)
    assert re.search(r"^work%return .* accepted by the target$", result.stdout, re.M)
    assert "uses its return address for more than to return" in result.stderr
    assert "write it without an offset: work%return" in result.stderr
    forced = machine.trapline("check", "--force", "code_keeps%return", check=4)
    assert "(said by the target)" in forced.stderr


def test_regs(tool, regs):
    """The registers at the next return."""
    status, out, err = tool("run 3", "regs", "work%return", "-d", "20s")
    assert status == 0, err
    assert re.search(rf"^{regs.ret} +0x0+1$", out, re.M)
    assert re.search(r"^pc +0x[0-9a-f]+  run\+0x", out, re.M)


def test_late(machine):
    """What is called before the probe comes returns unseen, and what is called before it goes
    returns all the same."""
    target = machine.connect()
    run(target, "isr 2000", "interrupts at")
    tick = machine.elf["tick"]
    for i in range(20):
        target.add(1, tick, SNAPSHOT | RETURN)
        target.command("QTl.del", 1)
    run(target, "run 5", "ran 5, sum %08x" % results(5)[-1])


@EACH_ARCH
def test_left_out(board, boot):
    """An agent without return probes: the host says so before it asks for one, other hosts get an
    error, and all else is as ever."""
    machines = [boot(build=variant(board, "no-returns", "-DTL_RETURN=0")) for _ in range(2)]
    machine, target = machines[0], machines[1].connect()
    for command in ("watch", "count", "check"):
        done = machine.trapline(command, "work%return", check=4)
        assert "error: work%return" in done.stderr, done.stderr
        assert "the agent on the target has no return probes" in done.stderr
        assert "hint:  build it with TL_RETURN=1" in done.stderr
    has = machine.trapline("info", check=0).stdout
    features = "decoder gdb( tracepoints)?( expressions)?( fetch)?( stacks)?"
    assert re.search(f"^features +{features}$", has, re.M), has
    for kind in (2, 3):
        with pytest.raises(TargetError) as refused:
            target.add(1, machine.elf["work"], kind)
        assert refused.value.code == 0x12
    target.add(1, machine.elf["work"])
    run_whole(target, "run 20", "ran 20")
    assert target.counters(1)["hits"] % 20 == 0 and len(target.stream.records) == 20

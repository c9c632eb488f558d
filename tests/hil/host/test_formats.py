# SPDX-License-Identifier: MIT
"""What `trapline watch` writes: the three formats, every form of a point, losses, and the
console told apart from the data."""
import csv
import json
import re

import pytest

from conftest import EACH_ARCH, SAMPLED, Registers, isa, variant
from tap import Tap
from rsp import PATIENCE

pytestmark = EACH_ARCH
OUTCOME = "; probes removed, original bytes verified"


def sums(n):
    """What load.c hands to work(i, sum), and the last sum."""
    before, total = [], 0
    for i in range(1, n + 1):
        before.append(total)
        total = (total * 31 + i) & 0xFFFFFFFF
    return before, total


@pytest.fixture
def tap(machine):
    tap = Tap(machine)
    yield tap
    tap.close()


def words(hits, register):
    """What a register held, its lower 32 bits: an RV64 core extends the sign of what load.c
    works with."""
    return [int(h["regs"][register], 16) & 0xFFFFFFFF for h in hits]


def watch(machine, tap, line, *args, probes=1):
    """Runs `trapline watch` while the firmware works at `line`."""
    process = tap.start("watch", *args)
    tap.wait_armed(probes)
    tap.type(line)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def jsonl(text):
    return [json.loads(line) for line in text.splitlines()]


@SAMPLED
def test_jsonl(machine, tap, regs):
    status, out, err = watch(machine, tap, "run 30", "work", "-f", "jsonl", "-n", "30")
    assert status == 0, err
    *hits, end = jsonl(out)
    assert [list(h) for h in hits] == [["t", "probe", "name", "seq", "pc", "values", "regs"]] * 30
    assert [h["seq"] for h in hits] == list(range(1, 31))
    assert [h["values"] for h in hits] == [{"n": n, "sum": total}
                                           for n, total in enumerate(sums(30)[0], 1)]
    assert {(h["probe"], h["name"], h["pc"])
            for h in hits} == {(1, "work", hex(machine.elf["work"]))}
    assert [list(h["regs"]) for h in hits] == [regs.all] * 30
    assert words(hits, regs.args[0]) == list(range(1, 31))
    assert words(hits, regs.args[1]) == sums(30)[0]
    assert {h["regs"]["pc"] for h in hits} == {hex(machine.elf["work"])}
    assert all(re.fullmatch("0x(0|[1-9a-f][0-9a-f]*)", v) for h in hits for v in h["regs"].values())
    assert re.match(r'\{"t":\d+\.\d{6},"probe":1,"name":"work","seq":1,"pc":"0x', out)
    times = [h["t"] for h in hits]
    assert times == sorted(times)
    assert times[-1] - times[
        0] >= 28 / 2500, "run begins a call each 1/2500 s; the first may be hit late in its period"
    assert end == {"end": True,
                   "probes": [{"probe": 1, "name": "work", "hits": 30, "recorded": 30,
                               "filtered": 0, "missed": 0, "dropped": 0}]}


def test_csv(machine, tap, regs, steps):
    n, total = regs.args[:2]
    status, out, err = watch(machine, tap, "run 12", "work", f"w2=work+{steps[1]} %{n} %{regs.lr}",
                             "-f", "csv", "-n", "24", probes=2)
    assert status == 0, err
    names = ["t", "probe", "name", "seq", "pc", *(r for r in regs.all if r != "pc")]
    assert out.splitlines()[0].split(",") == [*names, "elapsed", "user", "values", "event"], \
        "no name twice"
    rows = list(csv.DictReader(out.splitlines()))
    one, two = [r for r in rows if r["name"] == "work"], [r for r in rows if r["name"] == "w2"]
    assert [int(r[n], 16) for r in one] == list(range(1, 13))
    assert [int(r[total], 16) & 0xFFFFFFFF for r in one] == sums(12)[0]
    assert [(r["probe"], int(r["seq"]), r["pc"])
            for r in two] == [("2", i, hex(machine.elf["work"] + steps[1])) for i in range(1, 13)]
    assert all(r[name] == "" for r in two for name in regs.all
               if name not in (n, regs.lr, "pc")), "only the registers asked for"
    assert all(r[regs.lr].startswith("0x") for r in two)
    assert {r["user"] for r in rows} == {""}
    assert "work: 12 hits, 12 recorded, 0 filtered, 0 missed, 0 dropped" in err
    assert "w2: 12 hits" in err and "hits" not in out


@SAMPLED
def test_text(machine, board, tap, regs):
    status, out, err = watch(machine, tap, "run 5", "work", "-n", "5")
    assert status == 0, err
    about, probe, *hits, summary = out.splitlines()
    assert re.fullmatch(
        rf"board  {board} \({isa(board)}\)  build-id [0-9a-f]{{4}}…[0-9a-f]{{2}} matches load\.elf",
        about)
    assert re.fullmatch(r"probe  1 work  0x%08x load\.c:\d+   "
                        r"(boosted slot|simulated), 1 of \d+ points" % machine.elf["work"], probe)
    assert len(hits) == 5
    for i, (hit, total) in enumerate(zip(hits, sums(5)[0]), 1):
        assert re.fullmatch(rf" *\d+\.\d{{6}} work\(n={i}, sum={total}\)  "
                            rf"{regs.lr}=run\+0x[0-9a-f]+", hit)
    assert summary == "5 hits, 0 missed, 0 dropped" + OUTCOME
    assert "console| ran 5, sum %08x" % sums(5)[1] in err.splitlines()


def test_text_of_several(machine, tap, regs):
    """A line of counters each, then all together; -v shows every register, %reg only those."""
    status, out, err = watch(machine, tap, "run 6", "work every=2", f"b=work %{regs.ret}", "-n",
                             "9", "-v", probes=2)
    assert status == 0, err
    lines = out.splitlines()
    assert "work  6 hits, 3 filtered, 0 missed, 0 dropped" in lines
    assert "b     6 hits, 0 missed, 0 dropped" in lines
    assert lines[-1] == "12 hits, 3 filtered, 0 missed, 0 dropped" + OUTCOME
    assert [line.split()[2:] for line in lines if re.match(r" +[0-9.]+ b  ", line)] == \
        [[f"{regs.ret}=0x{i}"] for i in range(1, 7)]
    assert len([line for line in lines
                if re.search(rf" work\(n=\d+, sum=\d+\)  {regs.all[0]}=", line)
                and f" {regs.all[-1]}=" in line]) == 3


def test_places(machine, tap, regs, steps):
    """FUNC, FUNC+OFF, 0xADDR and NAME=, two of them at one place."""
    at = machine.elf["work"]
    after = f"work+{steps[1]}"
    points = [f"{place} %{regs.ret}"
              for place in ("work", after, f"0x{at:x}", f"named=0x{at + 1:x}")]
    status, out, err = watch(machine, tap, "run 4", *points, "-f", "jsonl", "-n", "16", probes=4)
    assert status == 0, err
    *hits, end = jsonl(out)
    assert [(p["probe"], p["name"], p["hits"]) for p in end["probes"]] == \
        [(1, "work", 4), (2, after, 4), (3, "work", 4), (4, "named", 4)]
    assert [h["probe"] for h in hits] == [1, 3, 4, 2] * 4, "in the order of registration"
    assert {h["probe"]: int(h["pc"], 16) - at for h in hits} == {1: 0, 2: steps[1], 3: 0, 4: 0}
    assert {tuple(h["regs"]) for h in hits} == {(regs.ret,)}


def test_every_and_limit(machine, tap, regs):
    """Counted on the target: the hits between are filtered there, and with its limit the probe
    has done."""
    status, out, err = watch(machine, tap, "run 100", "work every=7", "-f", "jsonl", "-n", "14")
    assert status == 0, err
    *hits, end = jsonl(out)
    assert words(hits, regs.args[0]) == list(range(7, 99, 7))
    assert {k: end["probes"][0][k] for k in ("hits", "recorded", "filtered")} == \
        {"hits": 98, "recorded": 14, "filtered": 84}
    process = tap.start("watch", "work limit=4", "x=work limit=2", "-f", "jsonl")
    tap.wait_armed(2)
    tap.type("run 50")
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, "all limits reached: it ends by itself"
    *hits, end = jsonl(out)
    assert [(h["name"], int(h["regs"][regs.args[0]], 16)) for h in hits] == \
        [("work", 1), ("x", 1), ("work", 2), ("x", 2), ("work", 3), ("work", 4)]
    assert [p["hits"] for p in end["probes"]] == [4, 2]


@SAMPLED
def test_duration(boot):
    """The demo samples 100 times a second, and has a queue of 16."""
    machine = boot("demo")
    before = machine.samples()
    result = machine.trapline("watch", "pid_step %pc", "-d", "2s", "-f", "jsonl", check=0)
    *hits, end = jsonl(result.stdout)
    assert 1 < len(hits) <= machine.samples() - before + 16
    assert [h["seq"] for h in hits] == list(range(1, len(hits) + 1))
    assert end["probes"][0]["hits"] == end["probes"][0]["recorded"] == len(hits)
    times = [h["t"] for h in hits]
    assert times == sorted(times) and times[-1] - times[0] > (len(hits) - 17) * 0.0099


def test_output_file(machine, tap, regs, tmp_path):
    file = tmp_path / "hits.jsonl"
    status, out, err = watch(machine, tap, "run 3", "work", "-f", "jsonl", "-n", "3", "-o",
                             str(file))
    assert status == 0 and out == "", err
    assert [h["regs"][regs.args[0]] for h in jsonl(file.read_text())[:-1]] == ["0x1", "0x2", "0x3"]
    refused = machine.trapline("watch", "work", "-n", "1", "-o", str(tmp_path / "no" / "file"),
                               check=7)
    assert "error: cannot write" in refused.stderr and "No such file" in refused.stderr


def test_quiet(machine, tap, regs):
    status, out, err = watch(machine, tap, "run 3", f"work %{regs.ret}", "-q", "-n", "3")
    assert status == 0 and err == ""
    assert [line.split()[1:] for line in out.splitlines()] == \
        [["work", f"{regs.ret}=0x{i}"] for i in (1, 2, 3)]


class Spoiler:
    """Spoils some frames of the stream on their way to the host."""

    def __init__(self, spoil, frames):
        self.spoil, self.frames, self.seen, self.pending = spoil, frames, 0, b""

    def __call__(self, data):
        self.pending += data
        out = b""
        while self.pending:
            start = self.pending.find(b"%Tl:")
            if start < 0:
                # perhaps the beginning of one
                keep = max(n for n in range(4) if self.pending.endswith(b"%Tl:"[:n]))
                cut = len(self.pending) - keep
                out, self.pending = out + self.pending[:cut], self.pending[cut:]
                break
            end = self.pending.find(b"#", start)
            if end < 0 or len(self.pending) < end + 3:
                out, self.pending = out + self.pending[:start], self.pending[start:]
                break
            frame, before, self.pending = self.pending[start:end
                                                       + 3], self.pending[:start], self.pending[
                                                           end + 3:]
            self.seen += 1
            out += before + (self.spoil(frame) if self.seen in self.frames else frame)
        return out


SPOILERS = {
    "lost": lambda frame: b"",
    "cut short": lambda frame: frame[:len(frame) // 2],
    "without its start": lambda frame: frame[3:],
    "bit flipped": lambda frame: frame[:20] + bytes([frame[20] ^ 4]) + frame[21:],
    "doubled": lambda frame: frame + frame,
}


@pytest.mark.parametrize("how", SPOILERS)
def test_spoiled_frames(machine, tap, regs, how):
    """What the line lost is said, exactly: each record is either there once, or in a `lost`
    line; none is wrong."""
    tap.spoil = Spoiler(SPOILERS[how], {4, 5, 14})
    status, out, err = watch(machine, tap, "run 1000", "work limit=1000", "-f", "jsonl",
                             "--fail-on-loss")
    assert tap.spoil.seen > 20
    *lines, end = jsonl(out)
    hits, lost = [x for x in lines if "seq" in x], [x for x in lines if "lost" in x]
    assert [list(x) for x in lost] == [["lost", "probe"]] * len(lost)
    seqs = [h["seq"] for h in hits]
    assert seqs == sorted(set(seqs))
    assert words(hits, regs.args[0]) == seqs
    assert words(hits, regs.args[1]) == [sums(1000)[0][s - 1] for s in seqs]
    assert len(hits) + sum(x["lost"] for x in lost) == end["probes"][0]["hits"] == 1000
    assert (status, bool(lost)) == ((6, True) if how != "doubled" else (status, bool(lost))), err
    assert ("records were lost" in err) == (status == 6)


@pytest.fixture
def small(boot, board):
    size = 64 * Registers(board).word
    machine = boot("load", build=variant(board, "small-ring", f"-DTL_RING_SIZE={size}"))
    machine.tap = Tap(machine)
    yield machine
    machine.tap.close()


@pytest.mark.parametrize("form", ["jsonl", "text", "csv"])
def test_fail_on_loss(small, form):
    """A ring too small on purpose: drops are counted on the target, seen as gaps here, and end
    with status 6."""
    status, out, err = watch(small, small.tap, "spin 1000", "work limit=1000", "-f", form, "-d",
                             "5s", "--fail-on-loss")
    assert status == 6
    assert re.search(r"error: \d+ records were lost", err)
    if form == "jsonl":
        *lines, end = jsonl(out)
        counters = end["probes"][0]
        hits = [x for x in lines if "seq" in x]
        assert counters["hits"] == 1000 == counters["recorded"] + counters["dropped"]
        assert counters["dropped"] > 900
        assert len(hits) == counters["recorded"]
        assert sum(x["lost"] for x in lines if "lost" in x) == counters["dropped"]
    else:
        assert re.search(r"lost: \d+ records of work", err)
    if form == "text":
        assert re.search(r"1000 hits, 0 missed, \d+ dropped" + OUTCOME, out)


def test_loss_is_no_failure_unless_asked(small):
    status, out, err = watch(small, small.tap, "spin 100", "work limit=100", "-d", "3s")
    assert status == 0 and "lost: " in err


def test_console_beside_the_stream(machine, tap, regs, steps, tmp_path):
    """Text between frames at the highest rate: every line of the console whole, and nothing of
    it among the data."""
    process = tap.start("watch", "work", f"w2=work+{steps[1]} every=3", "-f", "jsonl", "-o",
                        str(tmp_path / "hits"))
    tap.wait_armed(2)
    for i in range(40):
        tap.type(f"run {50 + i}")
        tap.wait_text("ran %d, sum %08x" % (50 + i, sums(50 + i)[1]))
    process.send_signal(2)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert [line for line in err.splitlines() if line.startswith("console| ran")] == \
        ["console| ran %d, sum %08x" % (50 + i, sums(50 + i)[1]) for i in range(40)]
    *hits, end = jsonl((tmp_path / "hits").read_text())
    calls = sum(range(50, 90))
    assert [p["hits"] for p in end["probes"]] == [calls, calls]
    hits = [x for x in hits if "seq" in x]
    # drops: where the machine has other things to do than to read the line
    one, two = end["probes"]
    assert len(hits) == one["recorded"] + two["recorded"]
    assert one["recorded"] + one["dropped"] == calls
    assert abs(two["recorded"] - calls // 3) <= two["dropped"]
    assert one["dropped"] or words([h for h in hits if h["name"] == "work"], regs.args[0]) == \
        [n for i in range(50, 90) for n in range(1, i + 1)]


@SAMPLED
def test_demo_telemetry(boot):
    """The demo's JSON lines come whole through a watch of everything it does."""
    machine = boot("demo", transport="pty")
    result = machine.trapline("watch", "sample_isr", "adc_read", "filter_update", "pid_step",
                              "sample_get", "-n", "2000", "-f", "jsonl", check=0)
    telemetry = [json.loads(line[9:]) for line in result.stderr.splitlines()
                 if line.startswith("console| {")]
    numbers = [t["n"] for t in telemetry]
    assert len(numbers) >= 5
    assert numbers == list(range(numbers[0], numbers[0] + 50 * len(numbers), 50))
    assert {t["set"] for t in telemetry} == {25.0}
    probes = jsonl(result.stdout)[-1]["probes"]
    assert all(not p["missed"] and p["hits"] == p["recorded"] + p["dropped"] > 250
               for p in probes), probes

# SPDX-License-Identifier: MIT
"""`trapline live`: values that the agent samples by itself, against the firmware's memory;
the period in the target's own ticks; what a terminal shows; what is refused."""
import contextlib
import csv
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import pytest

from conftest import EACH_ARCH, ONE_BOARD, PATIENCE, PATIENT, TRAPLINE, clean_env, variant
from fetch import output, program, windows
from test_fetch_values import firmware, linked  # noqa: F401

HZ = {"mps2-an385": 25_000_000, "virt-aarch64": 62_500_000, "virt-rv64": 10_000_000}
PERIOD = 10  # ms


def jsonl(text):
    return [json.loads(line) for line in text.splitlines()]


def adds_up(sampler):
    return sampler["hits"] == sum(sampler[k] for k in ("recorded", "filtered", "missed", "dropped"))


@EACH_ARCH
def test_follows(boot):
    """Counters of the firmware's, between what memory held before and after; structs at once."""
    machine = boot("demo")
    machine.until(lambda: machine.peek("head") > 0)
    before = machine.peek("head")
    out = machine.trapline("live", "head", "ahead=head-tail", "sample_isr::number", "queue[3]",
                           "-i", f"{PERIOD}ms", "-n", "20", "-f", "jsonl", check=0).stdout
    after = machine.peek("head")
    *rows, end = jsonl(out)
    assert len(rows) == 20 == end["samples"] and end["end"]
    heads = [r["values"]["head"] for r in rows]
    assert before <= heads[0] and heads == sorted(heads) and heads[-1] <= after
    assert heads[-1] > heads[0]
    for row in rows:
        values = row["values"]
        assert list(values) == ["head", "ahead", "sample_isr::number", "queue[3]"]
        assert 0 <= values["ahead"] <= 16  # of one moment, both
        assert values["sample_isr::number"] == values["head"]
        assert values["queue[3]"]["number"] <= values["sample_isr::number"]
    times = [r["t"] for r in rows]
    assert all(b - a > PERIOD / 1000 - 2e-6 for a, b in zip(times, times[1:]))
    assert end["dropped"] == 0 and all(map(adds_up, end["samplers"]))
    assert end["samplers"][0]["recorded"] >= 20


@EACH_ARCH
def test_period(board, boot):
    """By a client that is not ours: in ticks, and by a variable that the firmware's text does not
    change. Periods that nobody polled in are missed."""
    target = boot("demo").connect()
    base, _ = windows(target)[0]
    address = f"CONST4 {base}" + (" ZEXT4" if target.stream.word == 8 else "")
    fetch = program("", (f"{address} LOAD4 0 PUT4", 4))
    target.command("QTl.live", 1, PERIOD)
    words = int(target.command("QTl.fetch", 1, len(fetch), fetch.hex())[0], 16)
    target.command("QTl.enable", 1, 1)
    end = time.monotonic() + PATIENCE
    while len(target.stream.records) < 30:
        assert time.monotonic() < end
        target.command("qTl.ping")
    target.command("QTl.enable", 1, 0)
    records = target.stream.records
    assert all(output(target, r, words)[0] == 0 for r in records)
    gaps = [(b["time"] - a["time"]) % 2**32 for a, b in zip(records, records[1:])]
    assert min(gaps) >= PERIOD * HZ[board] // 1000
    counts = target.counters(1)
    assert counts["hits"] == sum(counts[k] for k in ("recorded", "filtered", "missed", "dropped"))
    assert counts["recorded"] >= 30
    target.command("QTl.del", 1)
    assert not target.command("qTl.next", 0)[1:]


VALUES = """items[0].len items[0].colour items[0].sign items[0].weight items[0].exact items[0].wide
items[0].uwide items[0].yes items[0].low items[0].small items[0].text items[0].inner[1]
items[0].inner items[0].next->len items[0].next items[0].len*2.5 items[0].colour==GREEN""".split()


@EACH_ARCH
def test_types(regs, firmware):  # noqa: F811
    """As `print` has them, and more than one program holds."""
    values = VALUES + (["items[0]", "items[1]"] if regs.word == 8 else [])
    printed = {v["expr"]: v["value"] for v in
               jsonl(firmware.trapline("print", "-f", "jsonl", *values, check=0).stdout)}
    *rows, end = jsonl(firmware.trapline("live", *values, "-n", "3", "-i", "5ms", "-f", "jsonl",
                                         check=0).stdout)
    assert len(end["samplers"]) > 1 and all(map(adds_up, end["samplers"]))
    assert [row["values"] for row in rows] == [printed] * 3


@ONE_BOARD
def test_formats(firmware):  # noqa: F811
    bad = "*(int *)0x70000000"
    done = firmware.trapline("live", "items[0].len", bad, "items[0].inner[1]", "-n", "2",
                             "-i", "1ms", check=0)
    first, second, *rows, last = done.stdout.splitlines()
    assert first.startswith("board  ") and second == "live   3 values, every 1 ms"
    assert len(rows) == 2
    for row in rows:
        assert re.fullmatch(rf" +\d+\.\d{{6}} items\[0\]\.len=5 {re.escape(bad)}=<unreadable> "
                            r"items\[0\]\.inner\[1\]=\{x = 3, y = -4\}", row)
    assert re.fullmatch(r"2 samples, \d+ missed, 0 dropped", last)
    done = firmware.trapline("live", "items[0].len", bad, "-n", "2", "-f", "jsonl", check=0)
    assert jsonl(done.stdout)[0]["values"] == {"items[0].len": 5, bad: None}
    done = firmware.trapline("live", "items[0].len", bad, "items[0].inner[1]", "-n", "2",
                             "-f", "csv", check=0)
    head, *rows = csv.reader(done.stdout.splitlines())
    assert head == ["t", "items[0].len", bad, "items[0].inner[1]", "event"]
    assert [r[1:] for r in rows] == [["5", "<unreadable>", "{x = 3, y = -4}", ""]] * 2
    assert "2 samples, " in done.stderr
    done = firmware.trapline("live", "-q", "items[0].name", "-n", "1", check=0)
    assert re.fullmatch(r' +\d+\.\d{6} items\[0\]\.name=0x\w+ [^"]*"far away"\n', done.stdout)


@ONE_BOARD
def test_set(firmware):  # noqa: F811
    """What a type does not hold is not written; what it holds is what the samples show then."""
    for name, value, of in (("items[0].weight", "1e40", "float"),
                            ("items[0].tag", "256", "uint8_t"),
                            ("items[0].sign", "(-129)", "int8_t")):
        done = firmware.trapline("set", name, value)
        assert done.returncode == 4 and f"error: {value} does not fit {of}" in done.stderr, done
        assert "hint:  it holds " in done.stderr
    firmware.trapline("set", "items[0].weight", "0.25", check=0)
    done = firmware.trapline("live", "-f", "jsonl", "items[0].weight", "items[0].tag",
                             "items[0].sign", "-n", "1", check=0)
    assert list(jsonl(done.stdout)[0]["values"].values()) == [0.25, 250, -3]


REFUSED = [
    (["%r0"], 5, "registers have a value at a probe only", "trapline watch 'PLACE %r0'"),
    (["head", "measured"], 5, "no variable 'measured'", "trapline watch 'PLACE measured'"),
    (["$retval"], 5, "no '$retval': it is known at a probe only", ""),
    (["queue"], 2, "it has 128 bytes, and a hit holds 64", "a[0..3]"),
    (["haed"], 5, "no variable 'haed'", "did you mean 'head'?"),
    (["head", "-i", "0"], 2, "--interval '0': not a time from 1ms to 10m", ""),
    (["head", "-i", "11m"], 2, "--interval '11m': not a time from 1ms to 10m", ""),
    ([], 2, "usage: trapline live [options] [NAME=]EXPR…", "trapline help live"),
]


@ONE_BOARD
def test_refused(boot):
    """Before anything is on the target."""
    machine = boot("demo")
    for args, status, error, hint in REFUSED:
        done = machine.trapline("live", *args)
        assert done.returncode == status and not done.stdout, done
        assert f"error: {error}" in done.stderr and hint in done.stderr
    done = machine.trapline("live", *(["queue[0..7]"] * 60))
    assert done.returncode == 4 and "error: " in done.stderr and "hint: " in done.stderr
    assert machine.trapline("list", check=0).stdout.count("\n") <= 1


@ONE_BOARD
def test_no_samplers(board, boot):
    machine = boot("demo", build=variant(board, "nofetch", "-DTL_FETCH=0", "demo"))
    done = machine.trapline("live", "head")
    assert done.returncode == 4 and f"error: the agent on {board} has no samplers" in done.stderr
    assert "hint:  they come with fetch programs: build the agent with TL_FETCH" in done.stderr


@ONE_BOARD
def test_reset(boot):
    """The samplers are there again, and that is said."""
    machine = boot("demo")
    process = machine.start_trapline("live", "head", "-i", "5ms", "-f", "jsonl")
    seen = [json.loads(process.stdout.readline()) for _ in range(3)]
    machine.reset()
    while seen[-1].get("event") != "reset":
        seen.append(json.loads(process.stdout.readline()))
    assert "values" in json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    end = jsonl(process.stdout.read())[-1]
    assert process.wait(PATIENCE) == 0 and end["end"] and end["gaps"] == 1
    assert "1 sampler armed again" in process.stderr.read()


def read_to_end(main):
    """Of a terminal, which passes on what was written to it in pieces, and late."""
    with contextlib.suppress(OSError):  # the other end is closed
        while data := main.read(4096):
            yield data


class Screen:
    """What a terminal shows, of what is used: lines, up, erase to the end."""

    def __init__(self, rows, columns):
        self.main, end = pty.openpty()
        self.end = end
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.lines, self.row, self.column, self.raw, self.drawn = [""], 0, 0, "", 0

    def put(self, c):
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[:self.column] + c + line[self.column + 1:]
        self.column += 1

    def feed(self, text):
        self.raw += text
        for m in re.finditer(r"(?s)\033\[([\d;]*)([A-Za-z])|(.)", text):
            number, code, c = m[1], m[2], m[3]
            if code == "A":
                self.row -= int(number)
                assert self.row >= 0
                self.drawn += 1
            elif code == "K":
                self.lines[self.row] = self.lines[self.row][:self.column]
            elif code == "J":
                self.lines[self.row] = self.lines[self.row][:self.column]
                del self.lines[self.row + 1:]
            elif c == "\r":
                self.column = 0
            elif c == "\n":
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append("")
            elif c:
                self.put(c)

    def run(self, machine, *args, **env):
        """Ctrl-C once it has been drawn some times; what stands there then."""
        process = subprocess.Popen([TRAPLINE, *args, "-p", machine.port, "-e", machine.elf.path],
                                   stdin=self.end, stdout=self.end, stderr=subprocess.PIPE,
                                   env=clean_env() | PATIENT | {"TERM": "xterm"} | env)
        os.close(self.end)
        rest, asked = b"", False
        while True:
            try:
                rest += os.read(self.main, 4096)
            except OSError:  # the other end is closed
                break
            text, escape, part = rest.rpartition(b"\n")
            self.feed((text + escape).decode())
            rest = part
            if self.drawn >= 5 and not asked:
                asked = True
                process.send_signal(signal.SIGINT)
        self.feed(rest.decode())
        os.close(self.main)
        process.stderr.close()
        assert process.wait(PATIENCE) == 0
        return [line for line in self.lines if line]


@ONE_BOARD
def test_terminal(boot):
    """A line each, in its place; the last values stay, and a summary."""
    machine = boot("demo")
    args = "live", "head", "t=tail*100", "queue[0]", "-i", "20ms"
    screen = Screen(24, 40)
    board, live, when, head, tail, queue, summary = screen.run(machine, *args)
    assert board.startswith("board  ") and live == "live   3 values, every 20 ms"
    assert re.fullmatch(r"\d+\.\d{6} s, \d+ samples", when)
    assert re.fullmatch(r"head      \d+", head) and re.fullmatch(r"t         \d+00", tail)
    assert queue.startswith("queue[0]  {number = ") and len(queue) == 39
    assert re.fullmatch(r"\d+ samples, \d+ missed, 0 dropped", summary)
    assert f"\033[1m{head[10:]}\033[0m" in screen.raw  # it had changed
    assert int(summary.split()[0]) == int(when.split()[2])
    # no colours; and lines that there is no room for
    screen = Screen(4, 80)
    assert len(screen.run(machine, *args, NO_COLOR="1")) == 7
    assert not re.search(r"\033\[[\d;]*m", screen.raw)
    assert "2 more: the terminal has no lines for them" in screen.raw
    # a terminal that cannot do it gets lines
    screen = Screen(24, 80)
    process = subprocess.run([TRAPLINE, *args, "-n", "2", "-p", machine.port, "-e",
                              machine.elf.path], stdout=screen.end, stderr=subprocess.PIPE,
                             env=clean_env() | PATIENT | {"TERM": "dumb"}, check=True)
    os.close(screen.end)
    with os.fdopen(screen.main, "rb", buffering=0) as main:
        text = b"".join(read_to_end(main)).decode()
    assert "\033" not in text and text.count("head=") == 2, (text, process)

# SPDX-License-Identifier: MIT
"""What the tool says is what was: counts against the firmware's own, expectations, statuses, and
ends of every kind."""
import json
import os
import random
import re
import signal
import subprocess
import time

import pytest

from conftest import EACH_ARCH, ONE_BOARD, PATIENT, TRAPLINE, clean_env
from rsp import PATIENCE
from sessions import assert_clean
from tap import Tap

pytestmark = EACH_ARCH


def at_rest(machine):
    """The firmware's own count of calls of tick(), when no more come: for a second, since the
    machine may stand still for less than that."""
    now, same = machine.peek("interrupts"), 0
    while same < 5:
        time.sleep(0.2)
        before, now = now, machine.peek("interrupts")
        same = same + 1 if now == before else 0
    return now


@pytest.mark.parametrize("damage", [0, 0.002])
def test_identity(boot, damage):
    """hits = recorded + filtered + missed + dropped = what the firmware has counted itself; over
    a line that spoils bytes, too."""
    machine, rnd = boot("load"), random.Random(5)
    tap = Tap(machine)
    before = at_rest(machine)
    process = tap.start("watch", "tick every=3", "work=work %pc", "-f", "jsonl")
    tap.wait_armed(2)
    if damage:
        tap.spoil = lambda data: bytes(b ^ 1 << rnd.randrange(8) if rnd.random() < damage else b
                                       for b in data)
    calls = 0
    while calls <= 300:
        tap.type("isr 700")
        time.sleep(3)
        tap.type("isr 0")
        calls = at_rest(machine) - before
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    tap.spoil = None
    assert process.returncode == 0, err
    *lines, last = [json.loads(line) for line in out.splitlines()]
    tick, work = last["probes"]
    assert tick["hits"] == work["hits"] == calls
    for p in (tick, work):
        assert p["hits"] == p["recorded"] + p["filtered"] + p["missed"] + p["dropped"]
        seen = [x["seq"] for x in lines if "seq" in x and x["probe"] == p["probe"]]
        lost = sum(x["lost"] for x in lines if "lost" in x and x["probe"] == p["probe"])
        assert len(seen) + lost == p["recorded"] + p["dropped"] and seen == sorted(set(seen))
    assert tick["recorded"] + tick["dropped"] == calls // 3
    tap.close()


def test_counts_of_one_moment(boot):
    """Functions that run equally often count equally often: probes begin and end at one moment."""
    machine = boot("load")
    tap = Tap(machine)
    tap.type("isr 2000")
    for _ in range(3):
        last = machine.trapline("count", "-d", "300ms", "-f", "jsonl", "tick", "tick%return",
                                "work", check=0).stdout.splitlines()[-1]
        hits = [p["hits"] for p in json.loads(last)["probes"]]
        assert max(hits) - min(hits) <= 1 and min(hits) > 5, hits
    tap.type("isr 1")
    tap.close()


@ONE_BOARD
def test_expectations(boot):
    """Many, all must hold; of one probe, names with dots, spaces; what names no probe is said
    before anything is armed."""
    machine = boot("demo")

    def count(*expect):
        options = [word for e in expect for word in ("--expect", e)]
        return machine.trapline("count", "-d", "300ms", "pid_step", "a.b=filter_update every=2",
                                "-f", "jsonl", *options)

    assert count("5", "pid_step.hits >= 3", " a.b.filtered>1 ", "missed == 0",
                 "a.b.lost=0").returncode == 0
    result = count("hits>=1", "a.b.hits >= 100000", "pid_step.missed != 0")
    assert result.returncode == 1
    assert "expected a.b.hits>=100000, but there were " in result.stderr
    assert "expected pid_step.missed!=0, but there were 0" in result.stderr
    for bad in ("b.hits>=1", "pid_step.hit>=1", "hits>=", ">=3", "hits=>3", ".hits>=1"):
        result = count(bad)
        assert result.returncode == 2 and not result.stdout, bad


@ONE_BOARD
def test_signals(boot):
    """timeout(1) signals twice within a moment, which is one request; nohup is respected; a
    hangup has a status of its own."""
    machine = boot("demo")

    def started(*prefix):
        process = subprocess.Popen([*prefix, TRAPLINE, "count", "pid_step", "-p", machine.port,
                                    "-e", machine.elf.path], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                                   env=clean_env() | PATIENT)
        process.stdout.readline()  # the board: armed
        return process

    for signals, status in (((signal.SIGTERM, signal.SIGTERM), 0),
                            ((signal.SIGINT, signal.SIGTERM), 0),
                            ((signal.SIGHUP, signal.SIGHUP), 129)):
        process = started()
        for s in signals:
            process.send_signal(s)
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == status and "original bytes verified" in out, (signals, err)
    process = started("nohup")
    process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert "original bytes verified" in process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0
    assert_clean(machine)


@ONE_BOARD
@pytest.mark.parametrize("command", [["watch", "pid_step"], ["count", "pid_step"], ["info"],
                                     ["add", "pid_step"], ["read", "pid_step"]])
def test_output_that_cannot_be_written(boot, command):
    """A full disk, a reader that left and a stdout that is closed: each its status, after a
    clean end."""
    machine = boot("demo")
    shell = (f'"{TRAPLINE}" {" ".join(command)} -p {machine.port} -e {machine.elf.path} '
             f'{"-d 2s" if command[0] in ("watch", "count") else ""}')

    def run(how):
        return subprocess.run(["bash", "-c", how], capture_output=True, text=True, timeout=PATIENCE,
                              env=clean_env() | PATIENT)

    full = run(f"{shell} >/dev/full")
    assert full.returncode == 7
    assert "error: cannot write the output: No space left on device" in full.stderr
    left = run(f"{shell} | true; exit ${{PIPESTATUS[0]}}")
    assert left.returncode in (141, 0 if command[0] not in ("watch", "count") else 141)
    closed = run(f"{shell} >&-")
    assert closed.returncode == 7 and "error: cannot write the output" in closed.stderr
    machine.trapline("del", "all", check=0)
    assert_clean(machine)


@ONE_BOARD
def test_write_to_text(boot):
    """Instructions are not written by accident."""
    machine = boot("demo")
    refused = machine.trapline("write", "pid_step", "0000", check=4)
    assert "is text: the firmware may be running it" in refused.stderr
    assert "--force writes all the same" in refused.stderr
    same = machine.trapline("read", "pid_step", "2", "-f", "jsonl", check=0).stdout
    machine.trapline("write", "--force", "pid_step", json.loads(same)["bytes"], check=0)


@ONE_BOARD
def test_count_on_a_terminal(boot):
    """The live table makes room for what the firmware prints, and shows hits a second."""
    machine = boot("demo")
    main, end = os.openpty()
    process = subprocess.Popen([TRAPLINE, "count", "pid_step", "-d", "3s", "-p", machine.port, "-e",
                                machine.elf.path], stdout=end, stderr=end,
                               stdin=subprocess.DEVNULL,
                               env=clean_env() | PATIENT | {"TERM": "xterm"})
    os.close(end)
    shown, rows = b"", [[]]
    try:
        while data := os.read(main, 4096):
            shown += data
    except OSError:  # its other end is closed
        pass
    assert process.wait(PATIENCE) == 0
    # a terminal, as far as this needs one
    for line in re.sub(rb"\x1b\[(\d*)m", b"", shown).decode().replace("\r", "").split("\n"):
        up = re.match(r"\x1b\[(\d+)A\x1b\[J", line)
        while up:
            del rows[len(rows) - 1 - int(up[1]):]
            rows.append([])
            line = line[up.end():]
            up = re.match(r"\x1b\[(\d+)A\x1b\[J", line)
        rows[-1] = line
        rows.append("")
    assert b"hits/s" in shown and b"console|" in shown
    text = [row for row in rows if row]
    assert len([row for row in text if row.startswith("pid_step ")]) == \
        len([row for row in text if row.startswith("probe ")]) == 1, text
    assert all(re.match(r"board |console\| |probe |pid_step |probes removed", row)
               for row in text), text

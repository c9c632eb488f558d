# SPDX-License-Identifier: MIT
"""A target that is reset or goes away while the host tool watches; a session that begins while
hits come."""
import json
import re
import signal
import time

import pytest

from conftest import ONE_BOARD, SAMPLED
from rsp import PATIENCE
from sessions import OUTCOME, assert_clean
from tap import Tap
from test_session import end, watching

pytestmark = SAMPLED


def until(process, seen, what, timeout=PATIENCE):
    """Reads lines of stdout until `what` of them is true."""
    deadline = time.monotonic() + timeout
    for line in process.stdout:
        seen.append(line)
        if what(line):
            return
        assert time.monotonic() < deadline
    raise AssertionError((process.wait(), seen[-5:], process.stderr.read()))


def is_cut(line):
    """The host has noticed that nobody answers."""
    return json.loads(line).get("event") == "cut"


@pytest.mark.parametrize("transport", ["unix", "pty"])
def test_reset(boot, transport):
    """Found again, armed again, said; the sequence begins anew, time goes on, and the counts add
    up."""
    machine = boot("demo", transport=transport)
    process = machine.start_trapline("watch", "pid_step %pc", "-f", "jsonl")
    seen = []
    for _ in range(2):
        until(process, seen, lambda line: json.loads(line).get("seq", 0) >= 30)
        machine.reset()
        until(process, seen, lambda line: json.loads(line).get("seq", 4) <= 3)
    until(process, seen, lambda line: json.loads(line).get("seq", 0) >= 30)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert err.count("target was reset: 1 probe armed again") == 2
    assert err.count("console| demo: temperature controller") >= 2, "it did boot again"
    *lines, last = [json.loads(line) for line in seen + out.splitlines()]
    hits = [x for x in lines if "seq" in x]
    assert [x["event"] for x in lines if x.get("gap")] == ["reset", "reset"] and last["gaps"] == 2
    starts = [i for i, (a, b) in enumerate(zip(hits, hits[1:]), 1) if b["seq"] <= a["seq"]]
    assert len(starts) == 2
    times = [h["t"] for h in hits]
    assert times == sorted(times), "one clock through all resets"
    counters = last["probes"][0]
    assert counters["hits"] == \
        counters["recorded"] + counters["dropped"] + counters["filtered"] + counters["missed"]
    assert counters["hits"] >= len(hits) > 90
    assert_clean(machine)


def test_reset_when_no_reconnect(boot):
    machine = boot("demo")
    process = watching(machine, "--no-reconnect")
    machine.reset()
    status, out, err = end(process)
    assert status == 3
    assert "error: the target was reset, and --no-reconnect was given" in err
    assert out.splitlines()[-1].endswith("probes gone with the session")
    assert_clean(machine)


def test_reset_while_counting(boot):
    """count goes on over a reset, too."""
    machine = boot("demo")
    tap = Tap(machine)
    process = tap.start("count", "pid_step", "-f", "jsonl")
    tap.wait_armed()
    machine.until(lambda: machine.samples() > 400)
    machine.reset()
    armed = next(line for line in process.stderr if "armed again" in line)
    assert "target was reset: 1 probe armed again" in armed
    after = machine.samples()
    machine.until(lambda: machine.samples() > after + 30)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    tap.close()
    assert process.returncode == 0, err
    assert json.loads(
        out.splitlines()[-1])["probes"][0][
            "hits"] > machine.samples(), "those before the reset are counted"


@ONE_BOARD
@pytest.mark.parametrize("command", [["watch", "pid_step"], ["count", "pid_step"], ["console"]])
def test_target_gone(boot, command):
    """QEMU ended: a socket cannot come back by itself; said with a reason, status 3."""
    machine = boot("demo")
    tap = Tap(machine)
    process = tap.start(*command, *([] if command[0] == "console" else ["--no-reconnect"]),
                        patient=False)
    if command[0] == "console":
        tap.wait(lambda: b"QTl.hello" in tap.up)
    else:
        tap.wait_armed()
    machine.process.terminate()
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3, err
    assert re.search(r"error: .*unix:.*", err), err
    assert command[0] == "console" or "target gone, probes left to its lease" in out


@ONE_BOARD
def test_stopped_for_a_while(boot):
    """A target that stands still (a debugger's breakpoint) and goes on before the lease is over:
    nothing is lost but time."""
    machine = boot("demo")
    # so few that the ring holds what comes while this host is busy with others
    process = machine.start_trapline("watch", "pid_step %pc every=5", "-f", "jsonl", "--lease",
                                     "60s", patient=False)
    seen = []
    until(process, seen, lambda line: json.loads(line)["seq"] >= 10)
    machine.monitor("stop")
    until(process, seen, is_cut)
    machine.monitor("cont")
    first = max(json.loads(line).get("seq", 0) for line in seen)
    until(process, seen, lambda line: json.loads(line).get("seq", 0) >= first + 60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "no answer from" in err and "the target answers again: the probes are still armed" in err
    lines = [json.loads(line) for line in seen + out.splitlines()]
    seqs = [x["seq"] for x in lines if "seq" in x]
    assert seqs == sorted(set(seqs)) and not [x for x in lines if "lost" in x], "nothing was lost"
    assert_clean(machine)


@ONE_BOARD
def test_lease_over_while_away(boot):
    """The line was cut for longer than the lease: the probes had gone, and are armed again."""
    machine = boot("demo")
    tap = Tap(machine)
    process = tap.start("watch", "pid_step %pc", "-f", "jsonl", "--lease", "6s", "-n", "400",
                        patient=False)
    tap.wait_armed()
    tap.wait(lambda: tap.down.count(b"%Tl:") > 3)
    tap.cut, seen = True, []
    time.sleep(9)
    until(process, seen, is_cut)
    tap.cut = False
    out, err = process.communicate(timeout=PATIENCE)
    out = "".join(seen) + out
    tap.close()
    assert process.returncode == 0, err
    assert "no answer from" in err
    assert re.search(
        r"the lease ran out: this host was silent for \d+\.\d s, the lease is 6\.0 s: 1 probe "
        r"armed again", err)
    events = [x for x in map(json.loads, out.splitlines()) if "event" in x]
    assert [(x["event"], x["gap"]) for x in events] == [("cut", False), ("lease", True)]
    assert events[1]["silence"] >= 9 and events[1]["lease"] == 6
    hits = [x for x in map(json.loads, out.splitlines()) if "seq" in x]
    assert len(hits) >= 400


@ONE_BOARD
def test_cut(boot):
    """The line was cut, not the session: the probe and its counters stay, only the records of
    that time are lost, and they are counted."""
    machine = boot("demo")
    tap = Tap(machine)
    process = tap.start("watch", "pid_step %pc", "-f", "jsonl", "-n", "1000", "--lease", "60s",
                        patient=False)
    tap.wait_armed()
    tap.wait(lambda: tap.down.count(b"%Tl:") > 3)
    tap.cut, seen = True, []
    until(process, seen, is_cut)
    tap.cut = False
    out, err = process.communicate(timeout=PATIENCE)
    lines = [json.loads(line) for line in seen + out.splitlines()]
    counters = lines[-1]["probes"][0]
    assert process.returncode == 0 and "the target answers again: the probes are still armed" in err
    assert "reset" not in err and [x["event"] for x in lines if "event" in x] == ["cut", "resumed"]
    assert "gaps" not in lines[-1]
    seqs, lost = [x["seq"] for x in lines
                  if "seq" in x], sum(x["lost"] for x in lines if "lost" in x)
    assert seqs == sorted(set(seqs)) and lost > 0 and len(seqs) + lost == counters["hits"] >= 1000
    assert_clean(machine)
    tap.close()


@ONE_BOARD
def test_lost_ping(boot):
    """All that the target says is lost for a while, then the answers to pings only: who is there
    is asked before a session is opened."""
    machine = boot("demo")
    tap = Tap(machine)
    process = tap.start("count", "pid_step", "-f", "jsonl", "-d", "9s", "--lease", "60s",
                        patient=False)
    tap.wait_armed()
    tap.spoil = lambda data: b"" if tap.up.count(b"qTl.ping") < 12 else data
    out, err = process.communicate(timeout=PATIENCE)
    tap.close()
    counters = json.loads(out.splitlines()[-1])["probes"][0]
    assert process.returncode == 0 and "reset" not in err and "answers again" in err
    assert tap.up.count(b"QTl.hello") == len(set(re.findall(rb"QTl\.hello:[^#]*", tap.up))) == 1
    assert counters["hits"] > 600, "those of the time without answers are counted, too"


@ONE_BOARD
@pytest.mark.parametrize("command", ["watch", "count"])
def test_fail_on_loss(boot, command):
    """A gap whose size nobody knows is a loss; the host stopped for longer than its lease is
    told from a reset."""
    machine = boot("demo")
    tap = Tap(machine)
    process = tap.start(command, "pid_step", "-f", "jsonl", "--lease", "6s", "-d", "20s",
                        "--fail-on-loss", patient=False)
    tap.wait_armed()
    process.send_signal(signal.SIGSTOP)
    time.sleep(9)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 6, err
    assert "the lease ran out: this host was silent for" in err and "reset" not in err
    lines = [json.loads(line) for line in out.splitlines()]
    assert [x["event"] for x in lines if x.get("gap")] == ["lease"] and lines[-1]["gaps"] == 1
    assert_clean(machine)
    tap.close()


def test_beginning_amid_hits(boot, regs, steps):
    """Sessions that begin while everything fires: the header first, nothing lost, also beside a
    stream that goes on all the while."""
    machine = boot("load", transport="tcp")  # takes what the host is late to read
    tap = Tap(machine)
    tap.type("isr 20")
    machine.trapline("add", "tick %pc", check=0)
    for i in range(10):
        result = machine.trapline("watch", f"work %{regs.ret}", f"b=work+{steps[1]} %{regs.lr}",
                                  "-f", "csv", "-n", "12", "--fail-on-loss", check=0)
        header, first, *rest = result.stdout.splitlines()
        assert header.startswith("t,probe,name,seq,pc,"), i
        assert first.split(",")[2:5] == ['"work"', "1", hex(machine.elf["work"])], i
        assert "lost" not in result.stderr
    text = machine.trapline("watch", "work %pc", "-n", "3", check=0).stdout.splitlines()
    assert [line[:5] for line in text[:2]] == ["board", "probe"]
    assert text[-1].endswith("; " + OUTCOME)
    tap.close()

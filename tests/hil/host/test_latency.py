# SPDX-License-Identifier: MIT
"""The time between two places: on the demo, and how hits become spans, against a model."""
import collections
import json
import random
import re
import subprocess

import pytest

from conftest import ONE_BOARD, ROOT

pytestmark = ONE_BOARD


@pytest.fixture
def machine(boot):
    return boot("demo")


def spans(machine, *args, n=40):
    out = machine.trapline("latency", "-q", "-f", "jsonl", "-n", str(n), *args, check=0).stdout
    lines = [json.loads(line) for line in out.splitlines()]
    return [line for line in lines if "took" in line], lines[-2], lines[-1]


def test_between(machine):
    each, sums, end = spans(machine, "pid_step", "telemetry")
    hz = 25_000_000
    assert len(each) == sums["spans"] >= 15 and sums["doubtful"] == sums["evicted"] == 0
    assert all(abs(s["took"] - s["ticks"] / hz) < 1e-8 for s in each)
    took = [s["took"] for s in each]
    assert abs(sums["least"] - min(took)) < 1e-8 and abs(sums["most"] - max(took)) < 1e-8
    assert abs(sums["mean"] - sum(took) / len(took)) < 1e-8
    assert min(took) <= sums["p50"] <= sums["p90"] <= sums["p99"] <= sums["most"]
    assert [p["name"] for p in end["probes"]] == ["pid_step", "telemetry"]


def test_keys(machine):
    """What is measured is what is told of: the key of a step and of its line are the same."""
    each, sums, _ = spans(machine, "pid_step", "telemetry", "by", "measured", "s->temperature")
    assert sums["spans"] >= 10 and sums["keyless"] == 0
    assert all(2000 < int(s["key"]) < 3500 for s in each)
    wrong, sums, _ = spans(machine, "pid_step", "telemetry", "by", "measured", "s->number")
    assert not wrong and sums["unmatched"] >= 10 and sums["open"] + sums["restarted"] >= 10


def test_return(machine):
    """As long as the target says that the call took."""
    each, _, _ = spans(machine, "pid_step", "pid_step%return")
    out = machine.trapline("watch", "-q", "-f", "jsonl", "-n", "20", "pid_step%return", check=0)
    calls = [json.loads(line) for line in out.stdout.splitlines()][:-1]
    assert len(each) >= 15 and each[0]["ticks"] > 0
    assert min(s["ticks"] for s in each) < 50 * max(c["elapsed"] for c in calls)


def test_text(machine):
    out = machine.trapline("latency", "-v", "-n", "40", "pid_step", "telemetry", check=0).stdout
    assert re.search(r"^mean +[\d.]+ [mun]?s$", out, re.M), out
    rows = re.findall(r"^ +[\d.]+ [mun]?s to +[\d.]+ [mun]?s +(\d+)(?: \**)?$", out, re.M)
    each = re.findall(r"^ +[\d.]+ +[\d.]+ [mun]?s  $", out, re.M)
    assert sum(map(int, rows)) == len(each) >= 15, out
    assert f"\n{len(each)} spans" in out and "original bytes verified" in out
    csv = machine.trapline("latency", "-q", "-n", "8", "-f", "csv", "pid_step", "telemetry", "by",
                           "measured", "s->temperature", check=0).stdout.splitlines()
    assert csv[0] == "t,key,ticks,took" and all(len(line.split(",")) == 4 for line in csv[1:])


def test_async(boot):
    """A function that is done at its third poll, two of it at a time."""
    machine = boot("async")
    machine.until(lambda: machine.peek("rounds") > 3)  # it has tested itself
    for by, keys in ([], None), (["by", "t->address"], {"10", "20"}):
        out = machine.trapline("async", "-q", "-f", "jsonl", "-n", "120", "transfer", *by, "done",
                               "$retval >= 2", check=0).stdout
        lines = [json.loads(line) for line in out.splitlines()]
        each, sums = [line for line in lines if "polls" in line], lines[-2]
        whole = [s for s in each if not s["first"]]  # those may have begun before
        assert sums["first"] == len(each) - len(whole) >= 2
        # where the line is too slow records are dropped: then they may have begun amid those
        assert sums["first"] == 2 or any(p["dropped"] or p["lost"] for p in lines[-1]["probes"])
        assert len(whole) >= 8 and all(s["polls"] == 3 for s in whole), each
        assert all(0 < s["busy"] < s["took"] for s in whole)
        assert len({s["key"] for s in whole}) == 2 and keys in (None, {s["key"] for s in whole})
        assert sums["spans"] == len(each) and sums["unmatched"] <= 2 >= sums["open"]


@pytest.mark.parametrize("args, status, message", [
    (["pid_step"], 2, "usage: trapline latency"),
    (["pid_step", "telemetry", "by"], 2, "usage: trapline latency"),
    (["pid_step", "telemetry", "near", "x"], 2, "usage: trapline latency"),
    (["sample_*", "telemetry"], 2, "the two POINTs are one place each"),
    (["pid_step", "telemetry", "by", "nonsense"], 5, "no variable 'nonsense'"),
    (["nowhere", "telemetry"], 5, "no function 'nowhere'"),
])
def test_refused(machine, args, status, message):
    refused(machine, "latency", args, status, message)


@pytest.mark.parametrize("args, status, message", [
    (["pid_step", "done"], 2, "usage: trapline async"),
    (["pid_step", "by", "x", "$retval"], 2, "usage: trapline async"),
    (["sample_*", "done", "$retval"], 2, "POINT is one function here"),
    (["pid_step", "done", "nonsense"], 5, "no variable 'nonsense'"),
])
def test_async_refused(machine, args, status, message):
    refused(machine, "async", args, status, message)


def refused(machine, command, args, status, message):
    done = machine.trapline(command, *args)
    assert done.returncode == status and message in done.stderr, done.stderr


# ---- against a model ----


@pytest.fixture(scope="module")
def feed(tmp_path_factory):
    program = tmp_path_factory.mktemp("spans") / "spans"
    subprocess.run(["cc", "-std=gnu11", "-g", "-O1", "-fsanitize=address,undefined", "-Wall",
                    "-Wextra", "-Werror", f"-I{ROOT}/host", f"-I{ROOT}/protocol",
                    ROOT / "tests/hil/host/spans.c", ROOT / "host/output/spans.c",
                    ROOT / "host/base/util.c", ROOT / "protocol/pack.c", "-o", program],
                   check=True)

    def run(lines, hz):
        out = subprocess.run([program, str(hz)], input="\n".join(lines) + "\n", text=True,
                             capture_output=True, check=True).stdout.splitlines()
        sums = next(list(map(int, line.split()[1:])) for line in out if line[0] == "=")
        return ([tuple(line.split()) for line in out if line[0] not in "=%"], sums,
                [int(line[2:]) for line in out if line[0] == "%"])
    return run


def test_model(feed):
    rng = random.Random(3)
    for _ in range(30):
        hz = rng.choice([1000, 32768, 25_000_000])
        keys = [f"k{i}" for i in range(rng.choice([1, 3, 40]))]
        now, lines, begun, waiting, closed = 0, [], {}, [], []
        count = collections.Counter()
        for _ in range(rng.choice([10, 400])):
            now += rng.choice([0, 1, rng.randrange(1000), rng.randrange(2**33)])
            what, key = rng.choice("bbbeeelc"), rng.choice(keys)
            if what in "be":
                lines.append(f"{what} {key} {now / hz:.9f} {now % 2**32}")
            if what == "b":
                count["restarted"] += key in begun
                begun[key] = now
            elif what == "e" and key in begun:
                waiting.append((key, now - begun.pop(key)))
            elif what == "e":
                count["unmatched"] += 1
            elif what == "l":
                lines.append("lost")
                count["doubtful"] += len(begun) + len(waiting)
                begun, waiting = {}, []
            else:
                lines.append("confirm")
                closed, waiting = closed + waiting, []
        shown, sums, quantiles = feed(lines, hz)
        assert [key for key, _ in shown] == [key for key, _ in closed]
        ticks = [int(t) for _, t in shown]
        assert all(abs(a - b) <= (b > 2**31) * 2 for a, (_, b) in zip(ticks, closed))
        assert sums[0] == len(closed) and sums[1] == sum(ticks)
        assert sums[4:] == [count["unmatched"], count["restarted"], 0, count["doubtful"],
                            len(begun)]
        if ticks:
            assert sums[2:4] == [min(ticks), max(ticks)] and quantiles[100] == max(ticks)
            ticks.sort()
            for share, q in enumerate(quantiles[1:], 1):
                exact = ticks[max(0, int(share / 100 * len(ticks) + 0.5) - 1)]
                assert exact <= q <= exact * 17 / 16 + 1, (share, exact, q)


def test_too_many(feed):
    """The oldest are given up."""
    lines = [f"b k{i} {i}.0 {i}" for i in range(1030)] + ["e k0 2000.0 2000", "e k6 2000.0 2000",
                                                          "confirm"]
    shown, sums, _ = feed(lines, 1)
    assert shown == [("k6", "1994")] and sums[4:] == [1, 0, 6, 0, 1023]

# SPDX-License-Identifier: MIT
"""Every command against a target, and every exit status."""
import csv
import json
import re
import subprocess
import time

import pytest

from conftest import (EACH_ARCH, EVERY_BOARD, ONE_BOARD, PATIENT, SAMPLED, TRAPLINE, clean_env,
                      cross, isa,
                      wait_for)
from tap import Tap
from rsp import PATIENCE

pytestmark = SAMPLED
OUTCOME = "probes removed, original bytes verified"


def listed(machine):
    return [json.loads(line)
            for line in machine.trapline("list", "-f", "jsonl", check=0).stdout.splitlines()]


@EVERY_BOARD
def test_info(machine, board, regs):
    """What the target says, against what our own client is told and the Makefile says."""
    facts = json.loads(machine.trapline("info", "-f", "jsonl", check=0).stdout)
    assert (facts["board"], facts["isa"], facts["match"]) == (board, isa(board), "yes")
    assert facts["target-id"] == facts["elf-id"] and re.fullmatch("[0-9a-f]{40}", facts["elf-id"])
    assert facts["registers"].split() == regs.all
    assert "match          yes" in machine.trapline("info", check=0).stdout
    assert machine.trapline("info", "-f", "csv",
                            check=0).stdout.startswith(f'fact,value\nboard,"{board}"\n')
    target = machine.connect()
    assert (facts["points"], facts["ring"],
            facts["tick-rate"]) == (target.points, target.ring, target.ticks)


def counted_on(machine, before, probe):
    """The list once that probe has been hit again."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        now = listed(machine)
        if now[probe]["hits"] > before[probe]["hits"]:
            return now
    raise AssertionError("no hit between the sessions")


def test_probes_outlive_the_session(boot):
    machine = boot("demo")
    result = machine.trapline("add", "pid_step", "filter_update every=2", "--count", check=0)
    assert re.findall(r"^probe  (\d) (\w+)  0x%08x" % machine.elf["pid_step"], result.stdout,
                      re.M) == [("1", "pid_step")]
    first = listed(machine)
    assert [(p["probe"], p["name"], p["kind"], p["enabled"], p["stay"]) for p in first] == \
        [(1, "pid_step", "count", True, True), (2, "filter_update", "count", True, True)]
    second = counted_on(machine, first, 0)
    two = second[1]
    assert two["filtered"] in (two["recorded"], two["recorded"] + 1)
    machine.trapline("disable", "pid_step", check=0)
    third = listed(machine)
    assert not third[0]["enabled"] and third[1]["enabled"]
    fourth = counted_on(machine, third, 1)
    assert fourth[0]["hits"] == third[0]["hits"]
    machine.trapline("enable", "1", check=0)
    assert listed(machine)[0]["enabled"]
    text = machine.trapline("list", check=0).stdout
    assert re.search(
        r"^  1 pid_step +0x%08x  count     boosted slot  enabled        stays    \d+ hits, 0 "
        r"missed, 0 dropped$" % machine.elf["pid_step"], text, re.M)
    rows = list(csv.DictReader(machine.trapline("list", "-f", "csv", check=0).stdout.splitlines()))
    assert [r["name"] for r in rows] == ["pid_step", "filter_update"]
    watched = machine.trapline("watch", "sample_isr", "-n", "3", check=0).stdout
    assert "probe  3 sample_isr" in watched, "their ids are left alone"
    refused = machine.trapline("del", "7")
    assert refused.returncode == 4 and "error: no probe '7' on the target" in refused.stderr
    assert "trapline list" in refused.stderr
    machine.trapline("del", "filter_update", check=0)
    assert [p["probe"] for p in listed(machine)] == [1]
    machine.trapline("del", "all", check=0)
    nothing = machine.trapline("list", check=0)
    assert nothing.stdout == "" and "no probes on the target" in nothing.stderr
    target = machine.connect()
    assert target.raw(machine.elf["pid_step"], 8) == target.read(machine.elf["pid_step"], 8)


def records_of(machine, word):
    """What `watch` of an added probe shows: sequence numbers, and the rest of its words."""
    result = machine.trapline("watch", word, "-f", "csv", check=0)
    return [int(r["seq"]) for r in csv.DictReader(result.stdout.splitlines())
            if r["seq"]], result.stderr


@EACH_ARCH
def test_added_probes_keep_names_and_records(boot):
    """What an added probe has caught can be had later: no other command takes it out of the
    ring."""
    machine = boot("demo")
    added = machine.trapline("add", "mine=pid_step limit=4", "sample_isr%return limit=3", check=0)
    assert re.search(r"^probe  1 mine ", added.stdout, re.M)
    end = time.monotonic() + PATIENCE
    while not all(p["limit_reached"] for p in listed(machine)):
        assert time.monotonic() < end
    assert [p["name"] for p in listed(machine)] == ["mine", "sample_isr%return"]
    machine.trapline("count", "pid_step", "-n", "2", check=0)
    machine.trapline("info", check=0)
    assert [p["dropped"] for p in listed(machine)] == [0, 0]
    seqs, said = records_of(machine, "mine")
    assert seqs == [1, 2, 3, 4] and "mine: 4 hits, 4 recorded" in said
    assert "3 records of probes that were added before went by" in said
    assert records_of(machine, "1")[0] == [], "they are taken once"
    assert [p["limit_reached"] for p in listed(machine)] == [True, True], "and the probes stay"
    machine.trapline("disable", "mine", check=0)
    machine.trapline("del", "mine", "2", check=0)
    assert listed(machine) == []


@ONE_BOARD
def test_watch_of_added_probes(boot):
    machine = boot("demo")
    long = "a_name_that_is_longer_than_what_is_kept"
    added = machine.trapline("add", f"{long}=pid_step", check=0)
    kept = re.search(r"the target keeps (\d+) bytes of a name: probe 1 is '(\w+)'", added.stderr)
    assert long[:int(kept[1])] == kept[2]
    machine.trapline("add", "counts=sample_isr", "--count", check=0)
    both = machine.trapline("watch", "filter_update", kept[2], "-n", "40", check=0)
    assert re.search(r"probe  1 %s +0x\w+ \S+ +boosted slot, added before" % kept[2], both.stdout)
    assert re.search(r"^ +-?[\d.]+ filter_update\(", both.stdout, re.M)
    assert re.search(r"^ +-?[\d.]+ %s\(" % kept[2], both.stdout, re.M)
    assert both.stdout.endswith(f"{OUTCOME}; those added before stay\n")
    for word, why in (("7", "no probe '7' on the target"),
                      ("counts", "probe 2 (counts) only counts"),
                      ("2", "probe 2 (counts) only counts")):
        refused = machine.trapline("watch", word)
        assert refused.returncode == 4 and why in refused.stderr and "hint: " in refused.stderr
    assert [p["name"] for p in listed(machine)] == [kept[2], "counts"]
    with machine.start_trapline("watch", kept[2]) as watch:
        first = watch.stdout.readline()
        assert first.startswith("board ")
        machine.reset()
        rest, said = watch.communicate(timeout=PATIENCE)
    assert rest.endswith("probes were gone already: nothing removed, nothing verified\n")
    assert watch.returncode == 4 and "is not on the target any more" in said
    assert "nothing is left to watch" in said


@ONE_BOARD
def test_list_of_a_limit(boot):
    """A probe that its limit has ended is not one that somebody disabled; columns have names,
    and rows stand below them."""
    machine = boot("demo")
    machine.trapline("add", "pid_step limit=3", "filter_update limit=1000000", check=0)
    machine.trapline("disable", "filter_update", check=0)
    end = time.monotonic() + PATIENCE
    while not listed(machine)[0]["limit_reached"]:
        assert time.monotonic() < end
    assert [(p["enabled"], p["limit"], p["recorded"] + p["dropped"] >= p["limit"],
             p["limit_reached"]) for p in listed(machine)] == \
        [(False, 3, True, True), (False, 1000000, False, False)]
    head, *rows = machine.trapline("list", check=0).stdout.splitlines()
    assert head.split() == ["id", "name", "address", "kind", "step", "state", "stays", "counts"]
    assert [row[head.index("state"):head.index("stays")].strip()
            for row in rows] == ["limit reached", "disabled"]
    rows = list(csv.DictReader(machine.trapline("list", "-f", "csv", check=0).stdout.splitlines()))
    assert [(r["limit"], r["limit_reached"]) for r in rows] == [("3", "1"), ("1000000", "0")]
    machine.trapline("enable", "pid_step", check=0)
    machine.trapline("del", "all", check=0)


@ONE_BOARD
def test_csv_of_a_quote(boot, board, tmp_path):
    """A name with a quote and a comma in it, as assemblers and operators have, is one field."""
    machine, name = boot("demo"), 'pid"step",x'
    subprocess.run([cross(board) + "objcopy", "--redefine-sym", f"pid_step={name}",
                    machine.elf.path, tmp_path / "odd.elf"], check=True)
    at, odd = hex(machine.elf["pid_step"]), ("-f", "csv", "-e", tmp_path / "odd.elf")
    counted = machine.trapline("count", at, "-n", "1", *odd, elf=False, check=0).stdout
    machine.trapline("add", at, *odd[2:], elf=False, check=0)
    for text, column in ((counted, "recorded"),
                         (machine.trapline("list", *odd, elf=False, check=0).stdout, "limit")):
        row, = csv.DictReader(text.splitlines())
        assert row["name"] == name and row[column].isdigit() and None not in row, text


@EVERY_BOARD
def test_count(boot):
    machine = boot("demo")
    before = machine.samples()
    result = machine.trapline("count", "pid*", "sample_*", "main", "-d", "2s", check=0)
    samples, queue = machine.samples() - before, 16
    rows = {r.split()[0]: [int(n) for n in r.split()[1:]] for r in result.stdout.splitlines()
            if re.match(r"\w+( +\d+){5}$", r)}
    assert set(rows) == {"pid_step", "sample_isr", "sample_get", "main"}
    assert 0 < rows["sample_isr"][0] <= samples
    assert abs(rows["pid_step"][0] - rows["sample_isr"][0]) <= queue
    assert rows["main"] == [0] * 5 and all(r[0] == r[1] for r in rows.values())
    assert result.stdout.splitlines()[-1] == OUTCOME
    one = json.loads(machine.trapline("count", "pid_step", "-n", "30", "-f", "jsonl",
                                      check=0).stdout)
    assert one["end"] is True and one["probes"][0]["recorded"] == 30, "the target stops by itself"
    rows = list(csv.DictReader(machine.trapline("count", "p=pid_step", "-n", "5", "-f", "csv",
                                                check=0).stdout.splitlines()))
    assert [(r["probe"], r["name"], r["recorded"]) for r in rows] == [("1", "p", "5")]


def test_regs(boot, regs):
    machine = boot("demo")
    now = json.loads(machine.trapline("regs", "-f", "jsonl", check=0).stdout)["regs"]
    assert list(now) == regs.all
    assert re.search(r"^pc .*  main\+0x", machine.trapline("regs", check=0).stdout,
                     re.M), "where the firmware goes on"
    hit = json.loads(machine.trapline("regs", "pid_step", "-f", "jsonl", check=0).stdout)["regs"]
    assert int(hit["pc"], 16) == machine.elf["pid_step"]
    text = machine.trapline("regs", "pid_step", check=0).stdout
    assert re.search(r"^pc +0x%0*x  pid_step$" % (2 * regs.word, machine.elf["pid_step"]), text,
                     re.M)
    assert re.search(r"^%s +0x[0-9a-f]{%d}  main\+0x" % (regs.lr, 2 * regs.word), text, re.M)
    missed = machine.trapline("regs", "parse", "-d", "500ms")
    assert missed.returncode == 1 and "error: parse was not hit" in missed.stderr
    assert listed(machine) == []


def test_read_write(machine):
    name, at = "interrupts", machine.elf["interrupts"]
    assert machine.trapline("read", name,
                            check=0).stdout.split()[:5] == ["%08x" % at, "00", "00", "00", "00"]
    machine.trapline("write", name, "78563412", check=0)
    assert json.loads(machine.trapline("read", hex(at), "4", "-f", "jsonl", check=0).stdout) == \
        {"addr": hex(at), "bytes": "78563412"}
    assert machine.trapline("read", name, "4", "-f", "csv",
                            check=0).stdout == f"addr,bytes\n{hex(at)},78563412\n"
    assert machine.trapline("read", f"{name}+2", "1", "-f", "jsonl",
                            check=0).stdout.endswith('"bytes":"34"}\n')
    text = machine.elf["tl_poll"]
    big = json.loads(machine.trapline("read", hex(text), "3000", "-f", "jsonl",
                                      check=0).stdout)["bytes"]
    target = machine.connect()
    assert bytes.fromhex(big) == b"".join(target.read(text + i, 100) for i in range(0, 3000, 100))


def test_write_refused(machine):
    result = machine.trapline("write", "interrupts", "00" * 8)
    assert result.returncode == 4 and "8 bytes do not fit interrupts (4 bytes)" in result.stderr
    assert "--force" in result.stderr
    nowhere = hex(machine.elf["place_unmapped"])
    for command in (["read", nowhere, "4"], ["write", nowhere, "00"]):
        result = machine.trapline(*command)
        assert result.returncode == 4
        assert "memory cannot be read or written there (said by the target)" in result.stderr


@EVERY_BOARD
def test_read_hides_patches(machine):
    plain = machine.trapline("read", "work", "8", check=0).stdout
    machine.trapline("add", "work", check=0)
    assert machine.trapline("read", "work", "8", check=0).stdout == plain
    target = machine.connect()
    assert target.raw(machine.elf["work"], 8) != target.read(machine.elf["work"], 8)


def test_write_over_a_probe(machine):
    """Text under a probe is not changed behind its back; beside it, and with it gone, it may be."""
    at = machine.elf["code_sum"]
    machine.trapline("add", "code_sum", check=0)
    refused = machine.trapline("write", "--force", "code_sum", "00bf")
    assert refused.returncode == 4 and "already registered (said by the target)" in refused.stderr
    assert "delete or unregister it first" in refused.stderr
    machine.trapline("write", "--force", hex(at + 8), "00bf", check=0)
    machine.trapline("del", "all", check=0)
    machine.trapline("write", "--force", "code_sum", "00bf", check=0)
    target = machine.connect()
    assert target.raw(at, 2) == target.raw(at + 8, 2) == bytes.fromhex("00bf")


@EACH_ARCH
def test_console(boot):
    machine = boot("demo")
    result = machine.trapline("console", "-d", "5s", input="set 3000\nnonsense\nkp 99999999\n",
                              check=0)
    lines = result.stdout.splitlines()
    assert {"ok", "unknown command: try set, kp, ki, kd", "out of range"} <= set(lines)
    telemetry = [json.loads(line) for line in lines if line.startswith('{"n":')]
    assert telemetry and telemetry[-1]["set"] == 30.0
    long = "".join(f"set {1000 + i}\n" for i in range(60))
    result = machine.trapline("console", input=long, check=0, timeout=PATIENCE)
    assert result.stdout.splitlines().count("ok") == \
        60, "more than the target's buffer holds, at its own pace"
    target = machine.connect()
    wait_for(target, b'"set":10.59')


@EACH_ARCH
def test_console_amid_a_reset(boot):
    """The UART comes up when the host has begun to talk: what is left of its packet is not the
    first typed line."""
    machine = boot("demo", extra=("-S",))
    process = subprocess.Popen([TRAPLINE, "console", "-d", "5s", "-p", machine.port, "-e",
                                machine.elf.path], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True, env=clean_env() | PATIENT)
    time.sleep(0.2)  # its first packet is on the line
    machine.monitor("cont")
    out, _ = process.communicate("set 3000\n", timeout=PATIENCE)
    assert "ok" in out.splitlines() and "unknown command" not in out


@EACH_ARCH
def test_firmware_sees_input_while_watched(boot, regs):
    machine = boot("demo")
    tap = Tap(machine)
    process = tap.start("watch", f"parse %{regs.args[2]}", "-f", "jsonl", "-n", "3")
    tap.wait_armed()
    for i in range(3):
        tap.type("set 100" + "0" * i)
    out, err = process.communicate(timeout=PATIENCE)
    tap.close()
    assert [int(json.loads(line)["regs"][regs.args[2]], 16)
            for line in out.splitlines()[:-1]] == [7, 8, 9], "the length of each line"
    assert process.returncode == 0 and err.count("console| ok") >= 2


# ---- exit status ----

@ONE_BOARD
@pytest.mark.parametrize("expect, status, counts",
                         [("5", 0, ""), ("hits>=5", 0, ""), ("hits==5", 0, ""),
                          ("missed==0", 0, ""), ("dropped<1", 0, ""),
                          ("6", 1, "expected hits>=6, but there were 5"),
                          ("hits!=5", 1, "expected hits!=5"),
                          ("lost>0", 1, "but there were 0"),
                          ("filtered>=1", 1, "but there were 0")])
def test_expect(boot, expect, status, counts):
    machine = boot("demo")
    for command in ("watch", "count"):
        result = machine.trapline(command, "pid_step limit=5", "-d", "4s", "--expect", expect)
        assert result.returncode == status and counts in result.stderr, result.stderr


def test_refused_by_the_target(machine):
    """--force overrules the host's opinion, never the target's."""
    for name, why in (("code_break", "a breakpoint instruction of the firmware's own"),
                      ("code_exclusive_inside", "between load- and store-exclusive"),
                      ("tl_poll", "inside the agent"),
                      ("code_undefined", "undefined or unpredictable instruction")):
        if name not in machine.elf.symbols:
            continue  # this core has no such instructions
        for command in ("watch", "add", "count"):
            result = machine.trapline(command, name)
            assert result.returncode == 4 and why in result.stderr
            assert "said by the target" not in result.stderr
            result = machine.trapline(command, name, "--force")
            assert result.returncode == 4, result.stderr
            assert f"warning: {name}: {why}" in result.stderr, result.stderr
            assert re.search(rf"error: .*{why}.*\(said by the target\)\nhint:  ",
                             result.stderr), result.stderr
    assert listed(machine) == []


@EACH_ARCH
def test_one_refused_none_armed(machine):
    result = machine.trapline("watch", "work", "tick", "code_break", "--force", "-n", "1")
    assert result.returncode == 4 and listed(machine) == []


def test_check_online(machine):
    result = machine.trapline("check", "work", "tick", check=0)
    assert [line.rsplit("accepted by ")[1] for line in result.stdout.splitlines()] == \
        ["the host", "the target"] * 2
    result = machine.trapline("check", "code_break", "--force")
    assert result.returncode == 4 and "(said by the target)" in result.stderr

# SPDX-License-Identifier: MIT
"""Breakpoints in pages of flash: on micro:bit, whose flash controller QEMU models. Its demo has the
C library in flash. tests/unit/probe/test_flash_power.c has what a loss of power does to every
step."""
import csv
import os
import re
import signal
import subprocess

import pytest

from gdb import gdb
from rsp import PATIENCE, TargetError
from sessions import assert_clean

FLASH = pytest.mark.parametrize("board", ["microbit"])
PAGE = 1024
COUNT, FLASH_STEP, PENDING = 0, 8, 16
MAY_WRITE = 4  # in QTl.add


@pytest.fixture
def flashed(boot):
    machine = boot("demo")
    assert machine.elf["printf"] < 0x20000000
    return machine


def contents(machine, name="flash.bin"):
    """All of the flash, as it is in the chip."""
    path = f"{machine.tmp}/{name}"
    machine.monitor("stop")
    machine.monitor(f'memsave 0 0x40000 "{path}"')
    machine.monitor("cont")
    return path, bytearray(open(path, "rb").read())


def text_of(machine, flash):
    start, end = machine.elf["__flash_text"], machine.elf["__flash_text_end"]
    return bytes(flash[start:end])


def functions(machine):
    """{name: address} of those in flash that the linker script lets be written."""
    table = subprocess.run(["readelf", "-sW", machine.elf.path], check=True, capture_output=True,
                           text=True).stdout
    found = {name: int(value, 16) & ~1
             for value, name in re.findall(r": ([0-9a-f]+) +[1-9]\d* FUNC .* (\S+)$", table, re.M)}
    return {name: value for name, value in found.items()
            if machine.elf["__flash_text"] <= value < machine.elf["__flash_text_end"]}


def facts(machine):
    line = re.search(r"^flash +(.*)$", machine.trapline("info", check=0).stdout, re.M)[1]
    return [int(n) for n in re.findall(r"\d+", line)]


@FLASH
def test_watch(flashed):
    """Hits with their values, and returns; the page is as it was when the command ends."""
    _, before = contents(flashed)
    done = flashed.trapline("watch", "--flash", "printf", "printf%return", "-n", "4", check=0)
    calls = len(re.findall(r"^ +[\d.]+ printf\(fmt=.*\{", done.stdout, re.M))
    returns = len(re.findall(r"^ +[\d.]+ printf%return = \d+ ", done.stdout, re.M))
    assert returns >= 2 and calls - returns in (0, 1)  # those on their way are shown, too
    assert re.search(r"^probe  1 printf +0x[0-9a-f]+ .* flash, 1 of ", done.stdout, re.M)
    assert "1 page of flash written; the firmware stood for " in done.stderr
    assert "1 page of flash rewritten; " in done.stderr
    assert "original bytes verified" in done.stdout
    assert text_of(flashed, contents(flashed)[1]) == text_of(flashed, before)
    assert facts(flashed)[:2] == [0, 8]
    assert_clean(flashed)


@FLASH
def test_counts(flashed):
    """Each call is counted, by the firmware's own count of what calls it: pages of several
    functions in one pass, some text in RAM among them."""
    done = flashed.trapline("count", "--flash", "-d", "2s", "printf", "memchr", "_vfprintf_r",
                            "pid_step", "-f", "csv", check=0)
    hits = {row["name"]: int(row["hits"]) for row in csv.DictReader(done.stdout.splitlines())}
    assert abs(hits["pid_step"] - 50 * hits["printf"]) <= 50, hits  # it prints each 50th
    assert hits["printf"] == hits["_vfprintf_r"] and hits["memchr"] >= hits["printf"]
    assert "3 pages of flash written; " in done.stderr


@FLASH
def test_stays(flashed):
    """What is added stays, is listed, disabled and enabled without another page, and goes."""
    _, before = contents(flashed)
    done = flashed.trapline("add", "--flash", "--count", "printf", "memchr", check=0)
    assert re.search(r"^probe  1 printf  0x[0-9a-f]+   flash, 1 of ", done.stdout, re.M)
    assert text_of(flashed, contents(flashed)[1]) != text_of(flashed, before)
    erased = facts(flashed)[2]
    flashed.trapline("disable", "all", check=0)
    number = flashed.samples()
    flashed.until(lambda: flashed.samples() > number + 120)  # it has printed twice
    listed = flashed.trapline("list", "-f", "csv", check=0).stdout
    again = flashed.trapline("list", "-f", "csv", check=0).stdout
    assert listed == again and listed.count(",count,flash,0,1,") == 2
    flashed.trapline("enable", "all", check=0)
    assert facts(flashed) == [2, 8, erased]
    flashed.trapline("del", "all", check=0)
    assert facts(flashed)[0] == 0
    assert text_of(flashed, contents(flashed)[1]) == text_of(flashed, before)


@FLASH
def test_a_host_that_is_killed(flashed):
    """Then the agent writes back what the host cannot."""
    _, before = contents(flashed)
    process = flashed.start_trapline("watch", "--flash", "printf", "--lease", "3s")
    next(line for line in process.stdout if " printf(" in line)
    assert text_of(flashed, contents(flashed)[1]) != text_of(flashed, before)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    flashed.until(lambda: text_of(flashed, contents(flashed)[1]) == text_of(flashed, before))
    assert facts(flashed)[0] == 0


@FLASH
@pytest.mark.parametrize("lost", ["whole", "erased", "half"])
def test_power_lost(flashed, boot, lost):
    """A board that lost power with breakpoints in its flash, or amid the writing of a page: it
    starts, by what is in the chip, and all is as it was."""
    _, before = contents(flashed)
    flashed.trapline("add", "--flash", "printf", "_vfprintf_r", check=0)
    path, flash = contents(flashed)
    flashed.stop()
    page = flashed.elf["printf"] & -PAGE
    if lost == "erased":
        flash[page:page + PAGE] = b"\xff" * PAGE
    elif lost == "half":
        flash[page + PAGE // 2:page + PAGE] = b"\xff" * (PAGE // 2)
    open(path, "wb").write(flash)
    machine = boot("demo", image=path)
    machine.until(lambda: machine.samples() > 120)  # it has printed
    assert text_of(machine, contents(machine)[1]) == text_of(machine, before)
    assert facts(machine)[0] == 0 and facts(machine)[3] == 2  # put back
    machine.trapline("watch", "--flash", "printf", "-n", "1", check=0)


@FLASH
def test_reset(flashed):
    """A host that watches over a reset: said, written again, and counted on."""
    process = flashed.start_trapline("watch", "--flash", "printf")
    lines = iter(process.stdout.readline, "")
    next(line for line in lines if " printf(" in line)
    flashed.reset()
    next(line for line in lines if " printf(" in line)
    next(line for line in lines if " printf(" in line)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert "target was reset: 1 probe armed again" in err
    assert "original bytes verified" in out
    assert_clean(flashed)


@FLASH
def test_debugger(flashed):
    """It reads what was linked, may stop where a page was written, and steps on from there."""
    flashed.trapline("add", "--flash", "printf", check=0)
    said = gdb(flashed, "monitor probes", "x/2i printf", "break *printf", "continue", "stepi",
               "x/i $pc", "continue")
    assert "bkpt" not in said and re.search(r" probe of a host flash, (boosted|slot) hits ", said)
    assert said.count("Breakpoint 1, ") == 2
    assert re.search(r"^=> 0x[0-9a-f]+ <i?printf\+2>:", said, re.M)
    flashed.trapline("del", "all", check=0)
    assert facts(flashed)[0] == 0


@FLASH
def test_every_function(flashed):
    """All that is in whole pages of flash, as many at a time as the agent has points: the firmware
    prints on, and what it calls is hit."""
    elf, target = flashed.elf, flashed.connect()
    last = elf["__flash_text_end"] & -PAGE
    names = sorted({value: name for name, value in functions(flashed).items()
                    if value < last}.items())
    assert len(names) > 50
    hits = {}
    for at in range(0, len(names), 12):
        taken = []
        for addr, name in names[at:at + 12]:
            try:
                assert target.add(len(taken) + 1, addr, COUNT, stay=MAY_WRITE)[0] & FLASH_STEP
                taken.append(name)
            except TargetError as error:
                assert error.code in (0x08, 0x0A, 0x0D), (name, hex(error.code))
        while int(target.command("QTl.flash", 1)[1], 16):
            pass
        number = flashed.samples()
        target.until(lambda: flashed.samples() > number + 60)
        for n, name in enumerate(taken, 1):
            hits[name] = target.counters(n)["hits"]
            target.command("QTl.del", n)
        while int(target.command("QTl.flash", 0)[1], 16):
            pass
    assert hits["_vfprintf_r"] and hits["memchr"] and hits["__udivsi3"], hits
    assert sum(bool(n) for n in hits.values()) >= 10


@FLASH
def test_refused(flashed):
    """Each with its reason, and nothing is written."""
    machine = flashed
    no_flash = machine.trapline("watch", "printf", "-n", "1", check=4).stderr
    assert "memory did not take the write" in no_flash and "hint:  say --flash" in no_flash
    last = max((value, name) for name, value in functions(machine).items())
    refused = machine.trapline("watch", "--flash", last[1], "-n", "1", check=4).stderr
    assert "its page of flash must stay as it is (said by the target)" in refused
    refused = machine.trapline("watch", "--flash", "Reset_Handler", "-n", "1", check=4).stderr
    assert "hint:  link the code to be probed into RAM" in refused
    refused = machine.trapline("watch", "--flash", "printf", "Reset_Handler", check=4).stderr
    assert refused.count("error:") == 1 and "warning" not in refused
    accepted = machine.trapline("check", "--flash", "printf", "pid_step", check=0).stdout
    assert re.search(r"^printf .* flash  accepted by the target$", accepted, re.M)
    assert re.search(r"^pid_step .* slot  accepted by the target$", accepted, re.M)
    machine.trapline("check", "printf", check=4)
    assert facts(machine) == [0, 8, 0]


@FLASH
def test_added_in_part(flashed):
    """Of several that are added those stay that could be, and they are in flash."""
    done = flashed.trapline("add", "--flash", "printf", "Reset_Handler", check=4)
    assert re.search(r"^probe  1 printf .* flash, 1 of ", done.stdout, re.M)
    assert "1 page of flash written; " in done.stderr
    flashed.until(lambda: "0 hits" not in flashed.trapline("list", check=0).stdout)
    flashed.trapline("del", "all", check=0)
    assert facts(flashed)[0] == 0


@FLASH
def test_waits(flashed):
    """One whose page is not written says so, and fires when it is enabled again."""
    target = flashed.connect()
    target.add(1, flashed.elf["printf"], COUNT, stay=1 + MAY_WRITE)
    target.command("QTl.bye", 1)
    os.close(flashed.targets.pop().fd)
    rows = flashed.trapline("list", "-f", "csv", check=0).stdout.splitlines()
    assert rows[0].count(",") == rows[1].count(",") and ",flash (not written)," in rows[1]
    assert "memory did not take the write" in flashed.trapline("add", "printf", check=4).stderr
    flashed.trapline("enable", "1", check=0)
    assert ",flash," in flashed.trapline("list", "-f", "csv", check=0).stdout
    flashed.until(lambda: ",1,1,0," not in flashed.trapline("list", "-f", "csv", check=0).stdout)
    flashed.trapline("del", "all", check=0)


@pytest.mark.parametrize("board", ["mps2-an385"])
def test_agent_without(boot):
    done = boot("demo").trapline("watch", "--flash", "pid_step", check=4)
    assert "error: the target writes no flash: its agent is built without (TL_FLASH)" in done.stderr

# SPDX-License-Identifier: MIT
"""Probes in an interrupt that comes too often: the agent takes them out, in the trap, so that the
main loop goes on. Time is counted in the guest's instructions."""
import json
import signal

import pytest

from conftest import EACH_ARCH, arch_of, variant, wait_for
from rsp import PATIENCE
from tap import Tap

pytestmark = EACH_ARCH
SHIFT = 5  # 32 ns an instruction: 31 million a second
TOO_LATE = 1 / 40  # seconds that the main loop may wait, where it would wait for ever
OVER = 0x40  # of a step (SPEC.md)


@pytest.fixture(name="machine")
def slow_machine(boot, board):
    return boot("load", build=variant(board, "budget", "-DTL_BUDGET=25", program="load"),
                extra=("-icount", f"shift={SHIFT},sleep=off"))


@pytest.fixture(name="target")
def client(machine):
    target = machine.connect()
    target.write(b"budget 25\n")
    wait_for(target, b"budget 25: 0")
    return target


def interrupts(target, hz):
    target.write(b"isr %d\n" % hz)
    wait_for(target, b"interrupts at")


def late(machine, target):
    """Seconds that the main loop has waited at most."""
    return int.from_bytes(target.read(machine.elf["late"], 4), "little") / target.ticks


def overloads(target):
    return int(target.command("qTl.ping")[9], 16)


def kilobyte(machine):
    return b"M-1,%x,400" % machine.elf["tick"]


# What GDB's packets say of a tracepoint: behind its address, and its actions.
TRACEPOINTS = {
    "collects": lambda kilobyte: (b"0:0", b"R0", kilobyte),
    "steps": lambda kilobyte: (b"10:0", b"R0", b"SR0" + kilobyte),
    # a sum of many: 0, in which there is a 1 to add so often; and is it 39?
    "condition": lambda _: (b"0:0:X%x,%s" % (2 + 3 * 40 + 4, b"2200" + b"220102" * 40 +
                                             b"222713" + b"27"), b"R0"),
}


@pytest.mark.parametrize("hz", [10_000, 50_000])
@pytest.mark.parametrize("what", TRACEPOINTS)
def test_tracepoint(machine, target, what, hz):
    """It would stop the board. The main loop goes on soon, and QTStop works."""
    at = machine.elf["tick"]
    head, *actions = TRACEPOINTS[what](b"M-1,%x,400" % at)
    for packet in (b"QTinit", b"QTBuffer:circular:1", b"QTDP:1:%x:E:%s-" % (at, head),
                   *(b"QTDP:-1:%x:%s%s" % (at, action, b"-" if action != actions[-1] else b"")
                     for action in actions), b"QTStart"):
        assert target.packet(packet) == b"OK", packet
    interrupts(target, hz)
    target.until(lambda: overloads(target) == 1)
    before = machine.peek("interrupts")
    target.until(lambda: machine.peek("interrupts") > before + 100)
    assert overloads(target) == 1 and late(machine, target) < TOO_LATE
    assert target.packet(b"QTStop") == b"OK"


@pytest.mark.parametrize("kind", ["stack", "several"])
def test_probe(machine, target, kind):
    """A host's: it is off, nothing else, and can be enabled again."""
    at = machine.elf["tick"]
    for probe in range(1, 9 if kind == "several" else 4):
        target.add(probe, at, stay=2)  # disabled
        if kind == "stack":
            target.command("QTl.stack", probe, 0x200)
        target.command("QTl.enable", probe, 1)
    interrupts(target, 50_000)
    target.until(lambda: overloads(target) == 1)
    assert late(machine, target) < TOO_LATE
    found = target.counters(1)
    before = machine.peek("interrupts")
    target.until(lambda: machine.peek("interrupts") > before + 100)
    assert target.counters(1) == found and found["enabled"] and found["step"] & OVER
    target.command("QTl.enable", 1, 1)
    target.until(lambda: overloads(target) == 2)
    assert target.counters(1)["hits"] > found["hits"]
    target.command("QTl.del", 1)


def test_watch(machine, target, board):
    """Of data, where the core can watch it."""
    if arch_of(board) == "thumb":
        pytest.skip("nothing watches data on a Cortex-M yet")
    target.command("QTl.add", 1, machine.elf["interrupts"], 9, 0, 0, 0, 0, 4)
    interrupts(target, 100_000)
    target.until(lambda: overloads(target) == 1)
    assert late(machine, target) < TOO_LATE and target.counters(1)["step"] == OVER | 3


def test_handler(machine, target):
    """The firmware's own."""
    target.write(b"handler 1\n")
    wait_for(target, b"handler 0")
    interrupts(target, 50_000)
    target.until(lambda: overloads(target) == 1)
    assert late(machine, target) < TOO_LATE


def test_told(machine):
    """Hosts hear of it, and see it in the list."""
    tap = Tap(machine)
    host = tap.start("watch", "tick", "--stack=512", "-f", "jsonl")
    tap.wait_armed()
    tap.type("budget 25")
    tap.type("isr 100000")
    tap.wait(lambda: b"interrupts at" in tap.down)
    machine.until(lambda: machine.peek("tl_budget_overloads") == 1)
    listed = None
    while not listed:  # it asks every second or so
        line = host.stdout.readline()
        assert line, host.stderr.read()
        listed = json.loads(line) if '"event"' in line else None
    host.send_signal(signal.SIGINT)
    out, err = host.communicate(timeout=PATIENCE)
    tap.close()
    assert listed["event"] == "overload" and listed["gap"], listed
    assert "warning: tick is off: it took more of the target's time than probes may" in err, err
    assert host.returncode == 0 and json.loads(out.splitlines()[-1])["gaps"] == 1

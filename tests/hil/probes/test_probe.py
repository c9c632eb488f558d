# SPDX-License-Identifier: MIT
"""Probes from the host's side, through a client that is not ours: what a probe sees, counts and
leaves behind."""
import os
import re
import subprocess

import pytest

from conftest import THIN, cross, instructions, wait_for
from rsp import DECODER, FLASH, VERSION, Target, TargetError

COUNT, SNAPSHOT = 0, 1

pytestmark = THIN


def run(target, command, answer):
    target.console = b""
    target.write(command.encode() + b"\n")
    wait_for(target, answer.encode())
    target.settle()
    text = target.console.decode()
    return text[text.index(answer):]  # what the firmware says as it starts may come late


def test_entry(machine, target):
    """A function's entry: every call, with its arguments and the right PC."""
    at = machine.elf["work"]
    before = target.raw(at, 4)
    target.add(1, at)
    assert target.raw(at, 4) != before, "the breakpoint is in the text"
    assert target.read(at, 4) == before, "and hidden from ordinary reads"
    run(target, "run 20", "ran 20")
    hits = target.stream.records
    assert [r["args"][0] for r in hits] == list(range(1, 21))
    assert [r["seq"] for r in hits] == list(range(1, 21))
    assert {r["pc"] for r in hits} == {at}
    assert [r["time"] for r in hits] == sorted(r["time"] for r in hits)
    sums = [r["args"][1] & 0xFFFFFFFF for r in hits]
    assert sums[0] == 0
    assert all(b == (a * 31 + n) & 0xFFFFFFFF for n, (a, b) in enumerate(zip(sums, sums[1:]), 1))


def test_every_instruction(machine, board, target):
    """Every instruction of a function at once; the result is the bare one's, and deleting
    restores the bytes."""
    bare = run(target, "run 50", "ran 50")
    points = [a for a, _ in instructions(machine, board, "work")]
    before = target.raw(points[0], 32)
    for i, at in enumerate(points, 1):
        target.add(i, at, COUNT)
    assert run(target, "run 50", "ran 50") == bare
    for i in range(1, len(points) + 1):
        assert target.counters(i)["hits"] == 50
        target.command("QTl.del", i)
    assert target.raw(points[0], 32) == before
    assert run(target, "run 50", "ran 50") == bare


def test_shared_point(machine, target):
    """Several probes on one address: one patch, own counters; the text is restored when the last
    one leaves."""
    at = machine.elf["work"]
    before = target.raw(at, 2)
    for i in (1, 2, 3):
        assert target.add(i, at, COUNT)[2] == 1, "one point in use"
    run(target, "run 10", "ran 10")
    target.command("QTl.enable", 2, 0)
    run(target, "run 5", "ran 5")
    assert [target.counters(i)["hits"] for i in (1, 2, 3)] == [15, 10, 15]
    assert [target.command("QTl.del", i) for i in (1, 2, 3)] == [["0"], ["0"], ["1"]]
    assert target.raw(at, 2) == before


def test_enable(machine, target):
    at = machine.elf["work"]
    before = target.raw(at, 2)
    target.add(1, at, COUNT)
    run(target, "run 3", "ran 3")
    target.command("QTl.enable", 1, 0)
    assert target.raw(at, 2) == before, "a disabled probe leaves the text alone"
    run(target, "run 3", "ran 3")
    target.command("QTl.enable", 1, 1)
    run(target, "run 3", "ran 3")
    assert target.counters(1)["hits"] == 6
    target.command("QTl.arm", 0)
    run(target, "run 3", "ran 3")
    assert target.counters(1)["hits"] == 6 and target.raw(at, 2) == before
    assert target.command("qTl.ping")[4] == "0"
    target.command("QTl.arm", 1)
    run(target, "run 3", "ran 3")
    assert target.counters(1)["hits"] == 9


def test_filters(machine, target):
    """every=N and limit=N, on the target."""
    at = machine.elf["work"]
    target.add(1, at, SNAPSHOT, every=7)
    target.add(2, at, SNAPSHOT, limit=4)
    target.add(3, at, SNAPSHOT, mask=target.stream.mask(2))
    run(target, "run 100", "ran 100")
    assert [r["args"][0] for r in target.stream.records
            if r["probe"] == 1] == list(range(7, 101, 7))
    assert [r["args"][0] for r in target.stream.records if r["probe"] == 2] == [1, 2, 3, 4]
    asked_for = target.stream.args[:2]
    assert not any(value for r in target.stream.records if r["probe"] == 3
                   for i, value in enumerate(r["regs"]) if i not in asked_for)
    one, two = target.counters(1), target.counters(2)
    assert (one["hits"], one["recorded"], one["filtered"]) == (100, 14, 86)
    assert (two["hits"], two["recorded"], two["enabled"]) == (4, 4, 0)


def test_interrupt_and_interrupted(machine, target):
    """One probe in the timer interrupt, one on what it calls and the main loop calls too."""
    tick, work = machine.elf["tick"], machine.elf["work"]
    target.add(1, tick, SNAPSHOT)
    target.add(2, work, COUNT)
    run(target, "isr 1000", "interrupts at")
    runs = 0
    while target.counters(1)["recorded"] <= 5:
        run(target, "run 2000", "ran 2000")
        runs += 2000
    run(target, "isr 1", "interrupts at")
    target.command("QTl.enable", 1, 0, 2)  # at one moment
    target.settle()
    one, two = target.counters(1), target.counters(2)
    ticks = [r for r in target.stream.records if r["probe"] == 1]
    assert len(ticks) == one["recorded"]
    if target.stream.flags:
        assert all(r["regs"][target.stream.flags[0]] & 0x1FF
                   for r in ticks), "every one in an exception"
    assert two["hits"] == runs + one["hits"]


def takes(target, probe, address):
    """Counts there, if it may: what a slot cannot run a thin agent has no other way for."""
    try:
        return target.add(probe, address, COUNT)
    except TargetError as error:
        assert error.code == 0x12 and not target.features & DECODER
        return None


def test_unmoved(boot, board):
    """A probed run prints what an unprobed run prints."""
    def first_lines(probed):
        machine = boot("demo")
        target = machine.connect()
        if probed:
            at = [a for f in ("sample_isr", "filter_update", "pid_step")
                  for a, _ in instructions(machine, board, f)]
            at = at[:target.points]
            at = [address for i, address in enumerate(at, 1) if takes(target, i, address)]
            assert len(at) > 5
        wait_for(target, b'"n":200')
        assert not probed or sum(probe["hits"] for probe in target.all_counters()) > 0
        text = target.console
        return text[text.index(b'{"n":50,'):text.index(b'{"n":200')]

    assert first_lines(True) == first_lines(False)


def test_refusals(machine, target):
    """Each refusal by its number; nothing has changed after."""
    elf = machine.elf
    agent, work = elf["tl_trap"], elf["work"]
    cases = {
        agent: 0x06,
        elf["place_device"]: 0x05,
        elf["place_unmapped"]: 0x05,
        elf["code_break"]: 0x0C,
        elf["code_undefined"]: 0x0B,
        **{elf[name]: 0x09 for name in ("code_exclusive", "code_exclusive_inside")
           if name in elf.symbols},
    }
    for at, code in cases.items():
        for ask in (lambda: target.check(at), lambda: target.add(9, at)):
            with pytest.raises(TargetError) as error:
                ask()
            assert error.value.code == code, hex(at)
    assert target.command("qTl.next", 0) == ["0"]
    target.add(1, work)
    with pytest.raises(TargetError) as error:
        target.add(1, work, COUNT)
    assert error.value.code == 0x03, "an id in use, with other fields"
    assert target.add(1, work), "the same command again is answered as before"
    for bad in (["QTl.del", 7], ["QTl.enable", 7, 1]):
        with pytest.raises(TargetError) as error:
            target.command(*bad)
        assert error.value.code == 0x02
    for bad in (["QTl.add", 0, work], ["QTl.add", 5], ["QTl.hello", VERSION, 0, 0], ["QTl.arm", 2],
                ["QTl.add", 5, work, 7, 0, 0, 0, 0]):
        with pytest.raises(TargetError) as error:
            target.command(*bad)
        assert error.value.code == 0x01, bad


def test_full(machine, board, target):
    """As many points as the target says, one more is refused; all of them can be taken back."""
    addresses = [a for a, _ in instructions(machine, board)]
    before, taken = target.raw(addresses[0], 64), 0
    for at in addresses:
        try:
            target.add(taken + 1, at, COUNT)
            taken += 1
        except TargetError as error:
            if error.code == 0x04:
                break
    assert taken == target.points
    assert "ran 5" in run(target, "run 5", "ran 5")
    for i in range(1, taken + 1):
        assert target.counters(i)["missed"] == 0
        target.command("QTl.del", i)
    assert target.raw(addresses[0], 64) == before
    target.add(1, machine.elf["work"], COUNT)


def comparators(target):
    """For text that takes no breakpoint: how many there are."""
    try:
        return int(target.command("qTl.comparators")[0], 16)
    except TargetError:
        return 0  # an agent without


def test_read_only_text(machine, board, target):
    """Text in flash that ignores writes: where the core has no comparators an error with its
    reason, also if only asked, and no point is left behind. Boards whose text takes writes accept
    it, and asking leaves it as it was."""
    sections = subprocess.run([cross(board) + "objdump", "-h", machine.elf.path], check=True,
                              capture_output=True, text=True).stdout
    name = "_write" if "_write" in machine.elf.symbols else "printf"  # newlib's, picolibc's
    at = machine.elf[name]
    before = target.raw(at, 4)
    if " .text.flash " not in sections:
        assert target.check(at) and target.raw(at, 4) == before
        assert target.add(1, at)
        assert target.check(at)
        return
    if comparators(target):  # the rest is in test_comparators.py
        assert target.add(1, at)[0] & 4 and target.raw(at, 4) == before
        return
    with pytest.raises(TargetError) as error:
        target.add(1, at)
    decodes = target.features & DECODER  # else nobody asks the memory before
    if decodes:
        with pytest.raises(TargetError, match="E0e"):
            target.check(at)
    assert error.value.code == 0x0E and target.raw(at, 4) == before
    assert target.command("qTl.next", 0) == ["0"]
    hint = "say --flash, for its page to be written" if target.features & FLASH else \
        "link the code to be probed into RAM"
    os.close(machine.targets.pop().fd)
    for command in (["watch", name, "-n", "1"], ["add", name], ["count", "work", name, "-d", "1s"],
                    ["check", name])[:4 if decodes else 3]:
        result = machine.trapline(*command, check=4)
        assert re.search(
            rf"error: {name}\b.*memory did not take the write.*\(said by the target\)\n"
            rf"hint:  {hint}", result.stderr)
    assert machine.trapline("list", check=0).stdout == ""


def test_stay(boot):
    """A probe that stays outlives its session; the others do not."""
    machine = boot("load")
    first = machine.connect(session=1)
    first.add(1, machine.elf["work"], COUNT, stay=1)
    first.add(2, machine.elf["work"], COUNT)
    first.command("QTl.bye", 0)
    second = Target(first.fd, session=2)
    assert second.counters(1) and not second.counters(2)

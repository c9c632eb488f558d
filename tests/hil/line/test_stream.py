# SPDX-License-Identifier: MIT
"""The stream under load: sequences are complete, and what is lost is counted."""
import time

import pytest

from conftest import SAMPLED, skip_unless_sampled, variant, wait_for, word_of
from rsp import PATIENCE, Target, framed

HITS = 10000


def identity(c):
    assert c["hits"] == c["recorded"] + c["filtered"] + c["missed"] + c["dropped"], c


def drained(target, probe):
    target.command("QTl.enable", probe, 0)
    target.settle()
    counters = target.counters(probe)
    identity(counters)
    return counters, [r for r in target.stream.records if r["probe"] == probe]


@pytest.mark.parametrize("transport", ["unix", "pty"])
def test_ten_thousand(boot, board, transport):
    if transport == "pty":
        skip_unless_sampled(board)
    machine = boot("load", transport=transport)
    target = machine.connect()
    # a machine with other things to do may not read the line for longer than the ring lasts
    attempts = [HITS] * 4 + [HITS // 4] * 4 + [HITS // 50] * 8
    for probe, hits in enumerate(attempts, 1):
        target.add(probe, machine.elf["work"])
        target.console = b""
        target.write(b"run %d\n" % hits)
        wait_for(target, b"ran %d" % hits, timeout=PATIENCE)
        counters, records = drained(target, probe)
        if not counters["dropped"]:
            break
        assert len(records) == counters["recorded"] == hits - counters["dropped"]
    assert counters["hits"] == counters["recorded"] == hits
    assert [r["seq"] for r in records] == list(range(1, hits + 1))
    assert [r["args"][0]
            for r in records] == list(range(1, hits + 1)), "each with its own arguments"
    assert target.stream.lost_frames == 0


@SAMPLED
@pytest.mark.parametrize("command", ["spin", "run"])
def test_small_ring(boot, board, command):
    """A ring too small on purpose: what does not fit is dropped, counted, and seen as gaps in
    the sequence."""
    machine = boot("load",
                   build=variant(board, "small-ring",
                                 f"-DTL_RING_SIZE={64 * word_of(board)}"))
    target = machine.connect()
    target.add(1, machine.elf["work"])
    target.write(b"%s %d\n" % (command.encode(), HITS))
    wait_for(target, b"an %d" % HITS, timeout=PATIENCE)
    counters, records = drained(target, 1)
    assert counters["hits"] == HITS
    assert len(records) == counters["recorded"]
    assert counters["dropped"] > 0 or command == "run"
    if command == "spin":
        assert counters["recorded"] <= 4
    seqs = [r["seq"] for r in records]
    assert seqs == sorted(set(seqs))
    assert all(r["args"][0] == r["seq"]
               for r in records), "the sequence counts what was dropped, too"
    target.write(b"run 1\n")


def run_slowly(target, n):
    """So many calls, no more of them at a time than any board's ring holds: nothing is dropped,
    however busy this machine is."""
    for done in range(0, n, 5):
        target.console = b""
        before = len(target.stream.records)
        target.write(b"run 5\n")
        wait_for(target, b"ran 5")
        end = time.monotonic() + PATIENCE
        while len(target.stream.records) < before + 5 and time.monotonic() < end:
            target.pump(0.1)


def test_lost_frame(boot):
    """A frame that the line lost: the client asks for a key frame and goes on; only that frame's
    records are missing."""
    machine = boot("load")
    target = machine.connect()
    target.add(1, machine.elf["work"])
    run_slowly(target, 500)
    good = len(target.stream.records)
    assert good == 500
    target.stream.bases = None  # as if a frame had been lost: everything before is forgotten
    target.command("QTl.key")
    run_slowly(target, 500)
    counters, records = drained(target, 1)
    assert [r["seq"] for r in records[good:]] == list(range(good + 1, 1001))
    assert counters["recorded"] == 1000


@SAMPLED
def test_late_listener(boot):
    """Records wait in the ring for a session; key frames come now and then without being asked
    for."""
    machine = boot("load")
    target = machine.connect()
    target.add(1, machine.elf["work"])
    keys = 0
    frame = target.stream.frame

    def spy(data):
        nonlocal keys
        keys += data[0] >> 7
        frame(data)

    target.stream.frame = spy
    target.write(b"run 3000\n")
    wait_for(target, b"ran 3000", timeout=PATIENCE)
    assert keys >= 2


@SAMPLED
def test_many_probes(boot):
    """More probes than delta bases: every record is still right."""
    machine = boot("load")
    target = machine.connect()
    probes = range(1, 1 + min(40, target.probes))
    for i in probes:
        target.add(i, machine.elf["work"], mask=target.stream.mask(2))
    target.write(b"run 60\n")
    wait_for(target, b"ran 60", timeout=PATIENCE)
    target.settle()
    for i in probes:
        counters, records = drained(target, i)
        assert counters["hits"] == 60 and len(records) == counters["recorded"]
        assert all(r["args"][0] == r["seq"] for r in records)


def test_new_session_starts_afresh(boot):
    machine = boot("load")
    first = machine.connect(session=1)
    first.add(1, machine.elf["work"])
    first.write(b"run 100\n")
    wait_for(first, b"ran 100")
    second = Target(first.fd, session=2)
    assert second.counters(1) is None, "the old session's probe went"
    second.add(1, machine.elf["work"])
    second.write(b"run 10\n")
    wait_for(second, b"ran 10")
    counters, records = drained(second, 1)
    assert [r["seq"] for r in records] == list(range(1, 11)) and counters["hits"] == 10


@SAMPLED
def test_halt_amid_a_frame(boot):
    """A breakpoint outside of tl_poll(), while the line takes no more and part of a frame is on
    it: the frame goes out whole, then the stop is told."""
    machine = boot("load")
    target = machine.connect()
    target.add(1, machine.elf["tick"])
    target.write(b"isr 250\n")
    assert target.packet(b"?").startswith(b"T")
    assert target.packet(b"Z0,%x,2" % machine.elf["spin"]) == b"OK"
    for _ in range(8):
        target.replies.clear()
        target.write(framed(b"vCont;c"))
        before = machine.peek("interrupts")
        machine.until(lambda: machine.peek("interrupts") - before > 200)  # nobody reads
        target.write(b"spin 1\n")
        assert target.reply().startswith(b"T05")
    target.replies.clear()
    target.write(framed(b"vCont;c"))
    target.settle()
    assert target.stream.came[1] > 8 and target.stream.lost_frames == 0

# SPDX-License-Identifier: MIT
"""Stock GDB: Ctrl-C, whatever the firmware does meanwhile, and a `continue` that comes twice."""
import os
import time

import pytest

import rsp
from conftest import EACH_ARCH

pytestmark = EACH_ARCH


@pytest.fixture
def machine(boot):
    return boot("debug")


def test_interrupt(machine, gdb):
    """Ctrl-C, also where nothing polls."""
    gdb.run("continue")
    assert machine.moves("rounds")
    assert gdb.interrupt()["signal-name"] == "SIGINT"
    gdb.run("set var job = job_hang")
    gdb.run("continue")
    while machine.peek("job"):
        time.sleep(0.01)
    time.sleep(0.7)
    assert gdb.interrupt()["signal-name"] == "SIGINT"
    assert not machine.moves("rounds", 0.3)
    gdb.run("set var word = 0")
    gdb.run("continue")
    while not machine.peek("done"):
        time.sleep(0.01)


PAUSES = 0, 0.001, 0.01, 0.05, 0.1, 0.3


def send(line, packet):
    os.write(line, b"$" + packet + b"#" + rsp.checksum(packet))


def test_interrupt_at_once(machine, gdb):
    """Ctrl-C soon after `continue`, where nothing polls any more: only the interrupt that brings
    it can stop it."""
    gdb.run("set var job = job_hang")
    gdb.run("continue")
    while machine.peek("job"):
        time.sleep(0.01)
    assert gdb.interrupt()["signal-name"] == "SIGINT"
    gdb.run("continue")
    assert machine.moves("rounds")
    assert gdb.interrupt()["signal-name"] == "SIGINT"
    gdb.kill()
    line = machine.open()
    client = rsp.Target(line)
    assert client.packet(b"?").startswith(b"T02")
    for pause in PAUSES:
        send(line, b"vCont;c")
        time.sleep(pause)
        os.write(line, b"\x03")
        assert client.reply().startswith(b"T02"), pause
    assert client.packet(b"D") == b"OK"
    os.close(line)


def test_interrupt_after_polls(machine, gdb):
    """Firmware that has polled since it went on, and then hangs: no half second is waited for."""
    gdb.run("set var job = job_hang_later")
    gdb.run("continue")
    while machine.peek("result") != 99:
        time.sleep(0.01)
    time.sleep(0.15)
    assert gdb.interrupt()["signal-name"] == "SIGINT"
    assert not machine.moves("rounds", 0.3)


def test_interrupt_twice(machine, gdb):
    """Ctrl-C in the moment in which it begins to hang may be too early to tell; the next one is
    not."""
    gdb.run("set var job = job_hang_later")
    gdb.kill()
    line = machine.open()
    client = rsp.Target(line)
    assert client.packet(b"?").startswith(b"T05")
    send(line, b"vCont;c")
    while machine.peek("result") != 99:
        pass
    os.write(line, b"\x03")
    time.sleep(0.15)
    os.write(line, b"\x03")
    assert client.reply().startswith(b"T02")
    os.close(line)


def test_interrupt_ahead(machine):
    """^C that comes while it stands, ahead of `continue`, is not forgotten."""
    line = machine.open()
    client = rsp.Target(line)
    assert client.packet(b"?").startswith(b"T05")
    os.write(line, b"\x03")
    assert client.packet(b"vCont;c").startswith(b"T02")
    assert client.packet(b"D") == b"OK"
    os.close(line)


def test_interrupt_amid_steps(machine, gdb):
    """Ctrl-C in a line that does not end: wherever a step ends there, GDB steps on until it has
    heard of the Ctrl-C."""
    gdb.run("tbreak job_hang")
    gdb.job("job_hang")
    gdb.run("next")
    assert machine.moves("rounds")
    assert gdb.interrupt()["signal-name"] == "SIGINT"


def test_behind_continue(machine):
    """What comes together with `continue` is still in the UART when the firmware goes on, and is
    not forgotten there."""
    line = machine.open()
    client = rsp.Target(line)
    assert client.packet(b"?").startswith(b"T05")
    for _ in range(3):
        os.write(line, b"".join(b"$" + packet + b"#" + rsp.checksum(packet)
                                for packet in (b"vCont;c", b"qAttached")))
        assert client.reply() == b"1"
        os.write(line, b"\x03")
        assert client.reply().startswith(b"T02")
    assert client.packet(b"D") == b"OK"
    os.close(line)


def test_continue_twice(machine):
    """A debugger whose `continue` was not acknowledged sends it again: the firmware runs, and
    its stop is told of once."""
    line = machine.open()
    client = rsp.Target(line)
    assert client.packet(b"?").startswith(b"T05")
    for packet in b"vCont;c", b"vCont;c", b"c", b"vCont;s":
        send(line, packet)
        assert machine.moves("rounds")
    os.write(line, b"\x03")
    assert client.reply().startswith(b"T02")
    assert client.packet(b"qAttached") == b"1"
    assert client.packet(b"D") == b"OK"
    os.close(line)


def test_continue_twice_then_interrupt(machine, gdb):
    """The second one waits still, as nothing polls, when ^C behind it stops the firmware."""
    gdb.run("set var job = job_hang")
    gdb.run("continue")
    while machine.peek("job"):
        time.sleep(0.01)
    assert gdb.interrupt()["signal-name"] == "SIGINT"
    gdb.kill()
    line = machine.open()
    client = rsp.Target(line)
    assert client.packet(b"?").startswith(b"T02")
    for again in b"vCont;c", b"vCont;s", b"s":
        send(line, b"vCont;c")
        time.sleep(0.1)
        send(line, again)
        os.write(line, b"\x03")
        assert client.reply().startswith(b"T02")
        assert client.packet(b"qAttached") == b"1"
    assert client.packet(b"D") == b"OK"
    os.close(line)


def test_interrupt_in_own_code(machine, gdb):
    """Firmware that polls is stopped where that returns to; one that does not, at a breakpoint
    whose condition is false, too."""
    gdb.run("continue")
    assert machine.moves("rounds")
    gdb.interrupt()
    assert "main ()" in gdb.run("frame")
    gdb.run("break triangle if n == 12345")
    gdb.run("set var job = job_triangles")
    gdb.run("continue")
    while machine.peek("job"):
        time.sleep(0.01)
    assert gdb.interrupt()["signal-name"] == "SIGINT"
    gdb.run("delete")
    gdb.run("set var word = 0")
    gdb.run("continue")
    while not machine.peek("done"):
        time.sleep(0.01)

# SPDX-License-Identifier: MIT
"""trapline gdb: stock GDB on the line of a probe session. Both are right, neither loses
anything, GDB comes and goes as it likes."""
import json
import os
import random
import re
import select
import signal
import socket
import subprocess
import threading
import time

import pytest

from conftest import EACH_ARCH, ONE_BOARD, clean_env, instructions
from rsp import PATIENCE, checksum
from sessions import assert_clean, text_of
from tap import Tap

pytestmark = EACH_ARCH


class Sharing:
    """`trapline gdb` on the demo with a probe at pid_step, its stdout taken apart as it comes."""

    def __init__(self, machine, *args, where=None, points=("pid_step",), start=None):
        self.machine = machine
        # After a halt what waits comes at once: 16 samples (board/demo/sensor.c). With registers of
        # 64 bits these are more records than the ring holds.
        self.holds_a_burst = machine.elf.path.read_bytes()[4] == 1  # ELFCLASS32
        self.where = where or f"{machine.tmp}/gdb"
        self.process = (start or machine.start_trapline)("gdb", "-f", "jsonl", "-l", self.where,
                                                         *args, *points)
        self.hits, self.err, self.last = [], "", None
        self.readers = [threading.Thread(target=read, daemon=True)
                        for read in (self.read_hits, self.read_err)]
        for reader in self.readers:
            reader.start()
        self.wait(lambda: "target remote" in self.err)
        self.target = re.search(r"target remote (\S+)'", self.err)[1]

    def read_hits(self):
        for line in self.process.stdout:
            record = json.loads(line)
            if "end" in record:
                self.last = record
            elif "seq" in record:
                self.hits.append(record)

    def read_err(self):
        for line in self.process.stderr:
            self.err += line

    def wait(self, what, timeout=PATIENCE):
        end = time.monotonic() + timeout
        while not what():
            assert time.monotonic() < end and self.process.poll() is None, self.err[-1000:]
            time.sleep(0.02)

    def wait_hits(self, more=10):
        wanted = len(self.hits) + more
        self.wait(lambda: len(self.hits) >= wanted)

    def stop(self):
        """Ctrl-C: every hit was heard of or dropped by the target itself, which says so; the
        console has no gap."""
        self.wait(lambda: self.err.count('"n":') > 1)
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(PATIENCE) == 0, self.err
        for reader in self.readers:
            reader.join(PATIENCE)
        seen, probe = [hit["seq"] for hit in self.hits], self.last["probes"][0]
        assert seen == sorted(set(seen))
        assert seen[-1] == probe["hits"] == len(seen) + probe["dropped"] and not probe["missed"]
        assert not (probe["dropped"] and self.holds_a_burst), probe
        assert "reset" not in self.err and self.err.count("lost") <= probe["dropped"]
        samples = [int(n) for n in re.findall(r'^console\| {"n":(\d+),.*}$', self.err, re.M)]
        assert samples == list(range(samples[0], samples[-1] + 1, 50)), self.err

    def argv(self, *commands):
        words = ["gdb-multiarch", "-q", "-nx", "-l", "60", "-batch",
                 self.machine.elf.path, "-ex", f"target remote {self.target}"]
        return words + [word for command in commands for word in ("-ex", command)]

    def gdb(self, *commands, timeout=PATIENCE):
        """GDB from connecting to its last command."""
        done = subprocess.run(self.argv(*commands), capture_output=True, text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL, env=clean_env())
        return done.stdout + done.stderr

    def start_gdb(self, *commands, until):
        """GDB that has printed a line like `until` and goes on."""
        process = subprocess.Popen(self.argv(*commands), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env=clean_env())
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
        seen = ""
        while not re.search(until, seen):
            line = process.stdout.readline()
            assert line, seen
            seen += line
        timer.cancel()
        return process


@pytest.fixture
def share(boot):
    started = []

    def start(*args, **how):
        started.append(Sharing(boot("demo"), *args, **how))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def test_both_at_one_address(share, regs):
    """GDB's breakpoint and the probe stand at one place, and say the same of it. Then GDB comes
    again."""
    one = share()
    one.wait_hits()
    commands = ["break pid_step", *["continue", 'printf "measured %d\\n", measured'] * 6, "detach"]
    for again in range(2):
        text = one.gdb(*commands)
        measured = [int(v) for v in re.findall(r"^measured (-?\d+)$", text, re.M)]
        assert len(measured) == 6 and "detached" in text, text
        one.wait_hits(20)
        seen = [int(hit["regs"][regs.args[1]], 16) for hit in one.hits]
        assert any(seen[i:i + 6] == measured for i in range(len(seen))), (measured, seen)
    one.stop()
    assert_clean(one.machine)


def test_gdb_at_work(share):
    """Steps, a function that GDB calls, its caller, memory, a stop by Ctrl-C; the probe goes on
    meanwhile."""
    one = share()
    text = one.gdb("break filter_update", "continue", "bt 2", "finish", "delete", "tbreak pid_step",
                   "continue",
                   'printf "error %d\\n", pid->setpoint - measured', "next", "next", "next",
                   'printf "error %d\\n", error',
                   "print pid_step(pid, 2500) >= 0", "monitor probes", "monitor help", "detach")
    assert re.search(r"#0 +filter_update.*\n#1 .*sample_isr", text), text
    assert "Value returned is" in text, text
    first, second = re.findall(r"^error (-?\d+)$", text, re.M)
    assert first == second and "= 1" in text and "probe of a host" in text, text
    # of several packets
    assert re.search(r"^monitor help: .*(\nmonitor .*)+\nmonitor reset: as the reset button$", text,
                     re.M), text
    one.wait_hits()
    waiting = one.start_gdb('echo going\\n', "continue", 'printf "in %s\\n", "time"', "detach",
                            until="going")
    one.wait_hits(20)
    waiting.send_signal(signal.SIGINT)
    text = waiting.communicate(timeout=PATIENCE)[0]
    assert "SIGINT" in text, text
    one.wait_hits()
    one.stop()


def test_ctrl_c_ahead(share):
    """As GDB sends it at times: ^C comes while the firmware stands, ahead of what lets it go on."""
    one = share()
    debugger = Debugger(one.where)
    assert debugger.ask(b"?").startswith(b"T05")
    for go in (b"vCont;c", b"vCont;s:1"):
        debugger.sock.sendall(b"\x03")
        debugger.send(go)
        one.wait(lambda: debugger.ready() or len(one.hits) > 400)
        assert debugger.ready() and debugger.reply().startswith(b"T02"), go
    debugger.sock.close()
    one.wait_hits()
    one.stop()


def test_halted_for_longer_than_the_lease(share):
    one = share("--lease", "6s")  # which a busy machine's host keeps, too
    gdb = one.start_gdb("break pid_step", "continue", "shell sleep 16", "continue", "detach",
                        until="Breakpoint 1, ")
    before = -1
    while len(one.hits) != before:  # what was on its way when it halted
        before = len(one.hits)
        time.sleep(1)
    time.sleep(8)
    assert len(one.hits) == before, "nothing runs while GDB has it halted"
    assert "detached" in gdb.communicate(timeout=PATIENCE)[0]
    one.wait_hits()
    one.stop()


def test_gdb_killed_while_halted(share):
    """The firmware goes on, without the breakpoint; the next GDB finds all as it should be."""
    one = share()
    gdb = one.start_gdb("break filter_update", "continue", "shell sleep 60", until="Breakpoint 1, ")
    gdb.kill()
    gdb.wait()
    one.wait_hits(50)
    assert "Breakpoint 1, " in one.gdb("break filter_update", "continue", "detach")
    one.wait_hits()
    one.stop()
    assert_clean(one.machine, ("pid_step", "filter_update"))


def test_ctrl_c_while_halted(share):
    one = share()
    one.wait_hits(110)
    gdb = one.start_gdb("break filter_update", "continue", "shell sleep 4", "continue",
                        until="Breakpoint 1, ")
    one.stop()
    assert re.search("closed|reset|disconnected", gdb.communicate(timeout=PATIENCE)[0])
    assert_clean(one.machine, ("pid_step", "filter_update"))


def test_trapline_killed_while_halted(share):
    """What a host that died has left behind, the next one clears away."""
    one = share()
    gdb = one.start_gdb("break filter_update", "continue", "shell sleep 2", "continue",
                        until="Breakpoint 1, ")
    one.process.kill()
    one.process.wait()
    gdb.communicate(timeout=PATIENCE)
    os.unlink(one.where)
    two = Sharing(one.machine)
    two.wait_hits(20)
    two.stop()
    assert_clean(two.machine, ("pid_step", "filter_update"))


@pytest.mark.parametrize("halted", [True, False])
def test_cable_pulled(share, halted):
    """A host that is gone takes the debugger behind it along: after the lease the firmware runs,
    without a breakpoint or a probe."""
    one = share("--lease", "6s")  # which a busy machine's host keeps, too
    machine, queued = one.machine, "head"  # samples of the demo's timer interrupt
    assert machine.moves(queued)
    gdb = one.start_gdb("break filter_update" if halted
                        else "break filter_update if state == 123456789", "continue",
                        "shell sleep 60", until="Breakpoint 1, " if halted else "Breakpoint 1 at")
    if not halted:
        one.wait_hits(20)
    one.process.kill()
    one.process.wait()
    assert not halted or not machine.moves(queued, 0.3)
    assert machine.moves(queued)
    for place in ("pid_step", "filter_update"):  # where it ran all the time that takes the lease
        text = text_of(machine, machine.elf[place], 16)
        machine.until(lambda: machine.peek(place, 16).to_bytes(16, "little") == text)
    gdb.kill()
    gdb.wait()
    assert_clean(machine, ("pid_step", "filter_update"))


@ONE_BOARD
def test_without_probes(share):
    """`trapline gdb` alone: the console, and GDB. A TCP port that is free, found by what it
    says."""
    one = share(where=":0", points=())
    assert re.fullmatch(r"localhost:\d+", one.target)
    assert "detached" in one.gdb("tbreak pid_step", "continue", "detach")
    one.process.send_signal(signal.SIGINT)
    assert one.process.wait(PATIENCE) == 0 and "console| " in one.err


@ONE_BOARD
def test_pty(share):
    one = share(where="pty")
    assert one.target.startswith("/dev/pts/")
    for _ in range(2):
        assert "Breakpoint 1, " in one.gdb("break pid_step", "continue", "detach")
        one.wait_hits()
    one.stop()


@ONE_BOARD
def test_a_second_gdb_is_sent_away(share):
    one = share()
    first = one.start_gdb("break pid_step", "continue", "shell sleep 2", "continue", "detach",
                          until="Breakpoint 1, ")
    assert "Target disconnected" in one.gdb("break pid_step", "continue")
    assert "detached" in first.communicate(timeout=PATIENCE)[0]
    assert "one at a time" in one.err
    one.stop()


@ONE_BOARD
@pytest.mark.parametrize("where, error", [
    ("0.0.0.0:2331", "only this machine's own debuggers are let in"), (":70000", "not a port"),
    ("nothing", "not a port"),
    ("/nowhere/gdb", "No such file"), ("taken", "in use")])
def test_no_place_for_gdb(boot, where, error):
    machine = boot("demo")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = machine.trapline("gdb", "-l", f":{taken.getsockname()[1]}" if where == "taken"
                                  else where, "pid_step", check=3)
    assert error in result.stderr and "hint:  -l takes :PORT" in result.stderr
    assert_clean(machine)


@ONE_BOARD
def test_reset(share):
    """The probes are armed again; GDB is told by closing, and may come back."""
    one = share()
    gdb = one.start_gdb("echo going\\n", "continue", until="going")
    one.wait_hits()
    one.machine.reset()
    assert re.search("closed|reset|disconnected", gdb.communicate(timeout=PATIENCE)[0])
    one.wait(lambda: "armed again" in one.err)
    one.wait_hits()
    assert "detached" in one.gdb("tbreak pid_step", "continue", "detach")
    one.process.send_signal(signal.SIGINT)
    assert one.process.wait(PATIENCE) == 0


# ---- a line that loses ----

class Debugger:
    """A debugger's packets, by a client of our own."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.sock.settimeout(PATIENCE)
        self.pending = b""
        assert b"QStartNoAckMode+" in self.ask(b"qSupported:swbreak+")
        assert self.ask(b"QStartNoAckMode") == b"OK"

    def send(self, data):
        self.sock.sendall(b"$" + data + b"#" + checksum(data))

    def reply(self):
        while not (found := re.match(rb"[^$]*\$([^#]*)#(..)", self.pending, re.S)):
            got = self.sock.recv(4096)
            assert got, "closed"
            self.pending += got
        self.pending = self.pending[found.end():]
        assert found[2] == checksum(found[1])
        return found[1]

    def ready(self):
        return bool(self.pending or select.select([self.sock], [], [], 0)[0])

    def ask(self, data):
        self.send(data)
        return self.reply()


class Loser(Tap):
    """A tap that drops bytes, either way, when told to."""
    rate, dice = 0.0, random.Random(5)

    def lose(self, data):
        return bytes(c for c in data if self.dice.random() >= self.rate)

    def send(self, data):
        super().send(self.lose(data))

    def start_losing(self, rate):
        self.rate, self.spoil = rate, self.lose


def test_lossy_line(boot, board, regs):
    """Packets and answers are lost, and yet each step is one step: the PCs are those of the
    listing."""
    machine = boot("demo")
    tap = Loser(machine)
    one = Sharing(machine, start=tap.start)
    addresses = instructions(machine, board, "pid_step")
    straight = [a for a, _ in addresses][:next(i for i, (_, name) in enumerate(addresses)
                                               if name in ("bl", "jal"))]
    pc = b"p%x" % regs.pc_in_gdb
    debugger = Debugger(one.where)
    tap.start_losing(0.004)
    assert debugger.ask(b"?").startswith(b"T05")
    for _ in range(3):
        assert debugger.ask(b"Z0,%x,2" % straight[0]) == b"OK"
        assert debugger.ask(b"vCont;c:1").startswith(b"T05")
        assert debugger.ask(b"z0,%x,2" % straight[0]) == b"OK"
        walked = []
        while True:
            walked.append(int.from_bytes(bytes.fromhex(debugger.ask(pc).decode()), "little"))
            if len(walked) == len(straight):
                break
            assert debugger.ask(b"vCont;s:1").startswith(b"T05")
        assert walked == straight
    debugger.send(b"vCont;c:1")
    debugger.sock.sendall(b"\x03")
    assert debugger.reply().startswith(b"T02")
    assert debugger.ask(b"D;1") == b"OK"
    tap.rate = 0
    debugger.sock.close()
    one.wait_hits()
    one.process.send_signal(signal.SIGINT)
    assert one.process.wait(PATIENCE) == 0, one.err
    tap.close()


def test_non_stop(share, regs):
    """Stops are notified, and snapshots: the probe counts on while a debugger looks at one."""
    one = share()
    debugger = Debugger(one.where)
    assert debugger.ask(b"QNonStop:1") == b"OK" and debugger.ask(b"?") == b"OK"
    assert debugger.ask(b"Z0,%x,2" % one.machine.elf["pid_step"]) == b"OK"
    for _ in range(3):
        while not (found := re.search(rb"%Stop:T05[^#]*#..", debugger.pending)):
            debugger.pending += debugger.sock.recv(4096)
        debugger.pending = debugger.pending[found.end():]
        assert debugger.ask(b"vStopped") == b"OK"
        pc = bytes.fromhex(debugger.ask(b"p%x" % regs.pc_in_gdb).decode())
        assert int.from_bytes(pc, "little") == one.machine.elf["pid_step"]
        one.wait_hits(20)
        debugger.send(b"vCont;c:1")
        while b"$OK#9a" not in debugger.pending:
            debugger.pending += debugger.sock.recv(4096)
        debugger.pending = debugger.pending.replace(b"$OK#9a", b"")
    debugger.sock.close()
    one.wait_hits()
    one.stop()

# SPDX-License-Identifier: MIT
"""trapline doctor: on lines that are not well, each for another reason; on boards that are; and
that it leaves a target as it found it."""
import contextlib
import csv
import itertools
import json
import os
import pty
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tty

import pytest

from conftest import (ARCH_BOARDS, BUILD, EACH_ARCH, ONE_BOARD, TRAPLINE, clean_env, cross, isa,
                      run)
from rsp import PATIENCE
from tap import Tap


class Report:
    """What doctor has found: name of a check -> its row."""

    def __init__(self, result):
        self.status, self.stderr = result.returncode, result.stderr
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        assert rows and rows[-1]["end"] and rows[-1]["status"] == self.status, result
        self.rows = {row["check"]: row for row in rows[:-1]}
        for verdict in ("bad", "warn", "skipped"):
            assert rows[-1][verdict] == len(self.which(verdict))
        for row in rows[:-1]:  # what is not well says what to do
            assert row["hints"] or row["verdict"] not in ("bad", "warn") or self.status == 2, row

    def which(self, verdict):
        return [name for name, row in self.rows.items() if row["verdict"] == verdict]

    def said(self, check):
        return "\n".join([self.rows[check]["found"], *self.rows[check]["hints"]])


def doctor(*args, **how):
    return Report(run("doctor", "-f", "jsonl", *args, **how))


def stop(fds):
    for fd in fds:
        os.close(fd)


def behind(answer):
    """A pseudo terminal behind which `answer(what came)` speaks; its descriptors."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    own = os.dup(master)
    os.set_blocking(own, False)

    def speak():
        with contextlib.suppress(OSError):
            while True:
                came = b""
                with contextlib.suppress(BlockingIOError):
                    came = os.read(own, 4096)
                with contextlib.suppress(BlockingIOError):
                    os.write(own, answer(came))
                time.sleep(0.01)

    threading.Thread(target=speak, daemon=True).start()
    return master, slave


def test_nothing_given():
    """It says what to do, in all formats."""
    report = doctor()
    assert report.status == 2 and report.which("bad") == ["port"] and report.which("ok") == []
    assert "give one with -p PORT" in report.said("port")
    assert report.which("warn") == ["elf"] and "-e FILE" in report.said("elf")
    assert report.rows["match"]["found"].startswith("not looked at: ")
    text = run("doctor")
    assert text.returncode == 2 and "\nwarn  elf       none is given" in text.stdout
    assert "not looked at" not in text.stdout and "14 not looked at" not in text.stdout
    assert run("doctor", "-v").stdout.count("not looked at: ") == 14
    assert run("doctor", "-q").stderr == ""
    rows = list(csv.DictReader(run("doctor", "-f", "csv").stdout.splitlines()))
    assert [row["check"] for row in rows] == list(report.rows)
    assert run("doctor", "x").returncode == 2


def test_ports(tmp_path):
    """A port that is not there, is none, or may not be opened."""
    report = doctor("-p", "/dev/ttyNONE7", "-e", str(tmp_path / "gone.elf"))
    assert report.status == 3 and report.which("bad") == ["open", "elf"]
    assert "No such file or directory" in report.said("open")
    assert "gone.elf" in report.said("elf")
    assert "it is a folder" in doctor("-p", str(tmp_path)).said("open")
    assert "is the program that serves it running" in \
        doctor("-p", f"unix:{tmp_path}/none").said("open")
    assert doctor("-p", "tcp:nowhere").status == 2


def test_may_not_open():
    """The group that may is named."""
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    os.chmod(name, 0o020)
    how = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder:  # where anybody may run it
        os.chmod(folder, 0o755)
        tool = shutil.copy(TRAPLINE, folder)
        report = Report(subprocess.run([tool, "doctor", "-f", "jsonl", "-p", name], text=True,
                                       capture_output=True, env=clean_env(), timeout=PATIENCE,
                                       cwd="/", **how))
    assert report.status == 3 and report.which("bad") == ["open"]
    assert "Permission denied" in report.said("open")
    assert re.search(r"group '\w+' may open it: sudo usermod -aG", report.said("open"))
    stop((master, slave))


def test_held():
    """Whoever else has the port is named: one that locks it, one that only reads along."""
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    holder = subprocess.Popen([sys.executable, "-c", "import fcntl, sys\n"
                               "f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX)\n"
                               "print('held', flush=True); sys.stdin.read()", name],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    os.set_inheritable(slave, False)
    report = doctor("-p", name)
    holder.communicate()
    assert report.status == 3 and report.which("bad") == ["open"]
    assert report.rows["others"]["verdict"] == "warn"
    for pid in (holder.pid, os.getpid()):
        assert f"process {pid} (" in report.said("others")
    assert re.search(rf"process ({holder.pid}|{os.getpid()}) \(.* holds it: end that first",
                     report.said("open"))
    stop((master, slave))


def test_no_agent(tmp_path):
    """Nothing comes, text, noise, what was sent itself: each is told from the others."""
    rnd = random.Random(1)
    lines = {"silent": pty.openpty(),
             "text": behind(lambda came: b"hello 50% of $3 #7\r\n"),
             "noise": behind(lambda came: rnd.randbytes(20)),
             "loop": behind(lambda came: came)}
    ports = {name: os.ttyname(slave) for name, (_, slave) in lines.items()}
    server, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "serial"))
    server.listen(4)
    client.connect(str(tmp_path / "serial"))
    served = server.accept()[0]
    ports["taken"] = f"unix:{tmp_path}/serial"
    local = socket.create_server(("127.0.0.1", 0))
    guests = [socket.create_connection(local.getsockname()) for _ in range(2)]
    ports["shared"] = "tcp:127.0.0.1:%d" % local.getsockname()[1]
    processes = {name: subprocess.Popen([TRAPLINE, "doctor", "-f", "jsonl", "-p", port],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env=clean_env()) for name, port in ports.items()}
    reports = {}
    for name, process in processes.items():
        stdout, stderr = process.communicate(timeout=PATIENCE)
        reports[name] = report = Report(subprocess.CompletedProcess(
            process.args, process.returncode, stdout, stderr))
        stop(lines.get(name, ()))
        assert report.status == 3 and "agent" in report.which("bad"), (name, report.rows)
        assert report.which("skipped") == ["session", "answers", "polls", "errors", "armed",
                                           "debugger", "probes", "debug", "match"]
    report = reports["silent"]
    assert report.which("bad") == ["agent"] and "the line is silent" in report.said("agent")
    assert report.said("line").startswith("nothing comes by itself")
    report = reports["taken"]
    assert report.which("bad") == ["agent"] and "1 other is connected" in report.said("others")
    report = reports["shared"]
    assert report.which("bad") == ["agent"] and "2 others are connected" in report.said("others")
    for one in (server, client, served, local, *guests):
        one.close()
    report = reports["text"]
    assert report.which("bad") == ["agent"] and "tl_init()" in report.said("agent")
    assert "text comes by itself: hello 50% of $3 #7" in report.said("line")
    report = reports["noise"]
    assert report.which("bad") == ["agent"] and "line" in report.which("warn")
    share = re.search(r"(\d+) % of them no text", report.said("line"))
    assert share and int(share[1]) > 50
    assert "hardly runs at 115200 baud; worth trying with -b: 9600" in report.said("line")
    report = reports["loop"]
    assert report.which("bad") == ["agent", "loopback"]
    assert "RX and TX of the line are joined" in report.said("loopback")
    assert report.rows["agent"]["hints"] == ["what is sent comes back: see loopback"]


@EACH_ARCH
def test_well(boot, board):
    """All is well, on a line like a serial one too; with an ELF of something else it is not."""
    machine = boot("demo", transport="pty")
    report = doctor("-p", machine.port, "-e", machine.elf.path)
    assert report.status == 0 and report.which("bad") == report.which("warn") == [], report.rows
    assert report.which("skipped") == [] and "all is well" in report.stderr
    assert f"{board} ({isa(board)}), protocol 2" in report.said("agent")
    assert re.match(r"16 of 16 came, after [\d.]+ to [\d.]+ ms", report.said("answers"))
    assert re.match(r"tl_poll\(\) runs every [\d.]+ ms", report.said("polls"))
    assert "matches demo.elf" in report.said("match")
    other = next(b for b in ARCH_BOARDS if b != board)
    report = doctor("-p", machine.port, "-e", BUILD / other / "demo.elf")
    assert report.status == 5 and report.which("bad") == ["match"]
    assert f"demo.elf is for {isa(other)}, the target is {isa(board)}" in report.said("match")


@ONE_BOARD
def test_noise_before_the_agent(boot):
    """As of a boot ROM: not taken for a wrong rate where an agent answers."""
    machine, rnd = boot("demo"), random.Random(2)
    fd = machine.open()
    os.set_blocking(fd, False)
    asked = False

    def relay(came):
        nonlocal asked
        asked |= bool(came)
        if not asked:
            return rnd.randbytes(20)
        os.write(fd, came)
        with contextlib.suppress(BlockingIOError):
            return os.read(fd, 4096)
        return b""

    master, slave = behind(relay)
    report = doctor("-p", os.ttyname(slave), "-e", machine.elf.path)
    assert report.status == 0 and "bad" not in report.rows["agent"]["verdict"], report.rows
    assert report.rows["line"]["verdict"] == "warn" and "a boot ROM" in report.said("line")
    assert "baud" not in report.said("line")
    stop((master, slave, fd))


@ONE_BOARD
def test_elfs(board, tmp_path):
    """What an ELF has not; without a port."""
    whole = BUILD / board / "demo.elf"
    for name, args in (("nodebug", ["-g"]), ("stripped", ["-S"])):
        subprocess.run([f"{cross(board)}objcopy", *args, whole, tmp_path / name], check=True)
    (tmp_path / "text").write_text("no ELF")
    report = doctor("-e", whole)
    assert report.status == 2 and report.which("bad") == ["port"]
    assert re.match(r"demo.elf \(\S+\), \d+ functions, by --elf", report.said("elf"))
    report = doctor("-e", tmp_path / "nodebug")
    assert report.which("warn") == ["debug"] and "compile with -g" in report.said("debug")
    report = doctor("-e", tmp_path / "stripped")
    assert "elf" in report.which("warn") and "it was stripped" in report.said("elf")
    report = doctor("-e", tmp_path / "text")
    assert report.which("bad") == ["port", "elf"]
    report = doctor(env={"TRAPLINE_ELF": str(whole)})
    assert report.said("elf").endswith("by TRAPLINE_ELF")


@ONE_BOARD
def test_left_as_it_was(boot):
    """A session that is open, its probes and those that stay: it tells of them, and they stay."""
    machine = boot("demo")
    target = machine.connect()
    target.add(1, machine.elf["pid_step"], kind=0)
    target.add(2, machine.elf["filter_update"], kind=0, stay=1)
    target.until(lambda: target.counters(1)["hits"])
    os.close(target.fd)
    machine.targets.remove(target)
    report = Report(machine.trapline("doctor", "-f", "jsonl"))
    assert report.status == 0 and report.which("warn") == ["session", "probes"], report.rows
    assert "another host has one open" in report.said("session")
    assert "600000 ms" in report.said("session")
    assert report.said("probes").startswith("2 are there: ")
    assert "(of a session)" in report.said("probes")
    again = machine.connect()
    assert again.counters(1)["hits"] and again.counters(2)["enabled"]


@ONE_BOARD
def test_debugger(boot):
    """One that has left without a word."""
    machine = boot("load")
    fd = machine.open()
    os.write(fd, b"+$?#3f")
    seen = b""
    while b"T05" not in seen:
        seen += os.read(fd, 4096)
    os.close(fd)
    report = Report(machine.trapline("doctor", "-f", "jsonl"))
    assert "one has stopped the firmware" in report.said("debugger"), report.rows
    assert report.rows["debugger"]["verdict"] == "warn"


@ONE_BOARD
def test_bad_line(boot):
    """Answers that come damaged are counted."""
    machine = boot("demo")
    tap = Tap(machine)
    ends = itertools.count(1)  # of answers: what stands before their CRC

    def spoil(data):
        """Each fourth answer."""
        return bytes(c ^ 1 if c == ord(";") and next(ends) % 4 == 0 else c for c in data)

    tap.spoil = spoil
    report = Report(machine.trapline("doctor", "-f", "jsonl"))
    tap.close()
    assert report.status == 0 and {"answers", "errors"} <= set(report.which("warn")), report.rows
    came = re.match(r"(\d+) of 16 came", report.said("answers"))
    assert 8 <= int(came[1]) < 16 and "bytes are lost" in report.said("answers")
    assert re.search(r"[1-9]\d* of its answers came damaged", report.said("errors"))

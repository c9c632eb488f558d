# SPDX-License-Identifier: MIT
"""A session from its beginning to each of its ends: ports, signals, a killed host, the wrong
ELF, a target reset or gone."""
import contextlib
import json
import os
import pathlib
import pty
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from conftest import (BUILD, ONE_BOARD, PATIENT, ROOT, SAMPLED, TRAPLINE, clean_env, cross,
                      run)
from rsp import PATIENCE, Target, framed
from sessions import OUTCOME, assert_clean, text_of

pytestmark = SAMPLED

def lines_until(process, pattern, timeout=PATIENCE):
    """Reads stdout up to the line that matches."""
    seen, timer = [], threading.Timer(timeout, process.kill)
    timer.start()
    for line in process.stdout:
        seen.append(line)
        if re.search(pattern, line):
            break
    timer.cancel()
    assert seen, (seen, process.stderr.read() if process.poll() is not None else "")
    assert re.search(pattern, seen[-1]), (seen, process.stderr.read() if process.poll() is not None
                                          else "")
    return seen


def watching(machine, *args):
    """A watch of the demo's control loop, with the first hits on their way."""
    process = machine.start_trapline("watch", "pid_step %pc", *args)
    process.first = lines_until(process, r"pid_step  pc=")
    return process


def end(process, timeout=PATIENCE):
    out, err = process.communicate(timeout=timeout)
    return process.returncode, "".join(process.first) + out, err


def qemu(board, serial):
    args = (ROOT / "board" / board / "qemu.args").read_text().split()
    return [*args, "-serial", serial, "-kernel", str(BUILD / board / "demo.elf")]


@pytest.mark.parametrize("transport", ["unix", "pty"])
def test_port(boot, transport):
    machine = boot("demo", transport=transport)
    result = machine.trapline("watch", "pid_step", "-n", "20", check=0)
    assert result.stdout.splitlines()[-1] == "20 hits, 0 missed, 0 dropped; " + OUTCOME
    assert_clean(machine)


@ONE_BOARD
def test_port_exec(board):
    elf = BUILD / board / "demo.elf"
    port = "exec:" + " ".join(qemu(board, "stdio"))
    for _ in range(2):  # a new board each time
        result = run("watch", "pid_step", "-n", "20", "-f", "jsonl", "-e", elf, "-p", port,
                     env=PATIENT)
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout.splitlines()[-1])["probes"][0]["hits"] == 20
    result = run("info", "-p", "exec:exit 7")
    assert result.returncode == 3
    assert "error: the program behind exec:exit 7 ended with status 7" in result.stderr
    result = run("info", "-p", "exec:kill -9 $$")
    assert result.returncode == 3 and "was ended by signal 9" in result.stderr


@ONE_BOARD
def test_exec_is_ended(board, tmp_path):
    """The program behind exec: goes with the session, and with a host that is killed."""
    script = tmp_path / "board"
    script.write_text(
        f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec {' '.join(qemu(board, 'stdio'))}\n")
    script.chmod(0o755)
    command = [TRAPLINE, "watch", "pid_step", "-e", BUILD / board / "demo.elf", "-p",
               f"exec:exec {script}", "--wait", "9m"]
    for number in (signal.SIGINT, signal.SIGKILL):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env=clean_env())
        lines_until(process, r"pid_step\(\w+=")
        child = int((tmp_path / "pid").read_text())
        assert os.path.exists(f"/proc/{child}")
        process.send_signal(number)
        process.communicate(timeout=PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while alive(child) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not alive(child)


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@ONE_BOARD
def test_port_tcp(board):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    elf = BUILD / board / "demo.elf"
    process = subprocess.Popen(qemu(board, f"tcp:127.0.0.1:{number},server=on,wait=off"),
                               stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while socket.socket().connect_ex(("127.0.0.1", number)) and time.monotonic() < deadline:
            time.sleep(0.05)
        for host in ("127.0.0.1", "localhost"):
            result = run("watch", "pid_step", "-n", "20", "-e", elf, "-p", f"tcp:{host}:{number}",
                         env=PATIENT)
            assert result.returncode == 0 and "20 hits" in result.stdout, result.stderr
    finally:
        process.terminate()
        process.wait(PATIENCE)
    result = run("info", "-p", f"tcp:127.0.0.1:{number}")
    assert result.returncode == 3
    assert f"error: cannot connect to tcp:127.0.0.1:{number}: Connection refused" in result.stderr
    assert "hint:" in result.stderr


@pytest.mark.parametrize("port, status, error, hint", [
    ("/dev/nothing", 3, "cannot open /dev/nothing: No such file", "hint:"),
    ("unix:/nowhere/at/all", 3, "cannot connect to unix:/nowhere/at/all: No such file",
     "is the program that serves it running"),
    ("/dev/null", 3, "/dev/null is not a serial line", "tcp:HOST:PORT"),
    ("tcp:localhost", 2, "a TCP port is tcp:HOST:PORT", ""),
    ("exec:", 2, "exec: needs a command", ""),
    ("", 2, "the name of the port is empty", ""),
])
def test_bad_port(port, status, error, hint):
    result = run("info", "-p", port)
    assert result.returncode == status and error in result.stderr, result.stderr
    assert hint in result.stderr, result.stderr


@ONE_BOARD
def test_busy_port(boot):
    """Two hosts on one serial line: the second is told who holds it."""
    machine = boot("demo", transport="pty")
    process = watching(machine)
    result = run("info", "-p", machine.port)
    assert result.returncode == 3 and "busy" in result.stderr
    assert f"process {process.pid} (trapline) holds it" in result.stderr
    process.send_signal(signal.SIGINT)
    assert end(process)[0] == 0


def test_silent_port():
    """A line on which nothing answers: said soon, with what to look at."""
    master, slave = pty.openpty()
    start = time.monotonic()
    result = run("info", "-p", os.ttyname(slave))
    assert result.returncode == 3 and time.monotonic() - start > 2
    assert "error: " in result.stderr and result.stderr.count("hint:") >= 1, result.stderr
    assert "silent" in result.stderr, result.stderr
    os.close(master), os.close(slave)


def chatter(data):
    """A line on which something else talks; the port's name."""
    master, slave = pty.openpty()
    own = os.dup(master)  # its number is not another's as soon as the test has closed its own

    def talk():
        try:
            while True:
                os.write(own, data())
                time.sleep(0.02)
        except OSError:
            pass

    threading.Thread(target=talk, daemon=True).start()
    return master, slave


def test_garbage_port():
    """Another program's text, and another baud rate's rubbish: not an agent, and told apart."""
    rnd = random.Random(1)
    for data, word in ((lambda: b"hello 50% of $3 #7\r\n", "no agent"),
                       (lambda: rnd.randbytes(40), "baud")):
        master, slave = chatter(data)
        result = subprocess.run([TRAPLINE, "info", "-p", os.ttyname(slave)], capture_output=True,
                                timeout=PATIENCE, env=clean_env())
        text = result.stderr.decode(errors="replace")
        assert result.returncode == 3
        assert word in text and "hint:" in text, text[-600:]
        assert "console| hello 50% of $3 #7\n" in text or word == "baud"
        if word == "baud":
            assert "console|" not in text and text.count("noise") == 1, text[-600:]
            assert re.search(
                r"^hint:  only noise arrives, [0-9]{3,} bytes: .* at 115200 baud; worth trying "
                r"with -b: 9600, .* 74880, 230400, .* 1000000$", text, re.M)
        os.close(master), os.close(slave)


# ---- ends ----

@ONE_BOARD
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupt(boot, number):
    machine = boot("demo")
    process = watching(machine)
    process.send_signal(number)
    status, out, err = end(process)
    assert status == (129 if number == signal.SIGHUP else 0)
    assert re.search(r"\n\d+ hits, 0 missed, 0 dropped; " + OUTCOME + r"\n$", out), out[-200:]
    assert_clean(machine)


@ONE_BOARD
def test_second_interrupt(boot):
    """With a target that no longer answers, the second Ctrl-C leaves at once; the lease cleans
    up."""
    machine = boot("demo")
    process = watching(machine, "--lease", "1s")
    machine.monitor("stop")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert end(process)[0] == 130
    machine.monitor("cont")
    text = text_of(machine, machine.elf["pid_step"], 16)
    machine.until(lambda: machine.peek("pid_step", 16).to_bytes(16, "little") == text)
    assert_clean(machine)


@pytest.mark.parametrize("transport", ["unix", "pty"])
def test_killed_host(boot, transport):
    """SIGKILL: the lease removes the probes, those that stay remain, and the firmware runs on."""
    machine = boot("demo", transport=transport)
    machine.trapline("add", "sample_isr", "--count", check=0)
    process = watching(machine, "--lease", "1500ms")
    process.kill()
    process.communicate(timeout=PATIENCE)
    # a session of its own, which the lease has nothing to do with
    target = Target(machine.open(), session=0x99)
    machine.targets.append(target)
    assert target.command("qTl.next", 1) == ["0"], "another session ends the old one's probes"
    stays = target.counters(1)
    assert stays["stay"] == 1 and stays["hits"] > 0
    target.command("QTl.del", 1)
    assert target.raw(machine.elf["sample_isr"],
                      8) == text_of(machine, machine.elf["sample_isr"], 8)


def test_lease(boot):
    """Nobody comes after the kill: seen from outside, without a session, which would remove the
    probes itself."""
    machine = boot("demo")
    process = watching(machine, "--lease", "5s")
    process.kill()
    process.communicate(timeout=PATIENCE)
    line = socket.socket(fileno=machine.open())

    def ask(packet, answer):
        line.sendall(framed(packet))
        return listen(line, answer)

    assert int(ask(b"qTl.ping:1", rb"\$1,0,([0-9a-f]+),"),
               16) != 0, "the session is still there, and renewed by this"
    assert int(ask(b"qTl.next:2,0", rb"\$2,0,([0-9a-f]+),"), 16) == 1, "and its probe"
    listen(line, rb"%Tl:")
    # QEMU has a socket that nobody reads full with a few hundred bytes: the agent would end a frame
    # after that
    take(line, 6)
    listen(line, rb'(?s)^(?!.*%Tl).*{"n":.*{"n":'), "plain text: no session, no stream"
    assert ask(b"qTl.ping:3", rb"\$3,0,([0-9a-f]+),") == b"0"
    assert ask(b"qTl.next:4,0", rb"\$4,0,([0-9a-f,]+);") == b"0"
    at = machine.elf["pid_step"]
    assert bytes.fromhex(ask(b"qTl.raw:5,%x,10" % at, rb"\$5,0,([0-9a-f]+);").decode()) == \
        text_of(machine, at, 16)
    line.close()


def take(line, seconds):
    """Reads what a bare line brings, and forgets it."""
    end = time.monotonic() + seconds
    line.settimeout(0.1)
    while time.monotonic() < end:
        with contextlib.suppress(TimeoutError):
            line.recv(65536)


def listen(line, pattern, timeout=PATIENCE):
    """What a bare line brings, until the pattern is in it."""
    data, deadline = b"", time.monotonic() + timeout
    line.settimeout(timeout)
    while not re.search(pattern, data):
        assert time.monotonic() < deadline, (pattern, data[-400:])
        data += line.recv(4096)
    groups = re.search(pattern, data).groups()
    return groups[0] if groups else None


@ONE_BOARD
def test_reader_leaves(boot):
    """`trapline watch | head`: the probes go when nobody reads any more."""
    machine = boot("demo")
    process = watching(machine)
    process.stdout.close()
    assert process.wait(PATIENCE) == 141
    assert_clean(machine)


# ---- the wrong ELF ----

@ONE_BOARD
def test_wrong_elf(boot, board):
    machine = boot("load")
    other = str(BUILD / board / "demo.elf")
    for command in (["watch", "pid_step", "-n", "1"], ["add", "main"],
                    ["count", "main", "-d", "1s"], ["write", "main", "00"]):
        result = machine.trapline(*command, "-e", other, elf=False)
        assert result.returncode == 5 and result.stdout == "", command
        assert re.search(
            r"error: the target runs build-id [0-9a-f]{4}…[0-9a-f]{2}, demo\.elf is "
            r"[0-9a-f]{4}…[0-9a-f]{2}\n", result.stderr)
        assert "hint:  give the ELF that this firmware was linked to" in result.stderr
    target = machine.connect()
    assert target.command("qTl.next", 0) == ["0"]
    os.close(machine.targets.pop().fd)
    told = machine.trapline("info", "-e", other, elf=False)
    assert told.returncode == 5 and re.search(r"^match +no$", told.stdout, re.M), "info shows both"


def objcopy(machine, *args):
    copy = pathlib.Path(machine.tmp) / "copy.elf"
    subprocess.run([cross(machine.elf.path.parent.name) + "objcopy", *args, machine.elf.path, copy],
                   check=True)
    return str(copy)


@ONE_BOARD
def test_stripped_elf(boot):
    machine = boot("demo")
    copy = objcopy(machine, "--strip-all")
    result = machine.trapline("watch", "pid_step", "-n", "3", "-e", copy, elf=False)
    assert result.returncode == 5 and "has no symbols (it was stripped)" in result.stderr
    assert "hint:" in result.stderr
    result = machine.trapline("watch", hex(machine.elf["pid_step"]), "-n", "3", "-e", copy,
                              "--force", elf=False)
    assert result.returncode == 0 and "3 hits" in result.stdout, "an address needs no symbol"


def test_elf_without_build_id(boot):
    """Then text is compared by CRC: the same is accepted, one byte changed is not."""
    machine = boot("demo")
    copy = objcopy(machine, "--remove-section=.note.gnu.build-id")
    result = machine.trapline("watch", "pid_step", "-n", "3", "-e", copy, elf=False)
    assert result.returncode == 0, result.stderr
    assert "text compared with copy.elf by CRC" in result.stdout, result.stderr
    assert OUTCOME in result.stdout, result.stderr
    image = bytearray(pathlib.Path(copy).read_bytes())
    at = image.index(text_of(machine, machine.elf["pid_step"], 32))
    image[at + 6] ^= 1
    pathlib.Path(copy).write_bytes(image)
    result = machine.trapline("watch", "pid_step", "-n", "3", "-e", copy, elf=False)
    assert result.returncode == 5
    assert "the text on the target is not that of copy.elf" in result.stderr
    assert_clean(machine)


@ONE_BOARD
def test_no_elf(boot, board, tmp_path):
    machine = boot("demo")
    notes = tmp_path / "notes.txt"
    notes.write_text("not an ELF")
    for path, error in ((notes, "is not an ELF file"), (tmp_path / "none", "No such file"),
                        (shutil.which("true"), "is for another machine"),
                        (BUILD / board / "board" / "demo" / "pid.o", "is an object file")):
        result = machine.trapline("watch", "pid_step", "-n", "1", "-e", str(path), elf=False)
        assert result.returncode == 5 and error in result.stderr, result.stderr
        assert "hint:" in result.stderr, result.stderr
    result = machine.trapline("watch", "pid_step", "-n", "1", elf=False)
    assert result.returncode == 5 and "there is no ELF to look it up in" in result.stderr
    result = machine.trapline("watch", hex(machine.elf["pid_step"]), "-n", "2", "--force",
                              elf=False, check=0)
    assert "2 hits" in result.stdout
    assert_clean(machine)

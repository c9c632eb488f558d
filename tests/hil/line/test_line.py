# SPDX-License-Identifier: MIT
"""The line itself: damaged bits, other versions at the other end, any baud rate, targets and
ports that come late, hints that fit."""
import fcntl
import os
import pty
import random
import re
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import pytest

from conftest import ONE_BOARD, PATIENT, TRAPLINE, Machine, clean_env
from rsp import PATIENCE, checksum, with_crc
from tap import Tap

pytestmark = ONE_BOARD


def run(*args, timeout=PATIENCE, env=None):
    return subprocess.run([TRAPLINE, *args], capture_output=True, text=True, errors="replace",
                          timeout=timeout, env=env or clean_env(),
                          stdin=subprocess.DEVNULL)


# ---- damage ----

class Noise:
    """Damages a bit in so many."""

    def __init__(self, rate, seed):
        self.rnd, self.rate, self.hurt = random.Random(seed), rate, 0

    def __call__(self, data):
        data = bytearray(data)
        at = int(self.rnd.expovariate(self.rate))
        while at < 8 * len(data):
            data[at // 8] ^= 1 << at % 8
            self.hurt += 1
            at += 1 + int(self.rnd.expovariate(self.rate))
        return bytes(data)


def test_damaged_reads(boot):
    """A bit in a thousand, both ways: what is read is right, or the command fails."""
    machine = boot("load")
    tap = Tap(machine)
    start, size = machine.elf["work"], 256
    true = run("read", hex(start), str(size), "-f", "csv", "-p", f"unix:{tap.path}", "--wait",
               "9m").stdout
    tap.spoil = noise = Noise(1e-3, 5)
    right = caught = 0
    for _ in range(8):
        done = run("read", hex(start), str(size), "-f", "csv", "-v", "-p", f"unix:{tap.path}",
                   "--wait", "9m")
        assert done.returncode != 0 or done.stdout == true
        right += done.returncode == 0
        caught += sum(map(int, re.findall(r"(\d+) answers came damaged", done.stderr)))
    tap.close()
    assert noise.hurt > 100 and right > 0 and caught > 10, (noise.hurt, right, caught)


def test_noise_before_the_session(boot):
    """A boot ROM at another rate, then text: the noise is counted in one line, the text is shown
    as it came."""
    machine = boot("demo")
    tap = Tap(machine)
    first = [random.Random(3).randbytes(900) + "\r\nloader: größer is fine\r\n".encode()]
    tap.spoil = lambda data: (first.pop() if first and tap.up else b"") + data
    done = run("info", "-p", f"unix:{tap.path}", "--wait", "9m")
    tap.close()
    noise = re.findall(r"^(\d+) bytes of noise came (.*)$", done.stderr, re.M)
    assert done.returncode == 0 and len(noise) == 1 and 850 < int(noise[0][0]) < 910, done.stderr
    assert noise[0][1] == "before the target answered: not shown", done.stderr
    console = [line for line in done.stderr.splitlines() if line.startswith("console|")]
    assert "console| loader: größer is fine" in console, console
    assert all(line.replace("ö", "").replace("ß", "").isascii() for line in console), console


# ---- waits ----

def waits(stderr):
    return re.findall(r"^waiting for (.*)$", stderr, re.M)


def full_server():
    """A server that lets nobody in any more: TCP goes on trying. Its port, and what keeps it
    full."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    others = [socket.socket() for _ in range(4)]
    for other in others:
        other.setblocking(False)
        other.connect_ex(server.getsockname())
    return "tcp:127.0.0.1:%d" % server.getsockname()[1], [server, *others]


def test_waits_are_said():
    """What lasts longer than a second says once what it waits for, and how long; not with -q."""
    silent, muted = pty.openpty(), pty.openpty()
    name, deaf = os.ttyname(silent[1]), "exec:trap '' TERM; while :; do sleep 0.2; done"
    full, sockets = full_server()
    cases = [
        (["-p", name], [f"an answer from {name} (5 s at most)"]),
        (["-q", "-p", os.ttyname(muted[1])], []),
        (["-p", full], [f"{full} to take the connection (5 s at most)"]),
        (["-p", deaf], [f"an answer from {deaf} (5 s at most)",
                        f"the program behind {deaf} to end, then it is made to (2 s at most)"]),
    ]
    for process, said in [(subprocess.Popen([TRAPLINE, "info", *args], stdin=subprocess.DEVNULL,
                                            stderr=subprocess.PIPE, text=True, env=clean_env()),
                           said) for args, said in cases]:
        stderr = process.communicate(timeout=PATIENCE)[1]
        assert process.returncode == 3 and waits(stderr) == said, stderr
    for one in sockets:
        one.close()
    for fd in (*silent, *muted):
        os.close(fd)


def test_long_work_is_said(boot):
    """Many requests on a slow line: one line says what they are for."""
    machine = boot("load")
    tap = Tap(machine)
    tap.spoil = lambda data: time.sleep(0.05) or data
    done = run("read", hex(machine.elf["work"] & ~0xff), "5000", "-f", "csv", "-p",
               f"unix:{tap.path}", "--wait", "9m")
    tap.close()
    assert done.returncode == 0, done.stderr
    said = [wait for wait in waits(done.stderr) if not wait.startswith("an answer")]
    assert said == ["5000 bytes of the target's memory"], done.stderr


def test_late_answer(boot):
    """One that comes later than the usual patience lasts: in vain, or waited for if asked to."""
    machine = boot("load")
    tap, late = Tap(machine), []

    def spoil(data):
        if len(tap.up) > 300 and not late:
            late.append(True)
            time.sleep(6)
        return data

    tap.spoil = spoil
    for options, status in (([], 3), (["--wait", "9m"], 0)):
        late.clear()
        tap.up = b""
        done = run("read", hex(machine.elf["work"] & ~0xff), "5000", "-f", "csv", "-p",
                   f"unix:{tap.path}", *options)
        assert late and done.returncode == status, done.stderr
    tap.close()


# ---- versions ----

def frame(data):
    return b"$" + data + b"#" + checksum(data)


def serve(answer):
    """A line at whose other end something answers hello so; its path."""
    server = socket.socket(socket.AF_INET)
    server.bind(("127.0.0.1", 0))
    server.listen(1)

    def talk():
        client = server.accept()[0]
        data = b""
        while b"QTl.hello" not in data or not re.search(rb"#..", data[data.find(b"QTl.hello"):]):
            data += client.recv(4096)
        tag = re.search(rb"QTl\.hello:([0-9a-f]+)", data)[1]
        client.sendall(answer(tag))
        client.recv(4096)

    threading.Thread(target=talk, daemon=True).start()
    return "tcp:127.0.0.1:%d" % server.getsockname()[1]


@pytest.mark.parametrize("version, answer", [
    (1, lambda tag: frame(tag + b",1")),  # as an agent of before the CRC says
    (3, lambda tag: frame(with_crc(tag + b",0,3,what,comes,next"))),
])
def test_other_agents(version, answer):
    done = run("info", "-p", serve(answer), env=clean_env() | PATIENT)
    assert done.returncode == 4
    assert f"error: the agent speaks version {version} of the protocol, " \
        "this trapline version 2\n" in done.stderr
    assert "hint:  build both from the same sources" in done.stderr


# ---- the port ----

def wait_output(process, text, timeout=PATIENCE):
    end, seen = time.monotonic() + timeout, ""
    while text not in seen:
        assert time.monotonic() < end, seen
        seen += process.stderr.readline()
    return seen


TCGETS2 = 0x802C542A


@pytest.mark.parametrize("baud", [250000, 74880, 31250, 115200])
def test_baud(baud):
    """Also those that termios has no name for."""
    master, slave = pty.openpty()
    process = subprocess.Popen([TRAPLINE, "info", "-p", os.ttyname(slave), "-b", str(baud)],
                               stderr=subprocess.PIPE, text=True, env=clean_env())
    wait_output(process, "waiting for an answer")
    settings = fcntl.ioctl(slave, TCGETS2, bytes(44))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    os.close(master), os.close(slave)
    assert struct.unpack("II", settings[36:44]) == (baud, baud)


SHIM = r"""
#include <asm/termbits.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <asm/ioctls.h>
int ioctl(int fd, unsigned long what, ...)
{
	int (*next)(int, unsigned long, void *) =
		(int (*)(int, unsigned long, void *))dlsym((void *)-1L, "ioctl");
	int result;
	va_list ap;
	void *arg;

	va_start(ap, what);
	arg = va_arg(ap, void *);
	va_end(ap);
	result = next(fd, what, arg);
	if (what == TCGETS2)
		((struct termios2 *)arg)->c_ospeed = (unsigned)atoi(getenv("REAL_BAUD"));
	return result;
}
"""


def test_baud_of_the_driver(tmp_path):
    """The rate that a driver makes of it is looked at: a UART's receiver stands two percent."""
    (tmp_path / "shim.c").write_text(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", tmp_path / "shim.so",
                    tmp_path / "shim.c"], check=True)
    for real, warned in ((250000, False), (246000, False), (230400, True), (9600, True)):
        master, slave = pty.openpty()
        env = clean_env() | {"LD_PRELOAD": str(tmp_path / "shim.so"), "REAL_BAUD": str(real),
                             "ASAN_OPTIONS": "verify_asan_link_order=0"}
        process = subprocess.Popen([TRAPLINE, "info", "-p", os.ttyname(slave), "-b", "250000"],
                                   stderr=subprocess.PIPE, text=True, env=env)
        seen = wait_output(process, "waiting for an answer")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        os.close(master), os.close(slave)
        assert (f"runs at {real} baud instead of 250000" in seen) == warned


def test_modem_lines():
    """Left alone, but not dropped at the end: boards take that for a reset."""
    master, slave = pty.openpty()
    attributes = termios.tcgetattr(slave)
    attributes[2] |= termios.HUPCL
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    process = subprocess.Popen([TRAPLINE, "info", "-p", os.ttyname(slave)], stderr=subprocess.PIPE,
                               text=True, env=clean_env())
    wait_output(process, "waiting for an answer")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert not termios.tcgetattr(slave)[2] & termios.HUPCL
    done = run("info", "-p", os.ttyname(slave), "--dtr", "off")
    assert done.returncode == 3 and "has no DTR that can be set" in done.stderr  # a pseudo terminal
    os.close(master), os.close(slave)
    assert run("info", "-p", "tcp:localhost:1", "--rts", "on").returncode == 2
    assert run("info", "-p", "/dev/null", "--rts", "maybe").returncode == 2


def test_wait_for_a_port(boot, board, tmp_path_factory):
    """It is not there yet when the command is given: the command waits, and says so."""
    tmp = tmp_path_factory.mktemp("late")
    process = subprocess.Popen([TRAPLINE, "info", "-p", f"unix:{tmp}/serial", "--wait", "9m"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=clean_env())
    wait_output(process, f"waiting for unix:{tmp}/serial")
    machine = Machine(board, "load", tmp)
    out, err = process.communicate(timeout=PATIENCE)
    machine.stop()
    assert process.returncode == 0 and f"board          {board}" in out, err
    link = tmp / "tty"
    process = subprocess.Popen([TRAPLINE, "info", "-p", link, "--wait", "9m"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=clean_env())
    wait_output(process, f"waiting for {link}")
    machine = boot("load", transport="pty")
    link.symlink_to(machine.port)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err


def test_wait_for_a_target(boot):
    """The port is there, and the target still boots."""
    machine = boot("load")
    machine.monitor("stop")
    process = subprocess.Popen([TRAPLINE, "info", "-p", machine.port, "--wait", "9m"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=clean_env())
    wait_output(process, f"waiting for an answer from {machine.port}")
    time.sleep(5)  # longer than without --wait
    assert process.poll() is None
    machine.monitor("cont")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err


def test_wait_has_an_end():
    start = time.monotonic()
    done = run("info", "-p", "/dev/nothing", "--wait", "1500ms")
    assert done.returncode == 3 and "cannot open /dev/nothing" in done.stderr
    assert time.monotonic() - start >= 1.5
    assert run("info", "-p", "exec:exit 3", "--wait",
               "1m").returncode == 3, "what has ended does not come back"
    assert run("info", "-p", "tcp:nowhere", "--wait", "1m").returncode == 2


@pytest.mark.parametrize("make, hint", [
    (lambda tmp: listen(tmp), "it is a socket: -p unix:"),
    (lambda tmp: "localhost:2000", "a TCP port is tcp:localhost:2000"),
    (lambda tmp: "/bin/sh", "it is a program: -p 'exec:/bin/sh …'"),
    (lambda tmp: "/tmp", "it is a folder"),
    (lambda tmp: "exec:no-such-program", "the shell did not find such a program"),
    (lambda tmp: "exec:sleep 100", "the program runs and has written nothing"),
    (lambda tmp: "unix:" + listen(tmp), "has it another client?"),
    (lambda tmp: "unix:" + listen(tmp, full=True), "has a client, and others wait already"),
])
def test_hints(make, hint, tmp_path):
    done = run("info", "-p", make(tmp_path))
    assert done.returncode == 3 and hint in done.stderr, done.stderr


KEPT = []


def listen(tmp, full=False):
    """A socket that nobody serves; its queue full."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"{tmp}/socket")
    server.listen(0)
    KEPT.append(server)
    if full:
        client = socket.socket(socket.AF_UNIX)
        client.connect(f"{tmp}/socket")
        KEPT.append(client)
    return f"{tmp}/socket"

# SPDX-License-Identifier: MIT
"""Boards in QEMU, and the host tool against them. A test that takes `board`, `boot` or `machine` runs on every board of the manifest,
board/*/qemu.args; marked ONE_BOARD, on the default one: that is for what is the host tool's alone."""
import fcntl
import functools
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import tty

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("O", "build")).resolve()
TRAPLINE = BUILD / "trapline"
ONE_BOARD, EVERY_BOARD = pytest.mark.boards("one"), pytest.mark.boards("every")  # the closer mark counts


@functools.cache
def make_variable(name):
    """What the Makefile and the board.mk say."""
    text = subprocess.run(["make", "-C", str(ROOT), "--no-print-directory", f"print-{name}"], check=True, capture_output=True, text=True)
    return text.stdout.strip()


DEFAULT_BOARD = make_variable("DEFAULT_BOARD")
BOARDS = sorted(p.parent.name for p in ROOT.glob("board/*/qemu.args") if p.parent.name != "template")

# These still speak of registers, offsets and refusals as they are on Cortex-M: not on other boards yet.
CORTEX_M_TESTS = {"test_cli", "test_commands", "test_demo", "test_formats", "test_reset", "test_return", "test_robust", "test_session"}

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import rsp  # noqa: E402


class Elf:
    def __init__(self, path):
        self.path = path
        self.symbols = {}
        for line in subprocess.run(["nm", path], check=True, capture_output=True, text=True).stdout.splitlines():
            fields = line.split()
            if len(fields) == 3:
                odd = fields[1] in "Tt"  # the Thumb bit of a function's symbol
                self.symbols[fields[2]] = int(fields[0], 16) & ~odd

    def __getitem__(self, name):
        return self.symbols[name]


def listening(path):
    """Is a unix socket there, and past listen()? Between bind() and that, connections are refused."""
    sockets = pathlib.Path("/proc/net/unix").read_text().splitlines()
    return any(line.endswith(f" {path}") and int(line.split()[3], 16) & 0x10000 for line in sockets)


class Machine:
    """A board in QEMU. `port` is what `trapline -p` takes; the serial line is a unix socket, or a pty."""

    def __init__(self, board, program, tmp, transport="unix", build=BUILD, extra=()):
        self.elf = Elf(build / board / f"{program}.elf")
        self.tmp, self.transport = tmp, transport
        serial = "pty" if transport == "pty" else f"unix:{tmp}/serial,server=on,wait=off"
        monitor = ["-monitor", f"unix:{tmp}/monitor,server=on,wait=off"]
        args = (ROOT / "board" / board / "qemu.args").read_text().split()
        args = [a for i, a in enumerate(args) if a != "-monitor" and (i == 0 or args[i - 1] != "-monitor")]
        self.log = open(f"{tmp}/qemu.log", "w+")
        self.process = subprocess.Popen([*args, *monitor, "-serial", serial, "-kernel", self.elf.path, *extra],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.port = self.wait_for_port()
        self.targets = []

    def wait_for_port(self):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if self.transport == "pty":
                found = re.search(r"redirected to (/dev/\S+)", pathlib.Path(self.log.name).read_text())
                if found:
                    return found[1]
            elif listening(f"{self.tmp}/serial") and listening(f"{self.tmp}/monitor"):
                return f"unix:{self.tmp}/serial"
            time.sleep(0.02)
        raise TimeoutError("QEMU gave no port: " + pathlib.Path(self.log.name).read_text())

    def connect(self, **session):
        """A client of our own on the line."""
        target = rsp.Target(self.open(), **session)
        self.targets.append(target)
        return target

    def open(self):
        if self.transport == "pty":
            fd = os.open(self.port, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(fd)
            return fd
        sock = socket.socket(socket.AF_UNIX)
        end = time.monotonic() + 10
        while True:
            try:
                sock.connect(self.port[5:])
                break
            except ConnectionRefusedError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        return sock.detach()

    def monitor(self, command):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(f"{self.tmp}/monitor")
            sock.settimeout(5)
            text = b""
            while text.count(b"(qemu)") < 1:
                text += sock.recv(4096)
            sock.sendall(command.encode() + b"\n")
            time.sleep(0.2)

    def reset(self):
        self.monitor("system_reset")

    def trapline(self, *args, timeout=60, check=None, input=None, elf=True):
        """Runs the host tool to its end."""
        command = [TRAPLINE, *args, "-p", self.port, *(["-e", self.elf.path] if elf else [])]
        result = subprocess.run(command, capture_output=True, text=True, timeout=timeout, input=input, env=clean_env())
        if check is not None:
            assert result.returncode == check, (result.args, result.returncode, result.stdout, result.stderr)
        return result

    def start_trapline(self, *args):
        return subprocess.Popen([TRAPLINE, *args, "-p", self.port, "-e", self.elf.path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, text=True, env=clean_env())

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        for target in self.targets:
            os.close(target.fd)
        self.log.close()


def clean_env():
    return {k: v for k, v in os.environ.items() if not k.startswith("TRAPLINE_")}


def wait_for(target, text, timeout=30):
    """Pumps a client until the console shows `text`."""
    end = time.monotonic() + timeout
    while text not in target.console:
        assert time.monotonic() < end, (text, target.console[-400:])
        target.pump(0.05)


def fits(board, program):
    return program not in make_variable(f"{board}.without").split()


def skip_unless_fits(board, program):
    if not fits(board, program):
        pytest.skip(f"board.mk: {board} is without {program}")


def pytest_configure(config):
    config.addinivalue_line("markers", "boards(which): on which boards of the manifest a test runs")


def pytest_generate_tests(metafunc):
    if "board" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("boards") or EVERY_BOARD.mark
        boards = BOARDS if metafunc.module.__name__ not in CORTEX_M_TESTS else [b for b in BOARDS if cross(b).startswith("arm-")]
        metafunc.parametrize("board", boards if mark.args == ("every",) else [DEFAULT_BOARD])


@pytest.fixture
def boot(board, tmp_path_factory):
    """boot(program, transport="unix", …) -> Machine, stopped at the end of the test."""
    machines = []

    def start(program="load", **how):
        skip_unless_fits(board, program)
        machines.append(Machine(board, program, tmp_path_factory.mktemp("m"), **how))
        return machines[-1]

    yield start
    for machine in machines:
        machine.stop()


@pytest.fixture
def machine(boot):
    return boot("load")


@pytest.fixture
def target(machine):
    return machine.connect()


def variant(board, name, defines="", program="load", isa=None):
    """Builds firmware with other agent settings, or for another instruction set; returns its build folder."""
    out = BUILD / "variant" / name
    settings = [f"DEFINES={defines}"] + ([f"{board}.isa={isa}"] if isa else [])
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "lock", "w") as lock:  # several tests may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        run_make(f"O={out}", *settings, f"{out}/{board}/{program}.elf")
    return out


def run_make(*arguments):
    subprocess.run(["make", "-C", str(ROOT), "--no-print-directory", *arguments], check=True, capture_output=True, text=True)


def cross(board):
    """The prefix of a board's compiler and binutils."""
    return make_variable(f"{board}.cross")


def isa(board):
    """The name of a board's instruction set, as the agent says it."""
    name = make_variable(f"{board}.isa")
    return make_variable(f"{name}.name") or name.removesuffix("-hard")


def instructions(machine, board, function=None):
    """Addresses and mnemonics of a function's instructions, or of all that can be probed, as objdump lists them; data in text left out."""
    what = ["-d", f"--disassemble={function}"] if function else ["-d", "--section=.text"]
    listing = subprocess.run([cross(board) + "objdump", *what, machine.elf.path], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^\s*([0-9a-f]+):\t[0-9a-f ]+\t(\S+)", listing, re.M)
    return [(int(address, 16), name) for address, name in found if not name.startswith(".")]

# SPDX-License-Identifier: MIT
"""Boards in QEMU, and the host tool against them. A test that takes `board`, `boot` or `machine`
runs on every board of the manifest, board/*/qemu.args; marked EACH_ARCH, on that which each
architecture names as its own (arch.mk), but that the rooms IN_TURN leave one of them out in turn;
marked SAMPLED, likewise, and on every board with `make test FULL=1`, which leaves none out; marked
ONE_BOARD, on the default one: that is for what is the host tool's alone."""
import fcntl
import functools
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import tty
import types
import zlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("O", "build")).resolve()
TRAPLINE = pathlib.Path(os.environ.get("TL_TOOL", BUILD / "trapline"))  # another: test_sanitized.py
# the closer mark counts
ONE_BOARD, EACH_ARCH, SAMPLED, EVERY_BOARD = map(pytest.mark.boards,
                                                 ("one", "arch", "sampled", "every"))


@functools.cache
def make_variable(name, *settings):
    """What the Makefile and the board.mk say, with such settings."""
    text = subprocess.run(["make", "-C", str(ROOT), "--no-print-directory", f"print-{name}",
                           *settings], check=True, capture_output=True, text=True)
    return text.stdout.strip()


if threading.current_thread() is threading.main_thread():  # a worker of pytest-xdist may be another
    # the tool leaves it ignored where it is, as below nohup
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

DEFAULT_BOARD = make_variable("DEFAULT_BOARD")
ARCH_BOARDS = make_variable("ARCH_BOARDS").split()
BOARDS = sorted(p.parent.name for p in ROOT.glob("board/*/qemu.args")
                if p.parent.name != "template")

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import gdb  # noqa: E402
import rsp  # noqa: E402
from rsp import PATIENCE  # noqa: E402


class Thin(str):
    """A board whose agent is built thin: marked THIN, tests run on these as well. Where they need
    what such an agent has not, they are skipped by what it says that it has."""


THIN = pytest.mark.thin
THIN_BOARDS = [pytest.param(Thin(name), id=f"{name}-thin")
               for name in ("microbit", "mps2-an385", "sifive_e")]


@functools.cache
def given_program():
    """What a thin agent is given (given.c)."""
    program, fresh = BUILD / "given", BUILD / f"given.{os.getpid()}"
    subprocess.run(["cc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror",
                    *(f"-I{ROOT / d}" for d in ("arch", "protocol")),
                    ROOT / "tests/hil/given.c",
                    *(ROOT / source for source in make_variable("pure_sources").split()),
                    "-o", fresh], check=True)
    return fresh.rename(program)


def given(name, addr, slot, before, text):
    """-> error, fields of QTl.add"""
    done = subprocess.run([given_program(), name], check=True, capture_output=True, text=True,
                          input=f"{addr:x} {slot:x} {before:x} {text.hex()}\n")
    error, *fields = done.stdout.split()
    return int(error), fields


class Elf:
    def __init__(self, path):
        self.path = path
        self.symbols = {}
        for line in subprocess.run(["nm", path], check=True, capture_output=True,
                                   text=True).stdout.splitlines():
            fields = line.split()
            if len(fields) == 3:
                odd = fields[1] in "Tt"  # the Thumb bit of a function's symbol
                self.symbols[fields[2]] = int(fields[0], 16) & ~odd

    def __getitem__(self, name):
        return self.symbols[name]


def listening(path):
    """Is a unix socket there, and past listen()? Between bind() and that, connections are
    refused."""
    sockets = pathlib.Path("/proc/net/unix").read_text().splitlines()
    return any(line.endswith(f" {path}") and int(line.split()[3], 16) & 0x10000 for line in sockets)


class Machine:
    """A board in QEMU. `port` is what `trapline -p` takes; the serial line is a unix socket, or
    a pty. Where board.mk says that a line must take much at once, a TCP socket is used for the
    former. `image`: what is in the flash, if not what the ELF says."""

    def __init__(self, board, program, tmp, transport="unix", build=BUILD, extra=(), image=None):
        self.elf = Elf(build / board / f"{program}.elf")
        self.tmp, self.transport = tmp, make_variable(
            f"{board}.line") or transport if transport == "unix" else transport
        serial = {"pty": "pty", "unix": f"unix:{tmp}/serial,server=on,wait=off",
                  "tcp": "tcp:127.0.0.1:0,server=on,wait=off"}[self.transport]
        monitor = ["-monitor", f"unix:{tmp}/monitor,server=on,wait=off"]
        args = (ROOT / "board" / board / "qemu.args").read_text().split()
        args = [a for i, a in enumerate(args)
                if a != "-monitor" and (i == 0 or args[i - 1] != "-monitor")]
        self.log = open(f"{tmp}/qemu.log", "w+")
        self.process = subprocess.Popen([*args, *monitor, "-serial", serial, "-kernel",
                                         image or self.elf.path, *extra],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.port = self.wait_for_port()
        self.targets = []
        self.was_up = bool(image)  # where that lies elsewhere, nothing is known of it

    def wait_for_port(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.transport == "pty":
                found = re.search(r"redirected to (/dev/\S+)",
                                  pathlib.Path(self.log.name).read_text())
                if found:
                    return found[1]
            elif self.transport == "tcp":
                found = listening(f"{self.tmp}/monitor") and \
                    re.search(r"tcp:(127\.0\.0\.1:\d+)", self.monitor("info chardev"))
                if found:
                    return f"tcp:{found[1]}"
            elif listening(f"{self.tmp}/serial") and listening(f"{self.tmp}/monitor"):
                return f"unix:{self.tmp}/serial"
            time.sleep(0.02)
        raise TimeoutError("QEMU gave no port: " + pathlib.Path(self.log.name).read_text())

    def connect(self, **session):
        """A client of our own on the line."""
        target = rsp.Target(self.open(), **session)
        target.given = given
        self.targets.append(target)
        return target

    def open(self):
        """The line's file descriptor, once the firmware is up: what it misses of a frame, its
        console would get."""
        fd = self.open_line()
        if "tl_port" in self.elf.symbols:
            self.until(lambda: self.is_up(fd))
        return fd

    def is_up(self, fd):
        """What SBI firmware writes before that is left out: it would wait for who reads it."""
        if self.peek("tl_port", 16):  # all zero before tl_init()
            return True
        if self.transport != "pty":
            with socket.socket(fileno=os.dup(fd)) as sock:
                sock.setblocking(False)
                try:
                    early = sock.recv(65536, socket.MSG_PEEK)
                except BlockingIOError:
                    early = b""
                sock.setblocking(True)
                if early and not self.peek("tl_port", 16):
                    sock.recv(len(early))
        return False

    def open_line(self):
        if self.transport == "pty":
            fd = os.open(self.port, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(fd)
            return fd
        if self.transport == "tcp":
            sock, address = socket.socket(), ("127.0.0.1", int(self.port.rpartition(":")[2]))
        else:
            sock, address = socket.socket(socket.AF_UNIX), self.port.removeprefix("unix:")
        end = time.monotonic() + PATIENCE
        while True:
            try:
                sock.connect(address)
                break
            except ConnectionRefusedError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        return sock.detach()

    def monitor(self, command):
        """What QEMU answers to a command of its own."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(f"{self.tmp}/monitor")
            sock.settimeout(PATIENCE)
            text = b""
            while text.count(b"(qemu)") < 1:
                text += sock.recv(4096)
            sock.sendall(command.encode() + b"\n")
            while text.count(b"(qemu)") < 2:
                text += sock.recv(4096)
            return text.decode()

    def peek(self, where, n=4):
        """Memory as QEMU sees it, at a symbol or an address: a number."""
        text = self.monitor(f"xp /{n}xb {self.elf[where] if isinstance(where, str) else where:#x}")
        shown = "".join(re.findall(r"^[0-9a-f]{16}: (.*)", text, re.M))
        return int.from_bytes(bytes(int(byte, 16) for byte in shown.split()), "little")

    def samples(self):
        """How many samples the demo has taken, by its own count."""
        return self.peek(next(name for name in self.elf.symbols
                              if re.fullmatch(r"number\.\d+", name)))

    def until(self, true):
        """Waits for what the firmware is to come to."""
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, "what the test waits for did not come"
            time.sleep(0.02)

    def moves(self, counter, seconds=PATIENCE):
        """Does a variable of the firmware change in that time?"""
        before, end = self.peek(counter), time.monotonic() + seconds
        while self.peek(counter) == before:
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def reset(self):
        self.monitor("system_reset")
        self.monitor("info status")  # QEMU only noted it: it resets before it takes another command

    def come_up(self):
        """What firmware misses of a host's first frame, it would take as typed."""
        if not self.was_up and "tl_port" in self.elf.symbols and not self.peek("tl_port", 16):
            os.close(self.open())
        self.was_up = True

    def trapline(self, *args, timeout=PATIENCE, check=None, input=None, elf=True):
        """Runs the host tool to its end."""
        self.come_up()
        command = [TRAPLINE, *args, "-p", self.port, *(["-e", self.elf.path] if elf else [])]
        result = subprocess.run(command, capture_output=True, text=True, timeout=timeout,
                                input=input, env=clean_env() | PATIENT)
        if check is not None:
            assert result.returncode == check, (result.args, result.returncode, result.stdout,
                                                result.stderr)
        return result

    def start_trapline(self, *args, patient=True):
        return subprocess.Popen([TRAPLINE, *args, "-p", self.port, "-e", self.elf.path],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL, text=True, errors="replace",
                                env=clean_env() | (PATIENT if patient else {}))

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
        for target in self.targets:
            os.close(target.fd)
        self.log.close()


PATIENT = {"XDG_CONFIG_HOME": str(ROOT / "tests/hil/settings")}


def clean_env():
    """Without what its user has set."""
    return {**{k: v for k, v in os.environ.items() if not k.startswith("TRAPLINE_")},
            "XDG_CONFIG_HOME": "/dev/null"}


def run(*args, env=None, timeout=PATIENCE, cwd=None):
    """Runs the host tool without a machine."""
    return subprocess.run([TRAPLINE, *args], capture_output=True, text=True, timeout=timeout,
                          cwd=cwd, stdin=subprocess.DEVNULL, env={**clean_env(), **(env or {})})


def wait_for(target, text, timeout=PATIENCE):
    """Pumps a client until the console shows `text`."""
    end = time.monotonic() + timeout
    while text not in target.console:
        assert time.monotonic() < end, (text, re.findall(rb"not ok.*", target.console),
                                        target.console[-400:])
        target.pump(0.05)


def self_test(machine, program, checks):
    """Runs firmware that tests itself, and reads its verdicts."""
    head = f"# {program} on ".encode()
    line = machine.open()
    machine.reset()  # what it printed before the line was open is lost
    text, end = b"", time.monotonic() + PATIENCE
    while b"\ndone, " not in text.partition(head)[2] and time.monotonic() < end:
        if select.select([line], [], [], 0.5)[0]:
            text = (text + os.read(line, 4096)).rpartition(head)
            text = text[1] + text[2]
    os.close(line)
    text = text.decode()
    assert "\ndone, " in text, text[-600:]
    assert not re.findall(r"^not ok .*", text, re.M), text
    assert len(re.findall(r"^ok ", text, re.M)) >= checks


def fits(board, program):
    return program not in make_variable(f"{board}.without").split()


def skip_unless_fits(board, program):
    if not fits(board, program):
        pytest.skip(f"board.mk: {board} is without {program}")


def sampled_boards():
    return BOARDS if os.environ.get("FULL") else ARCH_BOARDS


def skip_unless_sampled(board):
    if board not in sampled_boards():
        pytest.skip("on one board of each architecture; FULL=1: on every board")


# What they test is the tool and its clients. A target's part of that has rooms of its own.
IN_TURN = ("gdb", "host")


def turns(test, boards):
    """But for one of the boards, which the test's name chooses."""
    out = zlib.crc32(test.originalname.encode()) % len(boards)
    return [board for i, board in enumerate(boards) if i != out]


def boards_of(mark):
    return {"one": [DEFAULT_BOARD], "arch": ARCH_BOARDS, "sampled": sampled_boards(),
            "every": BOARDS}[mark]


# What takes longest goes first, so that no worker is left alone with it at the end.
LONGEST = ("test_torture", "test_demo", "test_stream", "test_make", "test_fuzz", "test_probe",
           "test_readme", "test_thumb", "test_riscv", "test_insn")
EACH_BOARD_ALONE = ("test_torture", "test_demo")  # and these are of several workers


def group_of(item):
    """The tests that one worker takes: a file's, which share what they build."""
    group, board = item.path.stem, getattr(item, "callspec", None)
    if group in EACH_BOARD_ALONE and board:
        group += f" {board.params.get('board', '')}"
    return group


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the marks in its own
def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item)))
    items.sort(key=lambda item: (LONGEST.index(item.path.stem) if item.path.stem in LONGEST
                                 else len(LONGEST)))


def pytest_generate_tests(metafunc):
    # the test names its boards itself
    own = [m for m in metafunc.definition.iter_markers("parametrize") if "board" in m.args[0]]
    if "board" in metafunc.fixturenames and not own:
        mark = metafunc.definition.get_closest_marker("boards") or EVERY_BOARD.mark
        thin = THIN_BOARDS if metafunc.definition.get_closest_marker("thin") else []
        boards = boards_of(mark.args[0])
        if mark.args[0] == "arch" and metafunc.definition.path.parent.name in IN_TURN and \
                not {"FULL", "TL_TOOL"} & set(os.environ):  # the latter: test_sanitized.py chooses
            boards = turns(metafunc.definition, boards)
        metafunc.parametrize("board", [*boards, *thin])


def thin_build(board, program):
    return variant(board, "thin", "-DTL_DECODE=0", program)


@pytest.fixture
def boot(board, tmp_path_factory):
    """boot(program, transport="unix", …) -> Machine, stopped at the end of the test."""
    machines = []

    def start(program="load", **how):
        skip_unless_fits(board, program)
        if isinstance(board, Thin) and "build" not in how:
            how["build"] = thin_build(board, program)
        if how.get("transport") == "pty" and make_variable(f"{board}.line"):
            pytest.skip(f"board.mk: {board} needs a line that takes much at once")
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


@pytest.fixture
def attach(machine):
    """attach(*setup, …) -> a Gdb on the machine's line, after the commands of `setup`; gone at
    the end of the test."""
    sessions = []

    def start(*setup, **how):
        sessions.append(gdb.Gdb(machine, *setup, **how))
        return sessions[-1]

    yield start
    for session in sessions:
        session.close()


@pytest.fixture(name="gdb")
def attached_gdb(attach):
    return attach()


def variant(board, name, defines="", program="load", isa=None, profile=None):
    """Builds firmware with other agent settings, a profile, or for another instruction set; returns
    its build folder."""
    out = BUILD / "variant" / name
    settings = [f"DEFINES={defines}"] + ([f"{board}.isa={isa}"] if isa else [])
    settings += [f"PROFILE={profile}"] if profile else []
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "lock", "w") as lock:  # several tests may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        run_make(f"O={out}", *settings, f"{out}/{board}/{program}.elf")
    return out


def run_make(*arguments):
    subprocess.run(["make", "-C", str(ROOT), "--no-print-directory", *arguments], check=True,
                   capture_output=True, text=True)


def cross(board):
    """The prefix of a board's compiler and binutils."""
    return make_variable(f"{board}.cross")


def isa(board):
    """The name of a board's instruction set, as the agent says it."""
    name = make_variable(f"{board}.isa")
    return make_variable(f"{name}.name") or name.removesuffix("-hard")


def arch_of(board):
    """Its folder in arch/."""
    return make_variable(f"{make_variable(f'{board}.isa')}.arch")


def word_of(board):
    """Bytes of a register."""
    return rsp.Stream(isa(board)).word


class Registers:
    """A board's registers by name, of arch/*/regs.def: all of a snapshot, those of arguments,
    the result's, the return address's."""

    def __init__(self, board):
        arch = arch_of(board)
        stream = rsp.Stream(isa(board))
        self.all = re.findall(r"^\w+_REG\((\w+),", (ROOT / "arch" / arch / "regs.def").read_text(),
                              re.M)
        self.args = [self.all[i] for i in stream.args]
        self.ret, self.lr, self.word = self.args[0], self.all[stream.lr], stream.word
        self.pc_in_gdb = 15 if arch == "thumb" else 32  # its number there


@pytest.fixture
def regs(board):
    return Registers(board)


@pytest.fixture
def steps(board):
    """Where load.c's work() has its instructions: their offsets, then its length."""
    elf = Elf(BUILD / board / "load.elf")
    found = [address - elf["work"]
             for address, _ in instructions(types.SimpleNamespace(elf=elf), board, "work")]
    sizes = subprocess.run(["nm", "-S", elf.path], check=True, capture_output=True,
                           text=True).stdout
    return [*found, int(re.search(r"^\S+ (\S+) T work$", sizes, re.M)[1], 16)]


def instructions(machine, board, function=None):
    """Addresses and mnemonics of a function's instructions, or of all that can be probed, as
    objdump lists them; data in text left out."""
    what = ["-d", f"--disassemble={function}"] if function else ["-d", "--section=.text"]
    listing = subprocess.run([cross(board) + "objdump", *what, machine.elf.path], check=True,
                             capture_output=True, text=True).stdout
    found = re.findall(r"^\s*([0-9a-f]+):\t[0-9a-f ]+\t(\S+)", listing, re.M)
    return [(int(address, 16), name) for address, name in found if not name.startswith(".")]

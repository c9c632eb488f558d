# SPDX-License-Identifier: MIT
"""Drives the real GDB against a machine's line: in batch, or by its machine interface (GDB's
manual, "GDB/MI")."""
import re
import select
import signal
import subprocess
import time

from rsp import PATIENCE

# seconds for an answer: the machine may have other things to do
GDB = ["gdb-multiarch", "-nx", "-q", "-l", "60"]
FIELD = re.compile(r'([\w-]+)="((?:[^"\\]|\\.)*)"')
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def gdb(machine, *commands, attach=True, before=(), timeout=PATIENCE, elf=True):
    """What GDB prints: `before`, then it attaches, then the commands; one that fails is no end.
    It detaches, and the firmware runs on."""
    port = machine.port.removeprefix("unix:").removeprefix("tcp:")
    args, lines = [*GDB, "-batch", "-ex", "set width 0"], []
    for command in (*before, *([f"target remote {port}"] if attach else []), *commands):
        # a command of several lines reads the others from its input
        first, *rest = command.split("\n")
        args += ["-ex", first]
        lines += rest
    run = subprocess.run([*args, *([machine.elf.path] if elf else [])],
                         input="".join(f"{line}\n" for line in lines), stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=timeout)
    return run.stdout


def demo_runs(samples, *commands):
    """Commands, and the demo runs until it has seen so many samples more."""
    return ["tbreak telemetry", "continue",
            f'eval "tbreak telemetry if s->number > %d", s->number + {samples}', *commands,
            "continue"]


def unquote(text):
    text = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), text)
    return re.sub(r"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), text)


class GdbError(Exception):
    """What GDB answered to a command."""


class Gdb:
    """A GDB on a Machine's line. `log` is all that it has said, `stops` the stops not looked at
    yet, each a dict of its fields."""

    def __init__(self, machine, *setup, attach=True):
        self.process = subprocess.Popen([*GDB, "-i=mi3", machine.elf.path], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        start_new_session=True)
        self.buffer, self.log, self.said, self.traffic = b"", [], "", ""
        self.stops, self.result = [], None
        self.remote = machine.port.removeprefix("unix:").removeprefix("tcp:")
        for command in ("set pagination off", "set confirm off", *setup):
            self.run(command)
        if attach:
            self.attach()

    def attach(self):
        self.run(f"target remote {self.remote}")

    # ---- commands ----

    def run(self, command, timeout=PATIENCE):
        """A command, as typed: what GDB prints, or raises GdbError."""
        quoted = command.replace("\\", "\\\\").replace('"', '\\"')
        self.said, self.result = "", None
        self.stops.clear()
        self.process.stdin.write(f'-interpreter-exec console "{quoted}"\n'.encode())
        self.process.stdin.flush()
        self.until(lambda: self.result, timeout, command)
        self.check_result()
        return self.said

    def check_result(self):
        kind, fields = self.result or ("", {})
        if kind == "error":
            raise GdbError(fields.get("msg", ""))

    def go(self, command, timeout=PATIENCE):
        """A command that lets the firmware go: the stop that it ends in."""
        self.run(command, timeout)
        return self.stop(timeout)

    def stop(self, timeout=PATIENCE):
        self.until(lambda: self.stops or self.result[0] == "error", timeout, "a stop")
        self.check_result()
        return self.stops.pop(0)

    def interrupt(self):
        """Ctrl-C: the stop."""
        self.process.send_signal(signal.SIGINT)
        return self.stop()

    def value(self, expression):
        """Of an expression in C: a number."""
        return int(self.run(f"output/u (unsigned long long)({expression})"), 0)

    def job(self, name, command="continue"):
        """Has debug.c do something: the stop that comes of it."""
        self.run(f"set var job = {name}")
        return self.go(command)

    def pc(self):
        return self.value("(unsigned long)$pc")

    # ---- what GDB says ----

    def until(self, there, timeout, what):
        end = time.monotonic() + timeout
        while not there():
            assert time.monotonic() < end, what + ": " + "".join(self.log)[-600:]
            if select.select([self.process.stdout], [], [], 0.1)[0]:
                self.take()

    def take(self):
        got = self.process.stdout.raw.read(65536) if hasattr(self.process.stdout, "raw") else b""
        if not got:
            raise EOFError("GDB has ended: " + "".join(self.log[-20:]))
        *lines, self.buffer = (self.buffer + got).split(b"\n")
        for line in lines:
            self.line(line.decode(errors="replace"))

    def line(self, line):
        self.log.append(line + "\n")
        kind, rest = line[:1], line[1:]
        if kind in "~@":
            self.said += unquote(rest.strip()[1:-1])
        elif kind == "&":
            self.traffic += unquote(rest.strip()[1:-1])
        elif kind == "^":
            self.result = rest.partition(",")[0], {k: unquote(v) for k, v in FIELD.findall(rest)}
        elif rest.startswith("stopped"):
            fields = {}
            for name, value in FIELD.findall(rest):
                fields.setdefault(name, unquote(value))
            self.stops.append(fields)

    # ---- the end ----

    def kill(self):
        """As if the host had lost power: nothing is sent."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.kill()
        self.process.stdin.close()
        self.process.stdout.close()

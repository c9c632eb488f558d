# SPDX-License-Identifier: MIT
"""Runs firmware that tests itself on a board, and says PASS or what differs.

usage: selftest.py BOARD PORT ELF…
With a PORT each ELF is written by OpenOCD, and its verdicts are read from that line, at 115200
baud. Without one the board's emulator runs it. Exit status: 0 PASS, 1 a check failed, 2 no verdict.
"""
import contextlib
import os
import pathlib
import re
import select
import subprocess
import sys
import termios
import time
import tty

ROOT = pathlib.Path(__file__).resolve().parents[1]
PATIENCE = int(os.environ.get("SELFTEST_PATIENCE", "120"))  # seconds in which a verdict must come
DONE = re.compile(rb"^done, (\d+) failed\r?\n", re.M)


class NoVerdict(Exception):
    """Why there is none, and what may help."""


def open_line(port):
    try:
        line = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(line)
        settings = termios.tcgetattr(line)
        settings[4] = settings[5] = termios.B115200
        termios.tcsetattr(line, termios.TCSANOW, settings)
        return line
    except (OSError, termios.error) as error:
        raise NoVerdict(f"cannot open {port}: {error.args[-1]}",
                        "is it the board's serial line, and may you use it?") from error


@contextlib.contextmanager
def on_hardware(board, port, elf):
    """The line, with the board freshly started."""
    line = open_line(port)
    try:
        done = subprocess.run(["openocd", "-f", f"board/{board}/openocd.cfg", "-c",
                               f"program {elf} verify reset exit"], cwd=ROOT, capture_output=True,
                              text=True, check=False)
        if done.returncode:
            errors = re.findall(r"^Error: (.*\S)", done.stderr, re.M)
            raise NoVerdict(f"OpenOCD did not write {elf}: {errors[0] if errors else 'no reason'}",
                            f"what to connect where is the head of board/{board}/openocd.cfg")
        yield line
    finally:
        os.close(line)


@contextlib.contextmanager
def in_emulator(board, elf):
    args = (ROOT / "board" / board / "qemu.args").read_text().split()
    process = subprocess.Popen([*args, "-serial", "stdio", "-kernel", elf], cwd=ROOT,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    try:
        yield process.stdout.fileno()
    finally:
        process.kill()
        process.wait()


def started(board, port, elf):
    if port:
        return on_hardware(board, port, elf)
    if not (ROOT / "board" / board / "qemu.args").exists():
        raise NoVerdict(f"{board} is hardware: where is its serial line?",
                        f"make selftest BOARD={board} PORT=/dev/ttyACM0")
    return in_emulator(board, elf)


def verdicts(line):
    """What it prints, to the end of its checks."""
    text, end = b"", time.monotonic() + PATIENCE
    while not DONE.search(text):
        left = end - time.monotonic()
        if left <= 0 or not select.select([line], [], [], left)[0] or \
                not (more := os.read(line, 4096)):
            said = text.decode(errors="replace").splitlines()
            raise NoVerdict(f"no verdict in {PATIENCE} s" if text else "the line is silent",
                            f"the last that came: {said[-1]}" if said else
                            "is it the board's serial line, and do its wires cross?")
        text += more
    return text.decode(errors="replace")


def run(board, port, elf):
    """-> checks, those that failed"""
    with started(board, port, elf) as line:
        text = verdicts(line)
    return len(re.findall(r"^(?:not )?ok ", text, re.M)), re.findall(r"^not ok .*\S", text, re.M)


def main(board, port, elfs):
    checks, failed = 0, []
    for elf in elfs:
        name = pathlib.Path(elf).stem
        number, bad = run(board, port, elf)
        print(f"{name:10} {number:4} checks  {'PASS' if number and not bad else 'FAIL'}",
              flush=True)
        print("".join(f"  {line}\n" for line in bad), end="")
        checks += number
        failed += bad if number else [name]
    print(f"{'FAIL' if failed else 'PASS'}: {board}, {checks} checks, {len(failed)} failed")
    return bool(failed)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
    except NoVerdict as why:
        print(f"error: {why.args[0]}\nhint:  {why.args[1]}", file=sys.stderr)
        sys.exit(2)

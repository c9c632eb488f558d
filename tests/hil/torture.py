# SPDX-License-Identifier: MIT
"""Probes on every instruction of library code that nobody here wrote: newlib's and libgcc's, in batches, while a workload uses it.

The workload (tests/target/torture.c) prints a digest of all its results. Every batch must leave it as a bare run gives it; `make torture` runs all, quietly and under a 1 kHz interrupt that is probed as well.
"""
import collections
import random
import re
import subprocess
import sys
import tempfile
import time

from conftest import BOARDS, ROOT, Machine, cross, wait_for
from rsp import TargetError

COUNT = 0


def error_texts():
    text = (ROOT / "protocol" / "errors.def").read_text()
    return {int(code, 16): name for name, code in re.findall(r"TL_ERROR\((\w+),\s*0x([0-9a-f]+)", text)}


class Torture:
    def __init__(self, board, tmp):
        self.board, self.machine = board, Machine(board, "torture", tmp)
        self.target = self.machine.connect()
        self.listing = self.disassemble()
        self.digest = self.round()
        self.armed = self.hits = self.divergences = 0
        self.refused = collections.Counter()
        self.silent = []

    def disassemble(self):
        """{address: function} of every instruction outside the agent, as objdump lists them."""
        elf = self.machine.elf
        text = subprocess.run([cross(self.board) + "objdump", "-d", elf.path], check=True, capture_output=True, text=True).stdout
        agent, found, function = range(elf["__start_tl_text"], elf["__stop_tl_text"]), {}, None
        for line in text.splitlines():
            head = re.match(r"[0-9a-f]+ <(.+)>:", line)
            insn = re.match(r"\s*([0-9a-f]+):\t[0-9a-f ]+\t([^.\s]\S*)", line)
            if head:
                function = head[1]
            elif insn and int(insn[1], 16) not in agent:
                found[int(insn[1], 16)] = function
        return found

    def round(self):
        self.target.console = b""
        self.target.write(b"r")
        wait_for(self.target, b"digest ", timeout=120)
        while not re.search(rb"digest (\w+)\r?\n", self.target.console):
            self.target.pump(0.05)
        return re.search(rb"digest (\w+)", self.target.console)[1]

    def batch(self, addresses, permanent):
        """Arms what it can of `addresses` beside `permanent`, runs the workload, takes them out again."""
        ids = {}
        for number, at in enumerate([*permanent, *addresses], 1):
            try:
                self.target.add(number, at, COUNT)
                ids[number] = at
            except TargetError as error:
                self.refused[error_texts()[error.code]] += number > len(permanent)
        digest = self.round()
        if digest != self.digest:
            self.divergences += 1
            print(f"divergence: {digest} for {self.digest}, with {', '.join(hex(a) for a in ids.values())}", file=sys.stderr)
        for number, at in ids.items():
            hits = self.target.counters(number)["hits"]
            self.target.command("QTl.del", number)
            self.hits += hits
            if number > len(permanent):
                self.armed += 1
                if not hits:
                    self.silent.append(at)


def torture(board, limit=None, interrupts=False, seed=1):
    """Returns the run, over `limit` instructions of functions drawn by `seed`, or all."""
    with tempfile.TemporaryDirectory() as tmp:
        run = Torture(board, tmp)
        try:
            points = int(run.target.hello[5], 16)
            tick = [a for a, f in run.listing.items() if f == "tick"] if interrupts else []
            addresses = [a for a in run.listing if a not in tick]
            if limit:
                functions = sorted(set(run.listing.values()))
                random.Random(seed).shuffle(functions)
                order = {f: i for i, f in enumerate(functions)}
                addresses = sorted(addresses, key=lambda a: (order[run.listing[a]], a))[:limit]
            if interrupts:
                run.target.write(b"i")
            step = points - len(tick)
            for i in range(0, len(addresses), step):
                run.batch(addresses[i:i + step], tick)
            run.listed = len(addresses)
            return run
        finally:
            run.machine.stop()


def main(boards):
    failed = False
    for board in boards or BOARDS:
        for interrupts in (False, True):
            start = time.monotonic()
            run = torture(board, interrupts=interrupts)
            for reason, n in sorted(run.refused.items()):
                if n:
                    print(f"  refused {n}: {reason}")
            print(f"torture {board}{' under interrupts' if interrupts else ''}: {run.armed} armed, {sum(run.refused.values())} refused, "
                  f"{run.hits} hits, {run.divergences} divergences  ({time.monotonic() - start:.0f} s)", flush=True)
            failed |= run.divergences > 0 or run.armed + sum(run.refused.values()) != run.listed
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1:])

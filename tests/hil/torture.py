# SPDX-License-Identifier: MIT
"""Probes on every instruction of library code that nobody here wrote: newlib's and libgcc's, in
batches, while a workload uses it.

The workload (tests/target/torture.c) prints a digest of all its results. Every batch must leave it
as a bare run gives it, and every point that the bare run executes must be hit. `make torture` does
all of it, quietly and under a 1 kHz interrupt that is probed as well.
"""
import collections
import random
import re
import subprocess
import sys
import tempfile
import time

from batches import batches
from conftest import BOARDS, BUILD, ROOT, Machine, cross, fits, make_variable, variant, wait_for
from coverage import Coverage
from rsp import PATIENCE, TargetError

COUNT = 0
INTERRUPT = {"tick", "spread"}  # the interrupt's handler and its callee in torture.c


def error_texts():
    text = (ROOT / "protocol" / "errors.def").read_text()
    return {int(code, 16): (name, words)
            for name, code, words in re.findall(r'TL_ERROR\((\w+),\s*0x([0-9a-f]+),\s*"([^"]*)"',
                                                text)}


class Listing:
    """Every instruction outside the agent and our own code_<arch>.S, and where flash takes no
    writes, in RAM, as objdump lists them."""

    def __init__(self, elf, board):
        text = subprocess.run([cross(board) + "objdump", "-d", elf.path], check=True,
                              capture_output=True, text=True).stdout
        inside = range(elf["__text_start"], elf["__text_end"])
        names = [subprocess.run(["nm", o], check=True, capture_output=True, text=True).stdout
                 for o in BUILD.glob(f"{board}/tests/target/code_*.o")]
        own = set(re.findall(r"^[0-9a-f]+ [tT] (\w+)$", "".join(names), re.M))
        assert "code_add" in own
        section, function, lanes = None, None, 0
        self.function = {}  # {address: function}
        self.text = {}  # {address: instruction}
        self.predicated = set()  # executed or not, as flags have it
        for line in text.splitlines():
            head = re.match(r"[0-9a-f]+ <(.+)>:", line)
            section = line if line.startswith("Disassembly of section") else section
            insn = re.match(r"\s*([0-9a-f]+):\t[0-9a-f ]+\t([^.\s]\S*)(.*)", line)
            if head:
                function, lanes = head[1], 0
            elif insn and int(insn[1], 16) in inside and function not in own and \
                    "section tl_" not in section:
                at = int(insn[1], 16)
                self.function[at], self.text[at] = function, f"{insn[2]} {insn[3].strip()}".strip()
                if lanes:
                    self.predicated.add(at)
                lanes = len(insn[2]) - 1 if re.fullmatch(r"it[te]{0,3}",
                                                         insn[2]) else max(lanes - 1, 0)

    def name(self, at):
        start = min(a for a, f in self.function.items() if f == self.function[at])
        return f"{self.function[at]}+{at - start:#x}: {self.text[at]}"


class Torture:
    def __init__(self, board, tmp, build):
        self.board = board
        coverage = Coverage(tmp)
        bare = Machine(board, "torture", tmp, build=build, extra=coverage.extra)
        self.target = bare.connect()
        try:
            self.warm_up()
            with coverage.recording(bare):
                self.digest = self.round()
        finally:
            bare.stop()
        self.machine = Machine(board, "torture", tmp, build=build)
        self.target = self.machine.connect()
        self.warm_up()
        self.listing = Listing(self.machine.elf, board)
        self.executed = coverage.executed & self.listing.function.keys()
        self.armed, self.missed, self.refused = [], [], {}  # [address], [address], {address: error}
        self.hits = self.divergences = 0

    def warm_up(self):
        """Afterwards the heap is always the same, and what is set up once is."""
        for _ in range(3):
            self.round()

    def round(self):
        self.target.console = b""
        self.target.write(b"r")
        wait_for(self.target, b"digest ", timeout=PATIENCE)
        while not re.search(rb"digest (\w+)\r?\n", self.target.console):
            self.target.pump(0.05)
        return re.search(rb"digest (\w+)", self.target.console)[1]

    def batch(self, addresses, handler):
        """Arms what it can of `addresses` beside the interrupt's, runs the workload, takes them
        out again."""
        ids = {}
        for number, at in enumerate([*handler, *addresses], 1):
            try:
                self.target.add(number, at, COUNT)
                ids[number] = at
            except TargetError as error:
                self.refused[at] = error.code
        digest = self.round()
        if digest != self.digest:
            self.divergences += 1
            print(f"divergence: {digest} for {self.digest}, with "
                  f"{', '.join(hex(a) for a in ids.values())}", file=sys.stderr)
        for number, at in ids.items():
            hits = self.target.counters(number)["hits"]
            self.target.command("QTl.del", number)
            self.hits += hits
            if number > len(handler):
                self.armed.append(at)
                if not hits and at in self.executed and at not in self.listing.predicated:
                    self.missed.append(at)

    def drawn(self, seed):
        """The functions in an order drawn by `seed`: two that the workload runs through, and one
        that it does not."""
        run_through = {self.listing.function[at] for at in self.executed}
        functions = sorted(set(self.listing.function.values()))
        random.Random(seed).shuffle(functions)
        ran, others = ([f for f in functions if (f in run_through) == ran] for ran in (True, False))
        while ran or others:
            yield from ran[:2] + others[:1]
            ran, others = ran[2:], others[1:]

    def run(self, limit, interrupts, seed):
        listing = self.listing.function
        handler = [a for a, f in listing.items() if f in INTERRUPT] if interrupts else []
        addresses = [a for a, f in listing.items()
                     if f not in INTERRUPT] if interrupts else list(listing)
        if limit:
            order = {f: i for i, f in enumerate(self.drawn(seed))}
            addresses = sorted(addresses, key=lambda a: (order[listing[a]], a))[:limit]
        if interrupts:
            self.target.write(b"i")
        step = self.target.points
        # all of the interrupt's would leave the workload little time
        at_once = step // 4 if interrupts else 0
        for i in range(0, len(addresses), step - at_once):
            self.batch(addresses[i:i + step - at_once], handler[:at_once])
            handler = handler[at_once:] + handler[:at_once]
        self.listed = len(addresses)

    def verdict(self):
        """What is wrong, or nothing."""
        exclusive = sum(error_texts()[e][0] == "EEXCL" for e in self.refused.values())
        if self.divergences:
            yield f"{self.divergences} divergences"
        if self.missed:
            yield (f"{len(self.missed)} executed but never hit: "
                   f"{', '.join(map(self.listing.name, self.missed[:9]))}")
        if len(self.armed) + len(self.refused) < self.listed:
            yield f"{len(self.armed)} armed and {len(self.refused)} refused of {self.listed}"
        if 50 * (len(self.refused) - exclusive) > self.listed - exclusive:
            yield f"{len(self.refused)} of {self.listed} refused, more than 2 %"


def torture(board, limit=None, interrupts=False, seed=1, build=BUILD):
    """Returns the run, over `limit` instructions of functions drawn by `seed`, or all."""
    with tempfile.TemporaryDirectory() as tmp:
        run = Torture(board, tmp, build)
        try:
            run.run(limit, interrupts, seed)
            return run
        finally:
            run.machine.stop()


def lifetime(board, cycles, build=BUILD, extra=()):
    """Registers and removes `cycles` probes from an interrupt while the probed code runs.
    Returns what tests/target/lifetime.c counted."""
    with tempfile.TemporaryDirectory() as tmp:
        machine = Machine(board, "lifetime", tmp, build=build, extra=extra)
        try:
            target = machine.connect()
            target.write(b"go %d\n" % cycles)
            wait_for(target, b"leaked ", timeout=PATIENCE + cycles / 1000)
            target.pump(0.2)
            counts = re.findall(rb"(\w+) (\d+)", target.console[target.console.index(b"cycles "):])
            return {"points": target.points} | {name.decode(): int(n) for name, n in counts}
        finally:
            machine.stop()


def builds(board, most=None):
    """The board's own, and those for other instruction sets that its core runs too: (name,
    folders), of batches `most` folders."""
    yield board, list(batches(board, most)) if make_variable(f"{board}.batch") else [BUILD]
    for isa in make_variable(f"{board}.also").split():
        for program in ("torture", "lifetime"):
            folder = variant(board, isa, program=program, isa=isa)
        yield f"{board} ({isa})", [folder]


def part(board, name, build):
    """Quietly and under interrupts, printed. Returns both runs, and what is wrong."""
    wrong, runs = [], []
    for interrupts in (False, True):
        start = time.monotonic()
        run = torture(board, interrupts=interrupts, build=build)
        runs.append(run)
        print(f"{name}{', 1 kHz interrupt probed' if interrupts else ''}: {len(run.armed)} armed, "
              f"{len(run.executed)} executed by the bare run, "
              f"{run.hits} hits, {run.divergences} divergences, {len(run.missed)} missed  "
              f"({time.monotonic() - start:.0f} s)", flush=True)
        wrong += [f"{name}: {text}" for text in run.verdict()]
    for error, n in collections.Counter(runs[0].refused.values()).items():
        names = [run.listing.name(a) for a, e in runs[0].refused.items() if e == error]
        print(f"  refused {n}: {error_texts()[error][1]}\n    "
              + "\n    ".join(names[:20] + ["…"] * (n > 20)))
    return runs, wrong


def whole(board, name, folders):
    """All of a board's, printed. Returns what is wrong, and the line that sums up."""
    wrong, quiet, both = [], [], []
    for n, folder in enumerate(folders):
        runs, bad = part(board, name if len(folders) == 1
                         else f"{name}, batch {n + 1} of {len(folders)}", folder)
        quiet, both, wrong = quiet + runs[:1], both + runs, wrong + bad
    counts = lifetime(board, 1000000, BUILD if make_variable(f"{board}.batch") else folders[0])
    print(f"{name}, probes that come and go from an interrupt: "
          + ", ".join(f"{what} {n}" for what, n in counts.items()), flush=True)
    if counts["wrong"] or counts["refused"] or counts["leaked"]:
        wrong.append(f"{name}: {counts}")
    return wrong, (
        f"torture {name}: {sum(len(r.armed) for r in quiet)} armed, "
        f"{sum(len(r.refused) for r in quiet)} refused, "
                   f"{sum(r.hits for r in both)} hits, {sum(r.divergences for r in both)} "
                   f"divergences")


def main(boards):
    boards = boards or [b for b in BOARDS if fits(b, "torture")]
    results = [whole(board, *build) for board in boards for build in builds(board)]
    print("\n".join([text for wrong, _ in results for text in wrong]
                    + [line for _, line in results]))
    sys.exit(any(wrong for wrong, _ in results))


if __name__ == "__main__":
    main(sys.argv[1:])

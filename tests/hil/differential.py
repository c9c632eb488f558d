# SPDX-License-Identifier: MIT
"""What trapline shows of variables against what GDB prints, stopped at the same hits.

The firmware (host/differential.c) does the same in every run. GDB is attached to QEMU's own stub,
so it knows nothing of the agent. Places are drawn from statements and instructions; expressions are
made there of all that GDB knows of the place. A pair is a place and an expression that GDB has a
value of. `make differential` looks at 500 and more of them with every compiler and level of
optimisation, for soft and hard float.
"""
import collections
import json
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "host"))

from conftest import Machine, clean_env, make_variable, run, variant  # noqa: E402
from elfs import firmware  # noqa: E402
from rsp import PATIENCE  # noqa: E402
from tap import Tap  # noqa: E402
from test_values import normal  # noqa: E402

SOURCE = HERE / "host" / "differential.c"
LEVELS = [("gcc", "-O0"), ("gcc", "-Og"), ("gcc", "-O2"), ("gcc", "-Os"), ("gcc", "-O2 -flto"),
          ("clang-19", "-O2")]
# boards and what else than their own instruction set they run: soft float and hard float
CORES = [("mps2-an385", None), ("mps2-an386", None), ("virt-rv32", "rv32imac"), ("virt-rv32", None),
         ("virt-rv64", None)]
# of the C library, which has debug information on Cortex-M: nobody here wrote it
LIBRARY = ["qsort", "_svfprintf_r", "_printf_i", "_printf_common", "__ssputs_r", "_strtoul_l*",
           "_strtoul_r", "snprintf"]
STACK = 1024  # bytes that a hit brings of it
ROOM = {"FETCH": 16000, "POINTS": 250, "PROBES": 250, "RING_SIZE": 32768, "NAME": 0}
STOCK = {"FETCH": 512, "POINTS": 64, "PROBES": 96, "RING_SIZE": 4096}
ENTRY = "only its value at the function's entry is known there"
PATTERNS = 0x55, 0xaa


class Build:
    """The firmware of a board, by a compiler; `room` is what its agent has."""

    def __init__(self, board, core, compiler, flags, tmp, room=STOCK):
        self.board, self.room, settings = board, room, ()
        self.unoptimised = "-O0" in flags
        self.isa = core or make_variable(f"{board}.isa")
        if core or room != STOCK:
            defines = " ".join(f"-DTL_{name}={n}" for name, n in room.items())
            out = variant(board, f"differential-{self.isa}", defines, "demo", isa=self.isa)
            settings = f"O={out}", f"DEFINES={defines}", f"{board}.isa={self.isa}"
        self.name = f"{compiler} {flags}"
        if compiler != "gcc" and not self.isa.startswith("arm"):
            flags += " -gdwarf-4"  # GNU's linker breaks off over clang's of version 5
        self.folder = pathlib.Path(tmp) / re.sub(r"\W+", "", self.name)
        self.elf = firmware(board, compiler, flags, self.folder / board / "differential.elf",
                            SOURCE, settings=settings)

    def boot(self, tmp, *extra):
        return Machine(self.board, "differential", tmp, build=self.folder, extra=extra)


def host(elf, *args):
    return run(*map(str, args), "-e", elf)


def rows(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


# ---- places ----

def functions(elf, of=None):
    """{name: address} of our own and of the C library's; `of`: of these alone."""
    own = set(re.findall(r"^(?:KEEP|INLINE).*?\b(\w+)\(", SOURCE.read_text(), re.M))
    own = set(of) if of else own - {"drain", "drained"}
    listed = {row["name"]: int(row["addr"], 16) for row in rows(host(elf, "funcs", "-f", "jsonl"))}
    library = [re.compile(name.replace("*", ".*")) for name in LIBRARY]
    return {f: at for f, at in sorted(listed.items())
            if f.split(".")[0] in own or (not of and any(r.fullmatch(f) for r in library))}


def stored(elf, function):
    """Where a function that was not optimised has its parameters in memory: what comes before shows
    them as they were passed, and GDB what the memory has."""
    rows_ = rows(host(elf, "vars", "-f", "jsonl", function))
    return int(rows_[0]["addr"], 16) if rows_ else 0


def places(build, n, rng, of):
    """{address: place as typed}: entries and statements, and half as many instructions."""
    statements, instructions = {}, {}
    for function in functions(build.elf, of):
        quoted = function if re.fullmatch(r"\w+", function) else f'"{function}"'
        first = stored(build.elf, quoted) if build.unoptimised else 0
        lines = [row for row in rows(host(build.elf, "lines", "-f", "jsonl", quoted))
                 if row.get("probe") and row["function"] == function]
        several = collections.Counter(row["rln"] for row in lines)
        for row in lines:
            at = int(row["addr"], 16)
            statements.setdefault(at, f"{quoted}:{row['rln']}" if several[row["rln"]] == 1
                                  else row["addr"])
        listing = host(build.elf, "funcs", "-v", quoted).stdout
        inside = re.findall(r"^  0x([0-9a-f]{8})  (\S+)  .*  (?:slot|simul|boost)", listing, re.M)
        instructions |= {int(at, 16): name for at, name in inside}
        for found in (statements, instructions):
            for at in [at for at in found
                       if int(inside[0][0], 16) <= at < first] if inside and first else ():
                del found[at]
    drawn = rng.sample(sorted(statements), min(len(statements), n))
    others = sorted(instructions.keys() - set(drawn))
    drawn += rng.sample(others, min(len(others), n // 2))
    return {at: statements.get(at) or instructions[at] for at in drawn}


# ---- GDB ----

def in_gdb(build, addresses, most, pattern):
    """{address: {expression: [value, those of what is in it]}} of those that are come to."""
    script = HERE / "host" / "differential_in_gdb.py"
    with tempfile.TemporaryDirectory() as tmp:
        machine = build.boot(tmp, "-S", "-gdb", f"unix:{tmp}/gdb,server=on,wait=off")
        try:
            done = subprocess.run(
                ["gdb-multiarch", "-q", "-nx", "-l", "60", "-batch", build.elf, "-ex",
                 f"target remote {tmp}/gdb", "-ex",
                 f"python places, most, pattern = {addresses}, {most}, {pattern}", "-ex",
                 f"python entries = {list(functions(build.elf).values())}", "-ex",
                 f"source {script}"], capture_output=True, text=True, timeout=10 * PATIENCE,
                stdin=subprocess.DEVNULL, env=clean_env())
        finally:
            machine.stop()
    stops = [json.loads(line[4:]) for line in done.stdout.splitlines() if line[:4] == "STOP"]
    assert done.returncode == 0 and "Traceback" not in done.stderr, \
        done.stdout[-1000:] + done.stderr[-2000:]
    return dict(stops)


def expected(build, addresses, most):
    """{address: {expression: value}} of what the firmware has written; how many values are not."""
    first, second = (in_gdb(build, addresses, most, pattern) for pattern in PATTERNS)
    kept = {at: {e: values[0] for e, values in found.items() if second[at].get(e) == values}
            for at, found in first.items()}
    return kept, sum(map(len, first.values())) - sum(map(len, kept.values()))


# ---- trapline ----

class Probe:
    """Some expressions of a place that one hit can show, and what their program takes."""

    def __init__(self, at, point, expressions, size, stack):
        self.at, self.point, self.expressions = at, point, expressions
        self.size, self.stack = size, stack

    def named(self, i):
        return self.point.replace("P=", f"p{i}=", 1)


def accepted(elf, at, place, expressions):
    """-> probes that the host takes, {expression: why not}. What needs the value at the function's
    entry is another probe each, with a backtrace: only the session tells of that."""
    point = " ".join([f"P={place} limit=1", *(f"v{i}={e}" for i, e in enumerate(expressions))])
    result = host(elf, "check", "-f", "jsonl", point)
    if result.returncode == 0:
        [row] = rows(result)
        assert int(row["addr"], 16) == at, (place, row)
        return [Probe(at, point, expressions, row.get("program", 0) + 4, False)], {}
    if len(expressions) == 1:
        why = reason(result.stderr)
        if ENTRY in why:
            return [Probe(at, point, expressions, 40, True)], {}
        return [], {expressions[0]: why}
    half = len(expressions) // 2
    probes, refused = accepted(elf, at, place, expressions[:half])
    others, more = accepted(elf, at, place, expressions[half:])
    return probes + others, refused | more


def reason(said):
    return said.splitlines()[0].removeprefix("error: ").rpartition(": ")[2]


def batches(probes, room):
    """As many at once as the agent has room for; those with stacks by themselves, and no more than
    its ring holds of them: they may all hit before it is drained."""
    stacks = room["RING_SIZE"] // (STACK + 256)
    batch, size = [], 0
    for probe in sorted(probes, key=lambda p: (p.stack, p.at)):
        full = len(batch) + 2 > min(room["POINTS"], stacks + 1 if probe.stack else 9999) or \
            size + probe.size > room["FETCH"]
        if batch and (full or probe.stack != batch[0].stack):
            yield batch
            batch, size = [], 0
        batch.append(probe)
        size += probe.size
    if batch:
        yield batch


def shown(tap, batch):
    """{(address, expression): value} of their first hits; or a text: why there are none."""
    stack = [f"--stack={STACK}"] if batch[0].stack else []
    process = tap.start("watch", "-q", "--lease", "9m", "--depth", "20", *stack,
                        *(p.named(i) for i, p in enumerate(batch)), "last=finished")
    tap.wait(lambda: process.poll() is not None or tap.armed(len(batch) + 1))
    if process.returncode:
        return process.communicate()[1]
    tap.type("r")
    found, line = {}, " "
    while line and not re.match(r" +[\d.]+ last\b", line):
        line = process.stdout.readline()
        if hit := re.match(r" +[\d.]+ p(\d+) (.*)", line):
            probe = batch[int(hit[1])]
            values = re.split(r"(?:^| )v\d+=", hit[2])[1:]
            found |= {(probe.at, e): v for e, v in zip(probe.expressions, values)}
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return found


def tried(machine, tap, batch):
    """The same, and of those that the host does not take <why>."""
    found = shown(tap, batch)
    machine.reset()
    if not isinstance(found, str):
        return found
    if len(batch) == 1:
        assert batch[0].stack, found
        return {(batch[0].at, e): f"<{reason(found)}>" for e in batch[0].expressions}
    half = len(batch) // 2
    return tried(machine, tap, batch[:half]) | tried(machine, tap, batch[half:])


def all_shown(build, probes):
    """{(address, expression): value}"""
    values = {}
    with tempfile.TemporaryDirectory() as tmp:
        machine = build.boot(tmp)
        tap = Tap(machine)
        try:
            for batch in batches(probes, build.room):
                values |= tried(machine, tap, batch)
        finally:
            tap.close()
            machine.stop()
    return values


# ---- both ----


def alike(ours, gdb):
    """The same but for what they say in different words, see normal(). Where GDB reads on behind a
    pointer that leads nowhere, or is nowhere itself, it alone shows a text; ours may be cut."""
    gdb = re.sub(r'"?(?:, )?<incomplete sequence ((?:\\\d+)+)>', r'\1"', gdb)
    gdb = re.sub(r'(0x[0-9a-f]+ )(?=\\)', r'\1"', gdb)
    gdb = re.sub(r"-?nan\(0x[0-9a-f]+\)", "nan", gdb)
    gdb = re.sub(r"\(unknown: (0x[0-9a-f]+)\)", lambda m: str(int(m[1], 16)), gdb)
    ours, gdb = (normal(re.sub(r" <[^>]*>", "", text)) for text in (ours, gdb))
    if ours.endswith('"…'):
        return gdb.startswith(ours[:-2])
    return ours in (gdb, re.sub(r'(0x[0-9a-f]+) "(?:[^"\\]|\\.)*"', r"\1", gdb))



class Result:
    """Pairs by verdict: `same` their number, `none` {(place, expression): why}, `differ` {…: both};
    `unwritten` were left out."""

    def __init__(self, build, n=160, most=10, seed=1, of=None):
        where = places(build, n, random.Random(seed), of)
        theirs, self.unwritten = expected(build, list(where), most)
        probes, self.none, self.differ, self.same = [], {}, {}, 0
        for at, values in theirs.items():
            if values:  # GDB may have none there
                taken, refused = accepted(build.elf, at, where[at], list(values))
                probes += taken
                self.none |= {(where[at], e): why for e, why in refused.items()}
        ours = all_shown(build, probes)
        for probe in probes:
            for e in probe.expressions:
                value, gdb = ours.get((probe.at, e), "not hit"), theirs[probe.at][e]
                if alike(value, gdb):
                    self.same += 1
                elif re.fullmatch("<[^<>]* [^<>]*>|<unreadable>", value):
                    self.none[where[probe.at], e] = value
                else:
                    self.differ[where[probe.at], e] = value, gdb
        self.places = len(theirs)
        self.pairs = self.same + len(self.none) + len(self.differ)

    def row(self):
        return (f"{self.places:7} {self.pairs:6} {self.same:6} {len(self.none):6} "
                f"{100 * len(self.none) / self.pairs:5.1f} {len(self.differ):7} "
                f"{self.unwritten:9}")

    def good(self):
        return self.pairs >= 500 and not self.differ and 20 * len(self.none) <= self.pairs


HEAD = (f"{'board':12} {'isa':13} {'compiler':13} {'places':>7} {'pairs':>6} {'same':>6} "
        f"{'none':>6} {'%':>5} {'differ':>7} {'unwritten':>9}")


def main(boards):
    cores = [c for c in CORES if not boards or c[0] in boards]
    table, good = [], True
    for board, core in cores:
        for compiler, flags in LEVELS:
            start = time.monotonic()
            with tempfile.TemporaryDirectory() as tmp:
                build = Build(board, core, compiler, flags, tmp, ROOM)
                result = Result(build)
            table.append(f"{board:12} {build.isa:13} {build.name:13} {result.row()}")
            print(f"{HEAD}\n{table[-1]}  ({time.monotonic() - start:.0f} s)")
            for (place, e), (ours, gdb) in result.differ.items():
                print(f"  differs: {place} {e}: {ours}, GDB has {gdb}")
            for why, number in collections.Counter(result.none.values()).most_common():
                names = [" ".join(pair) for pair, w in result.none.items() if w == why]
                print(f"  none, {number}: {why}\n    {'; '.join(names[:4])}", flush=True)
            good = good and result.good()
    print("\n".join([HEAD, *table]))
    sys.exit(not good)


if __name__ == "__main__":
    main(sys.argv[1:])

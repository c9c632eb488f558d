# SPDX-License-Identifier: MIT
"""What a hit costs: instructions per hit and bytes per snapshot, beside the lower bounds. `make
bench` [BOARD=]; reports, never fails on a figure.

QEMU's -icount shift=0 makes an instruction a nanosecond of guest time. N and 2N calls of a function
are timed by the board's timer, bare and probed; the difference is what a hit adds.
"""
import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "hil"))
import fetch  # noqa: E402
from conftest import Machine, instructions, variant, wait_for  # noqa: E402

N = 150  # 2N snapshots must fit the ring
# Hand-written code for one known probe (instructions), and what finding it in a table adds.
BOUND = {"count": 17, "count, slot with a breakpoint": 32, "filtered": 18, "snapshot": 28,
         "return, counted": 39, "return with a snapshot": 39 + 11}
LOOKUP, GOAL = 17, 1.8
STEPS = ("boosted", "slot", "simulated")
FETCH = 0x20  # of the features in a hello


class Bench:
    def __init__(self, board, tmp):
        build = variant(board, "bench", "-DTL_RING_SIZE=32768")
        self.machine = Machine(board, "load", tmp, build=build, extra=["-icount", "shift=0"])
        self.target = self.machine.connect()
        self.work = self.machine.elf["work"]
        self.tick_ns = 1e9 / int(self.target.hello[4], 16)
        self.bare = self.per_call()

    def command(self, line, answer):
        self.target.console = b""
        self.target.write(line.encode() + b"\n")
        wait_for(self.target, answer, timeout=120)
        self.target.run(0.3)
        return self.target.console

    def ticks(self, n, what):
        return int(re.search(rb"took (\d+)", self.command(f"{what} {n}", b", sum"))[1])

    def per_call(self, what="time"):
        """Instructions of one call and what its probes add."""
        return (self.ticks(2 * N, what) - self.ticks(N, what)) * self.tick_ns / N

    def steps(self, board):
        """Counted hits by how the instruction is stepped: of each kind the first in
        code_predicated() that the call executes."""
        bare, costs = self.per_call("signs"), {}
        for at, _ in instructions(self.machine, board, "code_predicated"):
            step = STEPS[self.target.add(1, at, 0)[0]]
            cost, hits = self.per_call("signs") - bare, self.target.counters(1)["hits"]
            self.target.command("QTl.del", 1)
            if hits:
                costs.setdefault(step, cost)
        return costs

    def branch(self, board, what, function, mnemonic):
        """A counted hit of the first such instruction in a function that the command calls."""
        bare = self.per_call(what)
        at = next(at for at, name in instructions(self.machine, board, function)
                  if re.fullmatch(mnemonic, name))
        self.target.add(1, at, 0)
        cost = self.per_call(what) - bare
        self.target.command("QTl.del", 1)
        return cost

    def hit(self, *probes):
        for i, probe in enumerate(probes, 1):
            self.target.add(i, *probe)
        cost = self.per_call() - self.bare
        for i in range(1, len(probes) + 1):
            self.target.command("QTl.del", i)
        return cost

    def fetches(self):
        """Hits of probes with fetch programs, by what they fetch of take(p, i) of load.c."""
        if not self.target.features & FETCH:
            return
        fetch.windows(self.target)
        word, (p, i, *_) = self.target.stream.word, self.target.stream.args
        bare = self.per_call("items")
        for what, condition, *fields in (
                ("p->len", "", (f"REG {p} LOAD4 {word} PUT4", 4)),
                ("p->q->len", "", (f"REG {p} LOAD{word} 0 LOAD4 {word} PUT4", 4)),
                ("buf[i]", "", (f"REG {p} INDEX {i} 4 LOAD4 {word + 4} PUT4", 4)),
                ("a struct of 24 bytes", "", (f"REG {p} BLOCK 24", 24)),
                ("a string of 32", "", (f"REG {p} ADD1 {word + 20} STRING 32", 32)),
                ("a word of the stack", "", (f"REG {self.target.stream.sp} LOAD4 0 PUT4", 4)),
                ("if p->len > 8, false", f"REG {p} LOAD4 {word} GTSC 8")):
            fetch.add(self.target, 1, self.machine.elf["take"], fetch.program(condition, *fields))
            yield f"fetch {what}", self.per_call("items") - bare
            self.target.command("QTl.del", 1)

    def drain(self):
        """A record on its way from the ring to the line, but for the UART's driver: what is sent
        goes nowhere, so that frames are missing here."""
        self.target.stream.frame = lambda data: None
        self.target.add(1, self.work)
        n = 50  # twice as many fit the ring with words of 8 bytes
        cost = (self.ticks(2 * n, "drain") - self.ticks(n, "drain")) * self.tick_ns / n
        self.target.command("QTl.del", 1)
        del self.target.stream.frame
        self.target.command("QTl.key", 1)
        return cost

    def handler(self):
        self.command("handler 1", b"handler 0")
        cost = self.per_call() - self.bare
        self.command("handler 0", b"handler 0")
        return cost

    def trace(self, kind, *actions):
        """A hit of a tracepoint, of that kind and with those actions, into a buffer that is
        always full."""
        at = self.machine.elf["code_wide_inside"]
        bare = self.per_call("wide")
        for packet in (b"QTinit", b"QTBuffer:circular:1",
                       b"QTDP:1:%x:E:0:0%s" % (at, kind + (b"-" if actions else b"")),
                       *(b"QTDP:-1:%x:%s" % (at, action) for action in actions), b"QTStart"):
            if self.target.packet(packet) != b"OK":
                return None
        self.ticks(N, "wide")
        cost = self.per_call("wide") - bare
        self.target.packet(b"QTStop")
        return cost

    def collect(self, addr, n=256):
        """What a block of memory adds to a hit of a tracepoint."""
        block = self.trace(b"", b"MFFFFFFFF,%x,%x" % (addr, n))
        return None if block is None else block - self.trace(b"", b"R0")

    def wire(self):
        """Framed bytes per snapshot, `run` calling at a steady rate."""
        self.target.add(1, self.work)
        self.target.stream.bytes = self.target.stream.frames = 0
        before = len(self.target.stream.records)
        self.command("run 2000", b"ran 2000")
        count = len(self.target.stream.records) - before
        self.target.command("QTl.del", 1)
        # `$`/`%`, `#` and two digits are not in what the client counts.
        return (self.target.stream.bytes + 4 * self.target.stream.frames) / count


def demo_wire(board, tmp):
    """Framed bytes per snapshot of four functions of the demo, all 17 registers, at the rate
    that the demo hits them."""
    machine = Machine(board, "demo", tmp)
    try:
        target = machine.connect()
        for i, name in enumerate(("pid_step", "sample_isr", "filter_update", "telemetry"), 1):
            target.add(i, machine.elf[name])
        target.run(5)
        stream = target.stream
        return (stream.bytes + 4 * stream.frames) / len(stream.records)
    finally:
        machine.stop()


def main(boards):
    rows = []
    for board in boards:
        with tempfile.TemporaryDirectory() as tmp:
            bench = Bench(board, tmp)
            try:
                steps = bench.steps(board)
                measured = {
                    "count": bench.hit((bench.work, 0)),
                    "count, slot with a breakpoint": steps.get("slot"),
                    "count, simulated": steps.get("simulated"),
                    "count, conditional branch": bench.branch(board, "wide", "code_wide_inside",
                                                              r"bnez?(\.[nw])?|b\.ne"),
                    "count, call": bench.branch(board, "chain", "code_chain_call", "bl|jal"),
                    "filtered": bench.hit((bench.work, 1, 0, 1000000)),
                    "snapshot": bench.hit((bench.work, 1)),
                    "return, counted": bench.hit((bench.work, 2)),
                    "return with a snapshot": bench.hit((bench.work, 3)),
                    **dict(bench.fetches()),
                    "C handler (dispatcher, two traps)": bench.handler(),
                    "tracepoint that collects nothing": bench.trace(b""),
                    "tracepoint that collects the registers": bench.trace(b"", b"R0"),
                    "tracepoint that collects 256 bytes": bench.collect(bench.machine.elf["item"]),
                    "tracepoint that collects 256 bytes of code around it":
                        bench.collect(bench.machine.elf["code_wide_inside"] - 130),
                    "tracepoint with a condition, false": bench.trace(b":X9,26000a26000a130e27"),
                    "fast tracepoint that collects nothing": bench.trace(b":F4"),
                    "fast tracepoint that collects the registers": bench.trace(b":F4", b"R0"),
                }
                for name, cost in ((name, cost) for name, cost in measured.items()
                                   if cost is not None):
                    bound = BOUND.get(name)
                    rows.append({"board": board, "what": f"{name}, instructions a hit",
                                 "value": round(cost, 1),
                                 "bound": bound and bound + LOOKUP,
                                 "ratio": bound and round(cost / (bound + LOOKUP), 2)})
                rows.append({"board": board,
                             "what": "draining a record, but for the UART's driver, instructions",
                             "value": round(bench.drain(), 1)})
                rows.append({"board": board,
                             "what": "snapshot of a running sum on the wire, framed bytes",
                             "value": round(bench.wire(), 1)})
            finally:
                bench.machine.stop()
        with tempfile.TemporaryDirectory() as tmp:
            rows.append({"board": board, "what": "snapshot of the demo's functions, framed bytes",
                         "value": round(demo_wire(board, tmp), 1)})
    for row in rows:
        goal = "" if "breakpoint" in row["what"] else f" (goal {GOAL})"
        ratio = f"  bound {row['bound']}, ratio {row['ratio']}{goal}" if row.get("bound") else ""
        print(f"{row['board']:14} {row['what']:56} {row['value']:8.1f}{ratio}")
    print(json.dumps(rows))


main(sys.argv[1:])

# SPDX-License-Identifier: MIT
"""Backtraces of hits, against what GDB finds stopped at the same hits: at random instructions of
library code and of the firmware's own, in an interrupt handler, on a Cortex-M's process stack."""
import json
import os
import random
import re
import signal
import subprocess

import pytest

from conftest import EACH_ARCH, ROOT, arch_of, clean_env, cross, instructions, variant
from rsp import PATIENCE

pytestmark = EACH_ARCH

FULL = bool(os.environ.get("FULL"))
# functions that work() and in_handler() run, the firmware's own and those of either C library
OURS = ["by_value", "last_in_chain", "tail_in_chain", "sort_some", "print_some", "recurse", "work",
        "in_handler"]
LIBRARY = ["qsort", "_vfprintf_r", "_svfprintf_r", "vfprintf", "snprintf", "strtoul", "_strtoul_r",
           "_strtoul_l.isra.0", "__ssputs_r", "__ssprint_r", "_printf_i", "_printf_common",
           "strlen", "memchr", "__file_str_put", "__ultoa_invert", "__d_vfprintf", "__i_vfprintf",
           "skip_to_arg", "__riscv_save_0", "__riscv_save_4", "__riscv_save_10", "__riscv_save_12",
           "__riscv_restore_0", "__riscv_restore_4", "__riscv_restore_10", "__riscv_restore_12"]
# of a probe; of all together, what the ring holds when none leaves it
STOPS, POINTS, RING = 3, 8, 32768


@pytest.fixture
def stacks(boot, board):
    return boot("stacks", build=variant(board, "stacks", f"-DTL_RING_SIZE={RING}", "stacks"))


def plain(found):
    """Addresses of what is not predicated: GDB moves breakpoints there to the IT before it."""
    left = 0
    for address, name in found:
        if not left:
            yield address
        left = len(name) - 1 if re.fullmatch("it[te]{0,3}", name) else max(left - 1, 0)


def left_by(machine, board):
    """The last instructions of libgcc's routines that save registers (-msave-restore)."""
    return {at for name in machine.elf.symbols if name.startswith("__riscv_save_")
            for at, text in instructions(machine, board, name) if text == "jr"}


def reached(machine, board, seed):
    """Addresses drawn from all functions, of those that the firmware reaches."""
    rng, drawn, seen = random.Random(seed), [], set()
    for name in [n for n in OURS + LIBRARY if n in machine.elf.symbols]:
        # some have several beginnings; and see test_routine_that_saves()
        addresses = [a for a in plain(instructions(machine, board, name))
                     if a not in seen and a not in left_by(machine, board)]
        seen.update(addresses)
        drawn += rng.sample(addresses, min(len(addresses), 20 if FULL else 4))
    rng.shuffle(drawn)
    machine.trapline("set", "go", "1", check=0)
    found = []
    for i in range(0, len(drawn), 60):
        counted = machine.trapline("count", "-f", "jsonl", "-d", "500ms",
                                   *(f"{a:#x}" for a in drawn[i:i + 60]), check=0).stdout
        probes = json.loads(counted.splitlines()[-1])["probes"]
        found += [a for a, probe in zip(drawn[i:], probes) if probe["hits"] > STOPS]
    machine.trapline("set", "go", "0", check=0)
    return found


def start(machine, points, window):
    process = machine.start_trapline("gdb", "-f", "jsonl", f"--stack={window}", "-l",
                                     f"{machine.tmp}/gdb",
                                     *(f"{p:#x} limit={STOPS}" for p in points),
                                     "main")  # never hit: without it the session would end
    err = ""
    while "target remote" not in err:
        line = process.stderr.readline()
        assert line, err
        err += line
    return process, re.search(r"target remote (\S+)'", err)[1]


def compare(machine, points, window):
    """-> pairs of a record and GDB's frames of the same hit."""
    process, remote = start(machine, points, window)
    script = ROOT / "tests" / "hil" / "host" / "stack_in_gdb.py"
    done = subprocess.run(
        ["gdb-multiarch", "-q", "-nx", "-l", "60", "-batch", machine.elf.path, "-ex",
         f"target remote {remote}", "-ex", f"python addresses, stops = {list(points)}, {STOPS}",
         "-ex", f"source {script}"], capture_output=True, text=True, timeout=PATIENCE,
        stdin=subprocess.DEVNULL, env=clean_env())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    stops = [json.loads(line[4:]) for line in done.stdout.splitlines() if line[:4] == "STOP"]
    assert len(stops) == len(points) * STOPS, done.stdout[-2000:] + done.stderr[-2000:] + err
    records = [json.loads(line) for line in out.splitlines()]
    hits = {(int(r["pc"], 16), r["seq"]): r for r in records if "seq" in r}
    seen, pairs = {}, []
    for frames in stops:
        pc = frames[0][0]
        seen[pc] = seen.get(pc, 0) + 1
        if (pc, seen[pc]) in hits:
            pairs.append((hits[pc, seen[pc]], frames))
    return pairs


def physical(record):
    return [int(f["pc"], 16) for f in record["stack"]
            if f.get("kind") not in ("inlined", "tail call")]


def called(machine, record, frames):
    """The physical frames that GDB has, up to one in a slot, for which it has no table: whether it
    has any behind that, and which, is luck. It stands for the place that is ours there."""
    slots, ours = machine.elf["tl_slots"], physical(record)
    calls = [pc for pc, kind in frames if kind == "call" and pc]
    for i, pc in enumerate(calls):
        if i < len(ours) and slots <= pc < slots + 64 * 20:
            return [*calls[:i], *ours[i:]]
    return calls


def drawn(stacks, points, window):
    """Pairs at these points, every other lot of them on the process stack."""
    for i in range(0, len(points), POINTS):
        stacks.trapline("set", "process", str(i // POINTS % 2), check=0)
        yield from compare(stacks, points[i:i + POINTS], window)


def mixed(pairs, board):
    """Are enough of them in handlers, and of these on the process stack?"""
    interrupted = [r for r, _ in pairs if any(f.get("kind") == "interrupted" for f in r["stack"])]
    if board.startswith("mps2"):
        assert len(interrupted) >= len(pairs) / (3 if FULL else 4)
        on_process = [r for r in interrupted
                      if any("on_process_stack" in f["function"] for f in r["stack"])]
        assert len(on_process) >= len(interrupted) / 8


def test_frames(stacks, board):
    """All physical frames are GDB's; where there is no table a backtrace ends and says so, and
    shows none that GDB has not."""
    points = reached(stacks, board, 1)
    assert len(points) >= 2 * POINTS
    pairs = list(drawn(stacks, points[:-POINTS] if FULL else points[:2 * POINTS], 1024))
    # what a halt cuts off on the line is lost
    assert len(pairs) >= (200 if FULL else STOPS * POINTS)
    for record, frames in pairs:
        calls, ours = called(stacks, record, frames), physical(record)
        if re.match("no CFI in|.* is a trap handler$|memory at .* not captured$",
                    record["stack_end"]):
            calls = calls[:len(ours)]
        else:
            assert re.match("outermost$|.* keeps no return address$", record["stack_end"]), record
        assert ours == calls, (record, frames)
    mixed(pairs, board)


@pytest.mark.skipif(not FULL, reason="FULL=1: 200 stops more")
def test_frames_of_half_the_window(stacks, board):
    """The first four are GDB's in 95 of 100, and none is wrong."""
    pairs = list(drawn(stacks, reached(stacks, board, 2), 512))
    assert len(pairs) >= 200
    four = 0
    for record, frames in pairs:
        calls, ours = called(stacks, record, frames), physical(record)
        assert ours == calls[:len(ours)], (record, frames)
        four += len(ours) >= min(4, len(calls)) or "no CFI" in record["stack_end"]
    assert four >= 0.95 * len(pairs), (four, len(pairs))


def watch(machine, *args, check=0):
    return machine.trapline("watch", "-f", "jsonl", *args, check=check)


def of(done):
    return [json.loads(line) for line in done.stdout.splitlines() if '"seq"' in line]


@pytest.fixture
def going(boot, board):
    machine = boot("stacks")
    machine.trapline("set", "go", "1", check=0)
    return machine


def test_inlined_and_tail_calls(going, board):
    """What was inlined stands above what it is in, with the lines of the calls; what ended in a
    jump is told by the call that it came from."""
    source = (ROOT / "tests" / "target" / "stacks.c").read_text().splitlines()
    line = 1 + source.index("\treturn n * 2654435761u >> 7;")
    hits = of(watch(going, "-n", "6", "--stack", "--all", f"stacks.c:{line}"))
    seen = {tuple((f["function"].split("+")[0], f.get("kind")) for f in hit["stack"][:3])
            for hit in hits}
    assert any(s[0] == ("mixed", "inlined") for s in seen), seen
    chain = [hit["stack"] for hit in of(watch(going, "-n", "4", "--stack", "last_in_chain"))]
    assert chain
    for frames in chain:
        frames = [f for f in frames if f.get("kind") != "inlined"]
        assert frames[0]["function"] == "last_in_chain" and "kind" not in frames[0]
        if board.startswith("mps2"):  # none are made for RISC-V with -msave-restore
            assert frames[1]["function"] == "tail_in_chain" and frames[1]["kind"] == "tail call"
        assert re.match(r"(recurse|work)\+", frames[2]["function"])


def test_routine_that_saves(stacks, board):
    """Where it returns, libgcc's table has the stack pointer wrong, and so has GDB. The frames are
    those of the same call a moment before."""
    if arch_of(board) != "riscv":
        pytest.skip("functions save their registers themselves")
    *_, (before, _), (last, name) = instructions(stacks, board, "__riscv_save_2")
    assert name == "jr" and last in left_by(stacks, board)
    stacks.trapline("set", "go", "1", check=0)
    hits = of(watch(stacks, "-n", "40", "--stack", f"{before:#x}", f"{last:#x}"))
    pairs = [(a, b) for a, b in zip(hits, hits[1:])
             if (int(a["pc"], 16), int(b["pc"], 16)) == (before, last)]
    assert len(pairs) >= 10
    for a, b in pairs:
        assert a["stack"][1:] == b["stack"][1:len(a["stack"])], (a, b)  # b reaches further
        assert len(physical(a)) > 2, a


def test_hooked_returns(going):
    """Return addresses are the real ones though returns are hooked; at a return the first frame is
    where it goes to."""
    hits = of(watch(going, "--stack", "sort_some%return limit=4", "by_value every=50 limit=9",
                    "sort_some limit=4"))
    assert {hit["name"] for hit in hits} >= {"sort_some%return", "by_value"}
    for hit in hits:
        names = [f["function"].split("+")[0] for f in hit["stack"]]
        # the agent's own code behind it may have been interrupted: that has an offset
        assert "tl_return_trampoline" not in [f["function"] for f in hit["stack"]], hit
        if hit["name"] == "by_value":
            assert "sort_some" in names and {"work", "in_handler"} & set(names), hit
        elif hit["name"] == "sort_some%return":
            assert names[0] in ("work", "in_handler"), hit
            assert "elapsed" in hit


def test_names_behind_trampoline(going, board):
    """What a hooked return may run is named as what it is, one part right behind the other."""
    rows = subprocess.run([f"{cross(board)}nm", "-S", "-n", going.elf.path], check=True,
                          capture_output=True, text=True).stdout.splitlines()
    parts = [(int(m[1], 16), int(m[2], 16), m[3]) for m in
             (re.match(r"(\w+) (\w+) [tT] tl_(?:arch_\w+_)?return_(\w+)$", row) for row in rows)
             if m and ("arch" in m[0] or m[3] == "trampoline")]
    assert [name for _, _, name in parts][0] == "trampoline"
    assert {"record", "in_c", "nowhere"} < {name for _, _, name in parts}
    for (at, size, _), (behind, _, _) in zip(parts, parts[1:]):
        assert (at & ~1) + size == behind & ~1, parts


def test_with_values(going):
    """Beside values that the target fetches, under a condition; so many frames as are asked for."""
    hits = of(watch(going, "-n", "3", "--stack", "--frames", "2",
                    "print_some n 'sum' if n != 12345".replace("'sum'", "sum")))
    assert len(hits) >= 3
    for hit in hits:
        assert set(hit["values"]) == {"n", "sum"}
        assert [f["function"].split("+")[0] for f in hit["stack"]] == ["print_some", "recurse"]
        assert hit["stack_end"] == "more than 2 frames: --frames"


def test_short_window(going):
    """A window that is too short: frames as far as it goes, and that it ends."""
    for hit in of(watch(going, "-n", "6", "--stack=48", "print_some")):
        assert hit["stack"][0]["function"] == "print_some"
        assert hit["stack_end"] == "stack window ends" or len(hit["stack"]) > 2, hit


def test_refused(going):
    done = going.trapline("watch", "-f", "csv", "--stack", "work", check=2)
    assert "error: csv has no place for backtraces" in done.stderr and "hint:" in done.stderr
    done = going.trapline("watch", "--stack=4096", "work", check=4)
    assert "takes more than half the ring" in done.stderr and "TL_RING_SIZE" in done.stderr
    done = going.trapline("watch", "--stack=4", "work", check=2)
    assert "not a number of bytes from 8 to 32768" in done.stderr


@pytest.mark.parametrize("board", ["microbit", "sifive_e"])
def test_agent_without(boot, board):
    machine = boot("load")
    done = machine.trapline("watch", "--stack", "work", check=4)
    assert "error: the agent on the target records no stacks" in done.stderr
    assert "hint:  build it with TL_STACK" in done.stderr

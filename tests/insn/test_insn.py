# SPDX-License-Identifier: MIT
"""Proof per instruction: every row of the decode tables, run bare and probed from the same random
states, on every board that has room for it.

SEED=n in the environment draws other cases. A disagreement names its row: "go SEED ROW ROW" on the
console of insn.elf repeats it.
"""
import collections
import os
import pathlib
import re
import select
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "hil"))
from conftest import BUILD, Machine, make_variable, sampled_boards, variant  # noqa: E402

SEED = int(os.environ.get("SEED", "1"))
STATES = 64
ROW = re.compile(
    r"^row (\d+) (\S+) (\d+) (\w+) (\w+) (runs|faults|refused): (\d+) states, (\d+) faults, (\d+) "
    r"disagreements\r?$", re.M)
DONE = re.compile(
    r"^done: (\d+) rows, (\d+) of them refused, (\d+) not exercised, (\d+) states, (\d+) faults, "
    r"(\d+) disagreements\r?$", re.M)
Row = collections.namedtuple("Row", "n table index mask match kind states faults disagreements")


def boards():
    """Each board as it is, with what is built for the other instruction sets that its core runs,
    and with other cores."""
    for board in make_variable("INSN_BOARDS").split():
        yield pytest.param((board, None, None), id=board)
        for isa in make_variable(f"{board}.also").split():
            yield pytest.param((board, isa, None), id=f"{board}-{isa}")
        for core in make_variable(f"{board}.cores").split():
            yield pytest.param((board, None, core), id=f"{board}-{core}")


@pytest.fixture
def line(request, tmp_path):
    """The console of the proof's firmware: line(command) -> what it printed, to the end."""
    board, isa, core = request.param
    build = variant(board, isa, program="insn", isa=isa) if isa else BUILD
    machine = Machine(board, "insn", tmp_path, build=build, extra=("-cpu", core) if core else ())
    fd = machine.open()

    def read_until(pattern, timeout, again=b""):
        got, end = b"", time.monotonic() + timeout
        while not re.search(pattern, got, re.M):
            assert time.monotonic() < end and machine.process.poll() is None, got.decode()[-1000:]
            if select.select([fd], [], [], 0.2)[0]:
                got += os.read(fd, 65536)
            else:
                os.write(fd, again)
        return got.decode()

    def command(text, timeout=1800):
        os.write(fd, text.encode() + b"\n")
        return read_until(rb"^done: .*\n", timeout)

    # what comes before the UART is ready gets lost
    read_until(rb"^insn: ready\r?\n", 180, again=b"\n")
    yield command
    os.close(fd)
    machine.stop()


def rows_of(text):
    return [Row(int(m[0]), m[1], int(m[2]), *m[3:6], *map(int, m[6:])) for m in ROW.findall(text)]


def is_sound(row):
    exercised = row.states - (row.faults if row.kind == "runs" else 0)
    return exercised >= STATES and row.disagreements == 0


@pytest.mark.parametrize("line", boards(), indirect=True)
def test_every_row(line):
    text = line(f"go {SEED}")
    rows, done = rows_of(text), DONE.search(text)
    print("\n" + done[0], f"(seed {SEED})")
    assert not re.findall(r"^# row .*", text, re.M), text
    assert [row.n for row in rows] == list(range(len(rows))) and len(rows) == int(done[1])
    assert not [row for row in rows if not is_sound(row)]
    assert sum(row.kind == "runs" for row in rows) > len(rows) // 2
    jumps = re.search(r"^# (\d+) of them behind a jump", text, re.M)
    if not re.search("^# proving (armv6-m|aarch64) on", text, re.M):  # these have none
        assert int(jumps[1]) > STATES * len(rows) // 4, jumps


BROKEN = [board for board in sampled_boards() if board in make_variable("INSN_BOARDS").split()]


@pytest.mark.parametrize("line", [(board, None, None) for board in BROKEN], ids=BROKEN,
                         indirect=True)
def test_broken(line):
    """The proof fails if something is broken: each of the deliberate breakages shows on its row,
    which is sound without it."""
    n = 0
    while "no such breakage" not in (text := line(f"break {n + 1} {SEED}")):
        n += 1
        rows = rows_of(text)
        what = re.search(r"^# broken: (.*?)\r?$", text, re.M)[1]
        if "# no row of this instruction set" in text:
            continue  # not an instruction of this core
        assert len(rows) == 1 and not is_sound(rows[0]), text
        print(f"{what}: row {rows[0].n}, {rows[0].disagreements} disagreements")
        sound = rows_of(line(f"go {SEED} {rows[0].n} {rows[0].n}"))
        assert len(sound) == 1 and is_sound(sound[0])
    assert n >= 6

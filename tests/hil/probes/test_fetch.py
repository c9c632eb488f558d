# SPDX-License-Identifier: MIT
"""Fetch programs through a client that is not ours: values from memory at entries and returns, what
cannot be read, conditions, and what becomes of each hit."""
import pytest

from conftest import wait_for
from fetch import UNDECIDED, add, output, program, windows
from rsp import TargetError

COUNT, SNAPSHOT, RETURNED = 0, 1, 3
FETCH, MTIME = 0x20, 0x0200BFF8

BOARDS = ["mps2-an385", "microbit", "virt-rv32", "virt-rv64", "virt-aarch64"]
pytestmark = pytest.mark.parametrize("board", BOARDS)


def run(target, command, answer):
    target.console = b""
    target.write(command.encode() + b"\n")
    wait_for(target, answer.encode())
    target.settle()
    return target.console.decode()


def identity(counters):
    return counters["hits"] == sum(counters[k] for k in ("recorded", "filtered", "missed",
                                                         "dropped"))


@pytest.fixture
def at(machine, target):
    """at(address) -> instructions that make acc an address, whatever it is."""
    assert target.features & FETCH
    return lambda address: f"CONST4 {address}" + (" ZEXT4" if target.stream.word == 8 else "")


def test_values(machine, target, at):
    """Members of an array of structs by the argument: a pointer, what it points to as a string, and
    the struct; read as the firmware has them."""
    word, n = target.stream.word, target.stream.args[0]
    commands, found = machine.elf["commands"], windows(target)
    assert any(base <= commands < base + size for base, size in found)
    entry = f"{at(commands)} INDEX {n} {2 * word}"
    fetch = program("", (f"{entry} LOAD{word} 0 PUT{word}", word),
                    (f"{entry} LOAD{word} 0 STRING 12", 12),
                    (f"{entry} ADD1 1 BLOCK {word + 1}", word + 1),
                    (f"{entry} LOAD{word} 0 LOAD1 1 PUT1", 1),
                    (f"{entry} LOAD{word} 0 LOAD2 1 PAD 2 PUT2", 4))
    words = add(target, 1, machine.elf["work"], fetch)
    run(target, "run 11", "ran 11")
    assert target.stream.came[1] == 11
    for i, record in enumerate(target.stream.records, 1):
        status, data = output(target, record, words)
        struct = target.read(commands + 2 * word * i, 2 * word)
        name = target.read(int.from_bytes(struct[:word], "little"), 12)
        assert status == 0
        assert data[:word] == struct[:word]
        assert data[word:word + 12].rstrip(b"\0") == name.split(b"\0")[0]
        assert data[word + 12:2 * word + 13] == struct[1:word + 2]
        assert data[2 * word + 13:2 * word + 14] == name[1:2]
        assert data[2 * word + 16:2 * word + 18] == name[1:3]
    assert [output(target, r, words)[1][word:word + 12].rstrip(b"\0") for r in
            target.stream.records[:3]] == [b"spin ", b"isr ", b"time "]


def test_unreadable(machine, target, at):
    """Pointers to where nothing is, to devices, and over the end of a window never fault; those
    behind them are read all the same."""
    ends = [base + size for base, size in windows(target)]
    bad = [0xDEADBEEF, machine.elf["place_unmapped"], machine.elf["place_device"], 0xFFFFFFFD,
           *(end & 0xFFFFFFFF for end in ends), *(end - 2 & 0xFFFFFFFF for end in ends)]
    bad = [a for a in bad if not any(b <= a <= b + s - 4 for b, s in windows(target))]
    fetches = [program("", *((f"{at(a)} LOAD4 0 PUT1", 1) for a in bad),
                       (f"{at(machine.elf['work'])} ADD1 1 LOAD1 0 PUT1", 1)),
               *(program("", (f"{at(a)} BLOCK 40", 40), (f"{at(machine.elf['work'])} BLOCK 4", 4))
                 for a in bad)]
    text = target.read(machine.elf["work"], 4)
    for i, fetch in enumerate(fetches):
        words = add(target, 1, machine.elf["work"], fetch)
        run(target, "run 2", "ran 2")
        assert target.counters(1)["recorded"] == 2
        for record in target.stream.records[-2:]:
            status, data = output(target, record, words)
            if i == 0:
                assert status == (1 << len(bad)) - 1
                assert data[len(bad)] == text[1]
            else:
                assert status == 1 and data[:44] == bytes(40) + text
        target.command("QTl.del", 1)
    # A string that begins is what there is of it.
    end = next(e for e in ends if e <= 0xFFFFFFFF)
    words = add(target, 1, machine.elf["work"], program("", (f"{at(end - 3)} STRING 20", 20),
                                                        (f"{at(end)} STRING 20", 20)))
    run(target, "run 1", "ran 1")
    status, data = output(target, target.stream.records[-1], words)
    assert status == 2
    assert data[:3].split(b"\0")[0] == target.read(end - 3, 3).split(b"\0")[0]
    assert data[3:40] == bytes(37)


def test_windows(board, machine, target, at):
    """A device is read where the host names it, and only there; what is not there is refused."""
    device = MTIME if board.startswith("virt") else machine.elf["place_device"]
    word = target.stream.word
    before = windows(target)
    with pytest.raises(TargetError) as error:
        windows(target, machine.elf["place_unmapped"], 64)
    assert error.value.code == 0x0F
    assert windows(target) == before
    assert windows(target, device, word) == [*before, (device, word)]
    words = add(target, 1, machine.elf["work"], program("", (f"{at(device)} LOAD4 0 PUT4", 4)))
    run(target, "run 1", "ran 1")
    assert output(target, target.stream.records[-1], words)[0] == 0


def test_condition(machine, target):
    """What it drops is filtered; `every` and `limit` count what is left. One that cannot be decided
    counts, and says so."""
    n = target.stream.args[0]
    fetch = program(f"REG {n} GTSC 5", (f"REG {n} PUT4", 4))
    words = add(target, 1, machine.elf["work"], fetch)
    add(target, 2, machine.elf["work"], fetch, every=3, limit=4)
    add(target, 3, machine.elf["work"], program(f"REG {n} GTSC 5"), kind=COUNT)
    run(target, "run 20", "ran 20")
    got = {probe: [int.from_bytes(output(target, r, words)[1][:4], "little")
                   for r in target.stream.records if r["probe"] == probe] for probe in (1, 2)}
    assert got == {1: list(range(6, 21)), 2: [8, 11, 14, 17]}
    states = [target.counters(probe) for probe in (1, 2, 3)]
    assert [(s["hits"], s["recorded"], s["filtered"]) for s in states] == [
        (20, 15, 5), (17, 4, 13), (20, 15, 5)]
    for probe in (1, 2, 3):
        target.command("QTl.del", probe)
    # alone: the direct way
    add(target, 1, machine.elf["work"], fetch)
    run(target, "run 20", "ran 20")
    assert (target.counters(1)["recorded"], target.counters(1)["filtered"]) == (15, 5)
    target.command("QTl.del", 1)
    add(target, 1, machine.elf["work"], fetch, every=3, limit=4)
    run(target, "run 20", "ran 20")
    assert target.counters(1)["recorded"] == 4 and not target.counters(1)["enabled"]
    assert identity(target.counters(1))
    target.command("QTl.del", 1)
    words = add(target, 1, machine.elf["work"], program("CONST4 0xdeadbeef LOAD1 0",
                                                        (f"REG {n} PUT4", 4)))
    run(target, "run 1", "ran 1")
    assert output(target, target.stream.records[-1], words) == (
        UNDECIDED, b"\1\0\0\0".ljust((words - 1) * target.stream.word, b"\0"))


def test_returns(machine, target, at):
    """The result of a call, and memory as it is then."""
    ret, word = target.stream.args[0], target.stream.word
    commands = machine.elf["commands"]
    windows(target)
    fetch = program(f"REG {ret} LTUC 20 NOT", (f"REG {ret} PUT4", 4),
                    (f"{at(commands)} LOAD{word} 0 STRING 8", 8),
                    ("CONST1 -1 LOAD1 0 PUT1", 1))
    words = add(target, 1, machine.elf["work"], fetch, kind=RETURNED)
    console = run(target, "run 30", "ran 30")
    sums, last = [], 0
    for i in range(1, 31):
        last = (last * 31 + i) & 0xFFFFFFFF
        sums.append(last)
    assert f"sum {last:08x}" in console
    records = target.stream.records
    assert all(r["elapsed"] for r in records)
    outputs = [output(target, r, words) for r in records]
    assert [int.from_bytes(data[:4], "little") for _, data in outputs] == [
        s for s in sums if s >= 20]
    assert {status for status, _ in outputs} == {4}
    assert {data[4:12].rstrip(b"\0") for _, data in outputs} == {b"run "}
    counters = target.counters(1)
    assert (counters["hits"], counters["filtered"]) == (30, 1)
    assert identity(counters)


def test_no_room_in_the_ring(machine, target):
    """Each hit is one of recorded, filtered and dropped."""
    n = target.stream.args[0]
    windows(target)
    add(target, 1, machine.elf["work"],
        program(f"REG {n} CONST1 1 KEEP 0 REG {n} AND 0", (f"REG {target.stream.sp} BLOCK 48", 48)))
    run(target, "spin 3000", "span 3000")
    counters = target.counters(1)
    assert counters["hits"] == 3000 and counters["filtered"] == 1500
    assert counters["dropped"] > 100
    assert identity(counters)
    assert target.stream.came[1] == counters["recorded"]


def test_mpu(board, machine, target, at):
    """What an MPU forbids in traps, too, is unreadable, and not the end of the firmware."""
    if board != "mps2-an385":
        pytest.skip("QEMU's Cortex-M with an MPU that the host sets up")
    windows(target)
    ctrl, number, base, attributes = 0xE000ED94, 0xE000ED98, 0xE000ED9C, 0xE000EDA0
    guard = windows(target)[-1][0]  # nobody's memory: 32 bytes of it without access
    for register, value in ((number, 0), (base, guard), (attributes, 4 << 1 | 1), (ctrl, 7)):
        target.command("QTl.write", register, value.to_bytes(4, "little").hex())
    with pytest.raises(TargetError):
        target.read(guard, 4)
    words = add(target, 1, machine.elf["work"], program("", (f"{at(guard)} LOAD4 0 PUT4", 4),
                                                        (f"{at(guard + 32)} LOAD4 0 PUT4", 4)))
    run(target, "run 5", "ran 5")
    assert target.stream.came[1] == 5
    assert {output(target, r, words)[0] for r in target.stream.records} == {1}


def test_text_and_tasks(board, machine, target, at):
    """Text that is probed reads as the firmware's own, from threads and from code without
    privileges."""
    work = machine.elf["work"]
    text = target.read(work, 40)
    windows(target)
    fetch = program("", (f"{at(work)} BLOCK 40", 40), (f"{at(work)} LOAD2 8 PUT2", 2))
    words = add(target, 1, work, fetch)
    add(target, 2, machine.elf["code_sum"], fetch)
    assert target.raw(work, 40) != text
    run(target, "run 2", "ran 2")
    run(target, "task 3", "task sum 6")
    assert target.stream.came[1] == 2 and target.stream.came[2] >= 1
    for record in target.stream.records:
        status, data = output(target, record, words)
        assert status == 0 and data[:42] == text + text[8:10]
        assert record["user"] == (record["probe"] == 2 and board.startswith("virt"))

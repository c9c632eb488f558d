# SPDX-License-Identifier: MIT
"""Writes into what the agent works with are refused as into its text: all of its variables,
whatever the linker script."""
import pathlib
import re
import struct
import subprocess

from conftest import EACH_ARCH, ONE_BOARD, Machine, cross
from foreign import foreign  # noqa: F401: a fixture

pytestmark = EACH_ARCH


def ranges(machine, board):
    """Where the agent's variables are, as its object files say."""
    word = {"arm-none-eabi-": 4}.get(cross(board), 8 if "64" in board else 4)
    out = f"{machine.tmp}/ram.bin"
    subprocess.run([cross(board) + "objcopy", "-O", "binary", "-j", "tl_ram", machine.elf.path,
                    out], check=True)
    words = [w for w, in struct.iter_unpack("<Q" if word == 8 else "<I",
                                            pathlib.Path(out).read_bytes())]
    return list(zip(words[::2], words[1::2]))


def variables(machine, board):
    """Of the agent, not the board (tl_board_…, tl_a64_…), in RAM, as far as symbols tell: name,
    address, size."""
    listing = subprocess.run([cross(board) + "nm", "-S", machine.elf.path], check=True,
                             capture_output=True, text=True).stdout
    found = re.findall(r"^([0-9a-f]+) ([0-9a-f]+) [bBdD] (tl[._](?!board|a64_)\S+)$", listing, re.M)
    return [(name, int(at, 16), int(size, 16)) for at, size, name in found]


def assert_refused(target, name, at):
    """What is there already may be written. A variable that changes by itself may come to be that
    meanwhile, but not twice."""
    now = target.read(at, 1)[0]
    answers = [target.packet(b"M%x,1:%02x" % (at, now ^ other)) for other in (0x55, 0xaa)]
    assert b"E06" in answers, f"{name} at {at:#x} takes a write"


def look(machine, board, target):
    found, own = ranges(machine, board), variables(machine, board)
    assert len(found) >= 15 and len(own) >= 10 and sum(end - start for start, end in found) > 8000
    own += [("a file's variables", start, end - start) for start, end in found if end > start]
    for name, at, size in own:
        for place in {at, at + size // 2, at + size - 1}:
            assert_refused(target, name, place)
    _, at, size = max(own, key=lambda v: v[2])
    now = target.read(at + 4, 1)[0]
    assert target.packet(b"X%x,1:%c" % (at + 4, 0x41 if now != 0x41 else 0x42)) == \
        b"E06", "binary, too"
    assert target.command("qTl.ping")


def test_all_variables(machine, board, target):
    look(machine, board, target)
    free = machine.elf["interrupts"]
    assert target.packet(b"M%x,4:01000000" % free) == b"OK", "the firmware's own take it"
    assert target.read(free, 4) == b"\1\0\0\0", "the firmware's own take it"


@ONE_BOARD
def test_vendors_linker_script(foreign, board, tmp_path):  # noqa: F811
    machine = Machine(board, "foreign", str(tmp_path), build=foreign)
    try:
        look(machine, board, machine.connect())
    finally:
        machine.stop()

# SPDX-License-Identifier: MIT
"""Torture firmware for a board that runs text in RAM and has little of it: one build for each
batch of library members that fits."""
import re
import shutil

from conftest import BUILD, ROOT, make_variable, run_make


def link(board, out, defines, in_ram):
    """Links torture.elf with the archive members of `in_ram` in RAM and all others in flash. ld
    finds this flash.ld before the board's."""
    folder = out / board
    folder.mkdir(parents=True, exist_ok=True)
    exclude = "".join(f"*{archive}:{member} " for archive, member in in_ram)
    taken = f"EXCLUDE_FILE({exclude}) *.a:(.text .text.*) *retarget_*.o(.text .text.*)"
    text = f".text.flash : {{ {taken} *(.text.test_*) }} > CODE\n"
    (folder / "flash.ld").write_text(text if in_ram
                                     else (ROOT / "board" / board / "flash.ld").read_text())
    (folder / "torture.elf").unlink(missing_ok=True)
    run_make(f"O={out}", f"DEFINES={defines}", f"{folder}/torture.elf")


def members(map_file):
    """{(archive, member): bytes of text} of a link."""
    sizes = {}
    for at, size, archive, member in re.findall(
        r"^ \.text\S*\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+\S+/([^/\s]+\.a)\(([^)]+)\)", map_file,
        re.M):
        if int(at, 16):
            sizes[archive, member] = sizes.get((archive, member), 0) + int(size, 16)
    return sizes


def pack(sizes, room):
    """Members into as few batches of `room` bytes as first fit finds, the largest first; what
    fits into none is left out."""
    batches = []
    for member, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        if size > room:
            continue
        batch = next((b for b in batches if sum(sizes[m] for m in b) + size <= room), None)
        if batch is None:
            batches.append([member])
        else:
            batch.append(member)
    return batches


def batches(board, most=None):
    """Builds them, or the first `most`: folders with <board>/torture.elf in them."""
    room, *settings = make_variable(f"{board}.batch").split()
    out = BUILD / "variant" / f"{board}-batches"
    link(board, out, " ".join(settings), [])
    for n, batch in enumerate(pack(members((out / board / "torture.map").read_text()),
                                   int(room))[:most]):
        link(board, out, " ".join(settings), batch)
        folder = out / str(n)
        (folder / board).mkdir(parents=True, exist_ok=True)
        shutil.copy(out / board / "torture.elf", folder / board)
        yield folder

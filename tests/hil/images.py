# SPDX-License-Identifier: MIT
"""Programs that firmware loads: built for a board, and put where tests/target/images.c takes
them."""
import os
import pathlib
import struct
import subprocess

from conftest import arch_of, cross, make_variable, variant

HERE = pathlib.Path(__file__).resolve().parent / "kernel"
LINK = 0x100
# what makes code that runs anywhere, where that is not only -fpic
ANYWHERE = {"riscv": ["-mcmodel=medany", "-mno-relax"],
            "aarch64": ["-mcmodel=tiny", "-mstrict-align"]}


def images_build(board):
    return variant(board, "images", "-DTL_IMAGES=4", program="images")


def program(board, tmp, name="app", link=LINK, source=HERE / "image_app.c", options=()):
    """Its ELF."""
    flags = make_variable(f"{make_variable(f'{board}.isa')}.flags").split()
    elf = tmp / f"{name}.elf"
    subprocess.run([cross(board) + "gcc", *flags, "-nostdlib", "-ffreestanding", "-g", "-O1",
                    "-fno-toplevel-reorder", "-fno-inline", "-fno-asynchronous-unwind-tables",
                    "-fno-unwind-tables",
                    *ANYWHERE.get(arch_of(board), ["-fpie"]), *options, source,
                    "-Wl,--build-id", f"-Wl,--defsym=LINK={link:#x}", "-Wl,-z,max-page-size=16",
                    "-T", HERE / "image_app.ld", "-o", elf], check=True)
    return elf


def symbols(board, elf):
    text = subprocess.run([cross(board) + "nm", elf], check=True, capture_output=True,
                          text=True).stdout
    return {name: int(addr, 16) for addr, _, name in map(str.split, text.splitlines())}


def section(board, elf, name):
    """Its address; None: there is none."""
    text = subprocess.run([cross(board) + "objdump", "-h", elf], check=True, capture_output=True,
                          text=True).stdout
    rows = [line.split() for line in text.splitlines()]
    return next((int(row[3], 16) for row in rows if len(row) > 3 and row[1] == name), None)


def give(board, machine, elf, tmp, link=LINK):
    """Writes it into the firmware's `image_file`."""
    flat = tmp / "app.bin"
    subprocess.run([cross(board) + "objcopy", "-O", "binary", elf, flat], check=True)
    code = flat.read_bytes()
    start = symbols(board, elf)["start"] & ~cross(board).startswith("arm")
    note = section(board, elf, ".note.gnu.build-id")
    data = struct.pack("<4I", link, len(code), start - link, note - link if note else 0) + code
    for i in range(0, len(data), 256):
        machine.trapline("write", f"image_file+{i}", data[i:i + 256].hex(), check=0)


def type_in(machine, text):
    """The firmware does so."""
    line = machine.open()
    before = machine.peek("image_taken", 4)
    os.write(line, text)
    machine.until(lambda: machine.peek("image_taken", 4) >= before + len(text))
    os.close(line)

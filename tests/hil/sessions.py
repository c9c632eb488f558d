# SPDX-License-Identifier: MIT
"""What a session of the host tool leaves behind."""
import pathlib
import re
import subprocess

from conftest import cross, wait_for

OUTCOME = "probes removed, original bytes verified"


def assert_clean(machine, functions=("pid_step",)):
    """By a client of our own: no probe, the ELF's bytes, and the firmware runs."""
    target = machine.connect(session=77)
    assert target.command("qTl.next", 0) == ["0"]
    for name in functions:
        assert target.raw(machine.elf[name], 16) == text_of(machine, machine.elf[name], 16)
    target.console = b""
    wait_for(target, b'{"n":')
    return target


def text_of(machine, addr, n):
    """Bytes of the ELF, by objcopy."""
    image = pathlib.Path(machine.tmp) / "image.bin"
    subprocess.run([cross(machine.elf.path.parent.name) + "objcopy", "-O", "binary",
                    "--only-section=.text", machine.elf.path, image], check=True)
    sections = subprocess.run([cross(machine.elf.path.parent.name) + "objdump", "-h",
                               machine.elf.path], check=True, capture_output=True, text=True).stdout
    start = int(re.search(r" \.text +[0-9a-f]+ +([0-9a-f]+)", sections)[1], 16)
    return image.read_bytes()[addr - start:][:n]


# ---- ports ----

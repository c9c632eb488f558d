# SPDX-License-Identifier: MIT
"""Firmware that has nothing of this repository but the library: its own startup, linker script,
vectors and UART."""
import subprocess

import pytest

from conftest import BUILD, ROOT, cross

FOREIGN = ROOT / "tests" / "foreign"
BOARD, ISA = "mps2-an385", "armv7-m"  # what the foreign firmware was written for


def link(out, *extra, build=BUILD, script=FOREIGN / "vendor.ld"):
    gcc = cross(BOARD) + "gcc"
    subprocess.run([gcc, "-mcpu=cortex-m3", "-mthumb", "-O1", "-g", "-Wall", "-Wextra", "-Werror",
                    "-nostartfiles", "-nostdlib",
                    f"-I{build}/include", *map(str, FOREIGN.glob("*.c")), *extra, f"-L{build}/lib",
                    f"-ltrapline-{ISA}",
                    "-Wl,--gc-sections", "-T", str(script), "-o", str(out)], check=True)


@pytest.fixture
def foreign(tmp_path):
    folder = tmp_path / BOARD
    folder.mkdir()
    link(folder / "foreign.elf")
    return tmp_path

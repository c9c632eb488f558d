# SPDX-License-Identifier: MIT
"""The library in firmware that has its own startup, linker script, vectors and UART: nothing of
it is under board/."""
import re
import subprocess
import time

import pytest

from conftest import BUILD, ROOT, Machine, cross, run_make
from foreign import BOARD, FOREIGN, ISA, foreign, link  # noqa: F401: a fixture

HANDLERS = ["HardFault", "MemManage", "BusFault", "UsageFault", "DebugMon"]


def nm(elf):
    text = subprocess.run([cross(BOARD) + "nm", elf], check=True, capture_output=True,
                          text=True).stdout
    return {fields[2]: (fields[1], int(fields[0], 16))
            for fields in map(str.split, text.splitlines()) if len(fields) == 3}


def test_headers_alone(tmp_path):
    """include/ is all that firmware needs, also from C++."""
    for name, compiler in (("a.c", "gcc"), ("a.cc", "g++")):
        (tmp_path / name).write_text(
            '#include "trapline.h"\nint f(void); int f(void) { return -TL_EFULL; }\n')
        if compiler == "g++" and subprocess.run(["sh", "-c", f"command -v {cross(BOARD)}g++"],
                                                capture_output=True).returncode:
            continue
        subprocess.run([cross(BOARD) + compiler, "-Wall", "-Wextra", "-Werror", "-mcpu=cortex-m3",
                        "-mthumb", "-c", f"-I{BUILD}/include",
                        str(tmp_path / name), "-o", str(tmp_path / "a.o")], check=True)


def test_names(foreign):
    """`break find` means the firmware's: no name of a library's own is there without its prefix."""
    elf = foreign / BOARD / "foreign.elf"
    start, end = (nm(elf)[name][1] for name in ("__start_tl_text", "__stop_tl_text"))
    names = {name for name, (_, at) in nm(elf).items()
             if start <= at < end and not name.startswith(("$", "_", "tl_", "tl.", "thumb_"))}
    assert names == {f"{handler}_Handler" for handler in HANDLERS}
    frames = subprocess.run([cross(BOARD) + "readelf", "--debug-dump=frames", elf], check=True,
                            capture_output=True, text=True).stdout
    assert f"pc={nm(elf)['tl_poll'][1] & ~1:08x}" in frames, "debuggers find callers"


def test_handlers_win(foreign):
    """The agent's fault handlers are the ones in the vector table; the firmware's other weak
    ones stay."""
    symbols = nm(foreign / BOARD / "foreign.elf")
    for name in HANDLERS:
        kind, at = symbols[name + "_Handler"]
        assert kind == "T", f"{name}_Handler is {kind}: the weak one won"
        assert symbols["__start_tl_text"][1] <= at < symbols["__stop_tl_text"][1]
    assert symbols["NMI_Handler"][0] == "W"
    vectors = subprocess.run([cross(BOARD) + "objcopy", "-O", "binary", "-j", ".isr_vector",
                              foreign / BOARD / "foreign.elf", "/dev/stdout"],
                             check=True, capture_output=True).stdout
    assert int.from_bytes(vectors[12:16], "little") & ~1 == symbols["HardFault_Handler"][1] & ~1


def test_foreign_firmware(foreign, tmp_path):
    """It is probed, in an interrupt; the host compares text by CRC since there is no build-id."""
    machine = Machine(BOARD, "foreign", tmp_path, build=foreign)
    try:
        result = machine.trapline("watch", "accumulate", "-n", "5", check=0)
        assert "original bytes verified" in result.stdout + result.stderr
        hits = [line for line in result.stdout.splitlines() if ", step=7)" in line]
        assert len(hits) == 5, result.stdout
        target = machine.connect()
        target.add(1, machine.elf["accumulate"])
        target.until(lambda: len(target.stream.records) > 5)
        olds = [r["args"][0] for r in target.stream.records]
        assert len(olds) > 5 and all(b - a == 21 for a, b in zip(olds, olds[1:]))
    finally:
        machine.stop()


def test_slow_ticks(tmp_path):
    """Ticks of 10 ms, from an interrupt: records carry them, and the lease still ends in time."""
    folder = tmp_path / BOARD
    folder.mkdir()
    link(folder / "foreign.elf", "-DTICK_HZ=100")
    machine = Machine(BOARD, "foreign", tmp_path, build=tmp_path)
    try:
        target = machine.connect(lease=5000)
        target.add(1, machine.elf["accumulate"])
        target.until(lambda: len(target.stream.records) > 5)
        times = [r["time"] for r in target.stream.records]
        assert len(times) > 5 and all(0 <= b - a <= 2 for a, b in zip(times, times[1:]))
        before = target.raw(machine.elf["accumulate"], 2)
        ticks = machine.peek("interrupts")
        machine.until(lambda: machine.peek("interrupts") > ticks + 600)  # of 10 ms
        target.packet(b"QStartNoAckMode")
        assert target.command("qTl.ping")[0] == "0", "the lease has run out"
        assert target.raw(machine.elf["accumulate"], 2) != before, "and its probe is gone"
    finally:
        machine.stop()


OWN_HANDLERS = """
#include "trapline.h"
const char tl_vectors[1] = {0};
void tl_trap_entry(void);
__attribute__((naked)) void HardFault_Handler(void);
__attribute__((naked)) void HardFault_Handler(void) { __asm("b.w tl_trap_entry"); }
"""


def test_own_handlers(tmp_path):
    """Firmware that owns its handlers keeps them and branches to the agent."""
    folder = tmp_path / BOARD
    folder.mkdir()
    (tmp_path / "own.c").write_text(OWN_HANDLERS)
    link(folder / "foreign.elf", str(tmp_path / "own.c"))
    symbols = nm(folder / "foreign.elf")
    assert symbols["HardFault_Handler"][0] == "T" and symbols["BusFault_Handler"][0] == "W"
    machine = Machine(BOARD, "foreign", tmp_path, build=tmp_path)
    try:
        machine.trapline("watch", "accumulate", "-n", "3", check=0)
    finally:
        machine.stop()


@pytest.mark.parametrize("profile, ram, taken", [("tiny", 8, 4), ("small", 16, 8.75)])
def test_profile(tmp_path, profile, ram, taken):
    """Built by a profile the agent takes no more KB than said of the RAM of a part that has so
    little, and nothing beyond is used."""
    out = BUILD / "variant" / f"{profile}-lib"
    run_make(f"O={out}", f"PROFILE={profile}", f"ISA={ISA}", f"{out}/lib/libtrapline-{ISA}.a",
             f"{out}/include/.made")
    script = re.sub(r"(RAM .*LENGTH = )4096K", rf"\g<1>{ram}K",
                    (FOREIGN / "vendor.ld").read_text())
    assert f"LENGTH = {ram}K" in script
    (tmp_path / "part.ld").write_text(script)
    folder = tmp_path / BOARD
    folder.mkdir()
    link(folder / "foreign.elf", build=out, script=tmp_path / "part.ld")
    sizes = subprocess.run([cross(BOARD) + "size", folder / "foreign.elf"], check=True,
                           capture_output=True, text=True).stdout.split()
    text, data, bss = map(int, sizes[6:9])
    assert data + bss <= taken * 1024, ("as README says", text, data, bss)
    machine = Machine(BOARD, "foreign", tmp_path, build=tmp_path)
    try:
        for what in ("accumulate", "accumulate%return"):
            machine.trapline("watch", what, "-n", "5", check=0)
        machine.trapline("count", "accumulate", "SysTick_Handler", "-d", "300ms", check=0)
        end = 0x20000000 + ram * 1024
        assert machine.peek(machine.elf["_estack"] - 64, 64), "the stack is in use"
        assert machine.elf["_estack"] == end and not machine.peek(end, 256)
    finally:
        machine.stop()

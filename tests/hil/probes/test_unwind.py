# SPDX-License-Identifier: MIT
"""Who looks for callers finds them behind hooked returns: C++ exceptions, the firmware's own
unwinder, GDB."""
import re
import subprocess

from conftest import BUILD, EACH_ARCH, ROOT, Machine, cross, self_test
from gdb import gdb

FOREIGN = ROOT / "tests" / "foreign"
BOARD, ISA = "mps2-an385", "armv7-m"  # what the foreign firmware was written for
FLAGS = ["-mcpu=cortex-m3", "-mthumb", "-O1", "-g", "-Wall", "-Wextra", "-Werror",
         f"-I{BUILD}/include"]


def test_exceptions(tmp_path):
    """Thrown through hooked calls, from them, caught in them, thrown again; of each call it is
    known whether it returned."""
    folder = tmp_path / BOARD
    folder.mkdir()
    subprocess.run([cross(BOARD) + "gcc", *FLAGS, "-c", str(FOREIGN / "startup.c"), "-o",
                    str(folder / "startup.o")], check=True)
    subprocess.run([cross(BOARD) + "g++", *FLAGS, "-std=c++20", "-ffunction-sections",
                    "-nostartfiles", "-T", str(FOREIGN / "exceptions.ld"),
                    "-Wl,--gc-sections,--no-warn-rwx-segments", str(FOREIGN / "exceptions.cpp"),
                    str(folder / "startup.o"), f"-L{BUILD}/lib",
                    f"-ltrapline-{ISA}", "-o", str(folder / "exceptions.elf")], check=True)
    machine = Machine(BOARD, "exceptions", tmp_path, build=tmp_path)
    try:
        self_test(machine, "exceptions", 20)
    finally:
        machine.stop()


@EACH_ARCH
def test_own_unwinder(boot):
    """Backtraces in the firmware, and calls that it leaves by a forced unwind."""
    self_test(boot("unwind"), "unwind", 14)


def hooked(boot):
    machine = boot("debug")
    machine.trapline("add", "factorial%return", check=0)
    return machine


DONE = "debug.c:%d" % (1
                       + (ROOT / "tests" / "target" / "debug.c").read_text().splitlines().index(
                           "\t\t\t\tdone++;"))
START = ["set var job = job_factorial", "break factorial if n == 3"]


@EACH_ARCH
def test_callers(boot):
    """GDB shows them, at the entry and in the body; goes up, and finishes; the firmware's result
    is right."""
    text = gdb(hooked(boot), *START, "continue", "bt", "stepi 3", "bt", "up", "print n", "delete",
               "finish", f"tbreak {DONE}", "continue", "print result")
    traces = re.findall(r"^#0 .*?^#\d+ [^\n]* main \(\)", text, re.M | re.S)
    assert len(traces) == 2, text
    for trace in traces:
        names = re.findall(r"^#\d+ +(?:0x\w+ in )?(\w+) \(", trace, re.M)
        assert names == ["factorial"] * 3 + ["job_factorial", "main"], text
    assert re.search(r"^\$1 = 4$", text, re.M), text
    assert re.search(r"^Value returned is \$2 = 24$", text, re.M), text
    assert re.search(r"^\$3 = 120$", text, re.M), text


@EACH_ARCH
def test_written_back(boot, regs):
    """What GDB writes back, when a call of its own is over, or as a word of the stack, leaves
    the hook in place."""
    machine = hooked(boot)
    text = gdb(machine, *START, "continue", "stepi", f"set $lr0 = ${regs.lr}", "print triangle(10)",
               f"print ${regs.lr} == $lr0", f"set ${regs.lr} = $lr0",
               "stepi 2", *[f"set *((unsigned long *)$sp + {i}) = *((unsigned long *)$sp + {i})"
                            for i in range(16)],
               "delete", f"tbreak {DONE}", "continue", "print result")
    assert re.search(r"^\$1 = 55$", text, re.M) and re.search(r"^\$2 = 1$", text, re.M), text
    assert re.search(r"^\$3 = 120$", text, re.M), text
    listed = machine.trapline("list", check=0).stdout
    assert re.search(r"\b5 hits, 0 missed", listed), listed

# SPDX-License-Identifier: MIT
"""GDB writes programs: the one that runs, a small one beside it, and one that it must not."""
import re
import subprocess

import pytest

from conftest import BUILD, EACH_ARCH, ROOT, Machine, cross, make_variable
from gdb import Gdb, GdbError
from rsp import PATIENCE

pytestmark = EACH_ARCH

BESIDE = 0x100000  # bytes below the stack's top: nothing of the firmware's is there

PROGRAM = """
volatile unsigned long table[] = {100, 20, 3};
volatile unsigned long sum = 7;
__attribute__((noinline)) void stay_here(void) { for (;;) sum++; }
__attribute__((noinline)) unsigned long add_up(unsigned long n)
{ unsigned long r = n; for (int i = 0; i < 3; i++) r += table[i]; return r; }
void begin(void) { sum = add_up(1000); stay_here(); }
"""


@pytest.fixture
def machine(boot):
    return boot("debug")


@pytest.fixture
def beside(board, machine, tmp_path):
    """A program of its own, linked to where RAM is free."""
    isa = make_variable(f"{board}.isa")
    (tmp_path / "beside.c").write_text(PROGRAM)
    subprocess.run([cross(board) + "gcc", *make_variable(f"{isa}.flags").split(), "-g", "-O1",
                    "-ffreestanding", "-nostdlib", "-Wl,--no-warn-rwx-segments",
                    "-Wl,--build-id=none,--no-relax,--entry=begin",
                    f"-Wl,-N,-Ttext={machine.elf['__stack_top'] - BESIDE:#x}", "-o",
                    tmp_path / "beside.elf", tmp_path / "beside.c"], check=True)
    return tmp_path / "beside.elf"


def probe(machine, gdb):
    """The firmware's own kprobe, in code_add."""
    gdb.run("set var job = job_probe")
    gdb.run("continue")
    while not machine.peek("done"):
        pass
    gdb.interrupt()
    assert machine.peek("result") == 0


def differing(gdb):
    """The sections whose CRC is not that of the file."""
    shown = gdb.run("compare-sections")
    assert ": matched." in shown
    return re.findall(r"^Section (\S+), .*MIS-MATCHED!$", shown, re.M)


def test_load_again(machine, gdb):
    """The very program that runs, agent and all, under a probe and a breakpoint: nothing
    changes, and it goes on."""
    probe(machine, gdb)
    gdb.run("break triangle")
    patched = machine.peek("code_add", 4)
    before, word = gdb.pc(), gdb.value("word")
    assert "load size" in gdb.run("load", timeout=PATIENCE)
    assert machine.peek("code_add", 4) == patched
    assert differing(gdb) == [] and "kprobe boosted hits 0" in gdb.run("monitor probes")
    assert gdb.pc() == machine.elf[entry(machine)] and gdb.value("word") == word
    gdb.run(f"set var $pc = {before}")
    assert gdb.job("job_triangle")["func"] == "triangle"
    gdb.run("delete")
    gdb.run("set var job = job_add")
    gdb.run("continue")
    while machine.peek("result") != 42:
        pass
    gdb.interrupt()
    assert "hits 1" in gdb.run("monitor probes")


def entry(machine):
    return "Reset_Handler" if "Reset_Handler" in machine.elf.symbols else "_start"


@pytest.fixture
def in_ram(board, tmp_path):
    """The same firmware, linked to be loaded to where it runs: its variables, too."""
    folder, isa = f"board/{make_variable(f'{board}.like') or board}", make_variable(f"{board}.isa")
    script = re.sub(r"INCLUDE (\S+)", lambda m: (ROOT / m[1]).read_text(),
                    (ROOT / folder / "link.ld").read_text())
    assert "> RAM AT > CODE" in script
    (tmp_path / "link.ld").write_text(script.replace("> RAM AT > CODE", "> RAM"))
    arch = make_variable(f"{isa}.arch")
    parts = [BUILD / board / f"tests/target/{name}.o"
             for name in ("debug", "check", f"check_{arch}", f"code_{arch}", f"steps_{arch}")]
    (tmp_path / board).mkdir()
    subprocess.run([*make_variable(f"{board}.cc").split(), "-nostartfiles",
                    "-Wl,--gc-sections,--build-id=sha1,--no-warn-rwx-segments", f"-L{folder}", "-T",
                    tmp_path / "link.ld", *parts, *make_variable(f"{board}.support").split(),
                    make_variable(f"{isa}.library"), "-o", tmp_path / board / "debug.elf"],
                   cwd=ROOT, check=True)
    machine = Machine(board, "debug", tmp_path, build=tmp_path)
    yield machine
    machine.stop()


def start_anew(machine, gdb):
    """From the entry, on which GDB stands: that is the program's end to it, so it attaches again.
    Not before the agent is there, or GDB's first packet is lost, and sent again as late as a busy
    machine wants it."""
    assert gdb.go("continue")["reason"] == "exited-normally"
    machine.until(lambda: not machine.peek("rounds") and machine.peek("tl_port", 16))
    gdb.attach()


def test_load_in_ram(in_ram):
    """The program that runs, where `load` gives its variables their first values again: none of
    the agent's is among them, so the probe stays, and it goes on. From its entry it starts anew."""
    gdb = Gdb(in_ram)
    try:
        probe(in_ram, gdb)
        before = gdb.pc()
        gdb.run("set var word = 5")
        assert "load size" in gdb.run("load", timeout=PATIENCE)
        assert gdb.value("word") == 41 and differing(gdb) == []
        assert "kprobe boosted hits 0" in gdb.run("monitor probes")
        gdb.run(f"set var $pc = {before}")
        gdb.run("set var job = job_add")
        gdb.run("continue")
        while in_ram.peek("result") != 42:
            pass
        gdb.interrupt()
        assert "hits 1" in gdb.run("monitor probes")
        gdb.run("load", timeout=PATIENCE)
        start_anew(in_ram, gdb)
        assert "main ()" in gdb.run("bt") and "0 of" in gdb.run("monitor probes")
        assert gdb.job("job_break")["signal-name"] == "SIGTRAP"
    finally:
        gdb.close()


def test_load_and_start(machine, gdb):
    """What was changed is as in the file again. From its entry the program starts anew, without
    a patch; GDB takes that for its end, and attaches again."""
    probe(machine, gdb)
    place = machine.elf["triangle"]
    text = machine.peek(place, 8), machine.peek("code_add", 8)
    gdb.run(f"set var *(long *){place} = 0")
    assert differing(gdb) == [".text"]
    gdb.run("load", timeout=PATIENCE)
    assert machine.peek(place, 8) == text[0]
    gdb.run("set var word = 5")
    gdb.run("break triangle")
    start_anew(machine, gdb)
    assert machine.peek("code_add", 8) != text[1] and machine.peek("rounds") == 0
    assert "main ()" in gdb.run("bt") and gdb.value("word") == 41
    assert "0 of" in gdb.run("monitor probes")
    assert gdb.job("job_triangle")["func"] == "triangle"
    gdb.run("delete")
    gdb.run("continue")
    assert machine.moves("rounds")


@pytest.mark.parametrize("where, why",
                         [("tl_poll", "inside the agent"), ("tl_gdb", "inside the agent"),
                          ("code_add", "already registered")])
@pytest.mark.parametrize("binary", ["on", "off"])
def test_refused(machine, gdb, where, why, binary):
    """The agent does not write over itself, nor over an instruction under a probe; it says so
    where GDB shows it."""
    probe(machine, gdb)
    place = machine.elf[where]
    gdb.run(f"set remote binary-download-packet {binary}")
    was = machine.peek(place, 4)
    with pytest.raises(GdbError, match="Cannot access memory"):
        gdb.run(f"set var *(char *){place} = ~*(char *){place}")
    gdb.run(f"set var *(char *){place} = *(char *){place}")
    assert machine.peek(place, 4) == was
    gdb.run("continue")
    assert machine.moves("rounds")
    gdb.interrupt()
    assert f"trapline: write at {place:#x} refused: {why}" in gdb.said


def test_load_beside(machine, gdb, beside):
    """A small program in free RAM: loaded, called, stopped in, jumped to, compared; then the
    firmware goes on where it was."""
    before = gdb.pc()
    assert "load size" in gdb.run(f"load {beside}")
    assert gdb.pc() != before
    gdb.run(f"set var $pc = {before}")
    gdb.run(f"add-symbol-file {beside}")
    assert gdb.value("add_up(4)") == 127
    gdb.run("tbreak add_up")
    with pytest.raises(GdbError, match="stopped while in a function"):
        gdb.value("add_up(5)")
    assert gdb.value("n") == 5
    gdb.go("finish")
    gdb.run(f"set var $pc = {before}")
    gdb.run("tbreak stay_here")
    stack = gdb.value("(unsigned long)$sp")
    assert gdb.go("jump begin")["func"] == "stay_here"
    assert gdb.value("sum") == 1123
    gdb.run(f"set var $sp = {stack}")
    gdb.run(f"set var $pc = {before}")
    total = gdb.value("&sum")
    gdb.run(f"file {beside}")
    assert differing(gdb) in ([".data"], [".sdata"])
    gdb.run(f"set var *(unsigned long *){total} = 7")
    assert differing(gdb) == []
    gdb.run("continue")
    assert machine.moves("rounds")


def test_restore(machine, gdb, tmp_path):
    """A file of bytes into memory and back."""
    sent = bytes(i * 7 & 0xFF for i in range(5000))
    (tmp_path / "sent").write_bytes(sent)
    place = machine.elf["__stack_top"] - BESIDE + 1
    gdb.run(f"restore {tmp_path}/sent binary {place:#x}")
    assert machine.peek(place + 4090, 8) == int.from_bytes(sent[4090:4098], "little")
    gdb.run(f"dump binary memory {tmp_path}/got {place:#x} {place + 5000:#x}")
    assert (tmp_path / "got").read_bytes() == sent

# SPDX-License-Identifier: MIT
"""What is never probed though it is the firmware's: what the agent calls in a trap, and what
runs where no trap may come. Host and target refuse it, each by itself; and what neither can see
does no harm."""
import json
import pathlib
import re
import subprocess

import pytest

from conftest import EACH_ARCH, ONE_BOARD, ROOT, Machine, make_variable, run, thin_build

HERE = pathlib.Path(__file__).parent
TICKS = "(tl_port.ticks), which the agent calls in a trap"
NO_TRAP = "runs where no trap is possible"


def library(isa):
    return ROOT / make_variable(f"{isa}.library")


def link(board, out, *flags, agent=None):
    """On a board's startup and drivers, with guard.c."""
    support = [ROOT / o for o in make_variable(f"{board}.support").split()]
    folder = ROOT / "board" / make_variable(f"{board}.like") if make_variable(
        f"{board}.like") else ROOT / "board" / board
    out.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([*make_variable(f"{board}.cc").split(), "-nostartfiles",
                    "-Wl,--gc-sections,--build-id=sha1,--no-warn-rwx-segments",
                    f"-L{folder}", "-T", folder / "link.ld", *flags, *support,
                    agent or library(make_variable(f"{board}.isa")), "-o", out],
                   cwd=ROOT, check=True)


@pytest.fixture
def firmware(board, tmp_path):
    machines = []

    def boot(*flags, agent=None):
        link(board, tmp_path / board / "guard.elf", HERE / "guard.c", *flags, agent=agent)
        machines.append(Machine(board, "guard", tmp_path, build=tmp_path))
        return machines[0]

    yield boot
    for machine in machines:
        machine.stop()


def refused(result, *words):
    assert result.returncode == 4, result.stdout + result.stderr
    for word in words:
        assert word in result.stderr, result.stderr


@EACH_ARCH
@pytest.mark.parametrize("flags", [["-O0"], ["-O2"]], ids=" ".join)
def test_ticks(firmware, flags):
    """ticks, what it calls and what it ends with: by the host, named; and by the target alone."""
    machine = firmware(*flags)
    refused(machine.trapline("watch", "-n", "2", "ticks"), "inside the agent", f"ticks {TICKS}")
    refused(machine.trapline("add", "counter"), "inside the agent", f"called by ticks {TICKS}")
    refused(machine.trapline("count", "-d", "1s", "ticks%return"), f"ticks {TICKS}")
    for name in ("ticks", "counter", "tick_tail"):
        refused(machine.trapline("check", name), TICKS)
        refused(machine.trapline("check", "--force", name), "inside the agent",
                "said by the target")
    result = machine.trapline("count", "-d", "300ms", "-f", "jsonl", "tick*", check=0)
    assert "2 of 3 functions" in result.stderr
    assert "tick_other" in result.stdout and "tick_tail" not in result.stdout
    if machine.elf.symbols.get("tl_vectors", 0) not in range(machine.elf["__start_tl_text"],
                                                             machine.elf["__stop_tl_text"]):
        refused(machine.trapline("check", "--force", "tl_vectors"), "trap handler",
                "said by the target")
    machine.trapline("watch", "-n", "5", "work", check=0)


@EACH_ARCH
def test_ticks_by_pointer(firmware):
    """What only a run shows may be probed: it is stepped and missed where the agent runs it, and
    each hit is accounted for."""
    machine = firmware("-DBY_POINTER")
    refused(machine.trapline("check", "tick_tail"), f"called by ticks {TICKS}")
    points = ["work", "work%return", "counter", "counter%return", "c=counter+4",
              "tick_other every=2"]
    result = machine.trapline("watch", "-d", "1s", "-f", "jsonl", *points, check=0)
    last = [json.loads(line) for line in result.stdout.splitlines()
            if line.startswith('{"end"')][-1]
    for probe in last["probes"]:
        assert probe["hits"] == \
            probe["recorded"] + probe["filtered"] + probe["missed"] + probe["dropped"], probe
    by_name = {probe["name"]: probe for probe in last["probes"]}
    assert by_name["counter"]["missed"] > 0
    assert by_name["work"]["recorded"] + by_name["work"]["dropped"] > 0
    assert by_name["work%return"]["recorded"] + by_name["work%return"]["dropped"] > 0
    before = machine.peek("turns")
    machine.trapline("count", "-d", "300ms", "work", check=0)
    assert machine.moves("turns") and machine.peek("turns") > before


@EACH_ARCH
def test_thin(firmware, board):
    """A thin agent knows nothing of that: the host does, whatever --force says, and takes no
    snapshots where only a run shows what they would call in the trap."""
    agent = thin_build(board, "load") / "lib" / library(make_variable(f"{board}.isa")).name
    machine = firmware("-DBY_POINTER", agent=agent)
    for command in ("check", "count"):
        refused(machine.trapline(command, "--force", "tick_tail"), "inside the agent")
    for command in (["watch", "-n", "1", "work"], ["add", "work"]):
        refused(machine.trapline(*command), "does not show all that tl_port.ticks runs",
                "hint:  count instead")
    for point in ("work", "counter"):
        counted = machine.trapline("count", "--hits", "50", point, check=0).stdout
        assert re.search(rf"^{point} +50 +50 +0 +0 +0$", counted, re.M), counted
    before = machine.peek("turns")
    assert machine.moves("turns") and machine.peek("turns") > before


# ---- Cortex-M: NMI, FAULTMASK ----

def link_foreign(out, *sources, compiler="gcc", flags=()):
    out.parent.mkdir(parents=True, exist_ok=True)
    script = out.parent / "vendor.ld"
    text = (ROOT / "tests/foreign/vendor.ld").read_text()
    script.write_text(text.replace("KEEP(*(.isr_vector))",
                                   "KEEP(*(.isr_vector)) . = ALIGN(256); KEEP(*(.isr_vector.own))"))
    subprocess.run([f"arm-none-eabi-{compiler}", "-mcpu=cortex-m3", "-mthumb", "-O1", "-g",
                    "-Iagent", "-Iprotocol", "-nostartfiles", "-nostdlib",
                    *flags, *sources, library("armv7-m"), "-Wl,--gc-sections", "-T", script, "-o",
                    out], cwd=ROOT, check=True)


STARTUP = ROOT / "tests/foreign/startup.c"
BOARD = "mps2-an385"


def test_nmi(tmp_path):
    """NMI's handler under any name, and what it calls: the host by the vector table's shape, the
    target by VTOR."""
    elf = tmp_path / BOARD / "nmi.elf"
    link_foreign(elf, STARTUP, HERE / "guard_nmi.c")
    refused(run("check", "-e", str(elf), "on_supply"), NO_TRAP, "on_supply, the handler of NMI")
    refused(run("check", "-e", str(elf), "note"), NO_TRAP,
            "called by supply_failed, called by on_supply, the handler of NMI")
    refused(run("check", "-e", str(elf), "in_window"), NO_TRAP,
            "called by window, which sets FAULTMASK")
    refused(run("check", "-e", str(elf), "now"), f"now {TICKS}")
    # of the first table, with all its neighbours
    refused(run("check", "-e", str(elf), "Default_Handler"), "the handler of NMI")
    result = run("check", "-e", str(elf), "work", "window", "window+0x18")
    assert result.returncode == 0 and "struct tl_port" not in result.stderr
    # then the target alone knows
    link_foreign(tmp_path / "g0.elf", STARTUP, HERE / "guard_nmi.c", flags=["-g0"])
    result = run("check", "-e", str(tmp_path / "g0.elf"), "now")
    assert result.returncode == 0 and "struct tl_port" in result.stderr
    machine = Machine(BOARD, "nmi", tmp_path, build=tmp_path)
    try:
        for name in ("on_supply", "supply_failed", "note"):
            refused(machine.trapline("add", name), NO_TRAP, "the handler of NMI")
            refused(machine.trapline("check", "--force", name), NO_TRAP, "said by the target")
        machine.trapline("add", "work", check=0)
        machine.trapline("write", "go", "01000000")
        assert machine.moves("turns") and machine.peek("nmis") == 1
    finally:
        machine.stop()


def test_port_in_cxx(tmp_path):
    """Without a port the ELF alone tells: a variable of type tl_port, in a namespace, a veneer
    behind it."""
    if subprocess.run(["sh", "-c", "command -v arm-none-eabi-g++"], capture_output=True).returncode:
        pytest.skip("no C++ compiler")
    source = tmp_path / "fw.cc"
    source.write_text("""#include "trapline.h"
    static int io(void *, uint8_t *, int) { return 0; }
    static int io(void *, const uint8_t *, int) { return 0; }
    extern "C" __attribute__((noinline, section(".data.far")))
    uint32_t far_away(uint32_t n) { return n + 1; }
    namespace hw { struct Clock { __attribute__((noinline)) uint32_t now(); volatile uint32_t n; };
      uint32_t Clock::now() { return far_away(n++); }
      Clock clock_; uint32_t ticks(void *) { return clock_.now() * 3; } }
    namespace {
      const tl_port port = {.read = io, .write = io, .ticks = hw::ticks, .tick_hz = 1000}; }
    int main() { tl_init(&port); for (;;) tl_poll(); }
    """)
    elf = tmp_path / "x" / "cxx.elf"
    link_foreign(elf, "-xc", STARTUP, "-xc++", source, "-xnone", compiler="g++",
                 flags=["-std=gnu++20", "-fno-exceptions", "-mlong-calls"])
    for name, words in (("_ZN2hw5ticksEPv", TICKS), ("_ZN2hw5Clock3nowEv", "called by"),
                        ("far_away", "called by")):
        result = run("check", "-e", str(elf), name)
        refused(result, TICKS, words)


# ---- no end of calls ----

CHAINS = {  # what is before them; the first function, the others, the last; what a refusal says
    "armv7-m": (
        '.syntax unified; .thumb; .section .vec, "a"; .word 0x20001000, f0 + 1, f0 + 1, f0 + 1; '
        '.text', "%function; .thumb_func",
                "b NEXT", "b NEXT", "bx lr", "the handler of NMI"),
    "rv32imac": ("", "@function", "jal NEXT; mret", "j NEXT", "ret", "called by f0"),
}


@ONE_BOARD
@pytest.mark.parametrize("isa", CHAINS)
def test_long_chain(tmp_path, isa):
    """A hundred thousand functions that call each other from a handler, as no compiler makes
    them: neither stack nor patience ends."""
    head, kind, first, other, last, words = CHAINS[isa]
    most = 100000
    lines = [head] + [
        f".global f{i}; .type f{i}, {kind}; f{i}: "
        f"{(first if i == 0 else other if i < most else last).replace('NEXT', f'f{i + 1}')}; .size "
        f"f{i}, . - f{i}"
                      for i in range(most + 1)]
    (tmp_path / "chain.s").write_text("\n".join(lines) + "\n")
    vectors = ["-Wl,--section-start=.vec=0x8000"] if ".vec" in head else []
    subprocess.run([make_variable(f"{isa}.cross") + "gcc", *make_variable(f"{isa}.flags").split(),
                    "-nostdlib", "-Wl,-Ttext=0x10000,-e,f0", *vectors,
                    tmp_path / "chain.s", "-o", tmp_path / "chain.elf"], check=True)
    for i in (most // 2, most):
        refused(run("check", "-e", str(tmp_path / "chain.elf"), f"f{i}"), words)


# ---- RISC-V: a trap that nobody serves ----

@ONE_BOARD
def test_no_trap_handler(tmp_path):
    """Firmware on RISC-V without tl_chained_trap does not link: else its first fault would hang
    in silence."""
    isa = "rv32imac"
    source = tmp_path / "fw.c"
    source.write_text("""#include "trapline.h"
    static int io(void *c, const uint8_t *b, int n) { (void)c, (void)b; return n; }
    static uint32_t ticks(void *c) { (void)c; return 0; }
    static const struct tl_port port = {.write = io, .ticks = ticks, .tick_hz = 1000};
    void _start(void); void _start(void) { tl_init(&port); for (;;) tl_poll(); }
    #ifdef HANDLER
    __attribute__((naked)) void tl_chained_trap(void); void tl_chained_trap(void) { __asm("j ."); }
    #endif
    """)
    command = [make_variable(f"{isa}.cross") + "gcc", *make_variable(f"{isa}.flags").split(),
               "-Iagent", "-Iprotocol", "-nostdlib",
               "-ffreestanding", "-Wl,-Ttext=0x80000000,--no-warn-rwx-segments", source,
               library(isa), "-o", tmp_path / "fw.elf"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode, result.stderr
    assert re.search(r"undefined reference to `tl_chained_trap'", result.stderr), result.stderr
    subprocess.run([*command, "-DHANDLER"], cwd=ROOT, check=True)

# SPDX-License-Identifier: MIT
"""Stock GDB: fast tracepoints (ftrace), which are jumps where that can be, and else are
tracepoints like others and say so."""
import re

import pytest

from conftest import EACH_ARCH, instructions, make_variable, variant, wait_for
from gdb import gdb
from test_gdb_trace import actions, collect, values

pytestmark = EACH_ARCH

ALIGN = "tbreak telemetry if s->number % 64 == 0", "continue"
# so many iterations of the demo's loop later
WAIT = "tbreak telemetry if s->number % 64 == 40", "continue"
END = "tbreak telemetry if s->number > 300", "continue"
TELEMETRY = re.compile(r'^\{"n":\d+,.*\}', re.M)


@pytest.fixture(autouse=True)
def jumps(board):
    if "fast" in make_variable(f"{board}.without").split():
        pytest.skip("this architecture has no jump probes, and GDB is told so")


@pytest.fixture
def demo(boot):
    return boot("demo")


def wide(machine, board, *functions):
    """Addresses of the functions' instructions of 4 bytes that neither branch nor call nor tell
    where they are."""
    found = []
    for function in functions:
        listed = instructions(machine, board, function)
        found += [at for (at, name), (after, _) in zip(listed, listed[1:])
                  if after - at == 4 and name[0] not in "bj" and name != "auipc"]
    return found


def probes(text):
    """What `monitor probes` says of fast tracepoints: {address: how}."""
    return {int(at, 16): how
            for at, how in re.findall(r"^(0x[0-9a-f]+) fast tracepoint (.*), hits|^$",
                                      text.replace(" hits", ", hits"), re.M) if at}


def test_frames(demo, board):
    """Registers, a local and memory, as an ordinary tracepoint at the function's entry sees that
    they must be."""
    at = [a for a in wide(demo, board, "pid_step") if a > demo.elf["pid_step"] + 12][0]
    text = gdb(demo, *ALIGN, "trace pid_step", collect("measured"), f"ftrace *{at}",
               collect("$regs", "error", "pid->setpoint"), "passcount 4", "tstart",
               "monitor probes", *WAIT, "tstatus", "tfind",
               *["print measured", "tfind", f"print $pc == {at}", "print error",
                 "print pid->setpoint", "print (long)$sp % 4", "tfind"] * 4)
    assert probes(text) == {at: "jump"}, text
    assert "Trace stopped by tracepoint 3" in text, text
    found = values(text)
    assert len(found) == 5 * 4 and found[1::5] == [1] * 4 and found[4::5] == [0] * 4, text
    for measured, error, setpoint in zip(found[0::5], found[2::5], found[3::5]):
        assert setpoint == 2500 and error == 2500 - measured, text


def test_results_are_unchanged(boot, board):
    """A jump at every instruction that can have one, in the main loop and in the interrupt: the
    firmware's output is that of the bare one."""
    bare = TELEMETRY.findall(gdb(boot("demo"), *END))
    demo = boot("demo")
    points = wide(demo, board, "filter_update", "adc_read", "pid_step")
    assert len(points) >= 8
    text = gdb(demo, "set circular-trace-buffer on",
               *(c for at in points[:10] for c in (f"ftrace *{at}", collect("$regs"))), "tstart",
               *END, "monitor probes",
               "tstop", "tstatus", "compare-sections .text")
    hits = [int(n) for n in re.findall(r"fast tracepoint jump hits (\d+)", text)]
    assert sum(h > 0 for h in hits) >= 6 and "missed" not in text, text
    assert set(TELEMETRY.findall(text)) & set(bare), text
    assert len({line.partition(",")[0] for line in TELEMETRY.findall(text) + bare}) == \
        len(set(TELEMETRY.findall(text) + bare)) > 2, text
    assert ": matched." in text and "MIS-MATCHED" not in text, text


def test_shown(demo, board):
    """Where no jump can be it says why, at the start of the run and at any time; the text that
    GDB reads is the program's."""
    elf = demo.elf
    at = wide(demo, board, "pid_step")[0]
    text = gdb(demo, *ALIGN, f"ftrace *{at}", collect("$pc"), "ftrace pid_step", collect("$pc"),
               "tstart", f"x/4xb {at}", "compare-sections .text", "monitor probes",
               "info tracepoints", *WAIT, "tstop")
    assert "fast tracepoint" in text and text.count("installed on target") == 2, text
    assert (f"fast tracepoint at {elf['pid_step']:#x} is no jump: the instruction is shorter than "
            f"a "
            f"jump") in text, text
    assert f"{at:#x} is no jump" not in text and "MIS-MATCHED" not in text, text
    assert probes(text) == {at: "jump",
                            elf["pid_step"]: "boosted, no jump: the instruction is shorter than a "
                                             "jump,"}, text


def test_breakpoint_beside_it(demo, board):
    """While GDB has a breakpoint there that serves both; it steps off, and the jump is back."""
    at = wide(demo, board, "pid_step")[0]
    text = gdb(demo, "set breakpoint always-inserted on", f"ftrace *{at}", collect("$regs"),
               "tstart", f"tbreak *{at}", "monitor probes", "continue", "stepi", "monitor probes",
               "tbreak telemetry", "continue", "stepi", f"tbreak *{at}", "continue", "tstop",
               "tstatus", "tfind 0", f"print $pc == {at}", "tfind 1", f"print $pc == {at}")
    assert re.search(r"no jump: others probe this address", text), text
    assert "tracepoint jump hits 1" in text, text
    assert values(text) == [1, 1], text


def define(target, at, fast=True):
    assert target.packet(b"QTinit") == b"OK"
    assert target.packet(b"QTBuffer:circular:1") == b"OK"
    assert target.packet(b"QTDP:1:%x:E:0:0%s-" % (at, b":F4" if fast else b"")) == b"OK"
    assert target.packet(b"QTDP:-1:%x:R0" % at) == b"OK"


def hits(target, at):
    return int(re.match(rb"V([0-9a-f]+):", target.packet(b"qTP:1:%x" % at))[1], 16)


def test_changed_while_it_runs(machine, target):
    """Runs begin and end, it is disabled and enabled, while the main loop and an interrupt go
    on."""
    at = machine.elf["code_wide_inside"]
    define(target, at)
    assert target.packet(b"qTfP") == b"T1:%x:E:0:0:F4" % at
    target.write(b"isr 1000\n")
    for i in range(10):
        assert target.packet(b"QTStart") == b"OK"
        target.console = b""
        target.write(b"wide 300\n")
        if i % 2:
            assert target.packet(b"QTDisable:1:%x" % at) == b"OK"
            assert target.packet(b"QTEnable:1:%x" % at) == b"OK"
        wait_for(target, b", sum 0000012c")
        assert hits(target, at) == 300 or i % 2
        assert target.packet(b"QTStop") == b"OK"


def test_returns(machine, target):
    """A jump at a function's entry hooks its return."""
    at = machine.elf["code_wide"]
    define(target, at)
    assert target.packet(b"qRcmd," + b"return 1".hex().encode())
    assert target.packet(b"QTStart") == b"OK"
    assert b"tracepoint jump" in bytes.fromhex(target.packet(b"qRcmd,"
                                                             + b"probes".hex().encode()).decode())
    target.write(b"wide 5\n")
    wait_for(target, b", sum 00000005")
    assert hits(target, at) == 5 and b";tframes:a;" in target.packet(b"qTStatus")


def test_task(machine, target):
    """Unprivileged code, which may not keep interrupts out."""
    at = machine.elf["code_wide_inside"]
    define(target, at)
    assert target.packet(b"QTStart") == b"OK"
    target.write(b"widetask 10\n")
    wait_for(target, b"task sum 55")
    assert hits(target, at) == 10


def test_user(boot):
    """Under memory protection."""
    machine = boot("user")
    if "run_as_user" not in machine.elf.symbols:
        pytest.skip("no memory protection in the tests of this architecture")
    target = machine.connect()
    wait_for(target, b"done, 0 failed")
    at = machine.elf["code_wide_inside"]
    define(target, at)
    assert target.packet(b"QTStart") == b"OK"
    target.write(b"ww")
    wait_for(target, b"wide 55")
    target.quiet()
    assert target.console.count(b"wide 55") == 2 and hits(target, at) == 20


def test_interrupts_are_not_lost(boot):
    """By time counted in instructions."""
    machine, hz = boot("load", extra=("-icount", "shift=3,sleep=off")), 1000
    target = machine.connect()
    at = machine.elf["code_wide_inside"]
    define(target, at)
    assert target.packet(b"QTStart") == b"OK"
    target.write(b"isr %d\n" % hz)
    wait_for(target, b"interrupts at")
    before = machine.peek("interrupts")
    target.write(b"wide 10000\n")
    wait_for(target, b", sum")
    ticks = int(re.search(rb"took (\d+)", target.console)[1])
    assert hits(target, at) == 10000
    assert machine.peek("interrupts") - before >= int(ticks / target.ticks * hz) > 20


@pytest.mark.parametrize("board, isa", [("mps2-an385", "armv6-m")])
def test_none(boot, board, isa):
    """A core that has no such jump: GDB says so, and it is a tracepoint like others."""
    text = gdb(boot("demo", build=variant(board, isa, program="demo", isa=isa)), *ALIGN,
               "ftrace pid_step", collect("measured"), "tstart", *WAIT, "tstop", "tfind",
               "print measured > 2000")
    assert "Target does not support fast tracepoints" in text and values(text) == [1], text


def test_stepped_over(demo, board):
    """By GDB, once: it collects, and is a jump again."""
    at = wide(demo, board, "pid_step")[0]
    before = max(a for a, _ in instructions(demo, board, "pid_step") if a < at)
    text = gdb(demo, f"ftrace *{at}", actions("collect $regs"), f"tbreak *{before}", "continue",
               "tstart", "stepi", f"print $pc == {at}", "stepi", f"print $pc == {at + 4}",
               "monitor probes", "tstop", "tstatus", "tfind", f"print $pc == {at}")
    assert values(text) == [1] * 3 and "Collected 1 trace frame" in text, text
    assert probes(text) == {at: "jump"}, text


def test_steps_after_it(machine, target):
    """While-stepping, which GDB leaves out of fast tracepoints, takes a breakpoint."""
    at = machine.elf["code_wide_inside"]
    assert target.packet(b"QTinit") == target.packet(b"QTDP:1:%x:E:2:0:F4-" % at) == \
        target.packet(b"QTDP:-1:%x:R0SR0" % at) == target.packet(b"QTStart") == b"OK"
    assert b"no jump: it goes on stepping" in bytes.fromhex(
        target.packet(b"qRcmd," + b"probes".hex().encode()).decode())
    target.write(b"wide 1\n")
    wait_for(target, b", sum 00000001")
    assert hits(target, at) == 1 and b";tframes:3;" in target.packet(b"qTStatus")

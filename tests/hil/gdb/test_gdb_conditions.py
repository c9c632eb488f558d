# SPDX-License-Identifier: MIT
"""Stock GDB: conditions and dprintf that the target evaluates itself."""
import os
import re
import select
import time

import pytest
from conftest import EACH_ARCH, arch_of, isa
from gdb import demo_runs, gdb
from rsp import PATIENCE

pytestmark = EACH_ARCH


@pytest.fixture
def demo(boot):
    return boot("demo")


def packets(text, name):
    return re.findall(rf"Sending packet: \$({name}[^#]*)#", text)


def console(machine, shown, timeout=PATIENCE):
    """What a terminal program would show, until `shown` has what it looks for."""
    fd, text, end = machine.open(), b"", time.monotonic() + timeout
    while not shown(text) and time.monotonic() < end:
        if select.select([fd], [], [], 0.05)[0]:
            text += os.read(fd, 4096)
    os.close(fd)
    return text


def test_condition(demo):
    """It stops where the condition first holds: GDB hears of no hit before."""
    text = gdb(demo, "tbreak pid_step if measured < 2450", "continue",
               "break pid_step if measured > 2500", "set debug remote 1", "continue",
               "set debug remote 0",
               "print measured")
    assert re.search(r"\$1 = 250[0-9]$", text, re.M), text
    assert ";X" in packets(text, "Z0")[0], text
    assert len(packets(text, "vCont;c")) == 1, text


def test_any_condition(demo):
    """Two breakpoints at one place: either stops."""
    text = gdb(demo, "break pid_step if measured == 1", "break pid_step if measured > 2500",
               "continue", "print measured > 2500")
    assert "$1 = 1" in text, text


def test_condition_that_fails_stops(demo):
    text = gdb(demo, "break pid_step if *(int *)0xf0000000 == 1", "continue",
               "print $pc == pid_step")
    assert "Cannot access memory at address 0xf0000000" in text, text
    assert "in testing breakpoint condition" in text, text
    assert "Breakpoint 1, pid_step" in text, text


def test_division_by_zero_stops(demo):
    text = gdb(demo, "break pid_step if 1 / (measured - measured) == 1", "continue")
    assert "Breakpoint 1, pid_step" in text, text


def test_step_ends_at_a_false_condition(demo, board):
    """Steps count instructions, whatever stands at them. Where GDB steps by breakpoints of its
    own (RISC-V) it merges them with the user's, and forgets that those have a condition: there
    it must evaluate that itself."""
    step = 4 if arch_of(board) == "aarch64" else 2
    where = "host" if isa(board).startswith("rv") else "target"
    text = gdb(demo, f"set breakpoint condition-evaluation {where}", "break pid_step", "continue",
               "x/4i $pc", f"break *($pc + {step}) if 0", f"break *($pc + {2 * step}) if 0",
               *["stepi", r'printf "at %lx\n", $pc'] * 3)
    listed = re.findall(r"^(?:=>|  ) 0x([0-9a-f]+)", text, re.M)
    assert re.findall(r"^at ([0-9a-f]+)$", text, re.M) == listed[1:], text


def test_dprintf(demo):
    """Text comes with each hit, in order, and nothing stops."""
    text = gdb(demo, "set dprintf-style agent",
               r'dprintf pid_step,"at %d of %d\n",measured,pid->setpoint',
               *demo_runs(30, "set var $from = s->number"),
               "print s->number - $from")
    printed = re.findall(r"^at (\d+) of 2500$", text, re.M)
    assert 20 <= len(printed) <= 32 and all(2300 < int(n) < 3100 for n in printed), text
    assert "$1 = 31" in text and "SIGTRAP" not in text, text


def test_dprintf_outlives_the_session(demo):
    """With disconnected-dprintf (the default) it goes on to the console, until another debugger
    comes."""
    gdb(demo, "set dprintf-style agent", "set breakpoint always-inserted on",
        r'dprintf pid_step,"at %d\n",measured', "tbreak telemetry", "continue")
    def shown(text):
        return len(re.findall(rb"^at [23]\d\d\d$", text, re.M)) > 10

    assert shown(console(demo, shown))
    text = gdb(demo, "monitor probes")
    assert "0 of" in text, text


def test_bad_conditions(demo):
    """Refused with a reason, and nothing has changed."""
    target = demo.connect()
    pc = demo.elf["pid_step"]
    assert target.packet(b"qSupported").count(b"ConditionalBreakpoints+;BreakpointCommands+") == 1
    target.packet(b"QNonStop:1")
    target.packet(b"?")
    for tail, error in (("X2,2201", b"E19"), ("X3,ff2701", b"E17"), ("X2,220", b"E11"),
                        ("X5,2201", b"E11"), ("Y", b"E11"), ("X1,02", b"E1b"),
                        ("cmds:0,X2,220", b"E11"), ("X3,222a27;X2,2201", b"E19"),
                        ("X1,27;", b"E11")):
        assert target.packet(b"Z0,%x,2;%s" % (pc, tail.encode())) == error, tail
        assert target.read(pc, 2) == target.raw(pc, 2), tail
    assert target.packet(b"Z0,%x,2;X3,220027" % pc) == b"OK"
    assert target.read(pc, 2) != target.raw(pc, 2)
    for _ in range(100):  # what it replaces is given back
        assert target.packet(b"Z0,%x,2;X3,220027" % pc) == b"OK"
    assert target.packet(b"z0,%x,2" % pc) == b"OK"
    assert target.read(pc, 2) == target.raw(pc, 2)

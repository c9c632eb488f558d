# SPDX-License-Identifier: MIT
"""Stock GDB on the agent's line, in all-stop mode: where it stops, what it sees there, how it
goes on. Facts come from the firmware's variables, and from QEMU behind the agent's back."""
import os
import re
import time

import pytest

import gdb as gdb_driver
import rsp
from conftest import (ARCH_BOARDS, EACH_ARCH, EVERY_BOARD, Registers, arch_of, instructions, isa,
                      word_of)
from rsp import PATIENCE

pytestmark = EACH_ARCH


@pytest.fixture
def machine(boot):
    return boot("debug")


def packets(gdb, name):
    """How many packets of that name GDB has sent since its log was last cleared."""
    return len(re.findall(rf"Sending packet: \${re.escape(name)}", gdb.traffic))


def first_register(board):
    return "$" + Registers(board).ret


# ---- attach and leave ----


def test_wait(machine, attach):
    """tl_wait_for_debugger() returns when a debugger lets it."""
    assert not machine.moves("rounds", 0.3)
    gdb = attach()
    assert "main ()" in gdb.run("bt") and gdb.value("rounds") == 0
    gdb.run("detach")
    assert machine.moves("rounds")


def test_halt(machine, gdb):
    """A stop is a halt of everything."""
    gdb.job("job_timer", "next")
    gdb.run("continue")
    assert machine.moves("ticks") and machine.moves("rounds")
    gdb.interrupt()
    assert not machine.moves("ticks", 0.3) and not machine.moves("rounds", 0.3)
    gdb.run("detach")
    assert machine.moves("ticks") and machine.moves("rounds")


@pytest.mark.parametrize("how", ["detach", "kill", "disconnect"])
def test_leave(machine, gdb, how):
    """Leaving puts the text back and lets the firmware run; not saying goodbye, too, for who
    comes next."""
    place = machine.elf["factorial"]
    text = machine.peek(place, 8)
    gdb.run("break factorial")
    gdb.run("continue")
    assert machine.moves("rounds") and machine.peek(place, 8) != text
    gdb.interrupt()
    assert gdb.value(f"*(unsigned long long *){place}") == text
    gdb.run(how)
    if how != "disconnect":
        assert machine.peek(place, 8) == text
        assert machine.moves("rounds")
    gdb.attach()
    assert gdb.value("rounds") > 0
    assert machine.peek(place, 8) == text  # until it goes on


@pytest.mark.parametrize("running", [True, False])
def test_killed(machine, attach, running):
    """A debugger that vanishes, and the next one."""
    gdb = attach()
    gdb.run("break factorial")
    gdb.run("continue")
    if not running:
        gdb.interrupt()
    gdb.kill()
    gdb = attach()
    assert gdb.job("job_break")["signal-name"] == "SIGTRAP"
    assert gdb.value("done") == 0


def test_halt_has_no_lease(machine, attach):
    """What a user has halted stands until a debugger lets it go, however long that is."""
    gdb = attach()
    gdb.kill()
    assert not machine.moves("rounds", 12)
    attach().run("continue")
    assert machine.moves("rounds")


# ---- memory and registers ----


def test_memory(machine, gdb):
    assert '"trapline"' in gdb.run("output greeting")
    gdb.run('set var greeting = "enilpart"')  # X
    assert machine.peek("greeting", 8) == int.from_bytes(b"enilpart", "little")
    gdb.run("set remote binary-download-packet off")
    gdb.run('set var greeting = "PARTLINE"')  # M
    assert machine.peek("greeting", 8) == int.from_bytes(b"PARTLINE", "little")
    gdb.run("set mem inaccessible-by-default off")  # or GDB would not even ask
    with pytest.raises(gdb_driver.GdbError, match="Cannot access memory"):
        gdb.value("*(char *)&place_unmapped")
    with pytest.raises(gdb_driver.GdbError, match="Cannot access memory"):
        gdb.run("set var *(char *)&place_unmapped = 1")
    gdb.run("detach")
    assert machine.moves("rounds")


@pytest.mark.parametrize("packet", ["P", "G"])
def test_registers(board, gdb, packet):
    """p and P, g and G: what GDB writes is what the firmware computes with."""
    if packet == "G":
        gdb.run("set remote set-register-packet off")
    gdb.run("break code_add")
    gdb.job("job_add")
    assert gdb.value(first_register(board)) == 20
    gdb.run(f"set var {first_register(board)} = 1000")
    assert gdb.value(first_register(board)) == 1000
    assert gdb.go("finish")["func"] == "job_add"
    assert gdb.value(first_register(board)) == 1022


SYSTEM = {"thumb": {"$msp": "(long)$sp", "$control": "0", "$primask": "0", "$psp": "0"},
          "riscv": {"$mepc": "(long)$pc", "$mtvec & ~3": "(long)&tl_vectors", "$mhartid": "0",
                    "$zero": "0", "$mcause": "3"},
          "aarch64": {"$ELR_EL1": "(long)$pc", "$VBAR_EL1": "(long)&tl_vectors",
                      "$MPIDR_EL1 & 0xff": "0", "$ESR_EL1 >> 26": "0x3c"},
          "supervisor": {"$sepc": "(long)$pc", "$stvec & ~3": "(long)&tl_vectors", "$zero": "0",
                         "$scause": "3", "$satp": "0"}}


@pytest.mark.parametrize("board", [*ARCH_BOARDS, "virt-rv32-s", "virt-rv64-s"])
def test_system_registers(board, gdb):
    arch = "supervisor" if isa(board).endswith("s") else arch_of(board)
    word = 2 ** (8 * word_of(board))  # some are signed, some are not
    for register, expected in SYSTEM[arch].items():
        assert gdb.value(register) % word == gdb.value(expected) % word, register
    if arch == "supervisor":
        assert gdb.value("$sstatus >> 5 & 1") == 1  # interrupts were let in
    elif arch == "riscv":
        assert gdb.value("$mstatus >> 7 & 1") == 1  # interrupts were let in
        assert gdb.value("$misa & 0xff") != 0
    elif arch == "thumb":
        gdb.run("set var $primask = 1")
        gdb.run("set var $basepri = 0x40")
        gdb.go("stepi")
        assert (gdb.value("$primask"), gdb.value("$basepri")) == (1, 0x40)
        gdb.run("set var $primask = 0")
        gdb.run("set var $basepri = 0")


def test_write_under_breakpoint(board, machine, gdb):
    """Text under a breakpoint that is in is what GDB makes it; what the agent could not step, or
    what has another length, is refused."""
    gdb.run("set breakpoint always-inserted on")
    place = machine.elf["code_add"]
    unit, nop, *refused = {"riscv": ("short", 0x0001, 0x0000, 0x0003),
                           "thumb": ("short", 0xBF00, 0xDE00, 0xF000),
                           "aarch64": ("int", 0xD503201F, 0x00000000)}[arch_of(board)]
    there, size = f"*(unsigned {unit} *){place}", {"short": 2, "int": 4}[unit]
    was = gdb.value(there)
    gdb.run("break *code_add if 0")
    gdb.run(f"set var {there} = {nop}")
    assert gdb.value(there) == nop != machine.peek(place, size)
    for bad in refused:
        with pytest.raises(gdb_driver.GdbError, match="Cannot access memory"):
            gdb.run(f"set var {there} = {bad}")
        assert gdb.value(there) == nop != machine.peek(place, size)
    gdb.run("delete")
    assert machine.peek(place, size) == nop
    gdb.run("break *code_add")
    gdb.job("job_add")
    gdb.run(f"set var {there} = {was}")  # where it stands
    assert until_done(gdb, machine) == 42
    gdb.interrupt()
    assert machine.peek(place, size) == was


@pytest.mark.parametrize("board", ["mps2-an385", "mps2-an505"])
def test_stack_pointers_after_call(machine, gdb):
    """msp and psp are right behind a function that GDB called; a stack pointer that it set
    stays."""
    for job in "job_factorial", "job_task":
        gdb.run("tbreak factorial")
        gdb.job(job)
        active = "$psp" if gdb.value("$psp") == gdb.value("$sp") else "$msp"
        before = gdb.value("$msp"), gdb.value("$psp")
        for _ in range(2):
            assert gdb.value("triangle(4)") == 10
            assert (gdb.value("$msp"), gdb.value("$psp")) == before
            assert gdb.value(active) == gdb.value("$sp")
        assert "factorial" in gdb.run("bt")
        gdb.run("set var $sp = $sp - 64")
        assert gdb.value("triangle(4)") == 10 and gdb.value("$sp") == before[active == "$psp"] - 64
        gdb.run("set var $sp = $sp + 64")
        assert until_done(gdb, machine) == 120
        gdb.interrupt()


@pytest.mark.parametrize("board", ["mps2-an386", "mps2-an505", "virt-rv32", "virt-rv64",
                                   "virt-aarch64"])
def test_fp_registers(board, gdb):
    first, other = ("$ft0", "$fs3") if arch_of(board) == "riscv" else ("$d0", "$d9")
    part = {"riscv": ".double", "aarch64": ".f"}.get(arch_of(board), "")
    for register, value in (first, "1.5"), (other, "-2.25"):
        gdb.run(f"set var {register}{part} = {value}")
    gdb.go("stepi")
    shown = gdb.run(f"info registers {first[1:]} {other[1:]}")
    assert re.search(r"\b1\.5\b", shown) and "-2.25" in shown, shown


# ---- stepping ----


def stepi(gdb, n=1):
    """Where n steps lead, one by one."""
    return [int(gdb.go("stepi")["addr"], 16) for _ in range(n)]


def stop_in(gdb, function, job):
    gdb.run(f"tbreak *{function}")
    stop = gdb.job(job)
    assert stop["reason"] == "breakpoint-hit"
    return int(stop["addr"], 16)


def until_done(gdb, machine):
    """Lets the firmware run until its job is done; the result."""
    before = machine.peek("done")
    gdb.run("delete")
    gdb.run("continue")
    end = time.monotonic() + PATIENCE
    while machine.peek("done") == before:
        assert time.monotonic() < end
        time.sleep(0.01)
    return machine.peek("result")


def test_own_breakpoint(board, machine, gdb):
    """The firmware's own bkpt and ebreak stop it, and are stepped past."""
    stop = gdb.job("job_break")
    assert stop["signal-name"] == "SIGTRAP" and gdb.pc() == machine.elf["step_break"]
    before = gdb.value(first_register(board))
    assert stepi(gdb) == [machine.elf["step_break"] + (4 if arch_of(board) == "aarch64" else 2)]
    assert gdb.value(first_register(board)) == before
    assert until_done(gdb, machine) == 42
    gdb.interrupt()
    gdb.job("job_break")
    assert until_done(gdb, machine) == 42


def test_calls(machine, gdb):
    """What GDB does with breakpoints of its own: finish, until, return, tbreak, and functions
    that it calls."""
    gdb.run("tbreak factorial if n == 3")
    gdb.job("job_factorial")
    assert [line.split(" (")[0].split()[-1] for line in gdb.run("bt").splitlines()] == \
        ["factorial"] * 3 + ["job_factorial", "main"]
    assert gdb.value("factorial(6)") == 720 and gdb.value("triangle(10)") == 55
    assert gdb.go("finish")["return-value"] == "6"
    gdb.run("tbreak factorial")
    assert gdb.job("job_factorial", "signal 0")["func"] == "factorial"
    gdb.run("return 7")
    assert "job_factorial" in gdb.run("frame")
    assert until_done(gdb, machine) == 7
    gdb.interrupt()
    gdb.run("tbreak triangle")
    gdb.job("job_triangle")
    gdb.go("next")
    gdb.go("next")
    assert gdb.value("i") == 1
    assert int(gdb.go("advance job_triangle")["line"]) > 0 and "job_triangle" in gdb.run("frame")
    assert until_done(gdb, machine) == 5050


def test_stack_pointer(machine, gdb):
    """A stack pointer that GDB sets is the one that the firmware goes on with."""
    gdb.run("tbreak factorial")
    gdb.job("job_factorial")
    sp = gdb.value("(unsigned long)$sp")
    gdb.run("set var $sp = $sp - 64")
    assert gdb.value("(unsigned long)$sp") == sp - 64
    stepi(gdb)
    assert gdb.value("(unsigned long)$sp") <= sp - 64
    gdb.run("set var $sp = $sp + 64")
    assert until_done(gdb, machine) == 120


def test_range_step(board, gdb):
    """`next` over a line with a loop is a few packets, not one for each instruction."""
    gdb.run("tbreak triangle")
    gdb.job("job_triangle")
    gdb.go("next")
    gdb.run("set debug remote 1")
    gdb.traffic = ""
    gdb.go("next")
    gdb.run("set debug remote 0")
    assert 1 <= packets(gdb, "vCont;r") <= 8 and packets(gdb, "vCont;s") == 0


def test_step_over_probes(machine, gdb):
    """A breakpoint, a kprobe and a step at one address: each counts, and the text is restored
    when the last goes."""
    place = machine.elf["code_add"]
    text = machine.peek(place, 4)
    gdb.job("job_probe", "next")
    until_done(gdb, machine)
    assert machine.peek(place, 4) != text
    gdb.interrupt()
    gdb.run("set breakpoint always-inserted on")
    gdb.run("break *code_add")
    gdb.job("job_add")
    assert gdb.value("kp.hits") == 1 and gdb.value("seen") == 1 and gdb.pc() == place
    assert gdb.value("*(unsigned *)$pc") == text
    probes = gdb.run("monitor probes")
    assert re.search(rf"{place:#x} kprobe .* hits 1\b", probes), probes
    assert re.search(rf"{place:#x} breakpoint .* hits 1\b", probes), probes
    assert stepi(gdb) == [machine.elf["code_add_return"]]
    assert until_done(gdb, machine) == 42
    assert machine.peek(place, 4) != text
    gdb.interrupt()
    assert stop_in(gdb, "job_add", "job_add")
    gdb.run("set var $kprobed = kp.hits")
    while gdb.pc() != place:
        stepi(gdb)
    assert stepi(gdb) == [machine.elf["code_add_return"]] and gdb.value("kp.hits - $kprobed") == 1
    assert until_done(gdb, machine) == 42
    gdb.interrupt()
    gdb.job("job_unprobe", "next")
    until_done(gdb, machine)
    assert machine.peek(place, 4) == text


def test_native_probe(machine, attach):
    """A host's probe and a breakpoint at one address."""
    line = machine.open()
    host = rsp.Target(line)
    host.add(1, machine.elf["code_add"], stay=1)
    host.command("QTl.bye", 1)
    os.close(line)
    gdb = attach("set breakpoint always-inserted on")
    gdb.run("break *code_add")
    gdb.job("job_add")
    assert re.search(r"probe of a host .* hits 1\n.* breakpoint .* hits 1\b",
                     gdb.run("monitor probes"))
    assert until_done(gdb, machine) == 42


def test_step_predicated(board, machine, gdb):
    """Each lane of an IT block is a step, and does what it does without."""
    stop_in(gdb, "code_predicated", "job_predicated")
    path = stepi(gdb, 8)
    assert len(set(path)) == 8
    assert until_done(gdb, machine) & 0xFFFFFFFF == 9


def test_step_exclusive(machine, gdb):
    """An exclusive sequence is one step, else it would never end."""
    stop_in(gdb, "job_exclusive", "job_exclusive")
    while stepi(gdb) != [machine.elf["code_exclusive"]]:
        pass
    assert stepi(gdb)[0] > machine.elf["code_exclusive_inside"]
    assert until_done(gdb, machine) == 42 and machine.peek("word") == 42


@pytest.mark.parametrize("word, way, result",
                         [(41, "step_window_out", 77), (1, "step_window_end", 3)])
def test_step_out_of_exclusive(machine, gdb, word, way, result):
    """Such a step ends at the way out that is taken: behind the sequence, or where a branch
    leads."""
    gdb.run(f"set var word = {word}")
    stop_in(gdb, "step_window", "job_window")
    while stepi(gdb) != [machine.elf["step_window_begin"]]:
        pass
    assert stepi(gdb) == [machine.elf[way]]
    assert "2 of" not in gdb.run("monitor probes")  # the other way out is free again
    assert until_done(gdb, machine) == result


def test_step_waits(board, machine, gdb):
    """wfi and the call of a supervisor, stepped over while the timer interrupts."""
    gdb.job("job_timer", "next")
    until_done(gdb, machine)
    gdb.interrupt()
    start = stop_in(gdb, "step_wait", "job_wait")
    ticks = gdb.value("ticks")
    before = gdb.value(first_register(board))
    assert stepi(gdb) == [start + (2 if arch_of(board) == "thumb" else 4)]
    stepi(gdb)
    assert gdb.value(first_register(board)) == before + 1 and gdb.value("ticks") > ticks
    assert until_done(gdb, machine) == 42
    gdb.interrupt()
    stop_in(gdb, "step_call", "job_call")
    path = stepi(gdb, 2)
    assert all(machine.elf["step_call"] < at < machine.elf["step_call"] + 16 for at in path), path
    assert until_done(gdb, machine) > 41


def test_step_interrupt(machine, gdb):
    """Into an interrupt's handler by a breakpoint, and out of it by steps, to where it came in."""
    gdb.run("tbreak tick")
    assert gdb.job("job_timer")["func"] == "tick"
    ticks = gdb.value("ticks")
    for _ in range(200):
        gdb.go("stepi")
        if gdb.value("ticks") > ticks and "main" in gdb.run("frame"):
            break
    else:
        pytest.fail("never came back to main")
    gdb.run("delete")
    gdb.run("continue")
    assert machine.moves("rounds") and machine.moves("ticks")


def test_step_over_poll(machine, gdb):
    """The agent's own code is no obstacle to `next`."""
    seen = set()
    for _ in range(30):
        seen.add(gdb.go("next")["line"])
        assert "main ()" in gdb.run("frame")
    assert gdb.value("rounds") > 1 and len(seen) > 3


# ---- faults ----

FAULTS = [("job_load", "code_load", "SIG(BUS|SEGV)"), ("job_undefined", "step_undefined", "SIGILL")]


@pytest.mark.parametrize("job, place, signal", FAULTS)
def test_fault(machine, gdb, job, place, signal):
    """A fault stops the firmware where it is; continuing hands it to the firmware's own handler."""
    stop = gdb.job(job)
    assert re.fullmatch(signal, stop["signal-name"]) and gdb.pc() == machine.elf[place]
    assert gdb.value("check_fault.count") == 0
    assert until_done(gdb, machine) == 77  # CHECK_FIXED
    gdb.interrupt()
    assert gdb.value("check_fault.count") == 1 and gdb.value("check_fault.pc") == machine.elf[place]


def test_fault_averted(board, machine, gdb):
    """What the debugger sets right, `signal 0` tries again."""
    gdb.job("job_load")
    gdb.run(f"set var {first_register(board)} = (long)&word")
    gdb.run("signal 0")
    while not machine.peek("done"):
        time.sleep(0.01)
    assert machine.peek("result") == 41 and machine.peek("check_fault") == 0


@pytest.mark.parametrize("board", ["mps2-an385"])
def test_divide(machine, gdb):
    stop = gdb.job("job_divide")
    assert stop["signal-name"] == "SIGFPE" and gdb.pc() == machine.elf["step_divide"]
    gdb.run("set var $r1 = 6")
    gdb.run("signal 0")
    while not machine.peek("done"):
        time.sleep(0.01)
    assert machine.peek("result") == 7


# ---- the rest of the protocol ----


def test_protocol(attach, machine):
    """What was agreed on when it attached; acks, where they are wanted."""
    gdb = attach("set debug remote 1")
    gdb.run("set debug remote 0")
    size = int(re.search(r"PacketSize=([0-9a-f]+)", gdb.traffic)[1], 16)
    assert "QStartNoAckMode+" in gdb.traffic and packets(gdb, "QStartNoAckMode") == 1
    assert f"{size}" in gdb.run("show remote memory-read-packet-size")
    gdb.kill()
    gdb = attach("set remote noack-packet off")
    assert gdb.value("factorial(4)") == 24


def test_monitor(machine, gdb):
    assert all(f"monitor {name}" in gdb.run("monitor help")
               for name in ("help", "probes", "check ADDR", "counters", "reset", "halt on",
                            "halt off"))
    assert re.search(
        r"ticks \d+ of \d+ a second\nring 0 of \d+ bytes\nbad frames 0\npackets lost 0\n",
        gdb.run("monitor counters"))
    assert "0 of" in gdb.run("monitor probes") and "no such command" in gdb.run("monitor nonsense")
    gdb.run("set var word = 5")
    assert "reset" in gdb.run("monitor reset")
    time.sleep(0.5)
    gdb.run("disconnect")
    gdb.attach()
    assert gdb.value("word") == 41 and gdb.value("rounds") == 0 and "main ()" in gdb.run("bt")


REFUSED = [("tl_poll", "inside the agent"), ("step_undefined", "undefined or unpredictable"),
           ("code_exclusive_inside", "between load- and store-exclusive")]


@pytest.mark.parametrize("where, why", REFUSED)
def test_refused(machine, gdb, where, why):
    """GDB has words of its own when a breakpoint is refused; the agent's are on the console, and
    asked for by `monitor check`."""
    place = machine.elf[where]
    assert f"{place:#x}: no breakpoint or probe: {why}" in gdb.run(f"monitor check {place:#x}")
    assert re.search(r": accepted, an instruction of [24] bytes, its step: boosted$",
                     gdb.run(f"monitor check {machine.elf['factorial']:x}").strip())
    gdb.run(f"break *{place}")
    with pytest.raises(gdb_driver.GdbError):
        gdb.run("continue")
        gdb.stop()
    assert "Cannot insert breakpoint 1" in gdb.traffic
    gdb.run("delete")
    gdb.run("continue")
    assert machine.moves("rounds")
    gdb.interrupt()
    assert f"trapline: breakpoint at {place:#x} refused: {why}" in "".join(gdb.log)


@pytest.mark.parametrize("setup", [(), ("set remote noack-packet off",), ("set non-stop on",)],
                         ids=["no acks", "acks", "non-stop"])
def test_long_answer(board, machine, attach, setup):
    """What one packet does not hold comes in several: whole, and before what is asked next."""
    gdb = attach(*setup, "set breakpoint always-inserted on")
    places = [at for function in ("factorial", "triangle", "code_add")
              for at, _ in instructions(machine, board, function)][:15]
    for at in places:
        gdb.run(f"break *{at:#x}")
    lines = gdb.run("monitor probes").splitlines()
    assert [int(line.split()[0], 16) for line in lines[:-1]] == places, lines
    assert re.fullmatch(r"15 of \d+ points in use", lines[-1]), lines
    assert gdb.run("monitor counters").startswith("ticks ")


@EVERY_BOARD
def test_smoke(machine, attach):
    """Every board: attach, break, step, return, memory, detach, in main and in an unprivileged
    task."""
    gdb = attach()
    for job in ("job_factorial", "job_task"):
        gdb.run("tbreak factorial")
        gdb.job(job)
        assert gdb.value("n") == 5
        stepi(gdb, 2)
        assert until_done(gdb, machine) == 120
        gdb.interrupt()
    regions = re.findall(r"^\d+\s+y\s+(0x\S+)\s+(0x\S+)\s+(\S+)", gdb.run("info mem"), re.M)
    here, stack = gdb.pc(), gdb.value("(unsigned long)$sp - 1")
    assert any(int(low, 16) <= here < int(high, 16) for low, high, _ in regions), regions
    assert any(int(low, 16) <= stack < int(high, 16) and kind == "rw"
               for low, high, kind in regions), regions
    assert gdb.run("monitor help").endswith("monitor reset: as the reset button\n")
    gdb.run("detach")
    assert machine.moves("rounds")


@pytest.mark.parametrize("board", ["netduinoplus2"])
def test_flash(machine, gdb):
    """A breakpoint in flash, which ignores writes, is refused; nothing else is harmed."""
    assert "hardware breakpoints for read-only addresses" in gdb.run("break *_write")
    with pytest.raises(gdb_driver.GdbError):
        gdb.go("continue")
    assert "Cannot insert hardware breakpoint 1" in gdb.traffic, gdb.traffic
    assert "memory did not take the write" in gdb.run(f"monitor check {machine.elf['_write']:#x}")
    gdb.run("delete")
    gdb.run("continue")
    assert machine.moves("rounds")

# SPDX-License-Identifier: MIT
"""Stock GDB in non-stop mode: the firmware keeps its deadlines. A stop is a snapshot, unless
`monitor halt on` makes it a halt."""
import re
import time

import pytest

from conftest import EACH_ARCH, ROOT
from gdb import GdbError

pytestmark = EACH_ARCH

NON_STOP = "set non-stop on", "set mi-async on"
QUIET = *NON_STOP, "set may-interrupt off"


@pytest.fixture
def machine(boot):
    """Its time is counted in instructions: what else the host does has no influence."""
    return boot("debug", extra=("-icount", "shift=5,sleep=off"))


@pytest.fixture
def running(machine, attach):
    """Firmware that runs, its timer, too: a debugger has been there."""
    gdb = attach()
    gdb.job("job_timer", "next")
    gdb.run("detach")
    gdb.close()
    assert machine.moves("ticks") and machine.moves("rounds")
    return machine


def goes_on(machine):
    return machine.moves("ticks") and machine.moves("rounds")


def interrupt(gdb):
    gdb.run("interrupt")
    return gdb.stop()


def looker_on(attach):
    """In non-stop mode, the thread shown as stopped."""
    gdb = attach(*NON_STOP)
    gdb.stop()
    return gdb


def test_undisturbed(running, attach):
    """With `set may-interrupt off` GDB is an onlooker."""
    gdb = attach(*QUIET)
    assert "(running)" in gdb.run("info threads")
    before = gdb.value("ticks")
    assert running.moves("ticks")
    assert gdb.value("ticks") > before
    assert "ticks" in gdb.run("monitor counters")
    assert not gdb.stops and goes_on(running)
    gdb.run('set var greeting = "TRAPLINE"')
    assert running.peek("greeting", 8) == int.from_bytes(b"TRAPLINE", "little")
    gdb.run("detach")
    assert goes_on(running)


def test_snapshot(running, attach):
    """A stop is a snapshot: registers of that moment, memory of this. The attach ends in one."""
    gdb = looker_on(attach)
    assert "main" in gdb.run("bt") and "(running)" not in gdb.run("info threads")
    assert goes_on(running)
    pc, ticks = gdb.pc(), gdb.value("ticks")
    assert running.moves("ticks")
    gdb.run("maintenance flush register-cache")
    assert gdb.pc() == pc and gdb.value("ticks") > ticks
    with pytest.raises(GdbError):
        gdb.run("set var $pc = 0")
    gdb.run("continue&")
    assert "(running)" in gdb.run("info threads") and goes_on(running)
    interrupt(gdb)
    assert gdb.value("ticks") > ticks and "main" in gdb.run("bt") and goes_on(running)
    gdb.run("continue&")
    time.sleep(0.3)
    assert "(running)" in gdb.run("info threads") and not gdb.stops


def test_breakpoint(running, attach):
    """A breakpoint that is hit shows the registers of that moment, and the firmware has gone on."""
    gdb = looker_on(attach)
    gdb.run("tbreak triangle")
    gdb.run("continue&")
    gdb.run("set var job = job_triangle")
    assert gdb.stop()["func"] == "triangle"
    assert gdb.value("n") == 100
    while not running.peek("done") >= 2:
        time.sleep(0.01)
    assert running.peek("result") == 5050 and goes_on(running)


def test_halt_on(running, attach):
    """`monitor halt on`: a stop is a halt, and can be stepped from."""
    gdb = looker_on(attach)
    assert "halts" in gdb.run("monitor halt on")
    gdb.run("continue&")
    interrupt(gdb)
    assert not running.moves("ticks", 0.3) and not running.moves("rounds", 0.3)
    pc = gdb.pc()
    gdb.run("stepi&")
    gdb.stop()
    assert gdb.pc() != pc and not running.moves("rounds", 0.3)
    gdb.run("continue&")
    assert goes_on(running)
    gdb.run("monitor halt off")
    interrupt(gdb)
    assert goes_on(running)


def latest(machine, gdb, work):
    """The longest delay of a timer interrupt while `work` is done, in ticks."""
    gdb.run("set var late = 0")
    start = machine.peek("ticks")
    for _ in range(10):
        work()
    while machine.peek("ticks") - start < 200:
        time.sleep(0.01)
    return machine.peek("late")


def undisturbed(gdb_of, machine):
    """The same of a session that does nothing."""
    gdb = gdb_of(*QUIET)
    alone = latest(machine, gdb, lambda: time.sleep(0.01))
    gdb.run("disconnect")
    gdb.close()
    return alone


def assert_in_time(what, alone, busy, gdb, us=150):
    """Interrupts were delayed by less than that over none at all."""
    hz = int(re.search(r"of (\d+) a second", gdb.run("monitor counters"))[1])
    print(f"{what}: {(busy - alone) * 1e6 / hz:.0f} us later than the {alone * 1e6 / hz:.0f} us of "
          f"nothing")
    assert busy <= alone + hz * us / 1000000


def test_deadlines(running, attach):
    """A session of reads and snapshots."""
    alone = undisturbed(attach, running)
    gdb = looker_on(attach)

    def work():
        gdb.run("continue&")
        interrupt(gdb)
        gdb.run("bt")
        gdb.run("x/16xb &word")

    assert_in_time("reads and snapshots", alone, latest(running, gdb, work), gdb)


def looked_at():
    """A line in main's loop that runs for each job that there is. (Not that which tl_poll()
    returns to, where GDB finds itself.)"""
    source = (ROOT / "tests/target/debug.c").read_text().splitlines()
    return next(n for n, line in enumerate(source, 1) if "address_of((void *)job) ==" in line)


IN_THE_LOOP = {"condition": "break debug.c:{} if rounds == 0 && word == 1000",
               "dprintf": 'dprintf debug.c:{},"round %d\\n",rounds',
                 "snapshot": "break debug.c:{}"}


@pytest.mark.parametrize("what", IN_THE_LOOP)
def test_deadlines_at_breakpoints(running, attach, what):
    """Many hits in main's loop, meanwhile: conditions that are false, text that is printed,
    stops that are snapshots."""
    alone = undisturbed(attach, running)
    gdb = looker_on(attach)
    gdb.run("set dprintf-style agent")
    gdb.run("set breakpoint always-inserted on")
    gdb.run(IN_THE_LOOP[what].format(looked_at()))

    def work():
        gdb.run("continue&")
        gdb.stop() if what == "snapshot" else interrupt(gdb)
        gdb.run("bt")

    busy = latest(running, gdb, work)
    hits = int(re.search(r" breakpoint .* hits (\d+), passed (\d+)",
                         gdb.run("monitor probes"))[1 if what == "snapshot" else 2])
    assert hits > 20
    assert_in_time(f"{hits} hits, {what}", alone, busy, gdb, us=300)

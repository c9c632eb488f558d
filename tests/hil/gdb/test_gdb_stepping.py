# SPDX-License-Identifier: MIT
"""Stock GDB: while-stepping. What is collected at the steps behind a hit, and who may come
between. What GDB's own steps show is what the frames are held against."""
import re
import time

import pytest
from conftest import EACH_ARCH, arch_of, instructions
from gdb import GdbError, demo_runs, gdb
from rsp import PATIENCE

pytestmark = EACH_ARCH

SMALL = "set trace-buffer-size 1500"
LIST = ["tfind start",
        'while $trace_frame >= 0\nprintf "frame %d %lu\\n", $tracepoint, $pc\ntfind\nend']


@pytest.fixture
def demo(boot):
    return boot("demo")


@pytest.fixture
def machine(boot):
    return boot("debug")


def steps(n, *what, at_hit=()):
    return "\n".join(["actions", *(f"collect {w}" for w in at_hit), f"while-stepping {n}",
                      *(f"collect {w}" for w in what), "end", "end"])


def run(demo, *commands, wait=30, then=()):
    """A trace run of so many iterations of the demo's loop, and its frames."""
    text = gdb(demo, *commands, *demo_runs(wait, "tstart"), "tstop", "tstatus", *LIST, *then)
    # the firmware ran on
    assert len(re.findall(r"^Temporary breakpoint \d+, telemetry", text, re.M)) == 2, text
    return text


def frames(text):
    """Of each its tracepoint and PC."""
    return [(int(n), int(pc)) for n, pc in re.findall(r"frame (\d+) (\d+)$", text, re.M)]


def addresses(machine, board, function):
    return [address for address, _ in instructions(machine, board, function)]


def test_frames(board, demo):
    """Each step has a frame with its PC and what its actions collect; a pass count ends the run
    behind the steps."""
    at = addresses(demo, board, "pid_step")
    text = run(demo, "trace pid_step", steps(3, "measured", "pid->setpoint", at_hit=["measured"]),
               "passcount 2",
               then=["info tracepoints",
                     *["tfind 6", "print measured == $measured", "print pid->setpoint", "tdump",
                       "tfind 4", "print pid->setpoint"]])
    assert frames(text) == [(1, pc) for pc in 2 * at[:4]], text
    assert "Trace stopped by tracepoint 1" in text and "already hit 2 times" in text, text
    assert re.search(r"^\$\d+ = 2500$", text, re.M), text
    assert "pid->setpoint = 2500" in text, text
    assert "Data collected at tracepoint 1, trace frame 6" in text, text


def test_as_gdb_steps(board, demo):
    """Frames are where GDB's own steps stop, which are the tracepoint's steps, too."""
    listed = ["tbreak pid_step", "continue", *["stepi", 'printf "step %lu\\n", $pc'] * 12]
    text = gdb(demo, "trace pid_step", steps(10), "tstart", *listed, "tstop", *LIST)
    seen = [int(pc) for pc in re.findall(r"^step (\d+)$", text, re.M)]
    assert len(seen) == 12 and seen[:3] == addresses(demo, board, "pid_step")[1:4], text
    assert frames(text) == [(1, demo.elf["pid_step"])] + [(1, pc) for pc in seen[:10]], text


def test_out_of_the_function(board, demo):
    """Into what it calls and back into the caller; without anything to collect the PC is known
    all the same."""
    text = run(demo, SMALL, "set circular-trace-buffer on", "trace pid_step", steps(200))
    seen = {pc for _, pc in frames(text)}
    assert len(frames(text)) >= 4 and len(seen) >= 4, text


def test_all_the_time(board, demo):
    """A context that is stepped without end: over the agent's code and interrupts, which come as
    ever."""
    text = run(demo, SMALL, "set circular-trace-buffer on", "trace pid_step", steps(1000000),
               "trace filter_update", "actions 2\ncollect counts\nend")
    created = int(re.search(r"\(of (\d+) created total\)", text)[1])
    assert created > 500, text
    main = addresses(demo, board, "main")
    assert {pc for n, pc in frames(text) if n == 1} and main, text


def test_two_in_one_context(board, demo):
    """The second one hits while the first one's steps go on: both collect until they are
    through."""
    at = addresses(demo, board, "pid_step")
    text = run(demo, "trace pid_step", steps(4), f"trace *{at[2]:#x}", steps(3), "passcount 1 2")
    assert frames(text)[:4] == [(1, at[0]), (1, at[1]), (1, at[2]), (2, at[2])], text
    assert frames(text)[4:] == [(1, at[3]), (2, at[3]), (1, at[4]), (2, at[4]), (2, at[5])], text


def test_two_contexts(board, demo):
    """While one is stepped another one's hits collect, but for their steps, which are missed."""
    text = gdb(demo, SMALL, "set circular-trace-buffer on", "trace pid_step", steps(1000000),
               "trace filter_update", steps(3),
               *demo_runs(50, "tstart"), "monitor probes", "tstop", *LIST)
    assert re.search(r"tracepoint \w+ hits \d+, missed \d\d", text), text


def test_in_an_interrupt(board, demo):
    """Each hit is followed by its two steps. Those of a hit may be missed while GDB steps over
    its breakpoint, however slow it is."""
    at = addresses(demo, board, "filter_update")
    text = run(demo, "set circular-trace-buffer on", "trace filter_update", steps(2))
    found = "".join({at[0]: "a", at[1]: "b"}.get(pc, "c") for _, pc in frames(text))
    assert re.fullmatch("b?c?(abc|a)+b?", found) and found.count("abc") >= 3, text


def test_to_the_end_of_an_interrupt(demo):
    """The handler's steps end with it at the latest, and the firmware goes on."""
    text = run(demo, SMALL, "set circular-trace-buffer on", "trace filter_update", steps(100000),
               wait=100, then=["info tracepoints"])
    assert int(re.search(r"already hit (\d+) times", text)[1]) > 20, text


def test_what_is_probed_on_the_way_fires(board, demo):
    """What prints, and a tracepoint, on stepped addresses; then a breakpoint, and the steps go
    on behind it."""
    at = addresses(demo, board, "pid_step")
    text = gdb(demo, "set dprintf-style agent", "trace pid_step", steps(8),
               f'dprintf *{at[2]:#x},"there %d\\n",2 + 2', f"trace *{at[4]:#x}",
               f"tbreak *{at[6]:#x}",
               "tstart", "continue", "monitor probes", "delete 2", *demo_runs(20), "tstop", *LIST)
    assert "there 4\n" in text, text
    assert text.index("there 4") < text.index("Temporary breakpoint 4, "), text
    expected = []
    for i in range(9):
        expected += [(1, at[i])] + [(3, at[4])] * (i == 4)
    assert frames(text)[:10] == expected, text


def test_stop_meanwhile(board, demo):
    """tstop while GDB has the context halted in the middle of its steps."""
    at = addresses(demo, board, "pid_step")
    text = gdb(demo, "trace pid_step", steps(8), f"tbreak *{at[3]:#x}", "tstart", "continue",
               "tstop", *demo_runs(20), *LIST)
    assert frames(text) == [(1, pc) for pc in at[:4]], text
    assert len(re.findall(r"^Temporary breakpoint \d+, telemetry", text, re.M)) == 2, text


def test_full_buffer(board, demo):
    """It ends the run in the middle of the steps, with whole frames only."""
    text = run(demo, SMALL, "trace pid_step", steps(1000))
    assert "Trace stopped because the buffer was full" in text, text
    assert [pc for _, pc in frames(text)[:4]] == addresses(demo, board, "pid_step")[:4], text


def test_without_gdb(demo):
    """It goes on when GDB has left; the next one is told of the steps and their actions."""
    gdb(demo, "set trace-buffer-size 2000", "trace pid_step", steps(3, "measured"),
        "set disconnected-tracing on", "tstart", "detach")
    samples = demo.samples()
    demo.until(lambda: demo.samples() > samples + 100)
    text = gdb(demo, "tstatus", "info tracepoints", *LIST)
    assert "Trace stopped because the buffer was full" in text, text
    assert re.search(r"while-stepping 3\n +collect measured\n", text), text
    found = frames(text)
    assert len(found) > 4 and found[0] == found[4] and len(set(found[:4])) == 4, text


FAULTS = [("job_load", "code_load"), ("job_undefined", "step_undefined")]


@pytest.mark.parametrize("name, place", FAULTS)
def test_fault(machine, attach, name, place):
    """A fault ends the steps; its handler runs at full speed."""
    g = attach()
    tracepoint(g, name, 1000)
    stop = g.job(name)
    assert stop["signal-name"] != "SIGTRAP" and g.pc() == machine.elf[place]
    finish(g, machine)
    assert g.value("check_fault.count") == 1 and g.value("result") == 77
    seen = collected(g)
    assert seen[0] == machine.elf[name] and seen[-1] == machine.elf[place] and len(seen) < 20


def tracepoint(g, where, n):
    """g.run() takes a line: a command file has more."""
    path = f"/tmp/trapline-{where}-{id(g)}.gdb"
    with open(path, "w") as f:
        f.write(f"trace *{where}\n{steps(n)}\ntstart\n")
    g.run(f"source {path}")


def do(g, machine, name):
    for variable, value in ("done", 0), ("result", 0), ("word", 41), ("job", name):
        g.run(f"set var {variable} = {value}")
    finish(g, machine)


def finish(g, machine):
    g.run("continue")
    end = time.monotonic() + PATIENCE
    while not machine.peek("done"):
        assert time.monotonic() < end, "".join(g.log[-20:])
        time.sleep(0.02)
    g.interrupt()


def collected(g):
    """The PCs of all frames."""
    g.run("tstop")
    seen = [g.run("tfind start") and g.pc()]
    try:
        while True:
            g.run("tfind")
            seen.append(g.pc())
    except GdbError:
        g.run("tfind none")
    return seen


@pytest.mark.parametrize("name, function", [
    ("job_call", "step_call"), ("job_wait", "step_wait"), ("job_exclusive", "code_exclusive"),
    ("job_predicated", "code_predicated")])
def test_odd_instructions(board, machine, attach, name, function):
    """Calls to the supervisor, waits, exclusive sequences, predicates: the steps get past them,
    and the result is as without."""
    g = attach()
    do(g, machine, "job_timer")
    do(g, machine, name)
    bare = g.value("result")
    steps = 13 if arch_of(board) == "aarch64" else 14  # as many of its frames as there is room for
    tracepoint(g, name, steps)
    do(g, machine, name)
    assert g.value("result") == bare
    seen, caller = collected(g), addresses(machine, board, name)
    assert seen[0] == machine.elf[name] and len(seen) == steps + 1, [hex(pc) for pc in seen]
    assert any(pc in caller
               for pc in seen[seen.index(machine.elf[function]):]), [hex(pc) for pc in seen]

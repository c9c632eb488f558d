# SPDX-License-Identifier: MIT
"""Stock GDB: tracepoints that collect on the target, and what GDB finds in the frames."""
import re

import pytest
from conftest import EACH_ARCH, Registers, wait_for
from gdb import demo_runs, gdb

pytestmark = EACH_ARCH


@pytest.fixture
def demo(boot):
    return boot("demo")


def actions(*what):
    return "\n".join(["actions", *what, "end"])


def collect(*what):
    return actions(*(f"collect {w}" for w in what))


def run(demo, *commands, wait=30):
    """A trace run of so many iterations of the demo's loop between `tstart` and what follows."""
    before, after = commands[:commands.index("wait")], commands[commands.index("wait") + 1:]
    # GDB looks at no frame while it believes that the trace runs
    return gdb(demo, *before, *demo_runs(wait, "tstart"), "tstatus", *after)


def values(text):
    return [int(n) for n in re.findall(r"^\$\d+ = (-?\d+)$", text, re.M)]


def test_frames(demo):
    """Registers, a local, memory through a pointer: as they were at each hit, in order."""
    text = run(demo, "trace pid_step", collect("$regs", "measured", "*pid"), "passcount 3", "wait",
               *["tfind", "print measured", "print pid->setpoint", "print $pc == pid_step",
                 "print pid->last_error"] * 3, "tfind")
    assert "Trace stopped by tracepoint 1" in text and "Collected 3 trace frames" in text, text
    assert [f"Found trace frame {i}, tracepoint 1" in text for i in range(3)] == [True] * 3, text
    assert "No trace frame found" in text, text
    found = values(text)
    assert len(found) == 12 and found[1::4] == [2500] * 3 and found[2::4] == [1] * 3, text
    measured, errors = found[0::4], found[3::4]
    # each hit sees what the one before has left
    assert errors[1:] == [2500 - m for m in measured[:2]], text


def test_backtrace_in_a_frame(demo):
    text = run(demo, "trace pid_step", collect("$regs", "*(char (*)[64])$sp"), "passcount 1",
               "wait", "tfind 0", "backtrace")
    assert re.search(r"#0  pid_step .*\n#1  0x[0-9a-f]+ in main ", text), text


def test_condition_and_passcount(demo):
    text = run(demo, "trace pid_step if measured % 2 == 0", collect("measured"), "passcount 5",
               "wait", "info tracepoints",
               *["tfind", "print measured"] * 5)
    found = values(text)
    assert len(found) == 5 and all(n % 2 == 0 for n in found), text
    assert "already hit 5 times" in text and "trace only if measured % 2 == 0" in text, text


def test_several_tracepoints(demo):
    """tfind by tracepoint, PC and range. Until the main loop's has hit: the interrupt's hits
    while GDB has it halted, too."""
    text = run(demo, "set circular-trace-buffer on", "trace pid_step", collect("measured"),
               "trace filter_update", collect("counts"), "passcount 4 1", "wait", "tstop",
               "tfind tracepoint 2", "print counts > 1000", "print $pc == filter_update",
               "tfind tracepoint 1", "print measured > 2000",
               "tfind none", "tfind pc pid_step", "print $pc == pid_step", "tfind start",
               "tfind outside pid_step, pid_step + 8",
               "print $pc == filter_update", "tfind start", "tfind range pid_step, pid_step + 8",
               "print $pc == pid_step")
    assert values(text) == [1] * 6, text


def test_not_collected_is_unavailable(demo):
    """Memory that was not collected is no lie; text is read from the program."""
    text = run(demo, "trace pid_step", collect("measured"), "passcount 1", "wait", "tfind 0",
               "print pid->setpoint", "print $sp", "x/i $pc")
    assert text.count("<unavailable>") >= 1 and not values(text), text
    assert re.search(r"=> 0x[0-9a-f]+ <pid_step>:\t[a-z]", text), text


def test_tdump(demo):
    text = run(demo, "trace pid_step", collect("measured", "*pid"), "passcount 1", "wait",
               "tfind 0", "tdump")
    assert re.search(r"^measured = 2\d\d\d$", text, re.M), text
    assert "*pid = {setpoint = 2500, kp = 64, ki = 1, kd = 16" in text, text


def test_trace_state_variables(demo):
    """Counted and collected on the target."""
    text = run(demo, "tvariable $n = 5", "trace pid_step",
               actions("collect $n", "teval $n = $n + 2"), "passcount 3",
               "wait", *["tfind", "print $n"] * 3, "tfind none", "print $n", "info tvariables")
    assert values(text) == [5, 7, 9, 11], text
    assert re.search(r"^\$n +5 +11 *$", text, re.M), text


def test_variable_collected_twice(demo):
    """The frame has its last value, here as in the file."""
    text = run(demo, "tvariable $n = 5", "trace pid_step",
               actions("collect $n", "teval $n = $n + 2", "collect $n"), "passcount 1", "wait",
               "tfind", "print $n")
    assert values(text) == [7], text


def test_timestamp(demo):
    """Microseconds, by the clock of hits."""
    text = run(demo, "info tvariables", "trace pid_step", actions("collect $trace_timestamp"),
               "passcount 3", "wait", *["tfind", "print $trace_timestamp"] * 3,
               "tfind none", "print $trace_timestamp", "monitor counters", "print $trace_timestamp")
    first, second, third, before, after = values(text)
    assert re.search(r"^\$trace_timestamp +0 ", text, re.M), text
    assert first < second < third < before < after, text
    ticks, hz = map(int, re.search(r"^ticks (\d+) of (\d+) a second", text, re.M).groups())
    # which it began to count at tl_init()
    assert before - 1e6 < ticks * 1e6 / hz < after + 1e6, text


def test_memory_alone(demo):
    """A frame that collects memory has the registers, too: without them GDB does not find
    callers."""
    text = run(demo, "trace pid_step", collect("head"), "passcount 1", "wait", "tfind 0",
               "print $sp > 0", "print $pc == pid_step", "backtrace 1")
    assert values(text) == [1, 1] and re.search(r"^#0  pid_step", text, re.M), text
    assert "not available" not in text, text


def test_find_what_no_core_has(demo):
    """GDB's addresses have 64 bits, and those of -1 all."""
    text = run(demo, "trace pid_step", collect("measured"), "passcount 2", "wait", "tfind pc -1",
               "tfind range 0, -1", "print $trace_frame", "tfind pc pid_step",
               "print $trace_frame", "tfind none", "tfind outside 0, -1", "tfind range -2, -1",
               "tfind pc 0xffffffff00000000")
    assert values(text) == [0, 1] and text.count("No trace frame found") == 4, text
    assert "error" not in text.lower(), text


def test_added_in_a_run(demo):
    """GDB installs what is defined while a run is on."""
    text = gdb(demo, "trace pid_step", collect("measured"), "tstart", "trace telemetry",
               collect("duty"), "info tracepoints", *demo_runs(3),
               "tstop", "tstatus", "tfind tracepoint 2", "print $pc == telemetry")
    assert "not installed on target" not in text and values(text) == [1], text


def test_much_source(demo):
    """Sources fill the agent's memory and give way: the constants that GDB reads by QTro are
    there, whatever the actions' text."""
    long = collect("head", *(f"{'(' * 50}head{')' * 50}" for _ in range(3)))
    text = run(demo, *[part for place in ("pid_step", "telemetry", "filter_update")
                       for part in (f"trace {place}", long)], "wait", "tstop", "tfind 0",
               "x/2xh $pc", "tfind none", wait=3)
    assert not re.search("unavailable|Cannot access", text), text
    assert re.search(r"^0x[0-9a-f]+ <\w+>:\s0x", text, re.M), text
    assert "source of the tracepoint at" in text and "TL_NOTES is used up" in text, text
    assert "does not support source" not in text, text


def test_buffer_full(demo):
    """A limited buffer ends the run, with whole frames only."""
    text = run(demo, "set trace-buffer-size 1024", "trace pid_step", collect("*pid"), "wait",
               "tfind 0", "print pid->setpoint")
    assert "Trace stopped because the buffer was full" in text, text
    frames, free, size = map(int,
                             re.search(
                                 r"Collected (\d+) trace frames.\nTrace buffer has (\d+) bytes of "
                                 r"(\d+) bytes free", text).groups())
    assert size == 1024 and 3 <= frames <= 10 and free < 340 and values(text) == [2500], text


def test_circular_buffer(demo):
    """The newest frames stay."""
    text = run(demo, "set trace-buffer-size 1024", "set circular-trace-buffer on", "trace pid_step",
               collect("$regs", "measured"), "wait",
               "print s->temperature", "tstop",
               *["tfind", "print measured", "print $trace_frame"] * 2, wait=150)
    found = re.search(r"Buffer contains (\d+) trace frames \(of (\d+) created total\)", text)
    assert found and 3 <= int(found[1]) <= 15 and int(found[2]) > 20, text
    assert "Trace buffer is circular" in text, text
    last, oldest = values(text)[:2]
    assert last - 60 < oldest, text  # it warms by about 1.5 a sample


def test_bad_pointer_ends_the_run_with_an_error(demo):
    text = run(demo, "trace pid_step", collect("measured", "*(int *)0xf0000000"), "wait", "tfind 0",
               "print measured > 2000")
    assert "Trace stopped by an error" in text, text
    assert "memory cannot be read or written there: 0xf0000000" in text, text
    assert values(text) == [1], text  # what came before the error is kept


def test_enable_and_disable_in_a_run(demo):
    text = gdb(demo, "trace pid_step", collect("measured"), "disable 1",
               "trace telemetry if s->number % 10 == 0", collect("duty"), "tstart", *demo_runs(20),
               "info tracepoints", "enable 1", "disable 2", "tbreak pid_step if measured > 0",
               "continue", "tbreak telemetry", "continue", "tstop", "tstatus",
               "tfind tracepoint 1", "print measured > 2000")
    assert values(text) == [1] and "not installed on target" not in text, text


def test_tsave(demo, tmp_path):
    """The file is GDB's own format: read back without a target."""
    text = run(demo, "trace pid_step", collect("$regs", "measured", "*pid"), "passcount 2", "wait",
               "tfind 0", "print measured", "tfind", "print measured",
               "print pid->last_error", f"tsave {tmp_path}/frames",
               f"target tfile {tmp_path}/frames", "tfind 0", "print measured", "tfind",
               "print measured",
               "print pid->last_error", "info tracepoints")
    found = values(text)
    assert len(found) == 6 and found[:3] == found[3:], text


def test_disconnected(demo):
    """It goes on without GDB; the next one finds the tracepoint, its source, and the frames."""
    gdb(demo, "tvariable $n = 1", "trace pid_step if measured > 0", collect("measured", "$n"),
        "passcount 10", "set disconnected-tracing on", "tstart", "detach")
    text = gdb(demo, *demo_runs(20), "tstatus", "info tracepoints", "tfind 9",
               "print measured > 2000")
    assert "Trace stopped by tracepoint 1" in text and "Collected 10 trace frames" in text, text
    assert "collect measured, $n" in text or "collect measured" in text, text
    assert "trace only if measured > 0" in text and values(text) == [1], text


def test_stops_when_gdb_leaves(demo):
    gdb(demo, "trace pid_step", collect("measured"), "set disconnected-tracing off", "tstart",
        "detach")
    text = gdb(demo, "tstatus", "monitor probes")
    assert "Trace stopped because of disconnection" in text and "0 of" in text, text


def test_non_stop(demo):
    """The firmware runs, and halts at no time."""
    text = gdb(demo, "trace pid_step", collect("measured"), "passcount 3", "tstart",
               "set var $from = head",
               "while $samples < 20\nset var $samples = head - $from\nend", "tstatus", "tfind 2",
               "print measured > 2000",
               before=["set non-stop on", "set may-interrupt off", "set var $samples = 0"])
    assert "Collected 3 trace frames" in text and values(text) == [1], text


def test_refused(demo):
    """With a reason that GDB shows, and the firmware runs on."""
    assert "inside the agent" in gdb(demo, "trace tl_poll", collect("$pc"), "tstart")
    text = gdb(demo, "trace pid_step", collect("$_siginfo", "(float)measured * 2"), "tstart")
    assert "Trace is running" not in gdb(demo, "tstatus"), text


def test_bad_packets(demo):
    """Whatever comes, an answer, and no probe."""
    target = demo.connect()
    pc = demo.elf["pid_step"]
    target.packet(b"QTinit")
    for bad in (b"QTDP:", b"QTDP:1", b"QTDP:1:%x" % pc, b"QTDP:1:%x:X:0:0" % pc,
                b"QTDP:0:%x:E:0:0" % pc, b"QTDP:1:%x:E:0:0:X2,22" % pc,
                b"QTDP:1:%x:E:0:0:X1,ff" % pc, b"QTDP:1:%x:E:0:0:S" % pc, b"QTDP:1:f0000000:E:0:0",
                b"QTDP:-1:%x:R03" % pc,
                b"QTDP:12345678:%x:E:0:0" % pc, b"QTDP:1:%x:E:0:0junk" % pc,
                b"QTDPsrc:1:%x:at:0:3:616263" % pc, b"QTEnable:1:%x" % pc, b"QTDV:0:5:0:",
                b"QTDV:1", b"QTDV:1:0:0:6e", b"QTro:1", b"QTBuffer:size:zz", b"QTFrame:zz",
                b"QTFrame:pc:", b"QTBuffer:circular:"):
        assert target.packet(bad).startswith(b"E"), bad
    assert target.packet(b"QTDP:1:%x:E:0:0-" % pc) == b"OK"
    for bad in (b"M", b"M0,1", b"Mff,0,4", b"X2,22", b"X2,2234", b"Q", b"R-R", b"L", b"SQ"):
        assert target.packet(b"QTDP:-1:%x:%s-" % (pc, bad)).startswith(b"E"), bad
    assert target.packet(b"QTDPsrc:1:%x:at:0:3:616263" % pc) == b"OK"
    assert target.packet(b"QTDV:3:fffffffffffffffe:0:6e") == b"OK"
    assert target.packet(b"qTfP") == b"T1:%x:E:0:0" % pc
    assert target.packet(b"qTsP") == b"Z1:%x:at:0:3:616263" % pc
    assert target.packet(b"qTfV") == b"1:0:1:" + b"trace_timestamp".hex().encode()
    assert target.packet(b"qTsV") == b"3:fffffffffffffffe:0:6e" and target.packet(b"qTsV") == b"l"
    target.packet(b"qTfP")
    target.packet(b"QTinit")
    assert target.packet(b"qTsP") == b"l"  # what it stood at is gone
    assert target.packet(b"QTDP:1:%x:E:0:0-" % pc) == b"OK"
    assert target.packet(b"QTDP:-1:%x:R1-" % pc) == b"OK"
    assert target.packet(b"QTDP:-1:%x:SR1M-1,0,4-" % pc) == b"OK"
    assert target.packet(b"QTDP:-1:%x:M-1,4,4-" % pc) == b"OK"
    assert target.packet(b"qTfP") == b"T1:%x:E:0:0" % pc
    assert [target.packet(b"qTsP") for _ in range(5)] == \
        [b"%c1:%x:%s" % (kind, pc, what)
         for kind, what in zip(b"ASSS", (b"R1", b"R1", b"M-1,0,4", b"M-1,4,4"))] + [b"l"]
    assert target.packet(b"QTBuffer:circular:1") == b"OK"  # else it may be full before the look
    assert target.packet(b"QTStart") == b"OK"  # it is complete now, whatever was promised
    assert target.packet(b"QTDP:-1:%x:R1" % pc).startswith(b"E")
    assert target.read(pc, 2) != target.raw(pc, 2)
    assert target.packet(b"QTStop") == b"OK"
    assert target.read(pc, 2) == target.raw(pc, 2)
    target.packet(b"QTinit")
    assert target.packet(b"QTFrame:0") == b"F-1"
    assert target.packet(b"qTBuffer:0,40") == b"l"
    assert target.packet(b"qTV:7") == b"U"
    assert target.packet(b"QTinit") == b"OK" and target.packet(b"qTfP") == b"l"
    assert target.packet(b"qTStatus").startswith(b"T0;tnotrun:0;")


# ---- blocks of memory ----


def collected(target):
    """The blocks of memory in the buffer, oldest first: address and bytes."""
    data = b""
    while (answer := target.packet(b"qTBuffer:%x,40" % len(data))) != b"l":
        data += bytes.fromhex(answer.decode())
    registers, blocks, at = len(target.packet(b"g")) // 2, [], 0
    while at < len(data):
        end = at + 6 + int.from_bytes(data[at + 2:at + 6], "little")
        assert data[at + 6:at + 7] == b"R"
        at += 7 + registers
        while at < end:
            assert data[at:at + 1] == b"M"
            address, n = (int.from_bytes(data[at + i:at + j], "little")
                          for i, j in ((1, 9), (9, 11)))
            blocks.append((address, data[at + 11:at + 11 + n]))
            at += 11 + n
    return blocks


def hit(machine, target, spots):
    """A run with a tracepoint at work() that collects them; the last blocks in the buffer."""
    at = machine.elf["work"]
    for packet in (b"QTinit", b"QTBuffer:circular:1", b"QTDP:1:%x:E:0:0-" % at,
                   *(b"QTDP:-1:%x:MFFFFFFFF,%x,%x%s" % (at, addr, n, b"-" * (i < len(spots) - 1))
                     for i, (addr, n) in enumerate(spots)), b"QTStart"):
        assert target.packet(packet) == b"OK", packet
    target.console = b""
    target.write(b"spin 9\n")
    wait_for(target, b"span 9,")
    target.packet(b"QTStop")
    return collected(target)


def test_blocks(boot):
    """Memory from and to any alignment, around the end of the ring, without the patches in it."""
    machine = boot("load")
    target = machine.connect()
    text = machine.elf["work"] - 64 & ~7
    spots = [(text + i, n) for i, n in enumerate((1, 2, 3, 4, 7, 8, 15, 16, 31, 33, 64, 127, 300))]
    truth = b"".join(target.read(text + i, 40) for i in range(0, 400, 40))
    blocks = hit(machine, target, spots)
    assert len(blocks) >= len(spots) and len(blocks) % len(spots) == 0
    for i, (address, data) in enumerate(blocks):
        at, n = spots[i % len(spots)]
        assert address == at and data == truth[at - text:at - text + n], (i, hex(at), n)


def test_block_that_ends(boot):
    """Memory that ends amid a block: what comes before is there, to the byte."""
    machine = boot("load")
    target = machine.connect()

    def readable(addr):
        return not target.packet(b"m%x,1" % addr).startswith(b"E")

    low, high = machine.elf["work"], 1
    while readable(low + high):
        high *= 2
    low, high = low + high // 2, low + high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if readable(middle) else (low, middle)
    for before in (37, 3, 64):
        (block,) = hit(machine, target, [(high - before, 300)])
        assert block == (high - before, target.read(high - before, before))
        assert target.packet(b"qTStatus").startswith(b"T0;terror:")


# ---- monitor return ----


def test_return(board, demo):
    """A call's return is a frame of the tracepoint's, behind that of its entry; the value is
    what the caller passes on."""
    value = f"(int)${Registers(board).ret}"
    text = run(demo, "monitor return 1", "trace pid_step", collect("measured"), "passcount 3 1",
               "trace telemetry", collect("duty"), "wait",
               *["tfind", "print $pc == pid_step", "tfind", f"print {value}",
                 "print $pc > main && $pc < main + 300", "tfind", "print duty"] * 2, "tfind",
               "tfind", "tfind")
    assert "tracepoint 1 collects registers when its function returns, too" in text, text
    assert "Trace stopped by tracepoint 1" in text, text
    assert "Collected 8 trace frames" in text, text
    assert "No trace frame found" not in text.rpartition("Found trace frame 7")[0], text
    found = values(text)
    assert found[0::4] == found[2::4] == [1, 1] and found[1::4] == found[3::4], text
    assert all(0 <= v <= 1000 for v in found[1::4]), text


def test_return_of_a_condition(demo):
    """Only calls that the entry has collected; and `return off` ends it."""
    text = run(demo, "monitor return 1", "trace pid_step if measured % 2 == 0", collect("measured"),
               "passcount 2", "wait", "tfind", "print measured % 2", "tfind 2",
               "print measured % 2")
    assert "Collected 4 trace frames" in text and values(text) == [0, 0], text
    text = run(demo, "monitor return 1", "monitor return off", "trace pid_step",
               collect("measured"), "delete 1", "passcount 2", "wait")
    assert "no tracepoint collects when its function returns" in text, text
    assert "Collected 2 trace frames" in text, text


def test_return_refused(boot):
    """What cannot be hooked is said where it can be, and a run does not begin."""
    load = boot("load")
    text = gdb(load, "trace *code_keeps", collect("$pc"), "monitor return 64", "monitor return x",
               "monitor return 1", "tstart", "monitor return off", "tstart",
               "monitor return 1", "tstop", "monitor help")
    assert text.count("invalid") == 2 and "monitor return N: " in text, text
    assert "monitor reset: " in text, text
    refused = "uses its return address for more than to return"
    assert re.search(rf"^Target returns error code '\.{refused}", text, re.M), text
    assert re.search(rf"^tracepoint 1: {refused}", text, re.M), text

# SPDX-License-Identifier: MIT
"""Records the seeds of corpus_packets: what stock GDB and the host tool send to the demo in
QEMU, with the addresses that the fuzzer's firmware has. usage: record.py, after `make all`; then
look at what changed."""
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "hil"))
from conftest import ARCH_BOARDS, Machine  # noqa: E402
from tap import Tap  # noqa: E402

SESSIONS = {
    "attach": ["info threads", "monitor help", "monitor probes", "detach"],
    "break": ["break filter_update", "continue", "continue", "bt", "delete", "detach"],
    "step": ["tbreak pid_step", "continue", "step", "next", "stepi", "stepi", "detach"],
    "finish": ["break filter_update", "continue", "finish", "up", "info locals", "kill"],
    "call": ["tbreak pid_step", "continue", "print pid_step(pid, 2500)", "detach"],
    "write": ["tbreak pid_step", "continue", "set var measured = 7", "set var pid->kp = 9",
              "x/8xw pid", "set var $r5 = 1", "detach"],
    "condition": ["break pid_step if measured > 2400", "continue", "info breakpoints", "delete",
                  "detach"],
    "dprintf": ["set dprintf-style agent", 'dprintf pid_step,"at %d\\n", measured',
                "tbreak filter_update", "continue", "detach"],
    "watch": ["watch head", "continue", "continue", "delete", "detach"],
    "non-stop": ["set non-stop on", "interrupt", "info registers pc", "continue &", "detach"],
    "trace": ["trace pid_step", "actions\ncollect measured\nend", "tstart", "tstatus", "tstop",
              "tfind", "tdump", "detach"],
}
SHARED = {"shared-break": "break", "shared-step": "step"}
ROUTINES = {"pid_step": 0x10000022, "filter_update": 0x1000001A}  # of fuzz_packets.c
LOOP = 0x10000004


def gdb(machine, target, commands):
    words = ["gdb-multiarch", "-q", "-nx", "-batch", str(machine.elf.path)]
    if "non-stop" in commands[0]:
        words, commands = [*words, "-ex", commands[0]], commands[1:]
    script = pathlib.Path(machine.tmp) / "script"
    script.write_text("\n".join([f"target remote {target}", *commands]) + "\n")
    try:
        subprocess.run([*words, "-x", str(script)], capture_output=True, timeout=10,
                       stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        pass  # what it said until then is a seed, too


def moved(machine, address):
    """Where the fuzzer's firmware has what is there in the demo."""
    for name, to in ROUTINES.items():
        if 0 <= address - machine.elf[name] < 0x60:
            return to
    if machine.elf["main"] - 0x8000 < address < machine.elf["main"] + 0x8000:
        return LOOP
    return 0x20000000 | address & 0x7FFF if address >> 16 else address


def seed(machine, up):
    """The frames, each kind of what only describes the target once; sums are the fuzzer's."""
    out, seen = bytearray(b"\0"), set()
    for data in re.findall(rb"\$([^#$]*)#..|(\x03)", up, re.S):
        packet = data[0] or data[1]
        kind = re.sub(rb"[0-9a-f]+", b"", packet)
        if kind in seen and re.match(rb"q|QTl.key|[mp]", packet):
            continue
        seen.add(kind)
        if data[1]:
            out += data[1]
            continue
        if not packet.startswith((b"QTl.hello", b"qRcmd")):
            packet = re.sub(rb"(?<![0-9a-f])[0-9a-f]{4,8}(?![0-9a-f])",
                            lambda m: b"%x" % moved(machine, int(m[0], 16)), packet)
        out += b"$" + packet + b"#00"
    return bytes(out)


def record(name, commands, shared):
    with tempfile.TemporaryDirectory() as tmp:
        machine = Machine(ARCH_BOARDS[0], "demo", tmp)
        tap = Tap(machine)
        host = None
        if shared:
            host = tap.start("gdb", "-l", f"{tmp}/gdb", "pid_step", "filter_update%return")
            time.sleep(1)
        gdb(machine, f"{tmp}/gdb" if shared else tap.path, commands)
        if host:
            host.terminate()
            host.wait()
        (HERE / "corpus_packets" / name).write_bytes(seed(machine, tap.up)[:4000])
        tap.close()
        machine.stop()


if __name__ == "__main__":
    for name, commands in SESSIONS.items():
        record(name, commands, False)
    for name, session in SHARED.items():
        record(name, SESSIONS[session], True)

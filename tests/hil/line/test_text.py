# SPDX-License-Identifier: MIT
"""Firmware whose console looks like packets, acks or prompts: a debugger attaches every time,
the host opens every time, and no text is lost."""
import os
import re
import subprocess
import time

import pytest

from conftest import ONE_BOARD, PATIENT, TRAPLINE, clean_env
from rsp import PATIENCE

pytestmark = ONE_BOARD

TEXTS = {  # as load.c has them
    1: b"$GPRMC,120044,A,4807.038,N*6A\r\n",
    2: b"$ ",
    3: b" 50% of $3 #7, {*} or }\n",
    4: b"-+-+ ---\n",
    5: b"<- $m0,4#fd $#00 $OK#9a\n",
    6: b"%Tl:x#72 %",
    7: b"\x80\xff$\x01\xfe%\x02\x90",
}


@pytest.fixture
def talking(boot):
    """talking(kind) -> a machine whose firmware prints that, all the time."""
    machine = boot("load")

    def start(kind):
        before, end = machine.peek("talked"), time.monotonic() + PATIENCE
        while machine.peek("kind") != kind or machine.peek("talked") == before:
            assert time.monotonic() < end
            fd = machine.open()
            os.write(fd, b"talk %d\n" % kind)  # it may still boot, and miss it
            time.sleep(0.2)
            os.close(fd)
        return machine

    return start


def test_gdb_attaches(talking):
    """Not where each line has a '-': GDB takes that for a NAK, and gives up at the fourth,
    before the agent can have answered."""
    for kind in (1, 2, 3, 6):
        machine = talking(kind)
        for _ in range(2):
            done = subprocess.run(["gdb-multiarch", "-q", "-nx", "-batch", machine.elf.path, "-ex",
                                   f"target remote {machine.port.removeprefix('unix:')}",
                                   "-ex", "print talked > 0", "-ex", "detach"], capture_output=True,
                                  timeout=PATIENCE, stdin=subprocess.DEVNULL)
            assert b"$1 = 1" in done.stdout, (kind, done.stdout[-500:], done.stderr[-500:])


def printed(kind, text):
    """The text that the firmware has printed from before the first number that was seen to after
    the last."""
    number = int(re.search(re.escape(TEXTS[kind]) + rb"(\d+)" + re.escape(TEXTS[kind]), text)[1])
    return b"".join(b"%d%s" % (n, TEXTS[kind])
                    for n in range(max(1, number - 4), number + text.count(TEXTS[kind]) + 8))


@pytest.mark.parametrize("kind", TEXTS)
def test_host_loses_no_text(talking, kind):
    """Before the session opens, while it is open and after: whole, once, in order."""
    machine = talking(kind)
    for _ in range(3):
        done = subprocess.run([TRAPLINE, "console", "-d", "300ms", "-p", machine.port],
                              capture_output=True, timeout=PATIENCE,
                              stdin=subprocess.DEVNULL, env=clean_env() | PATIENT)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count(TEXTS[kind]) > 20
        assert done.stdout in printed(kind, done.stdout), done.stdout[:300]

# SPDX-License-Identifier: MIT
"""The C API on the target: runs the firmware that tests itself and reads its verdicts."""
import os
import re
import select
import time

import pytest


@pytest.mark.parametrize("program, checks", [("kprobes", 80), ("returns", 40), ("fp", 1)])
def test_self(boot, program, checks):
    machine, head = boot(program), f"# {program} on ".encode()
    line = machine.open()
    machine.reset()  # what it printed before the line was open is lost
    text, end = b"", time.monotonic() + 60
    while b"\ndone, " not in text.partition(head)[2] and time.monotonic() < end:
        if select.select([line], [], [], 0.5)[0]:
            text = (text + os.read(line, 4096)).rpartition(head)
            text = text[1] + text[2]
    os.close(line)
    text = text.decode()
    assert "\ndone, " in text, text[-600:]
    assert not re.findall(r"^not ok .*", text, re.M), text
    assert len(re.findall(r"^ok ", text, re.M)) >= checks

# SPDX-License-Identifier: MIT
"""The C API on the target: runs the firmware that tests itself and reads its verdicts."""
import os
import re
import select
import time


def test_kprobes(boot):
    line = boot("kprobes").open()
    text, end = b"", time.monotonic() + 60
    while b"\ndone, " not in text and time.monotonic() < end:
        if select.select([line], [], [], 0.5)[0]:
            text += os.read(line, 4096)
    os.close(line)
    text = text.decode()
    assert "\ndone, " in text, text[-600:]
    assert not re.findall(r"^not ok .*", text, re.M), text
    assert len(re.findall(r"^ok ", text, re.M)) > 80

# SPDX-License-Identifier: MIT
"""Run by GDB, which is attached: lets the firmware run, and of the first `stops` hits of each of
`points`, addresses with expressions, prints [address, values] as JSON; None: it has none."""
import json

import gdb


def value(text):
    try:
        found = gdb.parse_and_eval(text)
        return None if found.is_optimized_out else int(found)
    except gdb.error:
        return None


gdb.execute("set pagination off")
left = {address: gdb.Breakpoint(f"*{address:#x}") for address in points}  # noqa: F821
gdb.execute("set var go = 1")
while left:
    gdb.execute("continue", to_string=True)
    pc = gdb.newest_frame().pc()
    print("STOP" + json.dumps([pc, {e: value(e) for e in points[pc]}]), flush=True)  # noqa: F821
    if left[pc].hit_count == stops:  # noqa: F821
        left.pop(pc).delete()
gdb.execute("set var go = 0")
gdb.execute("detach")

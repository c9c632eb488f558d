# SPDX-License-Identifier: MIT
"""Run by GDB, which is attached: lets the firmware run, and of the first `stops` hits of each of
`addresses` prints the frames as JSON: [pc, type] of each."""
import json

import gdb

KINDS = {gdb.NORMAL_FRAME: "call", gdb.INLINE_FRAME: "inlined", gdb.TAILCALL_FRAME: "tail call",
         gdb.SIGTRAMP_FRAME: "exception"}


def frames():
    found, frame = [], gdb.newest_frame()
    try:
        while frame:
            found.append([frame.pc(), KINDS.get(frame.type(), "other")])
            frame = frame.older()
    except gdb.error:
        pass
    return found


for setting in ("pagination off", "backtrace past-main on", "backtrace past-entry on",
                "backtrace limit 64"):
    gdb.execute(f"set {setting}")
points = {address: gdb.Breakpoint(f"*{address:#x}") for address in addresses}  # noqa: F821
gdb.execute("set var go = 1")
while points:
    gdb.execute("continue", to_string=True)
    found = frames()
    print("STOP" + json.dumps(found), flush=True)
    if points[found[0][0]].hit_count == stops:  # noqa: F821
        points.pop(found[0][0]).delete()
gdb.execute("set var go = 0")
gdb.execute("detach")

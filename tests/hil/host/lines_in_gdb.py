# SPDX-License-Identifier: MIT
"""Run by GDB: what it has at each line of some files, as JSON. `files` is {path: last line}."""
import json

import gdb


def block(pc):
    """The innermost function or block there, by its range."""
    found = gdb.block_for_pc(pc)
    return [found.start, found.end] if found else None


def at(where):
    """[address, block] of each place, of that line exactly."""
    try:
        _, sals = gdb.decode_line(where)
    except gdb.error:
        return []
    line = int(where.rpartition(":")[2])
    return [[sal.pc, block(sal.pc)] for sal in sals or () if sal.line == line and sal.pc]


lines = {f"{name}:{n}": at(f"{name}:{n}") for name, last in files.items()  # noqa: F821
         for n in range(1, last + 1)}
blocks = {pc: block(pc) for pc in addresses}  # noqa: F821
print("JSON" + json.dumps({"lines": lines, "blocks": blocks}))

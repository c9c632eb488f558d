# SPDX-License-Identifier: MIT
"""Run by GDB: what it says of the variables at `addresses`, as JSON: for each the function,
[name, type, is it a parameter] of its variables, and the text of `info scope`."""
import json

import gdb


def at(pc):
    block, found = gdb.block_for_pc(pc), []
    while block and not block.is_static and not block.is_global:
        found += [[s.name, str(s.type), s.is_argument] for s in block
                  if s.is_variable or s.is_argument or s.addr_class == gdb.SYMBOL_LOC_OPTIMIZED_OUT]
        if block.function:
            return [block.function.name, found, gdb.execute(f"info scope *{pc:#x}",
                                                            to_string=True)]
        block = block.superblock
    return None


print("JSON" + json.dumps({pc: at(pc) for pc in addresses}))  # noqa: F821

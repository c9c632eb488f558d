# SPDX-License-Identifier: MIT
"""Runs inside GDB, on wire_stub.py: puts expressions on the wire, and their text to OUT.

Takes from the environment: EXPRESSIONS (JSON: {"conditions": […], "collected": […]}) and OUT, where
the answer goes: the same with bytecode in place of each, as tests/unit/bytecode_asm.h takes it.
Conditions go out one after the other, what is collected as one tracepoint.
"""
import json
import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(__file__))
from in_gdb import compile


def condition(text):
    gdb.execute(f"break here if {text}")
    gdb.execute("delete")
    return compile(f"maintenance agent-eval -at here, {text}")


def main():
    gdb.execute("set breakpoint always-inserted on")
    gdb.execute("tvariable $variable = 5")
    with open(os.environ["EXPRESSIONS"]) as file:
        asked = json.load(file)
    answer = {"conditions": [condition(text) for text in asked["conditions"]]}
    gdb.execute("trace here")
    gdb.execute("\n".join(["commands", *(f"collect {text}" for text in asked["collected"]), "end"]))
    gdb.execute("tstart")
    answer["collected"] = [compile(f"maintenance agent -at here, {text}")
                           for text in asked["collected"]]
    with open(os.environ["OUT"], "w") as file:
        json.dump(answer, file)


main()

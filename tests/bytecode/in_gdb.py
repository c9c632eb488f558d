# SPDX-License-Identifier: MIT
"""Runs inside GDB: what it makes of expressions, and the target that it found them on.

Takes from the environment: LOCATION to run to, REGISTERS (number=name,…), EXPRESSIONS (JSON:
{"values": […], "prints": […]}) and OUT, where the answer goes: {"base", "memory", "regs", "values":
[{"text", "code", "value", "size", "signed", or "error"}], "prints": [{"text", "code", "printed"}]}.
`code` is as tests/unit/bytecode_asm.h takes it.
"""
import json
import os
import re

import gdb


def compile(command):
    """The agent expression that `maintenance agent…` prints, without its offsets."""
    lines = gdb.execute(command, to_string=True).splitlines()
    code = [found[1] for line in lines if (found := re.match(r" *\d+  (.*)", line))]
    return " ".join(re.sub(r'^printf (".*"), (\d+) args$', r"printf \2 \1", line) for line in code)


def evaluate(text):
    answer = {"text": text, "code": compile(f"maintenance agent-eval {text}")}
    try:
        value = gdb.parse_and_eval(text)
        kind = value.type.strip_typedefs()
        signed = kind.code != gdb.TYPE_CODE_PTR and int(gdb.Value(-1).cast(kind)) < 0
        answer |= {"value": int(value), "size": kind.sizeof, "signed": signed}
    except gdb.error as error:
        answer["error"] = str(error)
    return answer


def print_(text):
    return {"text": text, "code": compile(f"maintenance agent-printf {text}"),
            "printed": gdb.execute(f"printf {text}", to_string=True)}


def main():
    gdb.execute("set $pc = outer")
    gdb.execute("set $sp = (long)&stack[256]")
    gdb.execute(f"tbreak {os.environ['LOCATION']}")
    gdb.execute("continue")
    base, end = (int(gdb.parse_and_eval(f"(unsigned long)&{name}")) for name in ("here", "_end"))
    with open(os.environ["EXPRESSIONS"]) as file:
        asked = json.load(file)
    registers = dict(pair.split("=") for pair in os.environ["REGISTERS"].split(","))
    answer = {
        "base": base,
        "memory": bytes(gdb.selected_inferior().read_memory(base, end - base)).hex(),
        "regs": {number: int(gdb.parse_and_eval(f"(unsigned long)${name}"))
                 for number, name in registers.items()},
        "values": [evaluate(text) for text in asked["values"]],
        "prints": [print_(text) for text in asked["prints"]],
    }
    with open(os.environ["OUT"], "w") as file:
        json.dump(answer, file)


if __name__ == "__main__":
    main()

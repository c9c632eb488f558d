# SPDX-License-Identifier: MIT
"""Run by GDB, which is attached to QEMU's own stub: at the first hit of each of `places` prints, as
JSON, what it has of each expression that can be made there, `most` at most.

What is below the stack pointer is overwritten first, as every trap does it, and at each call of the
functions at `entries`, with `pattern`: what differs between two patterns is of nothing that the
program has written."""
import json
import random

import gdb

INT, ENUM, FLOAT, POINTER = "int", "enum or bool", "float", "pointer"
KINDS = {gdb.TYPE_CODE_INT: INT, gdb.TYPE_CODE_BOOL: ENUM, gdb.TYPE_CODE_ENUM: ENUM,
         gdb.TYPE_CODE_CHAR: INT, gdb.TYPE_CODE_FLT: FLOAT, gdb.TYPE_CODE_PTR: POINTER}
OF_ONE = {INT: ("{0}+1", "{0}*3", "-{0}", "~{0}", "!{0}", "{0}>>2", "({0}&15)<<3", "{0}%7", "{0}/3",
                "{0}>2", "{0}!=0", "(uint8_t){0}", "(int16_t){0}", "{0}*0.5", "{0}>0?{0}:7",
                "sizeof({0})"),
          # not all operators: to GDB the result of some is of the enum's type
          ENUM: ("{0}+1", "{0}==1", "!{0}", "(int){0}", "sizeof({0})"),
          # not -{0}, which to GDB is 0 - {0}
          FLOAT: ("{0}*2", "{0}/3", "{0}+0.25", "{0}<1.5", "{0}>=0", "(int){0}",
                  "(float){0}", "sizeof({0})"),
          POINTER: ("{0}!=0", "!{0}", "(unsigned){0}", "{0}+1", "sizeof({0})")}
OF_TWO = {(INT, INT): ("{0}+{1}", "{0}-{1}", "{0}*{1}", "{0}<{1}", "{0}=={1}", "{0}&{1}",
                       "{0}|{1}", "{0}^{1}", "{0}&&{1}", "{0}||{1}", "{0}/({1}|1)", "{0}?{1}:3"),
          (INT, ENUM): ("{0}<{1}", "{0}*{1}"), (ENUM, INT): ("{0}!={1}", "{0}+{1}"),
          (INT, FLOAT): ("{0}*{1}", "{0}+{1}", "{0}<{1}"),
          (FLOAT, INT): ("{0}-{1}", "{0}>{1}"),
          (FLOAT, FLOAT): ("{0}*{1}", "{0}-{1}", "{0}<={1}"),
          (POINTER, POINTER): ("{0}=={1}", "{0}!=0&&{1}!=0"),
          (POINTER, INT): ("{0}!=0&&{1}>0",)}


def parts(text, type_, depth):
    """An expression, and those of its members, elements, and what it points to: (text, type)."""
    type_ = type_.strip_typedefs()
    yield text, type_
    if not depth:
        return
    if type_.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        yield from members(text + ".", type_, depth)
    elif type_.code == gdb.TYPE_CODE_ARRAY:
        last = type_.range()[1]
        for i in sorted({0, last // 2, last} if last >= 0 else ()):
            yield from parts(f"{text}[{i}]", type_.target(), depth - 1)
    elif type_.code == gdb.TYPE_CODE_PTR:
        target = type_.target().strip_typedefs()
        if target.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            yield f"*{text}", target
            yield from members(text + "->", target, depth)
        elif target.code not in (gdb.TYPE_CODE_VOID, gdb.TYPE_CODE_FUNC):
            yield from parts(f"*{text}", target, depth - 1)


def members(before, type_, depth):
    for field in type_.fields():
        if field.name:
            yield from parts(before + field.name, field.type, depth - 1)
        else:
            yield from members(before, field.type.strip_typedefs(), depth)


def function_of(block):
    while block and not block.function:
        block = block.superblock
    return str(block and block.function)


def variables(block, pc):
    """Name and type of what the innermost function there has, inner names before outer ones. At its
    first instruction it has written none of its own."""
    found = {}
    while block and not block.is_static and not block.is_global:
        first = block.function and block.start == pc
        for symbol in block:
            if symbol.is_argument or (symbol.is_variable and not first):
                found.setdefault(symbol.name, symbol.type)
        if block.function:
            return found
        block = block.superblock
    return found


def is_octet(type_):
    """Of another name than that of a character: text to GDB, a number to us."""
    return type_.sizeof == 1 and type_.code == gdb.TYPE_CODE_TYPEDEF and \
        KINDS.get(type_.strip_typedefs().code) == INT and "char" not in type_.name


def shown(value):
    """As GDB prints it, but for numbers that it takes for characters of a text."""
    type_ = value.type.strip_typedefs()
    if type_.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        return "{" + ", ".join((f"{f.name} = " if f.name else "") + shown(value[f])
                               for f in type_.fields()) + "}"
    inner = type_.target().unqualified() if type_.code in (gdb.TYPE_CODE_PTR,
                                                           gdb.TYPE_CODE_ARRAY) else None
    if type_.code == gdb.TYPE_CODE_PTR and is_octet(inner):
        return hex(int(value))
    if type_.code == gdb.TYPE_CODE_ARRAY and (is_octet(inner) or
                                              inner.strip_typedefs().code not in KINDS):
        low, high = type_.range()
        return "{" + ", ".join(shown(value[i]) for i in range(low, high + 1)) + "}"
    return value.format_string()


def value(expression):
    """None: it has none, or fails: which it does by an error of its own for some pieces."""
    try:
        text = shown(gdb.parse_and_eval(expression))
    except (gdb.error, gdb.MemoryError, KeyboardInterrupt):
        return None
    return None if "optimized out" in text or "synthetic" in text else text


def expressions(pc, found):
    """All variables by name, then a draw of the others: {text: the variables and parts in it}."""
    rng = random.Random(pc)
    made = [p for name, type_ in found.items() for p in parts(name, type_, 3)]
    numbers = [(text, KINDS[t.code]) for text, t in made if t.code in KINDS]
    drawn = [(text, [text]) for text, _ in made if text not in found]
    for text, kind in numbers:
        drawn += [(form.format(text), [text]) for form in rng.sample(OF_ONE[kind], 2)]
        other, of = rng.choice(numbers)
        if forms := OF_TWO.get((kind, of)):
            drawn += [(form.format(text, other), [text, other])
                      for form in rng.choices(forms, k=2)]
    drawn += [(f"&{text}", []) for text, type_ in made if type_.code not in KINDS]
    rng.shuffle(drawn)
    return {name: [] for name in found} | dict(drawn)


def spoil(size):
    below = int(gdb.parse_and_eval("$sp")) - size
    gdb.selected_inferior().write_memory(below, bytes([pattern]) * size)  # noqa: F821


def spoil_registers():
    """Where a function of no parameters begins: all that it may change."""
    names = {r.name for r in gdb.newest_frame().architecture().registers()}
    number = int.from_bytes(bytes([pattern]) * 4, "big")  # noqa: F821
    for name in {"r0", "r1", "r2", "r3", "r12", *(f"a{i}" for i in range(8)),
                 *(f"t{i}" for i in range(7))} & names:
        gdb.execute(f"set var ${name} = {number}")


def at(pc):
    """{expression: [value, those of what is in it]} of this stop; of what has none, nothing."""
    block, found, frame = gdb.block_for_pc(pc), {}, gdb.newest_frame()
    # where an inlined function begins GDB is still at the call
    if not block or str(frame.function()) != function_of(block):
        return {}
    for expression, inner in expressions(pc, variables(block, pc)).items():
        if len(found) == most:  # noqa: F821
            break
        text = value(expression)
        if text is not None:
            found[expression] = [text, *map(value, inner)]
    return found


for setting in ("pagination off", "width 0", "print null-stop on", "print repeats unlimited",
                "print symbol on", "print elements 200", "host-charset ASCII",
                "target-charset ASCII"):
    gdb.execute(f"set {setting}")
for answer in ("quit no", "corefile no"):
    gdb.execute(f"maintenance set internal-error {answer}")
gdb.execute("tbreak main", to_string=True)
gdb.execute("continue", to_string=True)
gdb.execute("set var go = 1")
points = {pc: gdb.Breakpoint(f"*{pc:#x}", internal=True) for pc in places}  # noqa: F821
for pc in entries:  # noqa: F821
    gdb.Breakpoint(f"*{pc:#x}", internal=True)
gdb.Breakpoint("*drained", internal=True)
last = gdb.Breakpoint("finished", internal=True)
while not last.hit_count:
    gdb.execute("continue", to_string=True)
    here = gdb.newest_frame().pc()
    spoil(1024)
    if gdb.newest_frame().name() == "drained":
        spoil_registers()
    if here in points:
        points.pop(here).delete()
        print("STOP" + json.dumps([here, at(here)]), flush=True)

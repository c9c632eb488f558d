# SPDX-License-Identifier: MIT
"""Fetch programs from text, for tests: instructions by the names of fetch.def with their operands.
`program("REG 0 GTSC 8", ("REG 0 PUT4", 4), …)`: a condition, "" for none, and fields with the bytes
that each puts out."""
import pathlib
import re

DEF = pathlib.Path(__file__).resolve().parents[2] / "protocol/fetch.def"
OPS = {name: (number, int(operands)) for number, (name, operands) in
       enumerate(re.findall(r"^TL_FETCH_OP\((\w+), +(\d)", DEF.read_text(), re.M))}
UNDECIDED = 1 << 31


def code(text):
    words, out = iter(text.split()), b""
    for word in words:
        number, operands = OPS[word]
        out += bytes([number])
        if word.startswith("CONST") or word == "ADD2":
            out += (int(next(words), 0) & (1 << 8 * operands) - 1).to_bytes(operands, "little")
        else:
            out += bytes(int(next(words), 0) & 0xFF for _ in range(operands))
    return out


def program(condition, *fields):
    head = code(condition + " END") if condition else b""
    values = b"".join(bytes([OPS["FIELD"][0], len(code(text)), size]) + code(text)
                      for text, size in fields)
    return bytes([len(head)]) + head + values + code("END")


def add(target, probe, addr, fetch, kind=1, every=0, limit=0):
    """A probe with a program: how many words it records."""
    target.add(probe, addr, kind, 0, every, limit, 2)
    words = int(target.command("QTl.fetch", probe, len(fetch), fetch.hex())[0], 16)
    target.command("QTl.enable", probe, 1)
    return words


def windows(target, *more):
    """What can be read: (address, bytes) each."""
    found = [int(f, 16) for f in target.command("QTl.windows", *more)]
    return list(zip(found[::2], found[1::2]))


def output(target, record, words):
    """A record's status word and the bytes behind it."""
    word = target.stream.word
    data = b"".join(r.to_bytes(word, "little") for r in record["regs"][:words])
    return record["regs"][0], data[word:]

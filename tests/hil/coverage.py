# SPDX-License-Identifier: MIT
"""Which instructions a board executes: from QEMU's log of translated and of executed blocks."""
import collections
import contextlib
import re


class Coverage:
    """A machine started with `extra`, and `with coverage.recording(machine):` around what it
    does; then `executed` has the addresses."""

    def __init__(self, tmp):
        self.path = f"{tmp}/exec.log"
        # from the start: a block is translated, and chained, once for good
        self.extra = ["-D", self.path, "-d", "in_asm,nochain"]
        self.executed = set()

    @contextlib.contextmanager
    def recording(self, machine):
        machine.monitor("log exec,in_asm,nochain")
        yield
        machine.monitor("log in_asm,nochain")
        self.read()

    def read(self):
        blocks, block, ran = collections.defaultdict(set), None, set()
        with open(self.path, "rb") as log:
            for line in log:
                if line.startswith(b"IN:"):
                    block = None
                elif line.startswith(b"0x"):
                    address = int(line.split(b":")[0], 16)
                    block = blocks[address] if block is None else block
                    block.add(address)
                elif line.startswith(b"Trace "):
                    ran.add(int(re.search(rb"\[\w+/(\w+)/", line)[1], 16))
        self.executed = set().union(*(blocks[start] for start in ran))

# SPDX-License-Identifier: MIT
"""From the commands that make would run (standard input) to a compilation database (standard
output)."""
import json
import os
import shlex
import sys

entries = []
for line in sys.stdin:
    words = line.split()
    if "-c" not in words or not words[0].endswith(("gcc", "cc")):
        continue
    words = shlex.split(line)
    entries.append({"directory": os.getcwd(), "file": words[words.index("-c") + 1],
                    "arguments": words})
json.dump(entries, sys.stdout, indent=1)

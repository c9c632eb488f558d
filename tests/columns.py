# SPDX-License-Identifier: MIT
"""Lines of more than 100 columns; a tab goes to the next multiple of 8. What a document shows as
it is printed or sent (terminals, packets) is as long as it is.
usage: columns.py FILE…"""
import re
import sys

LIMIT = 100


def shown(name, lines):
    """Numbers of the lines of a Markdown file that are printed by a command, or packets."""
    block = None
    for number, line in enumerate(lines, 1):
        if name.endswith(".md") and line.startswith("```"):
            block = None if block is not None else line[3:]
        elif block == "console" or block is not None and re.match("(->|<-) ", line):
            yield number


def main():
    failed = False
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as file:
            lines = file.read().splitlines()
        free = set(shown(name, lines))
        for number, line in enumerate(lines, 1):
            columns = len(line.expandtabs(8))
            if columns > LIMIT and number not in free:
                print(f"error: {name}:{number}: {columns} columns, and {LIMIT} are the limit",
                      file=sys.stderr)
                failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: MIT
"""Flash and RAM of the agent by part, in bytes: of what a linker takes from the library.

size.py measure FOLDER 'COMPILER FLAG…' OBJECT…   prints a line for each object that is linked:
    its name, its flash, its RAM, and how much of that RAM a setting scales
size.py show [--files] [--update] FIGURES MEASURED…   prints tables of PROFILE/ISA.sizes, and what
    has changed against FIGURES, a file that --update writes
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

# Firmware that calls the agent.
ENTRIES = ("tl_init", "tl_register_kprobe", "tl_regs_get")
# Kprobes by the C API alone take these rooms, without returns and jumps, and kprobe.c.
ALONE = {"base", "probe", "arch"}
NOT_ALONE = {"returns", "return_seen", "jump", "fast"}
# Ring, slots, buffers, and what there is per probe, point, call or range: settings say how much.
SCALED = {
    "answer_bytes", "breaks", "bytes", "delta_owner", "deltas", "dispatches", "frame_bytes",
    "in_bytes", "out_bytes", "pool", "printed_bytes", "ranges", "tl_halt_stack", "tl_remotes",
    "tl_return_instances", "tl_ring", "tl_slots", "tl_table", "tl_tracepoints", "vars",
}
TOTALS = ("probes alone, C API", "everything", "RAM that no setting scales")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def linked(compiler, objects):
    """The objects that firmware gets. They have equal names in several folders, and so the archive
    that is linked here refers to them by their paths."""
    with tempfile.TemporaryDirectory() as folder:
        archive = f"{folder}/all.a"
        run(re.sub("gcc$", "ar", compiler[0]), "rcT", archive, *objects)
        wanted = (f"-u{name}" for name in ENTRIES)
        trace = run(*compiler, "-nostdlib", "-r", "-Wl,-t,-t", *wanted, archive,
                    "-o", f"{folder}/all.o")
    return [path for path in objects if path in trace]


def measure(folder, compiler, *objects):
    compiler = compiler.split()
    objects = linked(compiler, [str(pathlib.Path(path).resolve()) for path in objects])
    if not objects:
        sys.exit(f"error: nothing is linked from {folder}")
    size, nm = (re.sub("gcc$", tool, compiler[0]) for tool in ("size", "nm"))
    for path, line in zip(objects, run(size, *objects).splitlines()[1:]):
        text, data, bss = map(int, line.split()[:3])
        symbols = re.findall(r"^\w+ (\w+) [bBdD] (\w+)$", run(nm, "-S", path), re.M)
        scaled = sum(int(bytes_, 16) for bytes_, name in symbols if name in SCALED)
        name = pathlib.Path(path).relative_to(pathlib.Path(folder).resolve()).with_suffix("")
        print(name, text + data, data + bss, scaled)


def room(name):
    parts = name.split("/")
    return parts[1] if parts[0] == "agent" else parts[0]


def alone(name):
    last = name.split("/")[-1]
    return room(name) in ALONE and last not in NOT_ALONE or name == "agent/api/kprobe"


def figures(path, files):
    """{row: (flash, RAM)} of one profile and instruction set: rooms, files in them, totals."""
    lines = [line.split() for line in pathlib.Path(path).read_text().splitlines()]
    parts = {name: tuple(map(int, numbers)) for name, *numbers in lines}
    rows = {}
    for name in sorted(parts, key=lambda name: (room(name), name)):
        flash, ram, _ = parts[name]
        before = rows.get(room(name), (0, 0))
        rows[room(name)] = (before[0] + flash, before[1] + ram)
        if files:
            rows["  " + name] = (flash, ram)
    taken = [numbers for name, numbers in parts.items() if alone(name)]
    sums = [sum(column) for column in zip(*parts.values())]
    alone_sums = [sum(column) for column in zip(*taken)]
    rows.update(zip(TOTALS, ((alone_sums[0], alone_sums[1]), (sums[0], sums[1]),
                             (0, sums[1] - sums[2]))))
    return rows


def known(path):
    """{(isa, profile, row): (flash, RAM)} of the file of figures."""
    lines = re.findall(r"^(\S+) +(\S+) +(\S.*?) +(\d+) +(\d+)$", path.read_text(), re.M)
    return {(isa, profile, row): (int(flash), int(ram)) for isa, profile, row, flash, ram in lines}


def update(path, old, new):
    """What was measured takes the place of what there was of the same profiles and sets."""
    measured = {key[:2] for key in new}
    kept = {key: value for key, value in old.items() if key[:2] not in measured}
    comments = re.findall(r"^#.*\n", path.read_text(), re.M)
    rows = {**kept, **{key: value for key, value in new.items() if not key[2].startswith(" ")}}
    order = sorted(rows, key=lambda key: (key[:2], key[2] in TOTALS and 1 + TOTALS.index(key[2])))
    lines = (f"{isa:9} {profile:6} {row:28} {rows[isa, profile, row][0]:6} "
             f"{rows[isa, profile, row][1]:6}\n" for isa, profile, row in order)
    path.write_text("".join(comments) + "".join(lines))


def cell(now, before, has_flash):
    """Flash and RAM, each with its difference to the figure before."""
    text = ""
    for value, old in zip(now, before or now):
        difference = f"{value - old:+}" if value != old else ""
        text += f"{value:8}{difference:6}"
    return text if has_flash else " " * 14 + text[14:]


def show(isa, columns, old):
    """One instruction set: a row for each part, a column for each profile."""
    print((f"{isa:40}" + "".join(f"{profile:>8}{'':20}" for profile in columns)).rstrip())
    print((f"{'':40}" + f"{'flash':>8}{'RAM':>14}{'':6}" * len(columns)).rstrip())
    names = list(dict.fromkeys(row for rows in columns.values() for row in rows))
    names.sort(key=lambda row: TOTALS.index(row) if row in TOTALS else -1)
    for row in names:
        line = f"  {row:38}"
        for profile, rows in columns.items():
            now, before = rows.get(row, (0, 0)), old.get((isa, profile, row))
            line += cell(now, before, row != TOTALS[-1])
        print(line.rstrip())


def main():
    if sys.argv[1] == "measure":
        return measure(*sys.argv[2:])
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--files", action="store_true")
    arguments.add_argument("--update", action="store_true")
    arguments.add_argument("figures", type=pathlib.Path)
    arguments.add_argument("measured", type=pathlib.Path, nargs="+")
    given = arguments.parse_args(sys.argv[2:])
    old, new, tables = known(given.figures), {}, {}
    for path in given.measured:
        isa, profile = path.stem, path.parent.name
        rows = tables.setdefault(isa, {})[profile] = figures(path, given.files)
        new.update({(isa, profile, row): value for row, value in rows.items()})
    for isa, columns in tables.items():
        show(isa, columns, old)
    changed = sum(old.get(key) != new.get(key) for key in {*old, *new}
                  if key[:2] in {k[:2] for k in new} and not key[2].startswith(" "))
    if given.update:
        update(given.figures, old, new)
    elif changed:
        print(f"figures that differ from {given.figures}, by what stands behind them: {changed}; "
              "make size UPDATE=1 if that is meant")


main()

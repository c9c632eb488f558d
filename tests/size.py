# SPDX-License-Identifier: MIT
"""Flash and RAM of the agent by part, in bytes: of what a linker takes from the library. usage:
size.py CROSS ISA OBJECT-DIR LIBRARY FLAG…"""
import pathlib
import re
import subprocess
import sys

# and arch/ without jump probes: what firmware needs for kprobes by the C API alone
CORE = {f"agent/{name}" for name in ("api/kprobe", "base/clock", "base/util", "probe/dispatch",
                                     "probe/guard", "probe/quiescent", "probe/regs", "probe/table",
                                     "probe/text", "probe/trap")}
# linked where something runs them
EXPRESSIONS = {f"agent/expr/{name}"
               for name in ("bytecode", "bytecode_check", "format", "tvar", "wide")}
SCALED = {"tl_ring", "instances", "tl_slots", "tl_table", "tl_remotes", "deltas", "delta_owner",
          "rx_bytes", "answer_bytes", "frame_bytes", "vars", "pool", "bytes", "tl_tracepoints",
          "breaks", "tl_halt_stack"}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def taken(cross, library, flags):
    """Names of the library's members that firmware gets when it calls the agent."""
    trace = run(cross + "gcc", *flags, "-nostdlib", "-r", "-Wl,-t,-t",
                *(f"-u{f}" for f in ("tl_init", "tl_register_kprobe", "tl_regs_get")), library,
                "-o", "/dev/null")
    return set(re.findall(r"\(?(\w+\.o)\)?$", trace, re.M))


def main(cross, isa, folder, library, *flags):
    folder, members = pathlib.Path(folder), taken(cross, library, flags)
    objects = sorted(p for p in folder.rglob("*.o")
                     if p.relative_to(folder).parts[0] in ("agent", "arch", "protocol"))
    sizes = []
    for line in run(cross + "size", *map(str, objects)).splitlines()[1:]:
        text, data, bss, _, _, path = line.split()
        sizes.append((str(pathlib.Path(path).relative_to(folder).with_suffix("")),
                      int(text) + int(data), int(data) + int(bss)))
    objects = [p for p in objects if p.name in members]
    parts = [p for p in sizes if p[0].split("/")[-1] + ".o" in members]
    print(f"{isa:54} flash    RAM")
    for name, flash, ram in parts:
        print(f"  {name:50} {flash:7} {ram:6}")
    core = [p for p in parts if p[0] in CORE or p[0].startswith("arch/")
            and not p[0].endswith("/fast")]
    expressions = [p for p in sizes if p[0] in EXPRESSIONS]
    print(f"  {'probes alone, C API (the agent built of these parts)':50} "
          f"{sum(p[1] for p in core):5} {sum(p[2] for p in core):6}")
    print(f"  {'agent expressions (TL_BYTECODE)':50} {sum(p[1] for p in expressions):7} "
          f"{sum(p[2] for p in expressions):6}")
    print(f"  {'everything':50} {sum(p[1] for p in parts):7} {sum(p[2] for p in parts):6}")
    symbols = [line.split() for line in run(cross + "nm", "-S", *map(str, objects)).splitlines()]
    scaled = sum(int(s[1], 16) for s in symbols
                 if len(s) == 4 and s[2] in "bBdD" and s[3] in SCALED)
    print(f"  {'RAM besides ring, slots, buffers, per-probe and per-call state':50} {'':7} "
          f"{sum(p[2] for p in parts) - scaled:6}")


main(*sys.argv[1:])

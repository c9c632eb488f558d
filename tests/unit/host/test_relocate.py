# SPDX-License-Identifier: MIT
"""Copies of a program for where it runs (host/program/relocate.h).

The oracle is the linker: the same objects are linked for one place and for another. The copy of the
one for the other place has to say what the linker made for there, whatever readelf shows: headers,
sections, symbols, DWARF and tables for unwinding. Segments move by different distances, and the
program has a unit in two of them.
"""

import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
OUT = ROOT / os.environ.get("O", "build") / "relocate"
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
SOURCES = [*sorted((ROOT / "host/program").glob("relocate*.c")),
           *(ROOT / f"{f}.c" for f in ("host/program/abbrevs", "host/program/unpack",
                                       "host/base/say", "host/base/util", "protocol/pack"))]

# What a compiler is called with, and the linker of its instruction set.
TARGETS = {
    "thumb": ("arm-none-eabi-gcc", "-mcpu=cortex-m4 -mthumb", "arm-none-eabi-ld"),
    "rv32": ("riscv64-unknown-elf-gcc", "-march=rv32imac -mabi=ilp32 -mcmodel=medany",
             "riscv64-unknown-elf-ld -melf32lriscv --no-relax"),
    "rv64": ("riscv64-unknown-elf-gcc", "-march=rv64imac -mabi=lp64 -mcmodel=medany",
             "riscv64-unknown-elf-ld --no-relax"),
    "aarch64": ("aarch64-linux-gnu-gcc", "-fpie", "aarch64-linux-gnu-ld --eh-frame-hdr"),
    "clang-thumb": ("clang-19", "--target=thumbv7em-none-eabi", "arm-none-eabi-ld"),
    "clang-rv32": ("clang-19", "--target=riscv32-unknown-elf -march=rv32imac -mno-relax "
                   "-mcmodel=medany", "riscv64-unknown-elf-ld -melf32lriscv --no-relax"),
    "clang-rv64": ("clang-19", "--target=riscv64-unknown-elf -march=rv64imac -mno-relax "
                   "-mcmodel=medany", "riscv64-unknown-elf-ld --no-relax"),
    "clang-aarch64": ("clang-19", "--target=aarch64-none-elf", "aarch64-linux-gnu-ld --eh-frame-hdr"),
}
LINKED = (0x8010000, 0x8030000, 0x20000000)  # text, rodata, data
PLACES = {"apart": (0x40000, 0x8004100, 0x20001200), "at once": (0x9010000, 0x9030000, 0x21000000)}

SHOWN = [["-hlSsW"], ["--debug-dump=info,Ranges,loc,aranges,frames,decodedline,addr", "-W"],
         ["-wL", "-W"]]


def run(*command, **how):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **how)
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-4000:])
    return done.stdout


@pytest.fixture(scope="session")
def copy():
    """copy(FROM, TO, segments) by a program that is built with sanitizers."""
    OUT.mkdir(parents=True, exist_ok=True)
    program = OUT / f"copy-{os.getpid()}"
    run("cc", "-std=gnu11", "-g", "-O1", *SANITIZE, "-Wall", "-Wextra", "-Werror",
        *(f"-I{ROOT / d}" for d in ("protocol", "arch", "host")), HERE / "relocate_copy.c",
        *SOURCES, "-lelf", "-ldl", "-o", program)
    yield lambda *arguments: subprocess.run([program, *arguments], capture_output=True, text=True)
    program.unlink()


def build(folder, target, flags):
    compiler, machine, _ = TARGETS[target]
    objects = []
    for source in sorted((HERE / "relocate").glob("*.c*")):
        objects.append(folder / f"{source.stem}.o")
        run(compiler, *machine.split(), *flags, "-ffunction-sections", "-fexceptions",
            "-ffreestanding", "-funwind-tables", "-c", source, "-o", objects[-1], cwd=folder)
    return objects


def link(folder, target, objects, place, name, *flags):
    symbols = [f"--defsym={n}={a:#x}" for n, a in zip(("TEXT", "RODATA", "DATA"), place)]
    run(*TARGETS[target][2].split(), "--gc-sections", "--no-warn-rwx-segments",
        "-zmax-page-size=64", "-zcommon-page-size=64",
        *flags, "-T", HERE / "relocate/apart.ld", *symbols, *objects, "-o", folder / name)
    return folder / name


def segments(elf, place, to):
    """Of the program headers, LINK:BASE:SIZE."""
    sizes = {}
    for row in re.findall(r"^  LOAD +\S+ (0x\w+) 0x\w+ 0x\w+ (0x\w+)", run("readelf", "-lW", elf),
                          re.M):
        sizes[int(row[0], 16)] = int(row[1], 16)
    assert set(sizes) == set(place)
    return [f"{link:#x}:{base:#x}:{sizes[link]:#x}" for link, base in zip(place, to)]


def shown(elf, options):
    text = run("readelf", *options, elf)
    # readelf names the file; the symbol that --defsym made is none of the program's.
    return [line for line in text.replace(str(elf), "").splitlines()
            if not re.search(r" (TEXT|RODATA|DATA)$", line)]


def compare(folder, target, copy, objects, place, *flags):
    one = link(folder, target, objects, LINKED, "one.elf", *flags)
    other = link(folder, target, objects, place, "other.elf", *flags)
    done = copy(one, folder / "copy.elf", *segments(one, LINKED, place))
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    for options in SHOWN:
        got, wanted = shown(folder / "copy.elf", options), shown(other, options)
        differ = [(a, b) for a, b in zip(got, wanted) if a != b]
        assert not differ and len(got) == len(wanted), (options, differ[:20], len(differ))
    return one


FULL = bool(os.environ.get("FULL"))
CASES = [(target, version, level) for target in TARGETS for version in (2, 3, 4, 5)
         for level in ("-O0", "-O2")]


@pytest.mark.parametrize("target, version, level",
                         CASES if FULL else CASES[::5])
def test_as_the_linker(target, version, level, copy, tmp_path):
    objects = build(tmp_path, target, [f"-gdwarf-{version}", level])
    for place in PLACES.values():
        compare(tmp_path, target, copy, objects, place)

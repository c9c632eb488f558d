# SPDX-License-Identifier: MIT
"""Copies of a program for where it runs (host/program/relocate.h).

The oracle is the linker: the same objects are linked for one place and for another. The copy of the
one for the other place has to say what the linker made for there, whatever readelf shows: headers,
sections, symbols, DWARF and tables for unwinding. Segments move by different distances, the program
has a unit in two of them, and functions that the linker throws away.
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
FULL = bool(os.environ.get("FULL"))

ARM_LD = "arm-none-eabi-ld --no-warn-rwx-segments"
RISCV_LD = "riscv64-unknown-elf-ld --no-relax --no-warn-rwx-segments"
AARCH64_LD = "aarch64-linux-gnu-ld --eh-frame-hdr --no-warn-rwx-segments"
# What a compiler is called with, and a linker.
TARGETS = {
    "thumb": ("arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb", ARM_LD),
    "rv32": ("riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32 -mcmodel=medany",
             f"{RISCV_LD} -melf32lriscv"),
    "rv64": ("riscv64-unknown-elf-gcc -march=rv64imac -mabi=lp64 -mcmodel=medany", RISCV_LD),
    "aarch64": ("aarch64-linux-gnu-gcc -fpie", AARCH64_LD),
    "clang-thumb": ("clang-19 --target=thumbv7em-none-eabi", ARM_LD),
    "clang-rv32": ("clang-19 --target=riscv32-unknown-elf -march=rv32imac -mno-relax "
                   "-mcmodel=medany", f"{RISCV_LD} -melf32lriscv"),
    "clang-rv64": ("clang-19 --target=riscv64-unknown-elf -march=rv64imac -mno-relax "
                   "-mcmodel=medany", RISCV_LD),
    "clang-aarch64": ("clang-19 --target=aarch64-none-elf", AARCH64_LD),
}
# Where text, rodata and data are linked for, and where they run.
LINKED = (0x8010000, 0x8030000, 0x20000000)
PLACES = {"apart": (0x40000, 0x8004100, 0x20001200),
          "as they are": (0x9010000, 0x9030000, 0x21000000)}
AT_ZERO = (0, 0x30000, 0x20000000)

DWARF = "--debug-dump=info,Ranges,loc,aranges,frames,decodedline,addr"


def run(*command, **how):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **how)
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-4000:])
    return done.stdout


@pytest.fixture(scope="session")
def copy():
    """copy(FROM, TO, segments…) by a program that is built with sanitizers."""
    OUT.mkdir(parents=True, exist_ok=True)
    program = OUT / f"copy_elf-{os.getpid()}"
    run("cc", "-std=gnu11", "-g", "-O1", *SANITIZE, "-Wall", "-Wextra", "-Werror",
        *(f"-I{ROOT / d}" for d in ("protocol", "arch", "host")), HERE / "copy_elf.c",
        *SOURCES, "-lelf", "-ldl", "-o", program)
    yield lambda *arguments: subprocess.run([program, *arguments], capture_output=True, text=True)
    program.unlink()


def build(folder, target, flags):
    objects = []
    for source in sorted((HERE / "relocate").glob("*.c*")):
        objects.append(folder / f"{source.stem}.o")
        run(*TARGETS[target][0].split(), *flags.split(), "-ffunction-sections", "-fexceptions",
            "-ffreestanding", "-funwind-tables", "-c", source, "-o", objects[-1], cwd=folder)
    return objects


def link(folder, target, objects, place, name, flags=""):
    symbols = [f"--defsym={n}={a:#x}" for n, a in zip(("TEXT", "RODATA", "DATA"), place)]
    run(*TARGETS[target][1].split(), "--gc-sections", "-zmax-page-size=64",
        "-zcommon-page-size=64", *flags.split(), "-T", HERE / "relocate/apart.ld", *symbols,
        *objects, "-o", folder / name)
    return folder / name


def segments(elf, place, to):
    """Of the program headers, LINK:BASE:SIZE."""
    sizes = {int(addr, 16): size for addr, size in
             re.findall(r"^  LOAD +\S+ (0x\w+) 0x\w+ 0x\w+ (0x\w+)", run("readelf", "-lW", elf),
                        re.M)}
    assert set(sizes) == set(place)
    return [f"{link:#x}:{base:#x}:{sizes[link]}" for link, base in zip(place, to)]


def shown(elf, *options):
    text = run("readelf", "-W", *options, DWARF, elf)
    # readelf names the file, and sections that were compressed as of old; symbols that --defsym
    # made are none of the program's.
    return [line for line in text.replace(str(elf), "").replace(" .zdebug", " .debug").splitlines()
            if not re.search(r" (TEXT|RODATA|DATA)$", line)]


def compare(folder, target, copy, objects, to, linked=LINKED, flags="", options=("-hlSs",)):
    one = link(folder, target, objects, linked, "one.elf", flags)
    other = link(folder, target, objects, to, "other.elf", flags)
    done = copy(one, folder / "copy.elf", *segments(one, linked, to))
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    got, wanted = shown(folder / "copy.elf", *options), shown(other, *options)
    differ = [(a, b) for a, b in zip(got, wanted) if a != b]
    assert not differ and len(got) == len(wanted) > 500, (differ[:20], len(differ))
    return one


# Differences as LEB128, which clang 19 has RISC-V's linkers fill in with DWARF 5, none of them here
# knows (binutils 2.40, LLD 14).
CASES = [(target, version, level) for target in TARGETS for version in (2, 3, 4, 5)
         for level in ("-O0", "-O2") if (target[:8], version) != ("clang-rv", 5)]


@pytest.mark.parametrize("target, version, level", CASES if FULL else CASES[1::9])
def test_as_the_linker(target, version, level, copy, tmp_path):
    objects = build(tmp_path, target, f"-gdwarf-{version} {level}")
    for place in PLACES:
        if FULL or place == "apart":
            compare(tmp_path, target, copy, objects, PLACES[place])


VARIANTS = {
    "addresses apart": ("thumb", "-gdwarf-4 -O2 -gsplit-dwarf", ""),
    "indices": ("rv32", "-gdwarf-5 -O2 -gsplit-dwarf", ""),
    "indices of LLVM": ("clang-thumb", "-gdwarf-5 -O2 -gsplit-dwarf", ""),
    "lists of LLVM": ("clang-aarch64", "-gdwarf-4 -O2 -gsplit-dwarf", ""),
    "offsets of 64 bits": ("aarch64", "-gdwarf-5 -O2 -gdwarf64", ""),
    "offsets of 64 bits before": ("rv64", "-gdwarf-4 -O2 -gdwarf64", ""),
    "types": ("thumb", "-gdwarf-4 -O2 -fdebug-types-section", ""),
    "types in units": ("thumb", "-gdwarf-5 -O2 -fdebug-types-section", ""),
    "zlib": ("thumb", "-gdwarf-5 -O2", "--compress-debug-sections=zlib"),
    "zlib of old": ("thumb", "-gdwarf-4 -O2", "--compress-debug-sections=zlib-gnu"),
    "zstd": ("aarch64", "-gdwarf-5 -O2", "--compress-debug-sections=zstd"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_variant(variant, copy, tmp_path):
    """What is compressed is not in the copy, so that its sections are others."""
    target, flags, linked = VARIANTS[variant]
    compare(tmp_path, target, copy, build(tmp_path, target, flags), PLACES["apart"],
            flags=linked, options=() if linked else ("-hlSs",))


@pytest.mark.parametrize("target, version, level", [
    case for case in CASES if FULL or case in
    (("thumb", 2, "-O2"), ("rv64", 5, "-O2"), ("clang-aarch64", 5, "-O0"))])
def test_from_zero(target, version, level, copy, tmp_path):
    """Linked for 0, where linkers also put what they throw away: it stays there."""
    objects = build(tmp_path, target, f"-gdwarf-{version} {level}")
    compare(tmp_path, target, copy, objects, PLACES["apart"], AT_ZERO)


def changed(elf, to, *changes):
    data = bytearray(elf.read_bytes())
    for at, new in changes:
        data[at:at + len(new)] = new
    to.write_bytes(data)
    return to


def offset_of(elf, section):
    return int(re.search(rf" {re.escape(section)} +\w+ +\w+ (\w+)", run("readelf", "-SW", elf))[1],
               16)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    return link(folder, "rv64", build(folder, "rv64", "-gdwarf-5 -O2"), LINKED, "sound.elf")


def test_refused(copy, sound, tmp_path):
    """Each with its reason, and without a copy."""
    where = segments(sound, LINKED, PLACES["apart"])
    info = offset_of(sound, ".debug_info")
    far = where[:]
    far[0] = where[0].replace("0x40000", "0x4000000000")
    cases = [
        (changed(sound, tmp_path / "info.elf", (info + 8, b"\xff\xff\xff\x7f")), where,
         r"its \.debug_abbrev is damaged at "),
        (changed(sound, tmp_path / "unit.elf", (info, b"\xff\xff\xff\x7f")), where,
         r"its \.debug_info is damaged at "),
        (changed(sound, tmp_path / "line.elf",
                 (offset_of(sound, ".debug_line"), b"\xff\xff\xff\x7f")), where,
         r"its \.debug_line is damaged at 0x0"),
        (changed(sound, tmp_path / "big.elf", (5, b"\2")), where, "another machine|not an ELF"),
        (changed(sound, tmp_path / "object.elf", (16, b"\1")), where, "an object file"),
        (changed(sound, tmp_path / "text.elf", (0, b"text")), where, "not an ELF file"),
        (sound, far, r"in its \.eh_frame at 0x\w+ is a distance .* moved apart too far"),
    ]
    for elf, places, reason in cases:
        done = copy(elf, tmp_path / "copy", *places)
        assert done.returncode == 5 and re.match(f"error: .*({reason}).*\n", done.stderr), \
            (elf, done.stderr)
        assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("target, version", [("thumb", 4), ("aarch64", 5), ("clang-rv32", 4)])
def test_damaged(target, version, copy, tmp_path):
    """Bytes changed at random anywhere in the file: no crash and no endless loop."""
    elf = link(tmp_path, target, build(tmp_path, target, f"-gdwarf-{version} -O2"), AT_ZERO,
               "one.elf")
    times = 20000 if FULL else 1000
    done = copy(elf, str(times), *segments(elf, AT_ZERO, PLACES["apart"]))
    assert done.returncode == 0, done.stderr[-4000:]
    assert 0 < int(done.stdout) < times

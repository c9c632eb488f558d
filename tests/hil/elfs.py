# SPDX-License-Identifier: MIT
"""Small ELFs of the tests' own, for what the host tool does without a target."""
import json
import subprocess

import pytest

from conftest import ROOT, TRAPLINE, arch_of, clean_env, cross, make_variable
from rsp import PATIENCE

SOURCES = ROOT / "tests/names"


def compiler(board, language="gcc"):
    isa = make_variable(f"{board}.isa")
    return [cross(board) + language, *make_variable(f"{isa}.flags").split(), "-nostdlib",
            "-ffreestanding", "-g",
            "-Wl,--no-warn-rwx-segments", "-Wl,-Ttext=0x20001000"]


def build(board, out, *arguments, language="gcc"):
    subprocess.run([*compiler(board, language), *map(str, arguments), "-o", str(out)], check=True,
                   capture_output=True, text=True)
    return out


def clang_target(isa):
    if isa.startswith("rv"):
        return "riscv32-unknown-elf" if isa.startswith("rv32") else "riscv64-unknown-elf"
    return "aarch64-none-elf" if isa == "aarch64" else "arm-none-eabi"


def clang_relax(isa):
    """The linker here breaks off over clang's debug sections else."""
    return ["-mno-relax"] if isa.startswith("rv") else []


def firmware(board, compiler, flags, out, *sources, settings=()):
    """Sources by a compiler, on a board's startup and drivers, which `settings` of make choose.
    Compilers other than the board's have no C library's headers."""
    isa = make_variable(f"{board}.isa", *settings)
    support = [ROOT / o for o in make_variable(f"{board}.support", *settings).split()]
    gcc = make_variable(f"{board}.cc", *settings).split()
    flags = [*flags.split(), "-ffreestanding", "-g"]
    out.parent.mkdir(parents=True, exist_ok=True)
    objects = [f"{out}.{source.stem}.o" for source in sources]
    command = [*gcc, *flags]
    if compiler != "gcc":
        options = [f for f in gcc[1:] if f.startswith(("-mcpu", "-mthumb", "-mf", "-march", "-mabi",
                                                       "-mcmodel", "-I"))]
        command = [compiler, f"--target={clang_target(isa)}", *options, *clang_relax(isa), *flags]
        flags = ["-Wl,--no-enum-size-warning"] if isa.startswith("arm") else []
    for source, made in zip(sources, objects):
        subprocess.run([*command, "-c", source, "-o", made], cwd=ROOT, check=True)
    folder = ROOT / "board" / (make_variable(f"{board}.like") or board)
    subprocess.run([*gcc, *flags, "-nostartfiles", "-g", "-Wl,--gc-sections,--build-id=sha1,"
                    "--no-warn-rwx-segments", f"-L{folder}", "-T", folder / "link.ld", *objects,
                    *support, ROOT / make_variable(f"{isa}.library", *settings), "-lgcc", "-o",
                    out], cwd=ROOT, check=True)
    return out


@pytest.fixture(scope="module")
def tmp(tmp_path_factory):
    return tmp_path_factory.mktemp("names")


@pytest.fixture
def built(board, tmp):
    """built(name, *arguments): an ELF, made once a board."""
    def make(name, *arguments, **how):
        out = tmp / f"{board}-{name}.elf"
        return out if out.exists() else build(board, out, *arguments, **how)
    return make


@pytest.fixture
def motor(built):
    return built("motor", "-O1", "-fno-exceptions", "-fno-rtti", "-Wl,-ework",
                 SOURCES / "motor.cpp", language="g++")


@pytest.fixture
def odd(built):
    return built("odd", "-Wl,-elabel", SOURCES / "odd.S")


def run(*args, check=None):
    result = subprocess.run([TRAPLINE, *map(str, args)], capture_output=True, text=True,
                            timeout=PATIENCE,
                            stdin=subprocess.DEVNULL, env=clean_env())
    if check is not None:
        assert result.returncode == check, (result.args, result.returncode, result.stdout,
                                            result.stderr)
    return result


def symbols(elf):
    """name -> address, as the linker has them."""
    listing = subprocess.run(["nm", elf], capture_output=True, text=True, check=True).stdout
    return {name: int(address, 16) & ~(kind in "TtW")
            for address, kind, name in (line.split(maxsplit=2) for line in listing.splitlines())}


def places(elf, *points):
    """Where points are, by `check`: [(name, address)]."""
    rows = [json.loads(line) for line in run("check", "-e", elf, "-f", "jsonl", *points,
                                             check=0).stdout.splitlines()]
    return [(row["name"], int(row["addr"], 16)) for row in rows]


# -- two units that share a header, as several compilers make them --

TWINS = ("-Wl,-emain", SOURCES / "twin_a.c", SOURCES / "twin_b.c", "-lgcc")
TARGETS = {"thumb": ("--target=arm-none-eabi", "-mcpu=cortex-m3"),
           "aarch64": ("--target=aarch64-none-elf", "-march=armv8-a"),
           "riscv": ("--target=riscv64-unknown-elf", "-march=rv64gc", "-mabi=lp64d",
                     "-mcmodel=medany", "-mno-relax",
                     "-gdwarf-4")}  # of 5 lld has not all relocations
WAYS = {
    "O0": ["-O0"], "Og": ["-Og"], "O2": ["-O2"], "Os": ["-Os"], "lto": ["-O2", "-flto"],
    "dwarf2": ["-O1", "-gdwarf-2"], "dwarf3": ["-O1", "-gdwarf-3"], "dwarf4": ["-O2", "-gdwarf-4"],
    "split": ["-O2", "-gsplit-dwarf"], "packed": ["-O1", "-gz"],
    "sections": ["-O2", "-ffunction-sections", "-Wl,--gc-sections"],
    "clang": ["-O2"], "clang0": ["-O0"],
}


def by_clang(board, tmp, way):
    """Compiled by clang, linked by lld (GNU's for RISC-V crashes on it)."""
    out = tmp / f"{board}-twins-{way}.elf"
    if out.exists():
        return out
    target = TARGETS[arch_of(board)]
    flags = make_variable(f"{make_variable(f'{board}.isa')}.flags").split()
    objects = [tmp / f"{board}-{way}-{name}.o" for name in ("twin_a", "twin_b")]
    for made, name in zip(objects, ("twin_a", "twin_b")):
        subprocess.run(["clang-19", "-g", *target, "-ffreestanding", *WAYS[way], "-c",
                        SOURCES / f"{name}.c", "-o", made], check=True)
    libgcc = subprocess.run([cross(board) + "gcc", *flags, "-print-libgcc-file-name"], check=True,
                            capture_output=True, text=True).stdout.strip()
    subprocess.run(["ld.lld", "-emain", "-Ttext=0x20001000", *objects, libgcc, "-o", out],
                   check=True)
    return out


@pytest.fixture
def twins(board, tmp, built):
    """twins(way): the two units, as that way of compiling makes them."""
    def make(way):
        if way.startswith("clang"):
            return by_clang(board, tmp, way)
        # what is thrown away is put at 0 by linkers: here, in the midst of other code
        at = ["-Wl,-Ttext=0"] if way == "sections" else []
        return built(f"twins-{way}", *WAYS[way], *TWINS, *at)
    return make

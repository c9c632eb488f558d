# SPDX-License-Identifier: MIT
"""Small ELFs of the tests' own, for what the host tool does without a target."""
import json
import subprocess

import pytest

from conftest import ROOT, TRAPLINE, clean_env, cross, make_variable

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
    result = subprocess.run([TRAPLINE, *map(str, args)], capture_output=True, text=True, timeout=180,
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

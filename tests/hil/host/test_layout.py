# SPDX-License-Identifier: MIT
"""What in text is an instruction, in ELFs that do not say it: without mapping symbols, stripped,
or none at all. What mapping symbols say of the same code is the oracle."""
import pathlib
import re
import subprocess

import pytest

from conftest import BUILD, EACH_ARCH, ONE_BOARD, Elf, arch_of, cross, make_variable, run

pytestmark = EACH_ARCH
LAYOUT = pathlib.Path(__file__).with_name("layout.c")


def built(board, out, *flags, isa=None):
    isa = isa or make_variable(f"{board}.isa")
    subprocess.run([cross(board) + "gcc", *make_variable(f"{isa}.flags").split(), "-nostdlib",
                    "-ffreestanding", *flags, LAYOUT, "-lgcc",
                    "-Wl,-Ttext=0x10000,-Tdata=0x80000", "-o", out], check=True)
    return out


def copied(board, elf, out, *how):
    subprocess.run([cross(board) + "objcopy", *how, elf, out], check=True)
    return out


def listed(elf):
    """Addresses of the instructions, and those that are refused as data or for want of
    knowledge."""
    found = re.findall(r"^  0x([0-9a-f]+)  \S+ +(.*)$", run("funcs", "-v", "-e", str(elf)).stdout,
                       re.M)
    lines = {int(address, 16): what for address, what in found}
    return {address for address, what in lines.items()
            if not re.search(r"\d bytes (of data|that may)", what)}, lines


FLAGS = [["-O2"], ["-Os"], ["-O0"], ["-O2", "-fPIC"]]


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
def test_without_mapping_symbols(board, tmp_path, flags):
    """Nothing is taken for an instruction that is none; of instructions, hardly any is not
    known."""
    for isa in {make_variable(f"{board}.isa"),
                {"thumb": "armv6-m", "riscv": "rv32imac", "aarch64": "aarch64"}[arch_of(board)]}:
        marked = built(board, tmp_path / "marked.elf", *flags, isa=isa)
        code, _ = listed(marked)
        found, _ = listed(copied(board, marked, tmp_path / "bare.elf", "-w", "--strip-symbol=$*"))
        assert not found - code, (f"{isa}: data is taken for instructions at "
                                  f"{[hex(a) for a in sorted(found - code)][:5]}")
        assert len(code) > 150, f"{isa}: {len(code - found)} of {len(code)} not known"
        assert len(code - found) < 0.08 * len(
            code), f"{isa}: {len(code - found)} of {len(code)} not known"


def test_whole_firmware(board, tmp_path):
    elf = BUILD / board / "torture.elf"
    code, _ = listed(elf)
    found, _ = listed(copied(board, elf, tmp_path / "bare.elf", "-w", "--strip-symbol=$*"))
    assert not found - code, [hex(a) for a in sorted(found - code)][:5]
    # on Cortex-M, nearly all of that is padding
    assert len(code) > 10000 and len(code - found) < 0.04 * len(code)


def test_some_objects_have_lost_them(board, tmp_path):
    """Mapping symbols of one object say nothing of another, linked before it."""
    if arch_of(board) != "thumb":
        pytest.skip("no compiler puts data in this instruction set's text")
    flags = make_variable(f"{make_variable(f'{board}.isa')}.flags").split()
    lost, kept = tmp_path / "lost.o", tmp_path / "kept.o"
    subprocess.run([cross(board) + "gcc", *flags, "-O2", "-c", LAYOUT, "-o", lost], check=True)
    (tmp_path / "kept.c").write_text("int kept(int a) { return a + 1; }\n")
    subprocess.run([cross(board) + "gcc", *flags, "-O2", "-c", tmp_path / "kept.c", "-o", kept],
                   check=True)
    bare = copied(board, lost, tmp_path / "bare.o", "--redefine-sym", "$t=t", "--redefine-sym",
                  "$d=d")
    code = {}
    for name, obj in (("marked", lost), ("half", bare)):
        out = tmp_path / f"{name}.elf"
        subprocess.run([cross(board) + "gcc", *flags, "-nostdlib", kept, obj, "-lgcc",
                        "-Wl,-Ttext=0x10000,-Tdata=0x80000", "-o", out], check=True)
        code[name], _ = listed(out)
    literal = re.search(r"^ *([0-9a-f]+):.*\.word\s+0xb88f4111", subprocess.run(
        [cross(board) + "objdump", "-d", tmp_path / "marked.elf"], capture_output=True, text=True,
        check=True).stdout, re.M)[1]
    assert int(literal, 16) not in code["marked"] | code["half"]


def test_stripped(board, steps, tmp_path):
    elf = Elf(BUILD / board / "load.elf")
    bare = str(copied(board, elf.path, tmp_path / "bare.elf", "-R", ".ARM.exidx", "-R", ".eh_frame",
                      "--strip-all"))
    for point in (f"0x{elf['work']:x}", f"0x{elf['work'] + steps[1]:x}",
                  f"0x{elf['work']:x}%return"):
        result = run("check", point, "-e", bare)
        assert result.returncode == 4 and result.stdout == "", result.stdout
        assert "nothing tells whether an instruction begins there" in result.stderr
        assert "hint:  give the ELF as it was linked" in result.stderr
    result = run("check", f"0x{elf['work']:x}", "-e", bare, "--force")
    assert result.returncode == 0 and "asking the target all the same (--force)" in result.stderr


def test_unwind_tables(board, tmp_path):
    """They tell where functions begin when nothing else does."""
    marked = built(board, tmp_path / "marked.elf", "-O2", "-fasynchronous-unwind-tables",
                   "-Wl,--unresolved-symbols=ignore-all")
    bare = str(copied(board, marked, tmp_path / "bare.elf", "--strip-all"))
    symbols, (code, _) = Elf(marked).symbols, listed(marked)
    for name in ("few", "constants"):
        assert run("check", hex(symbols[name]), "-e", bare).returncode == 0, name
        assert run("check", f"{symbols[name]:#x}%return", "-e", bare).returncode == 0, name
        inside = [a for a in range(symbols[name], symbols[name] + 16, 2)]
        assert [run("check", hex(a), "-e", bare).returncode == 0
                for a in inside] == [a in code for a in inside]
    result = run("check", f"{sorted(code)[sorted(code).index(symbols['few']) + 1]:#x}%return", "-e",
                 bare)
    assert result.returncode == 2
    assert "a return is hooked at the entry of its function" in result.stderr


NAMES = """
 .text
 .macro f name
 .global "\\name"
 .type "\\name", %function
"\\name":
 nop
 nop
 .size "\\name", . - "\\name"
 .endm
 .global _start
_start:
 f "$tick"
 f "$dump"
 f "$x"
 f "x%y"
 .type local, %function
local:
"$d":
 nop
"$d.odd":
 .4byte 0x12345678
 .size "$d.odd", 4
"""


def test_names_like_mapping_symbols(board, tmp_path):
    source, elf = tmp_path / "names.S", str(tmp_path / "names.elf")
    source.write_text((" .syntax unified\n .thumb\n" if "arm" in cross(board) else "") + NAMES)
    flags = make_variable(f"{make_variable(f'{board}.isa')}.flags").split()
    subprocess.run([cross(board) + "gcc", *flags, "-nostdlib", source, "-o", elf], check=True)
    for name in ("$tick", "$dump", "$x", "x%y"):
        result = run("check", name, "-e", elf)
        assert result.returncode == 0 and result.stdout.startswith(name), result.stderr


@ONE_BOARD
def test_without_elf(machine):
    """An address alone may be anything: every command that takes a point refuses it, and the
    firmware runs on."""
    at = machine.elf["work"]
    for command, *more in (["watch", "-n", "1"], ["count", "-d", "1ms"], ["add"], ["check"],
                           ["regs"], ["gdb", "-l", f"{machine.tmp}/gdb"]):
        result = machine.trapline(command, *more, hex(at + 2), elf=False, check=4)
        assert "without an ELF nothing tells whether an instruction begins there" in \
            result.stderr, (command, result.stderr)
        assert "--force" in result.stderr
    assert machine.trapline("info", check=0).stdout
    assert machine.trapline("count", "-d", "100ms", hex(at), "--force", elf=False).returncode == 0


@pytest.fixture
def machine(boot):
    return boot("load")

# SPDX-License-Identifier: MIT
"""ELFs as they come: stripped, with their symbols in another file, several together, damaged,
compressed, without indexes."""
import re
import resource
import subprocess

import pytest

from conftest import (BUILD, EACH_ARCH, ONE_BOARD, TRAPLINE, Elf, Machine, clean_env,
                      cross)
from elfs import SOURCES, build, built, places, run, symbols, tmp  # noqa: F401: fixtures
from foreign import link

pytestmark = EACH_ARCH


@pytest.fixture
def plain(built):
    return built("plain", "-O2", "-Wl,-ework", "-Wl,--build-id=sha1", SOURCES / "inlined.c")


@pytest.fixture
def tool(board):
    """tool("objcopy", …): a program of the board's binutils."""
    return lambda name, *arguments: subprocess.run([cross(board) + name, *map(str, arguments)],
                                                   check=True, capture_output=True, text=True)


def test_inlined(plain):
    """Functions that are only within others are said to be, with a place; copies are named."""
    result = run("check", "-e", plain, "four", check=5)
    assert re.search(
        r"no function 'four' in \S+: inlined, at inlined.c:10, into (compute and work|work and "
        r"compute)\n", result.stderr)
    place = re.search(r"begins at (\S+),", result.stderr)[1]
    assert place.startswith(("compute", "work")) and places(plain, place)
    assert "inlined, at inlined.c:5" in run("check", "-e", plain, "twice", check=5).stderr
    assert "inlined, at inlined.c:5" in run("funcs", "-e", plain, "twice", check=5).stderr
    assert "scale.constprop.0" in run("check", "-e", plain, "scale", check=5).stderr
    assert "some calls of thrice do not hit: it was inlined into work (inlined.c:16)" in run(
        "check", "-e", plain, "thrice", check=0).stderr
    assert "inlined" not in run("check", "-e", plain, "work", check=0).stderr


def test_debug_file(plain, tool, tmp_path):
    """Names from a debug file: given, linked beside or in .debug/, or given as a further ELF;
    alone it has no code to check."""
    debug, stripped, linked = (tmp_path / name for name in ("fw.debug", "fw.bare", "fw.elf"))
    tool("objcopy", "--only-keep-debug", plain, debug)
    tool("strip", "-o", stripped, plain)
    tool("objcopy", f"--add-gnu-debuglink={debug}", stripped, linked)
    where = [("compute", symbols(plain)["compute"])]
    assert "has no symbols (it was stripped)" in run("check", "-e", stripped, "compute",
                                                     check=5).stderr
    assert places(linked, "compute") == where
    assert run("check", "-e", stripped, "--debug-file", debug, "compute",
               check=0).stdout == run("check", "-e", plain, "compute").stdout
    assert run("check", "-e", debug, "-e", stripped, "compute",
               check=0).stdout == run("check", "-e", plain, "compute").stdout
    assert run("funcs", "-e", linked, check=0).stdout == run("funcs", "-e", plain, check=0).stdout
    result = run("check", "-e", debug, "compute", check=4)
    assert f"compute (0x{where[0][1]:08x}): its code is not in the ELF" in result.stderr
    assert "(-e)" in result.stderr
    (tmp_path / ".debug").mkdir()
    debug.rename(tmp_path / ".debug/fw.debug")
    assert places(linked, "compute") == where
    (tmp_path / ".debug/fw.debug").write_bytes(plain.read_bytes())
    result = run("check", "-e", linked, "compute", check=5)
    assert "fw.debug is not the debug file of fw.elf" in result.stderr
    assert "--debug-file" in result.stderr


def test_debug_lines_alone(plain, tool, tmp_path):
    """Stripped of lines only (strip -g): symbols of its own, lines by the link."""
    debug, stripped = tmp_path / "fw.debug", tmp_path / "fw.elf"
    tool("objcopy", "--only-keep-debug", plain, debug)
    tool("strip", "-g", "-o", stripped, plain)
    assert "inlined.c" not in run("funcs", "-e", stripped, "compute", check=0).stdout
    tool("objcopy", f"--add-gnu-debuglink={debug}", stripped)
    assert "inlined.c:12" in run("funcs", "-e", stripped, "compute", check=0).stdout


def test_other_builds_debug_file(plain, built, tool, tmp_path):
    other = built("other", "-O0", "-Wl,-ework", "-Wl,--build-id=sha1", SOURCES / "inlined.c")
    tool("strip", "-o", tmp_path / "fw.elf", plain)
    result = run("check", "-e", tmp_path / "fw.elf", "--debug-file", other, "compute", check=5)
    assert "is the debug file of another build" in result.stderr
    assert "build-ids differ" in result.stderr


def test_damaged(plain, tmp_path):
    """Cut anywhere, empty, a folder: each is called what it is."""
    whole, cut = plain.read_bytes(), tmp_path / "cut.elf"
    for size in (1, 20, 60, len(whole) // 4, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:size])
        result = run("funcs", "-e", cut, check=5)
        expected = "is not an ELF file" if size < 4 else (f"is cut short: it has {size} bytes, and "
                                                          f"by its headers at least ")
        assert expected in result.stderr and result.stdout == "", (size, result.stderr)
    cut.write_bytes(b"")
    assert "cut.elf is empty" in run("funcs", "-e", cut, check=5).stderr
    assert "is not a file" in run("funcs", "-e", tmp_path, check=5).stderr


def test_compressed(plain, tool, tmp_path):
    """By zlib: as if it were not. By what this libelf has not: said, and all but lines works."""
    packed = tmp_path / "fw.elf"
    tool("objcopy", "--compress-debug-sections=zlib-gabi", plain, packed)
    assert run("funcs", "-e", packed, check=0).stdout == run("funcs", "-e", plain, check=0).stdout
    sections = tool("readelf", "-SW", packed).stdout
    data = bytearray(packed.read_bytes())
    offset = int(re.search(r"\.debug_line\s+PROGBITS\s+\w+\s+(\w+)", sections)[1], 16)
    assert data[offset] == 1
    data[offset] = 77  # a way of compressing that nobody has
    packed.write_bytes(data)
    result = run("funcs", "-e", packed, "compute", check=0)
    assert "no source lines" in result.stderr and "compute" in result.stdout
    assert "inlined.c" not in result.stdout


def test_zstd(plain, tool, tmp_path):
    """By zstd: as if it were not; damaged, that is said, and all but lines works."""
    packed = tmp_path / "fw.elf"
    tool("objcopy", "--compress-debug-sections=zstd", plain, packed)
    section = re.search(r"\.debug_line\s+PROGBITS\s+\w+\s+(\w+) \w+ \w+ +C ",
                        tool("readelf", "-SW", packed).stdout)
    data = bytearray(packed.read_bytes())
    offset = int(section[1], 16)
    assert data[offset] == 2
    assert run("funcs", "-e", packed, check=0).stdout == run("funcs", "-e", plain, check=0).stdout
    assert "inlined, at inlined.c:10" in run("check", "-e", packed, "four", check=5).stderr
    # the size, after a word of its class: what it unpacks to is longer
    data[offset + (4 if data[4] == 1 else 8)] ^= 0x40
    packed.write_bytes(data)
    result = run("funcs", "-e", packed, "compute", check=0)
    assert "zstd-compressed debug sections are damaged" in result.stderr
    assert "compute" in result.stdout and "inlined.c" not in result.stdout


@pytest.mark.parametrize("version", [4, 5])
def test_split_off(built, version):
    """-gsplit-dwarf: inlined functions are found in the .dwo; if that is not there, it is named,
    and lines are shown all the same."""
    split = built(f"split{version}", "-O2", "-Wl,-ework", f"-gdwarf-{version}", "-gsplit-dwarf",
                  SOURCES / "inlined.c")
    lines = run("funcs", "-e", split, "compute", check=0).stdout
    assert "inlined.c:12" in lines
    assert "inlined, at inlined.c:10" in run("check", "-e", split, "four", check=5).stderr
    [dwo] = split.parent.glob(f"*split{version}*.dwo")
    dwo.unlink()
    result = run("funcs", "-e", split, "compute", check=0)
    assert result.stdout == lines
    assert len(
        re.findall(
            rf"^debug information that was split off is not there: \S*{re.escape(dwo.name)}$",
            result.stderr, re.M)) == 1, result.stderr
    assert "hint:  inlined functions are not found" in result.stderr


def test_without_aranges(plain, tool, tmp_path):
    """The index of units is the tool's own: without the file's all lines are the same."""
    bare = tmp_path / "fw.elf"
    tool("objcopy", "-R", ".debug_aranges", plain, bare)
    lines = run("funcs", "-e", bare, check=0).stdout
    assert lines == run("funcs", "-e", plain, check=0).stdout and "inlined.c:12" in lines


def many_units(count):
    """Assembly of so many units of one function each, which share one table of lines: no file
    has that an index of its own."""
    functions = "".join(f""".type f{k}, %function
f{k}:
.Lf{k}:	.loc 1 {k + 1}
	nop
	nop
	.size f{k}, . - f{k}
""" for k in range(count))
    units = "".join(f"""	.4byte .Lend{k} - .Lbegin{k}
.Lbegin{k}:
	.2byte 4 /* DWARF 4 */
	.4byte 0 /* the abbreviations */
	.byte 4 /* of an address */
	.uleb128 1
	.4byte .Lf{k}, 4, 0 /* low_pc, high_pc, stmt_list */
.Lend{k}:
""" for k in range(count))
    return f"""	.syntax unified
	.thumb
	.file 1 "units.c"
	.text
{functions}
	.section .debug_info, "", %progbits
{units}
	.section .debug_abbrev, "", %progbits
	.uleb128 1, 0x11 /* compile_unit */
	.byte 0
	.uleb128 0x11, 0x01, 0x12, 0x06, 0x10, 0x17, 0, 0, 0
"""


@ONE_BOARD
def test_many_units(board, tmp_path):
    """What lines cost does not grow with units times functions: 6,000 of each, within 20 times
    the CPU time that it takes."""
    count, source, elf = 6000, tmp_path / "units.S", tmp_path / "units.elf"
    source.write_text(many_units(count))
    command = [cross(board) + "gcc", "-mcpu=cortex-m3", "-mthumb", "-nostdlib",
               "-Wl,-Ttext=0x1000,-ef0", source, "-o", elf]
    subprocess.run(command, check=True, capture_output=True, text=True)
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (2, 2))  # noqa: E731
    result = subprocess.run([TRAPLINE, "funcs", "-e", elf], capture_output=True, text=True,
                            preexec_fn=limit)
    assert result.returncode == 0, result.stderr
    assert len(re.findall(r"  f\d+ +units\.c:\d+$", result.stdout, re.M)) == count, result.stderr


# -- with a target --

ROM = 0x21000000  # of mps2-an385: memory that its programs leave alone


def rom(board, tmp_path, name="rom.elf", *flags):
    return build(board, tmp_path / name, "-Os", "-Wl,-erom_entry", f"-Wl,-Ttext={ROM:#x}", *flags,
                 SOURCES / "rom.c")


@pytest.mark.parametrize("board", ["mps2-an385"])
def test_two_elfs(board, boot, tmp_path):
    """Symbols of both; each is compared with the target, by build-id or by text, and named where
    it differs."""
    first, second = BUILD / board / "load.elf", rom(board, tmp_path)
    machine = boot("load", extra=["-device", f"loader,file={second}"])
    result = machine.trapline("check", "rom_sum", "work", "-e", second, check=0)
    assert result.stdout.count("accepted by the target") == 2
    assert f"rom_sum  0x{symbols(second)['rom_sum']:08x}" in result.stdout
    result = machine.trapline("count", "-d", "100ms", "rom_entry", "tick", "-e", second, check=0)
    assert re.search(r"matches load\.elf, text compared with rom\.elf by CRC",
                     result.stdout), result.stdout
    assert "probes removed, original bytes verified" in result.stdout + result.stderr
    assert run("funcs", "-e", first, "-e", second, "rom_*", "work", check=0).stdout.count("\n") == 3
    paths = run("info", "-e", first, "-e", second, "-f", "jsonl", check=0).stdout
    assert '"elf":' in paths and '"elf-2":' in paths
    other = rom(board, tmp_path, "other.elf", "-O0")
    result = machine.trapline("check", "work", "-e", other, check=5)
    assert "the text on the target is not that of other.elf (first difference after " \
        "0x21000000)" in result.stderr
    assert "both have code at 0x21000000" in run("funcs", "-e", second, "-e", other, check=5).stderr


def test_elfs_in_the_environment(board, built, plain, tmp_path):
    """Several with colons; -e on the command line stands for all of them; the same file twice is
    one."""
    second = build(board, tmp_path / "rom.elf", "-Os", "-Wl,-erom_entry", f"-Wl,-Ttext={ROM:#x}",
                   SOURCES / "rom.c")

    def funcs(*args, env):
        return subprocess.run([TRAPLINE, "funcs", "-f", "csv", *args], capture_output=True,
                              text=True, env={**clean_env(), "TRAPLINE_ELF": env}).stdout

    both = funcs(env=f"{plain}:{second}")
    assert ",compute," in both.replace('"', "") and ",rom_sum," in both.replace('"', "")
    alone = funcs("-e", second, env=f"{plain}:{second}")
    assert "rom_sum" in alone and "compute" not in alone
    assert run("funcs", "-e", plain, "-e", plain,
               check=0).stdout == run("funcs", "-e", plain, check=0).stdout
    both = run("check", "-e", plain, "-e", second, "nowhere", check=5).stderr
    assert f"no function 'nowhere' in {plain.name} and rom.elf" in both


@pytest.mark.parametrize("board", ["virt-rv64"])  # whose UART takes more than a byte at a time
def test_names_without_code(board, machine, tmp_path):
    """A debug file alone: names from it, text from the target."""
    names = tmp_path / "fw.debug"
    subprocess.run([cross(board) + "objcopy", "--only-keep-debug", machine.elf.path, names],
                   check=True)
    result = machine.trapline("check", "work", "work+1", "-e", names, elf=False, check=4)
    assert "reading .text from the target" in result.stderr
    assert "accepted by the target" in result.stdout
    assert "not an instruction boundary" in result.stderr
    result = machine.trapline("count", "-d", "100ms", "tick", "-e", names, elf=False, check=0)
    assert "original bytes verified" in result.stdout + result.stderr


@ONE_BOARD
def test_mapping_symbol_of_debug_information(board, tmp_path):
    """Its value is an offset, which may be a function's address."""
    plain, other = BUILD / board / "load.elf", tmp_path / "load.elf"
    at = Elf(plain)["work"]
    subprocess.run([cross(board) + "objcopy", "--add-symbol",
                    f"$d=.debug_frame:{at:#x},local", plain, other], check=True)
    for elf in plain, other:
        assert "accepted by the host" in run("check", "-e", elf, "work", check=0).stdout


@ONE_BOARD
def test_no_matching_elf(board, machine, tmp_path):
    """list, del and console need none: names of another firmware are left aside, and that is
    said; probes need it."""
    other = BUILD / board / "demo.elf"
    machine.trapline("add", "work", check=0)
    result = machine.trapline("list", "-e", other, elf=False, check=0)
    assert f"0x{machine.elf['work']:08x}" in result.stdout and "demo.elf is" in result.stderr
    assert "not used" in result.stderr
    assert "demo.elf is" in machine.trapline("watch", "main", "-n", "1", "-e", other, elf=False,
                                             check=5).stderr
    result = machine.trapline("disable", "1", "-e", tmp_path / "gone.elf", elf=False, check=0)
    assert "cannot open" in result.stderr and "not used" in result.stderr
    assert "deleted" in machine.trapline("del", "all", "-e", other, elf=False, check=0).stderr
    result = machine.trapline("console", "-d", "200ms", "-e", other, elf=False, check=0)
    assert "error" not in result.stderr


@ONE_BOARD
def test_function_in_ram(board, tmp_path):
    """Firmware without a build-id, a function among the variables: those may change, the text is
    compared all the same."""
    folder = tmp_path / "mps2-an385"
    folder.mkdir()
    link(folder / "ram.elf", "-DACCUMULATE_ELSEWHERE", SOURCES / "ramfunc.c", "-Wno-attributes",
         "-Wl,--no-warn-rwx-segments")
    machine = Machine("mps2-an385", "ram", tmp_path, build=tmp_path)
    try:
        assert machine.moves("table")
        result = machine.trapline("watch", "accumulate", "-n", "3", check=0)
        assert "text compared with ram.elf by CRC" in result.stdout
        assert "original bytes verified" in result.stdout
        assert result.stdout.count(", step=7)") == 3
        link(folder / "other.elf", "-DTICK_HZ=100", "-DACCUMULATE_ELSEWHERE", SOURCES / "ramfunc.c",
             "-Wno-attributes", "-Wl,--no-warn-rwx-segments")
        result = machine.trapline("watch", "accumulate", "-n", "1", "-e", folder / "other.elf",
                                  elf=False, check=5)
        assert "the text on the target is not that of other.elf" in result.stderr
    finally:
        machine.stop()

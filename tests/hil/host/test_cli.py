# SPDX-License-Identifier: MIT
"""The host tool without a target: help, usage, what it reads from the ELF, and every refusal
with its text and its hint."""
import csv
import json
import re
import subprocess

import pytest

from conftest import BUILD, EACH_ARCH, EVERY_BOARD, Elf, arch_of, cross, isa, run
from rsp import PATIENCE

pytestmark = EACH_ARCH

COMMANDS = (
    "ports info doctor funcs lines vars check watch count latency async add list enable disable "
    "del regs read write print live set console gdb completion").split()


@pytest.fixture
def elf(board):
    return Elf(BUILD / board / "load.elf")


def test_help():
    result = run("help")
    assert result.returncode == 0 and result.stderr == ""
    assert re.findall(r"^  (\w+)  ", result.stdout, re.M) == [*COMMANDS, "help"]
    assert run("--help").stdout == run("-h").stdout == result.stdout
    for command in COMMANDS:
        text = run("help", command)
        assert text.returncode == 0
        assert text.stdout.startswith(f"usage: trapline {command} [options]")
        assert ("exit status: 0 done, 1 --expect not met, 2 usage, 3 port or link, 4 refused, 5 "
                "symbol") in text.stdout
        assert run(command, "--help").stdout == text.stdout
    assert "PLACE: FUNC[@FILE][+OFF|:RLN|%return]" in run("help", "watch").stdout
    assert "POINT" not in run("help", "list").stdout
    assert re.fullmatch(r"trapline \d+\.\d+\n", run("-V").stdout)


def test_manual():
    """Every command and option is in the manual page, and groff finds nothing to say of it."""
    page = run("help", "man")
    assert page.returncode == 0 and page.stderr == ""
    shown = subprocess.run(["groff", "-k", "-man", "-Tutf8", "-ww", "-P-cbou", "-rLL=100n"],
                           input=page.stdout, capture_output=True, text=True, check=True)
    assert shown.stderr == ""
    for command in COMMANDS:
        assert re.search(rf"^ +{command}\b", shown.stdout, re.M), command
    options = set(re.findall(r"^  (?:-\w,|   )  ?--([\w-]+)", run("help").stdout, re.M))
    assert len(options) > 20
    for option in options:
        assert re.search(rf"^ +(-\w, )?--{option}\b", shown.stdout, re.M), option
    assert "[NAME=]PLACE [ARG…] [%REG…]" in shown.stdout
    assert "pid_step%return shows its" in shown.stdout


@pytest.mark.parametrize("args, error, hint", [
    (["wach"], "no command 'wach'", "did you mean 'watch'?"),
    (["frobnicate"], "no command 'frobnicate'", "trapline help lists the commands"),
    (["help", "wach"], "no command 'wach'", "did you mean 'watch'?"),
    (["watch", "--bogus"], "no option '--bogus'", "trapline help"),
    (["watch", "-Z"], "no option '-Z'", "trapline help"),
    (["watch", "x", "-n"], "-n needs its N", ""),
    (["watch"], "usage: trapline watch", "trapline help watch"),
    (["ports", "-n", "3"], "trapline ports takes no --hits", "trapline help ports"),
    (["watch", "x", "-n", "0"], "--hits '0': not a number above 0", ""),
    (["watch", "x", "-d", "soon"], "--duration 'soon': not a time: 500ms, 5s, 1m", ""),
    (["watch", "x", "-f", "xml"], "--format 'xml': not a format: text, jsonl, csv", ""),
    (["watch", "x", "-b", "fast"], "--baud 'fast': not a baud rate", ""),
    (["watch", "x", "--lease", "1ms"], "--lease '1ms': not a time from 100ms to 10m", ""),
    (["watch", "x", "--expect", "many"], "--expect 'many': not an expectation",
     "--expect 'hits>=3'"),
    (["watch", "x"], "no port given", "-p PORT or in TRAPLINE_PORT"),
    (["funcs"], "no ELF given", "-e FILE or in TRAPLINE_ELF"),
    (["info"], "nothing to tell about", "give -p PORT, -e FILE or both"),
    (["write", "x", "123"], "'123': not bytes in hex", "two digits a byte"),
    (["read", "x", "none"], "'none': not a length", ""),
    (["completion", "tcsh"], "usage: trapline completion", ""),
    (["list", "extra"], "usage: trapline list", ""),
])
def test_usage(args, error, hint):
    result = run(*args)
    assert result.returncode == 2 and result.stdout == ""
    assert f"error: {error}" in result.stderr and hint in result.stderr, result.stderr


def test_no_arguments():
    result = run()
    assert result.returncode == 2 and result.stdout == ""
    assert "usage: trapline COMMAND" in result.stderr


def test_environment(elf):
    result = run("check", "work", env={"TRAPLINE_ELF": str(elf.path)})
    assert result.returncode == 0 and result.stdout.startswith("work  0x%08x" % elf["work"])
    result = run("info", env={"TRAPLINE_PORT": "unix:/nowhere"})
    assert result.returncode == 3 and "unix:/nowhere" in result.stderr
    result = run("info", env={"TRAPLINE_PORT": "unix:/nowhere", "TRAPLINE_BAUD": "x"})
    assert result.returncode == 2 and "not a baud rate" in result.stderr


REFUSALS = [
    ("wrok", 5, "no function 'wrok' in load.elf", "did you mean 'work' (load.c:"),
    ("interrupts", 5, "no function 'interrupts' in load.elf", ""),
    ("zzz*", 5, "no function matches 'zzz*' in load.elf", "trapline funcs"),
    ("0x{interrupts:x}", 4, "not in executable text", "trapline funcs"),
    ("0x{place_unmapped:x}", 4, "not in executable text", "trapline funcs"),
    ("0x{literal:x}", 4, "data in text (literal pool or jump table)",
     "nearest that can be probed: tick+"),
    ("0x{code_data:x}", 4, "data in text", "probe an instruction of the function instead"),
    ("work+2", 4,
     "not an instruction boundary (in the middle of the 4-byte instruction at 0x{work:x})",
     "nearest that can be probed: work (0x"),
    ("work+1", 4, "not an instruction boundary", "trapline funcs -v"),
    ("work+999", 4, "work+999 is beyond the end of work ({length} bytes)",
     "trapline funcs -v 'work'"),
    ("code_exclusive", 4, "between load- and store-exclusive",
     "probe before the load-exclusive or after the store-exclusive"),
    ("code_exclusive_inside", 4, "between load- and store-exclusive", "nearest that can be probed"),
    ("code_break", 4, "a breakpoint instruction of the firmware's own",
     "probe the instruction before or after it"),
    ("code_undefined", 4, "undefined or unpredictable instruction", "is it code?"),
    ("tl_poll", 4, "inside the agent, or code that it runs on",
     "the agent never probes itself (TL_NOPROBE); probe its caller"),
    ("tl_pol*", 4, "none of the functions that match 'tl_pol*'", "probe its caller"),
    ("work+4%return", 2, "'work+4%return': a return is hooked at the entry of its function",
     "write it without an offset: work%return"),
    ("work%return+4", 2, "a return has no offset", "work%return is every return of the function"),
    ("code_keeps%return", 4, "uses its return address for more than to return",
     "probe the instructions after the calls"),
    ("load.c:1", 5, "load.c:1 has no code in", "the nearest lines with code: load.c:"),
    ("laod.c:1", 5, "no code of a source file 'laod.c'", "did you mean 'load.c'"),
    ("wrok:1", 5, "no function 'wrok'", "did you mean 'work'"),
    ("write:", 2, "'write:' needs data behind it", "write:state"),
    ("write:work%return", 2, "'write:work%return': data does not return", "without %return"),
    ("write:work", 2, "'work' has no place that is always the same: it is a value", "a member"),
    ("write:*(int *)0x3", 2, "'*(int *)0x3' is at 0x3, and a comparator watches 4 bytes",
     "write:*(uint8_t *)0x3"),
    ("read:nothing_there", 5, "no variable 'nothing_there'", ""),
    ("work if", 2, "'if' needs an expression behind it", "if len > 8 every=10"),
    ("work if n every=2 if n", 2, "'if' stands twice", "(A) && (B)"),
    ("work task=idle", 5, "no '$task'", "if @current->id == 3"),
    ("work if user", 5, "no variable 'user'", ""),
    ("work if n == user", 5, "no variable 'user'", ""),
    ("work if user == 3 user", 5, "no variable 'user'", ""),
    ("work m", 5, "no variable 'm' there", ""),
    ("work" + " ((char*)n)[0..47]" * 6, 2,
     "work: its values take 288 bytes, and a hit holds {room}",
     "fewer ARGs"),
    ("work %r99", 2, "{isa} has no register 'r99'", "it has %{first} to %{last}"),
    ("work every=0", 2, "'every=0': not a number above 0", ""),
    ("work limit=x", 2, "'limit=x': not a number above 0", ""),
    ("work+x", 2, "'x': not an offset", "work+4"),
    ("every=3", 2, "'every' belongs to a point: write both as one argument, in quotes",
     "trapline watch 'parse %r0 every=10'"),
    ("name=", 2, "a point needs a place", ""),
    ("", 2, "a point needs a place", ""),
    ("+4", 2, "a point needs a place", ""),
]


@pytest.mark.parametrize("point, status, error, hint", REFUSALS, ids=[r[0] for r in REFUSALS])
def test_refused_offline(elf, board, regs, steps, point, status, error, hint):
    listing = subprocess.run([cross(board) + "objdump", "-d", "--disassemble=tick", elf.path],
                             capture_output=True, text=True, check=True).stdout
    values = {**elf.symbols, "isa": isa(board), "length": steps[-1], "first": regs.all[0],
              "last": regs.all[-1], "room": (len(regs.all) - 1) * regs.word}
    literal = re.search(r"^ *([0-9a-f]+):.*\.word", listing, re.M)
    if literal:
        values["literal"] = int(literal[1], 16)
    elif "data in text" in error:
        pytest.skip("no compiler puts data in this instruction set's text")
    if arch_of(board) == "aarch64":  # no instruction begins at such an address
        error = error.partition(" (in the middle of")[0]
    hint = hint.format_map(values)
    result = run("check", point.format_map(values), "-e", elf.path)
    assert result.returncode == status and result.stdout == "", result.stderr
    lines = result.stderr.splitlines()
    assert lines[0].startswith("error: ") and error.format_map(values) in lines[0], lines
    assert hint in "\n".join(lines[1:]) and (not hint or lines[1].startswith("hint:  "))


def test_check_accepts(elf, steps):
    second, third, fourth = steps[1:4]
    result = run("check", "work", f"x=work+{second}", f"0x{elf['work'] + third:x}", "code_exc*",
                 "-e", elf.path)
    assert result.returncode == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["work", "0x%08x" % elf["work"]], ["x", "0x%08x" % (elf["work"] + second)],
        [f"work+{third}", "0x%08x" % (elf["work"] + third)],
        ["code_exclusive_end", "0x%08x" % elf["code_exclusive_end"]]]
    assert "2 of 3 functions that match 'code_exc*' cannot be probed" in result.stderr
    result = run("check", f"work+{third}", "work", "wrok", "-e", elf.path, "-f", "jsonl")
    assert result.returncode == 5
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"name": f"work+{third}", "addr": hex(elf["work"] + third), "length": fourth - third,
         "step": "slot", "by": "the host"},
        {"name": "work", "addr": hex(elf["work"]), "length": second, "step": "slot",
         "by": "the host"}]


def test_funcs(elf, steps):
    result = run("funcs", "wor*", "tick", "-e", elf.path, "-f", "csv")
    assert [(r["name"], int(r["addr"], 16), r["probe"])
            for r in csv.DictReader(result.stdout.splitlines())] == \
        [("work", elf["work"], "1"), ("tick", elf["tick"], "1")]
    result = run("funcs", "tl_poll", "-e", elf.path, "-f", "jsonl")
    assert json.loads(result.stdout)["probe"] is False
    result = run("funcs", "work", "-v", "-e", elf.path)
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == \
        ["0x%08x" % (elf["work"] + off) for off in steps[:-1]]
    result = run("funcs", "wrok", "-e", elf.path)
    assert result.returncode == 5 and "did you mean 'work'" in result.stderr


@EVERY_BOARD
def test_info_offline(elf, board):
    result = run("info", "-e", elf.path, "-f", "jsonl")
    facts = json.loads(result.stdout)
    note = subprocess.run(["readelf", "-n", elf.path], capture_output=True, text=True,
                          check=True).stdout
    assert facts["elf-id"] == re.search(r"Build ID: ([0-9a-f]+)", note)[1]
    assert facts["elf-isa"] == isa(board)
    assert facts["agent"] == "0x%x-0x%x" % (elf["__start_tl_text"], elf["__stop_tl_text"])


def test_ports():
    for form in ("text", "jsonl", "csv"):
        result = run("ports", "-f", form)
        assert result.returncode == 0
    assert run("ports", "-f", "csv").stdout.splitlines()[0] == "port,about,openable"
    assert all(json.loads(line)["port"].startswith("/dev/")
               for line in run("ports", "-f", "jsonl").stdout.splitlines())


def test_completion():
    """The bash script completes commands, their own options, and formats; every shell's script
    names every command."""
    for shell in ("bash", "zsh", "fish"):
        script = run("completion", shell).stdout
        assert all(re.search(rf"\b{command}\b", script) for command in COMMANDS)
    harness = run("completion", "bash").stdout + r"""
complete_line() {
	COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _trapline; echo "${COMPREPLY[@]}"
}
complete_line trapline wa; complete_line trapline watch --ex
complete_line trapline list --ex; complete_line trapline watch -f j
"""
    result = subprocess.run(["bash", "-c", harness], capture_output=True, text=True,
                            timeout=PATIENCE)
    assert result.stdout.splitlines() == ["watch", "--expect", "", "jsonl"], result.stderr

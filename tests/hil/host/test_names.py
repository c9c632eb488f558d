# SPDX-License-Identifier: MIT
"""Names as people write them: C++ and Rust, clones, odd names, labels, variables. The host
alone, on small ELFs of its own."""
import csv
import io
import json
import os
import re
import subprocess

import pytest

from conftest import EACH_ARCH, TRAPLINE, clean_env
from elfs import built, motor, odd, places, run, symbols, tmp  # noqa: F401: fixtures
from rsp import PATIENCE

pytestmark = EACH_ARCH
MOTOR = [  # what is typed, the symbol that is meant
    ("drive::Motor::set(int)", "_ZN5drive5Motor3setEi"),
    ("drive::Motor::set(int, int)", "_ZN5drive5Motor3setEii"),
    ("drive::Motor::set(int,int)", "_ZN5drive5Motor3setEii"),
    ("Motor::set(int)", "_ZN5drive5Motor3setEi"),
    ("set(int)", "_ZN5drive5Motor3setEi"),
    ("::drive::Motor::set(int)", "_ZN5drive5Motor3setEi"),
    ("_ZN5drive5Motor3setEi", "_ZN5drive5Motor3setEi"),
    ("drive::Motor::get", "_ZNK5drive5Motor3getEv"),
    ("drive::Motor::get()", "_ZNK5drive5Motor3getEv"),
    ("drive::Motor::get(void) const", "_ZNK5drive5Motor3getEv"),
    ("drive::Motor::operator+=", "_ZN5drive5MotorpLEi"),
    ("drive::Motor::operator+=(int)", "_ZN5drive5MotorpLEi"),
    ("drive::Motor::operator()", "_ZN5drive5MotorclEi"),
    ("drive::Motor::operator()(int)", "_ZN5drive5MotorclEi"),
    ("drive::Motor::operator[]", "_ZN5drive5MotorixEi"),
    ("drive::Motor::operator<", "_ZN5drive5MotorltEi"),
    ("drive::Motor::operator bool", "_ZNK5drive5MotorcvbEv"),
    ("clamp3<int>", "_Z6clamp3IiET_S0_S0_S0_"),
    ("clamp3<long long>", "_Z6clamp3IxET_S0_S0_S0_"),
    ("clamp3<long long>(long long, long long, long long)", "_Z6clamp3IxET_S0_S0_S0_"),
    ("(anonymous namespace)::hidden", "_ZN12_GLOBAL__N_16hiddenEi"),
    ("hidden", "_ZN12_GLOBAL__N_16hiddenEi"),
    ("total", "_ZN5drive5totalEi"),
    ("later", "_Z5laterPFiiEi"),
    ("later(int (*)(int), int)", "_Z5laterPFiiEi"),
    ("work", "work"),
    ("work::{lambda(int)#1}::operator()", "_ZZ4workENKUliE_clEi"),
]


@pytest.mark.parametrize("typed, symbol", MOTOR, ids=[m[0] for m in MOTOR])
def test_cxx(motor, typed, symbol):
    """As typed, in quotes, with an offset, with a name of one's own and with options behind it."""
    where = symbols(motor)[symbol]
    assert places(motor, typed, f'"{typed}"', f"'{typed}'", f"mine={typed} every=10",
                  f'mine="{typed}" every=10', f"{typed}%return") == \
        [(typed, where)] * 3 + [("mine", where)] * 2 + [(f"{typed}%return", where)]
    listing = run("funcs", "-e", motor, "-v", typed, check=0).stdout.splitlines()
    second = int(listing[2].split()[0], 16)
    assert [at for _, at in places(motor, f"{typed}+{second - where}",
                                   f'"{typed}"+{second - where:#x} limit=3')] == [second] * 2


def test_overloads(motor):
    """Several: each is named with its line, and --all takes them."""
    result = run("check", "-e", motor, "drive::Motor::set", check=5)
    assert "error: 2 functions are named 'drive::Motor::set' in" in result.stderr
    assert result.stdout == ""
    for arguments in ("(int)", "(int, int)"):
        assert re.search(
            rf"hint:  0x[0-9a-f]{{8}}  {re.escape('drive::Motor::set' + arguments)}  "
            rf"motor.cpp:\d+\n", result.stderr)
    assert "--all" in result.stderr and "by its file" not in result.stderr
    assert [name for name, _ in places(motor, "Motor::set", "--all")] == \
        ["drive::Motor::set(int)", "drive::Motor::set(int, int)"]
    assert [name for name, _ in places(motor, "clamp3", "--all")] == \
        ["clamp3<int>(int, int, int)", "clamp3<long long>(long long, long long, long long)"]
    constructors = {name: where for name, where in symbols(motor).items()
                    if re.fullmatch("_ZN5drive5MotorC[12]Ei", name)}
    assert len(set(constructors.values())) == \
        2, "they read the same: the linker's names tell them apart"
    assert dict(places(motor, "drive::Motor::Motor(int)", "--all")) == constructors
    result = run("check", "-e", motor, "drive::Motor::Motor", check=5)
    assert all(f"hint:  0x{where:08x}  {name}" in result.stderr
               for name, where in constructors.items()), result.stderr


def test_cxx_globs(motor):
    assert [name for name, _ in places(motor, "drive::Motor::set*")] == \
        ["drive::Motor::set(int)", "drive::Motor::set(int, int)"]
    assert [name for name, _ in places(motor, "clamp?<int>")] == ["clamp3<int>(int, int, int)"]
    assert [name for name, _ in places(motor, "_ZN5drive5Motor3setE*")] == \
        ["drive::Motor::set(int)", "drive::Motor::set(int, int)"]
    names = run("funcs", "-e", motor, "drive::*", check=0).stdout
    assert "drive::Motor::operator+=(int)" in names and "_ZN" not in names and "clamp3" not in names


def test_cxx_funcs(motor):
    """Names as people read them; data formats have the linker's, too, and fields with commas and
    quotes stay fields."""
    rows = list(csv.DictReader(io.StringIO(run("funcs", "-e", motor, "-f", "csv", check=0).stdout)))
    assert {(row["name"], row["symbol"])
            for row in rows} >= {("drive::Motor::set(int, int)", "_ZN5drive5Motor3setEii"),
                                 ("work", "work")}
    rows = [json.loads(line) for line in run("funcs", "-e", motor, "-f", "jsonl",
                                             "drive::Motor::get", check=0).stdout.splitlines()]
    assert [(row["name"], row["symbol"])
            for row in rows] == [("drive::Motor::get() const", "_ZNK5drive5Motor3getEv")]


def test_cxx_hints(motor):
    assert "did you mean 'drive::Motor::get() const' (motor.cpp:" in \
        run("check", "-e", motor, "drive::Motor::gte", check=5).stderr
    assert "see: trapline funcs '*get*'" in run("check", "-e", motor, "drive::Motor::gte",
                                                check=5).stderr
    assert "did you mean 'drive::total(int)'" in run("check", "-e", motor, "totla", check=5).stderr
    assert "drive::Motor::set(int)" in run("check", "-e", motor,
                                           f"0x{symbols(motor)['_ZN5drive5Motor3setEi']:x}",
                                           check=0).stdout
    result = run("check", "-e", motor, "drive::limit", check=5)
    assert "no function 'drive::limit'" in result.stderr and "that is a variable" in result.stderr


ODD = [
    ("app::motor::step", "_ZN3app5motor4step17h0123456789abcdefE"),
    ("motor::step", "_ZN3app5motor4step17h0123456789abcdefE"),
    ("_ZN3app5motor4step17h0123456789abcdefE", "_ZN3app5motor4step17h0123456789abcdefE"),
    ("app::motor::stop", "_RNvNtCs4fqI2P2rA04_3app5motor4stop"),
    ("app::main::{closure#0}", "_RNCNvCs4fqI2P2rA04_3app4main0"),
    ("poll", "poll.llvm.9876543210"),
    ("poll.llvm.9876543210", "poll.llvm.9876543210"),
    ("scale.constprop.0", "scale.constprop.0"),
    ("rest.part.0", "rest.part.0"),
    ("do=it", "do=it"),
    ("a+b", "a+b"),
    ("x%y", "x%y"),
    ("a:b", "a:b"),
    ("größe", "größe"),
    ("$tick", "$tick"),
    ("label", "label"),
]


@pytest.mark.parametrize("typed, symbol", ODD, ids=[o[0] for o in ODD])
def test_odd(odd, typed, symbol):
    where = symbols(odd)[symbol]
    assert places(odd, f'"{typed}" every=2', f'n="{typed}"') == [(typed, where), ("n", where)]
    if "=" not in typed:
        assert places(odd, f"{typed} limit=2",
                      f"n={typed}%return") == [(typed, where), ("n", where)]


def test_spaces(odd):
    assert places(odd, '"with space" limit=2') == [("with space", symbols(odd)["with space"])]
    assert "a quote is not closed" in run("check", "-e", odd, '"with space', check=2).stderr
    assert "no name in the quotes" in run("check", "-e", odd, '""', check=2).stderr
    assert "only @FILE, :LINE, +OFF or %return" in run("check", "-e", odd, '"a+b"x', check=2).stderr


def test_clones(odd):
    """A function that is there only as the compiler's copy, or as a part, is not taken for the
    whole."""
    result = run("check", "-e", odd, "scale", check=5)
    assert "no function 'scale' in" in result.stderr and "scale.constprop.0" in result.stderr
    assert "its arguments may differ" in result.stderr
    assert places(odd, "scale", "--all") == [("scale", symbols(odd)["scale.constprop.0"])]
    result = run("check", "-e", odd, "rest", check=5)
    assert "a part" in result.stderr and "rest.part.0" in result.stderr
    assert "--all" not in result.stderr
    assert run("check", "-e", odd, "--all", "rest", check=5).stdout == ""
    result = run("check", "-e", odd, "whole", check=0)
    assert "a copy of whole" in result.stderr and "whole.constprop.1" in result.stderr
    assert {where for _, where in places(odd, "whole", "--all")} == \
        {symbols(odd)[name] for name in ("whole", "whole.constprop.1")}
    assert "2 functions are named 'twin'" in run("check", "-e", odd, "twin", check=5).stderr
    assert "scale.constprop.0" in run("funcs", "-e", odd, "scale", check=0).stdout


def test_variables(odd):
    result = run("check", "-e", odd, "counter", check=5)
    assert (f"no function 'counter' in {odd.name}: that is a variable "
            f"(0x{symbols(odd)['counter']:08x}, 4 bytes)") in result.stderr
    assert "trapline read 'counter'" in result.stderr
    assert "that is a variable" in run("check", "-e", odd, "inner", check=5).stderr


def test_completion(motor, tmp_path):
    """bash and fish complete names of functions, those that the shell takes apart or quotes too;
    variables where they are meant."""
    script = run("completion", "bash").stdout + r"""
complete_line() {
	COMP_LINE=$1; COMP_POINT=${#1}; shift
	COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _trapline
	printf '%s;' "${COMPREPLY[@]}"; echo
}
complete_line "trapline watch tot" trapline watch tot
complete_line "trapline watch drive::Motor::s" trapline watch drive :: Motor :: s
complete_line "trapline watch 'drive::Motor::s" trapline watch "'drive::Motor::s"
complete_line "trapline count n=wor" trapline count n = wor
complete_line "trapline read drive::l" trapline read drive :: l
complete_line "trapline watch drive::lim" trapline watch drive :: lim
complete_line "trapline list wor" trapline list wor
complete_line "trapline watch -e /nowhere wor" trapline watch -e /nowhere wor
complete_line "trapline watch --exp" trapline watch --exp
"""
    env = {**clean_env(), "TRAPLINE_ELF": str(motor),
           "PATH": f"{TRAPLINE.parent}:{os.environ['PATH']}"}
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                            timeout=PATIENCE,
                            env=env)
    assert result.stderr == "" and [set(line.split(";")) - {""}
                                    for line in result.stdout.splitlines()] == [
set(), {r"set\(int\)", r"set\(int\,\ int\)"},
                                        {"'drive::Motor::set(int)", "'drive::Motor::set(int, int)"},
{"work", r"work::\{lambda\(int\)#1\}::operator\(\)\(int\)\ const"}, {"limit", r"limit_of\(int\)"},
                                        {r"limit_of\(int\)"}, set(), set(),
{"--expect"}]
    script = run("completion", "fish").stdout + f"""
complete -C 'trapline watch drive::Motor::s'
complete -C 'trapline check -e {motor} drive::Motor::g'
"""
    result = subprocess.run(["fish", "-N", "-c", script], capture_output=True, text=True,
                            timeout=PATIENCE, env={**env, "HOME": str(tmp_path)})
    assert set(result.stdout.splitlines()) == {"drive::Motor::set(int)",
                                               "drive::Motor::set(int, int)",
                                               "drive::Motor::get() const"}, result.stderr
    (tmp_path / "_trapline").write_text(run("completion", "zsh").stdout)
    subprocess.run(["zsh", "-n", tmp_path / "_trapline"], check=True)

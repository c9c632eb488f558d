# SPDX-License-Identifier: MIT
"""Completion within expressions: variables of a place, members behind . and ->; and what the
shells make of it. (Names of functions are in test_names.py, files and lines in test_places.py.)"""
import json
import os
import subprocess

import pytest

from conftest import BUILD, EACH_ARCH, ONE_BOARD, TRAPLINE, clean_env
from elfs import build, run, tmp  # noqa: F401
from rsp import PATIENCE

pytestmark = EACH_ARCH

SOURCE = """
struct Base { int serial; union { int whole; struct { short low, high; }; }; };
struct Motor : Base { int speed; Motor *next; static int made; };
namespace drive { Motor left, *first, row[3]; int limit; }
int Motor::made;
__attribute__((noinline)) int turn(Motor *motor, Motor &other, int turns)
{
	for (int turned = 0; turned < turns; turned++)
		motor->speed += other.speed + drive::limit + drive::row[turned].serial;
	return motor->next->speed + drive::first->speed;
}
extern "C" int work() { return turn(&drive::left, drive::left, 3); }
"""


@pytest.fixture
def demo(board):
    return BUILD / board / "demo.elf"


@pytest.fixture
def motors(board, tmp):  # noqa: F811
    source = tmp / "motors.cpp"
    source.write_text(SOURCE)
    return build(board, tmp / f"{board}-motors.elf", "-Og", "-fno-exceptions", "-Wl,-ework", source,
                 language="g++")


def completed(elf, command, word):
    """What the end of a word may become; all before it stays."""
    lines = run("complete", "-e", elf, command, word, check=0).stdout.splitlines()
    return [line.removeprefix(word) for line in lines if line.startswith(word)] \
        if lines else []


def members(elf, command, word):
    assert word[-1] in ".>"
    return completed(elf, command, word)


def test_variables(demo):
    """Those that the source has at the place, as `vars` tells."""
    known = [json.loads(line)["name"] for line in
             run("vars", "-e", demo, "-f", "jsonl", "pid_step", check=0).stdout.splitlines()]
    assert {"pid", "measured", "error"} <= set(known)
    for place in ("pid_step ", "n=pid_step ", "pid_step%return ", "pid_step measured ",
                  "'pid_step measured+", "pid_step x=", "pid_step measured>(", "pid_step -"):
        assert completed(demo, "watch", place) == known, place
    assert completed(demo, "watch", "pid_step me") == ["asured"]
    assert completed(demo, "watch", "pid_step pid->kp + qu") == ["eue"]  # not the place's own
    for nothing in ("no_such ", "pid_step %", "pid_step $", "pid_step zz"):
        assert completed(demo, "watch", nothing) == [], nothing
    assert completed(demo, "print", "qu") == ["eue"]
    assert completed(demo, "print", "head + ta") == ["il"]
    assert completed(demo, "watch", "pid_st") == ["ep"]  # still a place
    assert "" in completed(demo, "vars", "pid_step")


def test_members(demo):
    whole = ["setpoint", "kp", "ki", "kd", "integral", "last_error"]
    for word in ("pid_step pid->", "pid_step pid.", "pid_step measured pid->", "pid_step x=pid->",
                 "pid_step (*pid).", "pid_step pid[0].", "'pid_step -pid->", "pid_step (pid)->"):
        assert members(demo, "add", word) == whole, word
    assert completed(demo, "watch", "pid_step pid->k") == ["p", "i", "d"]
    assert members(demo, "print", "queue[0].") == ["number", "temperature"]
    assert members(demo, "set", "queue[(head+1)%4].") == ["number", "temperature"]
    for nothing in ("queue.", "queue[0", "queue[0].number.", "nothing.", ".", "queue[0]]."):
        assert completed(demo, "print", nothing) == [], nothing
    for nothing in ("pid_step measured.", "pid_step pid->kp.", "pid_step ).", "pid_step .",
                    "clamp pid->"):
        assert completed(demo, "watch", nothing) == [], nothing


def test_data(demo):
    """What is watched is an expression as well."""
    assert "te:" in completed(demo, "watch", "wri")
    assert completed(demo, "count", "acc") == ["ess:"]
    assert completed(demo, "watch", "write:qu") == ["eue"]
    assert completed(demo, "add", "n=read:hea") == ["d"]
    assert members(demo, "watch", "read:queue[0].") == ["number", "temperature"]
    assert members(demo, "watch", "'write:head if queue[head].") == ["number", "temperature"]


def test_classes(motors):
    """Members of bases and of what has no name are the whole's; namespaces stay in front."""
    whole = ["serial", "whole", "low", "high", "speed", "next"]
    for word in ("turn motor->", "turn other.", "turn motor->next->next->", "turn drive::row[1].",
                 "turn (&other)->"):
        assert sorted(members(motors, "watch", word)) == sorted(whole), word
    assert members(motors, "print", "drive::left.next->") == members(motors, "watch", "turn other.")
    assert completed(motors, "print", "drive::l") == ["eft", "imit"]
    assert completed(motors, "print", "1+drive::fi") == ["rst"]


@ONE_BOARD
def test_shells(demo, tmp_path):
    """In quotes a point is one word; profiles are those of trapline.ini."""
    (tmp_path / "trapline.ini").write_text(f"[bench]\nelf = {demo}\n[sim]\n")
    env = {**clean_env(), "PATH": f"{TRAPLINE.parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    script = run("completion", "bash").stdout + r"""
complete_line() {
	COMP_LINE=$1; COMP_POINT=${#1}; shift
	COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _trapline
	printf '%s;' "${COMPREPLY[@]}"; echo
}
complete_line "trapline watch --profile bench 'pid_step pid->k" \
	trapline watch --profile bench "'pid_step pid->k"
complete_line "trapline watch 'pid_step pid->k" trapline watch "'pid_step pid->k"
complete_line "trapline watch --profile " trapline watch --profile ""
"""
    shown = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=PATIENCE,
                           env=env, cwd=tmp_path)
    assert shown.stderr == "" and shown.stdout.splitlines() == [
        "'pid_step pid->kp;'pid_step pid->ki;'pid_step pid->kd;", ";", "bench;sim;"]
    script = run("completion", "fish").stdout + """
complete -C "trapline watch --profile bench 'pid_step pid->k"
complete -C "trapline watch --profile "
"""
    shown = subprocess.run(["fish", "-N", "-c", script], capture_output=True, text=True,
                           timeout=PATIENCE, env=env, cwd=tmp_path)
    assert [line.split("\t")[0] for line in shown.stdout.splitlines()] == [
        "pid_step pid->kd", "pid_step pid->ki", "pid_step pid->kp", "bench", "sim"], shown.stderr
    (tmp_path / "_trapline").write_text(run("completion", "zsh").stdout)
    subprocess.run(["zsh", "-n", tmp_path / "_trapline"], check=True)

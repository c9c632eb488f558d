# SPDX-License-Identifier: MIT
"""Programs that firmware loads here and there (tests/target/images.c): probed by name before they
are there, while they are, and when they come back; against the firmware's own counts."""
import json
import re
import signal
import subprocess

import pytest

from conftest import TRAPLINE, clean_env
from images import LINK, give, images_build, program, symbols, type_in
from rsp import PATIENCE
from tap import Tap

pytestmark = pytest.mark.parametrize("board", ["mps2-an385", "virt-rv64", "virt-aarch64"])


@pytest.fixture(name="app")
def app_file(board, tmp_path):
    return program(board, tmp_path)


@pytest.fixture(name="firmware")
def booted(boot, board, app, tmp_path):
    machine = boot("images", build=images_build(board))
    give(board, machine, app, tmp_path)
    return machine


def with_app(firmware, app, *args, check=0):
    return firmware.trapline(*args, "-e", f"app={app}", check=check)


def rows_of(out):
    return [json.loads(line) for line in out.splitlines()]


def loop(firmware, loads):
    """Loads, runs and unloads so often."""
    before = firmware.peek("image_loads")
    type_in(firmware, b"a")
    firmware.until(lambda: firmware.peek("image_loads") >= before + loads)
    type_in(firmware, b"a")


@pytest.mark.parametrize("there", [False, True], ids=["absent", "there"])
def test_every_call(firmware, app, board, there):
    """Added while it is there or not, a probe counts what the firmware counts, over many loads at
    two places; deleted while it is there, its text is as it was."""
    if there:
        type_in(firmware, b"l")
    added = with_app(firmware, app, "add", "app:handle", "app:step%return", "app:start", "--count")
    assert re.search(r"app:handle +0x%08x +%s" % (LINK, "(boosted )?slot" if there else "waits"),
                     added.stdout)
    loop(firmware, 20)
    rows = rows_of(with_app(firmware, app, "list", "-f", "jsonl").stdout)
    runs = firmware.peek("image_runs")
    assert runs >= 90 and [r["hits"] for r in rows] == [runs] * 3
    assert [r["recorded"] for r in rows] == [runs] * 3
    assert [(r["name"], r["image"]) for r in rows] == [
        ("app:handle", "app"), ("app:step%return", "app"), ("app:start", "app")]
    type_in(firmware, b"l")
    with_app(firmware, app, "del", "all")
    word = 4 * firmware.elf.path.read_bytes()[4]  # by the ELF's class
    base, size = (firmware.peek(firmware.elf["segment"] + i * word, word) for i in (1, 2))
    assert firmware.peek(base, size - 4) == firmware.peek(firmware.elf["image_file"] + 16, size - 4)
    type_in(firmware, b"r")
    assert firmware.peek("image_runs") >= runs


def test_values(firmware, app):
    """A host that comes before the program is there: parameters, what a pointer leads to, and the
    way through the program into the firmware, from the first call on."""
    tap = Tap(firmware)
    host = tap.start("watch", "app:handle job->number times job->name", "app:step%return", "-f",
                     "jsonl", "--stack", "-n", "60", "-e", f"app={app}")
    tap.wait_armed(2)
    tap.type("a")
    out, err = host.communicate(timeout=PATIENCE)
    tap.close()
    assert host.returncode == 0, err
    hits = [row for row in rows_of(out) if "seq" in row]
    entries = [row for row in hits if row["name"] == "app:handle"]
    numbers = [row["values"]["job->number"] for row in entries]
    assert numbers[0] == 1 and numbers == sorted(set(numbers))  # the ring may drop some
    for row in entries:
        assert row["values"]["times"] == 3 and row["values"]["job->name"] == "job"
        assert row["pc"] == f"{LINK:#x}"
        names = [frame["function"] for frame in row["stack"]]
        assert names[0] == "app:handle" and names[1].startswith("app:start+"), (
            names, row["stack_end"])
        assert names[2:3] and names[2].startswith(("run+", "main+")), (names, row["stack_end"])


def test_variables(firmware, app, board):
    """Variables of the program: not before it has an address; then only where it has that."""
    refused = with_app(firmware, app, "watch", "app:handle total", check=4)
    assert "error: app:handle: it needs variables of app, which have no address yet" in \
        refused.stderr
    type_in(firmware, b"l")
    tap = Tap(firmware)
    host = tap.start("watch", "app:handle total", "-f", "jsonl", "-e", f"app={app}")
    tap.wait_armed()
    tap.type("rr")
    tap.type("ulr")  # at the other place
    tap.type("ulr")  # and back
    tap.wait(lambda: firmware.peek("image_runs") == 4)
    host.send_signal(signal.SIGINT)
    out, err = host.communicate(timeout=PATIENCE)
    tap.close()
    assert host.returncode == 0, err
    totals = [row["values"]["total"] for row in rows_of(out) if "seq" in row]
    assert totals == [1, 1 + 3, 1], (out, err)  # loaded anew it begins anew
    assert symbols(board, app)["total"]


def test_another_build(firmware, app, board, tmp_path):
    """Of another build it is refused, as the firmware's own ELF is."""
    type_in(firmware, b"l")
    assert with_app(firmware, app, "count", "app:step", "-d", "10ms").returncode == 0
    different = program(board, tmp_path, "different", options=["-O2"])
    refused = firmware.trapline("count", "app:step", "-e", f"app={different}", check=5)
    assert re.search(r"error: the program that runs as app is build-id ....….., different.elf is "
                     r"....…..", refused.stderr)


def test_told(firmware, app):
    """What is there is said, and what is asked for and is not."""
    info = with_app(firmware, app, "info").stdout
    assert "image-app" not in info and " images\n" in info
    with_app(firmware, app, "add", "app:step", "--count")
    assert "image-app      not loaded, a probe waits for it" in with_app(firmware, app,
                                                                         "info").stdout
    type_in(firmware, b"l")
    assert re.search(r"image-app +\d+ bytes at 0x[0-9a-f]{8}  build-id [0-9a-f]{40}",
                     with_app(firmware, app, "info").stdout)
    for words, status, text in [
            ("app:0x10000", 5, "error: app.elf has no address 0x10000"),
            ("app:nothing", 5, "error: no function 'nothing' in"),
            ("ap:handle", 2, "hint:  if ap is a program that the firmware loads: -e ap=FILE")]:
        assert text in with_app(firmware, app, "check", words, check=status).stderr


def test_no_images(boot, app):
    """An agent without them says so. Where no program has been given, there is none to load."""
    machine = boot("images")
    type_in(machine, b"lrur")
    refused = machine.trapline("count", "app:step", "-e", f"app={app}", check=4)
    assert "error: the target tells of no programs that its firmware loads" in refused.stderr


def offline(*args):
    return subprocess.run([TRAPLINE, *args], capture_output=True, text=True, env=clean_env(),
                          check=True).stdout


def test_offline(app, board):
    """Without a target places are such as the program was linked for."""
    at = symbols(board, app)
    for files in ([f"app={app}"], [images_build(board) / board / "images.elf", f"app={app}"]):
        elfs = [word for file in files for word in ("-e", file)]
        assert re.search(rf"^0x{at['step'] & ~1:08x} +\d+  app:step  ",
                         offline("funcs", "app:*", *elfs), re.M)
        assert f"0x{at['handle'] & ~1:08x}  app:handle" in offline("vars", "app:handle", *elfs)
        assert f"0x{at['handle'] & ~1:08x}" in offline("lines", "app:handle", *elfs)
        assert "accepted by the host" in offline("check", "app:handle:2 times", *elfs)

# SPDX-License-Identifier: MIT
"""`make demo` shows what the firmware does, not what somebody once saw: altered firmware gives
an altered session."""
import re
import shutil
import subprocess

from conftest import BUILD, ROOT, isa
from rsp import PATIENCE


def demo(folder, *variables):
    done = subprocess.run(["make", "-C", str(folder), "--no-print-directory", "demo", *variables],
                          capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def measured(text):
    """pid_step's second argument at each hit."""
    return [int(v) for v in re.findall(r" pid_step\(pid=0x\w+ \{…\}, measured=(-?\d+)\)", text)]


def copy(to):
    for name in subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True,
                               text=True).stdout.split():
        if (ROOT / name).exists():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)


def test_demo(board):
    text = demo(ROOT, f"BOARD={board}", f"O={BUILD}")
    assert re.search(rf"^board  {board} \({isa(board)}\)  build-id \S+ matches demo.elf$", text,
                     re.M)
    assert len(re.findall(r"^probe  \d ", text, re.M)) == 3
    assert re.search(
        r"^\d+ hits, \d+ filtered, 0 missed, 0 dropped; probes removed, original bytes verified$",
        text, re.M)
    shown = [float(n) for n in re.findall(r'"temp":(\d+\.\d+)', text)]
    assert len(measured(text)) >= 5 and len(shown) >= 3, text
    assert re.search(r'console\| {"n":\d+,.*"set":25.00', text)


def test_altered(tmp_path):
    copy(tmp_path)
    before = measured(demo(tmp_path, "O=out"))

    def alter(name, old, new):
        path = tmp_path / "board" / "demo" / name
        source = path.read_text()
        assert old in source
        path.write_text(source.replace(old, new))

    alter("main.c", ".setpoint = 2500", ".setpoint = 4321")
    alter("sensor.c", "- 512) * 100 / 64", "- 512) * 100 / 64 + 5000")
    altered = demo(tmp_path, "O=out")
    after = measured(altered)
    assert re.search(r'console\| {"n":\d+,.*"set":43.21', altered)
    assert abs(min(after) - min(before) - 5000) < 300, (before, after)


def test_demo_fails(tmp_path):
    """A firmware that does not come up is a failure of the demo."""
    copy(tmp_path)
    source = tmp_path / "board" / "demo" / "main.c"
    source.write_text(source.read_text().replace("\ttl_poll();", "",
                                                 1).replace("\t\ttl_poll();", ""))
    done = subprocess.run(["make", "-C", str(tmp_path), "--no-print-directory", "demo", "O=out"],
                          capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode != 0
    assert "error:" in done.stderr + done.stdout

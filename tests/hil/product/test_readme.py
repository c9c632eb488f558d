# SPDX-License-Identifier: MIT
"""README.md cannot lie: every command of its session runs, in order, against a board in QEMU,
and prints lines of the form that it shows."""
import os
import re
import subprocess

from conftest import BUILD, ONE_BOARD, PATIENT, ROOT, clean_env
from rsp import PATIENCE

README = (ROOT / "README.md").read_text()
DOCUMENTS = ["README.md", "agent/DESIGN.md", "agent/gdb/README.md"]


def blocks():
    """[(command, lines shown, exit status shown)] of the console blocks."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", README, re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, *lines = part.strip().splitlines()
            status = re.fullmatch(r"\[exit (\d)\]", lines[-1]) if lines else None
            found.append((command, lines[:-1] if status else lines,
                          int(status[1]) if status else 0))
    return found


def shape(line):
    """A line with what varies taken out: numbers, addresses, bytes, spaces."""
    if re.match(r"[0-9a-f]{8}   ", line):
        return "hexdump"
    line = re.sub(r"0x[0-9a-f]+|\b[0-9a-f]+…[0-9a-f]+\b|-?\d+(\.\d+)?", "#", line)
    return re.sub(r"\s+", " ", line).strip()


@ONE_BOARD
def test_session(boot, board):
    assert len(blocks()) > 8
    machine = boot("demo")
    env = clean_env() | PATIENT | {
        "PATH": f"{BUILD}:{os.environ['PATH']}", "TRAPLINE_ELF": str(machine.elf.path),
        "TRAPLINE_PORT": machine.port}
    for command, shown, status in blocks():
        done = subprocess.run(["bash", "-c", command], env=env, cwd=ROOT, capture_output=True,
                              text=True, timeout=PATIENCE)
        assert done.returncode == status, (command, done.stdout, done.stderr)
        text = (done.stdout + done.stderr).replace(machine.port, "unix:/tmp/board")
        printed = {shape(line) for line in text.splitlines()}
        for line in shown:
            assert shape(line) in printed, (command, line, sorted(printed))


def test_make_targets():
    """Every `make` target that the documents name is there."""
    text = "\n".join((ROOT / name).read_text()
                     for name in (*DOCUMENTS, "board/board.h", "arch/isa.h", "arch/arch.h"))
    named = set(re.findall(r"`make ([a-z-]+)", text))
    named |= set(re.findall(r"^make ([a-z-]+)", text, re.M))
    assert {"demo", "test"} <= named
    for target in named:
        subprocess.run(["make", "-n", "-C", str(ROOT), target], check=True, capture_output=True)


def test_paths():
    """Every path that the documents name exists: from the root, or from where the document is. NAME
    in it stands for any."""
    for name in DOCUMENTS:
        for path in re.findall(r"`([a-z]+/[\w./-]+)`", (ROOT / name).read_text()):
            pattern = path.rstrip("/").replace("NAME", "*")
            found = [*ROOT.glob(pattern), *(ROOT / name).parent.glob(pattern)]
            assert path.startswith("build/") or found, (name, path)

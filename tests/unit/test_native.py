# SPDX-License-Identifier: MIT
"""The agent, natively: every test_*.c below that includes unit.h, linked with the agent and the
mock machine, under ASan and UBSan."""

import os
import pathlib
import re
import subprocess
import sys
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/hil"))
from rsp import PATIENCE, framed  # noqa: E402

OUT = ROOT / os.environ.get("O", "build") / "unit"
CC = ["cc", "-std=gnu11", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
      "-Wall", "-Wextra", "-Werror", "-fno-reorder-functions", f"-DTL_ROOT=\"{ROOT}\""] + [
          f"-I{ROOT / d}" for d in ("protocol", "arch", "agent", "tests/mock", "tests/unit")]

# A test names its configuration in a comment: /* config: small */
# as arch.mk does for a real ISA
MOCK = ["-DTL_RECORD_REGS=12", "-DTL_REG_PC=10", "-DTL_REG_SP=8", "-DTL_REG_LR=9",
        "-DTL_REG_LOOK=3",
        "-DTL_PAD_SIZE=12", "-DTL_PAD_TRAP=8"]
CONFIGS = {
    "default": MOCK,
    "codec": MOCK[1:] + ["-DTL_RECORD_REGS=40", "-DTL_FRAME_SIZE=1024"],  # as the host has it
    "small": MOCK + ["-DTL_RING_SIZE=256", "-DTL_FRAME_SIZE=168", "-DTL_POINTS=4", "-DTL_PROBES=6",
                     "-DTL_DELTAS=2", "-DTL_KEY_INTERVAL=5",
              "-DTL_DISPATCHES=2", "-DTL_RETURNS=4", "-DTL_RETURN_ACTIVE=3", "-DTL_PACKET_SIZE=256",
                     "-DTL_CONSOLE_OUT=64", "-DTL_CONSOLE_IN=16", "-DTL_BYTECODE=0",
                     "-DTL_NAME=0", "-DTL_STACK=0", "-DTL_BUDGET=25"],
    "noreturn": MOCK + ["-DTL_RETURN=0"],
    "thin": MOCK + ["-DTL_DECODE=0"],
    "flash": MOCK + ["-DTL_FLASH=1"],
    "images": MOCK + ["-DTL_IMAGES=3"],
    "distrust": MOCK + ["-DTL_TRUST_LINE=0", "-DTL_GDB=0"],
}


def config_of(test):
    found = re.search(r"/\* config: (\w+) \*/", test.read_text())
    return found[1] if found else "default"


TESTS = sorted(t for t in HERE.glob("*/test_*.c") if '#include "unit.h"' in t.read_text())


def sources(pattern):
    return sorted(ROOT.glob(pattern))


@pytest.fixture(scope="session")
def objects():
    """Compiles what all tests of a configuration share, once."""
    built = {}

    def of(config):
        if config in built:
            return built[config]
        out = OUT / config
        out.mkdir(parents=True, exist_ok=True)
        mock = [s for s in sources("tests/mock/*.c") if s.name != "main.c"]
        common = [HERE / "unit.c", HERE / "client.c", HERE / "probes.c", HERE / "returns.c",
                  HERE / "bytecode_asm.c", HERE / "fetch_asm.c", HERE / "flash_model.c"]
        agent = sources("agent/*/*.c") + sources("protocol/*.c")
        built[config] = []
        for source in agent + mock + common:
            to = out / f"{source.parent.name}-{source.stem}.o"
            subprocess.run(CC + CONFIGS[config] + ["-c", source, "-o", to], check=True)
            if source in agent:
                subprocess.run(["objcopy", "--rename-section", ".text=tl_text", to], check=True)
            built[config].append(to)
        return built[config]

    return of


@pytest.mark.parametrize("test", TESTS, ids=lambda t: t.stem)
def test_native(test, objects):
    config = config_of(test)
    program = OUT / test.stem
    linked = objects(config)
    subprocess.run(CC + CONFIGS[config] + [test, *linked, "-o", program], check=True)
    done = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=PATIENCE)
    results = [line for line in done.stdout.splitlines() if re.match(r"(not )?ok ", line)]
    assert done.returncode == 0 and results, done.stdout
    assert all(r.startswith("ok ") for r in results), done.stdout


@pytest.mark.parametrize("settings", [
    ["-DTL_TRUST_LINE=0"], ["-DTL_TRUST_LINE=0", "-DTL_DECODE=0"],
    ["-DTL_TRUST_LINE=0", "-DTL_GDB=0", "-DTL_FLASH=1"],
    ["-DTL_DECODE=0", "-DTL_GDB=1"], ["-DTL_DECODE=0", "-DTL_RETURN=1"],
], ids=" ".join)
def test_settings_that_exclude_each_other(settings):
    done = subprocess.run([*CC, *MOCK, *settings, "-fsyntax-only",
                           ROOT / "agent/probe/decode.c"], capture_output=True, text=True)
    assert done.returncode and re.search('error: #error "TL_', done.stderr), done.stderr


@pytest.fixture(scope="session")
def mock(objects):
    """The mock as a program, for `exec:`."""
    program = OUT / "mock"
    linked = [o for o in objects("default")
              if o.stem not in ("unit", "client", "probes", "returns", "bytecode_asm",
                                "fetch_asm", "flash_model")]
    subprocess.run(CC + CONFIGS["default"] + [ROOT / "tests/mock/main.c", *linked, "-o", program],
                   check=True)
    return program


def test_mock_program(mock):
    """The program speaks the protocol on stdin and stdout: a probe on its filter counts, and the
    console runs on."""
    with subprocess.Popen([mock], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        def say(data, want):
            process.stdin.write(framed(data))
            process.stdin.flush()
            line, end = b"", time.monotonic() + PATIENCE
            while not (found := re.search(want, line)):
                assert time.monotonic() < end, line
                line += os.read(process.stdout.fileno(), 4096)
            return found

        where = re.search(rb"filter 0x([0-9a-f]+)", process.stdout.readline())
        say(b"QStartNoAckMode", rb"\+\$OK#9a")
        say(b"QTl.hello:1,2,77,0", rb"\$1,0,2,mock64,mock,")
        say(b"QTl.add:2,1,%s,1,0,0,0,0" % where[1], rb"\$2,0,0,2,1;")
        assert b"%Tl:" in say(b"qAttached", rb"%TlO:up \d+ s, 100}\x05 well").string
        hits = int(say(b"qTl.next:3,0", rb"\$3,0,1,.*,([0-9a-f]+),[0-9a-f]+,0,0,[0-9a-f]+;")[1], 16)
        assert hits > 10
        process.stdin.close()
        assert process.wait(PATIENCE) == 0

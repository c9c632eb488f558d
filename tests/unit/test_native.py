# SPDX-License-Identifier: MIT
"""The agent, natively: every test_*.c here that includes unit.h, linked with the agent and the mock machine, under ASan and UBSan."""

import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / os.environ.get("O", "build") / "unit"
CC = ["cc", "-std=gnu11", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
      "-Wall", "-Wextra", "-Werror", "-fno-reorder-functions", f"-DTL_ROOT=\"{ROOT}\""] + [
          f"-I{ROOT / d}" for d in ("protocol", "arch", "agent", "tests/mock", "tests/unit")]

# A test names its configuration in a comment: /* config: small */
MOCK = ["-DTL_RECORD_REGS=12", "-DTL_REG_PC=10"]  # as arch.mk does for a real ISA
CONFIGS = {
    "default": MOCK,
    "codec": ["-DTL_RECORD_REGS=40", "-DTL_REG_PC=10"],  # as the host has it
    "small": MOCK + ["-DTL_RING_SIZE=256", "-DTL_POINTS=4", "-DTL_PROBES=6", "-DTL_DELTAS=2", "-DTL_KEY_INTERVAL=5",
              "-DTL_DISPATCHES=2", "-DTL_PACKET_SIZE=256", "-DTL_CONSOLE_OUT=64", "-DTL_CONSOLE_IN=16"],
}


def config_of(test):
    found = re.search(r"/\* config: (\w+) \*/", test.read_text())
    return found[1] if found else "default"


TESTS = sorted(t for t in HERE.glob("test_*.c") if '#include "unit.h"' in t.read_text())


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
        common = [HERE / "unit.c", HERE / "client.c", HERE / "probes.c"]
        agent = sources("agent/*.c") + sources("protocol/*.c")
        built[config] = []
        for source in agent + mock + common:
            to = out / (source.stem + ".o")
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
    done = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    results = [line for line in done.stdout.splitlines() if re.match(r"(not )?ok ", line)]
    assert done.returncode == 0 and results and all(r.startswith("ok ") for r in results), done.stdout
